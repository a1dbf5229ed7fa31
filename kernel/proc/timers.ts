// The timers of processes (setitimer, timer_create). They lie at Z, in the frame of the process's signals (proc/signals.ts). Those that run
// are in one list of the cluster, the earliest first, and the cluster's reaper sleeps until the first one expires (vmm-policy 5.9.6).

import { lock_acquire, lock_release } from "../hal/lock";
import { NEVER } from "../sched/timer";
import { reaper_wake } from "./reaper-event";

/** The timers of a process: the first one is ITIMER_REAL, the others have the ids of timer_create from 0 on. */
export const TIMERS: u32 = 32;

@unmanaged
export class timer_t {
    next: usize;
    /** 1 from timer_create on; of ITIMER_REAL, once it has been set. */
    used: u32;
    /** 1 while it is in the list. */
    runs: u32;
    pid: u32;
    id: u32;
    signal: u32;
    /** SIGEV_*, and the thread of SIGEV_THREAD_ID. */
    notify: u32;
    thread: u32;
    /** Overruns of the signal that was delivered last. */
    overrun: u32;
    /** The tick of `time` at which it expires, and the ticks between two expirations, 0: it expires once. */
    deadline: u64;
    interval: u64;
    /** si_value of its signals. */
    value: u64;
}

/** The list of the timers that run. Its lock may be taken under the VMM's lock of a process. */
const first_timer: usize = memory.data(4, 4);
const list_lock: usize = memory.data(4, 4);

/** Starts a stopped timer whose deadline is set. */
export function timer_start(timer: timer_t): void {
    lock_acquire(list_lock);
    insert(timer);
    const first = load<usize>(first_timer) == changetype<usize>(timer);
    lock_release(list_lock);
    if (first) reaper_wake();
}

function insert(timer: timer_t): void {
    let link = first_timer;
    while (load<usize>(link) != 0 && changetype<timer_t>(load<usize>(link)).deadline <= timer.deadline) {
        link = load<usize>(link) + offsetof<timer_t>("next");
    }
    timer.next = load<usize>(link);
    store<usize>(link, changetype<usize>(timer));
    timer.runs = 1;
}

/** Stops a timer, if it runs. */
export function timer_stop(timer: timer_t): void {
    lock_acquire(list_lock);
    let link = first_timer;
    while (load<usize>(link) != 0 && load<usize>(link) != changetype<usize>(timer)) {
        link = load<usize>(link) + offsetof<timer_t>("next");
    }
    if (load<usize>(link) != 0) store<usize>(link, timer.next);
    timer.runs = 0;
    lock_release(list_lock);
}

/** The tick at which the cluster's first timer expires, or NEVER. */
export function timers_next(): u64 {
    lock_acquire(list_lock);
    const first = load<usize>(first_timer);
    const deadline = first == 0 ? NEVER : changetype<timer_t>(first).deadline;
    lock_release(list_lock);
    return deadline;
}

/**
 * Takes the first timer that has expired by `now`, and copies it to `to`, where `overrun` is the number of expirations that it has missed.
 * A timer with an interval goes on. False when none has expired.
 */
export function timers_take(now: u64, to: timer_t): bool {
    lock_acquire(list_lock);
    const first = load<usize>(first_timer);
    const timer = changetype<timer_t>(first);
    const expired = first != 0 && timer.deadline <= now;
    if (expired) {
        store<usize>(first_timer, timer.next);
        timer.runs = 0;
        memory.copy(changetype<usize>(to), first, offsetof<timer_t>());
        to.overrun = 0;
        if (timer.interval != 0) {
            const missed = (now - timer.deadline) / timer.interval;
            to.overrun = <u32>missed;
            timer.deadline += (missed + 1) * timer.interval;
            insert(timer);
        }
    }
    lock_release(list_lock);
    return expired;
}
