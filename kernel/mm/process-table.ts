// The process descriptor as one cluster holds it, and the table of those present here (vmm-policy 4, 7.6).

import { cstr } from "../hal/cstr";
import { remote_cas32 } from "../hal/hal";
import { lock_acquire, lock_release } from "../hal/lock";
import { harts_per_cluster, local_cxy, xptr_local, xptr_t } from "../hal/platform";
import { assert_kernel } from "../panic";
import { kcm_alloc, kcm_free } from "./kcm";
import { vmm_t } from "./vmm";

/** VMM(P,K), and the other facts that K knows of P. Only the reference cluster uses the fields of the last group. */
@unmanaged
export class process_t extends vmm_t {
    state: u32;
    /** Number of requests and other threads at work on the process. It is neither closed nor freed before they are through (5.9.1). */
    holds: u32;
    /** 1 when no search finds the process any more and it is being freed. */
    closed: u32;
    /** At Z of a DSM node: the pages promised to threads of other clusters (mm/hold.ts). */
    promises: usize;
    /** At Z of a DSM node: its copies of pages under release consistency (copies_t, dsm/copies.ts), or 0. */
    copies: usize;
    /** Of a copy that is NEW (proc/attach.ts): 1 when a server fills it; 1 when threads of it were killed meanwhile. */
    claimed: u32;
    doomed: u32;
    /** 1 when the copy was begun for a clone; and the frames that are kept for the server that fills it. */
    begun: u32;
    reserve: u32;
    /** First thread_t of P in this cluster. */
    threads: usize;
    thread_count: u32;
    /** Threads that have their number from this cluster and began in another one: a list of moved_t (proc/moved.ts). */
    moved: usize;
    moved_count: u32;
    /** Stack slots in use, one bit a slot; threadsMax <= 64. */
    stack_slots: u64;
    /** With checkStacks, in a forked process: the slot + 1 of its first thread, which may be a slot of another cluster; 0: none. */
    inherited_slot: u32;
    /** xptr of its DSM group at the home, or 0. `node` is its node id. */
    group: u64;
    node: u32;
    program: u32;
    program_threads: u32;
    /** xptr of Z's descriptor; 0 at Z itself. */
    at_reference: u64;
    /** Cycles in user mode and in the kernel of its threads of this cluster that have ended (proc/usage.ts). */
    ended_user_cycles: u64;
    ended_system_cycles: u64;
    /** Heap zone, in pages (6.3). */
    heap_first: u32;
    heap_end: u32;
    /** At Z: REGION_*, the use of the region of the sm_* calls. */
    region: u32;
    // Fields that only the reference cluster uses:
    /** Threads of P in all clusters; the process ends with the last one. */
    total_threads: u32;
    /** Copies in other clusters that are being freed at the end of P. */
    freeing: u32;
    exit_code: u32;
    signal: u32;
    /** Descriptor table: xptrs of open files; 0 while there is none. */
    fds: usize;
    fds_lock: u32;
    /** The descriptors that an exec closes, a bit each. */
    fds_closing: u32;
    /** The file that it executes (xptr of its inode), of which it is a runner; 0: none. */
    image: u64;
    /** The parent's pid, 0 when init started the process; and the parent's birth, for a PID is used again. */
    parent: u32;
    parent_birth: u32;
    /** Its process group and session, each the PID of the process that began it. */
    process_group: u32;
    session: u32;
    /** Cycles of the children that it has waited for, and of those that they have. */
    children_user_cycles: u64;
    children_system_cycles: u64;
    /** Number of the process among all that this cluster has owned. */
    birth: u32;
    /** Children not waited for yet, alive or ended, and the threads that wait for one: lists of relative_t (proc/relatives.ts). */
    children: usize;
    child_count: u32;
    child_waiters: usize;
    /** A child of vfork: the stack pointer of the parent's thread, the thread's cluster, and which of that cluster's vforks it is, or 0. */
    vfork_sp: u64;
    vfork_cxy: u32;
    vfork: u32;
    /** The exec under way, with the parts of the new image (exec_t, proc/exec.ts), or 0. */
    exec: usize;
    /** The mode bits that files and directories are made without (umask). */
    umask: u32;
    /** The break (brk), a user address; 0 until it moves. */
    brk: u64;
    entry: u64;
    /** User address of its program headers, 0 when they are not in memory; `phnum` is their number. */
    phdr: u64;
    phnum: u32;
    /** 1 for a program with Archipel's note: its pointers have 32 bits, and stacks are private to their clusters (vmm-policy 3). */
    own_program: u32;
    /** Bytes of the first thread's start on its stack (proc/start-stack.ts), 0 when all of its pages are mapped. */
    start_bytes: u32;
    /** Number of threads that kernel.threadPlacement has spread (proc/placement.ts). */
    spread: u32;
    /** At Z: the frame of its signals_t (proc/signals.ts), or 0 while nothing was ever asked of signals. */
    signals: usize;
    /** In every cluster: 1 when Z knows that threads of P block signals. */
    signals_masked: u32;
    /** At Z: the signal that has stopped the process, or 0; any cluster reads it. And how many SIGCONT it has got (proc/stop.ts). */
    stopped: u32;
    continues: u32;
}
/** Words behind the descriptor: the set of clusters active for P. Behind it lies one TLB generation for each hart of this cluster. */
const ACTIVE_WORDS: u32 = 8;

