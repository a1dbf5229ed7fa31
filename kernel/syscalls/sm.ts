// The kernel side of sm_* (sm-dsm 2): the calls that the userland library makes on behalf of its node. A refused call gives its reason in
// one line on the console, because not every call has a result.
import { BI_DSM_CONSISTENCY } from "../abi/boot-info";
import { EDEADLK, EINTR, EINVAL, ENOMEM, EPERM } from "../abi/errno";
import { PROBE_SM_WAIT } from "../abi/event";
import { OPERATION_SM_FREE } from "../abi/operation";
import { DSM_RELEASE } from "../abi/policy";
import { SIGABRT } from "../abi/signal";
import { SM_BARRIER, SM_BCAST, SM_COND, SM_EXIT, SM_LOCK } from "../abi/sm-wait";
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
    SYS_SM_UNLOCK,
} from "../abi/syscalls";
import { BLOCKED_GROUP } from "../abi/thread";
import { kernel_log_begin, kernel_log_end, put_decimal, put_hex, put_string } from "../console";
import {
    group_acquire,
    group_allocate,
    group_cancel,
    group_give_back,
    group_signal,
    group_unlock_for,
    group_wait_for,
} from "../dsm/calls";
import {
    group_member_xptr,
    group_size,
    group_t,
    LEAVING,
    MEET_MISMATCH,
    MEET_MISMATCH_AGAIN,
    MEET_REFUSED,
    MEET_WAIT,
    NO_ROOT,
    node_t,
} from "../dsm/group";
import { HOLDER_SHIFT, MUST_WAIT } from "../dsm/locks";
import { group_arrive } from "../dsm/membership";
import { dsm_acquire, dsm_release } from "../dsm/synchronise";
import { cstr } from "../hal/cstr";
import { remote_load32, remote_store32 } from "../hal/hal";
import { boot_info, uaddr_t, xptr_local, xptr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_to_user } from "../mm/uaccess";
import { probe7 } from "../probe";
import { process_kill } from "../proc/reaper";
import { sched_block, sched_unblock_self, sched_wait } from "../sched/sched";
import { this_thread } from "../sched/thread";
import { operation_begin, operation_end } from "../trace/operation";

/** Executes a system call from SYS_SM_INIT to SYS_SM_MALLOC_AS. */
export function sm_call(process: process_t, number: u32, a0: u64, a1: u64): i64 {
    if (process.group == 0) return -EPERM;
    if (number == SYS_SM_INIT) return sm_init(process, a0, a1);
    if (remote_load32(own_member(process) + offsetof<node_t>("joined")) == 0) {
        return refuse(process, number, cstr("sm_node_init comes first"), is_malloc(number) ? 0 : -EPERM);
    }
    switch (number) {
        case SYS_SM_EXIT:
            return sm_leave(process);
        case SYS_SM_MALLOC:
            return <i64>group_allocate(process.group, process.node, a0, <u32>boot_info(BI_DSM_CONSISTENCY));
        case SYS_SM_MALLOC_AS:
            return sm_malloc_as(process, a0, a1);
        case SYS_SM_BARRIER:
            return meet(process, NO_ROOT, 0);
        case SYS_SM_BCAST:
            return sm_bcast(process, a0, a1);
        case SYS_SM_FREE:
            return sm_free(process, a0);
        case SYS_SM_LOCK:
            return sm_lock(process, <u32>a0);
        case SYS_SM_UNLOCK:
            return sm_unlock(process, <u32>a0);
        case SYS_SM_COND_WAIT:
            return sm_cond_wait(process, <u32>a0, <u32>a1);
        case SYS_SM_COND_WAKE:
            group_signal(process.group, <u32>a0, a1 != 0);
            return 0;
        default:
            return sm_stats(process, a0);
    }
}

function is_malloc(number: u32): bool {
    return number == SYS_SM_MALLOC || number == SYS_SM_MALLOC_AS;
}

function own_member(process: process_t): xptr_t {
    return group_member_xptr(process.group, process.node);
}

