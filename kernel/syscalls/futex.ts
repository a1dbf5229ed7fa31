// futex as C libraries call it (Linux riscv64).

import { EAGAIN, EFAULT, EINVAL } from "../abi/errno";
import {
    FUTEX_CLOCK_REALTIME,
    FUTEX_CMP_REQUEUE,
    FUTEX_PRIVATE_FLAG,
    FUTEX_REQUEUE,
    FUTEX_WAIT,
    FUTEX_WAIT_BITSET,
    FUTEX_WAKE,
    FUTEX_WAKE_BITSET,
} from "../abi/futex";
import { SYS_FUTEX } from "../abi/syscalls";
import { uaddr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_from_user } from "../mm/uaccess";
import { ANY_WORD, futex_requeue, futex_wait, futex_wake, NO_DEADLINE } from "../proc/futex";
import { this_thread } from "../sched/thread";
import { call_register, call_t, no_call } from "./table";
import { user_deadline } from "./time";

export function futex_calls(): void {
    call_register(SYS_FUTEX, sys_futex);
}

/**
 * futex(address, operation, value, timeout or number, second address, mask or value) executes FUTEX_WAIT, FUTEX_WAKE, their BITSET forms
 * with every bit set, FUTEX_REQUEUE and FUTEX_CMP_REQUEUE.
 */
function sys_futex(process: process_t, call: call_t): i64 {
    const address: uaddr_t = call.a0;
    const value = <u32>call.a2;
    if (address & 3) return -EINVAL;
    const a5 = <u32>call.a5;
    const command = <u32>call.a1 & ~(<u32>FUTEX_PRIVATE_FLAG | <u32>FUTEX_CLOCK_REALTIME);
    const masked = command == <u32>FUTEX_WAIT_BITSET || command == <u32>FUTEX_WAKE_BITSET;
    if (masked && a5 != 0xffffffff) return a5 == 0 ? -EINVAL : no_call(process, call);
    switch (command) {
        case FUTEX_WAKE:
        case FUTEX_WAKE_BITSET:
            return futex_wake(process, address, value);
        case FUTEX_REQUEUE:
        case FUTEX_CMP_REQUEUE:
            return requeue(process, call, command == FUTEX_REQUEUE ? ANY_WORD : <i64>a5);
        case FUTEX_WAIT:
            return wait(process, address, value, call.a3, false);
        case FUTEX_WAIT_BITSET:
            return wait(process, address, value, call.a3, true);
        default:
            return no_call(process, call);
    }
}

/** `timeout` is 0 or the user address of a struct timespec: a point in time when `absolute`, else a duration. */
function wait(process: process_t, address: uaddr_t, value: u32, timeout: uaddr_t, absolute: bool): i64 {
    const deadline = timeout == 0 ? NO_DEADLINE : user_deadline(process, timeout, absolute);
    if (deadline < 0) return deadline;
    while (true) {
        const error = check_word(process, address, value);
        if (error != 0) return error;
        const result = futex_wait(process, address, value, deadline);
        // The page has been changed between the two looks, or is being copied. The word is read again.
        if (result != -EFAULT) return result;
    }
}

/** Wakes up to a2 waiters, and moves up to a3 others to the word at a4, if the word at a0 has the expected value or ANY_WORD is given. */
function requeue(process: process_t, call: call_t, expected: i64): i64 {
    const from: uaddr_t = call.a0;
    const to: uaddr_t = call.a4;
    if (to & 3) return -EINVAL;
    while (true) {
        const error = expected == ANY_WORD ? 0 : check_word(process, from, <u32>expected);
        if (error != 0) return error;
        const result = futex_requeue(process, from, <u32>call.a2, to, <u32>call.a3, expected);
        if (result != -EFAULT) return result;
    }
}

/** Returns 0 when the word has this value, which also maps its page; else -EAGAIN or -EFAULT. */
function check_word(process: process_t, address: uaddr_t, value: u32): i64 {
    const word = this_thread().buffer;
    if (copy_from_user(process, word, address, 4) != 0) return -EFAULT;
    return load<u32>(word) == value ? 0 : -EAGAIN;
}
