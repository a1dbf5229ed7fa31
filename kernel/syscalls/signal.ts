// The calls for what a process does at signals: actions, masks, the alternate stack, and the way back from a handler (signals.md S1, S3).

import { EFAULT, EINVAL, ENOMEM, EPERM } from "../abi/errno";
import { SIGNAL_ACTION_OLD_FLAGS, SIGNAL_ACTION_OLD_HANDLER, SIGNAL_ACTION_OLD_MASK } from "../abi/rpc-words";
import {
    SA_NOCLDSTOP,
    SA_NOCLDWAIT,
    SA_NODEFER,
    SA_ONSTACK,
    SA_RESETHAND,
    SA_RESTART,
    SA_SIGINFO,
    SIGKILL,
    SIGNALS,
    SIGSTOP,
    SS_DISABLE,
    SS_ONSTACK,
} from "../abi/signal";
import {
    SYS_RT_SIGACTION,
    SYS_RT_SIGPENDING,
    SYS_RT_SIGPROCMASK,
    SYS_RT_SIGRETURN,
    SYS_SIGALTSTACK,
} from "../abi/syscalls";
import { FRAME_SP } from "../abi/trap-frame";
import { uaddr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user } from "../mm/uaccess";
import { alternate_flags, put_alternate, signal_return } from "../proc/signal-frame";
import { signals_state } from "../proc/signal-pending";
import { NEVER_BLOCKED, signal_block } from "../proc/signal-take";
import { signals_action } from "../proc/signals";
import { rpc_arguments } from "../rpc/rpc";
import { this_thread, thread_frame } from "../sched/thread";
import { call_register, call_t } from "./table";

export function signal_calls(): void {
    call_register(SYS_RT_SIGACTION, sys_rt_sigaction);
    call_register(SYS_RT_SIGPROCMASK, sys_rt_sigprocmask);
    call_register(SYS_RT_SIGPENDING, sys_rt_sigpending);
    call_register(SYS_RT_SIGRETURN, sys_rt_sigreturn);
    call_register(SYS_SIGALTSTACK, sys_sigaltstack);
}

/** The size of struct sigaction: handler, flags and mask, 8 bytes each, without a restorer. */
const SIGACTION_SIZE: u32 = 24;
/** The flags that Linux knows; it forgets the others. */
const FLAGS: u64 =
    SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER | (<u64>SA_RESETHAND & 0xffffffff);
/** The size of sigset_t. */
export const SET_SIZE: u64 = 8;

/** rt_sigaction(signal, new, old, bytes) */
function sys_rt_sigaction(process: process_t, call: call_t): i64 {
    const signal = <u32>call.a0;
    const from: uaddr_t = call.a1;
    const to: uaddr_t = call.a2;
    if (call.a3 != SET_SIZE || signal == 0 || signal > <u32>SIGNALS) return -EINVAL;
    if (from != 0 && (signal == SIGKILL || signal == SIGSTOP)) return -EINVAL;
    const buffer = this_thread().buffer;
    if (from == 0) for (let i: u32 = 0; i < SIGACTION_SIZE; i += 8) store<u64>(buffer + i, 0);
    else if (copy_from_user(process, buffer, from, SIGACTION_SIZE) != 0) return -EFAULT;
    const mask = load<u64>(buffer, 16) & ~NEVER_BLOCKED;
    const error = signals_action(process, signal, load<u64>(buffer), load<u64>(buffer, 8) & FLAGS, mask, from != 0);
    if (error != 0 || to == 0) return error;
    const desc = rpc_arguments();
    store<u64>(buffer, desc.get(SIGNAL_ACTION_OLD_HANDLER));
    store<u64>(buffer, desc.get(SIGNAL_ACTION_OLD_FLAGS), 8);
    store<u64>(buffer, desc.get(SIGNAL_ACTION_OLD_MASK), 16);
    return copy_to_user(process, to, buffer, SIGACTION_SIZE);
}

const SIG_BLOCK: u32 = 0;
const SIG_UNBLOCK: u32 = 1;
const SIG_SETMASK: u32 = 2;

/** rt_sigprocmask(how, new, old, bytes) */
function sys_rt_sigprocmask(process: process_t, call: call_t): i64 {
    const how = <u32>call.a0;
    const from: uaddr_t = call.a1;
    const to: uaddr_t = call.a2;
    if (call.a3 != SET_SIZE) return -EINVAL;
    const thread = this_thread();
    const buffer = thread.buffer;
    const old = thread.signal_mask;
    if (from != 0) {
        if (copy_from_user(process, buffer, from, 8) != 0) return -EFAULT;
        if (how > SIG_SETMASK) return -EINVAL;
        const set = load<u64>(buffer);
        const error = signal_block(process, how == SIG_BLOCK ? old | set : how == SIG_UNBLOCK ? old & ~set : set);
        if (error != 0) return error;
    }
    store<u64>(buffer, old);
    return to == 0 ? 0 : copy_to_user(process, to, buffer, 8);
}

/** rt_sigpending(set, bytes) */
function sys_rt_sigpending(process: process_t, call: call_t): i64 {
    if (call.a1 > SET_SIZE) return -EINVAL;
    const thread = this_thread();
    store<u64>(thread.buffer, (signals_state(process) | thread.signals_set) & thread.signal_mask);
    return copy_to_user(process, call.a0, thread.buffer, <u32>call.a1);
}

function sys_rt_sigreturn(process: process_t, call: call_t): i64 {
    return signal_return(process);
}

/** The size of stack_t: address, flags and size, 8 bytes each. */
const STACK_SIZE: u32 = 24;
const MINSIGSTKSZ: u64 = 2048;

/** sigaltstack(new, old) */
function sys_sigaltstack(process: process_t, call: call_t): i64 {
    const from: uaddr_t = call.a0;
    const to: uaddr_t = call.a1;
    const thread = this_thread();
    const buffer = thread.buffer;
    const old = buffer + 64;
    put_alternate(thread, old);
    if (from != 0) {
        if (copy_from_user(process, buffer, from, STACK_SIZE) != 0) return -EFAULT;
        if (alternate_flags(thread, load<u64>(thread_frame(thread) + FRAME_SP)) == SS_ONSTACK) return -EPERM;
        const flags = load<u32>(buffer, 8);
        if (flags != 0 && flags != SS_DISABLE && flags != SS_ONSTACK) return -EINVAL;
        if (flags != SS_DISABLE && load<u64>(buffer, 16) < MINSIGSTKSZ) return -ENOMEM;
        thread.alternate_sp = flags == SS_DISABLE ? 0 : load<u64>(buffer);
        thread.alternate_size = flags == SS_DISABLE ? 0 : load<u64>(buffer, 16);
    }
    return to == 0 ? 0 : copy_to_user(process, to, old, STACK_SIZE);
}