function name_of(number: u32): usize {
    switch (number) {
        case SYS_SM_EXIT:
            return cstr("sm_node_exit");
        case SYS_SM_MALLOC:
            return cstr("sm_malloc");
        case SYS_SM_MALLOC_AS:
            return cstr("sm_malloc_as");
        case SYS_SM_BARRIER:
            return cstr("sm_barrier");
        case SYS_SM_BCAST:
            return cstr("sm_bcast");
        case SYS_SM_FREE:
            return cstr("sm_free");
        case SYS_SM_LOCK:
            return cstr("sm_lock");
        case SYS_SM_UNLOCK:
            return cstr("sm_unlock");
        case SYS_SM_COND_WAIT:
            return cstr("sm_cond_wait");
        case SYS_SM_COND_WAKE:
            return cstr("sm_cond_signal");
        default:
            return cstr("sm_stats");
    }
}

/** Reports on the console why a call is refused. Returns `error`, the call's result. */
function refuse(process: process_t, number: u32, why: usize, error: i64): i64 {
    complain(process, number);
    put_string(why);
    kernel_log_end();
    return error;
}

/** Begins a line about a call; kernel_log_end ends it. */
function complain(process: process_t, number: u32): void {
    kernel_log_begin(process.pid);
    put_string(cstr(", node "));
    put_decimal(process.node);
    put_string(cstr(": "));
    put_string(name_of(number));
    put_string(cstr(": "));
}

/** Reports as `refuse` does, with the argument at fault between two texts. */
function refuse_value(process: process_t, number: u32, what: usize, value: u64, why: usize, error: i64): i64 {
    complain(process, number);
    put_string(what);
    put_decimal(value);
    put_string(why);
    kernel_log_end();
    return error;
}

/** Writes the number of nodes and the node's own id (i32 each) to user memory. Returns 0 or -EFAULT. */
function sm_init(process: process_t, nodes: uaddr_t, node: uaddr_t): i64 {
    const buffer = this_thread().buffer;
    store<u32>(buffer, group_size(process.group));
    store<u32>(buffer, process.node, 4);
    let error = copy_to_user(process, nodes, buffer, 4);
    if (error == 0) error = copy_to_user(process, node, buffer + 4, 4);
    if (error == 0) remote_store32(own_member(process) + offsetof<node_t>("joined"), 1);
    return error;
}

/** Returns the value that node `root` gave, or -errno. */
function sm_bcast(process: process_t, value: u64, root: u64): i64 {
    if (root >= group_size(process.group)) return refuse_root(process, root);
    const error = meet(process, <u32>root, value);
    return error != 0 ? error : <i64>this_thread().join_value;
}

function refuse_root(process: process_t, root: u64): i64 {
    complain(process, SYS_SM_BCAST);
    // Programs pass an int.
    put_string(<i64>root < 0 ? cstr("root -") : cstr("root "));
    put_decimal(<i64>root < 0 ? -root : root);
    put_string(cstr(" is not a node (0 to "));
    put_decimal(group_size(process.group) - 1);
    put_string(cstr(")"));
    kernel_log_end();
    return -EINVAL;
}

function sm_malloc_as(process: process_t, size: u64, consistency: u64): i64 {
    if (consistency > <u64>DSM_RELEASE) {
        const why = cstr(" is not SM_SEQUENTIAL (0) or SM_RELEASE (1)");
        return refuse_value(process, SYS_SM_MALLOC_AS, cstr("consistency "), consistency, why, 0);
    }
    return <i64>group_allocate(process.group, process.node, size, <u32>consistency);
}

function sm_free(process: process_t, address: u64): i64 {
    operation_begin(process.pid, OPERATION_SM_FREE, address);
    const error = group_give_back(process.group, process.node, address);
    operation_end(process.pid, OPERATION_SM_FREE);
    if (error == 0) return 0;
    complain(process, SYS_SM_FREE);
    put_hex(address);
    put_string(cstr(" is not a block of sm_malloc, or was freed before"));
    kernel_log_end();
    return error;
}

