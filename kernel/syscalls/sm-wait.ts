// Waits of sm_* calls for other nodes: for a lock or a condition, or to meet at a barrier, a broadcast or the end (sm-dsm 3).

import { EINTR, EINVAL } from "../abi/errno";
import { PROBE_SM_WAIT } from "../abi/event";
import { SIGABRT } from "../abi/signal";
import { SM_BARRIER, SM_BCAST, SM_EXIT } from "../abi/sm-wait";
import { BLOCKED_GROUP } from "../abi/thread";
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
import { xptr_local, xptr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { probe7 } from "../probe";
import { process_kill } from "../proc/kill";
import { sched_block, sched_unblock_self, sched_wait } from "../sched/sched";
import { this_thread } from "../sched/thread";
import { tell_mismatch } from "./sm-message";

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
    sched_block(BLOCKED_GROUP);
    const met = group_arrive(process.group, process.node, self(), root, value);
    if (met == MEET_WAIT) return wait(process, reason_of(root), root, -1);
    sched_unblock_self(BLOCKED_GROUP);
    if (met == MEET_REFUSED) return -EINVAL;
    if (met == MEET_MISMATCH) tell_mismatch(process, root);
    if (met == MEET_MISMATCH || met == MEET_MISMATCH_AGAIN) process_kill(process.pid, 128 + SIGABRT, SIGABRT);
    return interrupted();
}

/** The group has ended, and this node with it. The thread never sees the call's end. */
export function interrupted(): i64 {
    this_thread().killed = 1;
    return -EINTR;
}

function reason_of(root: u32): u32 {
    return root == NO_ROOT ? SM_BARRIER : root == LEAVING ? SM_EXIT : SM_BCAST;
}

export function self(): xptr_t {
    return xptr_local(changetype<usize>(this_thread()));
}

/** Waits for the other nodes of the group. A kill wakes the thread, too, and then the group must forget it. Returns 0 or -EINTR. */
export function wait(process: process_t, reason: u32, id: u32, holder: i64): i64 {
    const thread = this_thread();
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
    const leader = remote_load32(group_member_xptr(process.group, 0) + offsetof<node_t>("pid"));
    probe7(PROBE_SM_WAIT, process.pid, process.node, leader, reason, id, <u64>holder, this_thread().id);
}
