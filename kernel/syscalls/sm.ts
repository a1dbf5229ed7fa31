// The kernel side of sm_* (sm-dsm 2): the calls that the userland library makes on behalf of its node.

import { BI_DSM_CONSISTENCY } from "../abi/boot-info";
import { EBUSY, EDEADLK, EINTR, ENOMEM, EPERM } from "../abi/errno";
import { OPERATION_SM_FREE } from "../abi/operation";
import { DSM_RELEASE } from "../abi/policy";
import { SM_COND, SM_LOCK } from "../abi/sm-wait";
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
} from "../abi/syscalls";
import { BLOCKED_GROUP } from "../abi/thread";
import {
    group_acquire,
    group_allocate,
    group_give_back,
    group_signal,
    group_unlock_for,
    group_wait_for,
} from "../dsm/calls";
import { group_member_xptr, group_size, NO_ROOT, node_t } from "../dsm/group";
import { HOLDER_SHIFT, MUST_WAIT } from "../dsm/locks";
import { dsm_acquire, dsm_release } from "../dsm/synchronise";
import { cstr } from "../hal/cstr";
import { remote_load32, remote_store32 } from "../hal/hal";
import { boot_info, xptr_t } from "../hal/platform";
import { process_t, process_take_region, REGION_JOINED } from "../mm/process-table";
import { copy_to_user } from "../mm/uaccess";
import { sched_block, sched_unblock_self } from "../sched/sched";
import { this_thread } from "../sched/thread";
import { operation_begin, operation_end } from "../trace/operation";
import { refuse, refuse_free, refuse_root, refuse_value } from "./sm-message";
import { interrupted, meet, self, sm_leave, wait } from "./sm-wait";
import { call_register, call_t } from "./table";

export function sm_calls(): void {
    call_register(SYS_SM_INIT, sys_sm_init);
    call_register(SYS_SM_EXIT, sys_sm_exit);
    call_register(SYS_SM_MALLOC, sys_sm_malloc);
    call_register(SYS_SM_MALLOC_AS, sys_sm_malloc_as);
    call_register(SYS_SM_FREE, sys_sm_free);
    call_register(SYS_SM_BARRIER, sys_sm_barrier);
    call_register(SYS_SM_BCAST, sys_sm_bcast);
    call_register(SYS_SM_LOCK, sys_sm_lock);
    call_register(SYS_SM_UNLOCK, sys_sm_unlock);
    call_register(SYS_SM_COND_WAIT, sys_sm_cond_wait);
    call_register(SYS_SM_COND_WAKE, sys_sm_cond_wake);
    call_register(SYS_SM_STATS, sys_sm_stats);
}

function own_member(process: process_t): xptr_t {
    return group_member_xptr(process.group, process.node);
}

/** Every call but sm_init asks this first. False, with a message, for a node that has not called sm_init; false in a process of no group. */
function has_joined(process: process_t, call: call_t): bool {
    if (process.group == 0) return false;
    if (remote_load32(own_member(process) + offsetof<node_t>("joined")) != 0) return true;
    refuse(process, <u32>call.number, cstr("sm_node_init comes first"));
    return false;
}

/** sm_init(nodes, node) writes the number of nodes and the node's own id (i32 each) to user memory. Returns 0, -EPERM or -EFAULT. */
function sys_sm_init(process: process_t, call: call_t): i64 {
    if (process.group == 0) return -EPERM;
    if (!process_take_region(process, REGION_JOINED)) {
        refuse(process, SYS_SM_INIT, cstr("the program has mapped memory over the region of shared memory"));
        return -EBUSY;
    }
    const buffer = this_thread().buffer;
    store<u32>(buffer, group_size(process.group));
    store<u32>(buffer, process.node, 4);
    let error = copy_to_user(process, call.a0, buffer, 4);
    if (error == 0) error = copy_to_user(process, call.a1, buffer + 4, 4);
    if (error == 0) remote_store32(own_member(process) + offsetof<node_t>("joined"), 1);
    return error;
}

function sys_sm_exit(process: process_t, call: call_t): i64 {
    return has_joined(process, call) ? sm_leave(process) : -EPERM;
}

