// futex as C libraries call it (Linux riscv64).

import { EFAULT, EINTR, EINVAL, ENOSYS } from "../abi/errno";
import {
    FUTEX_CLOCK_REALTIME,
    FUTEX_CMP_REQUEUE,
    FUTEX_CMP_REQUEUE_PI,
    FUTEX_LOCK_PI,
    FUTEX_LOCK_PI2,
    FUTEX_PRIVATE_FLAG,
    FUTEX_REQUEUE,
    FUTEX_TRYLOCK_PI,
    FUTEX_UNLOCK_PI,
    FUTEX_WAIT,
    FUTEX_WAIT_BITSET,
    FUTEX_WAIT_REQUEUE_PI,
    FUTEX_WAKE,
    FUTEX_WAKE_BITSET,
    FUTEX_WAKE_OP,
} from "../abi/futex";
import { USER_END } from "../abi/memory-map";
import {
    REFUSED_FUTEX_FUTEX_CMP_REQUEUE_PI,
    REFUSED_FUTEX_FUTEX_LOCK_PI,
    REFUSED_FUTEX_FUTEX_LOCK_PI2,
    REFUSED_FUTEX_FUTEX_TRYLOCK_PI,
    REFUSED_FUTEX_FUTEX_UNLOCK_PI,
    REFUSED_FUTEX_FUTEX_WAIT_REQUEUE_PI,
} from "../abi/refusals";
import { SYS_FUTEX } from "../abi/syscalls";
import { uaddr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { NO_WORD, user_word_read, user_word_swap } from "../mm/user-word";
import { ANY_BIT, futex_requeue, futex_wait, futex_wake, NO_DEADLINE } from "../proc/futex";
import { ANY_WORD } from "../proc/futex-list";
import { signal_ready, signal_restarts } from "../proc/signal-take";
import { call_register, call_t, no_call, refused } from "./table";
import { user_deadline } from "./time";

export function futex_calls(): void {
    call_register(SYS_FUTEX, sys_futex);
}

/**
 * futex(address, operation, value, timeout or number, second address, mask or value): the operations on words, and none on the locks with
 * priority inheritance. The two clocks are one.
 */
function sys_futex(process: process_t, call: call_t): i64 {
    const address: uaddr_t = call.a0;
    const value = <u32>call.a2;
    const shared = (<u32>call.a1 & <u32>FUTEX_PRIVATE_FLAG) == 0;
    const command = <u32>call.a1 & ~(<u32>FUTEX_PRIVATE_FLAG | <u32>FUTEX_CLOCK_REALTIME);
    const realtime = (<u32>call.a1 & <u32>FUTEX_CLOCK_REALTIME) != 0;
    if (realtime && !takes_clock(command)) return -ENOSYS;
    if (!is_carried_out(command)) return no_operation(process, call, command);
    if (address & 3) return -EINVAL;
    if (address >= <u64>USER_END) return -EFAULT;
    switch (command) {
        case FUTEX_WAKE:
            return futex_wake(process, address, shared, value, ANY_BIT);
        case FUTEX_WAKE_BITSET:
            return <u32>call.a5 == 0 ? -EINVAL : futex_wake(process, address, shared, value, <u32>call.a5);
        case FUTEX_REQUEUE:
        case FUTEX_CMP_REQUEUE:
            return requeue(process, call, shared, command == FUTEX_REQUEUE ? ANY_WORD : <i64>(<u32>call.a5));
        case FUTEX_WAKE_OP:
            return wake_op(process, call, shared);
        case FUTEX_WAIT:
            return wait(process, call, shared, false, ANY_BIT);
        default:
            return wait(process, call, shared, true, <u32>call.a5);
    }
}

function is_carried_out(command: u32): bool {
    const waits = command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET;
    const wakes = command == FUTEX_WAKE || command == FUTEX_WAKE_BITSET || command == FUTEX_WAKE_OP;
    return waits || wakes || command == FUTEX_REQUEUE || command == FUTEX_CMP_REQUEUE;
}

function takes_clock(command: u32): bool {
    return command == FUTEX_WAIT_BITSET || command == FUTEX_WAIT_REQUEUE_PI || command == FUTEX_LOCK_PI2;
}

function no_operation(process: process_t, call: call_t, command: u32): i64 {
    switch (command) {
        case FUTEX_LOCK_PI:
            return refused(process, REFUSED_FUTEX_FUTEX_LOCK_PI);
        case FUTEX_UNLOCK_PI:
            return refused(process, REFUSED_FUTEX_FUTEX_UNLOCK_PI);
        case FUTEX_TRYLOCK_PI:
            return refused(process, REFUSED_FUTEX_FUTEX_TRYLOCK_PI);
        case FUTEX_WAIT_REQUEUE_PI:
            return refused(process, REFUSED_FUTEX_FUTEX_WAIT_REQUEUE_PI);
        case FUTEX_CMP_REQUEUE_PI:
            return refused(process, REFUSED_FUTEX_FUTEX_CMP_REQUEUE_PI);
        case FUTEX_LOCK_PI2:
            return refused(process, REFUSED_FUTEX_FUTEX_LOCK_PI2);
        default:
            return no_call(process, call);
    }
}

/** The timeout is 0 or the user address of a struct timespec: a point in time when `absolute`, else a duration. */
function wait(process: process_t, call: call_t, shared: bool, absolute: bool, mask: u32): i64 {
    const timeout: uaddr_t = call.a3;
    const deadline = timeout == 0 ? NO_DEADLINE : user_deadline(process, timeout, absolute);
    if (deadline < 0) return deadline;
    if (mask == 0) return -EINVAL;
    while (true) {
        const result = futex_wait(process, call.a0, shared, <u32>call.a2, deadline, mask);
        if (result != -EINTR) return result;
        if (!signal_ready(process)) continue;
        if (timeout == 0) signal_restarts(call.a0);
        return result;
    }
}

/** Wakes up to a2 waiters, and moves up to a3 others to the word at a4, if the word at a0 has the expected value or ANY_WORD is given. */
function requeue(process: process_t, call: call_t, shared: bool, expected: i64): i64 {
    const to: uaddr_t = call.a4;
    if (to & 3) return -EINVAL;
    if (to >= <u64>USER_END) return -EFAULT;
    if (<i32>call.a2 < 0 || <i32>call.a3 < 0) return -EINVAL;
    return futex_requeue(process, call.a0, shared, <u32>call.a2, to, <u32>call.a3, expected);
}

/** Changes the word at a4 as a5 says, wakes up to a2 waiters of the word at a0, and up to a3 of the other one if that was as a5 asks. */
function wake_op(process: process_t, call: call_t, shared: bool): i64 {
    const second: uaddr_t = call.a4;
    const code = <u32>call.a5;
    if (second & 3) return -EINVAL;
    if (operation_of(code) > XOR || comparison_of(code) > GREATER_OR_EQUAL) return -ENOSYS;
    let before = user_word_read(process, second);
    while (before != NO_WORD) {
        const seen = before;
        before = user_word_swap(process, second, <u32>seen, changed(code, <u32>seen));
        if (before == seen) break;
    }
    if (before == NO_WORD) return -EFAULT;
    const woken = futex_wake(process, call.a0, shared, <u32>call.a2, ANY_BIT);
    if (woken < 0 || !holds(code, <i32>before)) return woken;
    const more = futex_wake(process, second, shared, <u32>call.a3, ANY_BIT);
    return more < 0 ? more : woken + more;
}

/** The fields of a5 of FUTEX_WAKE_OP: an operation, a comparison, and an operand of 12 bits with a sign for each. */
const SET: u32 = 0;
const ADD: u32 = 1;
const OR: u32 = 2;
const AND_NOT: u32 = 3;
const XOR: u32 = 4;
const GREATER_OR_EQUAL: u32 = 5;

/** The highest bit of the operation says that the operand is the number of a bit. */
function operation_of(code: u32): u32 {
    return (code >> 28) & 7;
}

function comparison_of(code: u32): u32 {
    return (code >> 24) & 15;
}

function changed(code: u32, before: u32): u32 {
    const number = <u32>(<i32>(code << 8) >> 20);
    const operand = code >> 31 ? (<u32>1) << (number & 31) : number;
    switch (operation_of(code)) {
        case SET:
            return operand;
        case ADD:
            return before + operand;
        case OR:
            return before | operand;
        case AND_NOT:
            return before & ~operand;
        default:
            return before ^ operand;
    }
}

/** Compares the old word as the code says: ==, !=, <, <=, >, >=. */
function holds(code: u32, before: i32): bool {
    const operand = <i32>(code << 20) >> 20;
    switch (comparison_of(code)) {
        case 0:
            return before == operand;
        case 1:
            return before != operand;
        case 2:
            return before < operand;
        case 3:
            return before <= operand;
        case 4:
            return before > operand;
        default:
            return before >= operand;
    }
}
