// The calls for threads: thread_create and thread_join of Archipel's own, and those by which a thread ends, yields, or asks where it runs.

import { ANY_CLUSTER } from "../abi/cluster";
import { EFAULT, EINTR, EINVAL } from "../abi/errno";
import { REFUSED_GET_ROBUST_LIST_ANOTHER_THREAD_S_LIST } from "../abi/refusals";
import {
    SYS_EXIT,
    SYS_GET_ROBUST_LIST,
    SYS_SCHED_YIELD,
    SYS_SET_ROBUST_LIST,
    SYS_SET_TID_ADDRESS,
    SYS_THREAD_CREATE,
    SYS_THREAD_JOIN,
} from "../abi/syscalls";
import { uaddr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_to_user } from "../mm/uaccess";
import { ANY_BIT, futex_wake } from "../proc/futex";
import { ROBUST_LIST_HEAD_SIZE } from "../proc/robust-list";
import { thread_create } from "../proc/thread-create";
import { user_thread_exit, user_thread_join } from "../proc/thread-end";
import { vfork_leave } from "../proc/vfork";
import { cluster_least_loaded } from "../sched/cluster";
import { sched_yield } from "../sched/sched";
import { this_thread } from "../sched/thread";
import { call_register, call_t, refused } from "./table";

export function thread_calls(): void {
    call_register(SYS_THREAD_CREATE, sys_thread_create);
    call_register(SYS_THREAD_JOIN, sys_thread_join);
    call_register(SYS_EXIT, sys_exit);
    call_register(SYS_SET_TID_ADDRESS, sys_set_tid_address);
    call_register(SYS_SET_ROBUST_LIST, sys_set_robust_list);
    call_register(SYS_GET_ROBUST_LIST, sys_get_robust_list);
    call_register(SYS_SCHED_YIELD, sys_sched_yield);
}

/** thread_create(entry, argument, cxy): the argument reaches the entry in a0. ANY_CLUSTER leaves the choice to the kernel. */
function sys_thread_create(process: process_t, call: call_t): i64 {
    const cxy = <i32>call.a2;
    const target = cxy == ANY_CLUSTER ? cluster_least_loaded() : <u32>cxy;
    return thread_create(process, target, call.a0, call.a1, 0);
}

/** thread_join(id, value): the thread's exit value (u64) goes to `value`, unless that is 0. */
function sys_thread_join(process: process_t, call: call_t): i64 {
    const value: uaddr_t = call.a1;
    const error = user_thread_join(process, <u32>call.a0);
    if (error != 0) return error;
    const thread = this_thread();
    if (thread.killed != 0) return -EINTR;
    if (value == 0) return 0;
    store<u64>(thread.buffer, thread.join_value);
    return copy_to_user(process, value, thread.buffer, 8);
}

function sys_exit(process: process_t, call: call_t): i64 {
    if (process.thread_count == 1) vfork_leave(process);
    clear_tid(process);
    user_thread_exit(<u32>call.a0);
    return 0;
}

/** Clears the word that a thread has named (set_tid_address), at the thread's end, and wakes a waiter there. */
function clear_tid(process: process_t): void {
    const thread = this_thread();
    const address: uaddr_t = thread.clear_tid;
    if (address == 0) return;
    thread.clear_tid = 0;
    store<u32>(thread.buffer, 0);
    if (copy_to_user(process, address, thread.buffer, 4) == 0) {
        futex_wake(process, address, true, 1, ANY_BIT);
    }
}

function sys_set_tid_address(process: process_t, call: call_t): i64 {
    this_thread().clear_tid = call.a0;
    return this_thread().id;
}

/** set_robust_list(head, bytes) */
function sys_set_robust_list(process: process_t, call: call_t): i64 {
    if (call.a1 != ROBUST_LIST_HEAD_SIZE) return -EINVAL;
    this_thread().robust_list = call.a0;
    return 0;
}

/** get_robust_list(id, head, bytes) tells the head of the calling thread, which 0 is, too. */
function sys_get_robust_list(process: process_t, call: call_t): i64 {
    const thread = this_thread();
    const id = <u32>call.a0;
    if (id != 0 && id != thread.id) return refused(process, REFUSED_GET_ROBUST_LIST_ANOTHER_THREAD_S_LIST);
    store<u64>(thread.buffer, ROBUST_LIST_HEAD_SIZE);
    if (copy_to_user(process, call.a2, thread.buffer, 8) != 0) return -EFAULT;
    store<u64>(thread.buffer, thread.robust_list);
    return copy_to_user(process, call.a1, thread.buffer, 8);
}

function sys_sched_yield(process: process_t, call: call_t): i64 {
    sched_yield();
    return 0;
}
