// Waits of sm_* calls for other nodes: for a lock or a condition, or to meet at a barrier, a broadcast or the end (sm-dsm 3).

import { EINTR, EINVAL } from "../abi/errno";
import { SIGABRT } from "../abi/signal";
import { SM_BARRIER, SM_BCAST, SM_COND, SM_END, SM_EXIT, SM_LOCK } from "../abi/sm-wait";
import { SYS_SM_EXIT } from "../abi/syscalls";
import { BLOCKED_GROUP } from "../abi/thread";
import { FRAME_A7, FRAME_PC, FRAME_RA } from "../abi/trap-frame";
import { group_cancel } from "../dsm/calls";
import {
    group_member_xptr,
    group_size,
    LEAVING,
    MEET_MISMATCH,
    MEET_MISMATCH_AGAIN,
    MEET_REFUSED,
    MEET_WAIT,
    NO_ROOT,
    node_t,
} from "../dsm/group";
import { group_arrive } from "../dsm/membership";
import { dsm_acquire, dsm_release } from "../dsm/synchronise";
import { remote_load32 } from "../hal/hal";
import { local_cxy, xptr_local, xptr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { tell_sm_call, tell_sm_mismatch, tell_sm_wait } from "../probe";
import { process_kill } from "../proc/kill";
import { sched_block, sched_unblock_self, sched_wait } from "../sched/sched";
import { this_thread, thread_frame } from "../sched/thread";
import { tell_mismatch } from "./sm-message";

/** The pc of a thread in a system call is behind its ecall. */
const ECALL_SIZE: u64 = 4;

/**
 * Leaves the group for sm_node_exit or a normal end: a node's pages are needed until all leave. Does nothing for a node that has left or is
 * alone.
 */
export function sm_leave(process: process_t): i64 {
    return process.group == 0 || group_size(process.group) == 1 ? 0 : meet(process, LEAVING, 0);
}

/** Waits until every node is here. Returns 0, -EINTR when the group died, or -EINVAL when this node cannot meet again now. */
export function meet(process: process_t, root: u32, value: u64): i64 {
    dsm_release(process);
    tell_call(process, reason_of(root), root < LEAVING ? root : 0);
    sched_block(BLOCKED_GROUP);
    const met = group_arrive(process.group, process.node, self(), root, value);
    if (met == MEET_WAIT) return wait(process, reason_of(root), root, -1);
    sched_unblock_self(BLOCKED_GROUP);
    if (met == MEET_REFUSED) {
        tell_call(process, 0, 0);
        return -EINVAL;
    }
    if (met == MEET_MISMATCH) {
        tell_sm_mismatch(process.pid, leader_of(process), this_thread().id, local_cxy);
        tell_mismatch(process, root, reason_of(root) == SM_END);
    }
    if (met == MEET_MISMATCH || met == MEET_MISMATCH_AGAIN) process_kill(process.pid, 128 + SIGABRT, SIGABRT);
    return interrupted();
}

/** The group has ended, and this node with it. The thread never sees the call's end. */
export function interrupted(): i64 {
    this_thread().killed = 1;
    return -EINTR;
}

function reason_of(root: u32): u32 {
    if (root != LEAVING) return root == NO_ROOT ? SM_BARRIER : SM_BCAST;
    return <u32>load<u64>(thread_frame(this_thread()) + FRAME_A7) == SYS_SM_EXIT ? SM_EXIT : SM_END;
}

export function self(): xptr_t {
    return xptr_local(changetype<usize>(this_thread()));
}

/** Waits for the other nodes of the group. A kill wakes the thread, too, and then the group must forget it. Returns 0 or -EINTR. */
export function wait(process: process_t, reason: u32, id: u32, holder: i64): i64 {
    const thread = this_thread();
    if (reason == SM_LOCK || reason == SM_COND) tell_call(process, reason, id);
    tell_wait(process, reason, id, holder);
    sched_wait(BLOCKED_GROUP);
    tell_wait(process, 0, 0, -1);
    if (thread.killed == 0) {
        // After a lock, a meeting or a condition, the node sees what other nodes wrote before (4.2).
        dsm_acquire(process);
        return 0;
    }
    group_cancel(process.group, process.node, self());
    return -EINTR;
}

function tell_wait(process: process_t, reason: u32, id: u32, holder: i64): void {
    tell_sm_wait(process.pid, process.node, leader_of(process), reason, id, <u64>holder, this_thread().id);
}

/** Tells where in the program the thread's call is: the host names it when the call never meets the others. */
function tell_call(process: process_t, reason: u32, id: u32): void {
    const frame = thread_frame(this_thread());
    const pc = load<u64>(frame + FRAME_PC) - ECALL_SIZE;
    const call = <u64>reason + ((<u64>id) << 8);
    const leader = leader_of(process);
    tell_sm_call(process.pid, process.node, leader, this_thread().id, call, pc, load<u64>(frame + FRAME_RA));
}

/** The pid of node 0. */
function leader_of(process: process_t): u32 {
    return remote_load32(group_member_xptr(process.group, 0) + offsetof<node_t>("pid"));
}