/** The process is being made, and only its maker uses it. */
export const PROCESS_NEW: u32 = 0;
export const PROCESS_ALIVE: u32 = 1;
/** Its threads end, and the process with them. */
export const PROCESS_DYING: u32 = 2;
/** At Z: its threads end, and the process goes on with another image. A kill meanwhile makes it DYING. */
export const PROCESS_EXEC: u32 = 3;

/** Z's descriptor of a process, which exists as long as a thread of the process. */
export function process_at_z(process: process_t): xptr_t {
    return process.at_reference != 0 ? process.at_reference : xptr_local(changetype<usize>(process));
}

/** The program may still join its group, or map memory of its own over the region: what comes first stays. */
const REGION_FREE: u32 = 0;
export const REGION_JOINED: u32 = 1;
export const REGION_MAPPED: u32 = 2;

/** Takes the region of the sm_* calls for a use. False when the program has begun the other one. */
export function process_take_region(process: process_t, use: u32): bool {
    const old = remote_cas32(process_at_z(process) + offsetof<process_t>("region"), REGION_FREE, use);
    return old == REGION_FREE || old == use;
}

export const SLOTS: u32 = 256;
/** Address of each slot's descriptor; 0 for a free slot. */
export const process_slots: usize = memory.data(256 * 4, 4);
const table_lock: usize = memory.data(4, 4);
/** Behind the last slot that is taken: what is not there is found as quickly as there are few processes. Under the lock. */
let slots_end: u32 = 0;
/** The highest index in a PID. Higher numbers belong to threads (proc/user-thread.ts). */
const LAST_INDEX: u32 = 0x7fff;
let next_index: u32 = 0;
let births: u32 = 0;

/**
 * Adds a descriptor in state NEW. With pid 0 it gets a new PID of this cluster (the owner is in the high half, 7.6). Returns its address,
 * or 0. The maker of a copy of another cluster's process holds the copy.
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
    process.claimed = 1;
    process.birth = ++births;
    process.holds = reference == local_cxy ? 0 : 1;
    process.reference = reference;
    process.asid = slot + 1;
    process.tlb_generation = 1;
    process.hart_generations = address + offsetof<process_t>() + ACTIVE_WORDS * 4;
    store<usize>(process_slots + (slot << 2), address);
    if (slot >= slots_end) slots_end = slot + 1;
    lock_release(table_lock);
    return address;
}

/**
 * Closes the process: no search finds it from now on, and the caller's `own` holds (0 or 1) end. False, and nothing is done, when it has
 * other holds. Slot and PID stay taken until process_remove.
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

/** True when a process of this cluster or a copy has this PID, even if it is closed. */
export function process_exists(pid: u32): bool {
    lock_acquire(table_lock);
    const found = find_locked(pid) != 0;
    lock_release(table_lock);
    return found;
}

/** Takes the closed descriptor out of the table and frees it. Only its maker, or the thread that ends it, knows it by then. */
export function process_remove(process: process_t): void {
    const slot = process.asid - 1;
    lock_acquire(table_lock);
    assert_kernel(
        load<usize>(process_slots + (slot << 2)) == changetype<usize>(process) && process.closed != 0,
        cstr("process not in its slot, or not closed"),
    );
    store<usize>(process_slots + (slot << 2), 0);
    while (slots_end != 0 && load<usize>(process_slots + ((slots_end - 1) << 2)) == 0) slots_end--;
    lock_release(table_lock);
    kcm_free(changetype<usize>(process));
}

/** This cluster's descriptor of `pid`, or 0. It stays until process_release. */
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
    for (let slot: u32 = 0; slot < slots_end; slot++) {
        const address = load<usize>(process_slots + (slot << 2));
        if (address != 0 && changetype<process_t>(address).pid == pid) return address;
    }
    return 0;
}

/** The first process from slot `from` on that has its reference here and whose threads are to end (DYING, EXEC), or 0. */
export function process_ending(from: u32): usize {
    lock_acquire(table_lock);
    let found: usize = 0;
    for (let slot = from; slot < slots_end && found == 0; slot++) {
        const address = load<usize>(process_slots + (slot << 2));
        if (address != 0 && is_ending(changetype<process_t>(address))) found = address;
    }
    lock_release(table_lock);
    return found;
}

/**
 * The first process from slot `from` on that has its reference here and is in the process group (0: any), held; 0 without one. One that is
 * being made has no group yet, and is found with any.
 */
export function process_in_group(from: u32, group: u32): usize {
    lock_acquire(table_lock);
    let found: usize = 0;
    for (let slot = from; slot < slots_end && found == 0; slot++) {
        const address = load<usize>(process_slots + (slot << 2));
        if (address != 0 && is_member(changetype<process_t>(address), group)) found = address;
    }
    if (found != 0) changetype<process_t>(found).holds++;
    lock_release(table_lock);
    return found;
}

function is_member(process: process_t, group: u32): bool {
    if (process.reference != local_cxy || process.closed != 0) return false;
    return group == 0 || process.process_group == group || process.state == PROCESS_NEW;
}

/** The slot of a process of this cluster. */
export function process_slot(process: process_t): u32 {
    return process.asid - 1;
}

/** The parent's PID, and its birth above 32 bits; 0: none. */
export function parent_word(process: process_t): u64 {
    return <u64>process.parent | ((<u64>process.parent_birth) << 32);
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

/** The i-th word of the set of active clusters: clusters 32*i to 32*i + 31. */
export function process_active_set(process: process_t, i: u32): u32 {
    return atomic.load<u32>(active_word(process, i << 5));
}

function active_word(process: process_t, cxy: u32): usize {
    return changetype<usize>(process) + offsetof<process_t>() + ((cxy >> 5) << 2);
}
