// setitimer and the calls for timers (signals.md S7). Their times are those of syscalls/time.ts.

import { CSR_TIME } from "../abi/csr";
import { EFAULT, EINVAL } from "../abi/errno";
import {
    REFUSED_GETITIMER_CPU_ITIMER,
    REFUSED_SETITIMER_CPU_ITIMER,
    REFUSED_TIMER_CREATE_CPU_CLOCK,
} from "../abi/refusals";
import { TIMER_CALL_INTERVAL, TIMER_CALL_LEFT, TIMER_CALL_OVERRUN } from "../abi/rpc-words";
import { SIGALRM, SIGNALS } from "../abi/signal";
import {
    SYS_GETITIMER,
    SYS_SETITIMER,
    SYS_TIMER_CREATE,
    SYS_TIMER_DELETE,
    SYS_TIMER_GETOVERRUN,
    SYS_TIMER_GETTIME,
    SYS_TIMER_SETTIME,
} from "../abi/syscalls";
import {
    OWN_VALUE,
    SIGEV_NONE,
    SIGEV_SIGNAL,
    SIGEV_THREAD,
    SIGEV_THREAD_ID,
    TIMER_CREATE,
    TIMER_DELETE,
    TIMER_GET,
    TIMER_SET,
} from "../abi/timer";
import { csr_read } from "../hal/hal";
import { uaddr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user } from "../mm/uaccess";
import { ITIMER, timer_call } from "../proc/timer-calls";
import { rpc_arguments } from "../rpc/rpc";
import { this_thread } from "../sched/thread";
import { call_register, call_t, refused } from "./table";
import {
    CLOCK_BOOTTIME,
    CLOCK_PROCESS_CPUTIME_ID,
    CLOCK_THREAD_CPUTIME_ID,
    LONGEST,
    put_time,
    SECOND,
    TICK,
    TIMEBASE,
    TIMER_ABSTIME,
} from "./time";

export function timer_calls(): void {
    call_register(SYS_GETITIMER, sys_getitimer);
    call_register(SYS_SETITIMER, sys_setitimer);
    call_register(SYS_TIMER_CREATE, sys_timer_create);
    call_register(SYS_TIMER_GETTIME, sys_timer_gettime);
    call_register(SYS_TIMER_GETOVERRUN, sys_timer_getoverrun);
    call_register(SYS_TIMER_SETTIME, sys_timer_settime);
    call_register(SYS_TIMER_DELETE, sys_timer_delete);
}

const ITIMER_REAL: u32 = 0;
const ITIMERS: u32 = 3;
/** Nanoseconds in the second word of struct timeval and of struct timespec. */
const TIMEVAL: u64 = 1000;
const TIMESPEC: u64 = 1;

/** The ticks of a struct timeval or timespec in kernel memory, or -EINVAL. */
function ticks_at(at: usize, unit: u64): i64 {
    const seconds = load<u64>(at);
    const fraction = load<u64>(at, 8);
    if (<i64>seconds < 0 || fraction >= SECOND / unit) return -EINVAL;
    return (seconds < LONGEST ? seconds : LONGEST) * TIMEBASE + (fraction * unit + TICK - 1) / TICK;
}

/** The size of struct itimerval and of struct itimerspec: the interval, then the time until the timer expires. */
const SIZE: u32 = 32;

/** Writes the state of a timer before the last timer_call to `to`. Returns 0 or -EFAULT. */
function put_state(process: process_t, to: uaddr_t, unit: u64): i64 {
    const desc = rpc_arguments();
    const buffer = this_thread().buffer;
    put_time(buffer, desc.get(TIMER_CALL_INTERVAL) * TICK, unit);
    put_time(buffer + 16, desc.get(TIMER_CALL_LEFT) * TICK, unit);
    return copy_to_user(process, to, buffer, SIZE) != 0 ? -EFAULT : 0;
}

/** Sets a timer as the structure at `from` says, and tells its old state at `to`, unless that is 0. Returns 0 or -errno. */
function set(process: process_t, id: u32, from: uaddr_t, to: uaddr_t, unit: u64, absolute: bool): i64 {
    const buffer = this_thread().buffer;
    if (copy_from_user(process, buffer, from, SIZE) != 0) return -EFAULT;
    const interval = ticks_at(buffer, unit);
    const first = ticks_at(buffer + 16, unit);
    if (interval < 0 || first < 0) return -EINVAL;
    const deadline = first == 0 || absolute ? <u64>first : csr_read(CSR_TIME) + <u64>first;
    const error = timer_call(process, TIMER_SET, id, deadline, interval, 0);
    return error != 0 || to == 0 ? error : put_state(process, to, unit);
}

