// The kernel side of sm_* (sm-dsm 2): what the userland library calls on behalf of its node.
import { EINTR, EINVAL, EPERM } from "../abi/errno";
import { SIGABRT } from "../abi/probe";
import { kernel_log_begin, kernel_log_end, put_string } from "../console";
import { group_size, LEAVING, MEET_MISMATCH, MEET_REFUSED, MEET_WAIT, NO_ROOT } from "../dsm/group";
import { group_allocate, group_arrive } from "../dsm/membership";
import { cstr } from "../hal/cstr";
import { uaddr_t, xptr_local } from "../hal/platform";
import { copy_to_user } from "../mm/uaccess";
import { process_t } from "../proc/process-table";
import { process_kill } from "../proc/reaper";
import { sched_block, sched_unblock_self, sched_wait } from "../proc/sched";
import { BLOCKED_GROUP, this_thread } from "../proc/thread";

/** Writes the number of nodes and the own id (i32 each) to user memory. 0, -EPERM: not a node process, or -EFAULT. */
export function sm_init(process: process_t, nodes: uaddr_t, node: uaddr_t): i64 {
    if (process.group == 0) return -EPERM;
    const buffer = this_thread().buffer;
    store<u32>(buffer, group_size(process.group));
    store<u32>(buffer, process.node, 4);
    const error = copy_to_user(process, nodes, buffer, 4);
    return error != 0 ? error : copy_to_user(process, node, buffer + 4, 4);
}

/** The user address of new shared memory, or 0. */
export function sm_malloc(process: process_t, size: u64): i64 {
    return process.group == 0 ? 0 : <i64>group_allocate(process.group, process.node, size);
}

export function sm_barrier(process: process_t): i64 {
    if (process.group == 0) return -EPERM;
    return meet(process, NO_ROOT, 0);
}

/** The value that node `root` gave. */
export function sm_bcast(process: process_t, value: u64, root: u32): i64 {
    if (process.group == 0) return -EPERM;
    if (root >= group_size(process.group)) return -EINVAL;
    const error = meet(process, root, value);
    return error != 0 ? error : <i64>this_thread().join_value;
}

/** Leaves the group when all nodes do: a node's pages are needed until then. */
export function sm_exit(process: process_t): i64 {
    if (process.group == 0) return -EPERM;
    return sm_leave(process);
}

/** As sm_exit; nothing for a node that has left, or is alone. */
export function sm_leave(process: process_t): i64 {
    return process.group == 0 || group_size(process.group) == 1 ? 0 : meet(process, LEAVING, 0);
}

/** A barrier, a broadcast of one root and leaving do not go together: the node ends, and its group with it (3.8). */
function end_mismatched(process: process_t): void {
    kernel_log_begin(process.pid);
    put_string(cstr(": its sm_* call does not match the one that other nodes of its group wait in"));
    kernel_log_end();
    process_kill(process.pid, 128 + SIGABRT, SIGABRT);
}

/** Waits until every node is here. 0; -EINTR when the group died; -EINVAL when this node cannot meet again now. */
function meet(process: process_t, root: u32, value: u64): i64 {
    const thread = this_thread();
    sched_block(BLOCKED_GROUP);
    const met = group_arrive(process.group, process.node, xptr_local(changetype<usize>(thread)), root, value);
    if (met != MEET_WAIT) {
        sched_unblock_self(BLOCKED_GROUP);
        if (met == MEET_REFUSED) return -EINVAL;
        if (met == MEET_MISMATCH) end_mismatched(process);
        thread.killed = 1;
        return -EINTR;
    }
    sched_wait(BLOCKED_GROUP);
    return thread.killed != 0 ? -EINTR : 0;
}