function sm_lock(process: process_t, lock: u32): i64 {
    sched_block(BLOCKED_GROUP);
    const answer = group_acquire(process.group, process.node, self(), lock);
    if (answer > 0) return wait(process, SM_LOCK, lock, answer >> HOLDER_SHIFT);
    sched_unblock_self(BLOCKED_GROUP);
    if (answer == 0) {
        dsm_acquire(process);
        return 0;
    }
    if (answer == -EINTR) return interrupted();
    const why = answer == -EDEADLK ? cstr(" is the thread's already") : cstr(" needs memory that there is not");
    return refuse_value(process, SYS_SM_LOCK, cstr("lock "), lock, why, answer);
}

function sm_unlock(process: process_t, lock: u32): i64 {
    dsm_release(process);
    const error = group_unlock_for(process.group, self(), lock);
    if (error == 0) return 0;
    return refuse_value(process, SYS_SM_UNLOCK, cstr("lock "), lock, cstr(" is not the thread's"), error);
}

function sm_cond_wait(process: process_t, condition: u32, lock: u32): i64 {
    dsm_release(process);
    sched_block(BLOCKED_GROUP);
    const answer = group_wait_for(process.group, process.node, self(), condition, lock);
    if (answer == MUST_WAIT) return wait(process, SM_COND, condition, -1);
    sched_unblock_self(BLOCKED_GROUP);
    if (answer == -EINTR) return interrupted();
    const why = answer == -ENOMEM ? cstr(" needs memory that there is not") : cstr(" is not the thread's");
    return refuse_value(process, SYS_SM_COND_WAIT, cstr("lock "), lock, why, answer);
}

/** Copies the node's counts, u64 each, in the order of DSM_*. Returns 0 or -EFAULT. */
function sm_stats(process: process_t, to: uaddr_t): i64 {
    const buffer = this_thread().buffer;
    const counts = own_member(process) + offsetof<node_t>("read_faults");
    for (let i: u32 = 0; i < STATS; i++) store<u64>(buffer + (i << 3), remote_load32(counts + (i << 2)));
    return copy_to_user(process, to, buffer, STATS * 8);
}
const STATS: u32 = 12;

/**
 * Leaves the group for sm_node_exit or a normal end: a node's pages are needed until all leave. Does nothing for a node that has left or is
 * alone.
 */
export function sm_leave(process: process_t): i64 {
    return process.group == 0 || group_size(process.group) == 1 ? 0 : meet(process, LEAVING, 0);
}

/** Waits until every node is here. Returns 0, -EINTR when the group died, or -EINVAL when this node cannot meet again now. */
function meet(process: process_t, root: u32, value: u64): i64 {
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
function interrupted(): i64 {
    this_thread().killed = 1;
    return -EINTR;
}

function reason_of(root: u32): u32 {
    return root == NO_ROOT ? SM_BARRIER : root == LEAVING ? SM_EXIT : SM_BCAST;
}

function self(): xptr_t {
    return xptr_local(changetype<usize>(this_thread()));
}

/** Waits for the other nodes of the group. A kill wakes the thread, too, and then the group must forget it. Returns 0 or -EINTR. */
function wait(process: process_t, reason: u32, id: u32, holder: i64): i64 {
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

/** Reports that a barrier, a broadcast of one root and leaving do not go together. The node ends, and its group with it (3.8). */
function tell_mismatch(process: process_t, root: u32): void {
    complain(process, call_of(root));
    put_string(cstr("never meets "));
    put_string(name_of(call_of(remote_load32(process.group + offsetof<group_t>("kind")))));
    put_string(cstr(", where these nodes wait:"));
    put_waiting(process.group);
    kernel_log_end();
}

function call_of(root: u32): u32 {
    return root == NO_ROOT ? SYS_SM_BARRIER : root == LEAVING ? SYS_SM_EXIT : SYS_SM_BCAST;
}

/** The most nodes that a line names. The others are counted. */
const NAMED: u32 = 16;

function put_waiting(group: xptr_t): void {
    let waiting: u32 = 0;
    for (let node: u32 = 0; node < group_size(group); node++) {
        if (remote_load32(group_member_xptr(group, node) + offsetof<node_t>("state")) == 0) continue;
        if (++waiting > NAMED) continue;
        put_string(cstr(" "));
        put_decimal(node);
    }
    if (waiting <= NAMED) return;
    put_string(cstr(" and "));
    put_decimal(waiting - NAMED);
    put_string(cstr(" more"));
}