/** getitimer(timer, value) */
function sys_getitimer(process: process_t, call: call_t): i64 {
    const which = <u32>call.a0;
    if (which >= ITIMERS) return -EINVAL;
    if (which != ITIMER_REAL) return refused(process, REFUSED_GETITIMER_CPU_ITIMER);
    const error = timer_call(process, TIMER_GET, ITIMER, 0, 0, 0);
    return error != 0 ? error : put_state(process, call.a1, TIMEVAL);
}

/** setitimer(timer, new, old) */
function sys_setitimer(process: process_t, call: call_t): i64 {
    const which = <u32>call.a0;
    if (which >= ITIMERS) return -EINVAL;
    if (which != ITIMER_REAL) return refused(process, REFUSED_SETITIMER_CPU_ITIMER);
    return set(process, ITIMER, call.a1, call.a2, TIMEVAL, false);
}

/** The part of struct sigevent that is read: value, signal, how it notifies, thread. */
const EVENT_SIZE: u32 = 24;

/** timer_create(clock, event, timer) */
function sys_timer_create(process: process_t, call: call_t): i64 {
    const clock = <u32>call.a0;
    const from: uaddr_t = call.a1;
    const buffer = this_thread().buffer;
    if (clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID) {
        return refused(process, REFUSED_TIMER_CREATE_CPU_CLOCK);
    }
    if (clock > 1 && clock != CLOCK_BOOTTIME) return -EINVAL;
    let event: u64 = SIGALRM | ((<u64>OWN_VALUE) << 32);
    if (from != 0) {
        if (copy_from_user(process, buffer, from, EVENT_SIZE) != 0) return -EFAULT;
        const signal = load<u32>(buffer, 8);
        const notify = load<u32>(buffer, 12);
        const known =
            notify == SIGEV_SIGNAL || notify == SIGEV_NONE || notify == SIGEV_THREAD || notify == SIGEV_THREAD_ID;
        if (!known || (notify != SIGEV_NONE && (signal == 0 || signal > <u32>SIGNALS))) return -EINVAL;
        event = signal | ((<u64>notify) << 32);
    }
    const id = timer_call(process, TIMER_CREATE, 0, event, load<u64>(buffer), load<u32>(buffer, 16));
    if (id < 0) return id;
    store<u32>(buffer, <u32>(id - 1));
    if (copy_to_user(process, call.a2, buffer, 4) == 0) return 0;
    timer_call(process, TIMER_DELETE, <u32>id, 0, 0, 0);
    return -EFAULT;
}

/** Does something with the timer that a user names. Returns 0 or -errno. */
function named(process: process_t, what: u32, timer: u64): i64 {
    return timer_call(process, what, number(timer), 0, 0, 0);
}

/** ITIMER_REAL has no number for users. */
function number(timer: u64): u32 {
    return <u32>timer + 1 == ITIMER ? 0xffffffff : <u32>timer + 1;
}

/** timer_gettime(timer, value) */
function sys_timer_gettime(process: process_t, call: call_t): i64 {
    const error = named(process, TIMER_GET, call.a0);
    return error != 0 ? error : put_state(process, call.a1, TIMESPEC);
}

/** timer_getoverrun(timer) */
function sys_timer_getoverrun(process: process_t, call: call_t): i64 {
    const error = named(process, TIMER_GET, call.a0);
    return error != 0 ? error : <i64>rpc_arguments().get(TIMER_CALL_OVERRUN);
}

/** timer_settime(timer, flags, new, old) */
function sys_timer_settime(process: process_t, call: call_t): i64 {
    const absolute = (<u32>call.a1 & TIMER_ABSTIME) != 0;
    if (call.a2 == 0) return -EINVAL;
    return set(process, number(call.a0), call.a2, call.a3, TIMESPEC, absolute);
}

/** timer_delete(timer) */
function sys_timer_delete(process: process_t, call: call_t): i64 {
    return named(process, TIMER_DELETE, call.a0);
}
