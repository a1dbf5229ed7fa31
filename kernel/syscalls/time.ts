// Time, and time of processes on their harts (Linux riscv64). Clocks count `time`: CLOCK_REALTIME and CLOCK_MONOTONIC are the same and begin with the
// machine.
import { CLOCK_TICKS } from "../abi/auxv";
import { BI_TIMEBASE_DIVIDER } from "../abi/boot-info";
import { CSR_TIME } from "../abi/csr";
import { EFAULT, EINTR, EINVAL, EOPNOTSUPP } from "../abi/errno";
import {
    REFUSED_CLOCK_NANOSLEEP_CLOCK_PROCESS_CPUTIME_ID,
    REFUSED_CLOCK_SETTIME_SETTING_A_CLOCK,
    REFUSED_SETTIMEOFDAY_SETTING_A_CLOCK,
} from "../abi/refusals";
import { USAGE_CHILDREN_SYSTEM, USAGE_CHILDREN_USER, USAGE_SYSTEM, USAGE_USER } from "../abi/rpc-words";
import {
    SYS_CLOCK_GETRES,
    SYS_CLOCK_GETTIME,
    SYS_CLOCK_NANOSLEEP,
    SYS_CLOCK_SETTIME,
    SYS_GETRUSAGE,
    SYS_GETTIMEOFDAY,
    SYS_NANOSLEEP,
    SYS_SETTIMEOFDAY,
    SYS_TIMES,
} from "../abi/syscalls";
import { BLOCKED_SLEEP } from "../abi/thread";
import { csr_read } from "../hal/hal";
import { boot_info, uaddr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user } from "../mm/uaccess";
import { signal_ready } from "../proc/signal-take";
import { process_cycles, process_usage, thread_cycles } from "../proc/usage";
import { rpc_arguments } from "../rpc/rpc";
import { sched_block, sched_wait_until } from "../sched/sched";
import { this_thread } from "../sched/thread";
import { usage_count } from "../sched/usage";
import { call_register, call_t, refused } from "./table";

/** The ticks of `time` in a second, and below the nanoseconds in a tick. */
export const TIMEBASE: u64 = 10_000_000;
export const TICK: u64 = 100;
export const SECOND: u64 = 1_000_000_000;

const CLOCK_REALTIME: u32 = 0;
export const CLOCK_PROCESS_CPUTIME_ID: u32 = 2;
export const CLOCK_THREAD_CPUTIME_ID: u32 = 3;
const CLOCK_MONOTONIC_RAW: u32 = 4;
const CLOCK_MONOTONIC_COARSE: u32 = 6;
export const CLOCK_BOOTTIME: u32 = 7;
const CLOCK_TAI: u32 = 11;
const RUSAGE_CHILDREN: i32 = -1;
const RUSAGE_SELF: i32 = 0;
const RUSAGE_THREAD: i32 = 1;
const RUSAGE_SIZE: u32 = 144;

export function time_calls(): void {
    call_register(SYS_CLOCK_GETTIME, sys_clock_gettime);
    call_register(SYS_CLOCK_GETRES, sys_clock_getres);
    call_register(SYS_GETTIMEOFDAY, sys_gettimeofday);
    call_register(SYS_CLOCK_SETTIME, sys_clock_settime);
    call_register(SYS_SETTIMEOFDAY, sys_settimeofday);
    call_register(SYS_GETRUSAGE, sys_getrusage);
    call_register(SYS_TIMES, sys_times);
    call_register(SYS_NANOSLEEP, sys_nanosleep);
    call_register(SYS_CLOCK_NANOSLEEP, sys_clock_nanosleep);
}

function cycles_to_ns(cycles: u64): u64 {
    return (cycles * TICK) / boot_info(BI_TIMEBASE_DIVIDER);
}

/** Writes a struct timespec, or with `unit` 1000 a struct timeval, to `to`. */
export function put_time(to: usize, ns: u64, unit: u64): void {
    store<u64>(to, ns / SECOND);
    store<u64>(to, (ns % SECOND) / unit, 8);
}

function is_clock(clock: u32): bool {
    return clock <= CLOCK_BOOTTIME || clock == CLOCK_TAI;
}

