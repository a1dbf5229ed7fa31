// The process descriptor as one cluster holds it, and the table of those present here (vmm-policy 4, 7.6).
import { cstr } from "../hal/cstr";
import { lock_acquire, lock_release } from "../hal/lock";
import { harts_per_cluster } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { vmm_t } from "../mm/vmm";
import { assert_kernel } from "../panic";

/** VMM(P,K) and what else K knows of P. The fields of the last group are the reference cluster's own. */
@unmanaged
export class process_t extends vmm_t {
    state: u32;
    /** Services of this instance that work on the process and may wait; it is not freed before they are through. */
    holds: u32;
    /** At Z of a DSM node: pages promised to threads of other clusters (dsm/hold.ts). */
    promises: usize;
    /** At Z of a DSM node: its copies of pages under release consistency (copies_t, dsm/copies.ts), or 0. */
    copies: usize;
    /** First thread_t of P in this cluster. */
    threads: usize;
    thread_count: u32;
    /** Stack slots in use, one bit a slot; threadsMax <= 64. */
    stack_slots: u64;
    /** With checkStacks, in a forked process: its first thread's slot + 1, which may be another cluster's; 0: none. */
    inherited_slot: u32;
    /** xptr of its DSM group at the manager, 0: none; and its node id. */
    group: u64;
    node: u32;
    program: u32;
    program_threads: u32;
    /** xptr of Z's descriptor; 0 at Z itself. */
    at_reference: u64;
    /** User time of its threads of this cluster that have ended (proc/usage.ts). */
    ended_user_cycles: u64;
    /** Heap zone, in pages (6.3). */
    heap_first: u32;
    heap_end: u32;
    // Reference cluster only:
    /** Threads of P in all clusters; the last one's end is the end of P. */
    total_threads: u32;
    exit_code: u32;
    signal: u32;
    /** 1: a change of the virtual space is under way (mm/structure.ts). */
    structure: u32;
    /** Descriptor table: xptr of open files; 0 while there is none. */
    fds: usize;
    fds_lock: u32;
    /** Parent's pid, 0: started by init. */
    parent: u32;
    /** Children not waited for yet, alive or ended; and the ended ones (child_t). */
    children: u32;
    ended_children: usize;
    /** Threads that wait for a child (waiter_t). */
    child_waiters: usize;
    /** exec under way: block with the strings of the new image (proc/exec.ts), 0: none; its file. */
    exec_strings: usize;
    exec_inode: u64;
    /** The break (brk), a user address; 0: never moved. */
    brk: u64;
    entry: u64;
    /** User address of its program headers, 0: not in memory; and how many. */
    phdr: u64;
    phnum: u64;
}
/** Behind the descriptor: the set of clusters active for P, then one TLB generation a hart of this cluster. */
const ACTIVE_WORDS: u32 = 8;

export const PROCESS_NEW: u32 = 0;
export const PROCESS_ALIVE: u32 = 1;
export const PROCESS_DYING: u32 = 2;

export const SLOTS: u32 = 256;
/** Address of each slot's descriptor, 0: free. */
export const process_slots: usize = memory.data(256 * 4, 4);
const table_lock: usize = memory.data(4, 4);
/** Higher numbers are those of threads (proc/user-thread.ts). */
const LAST_INDEX: u32 = 0x7fff;
let next_index: u32 = 0;

/** pid 0: a new PID of this cluster (owner in the high half, 7.6). The descriptor in state NEW, or 0. */
export function process_add(pid: u32, reference: u32): usize {
    const bytes = <u32>offsetof<process_t>() + ACTIVE_WORDS * 4 + harts_per_cluster * 4;
    const address = kcm_alloc(bytes);
    if (address == 0) return 0;
    const process = changetype<process_t>(address);
    lock_acquire(table_lock);
    let slot: u32 = 0;
    while (slot < SLOTS && load<usize>(process_slots + (slot << 2)) != 0) slot++;
    if (slot == SLOTS || (pid != 0 && find_locked(pid) != 0)) {
        lock_release(table_lock);
        kcm_free(address);
        return 0;
    }
    if (pid == 0) {
        do {
            next_index = (next_index + 1) & LAST_INDEX;
        } while (next_index == 0 || find_locked((reference << 16) | next_index) != 0);
        pid = (reference << 16) | next_index;
    }
    process.pid = pid;
    process.reference = reference;
    process.asid = slot + 1;
    process.tlb_generation = 1;
    process.hart_generations = address + offsetof<process_t>() + ACTIVE_WORDS * 4;
    store<usize>(process_slots + (slot << 2), address);
    lock_release(table_lock);
    return address;
}

/** Takes the descriptor out of the table and frees it. */
export function process_remove(process: process_t): void {
    const slot = process.asid - 1;
    lock_acquire(table_lock);
    assert_kernel(
        load<usize>(process_slots + (slot << 2)) == changetype<usize>(process),
        cstr("process not in its slot"),
    );
    store<usize>(process_slots + (slot << 2), 0);
    lock_release(table_lock);
    kcm_free(changetype<usize>(process));
}

/** This cluster's descriptor of `pid`, or 0. */
export function process_find(pid: u32): usize {
    lock_acquire(table_lock);
    const found = find_locked(pid);
    lock_release(table_lock);
    return found;
}

/** As process_find, and the descriptor stays until process_release. */
export function process_hold(pid: u32): usize {
    lock_acquire(table_lock);
    const found = find_locked(pid);
    if (found != 0) changetype<process_t>(found).holds++;
    lock_release(table_lock);
    return found;
}

export function process_release(process: process_t): void {
    lock_acquire(table_lock);
    process.holds--;
    lock_release(table_lock);
}

/** True when no service holds the process. */
export function process_is_free(process: process_t): bool {
    lock_acquire(table_lock);
    const free = process.holds == 0;
    lock_release(table_lock);
    return free;
}

function find_locked(pid: u32): usize {
    for (let slot: u32 = 0; slot < SLOTS; slot++) {
        const address = load<usize>(process_slots + (slot << 2));
        if (address != 0 && changetype<process_t>(address).pid == pid) return address;
    }
    return 0;
}

/** The n-th descriptor of the table from slot `from` on whose state is `state`, or 0. */
export function process_in_state(state: u32, from: u32): usize {
    lock_acquire(table_lock);
    let found: usize = 0;
    for (let slot = from; slot < SLOTS && found == 0; slot++) {
        const address = load<usize>(process_slots + (slot << 2));
        if (address != 0 && changetype<process_t>(address).state == state) found = address;
    }
    lock_release(table_lock);
    return found;
}

export function process_set_active(process: process_t, cxy: u32): void {
    atomic.or<u32>(active_word(process, cxy), 1 << (cxy & 31));
}

export function process_clear_active(process: process_t, cxy: u32): void {
    atomic.and<u32>(active_word(process, cxy), ~(1 << (cxy & 31)));
}

export function process_is_active(process: process_t, cxy: u32): bool {
    return (atomic.load<u32>(active_word(process, cxy)) & (1 << (cxy & 31))) != 0;
}

/** The i-th word of the set of active clusters: clusters 32*i .. 32*i + 31. */
export function process_active_set(process: process_t, i: u32): u32 {
    return atomic.load<u32>(active_word(process, i << 5));
}

function active_word(process: process_t, cxy: u32): usize {
    return changetype<usize>(process) + offsetof<process_t>() + ((cxy >> 5) << 2);
}
