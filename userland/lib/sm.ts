// The sm_* calls (docs/spec/sm-dsm.md 2) for programs in TypeScript.
import {
    SYS_SM_BARRIER,
    SYS_SM_BCAST,
    SYS_SM_COND_WAIT,
    SYS_SM_COND_WAKE,
    SYS_SM_EXIT,
    SYS_SM_FREE,
    SYS_SM_INIT,
    SYS_SM_LOCK,
    SYS_SM_MALLOC,
    SYS_SM_MALLOC_AS,
    SYS_SM_STATS,
    SYS_SM_UNLOCK,
} from "../../kernel/abi/syscalls";
import { ecall } from "./hal";

/** Joins the group: writes the number of nodes and the own id (u32) behind the two addresses. 0, or -1. */
export function sm_node_init(nodes: usize, nid: usize): i32 {
    return ecall(SYS_SM_INIT, nodes, nid, 0, 0, 0, 0) == 0 ? 0 : -1;
}

/** Leaves the group; returns when all nodes do, since their pages are needed until then. */
export function sm_node_exit(): void {
    ecall(SYS_SM_EXIT, 0, 0, 0, 0, 0, 0);
}

/** Shared memory that this node may read and write; 0 on failure. */
export function sm_malloc(size: u64): usize {
    return pointer(ecall(SYS_SM_MALLOC, size, 0, 0, 0, 0, 0));
}

/** As sm_malloc, of the consistency DSM_SEQUENTIAL or DSM_RELEASE (kernel/abi/policy.ts) whatever kernel.dsmConsistency says. */
export function sm_malloc_as(size: u64, consistency: u32): usize {
    return pointer(ecall(SYS_SM_MALLOC_AS, size, consistency, 0, 0, 0, 0));
}

function pointer(address: i64): usize {
    return address < 0 ? 0 : <usize>address;
}

/** Returns when all nodes have called it. */
export function sm_barrier(): void {
    ecall(SYS_SM_BARRIER, 0, 0, 0, 0, 0, 0);
}

/** The address that node `root` gives, in all nodes; a barrier too. 0 at once when there is no such node. */
export function sm_bcast(address: usize, root: u32): usize {
    const given = ecall(SYS_SM_BCAST, address, root, 0, 0, 0, 0);
    return given < 0 ? 0 : <usize>given;
}

/** Gives back what any node's sm_malloc returned; no node may access it any more. 0, or -1: it is no such address. */
export function sm_free(address: usize): i32 {
    return call(SYS_SM_FREE, address, 0);
}

/** Takes lock `id` of the group, waiting in the order of coming. 0, or -1: the thread has it. */
export function sm_lock(id: u32): i32 {
    return call(SYS_SM_LOCK, id, 0);
}

/** 0, or -1: the thread does not hold the lock. */
export function sm_unlock(id: u32): i32 {
    return call(SYS_SM_UNLOCK, id, 0);
}

/** Gives up a lock that the thread holds until the condition is signalled, and takes it again. 0, or -1: it does not hold it. */
export function sm_cond_wait(condition: u32, lock: u32): i32 {
    return call(SYS_SM_COND_WAIT, condition, lock);
}

/** Wakes the thread that waits longest for the condition, if there is one. */
export function sm_cond_signal(condition: u32): i32 {
    return call(SYS_SM_COND_WAKE, condition, 0);
}

/** Wakes all threads that wait for the condition. */
export function sm_cond_broadcast(condition: u32): i32 {
    return call(SYS_SM_COND_WAKE, condition, 1);
}

/** What sm_stats writes: how often so far, for this node. */
@unmanaged
export class sm_stats_t {
    read_faults: u64;
    write_faults: u64;
    /** write_invalidate and write_permission_revoke messages that the node got. */
    invalidations: u64;
    revocations: u64;
    mallocs: u64;
    barriers: u64;
    broadcasts: u64;
    frees: u64;
    locks: u64;
    prefetches: u64;
    /** Under release consistency: written copies whose bytes were sent, copies given up for their age. */
    diffs: u64;
    drops: u64;
}

/** Writes an sm_stats_t. 0 or -1. */
export function sm_stats(to: usize): i32 {
    return call(SYS_SM_STATS, to, 0);
}

function call(number: i64, a0: u64, a1: u64): i32 {
    return ecall(number, a0, a1, 0, 0, 0, 0) == 0 ? 0 : -1;
}