/** Writes a duration in ticks of `time` as a struct timespec. Returns 0 or -EFAULT. */
export function tell_ticks(process: process_t, to: uaddr_t, ticks: u64): i64 {
    const buffer = this_thread().buffer;
    put_time(buffer, ticks * TICK, 1);
    return copy_to_user(process, to, buffer, 16);
}

/** clock_gettime(clock, to) */
function sys_clock_gettime(process: process_t, call: call_t): i64 {
    const clock = <u32>call.a0;
    let ns: u64;
    if (clock == CLOCK_PROCESS_CPUTIME_ID) ns = cycles_to_ns(process_cycles(process));
    else if (clock == CLOCK_THREAD_CPUTIME_ID) ns = cycles_to_ns(thread_cycles(this_thread()));
    else if (is_clock(clock)) ns = csr_read(CSR_TIME) * TICK;
    else return -EINVAL;
    const buffer = this_thread().buffer;
    put_time(buffer, ns, 1);
    return copy_to_user(process, call.a1, buffer, 16);
}

/** clock_getres(clock, to): the resolution of every clock is given as one tick of `time`. */
function sys_clock_getres(process: process_t, call: call_t): i64 {
    const to: uaddr_t = call.a1;
    if (!is_clock(<u32>call.a0)) return -EINVAL;
    const buffer = this_thread().buffer;
    put_time(buffer, TICK, 1);
    return to == 0 ? 0 : copy_to_user(process, to, buffer, 16);
}

/** clock_settime(clock, from): the clocks begin with the machine, and cannot be set. */
function sys_clock_settime(process: process_t, call: call_t): i64 {
    const settable = <u32>call.a0 == CLOCK_REALTIME;
    return settable ? refused(process, REFUSED_CLOCK_SETTIME_SETTING_A_CLOCK) : -EINVAL;
}

function sys_settimeofday(process: process_t, call: call_t): i64 {
    return refused(process, REFUSED_SETTIMEOFDAY_SETTING_A_CLOCK);
}

/** gettimeofday(to, zone): the time zone is UTC. */
function sys_gettimeofday(process: process_t, call: call_t): i64 {
    const to: uaddr_t = call.a0;
    const zone: uaddr_t = call.a1;
    const buffer = this_thread().buffer;
    store<u64>(buffer, 0);
    if (zone != 0 && copy_to_user(process, zone, buffer, 8) != 0) return -EFAULT;
    put_time(buffer, csr_read(CSR_TIME) * TICK, 1000);
    return to == 0 ? 0 : copy_to_user(process, to, buffer, 16);
}

/** Writes a struct rusage with ru_utime and ru_stime. All other fields are 0, as the fields that Linux does not keep. Returns 0 or -EFAULT. */
export function tell_usage(process: process_t, to: uaddr_t, user: u64, system: u64): i64 {
    const buffer = this_thread().buffer;
    for (let i: u32 = 0; i < RUSAGE_SIZE; i += 8) store<u64>(buffer + i, 0);
    put_time(buffer, cycles_to_ns(user), 1000);
    put_time(buffer + 16, cycles_to_ns(system), 1000);
    return copy_to_user(process, to, buffer, RUSAGE_SIZE);
}

/** getrusage(who, to) */
function sys_getrusage(process: process_t, call: call_t): i64 {
    const who = <i32>call.a0;
    const thread = this_thread();
    if (who == RUSAGE_THREAD) {
        usage_count(thread);
        return tell_usage(process, call.a1, thread.user_cycles, thread.system_cycles);
    }
    if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN) return -EINVAL;
    process_usage(process);
    const desc = rpc_arguments();
    if (who == RUSAGE_SELF) return tell_usage(process, call.a1, desc.get(USAGE_USER), desc.get(USAGE_SYSTEM));
    return tell_usage(process, call.a1, desc.get(USAGE_CHILDREN_USER), desc.get(USAGE_CHILDREN_SYSTEM));
}

function put_clock_ticks(to: usize, cycles: u64): void {
    store<u64>(to, cycles_to_ns(cycles) / (SECOND / CLOCK_TICKS));
}

