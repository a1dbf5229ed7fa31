// The calls that wait for signals (signals.md S5.3).

import { EAGAIN, EFAULT, EINTR, EINVAL } from "../abi/errno";
import { SYS_RT_SIGSUSPEND, SYS_RT_SIGTIMEDWAIT } from "../abi/syscalls";
import { BLOCKED_SIGNAL } from "../abi/thread";
import { uaddr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user } from "../mm/uaccess";
import { NO_DEADLINE } from "../proc/futex";
import { put_siginfo, SIGINFO_SIZE } from "../proc/signal-frame";
import {
    NEVER_BLOCKED,
    signal_accept,
    signal_block,
    signal_look,
    signal_ready,
    signal_want,
} from "../proc/signal-take";
import { signals_note_masks } from "../proc/signals";
import { sched_block, sched_wait, sched_wait_until } from "../sched/sched";
import { this_thread } from "../sched/thread";
import { SET_SIZE } from "./signal";
import { call_register, call_t } from "./table";
import { user_deadline } from "./time";

export function signal_wait_calls(): void {
    call_register(SYS_RT_SIGSUSPEND, sys_rt_sigsuspend);
    call_register(SYS_RT_SIGTIMEDWAIT, sys_rt_sigtimedwait);
}

/** Waits for a signal, at longest until a tick of `time`. Returns true when the deadline has passed. */
function wait(deadline: i64): bool {
    sched_block(BLOCKED_SIGNAL);
    if (deadline != NO_DEADLINE) return sched_wait_until(BLOCKED_SIGNAL, deadline);
    sched_wait(BLOCKED_SIGNAL);
    return false;
}

/** Another mask holds until the next handler has its frame, or the call ends without one (signal_unmask). Returns 0 or -errno. */
export function mask_meanwhile(process: process_t, from: uaddr_t, bytes: u64): i64 {
    if (bytes != SET_SIZE) return -EINVAL;
    const thread = this_thread();
    const old = thread.signal_mask;
    if (copy_from_user(process, thread.buffer, from, 8) != 0) return -EFAULT;
    const error = signal_block(process, load<u64>(thread.buffer));
    if (error != 0) return error;
    thread.saved_mask = old;
    thread.mask_saved = 1;
    return 0;
}

/** rt_sigsuspend(mask, bytes) */
function sys_rt_sigsuspend(process: process_t, call: call_t): i64 {
    const error = mask_meanwhile(process, call.a0, call.a1);
    if (error != 0) return error;
    while (!signal_ready(process)) wait(NO_DEADLINE);
    return -EINTR;
}

/** rt_sigtimedwait(set, siginfo, timeout, bytes) */
function sys_rt_sigtimedwait(process: process_t, call: call_t): i64 {
    if (call.a3 != SET_SIZE) return -EINVAL;
    const thread = this_thread();
    if (copy_from_user(process, thread.buffer, call.a0, 8) != 0) return -EFAULT;
    const wanted = load<u64>(thread.buffer) & ~NEVER_BLOCKED;
    const timeout: uaddr_t = call.a2;
    const deadline = timeout == 0 ? NO_DEADLINE : user_deadline(process, timeout, false);
    if (deadline < 0) return deadline;
    const error = signals_note_masks(process);
    if (error != 0) return error;
    signal_want(process, wanted);
    const result = await_one(process, wanted, deadline);
    signal_want(process, 0);
    const to: uaddr_t = call.a1;
    if (result <= 0 || to == 0) return result;
    for (let i: u32 = 0; i < SIGINFO_SIZE; i += 8) store<u64>(thread.buffer + i, 0);
    put_siginfo(thread, thread.buffer, <u32>result);
    return copy_to_user(process, to, thread.buffer, SIGINFO_SIZE) != 0 ? -EFAULT : result;
}

/** Returns the signal, -EAGAIN after the deadline, or -EINTR when another signal has to be handled. */
function await_one(process: process_t, wanted: u64, deadline: i64): i64 {
    let late: bool = false;
    while (true) {
        let signal = signal_accept(process, wanted);
        if (signal != 0) return signal;
        if (late) return -EAGAIN;
        // What is offered from here on ends the wait at once.
        signal_look();
        if (signal_ready(process)) return -EINTR;
        signal = signal_accept(process, wanted);
        if (signal != 0) return signal;
        late = wait(deadline);
    }
}
