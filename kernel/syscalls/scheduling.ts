// The calls for scheduling (Linux riscv64). Every thread is SCHED_OTHER with priority 0: the harts give equal slices in turn. Where the
// thread runs, and what orders its memory accesses with those of others.

import { BI_TIME_SLICE } from "../abi/boot-info";
import { EFAULT, EINVAL, ESRCH } from "../abi/errno";
import {
    REFUSED_SCHED_SETSCHEDULER_ANOTHER_POLICY_THAN_SCHED_OTHER,
    REFUSED_SETPRIORITY_ANOTHER_PRIORITY_THAN_0,
} from "../abi/refusals";
import {
    SYS_GETCPU,
    SYS_GETPRIORITY,
    SYS_MEMBARRIER,
    SYS_SCHED_GET_PRIORITY_MAX,
    SYS_SCHED_GET_PRIORITY_MIN,
    SYS_SCHED_GETPARAM,
    SYS_SCHED_GETSCHEDULER,
    SYS_SCHED_RR_GET_INTERVAL,
    SYS_SCHED_SETPARAM,
    SYS_SCHED_SETSCHEDULER,
    SYS_SETPRIORITY,
} from "../abi/syscalls";
import { boot_info, harts_per_cluster, local_cxy, uaddr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user } from "../mm/uaccess";
import { process_group_of } from "../proc/process-group";
import { this_hart, this_thread } from "../sched/thread";
import { call_register, call_t, refused } from "./table";
import { tell_ticks } from "./time";

export function scheduling_calls(): void {
    call_register(SYS_GETCPU, sys_getcpu);
    call_register(SYS_GETPRIORITY, sys_getpriority);
    call_register(SYS_SETPRIORITY, sys_setpriority);
    call_register(SYS_MEMBARRIER, sys_membarrier);
    call_register(SYS_SCHED_GETSCHEDULER, sys_sched_getscheduler);
    call_register(SYS_SCHED_SETSCHEDULER, sys_sched_setscheduler);
    call_register(SYS_SCHED_GETPARAM, sys_sched_getparam);
    call_register(SYS_SCHED_SETPARAM, sys_sched_setparam);
    call_register(SYS_SCHED_GET_PRIORITY_MAX, sys_sched_get_priority_max);
    call_register(SYS_SCHED_GET_PRIORITY_MIN, sys_sched_get_priority_min);
    call_register(SYS_SCHED_RR_GET_INTERVAL, sys_sched_rr_get_interval);
}

/** getcpu(hart, cluster): the number of the hart in the machine. */
function sys_getcpu(process: process_t, call: call_t): i64 {
    const buffer = this_thread().buffer;
    store<u32>(buffer, local_cxy * harts_per_cluster + this_hart().lid);
    if (call.a0 != 0 && copy_to_user(process, call.a0, buffer, 4) != 0) return -EFAULT;
    store<u32>(buffer, local_cxy);
    return call.a1 != 0 && copy_to_user(process, call.a1, buffer, 4) != 0 ? -EFAULT : 0;
}

const PRIO_USER: u32 = 2;
/** The result of getpriority for priority 0: Linux tells 20 less the priority, so that no result is an error. */
const PRIORITY_0: i64 = 20;

/** getpriority(kind, who) */
function sys_getpriority(process: process_t, call: call_t): i64 {
    return <u32>call.a0 > PRIO_USER ? -EINVAL : PRIORITY_0;
}

/** setpriority(kind, who, priority) */
function sys_setpriority(process: process_t, call: call_t): i64 {
    if (<u32>call.a0 > PRIO_USER) return -EINVAL;
    return <i32>call.a2 == 0 ? 0 : refused(process, REFUSED_SETPRIORITY_ANOTHER_PRIORITY_THAN_0);
}

const MEMBARRIER_QUERY: u32 = 0;
/** GLOBAL, GLOBAL_EXPEDITED, PRIVATE_EXPEDITED, and what registers for the latter two. */
const MEMBARRIERS: u32 = 1 | 2 | 4 | 8 | 16;

