// The calls that send signals (signals.md S2).

import { EFAULT, EINVAL, EPERM, ESRCH } from "../abi/errno";
import { SI_TKILL, SI_USER, SIGNALS } from "../abi/signal";
import { SYS_KILL, SYS_RT_SIGQUEUEINFO, SYS_RT_TGSIGQUEUEINFO, SYS_TGKILL, SYS_TKILL } from "../abi/syscalls";
import { uaddr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_from_user } from "../mm/uaccess";
import { child_group, process_group_of } from "../proc/process-group";
import { EVERY_GROUP, signal_group } from "../proc/signal-group";
import { signal_process, signal_thread } from "../proc/signal-send";
import { this_thread } from "../sched/thread";
import { call_register, call_t } from "./table";

export function signal_send_calls(): void {
    call_register(SYS_KILL, sys_kill);
    call_register(SYS_TKILL, sys_tkill);
    call_register(SYS_TGKILL, sys_tgkill);
    call_register(SYS_RT_SIGQUEUEINFO, sys_rt_sigqueueinfo);
    call_register(SYS_RT_TGSIGQUEUEINFO, sys_rt_tgsigqueueinfo);
}

/** kill(pid, signal): 0 is the own process group, -1 every process but the own, another negative number a group. */
function sys_kill(process: process_t, call: call_t): i64 {
    const pid = <i32>call.a0;
    const signal = <u32>call.a1;
    if (signal > <u32>SIGNALS) return -EINVAL;
    if (pid > 0) return unless_ended(process, <u32>pid, signal_process(<u32>pid, signal, SI_USER, process.pid, 0));
    if (pid == -1) return signal_group(process, EVERY_GROUP, signal, SI_USER);
    if (pid == i32.MIN_VALUE) return -ESRCH;
    const group = pid == 0 ? process_group_of(process.pid) : <i64>-pid;
    return group < 0 ? group : signal_group(process, <u32>group, signal, SI_USER);
}

/** A child of the caller's that has ended takes any signal until it is waited for, and nothing comes of it. */
function unless_ended(process: process_t, pid: u32, result: i64): i64 {
    return result == -ESRCH && child_group(process, pid) != 0 ? 0 : result;
}

/** Numbers of threads that are no first threads (proc/user-thread.ts). */
const OWN_NUMBERS: u32 = 0x8000;

/** tkill(thread, signal): another process's thread is known if it is the first one, whose id is the PID. */
function sys_tkill(process: process_t, call: call_t): i64 {
    const id = <i32>call.a0;
    const signal = <u32>call.a1;
    if (signal > <u32>SIGNALS || id <= 0) return -EINVAL;
    const pid = (id & OWN_NUMBERS) != 0 ? process.pid : <u32>id;
    return signal_thread(pid, <u32>id, signal, SI_TKILL, process.pid, 0);
}

/** tgkill(pid, thread, signal) */
function sys_tgkill(process: process_t, call: call_t): i64 {
    const pid = <i32>call.a0;
    const id = <i32>call.a1;
    const signal = <u32>call.a2;
    if (signal > <u32>SIGNALS || pid <= 0 || id <= 0) return -EINVAL;
    return signal_thread(<u32>pid, <u32>id, signal, SI_TKILL, process.pid, 0);
}

/** The first part of siginfo_t: number, errno, code, pid, uid, value. */
const INFO_SIZE: u32 = 32;

/** Reads a siginfo_t into the buffer. What the kernel itself would say, a program says to itself only. Returns 0 or -errno. */
function user_info(process: process_t, from: uaddr_t, pid: i32): i64 {
    const buffer = this_thread().buffer;
    if (copy_from_user(process, buffer, from, INFO_SIZE) != 0) return -EFAULT;
    const code = load<i32>(buffer, 8);
    if ((code >= 0 || code == SI_TKILL) && <u32>pid != process.pid) return -EPERM;
    return 0;
}

/** rt_sigqueueinfo(pid, signal, siginfo) */
function sys_rt_sigqueueinfo(process: process_t, call: call_t): i64 {
    const pid = <i32>call.a0;
    const signal = <u32>call.a1;
    const error = user_info(process, call.a2, pid);
    if (error != 0) return error;
    if (signal > <u32>SIGNALS) return -EINVAL;
    if (pid <= 0) return -ESRCH;
    const buffer = this_thread().buffer;
    const code = load<i32>(buffer, 8);
    const result = signal_process(<u32>pid, signal, code, load<u32>(buffer, 16), load<u64>(buffer, 24));
    return unless_ended(process, <u32>pid, result);
}

/** rt_tgsigqueueinfo(pid, thread, signal, siginfo) */
function sys_rt_tgsigqueueinfo(process: process_t, call: call_t): i64 {
    const pid = <i32>call.a0;
    const id = <i32>call.a1;
    const signal = <u32>call.a2;
    const error = user_info(process, call.a3, pid);
    if (error != 0) return error;
    if (signal > <u32>SIGNALS || pid <= 0 || id <= 0) return -EINVAL;
    const info = this_thread().buffer;
    const code = load<i32>(info, 8);
    return signal_thread(<u32>pid, <u32>id, signal, code, load<u32>(info, 16), load<u64>(info, 24));
}