/** sm_malloc(size) makes a block of the config's consistency. */
function sys_sm_malloc(process: process_t, call: call_t): i64 {
    if (!has_joined(process, call)) return no_block(process);
    return <i64>group_allocate(process.group, process.node, call.a0, <u32>boot_info(BI_DSM_CONSISTENCY));
}

/** sm_malloc_as(size, consistency) */
function sys_sm_malloc_as(process: process_t, call: call_t): i64 {
    if (!has_joined(process, call)) return no_block(process);
    const consistency = call.a1;
    if (consistency > <u64>DSM_RELEASE) {
        const why = cstr(" is not SM_SEQUENTIAL (0) or SM_RELEASE (1)");
        return refuse_value(process, SYS_SM_MALLOC_AS, cstr("consistency "), consistency, why, 0);
    }
    return <i64>group_allocate(process.group, process.node, call.a0, <u32>consistency);
}

/** The result of a refused sm_malloc is the null pointer in a process of a group, as for a lack of memory. */
function no_block(process: process_t): i64 {
    return process.group == 0 ? -EPERM : 0;
}

/** sm_free(address) */
function sys_sm_free(process: process_t, call: call_t): i64 {
    if (!has_joined(process, call)) return -EPERM;
    const address = call.a0;
    operation_begin(process.pid, OPERATION_SM_FREE, address);
    const error = group_give_back(process.group, process.node, address);
    operation_end(process.pid, OPERATION_SM_FREE);
    return error == 0 ? 0 : refuse_free(process, address, error);
}

function sys_sm_barrier(process: process_t, call: call_t): i64 {
    return has_joined(process, call) ? meet(process, NO_ROOT, 0) : -EPERM;
}

/** sm_bcast(value, root) returns the value that node `root` gave, or -errno. */
function sys_sm_bcast(process: process_t, call: call_t): i64 {
    if (!has_joined(process, call)) return -EPERM;
    const root = call.a1;
    if (root >= group_size(process.group)) return refuse_root(process, root);
    const error = meet(process, <u32>root, call.a0);
    return error != 0 ? error : <i64>this_thread().join_value;
}

/** sm_lock(lock) */
function sys_sm_lock(process: process_t, call: call_t): i64 {
    if (!has_joined(process, call)) return -EPERM;
    const lock = <u32>call.a0;
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

/** sm_unlock(lock) */
function sys_sm_unlock(process: process_t, call: call_t): i64 {
    if (!has_joined(process, call)) return -EPERM;
    const lock = <u32>call.a0;
    dsm_release(process);
    const error = group_unlock_for(process.group, self(), lock);
    if (error == 0) return 0;
    return refuse_value(process, SYS_SM_UNLOCK, cstr("lock "), lock, cstr(" is not the thread's"), error);
}

/** sm_cond_wait(condition, lock) */
function sys_sm_cond_wait(process: process_t, call: call_t): i64 {
    if (!has_joined(process, call)) return -EPERM;
    const condition = <u32>call.a0;
    const lock = <u32>call.a1;
    dsm_release(process);
    sched_block(BLOCKED_GROUP);
    const answer = group_wait_for(process.group, process.node, self(), condition, lock);
    if (answer == MUST_WAIT) return wait(process, SM_COND, condition, -1);
    sched_unblock_self(BLOCKED_GROUP);
    if (answer == -EINTR) return interrupted();
    const why = answer == -ENOMEM ? cstr(" needs memory that there is not") : cstr(" is not the thread's");
    return refuse_value(process, SYS_SM_COND_WAIT, cstr("lock "), lock, why, answer);
}

/** sm_cond_wake(condition, all) */
function sys_sm_cond_wake(process: process_t, call: call_t): i64 {
    if (!has_joined(process, call)) return -EPERM;
    group_signal(process.group, <u32>call.a0, call.a1 != 0);
    return 0;
}

const STATS: u32 = 12;

/** sm_stats(to) copies the node's counts, u64 each, in the order of DSM_*. Returns 0 or -errno. */
function sys_sm_stats(process: process_t, call: call_t): i64 {
    if (!has_joined(process, call)) return -EPERM;
    const buffer = this_thread().buffer;
    const counts = own_member(process) + offsetof<node_t>("read_faults");
    for (let i: u32 = 0; i < STATS; i++) store<u64>(buffer + (i << 3), remote_load32(counts + (i << 2)));
    return copy_to_user(process, call.a0, buffer, STATS * 8);
}
