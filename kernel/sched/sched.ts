// The scheduler of one hart: a run list, round robin, kernel threads first. The kernel itself is not preemptible.

import { BI_TIME_SLICE } from "../abi/boot-info";
import { CSR_SIP, CSR_TIME, SIP_SSIP } from "../abi/csr";
import { BLOCKED_BY_USER, BLOCKED_DEAD, ENDED_BY_SIGNAL, KIND_USER } from "../abi/thread";
import { FRAME_SIZE, THREAD_BLOCK_SIZE } from "../abi/trap-frame";
import { context_switch, thread_start_address } from "../hal/asm";
import { cstr } from "../hal/cstr";
import { csr_clear, csr_read, fence, function_address, pause, remote_and32, remote_load32, wfi } from "../hal/hal";
import { lock_acquire, lock_release } from "../hal/lock";
import { boot_info, ipi_send, xptr_t } from "../hal/platform";
import { assert_kernel } from "../panic";
import { tell_leave } from "../probe";
import { CANARY, canary_address, hart_t, this_hart, this_thread, thread_t } from "./thread";
import { NEVER, timer_arm, timer_enlist, timer_expire, timer_remove } from "./timer";
import { usage_begin, usage_count } from "./usage";

/** Prepares a thread to start in `entry` (index of a function (argument: usize) => void that never returns). */
export function sched_prepare(thread: thread_t, entry: u32, argument: usize): void {
    thread.ra = <u64>thread_start_address();
    thread.sp = <u64>(changetype<usize>(thread) + THREAD_BLOCK_SIZE - FRAME_SIZE);
    thread.s0 = <u64>function_address(entry);
    thread.s1 = <u64>argument;
}

/** Puts a prepared thread on a hart's list and wakes the hart. */
export function sched_add(hart: hart_t, thread: thread_t): void {
    const lock = changetype<usize>(hart) + offsetof<hart_t>("lock");
    lock_acquire(lock);
    thread.hart = changetype<usize>(hart);
    thread.hart_id = hart.id;
    const self = changetype<usize>(thread);
    if (hart.threads == 0) {
        thread.next = self;
        thread.prev = self;
        fence();
        hart.threads = self;
    } else {
        const first = changetype<thread_t>(hart.threads);
        const last = changetype<thread_t>(first.prev);
        thread.next = hart.threads;
        thread.prev = first.prev;
        // sched_others_wait follows the list without the lock.
        fence();
        last.next = self;
        first.prev = self;
    }
    lock_release(lock);
    if (changetype<usize>(hart) != changetype<usize>(this_hart())) ipi_send(hart.id);
}

function sched_remove(hart: hart_t, thread: thread_t): void {
    const lock = changetype<usize>(hart) + offsetof<hart_t>("lock");
    lock_acquire(lock);
    const self = changetype<usize>(thread);
    if (hart.round_robin == self) hart.round_robin = thread.next;
    if (thread.next == self) {
        hart.threads = 0;
        hart.round_robin = 0;
    } else {
        changetype<thread_t>(thread.prev).next = thread.next;
        changetype<thread_t>(thread.next).prev = thread.prev;
        if (hart.threads == self) hart.threads = thread.next;
    }
    lock_release(lock);
}

function runnable(thread: thread_t): bool {
    return (atomic.load<u32>(changetype<usize>(thread) + offsetof<thread_t>("blocked")) & thread.waiting) == 0;
}

/** The next thread to run: a runnable kernel thread that does not poll, else the next runnable one in turn, else 0. */
function select(hart: hart_t): usize {
    const lock = changetype<usize>(hart) + offsetof<hart_t>("lock");
    lock_acquire(lock);
    const first = hart.threads;
    let found: usize = 0;
    if (first != 0) {
        const start = hart.round_robin != 0 ? hart.round_robin : first;
        let at = start;
        do {
            at = changetype<thread_t>(at).next;
            const thread = changetype<thread_t>(at);
            if (runnable(thread)) {
                if (thread.kind != KIND_USER && thread.polling == 0) {
                    found = at;
                    break;
                }
                if (found == 0) found = at;
            }
        } while (at != start);
        if (found != 0) hart.round_robin = found;
    }
    lock_release(lock);
    return found;
}

/** True when a thread of this hart other than `current` could run. */
export function sched_others_wait(): bool {
    const hart = this_hart();
    const current = changetype<usize>(hart.current);
    const first = hart.threads;
    if (first == 0) return false;
    let at = first;
    do {
        if (at != current && runnable(changetype<thread_t>(at))) return true;
        at = changetype<thread_t>(at).next;
    } while (at != first);
    return false;
}

/** Gives the hart to the next runnable thread, or to the idle thread. Returns when this thread runs again. */
export function sched_yield(): void {
    const hart = this_hart();
    if (hart.sleepers != 0) timer_expire(hart);
    let next = select(hart);
    if (next == 0) next = changetype<usize>(hart.idle);
    const current = changetype<usize>(hart.current);
    if (next == current) {
        pause();
        return;
    }
    assert_kernel(load<u32>(canary_address(hart.current)) == CANARY, cstr("kernel stack overflow"));
    changetype<thread_t>(next).on_hart = 1;
    hart.previous = current;
    hart.current = changetype<thread_t>(next);
    usage_count(changetype<thread_t>(current));
    context_switch(current, next);
    sched_switched();
}

