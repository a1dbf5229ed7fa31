// The harts that threads may run on (Linux riscv64): sched_getaffinity and sched_setaffinity. Harts are numbered over the machine, cluster by
// cluster.

import { EFAULT, EINVAL, ESRCH } from "../abi/errno";
import { REFUSED_SCHED_SETAFFINITY_ANOTHER_HART } from "../abi/refusals";
import { SYS_SCHED_GETAFFINITY, SYS_SCHED_SETAFFINITY } from "../abi/syscalls";
import { cluster_count, uaddr_t, xptr_local } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user } from "../mm/uaccess";
import { affinity_all, affinity_bind, affinity_harts } from "../proc/affinity";
import { hart_set_bytes, hart_set_cluster } from "../proc/hart-set";
import { newborn_begin, newborn_is, newborn_move } from "../proc/newborn";
import { clones_stay } from "../proc/placement";
import { this_thread } from "../sched/thread";
import { call_register, call_t, refused } from "./table";

export function affinity_calls(): void {
    call_register(SYS_SCHED_GETAFFINITY, sys_sched_getaffinity);
    call_register(SYS_SCHED_SETAFFINITY, sys_sched_setaffinity);
}

/**
 * sched_getaffinity(id, bytes, to): the harts where a thread of the process, and the threads that it makes, may run. The PID is the first
 * thread, also when that has ended.
 */
function sys_sched_getaffinity(process: process_t, call: call_t): i64 {
    const thread = this_thread();
    const id = <u32>call.a0 == 0 ? thread.id : <u32>call.a0;
    const size = hart_set_bytes();
    if (call.a1 < <u64>size || (call.a1 & 7) != 0) return -EINVAL;
    const set = xptr_local(thread.buffer);
    if (affinity_harts(process, id, set) != 0) {
        if (id != process.pid) return -ESRCH;
        affinity_all(set, clones_stay(thread));
    }
    return copy_to_user(process, call.a2, thread.buffer, size) == 0 ? <i64>size : -EFAULT;
}

/** Returns 0 when the set of so many bytes at `from` names a hart that there is; else -EINVAL, or -EFAULT. */
export function names_a_hart(process: process_t, from: uaddr_t, bytes: u64): i64 {
    const error = take_set(process, from, bytes);
    if (error != 0) return error;
    return hart_set_cluster(xptr_local(this_thread().buffer)) != cluster_count ? 0 : -EINVAL;
}

/**
 * sched_setaffinity(id, bytes, from): a thread is bound to a set that has the hart where it is, and its clones inherit the set. A newborn
 * (proc/newborn.ts) of the caller goes to a hart of any set that has one, and begins there.
 */
function sys_sched_setaffinity(process: process_t, call: call_t): i64 {
    const thread = this_thread();
    const id = <u32>call.a0 == 0 ? thread.id : <u32>call.a0;
    const newborn = newborn_is(id);
    if (!newborn) newborn_begin();
    const error = take_set(process, call.a2, call.a1);
    const result = error != 0 ? error : bind(process, id, newborn);
    if (newborn) newborn_begin();
    return result;
}

/** Copies the set into the buffer. Harts that the caller does not name are not in it. */
function take_set(process: process_t, from: uaddr_t, count: u64): i64 {
    const buffer = this_thread().buffer;
    const size = hart_set_bytes();
    for (let at: u32 = 0; at < size; at += 8) store<u64>(buffer + at, 0);
    const bytes = count < <u64>size ? <u32>count : size;
    return bytes != 0 && copy_from_user(process, buffer, from, bytes) != 0 ? -EFAULT : 0;
}

function bind(process: process_t, id: u32, newborn: bool): i64 {
    const set = xptr_local(this_thread().buffer);
    if (hart_set_cluster(set) == cluster_count) return -EINVAL;
    const error = affinity_bind(process, id, set);
    if (error != -EINVAL) return error;
    if (newborn && !clones_stay(this_thread())) return newborn_move(process, set);
    return refused(process, REFUSED_SCHED_SETAFFINITY_ANOTHER_HART);
}
