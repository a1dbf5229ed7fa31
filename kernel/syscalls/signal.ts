// The calls for signals. A signal has its default action, which ends the whole process: there are no handlers, and nothing is blocked.

import { EFAULT, EINVAL, ESRCH } from "../abi/errno";
import { SYS_KILL, SYS_RT_SIGACTION, SYS_RT_SIGPROCMASK, SYS_TGKILL, SYS_TKILL } from "../abi/syscalls";
import { uaddr_t } from "../hal/platform";
import { has_instance } from "../hal/topology";
import { process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user } from "../mm/uaccess";
import { process_signal } from "../proc/reaper";
import { this_thread } from "../sched/thread";
import { call_register, call_t, no_call } from "./table";

const SIGNALS: u32 = 64;
const SIGKILL_NUMBER: u32 = 9;
const SIGSTOP_NUMBER: u32 = 19;

export function signal_calls(): void {
    call_register(SYS_KILL, sys_kill);
    call_register(SYS_TKILL, sys_tkill);
    call_register(SYS_TGKILL, sys_tgkill);
    call_register(SYS_RT_SIGACTION, sys_rt_sigaction);
    call_register(SYS_RT_SIGPROCMASK, sys_rt_sigprocmask);
}

/** kill(pid, signal): every signal but 0 ends the process. */
function sys_kill(process: process_t, call: call_t): i64 {
    const pid = <u32>call.a0;
    const signal = <u32>call.a1;
    if (signal > SIGNALS) return -EINVAL;
    if (!has_instance(pid >> 16)) return -ESRCH;
    return process_signal(pid, signal) ? 0 : -ESRCH;
}

/** tkill(thread, signal) */
function sys_tkill(process: process_t, call: call_t): i64 {
    return signal_thread(process, process.pid, <u32>call.a1);
}

/** tgkill(pid, thread, signal) */
function sys_tgkill(process: process_t, call: call_t): i64 {
    return signal_thread(process, <u32>call.a0, <u32>call.a2);
}

/** A signal to any thread ends the whole process. */
function signal_thread(process: process_t, pid: u32, signal: u32): i64 {
    if (signal > SIGNALS) return -EINVAL;
    if (pid != process.pid) return -ESRCH;
    return process_signal(pid, signal) ? 0 : -ESRCH;
}

/** The size of struct sigaction: handler, flags and mask, 8 bytes each, without a restorer. */
const SIGACTION_SIZE: u32 = 24;

/** rt_sigaction(signal, new, old): another action than the default cannot be set. */
function sys_rt_sigaction(process: process_t, call: call_t): i64 {
    const signal = <u32>call.a0;
    const from: uaddr_t = call.a1;
    const to: uaddr_t = call.a2;
    if (signal == 0 || signal > SIGNALS) return -EINVAL;
    const buffer = this_thread().buffer;
    if (from != 0) {
        if (signal == SIGKILL_NUMBER || signal == SIGSTOP_NUMBER) return -EINVAL;
        if (copy_from_user(process, buffer, from, 8) != 0) return -EFAULT;
        if (load<u64>(buffer) != 0) return no_call(process, call);
    }
    for (let i: u32 = 0; i < SIGACTION_SIZE; i += 8) store<u64>(buffer + i, 0);
    return to == 0 ? 0 : copy_to_user(process, to, buffer, SIGACTION_SIZE);
}

const SIG_UNBLOCK: u32 = 1;
const SIG_SETMASK: u32 = 2;

/** rt_sigprocmask(how, new, old, bytes): no signal is ever blocked. A call that would block one gives -ENOSYS. */
function sys_rt_sigprocmask(process: process_t, call: call_t): i64 {
    const how = <u32>call.a0;
    const from: uaddr_t = call.a1;
    const to: uaddr_t = call.a2;
    if (call.a3 != 8) return -EINVAL;
    const buffer = this_thread().buffer;
    if (from != 0) {
        if (how > SIG_SETMASK) return -EINVAL;
        if (copy_from_user(process, buffer, from, 8) != 0) return -EFAULT;
        if (how != SIG_UNBLOCK && load<u64>(buffer) != 0) return no_call(process, call);
    }
    store<u64>(buffer, 0);
    return to == 0 ? 0 : copy_to_user(process, to, buffer, 8);
}
