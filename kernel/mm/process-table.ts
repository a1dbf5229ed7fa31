// The process descriptor as one cluster holds it, and the table of those present here (vmm-policy 4, 7.6).

import { cstr } from "../hal/cstr";
import { lock_acquire, lock_release } from "../hal/lock";
import { harts_per_cluster, local_cxy } from "../hal/platform";
import { assert_kernel } from "../panic";
import { kcm_alloc, kcm_free } from "./kcm";
import { vmm_t } from "./vmm";

/** VMM(P,K) and what else K knows of P. The fields of the last group are the reference cluster's own. */
@unmanaged
export class process_t extends vmm_t {
    state: u32;
    /** Who works on the process without being a thread of it; it is not closed, let alone freed, before they are through (5.9.1). */
    holds: u32;
    /** 1: nobody finds it any more, and it is being freed. */
    closed: u32;
    /** At Z of a DSM node: pages promised to threads of other clusters (mm/hold.ts). */
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
    /** Descriptor table: xptr of open files; 0 while there is none. */
    fds: usize;
    fds_lock: u32;
    /** Parent's pid, 0: started by init; and the parent's birth, for a PID comes again. */
    parent: u32;
    parent_birth: u32;
    /** Number of the process among all that this cluster has owned. */
    birth: u32;
    /** Children not waited for yet, alive or ended, and threads that wait for one: lists of relative_t (proc/family.ts). */
    children: usize;
    child_count: u32;
    child_waiters: usize;
    /** exec under way: what the new image is made of (exec_t, proc/exec.ts), 0: none. */
    exec: usize;
    /** The break (brk), a user address; 0: never moved. */
    brk: u64;
    entry: u64;
    /** User address of its program headers, 0: not in memory; and how many. */
    phdr: u64;
    phnum: u64;
}
/** Behind the descriptor: the set of clusters active for P, then one TLB generation a hart of this cluster. */
const ACTIVE_WORDS: u32 = 8;

/** Being made: nobody but its maker uses it. */
export const PROCESS_NEW: u32 = 0;
export const PROCESS_ALIVE: u32 = 1;
/** Its threads end, and it with them. */
export const PROCESS_DYING: u32 = 2;
/** At Z: its threads end, and it goes on with another image; a kill meanwhile makes it DYING. */
export const PROCESS_EXEC: u32 = 3;

export const SLOTS: u32 = 256;
/** Address of each slot's descriptor, 0: free. */
export const process_slots: usize = memory.data(256 * 4, 4);
const table_lock: usize = memory.data(4, 4);
/** Higher numbers are those of threads (proc/user-thread.ts). */
const LAST_INDEX: u32 = 0x7fff;
let next_index: u32 = 0;
let births: u32 = 0;

/**
 * pid 0: a new PID of this cluster (owner in the high half, 7.6). The descriptor in state NEW, or 0. A copy of another cluster's process
 * is held by its maker.
 */
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
    process.birth = ++births;
    process.holds = reference == local_cxy ? 0 : 1;
    process.reference = reference;
    process.asid = slot + 1;
    process.tlb_generation = 1;
    process.hart_generations = address + offsetof<process_t>() + ACTIVE_WORDS * 4;
    store<usize>(process_slots + (slot << 2), address);
    lock_release(table_lock);
    return address;
}

/**
 * Nobody finds the process from now on; the caller's `own` holds (0 or 1) end. False: others hold it. Slot and PID stay taken until
 * process_remove.
 */
export function process_close(process: process_t, own: u32): bool {
    lock_acquire(table_lock);
    const free = process.holds == own;
    if (free) {
        process.closed = 1;
        process.holds = 0;
    }
    lock_release(table_lock);
    return free;
}

/** A process of this cluster or a copy has this PID, even if it is closed. */
export function process_exists(pid: u32): bool {
    lock_acquire(table_lock);
    const found = find_locked(pid) != 0;
    lock_release(table_lock);
    return found;
}

/** Takes the descriptor, which nobody but its maker or its end knows any more, out of the table and frees it. */
export function process_remove(process: process_t): void {
    const slot = process.asid - 1;
    lock_acquire(table_lock);
    assert_kernel(
        load<usize>(process_slots + (slot << 2)) == changetype<usize>(process) && process.closed != 0,
        cstr("process not in its slot, or not closed"),
    );
    store<usize>(process_slots + (slot << 2), 0);
    lock_release(table_lock);
    kcm_free(changetype<usize>(process));
}

/** This cluster's descriptor of `pid`, or 0; it stays until process_release. */
export function process_hold(pid: u32): usize {
    lock_acquire(table_lock);
    let found = find_locked(pid);
    if (found != 0 && changetype<process_t>(found).closed != 0) found = 0;
    if (found != 0) changetype<process_t>(found).holds++;
    lock_release(table_lock);
    return found;
}

export function process_release(process: process_t): void {
    lock_acquire(table_lock);
    process.holds--;
    lock_release(table_lock);
}

function find_locked(pid: u32): usize {
    for (let slot: u32 = 0; slot < SLOTS; slot++) {
        const address = load<usize>(process_slots + (slot << 2));
        if (address != 0 && changetype<process_t>(address).pid == pid) return address;
    }
    return 0;
}

/** The first process from slot `from` on whose reference this is and whose threads are to end (DYING, EXEC), or 0. */
export function process_ending(from: u32): usize {
    lock_acquire(table_lock);
    let found: usize = 0;
    for (let slot = from; slot < SLOTS && found == 0; slot++) {
        const address = load<usize>(process_slots + (slot << 2));
        if (address != 0 && is_ending(changetype<process_t>(address))) found = address;
    }
    lock_release(table_lock);
    return found;
}

function is_ending(process: process_t): bool {
    return process.reference == local_cxy && (process.state == PROCESS_DYING || process.state == PROCESS_EXEC);
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