/** times(to) returns the clock ticks since the machine began. struct tms gets the time of the process and of its children. */
function sys_times(process: process_t, call: call_t): i64 {
    const to: uaddr_t = call.a0;
    const buffer = this_thread().buffer;
    const desc = rpc_arguments();
    process_usage(process);
    put_clock_ticks(buffer, desc.get(USAGE_USER));
    put_clock_ticks(buffer + 8, desc.get(USAGE_SYSTEM));
    put_clock_ticks(buffer + 16, desc.get(USAGE_CHILDREN_USER));
    put_clock_ticks(buffer + 24, desc.get(USAGE_CHILDREN_SYSTEM));
    if (to != 0 && copy_to_user(process, to, buffer, 32) != 0) return -EFAULT;
    return <i64>(csr_read(CSR_TIME) / (TIMEBASE / CLOCK_TICKS));
}

/** No run lasts so many seconds, and longer times count as this one. */
export const LONGEST: u64 = 1 << 30;

/**
 * Returns the end of the time in a user's struct timespec, in ticks of `time`, or -errno. The time counts from now on, or with `absolute`
 * since the machine began.
 */
export function user_deadline(process: process_t, request: uaddr_t, absolute: bool): i64 {
    const buffer = this_thread().buffer;
    if (copy_from_user(process, buffer, request, 16) != 0) return -EFAULT;
    const seconds = load<u64>(buffer);
    const ns = load<u64>(buffer, 8);
    if (<i64>seconds < 0 || ns >= SECOND) return -EINVAL;
    const ticks = (seconds < LONGEST ? seconds : LONGEST) * TIMEBASE + (ns + TICK - 1) / TICK;
    return <i64>(absolute ? ticks : csr_read(CSR_TIME) + ticks);
}

export const TIMER_ABSTIME: u32 = 1;

/**
 * clock_nanosleep(clock, flags, request, left) sleeps by clocks of `time` only: a clock that counts cycles of user mode has no timer. As in
 * Linux, the raw and the coarse clocks are not for sleeping.
 */
function sys_clock_nanosleep(process: process_t, call: call_t): i64 {
    const clock = <u32>call.a0;
    const flags = <u32>call.a1;
    if (!is_clock(clock) || clock == CLOCK_THREAD_CPUTIME_ID || (flags & ~TIMER_ABSTIME) != 0) return -EINVAL;
    if (clock == CLOCK_PROCESS_CPUTIME_ID) return refused(process, REFUSED_CLOCK_NANOSLEEP_CLOCK_PROCESS_CPUTIME_ID);
    if (clock >= CLOCK_MONOTONIC_RAW && clock <= CLOCK_MONOTONIC_COARSE) return -EOPNOTSUPP;
    const absolute = (flags & TIMER_ABSTIME) != 0;
    return sleep(process, user_deadline(process, call.a2, absolute), absolute ? 0 : call.a3);
}

/** nanosleep(request, left) */
function sys_nanosleep(process: process_t, call: call_t): i64 {
    return sleep(process, user_deadline(process, call.a0, false), call.a1);
}

/**
 * Sleeps until a tick of `time`, while other threads run. Returns 0, -EINTR when a signal has come, or `until` when it is an error. The
 * rest of an interrupted sleep goes to the struct timespec at `left`, unless that is 0.
 */
function sleep(process: process_t, until: i64, left: uaddr_t): i64 {
    if (until < 0) return until;
    while (true) {
        sched_block(BLOCKED_SLEEP);
        if (sched_wait_until(BLOCKED_SLEEP, until)) return 0;
        if (signal_ready(process)) break;
    }
    if (left == 0 || this_thread().killed != 0) return -EINTR;
    return put_rest(process, left, <u64>until) != 0 ? -EFAULT : -EINTR;
}

/** Writes the time from now until a tick of `time` into the struct timespec at `to`. Returns 0 or -EFAULT. */
export function put_rest(process: process_t, to: uaddr_t, until: u64): i64 {
    const now = csr_read(CSR_TIME);
    const buffer = this_thread().buffer;
    put_time(buffer, until > now ? (until - now) * TICK : 0, 1);
    return copy_to_user(process, to, buffer, 16);
}