/** Called first on the new stack, by thread_start, too: the previous thread is off the hart now. */
export function sched_switched(): void {
    const hart = this_hart();
    const previous = changetype<thread_t>(hart.previous);
    atomic.store<u32>(changetype<usize>(previous) + offsetof<thread_t>("on_hart"), 0);
    usage_begin(hart.current);
}

/**
 * Sets a BLOCKED_* bit of the running thread. The caller then checks its condition, or asks for the event that clears the bit, and calls
 * sched_wait.
 */
export function sched_block(reason: u32): void {
    atomic.or<u32>(changetype<usize>(this_thread()) + offsetof<thread_t>("blocked"), reason);
}

export function sched_unblock_self(reason: u32): void {
    atomic.and<u32>(changetype<usize>(this_thread()) + offsetof<thread_t>("blocked"), ~reason);
}

/**
 * Lets others run until the BLOCKED_* bit is cleared. Other bits may be set; their events are waited for later. A wait for a user
 * (BLOCKED_BY_USER) ends for a killed thread, too, and most of them for one that has to look for signals (sched_interrupted): that thread
 * then leaves the list that it waits in (5.9.3).
 */
export function sched_wait(reason: u32): void {
    const thread = this_thread();
    thread.waiting = reason;
    while (!runnable(thread)) {
        if ((reason & BLOCKED_BY_USER) != 0 && is_killed(thread)) sched_unblock_self(reason);
        else if ((reason & ENDED_BY_SIGNAL) != 0 && looks(thread)) sched_unblock_self(reason);
        else sched_yield();
    }
    thread.waiting = 0;
}

/** Does as sched_wait, at longest until the tick `deadline` of `time` (5.9.6). True when the deadline has passed. */
export function sched_wait_until(reason: u32, deadline: u64): bool {
    const thread = this_thread();
    const hart = this_hart();
    thread.deadline = deadline;
    thread.sleeps_on = reason;
    timer_enlist(hart, thread);
    sched_wait(reason);
    if (thread.sleeps_on == 0) return true;
    thread.sleeps_on = 0;
    timer_remove(hart, thread);
    return false;
}

function is_killed(thread: thread_t): bool {
    return atomic.load<u32>(changetype<usize>(thread) + offsetof<thread_t>("killed")) != 0;
}

function looks(thread: thread_t): bool {
    return atomic.load<u32>(changetype<usize>(thread) + offsetof<thread_t>("signal_look")) != 0;
}

/** Whether the running thread's wait may have ended for a kill or a signal, and not for its event. */
export function sched_interrupted(): bool {
    const thread = this_thread();
    return is_killed(thread) || looks(thread);
}

/** Clears a BLOCKED_* bit of a thread in any cluster and interrupts its hart. */
export function sched_wake(thread: xptr_t, reason: u32): void {
    remote_and32(thread + offsetof<thread_t>("blocked"), ~reason);
    ipi_send(remote_load32(thread + offsetof<thread_t>("hart_id")));
}

/** Ends the running thread: it leaves the list, never to run again. Its process frees its block. */
export function sched_exit(): void {
    const thread = this_thread();
    sched_block(BLOCKED_DEAD);
    thread.waiting = BLOCKED_DEAD;
    sched_remove(this_hart(), thread);
    sched_yield();
}

/** Begins a time slice, at every entry to user mode after a switch. */
export function sched_arm_timer(): void {
    end_slice_at(this_hart(), csr_read(CSR_TIME) + boot_info(BI_TIME_SLICE));
}

function end_slice_at(hart: hart_t, tick: u64): void {
    hart.slice_end = tick;
    timer_arm(hart, tick);
}

/** Called after a timer interrupt in user mode: sleepers whose deadline has passed go on, and the running thread's slice may be over. */
export function sched_timer(): void {
    const hart = this_hart();
    timer_expire(hart);
    if (csr_read(CSR_TIME) >= hart.slice_end) hart.slice_of = 0;
    else timer_arm(hart, hart.slice_end);
}

/** The ticks of user time that a thread gets even when its slice ran out while the kernel worked for it. */
const LEAST_USER_TIME: u64 = 20;

/**
 * Makes sure that the thread gets some user time before its slice ends; true when the slice is longer now. Else a fault longer than a slice
 * would go on for ever.
 */
export function sched_extend_slice(): bool {
    const hart = this_hart();
    const least = csr_read(CSR_TIME) + LEAST_USER_TIME;
    if (hart.slice_end >= least) return false;
    end_slice_at(hart, least);
    return true;
}

/** Shortens the slice of a thread that holds a DSM page, so that the page is not kept for a whole slice. */
export function sched_hold_time(): void {
    const hart = this_hart();
    const soon = csr_read(CSR_TIME) + LEAST_USER_TIME;
    if (hart.slice_end > soon) end_slice_at(hart, soon);
}

/** Takes the pending software interrupt. True when there was one. */
export function sched_take_ipi(): bool {
    if ((csr_read(CSR_SIP) & SIP_SSIP) == 0) return false;
    csr_clear(CSR_SIP, SIP_SSIP);
    return true;
}

/** The idle thread's wait. It returns when an interrupt is pending. The timer rings for sleepers only, so an idle hart costs nothing. */
export function sched_idle_wait(): void {
    const hart = this_hart();
    timer_expire(hart);
    if (sched_others_wait()) {
        sched_yield();
        return;
    }
    hart.slice_of = 0;
    timer_arm(hart, NEVER);
    tell_leave(0);
    wfi();
}