/** membarrier(command, flags): memory is sequentially consistent, so that there is nothing to do. */
function sys_membarrier(process: process_t, call: call_t): i64 {
    const command = <u32>call.a0;
    if (<u32>call.a1 != 0) return -EINVAL;
    if (command == MEMBARRIER_QUERY) return MEMBARRIERS;
    return (command & (command - 1)) == 0 && (command & MEMBARRIERS) != 0 ? 0 : -EINVAL;
}

const SCHED_OTHER: u32 = 0;
const SCHED_FIFO: u32 = 1;
const SCHED_RR: u32 = 2;
const SCHED_BATCH: u32 = 3;
const SCHED_IDLE: u32 = 5;
const SCHED_DEADLINE: u32 = 6;

/** Returns 0 for a thread of the caller's process that the call may name, or a process; else -EINVAL or -ESRCH. */
function check_named(process: process_t, id: i32): i64 {
    if (id < 0) return -EINVAL;
    if (id == 0 || <u32>id == process.pid || <u32>id == this_thread().id) return 0;
    return process_group_of(<u32>id) < 0 ? -ESRCH : 0;
}

function sys_sched_getscheduler(process: process_t, call: call_t): i64 {
    const error = check_named(process, <i32>call.a0);
    return error != 0 ? error : <i64>SCHED_OTHER;
}

/** sched_setscheduler(pid, policy, parameters) */
function sys_sched_setscheduler(process: process_t, call: call_t): i64 {
    const policy = <u32>call.a1;
    const real_time = policy == SCHED_FIFO || policy == SCHED_RR;
    if (!real_time && policy != SCHED_OTHER && policy != SCHED_BATCH && policy != SCHED_IDLE) return -EINVAL;
    const error = check_named(process, <i32>call.a0);
    if (error != 0) return error;
    if (policy != SCHED_OTHER) return refused(process, REFUSED_SCHED_SETSCHEDULER_ANOTHER_POLICY_THAN_SCHED_OTHER);
    return check_priority(process, call.a2);
}

/** sched_setparam(pid, parameters) */
function sys_sched_setparam(process: process_t, call: call_t): i64 {
    const error = check_named(process, <i32>call.a0);
    return error != 0 ? error : check_priority(process, call.a1);
}

/** SCHED_OTHER has priority 0 alone. */
function check_priority(process: process_t, from: uaddr_t): i64 {
    if (from == 0) return -EINVAL;
    const buffer = this_thread().buffer;
    if (copy_from_user(process, buffer, from, 4) != 0) return -EFAULT;
    return load<u32>(buffer) == 0 ? 0 : -EINVAL;
}

/** sched_getparam(pid, parameters) */
function sys_sched_getparam(process: process_t, call: call_t): i64 {
    const error = call.a1 == 0 ? -EINVAL : check_named(process, <i32>call.a0);
    if (error != 0) return error;
    const buffer = this_thread().buffer;
    store<u32>(buffer, 0);
    return copy_to_user(process, call.a1, buffer, 4);
}

function sys_sched_get_priority_max(process: process_t, call: call_t): i64 {
    return priority_of(<u32>call.a0, 99);
}

function sys_sched_get_priority_min(process: process_t, call: call_t): i64 {
    return priority_of(<u32>call.a0, 1);
}

/** Linux's bounds: `real_time` for the policies that have priorities, and 0 for the others. */
function priority_of(policy: u32, real_time: i64): i64 {
    if (policy == SCHED_FIFO || policy == SCHED_RR) return real_time;
    const others = policy == SCHED_OTHER || policy == SCHED_BATCH || policy == SCHED_IDLE || policy == SCHED_DEADLINE;
    return others ? 0 : -EINVAL;
}

/** sched_rr_get_interval(pid, time): the slice of a hart. */
function sys_sched_rr_get_interval(process: process_t, call: call_t): i64 {
    const error = check_named(process, <i32>call.a0);
    return error != 0 ? error : tell_ticks(process, call.a1, boot_info(BI_TIME_SLICE));
}
