// Waits with a deadline (vmm-policy 5.9.6). Each hart keeps its sleepers, the earliest deadline first, and its timer rings for the first of
// them or for the end of the running thread's slice. A thread stays on its hart, so only that hart uses the list.

import { CSR_STIMECMP, CSR_TIME } from "../abi/csr";
import { csr_read, csr_write } from "../hal/hal";
import { hart_t, thread_t } from "./thread";

/** The tick of `time` that never comes. */
export const NEVER: u64 = 0xffff_ffff_ffff_ffff;

/** Lets the timer ring at the tick `at`, or earlier for the hart's first sleeper. */
export function timer_arm(hart: hart_t, at: u64): void {
    const first = hart.sleepers;
    const deadline = first == 0 ? NEVER : changetype<thread_t>(first).deadline;
    csr_write(CSR_STIMECMP, deadline < at ? deadline : at);
}

/** Adds the thread, whose deadline is set, to the hart's sleepers. */
export function timer_enlist(hart: hart_t, thread: thread_t): void {
    let link = changetype<usize>(hart) + offsetof<hart_t>("sleepers");
    while (load<usize>(link) != 0 && changetype<thread_t>(load<usize>(link)).deadline <= thread.deadline) {
        link = next_link(link);
    }
    thread.next_sleeper = load<usize>(link);
    store<usize>(link, changetype<usize>(thread));
    // The thread that was interrupted for this one may go on in its slice, whose end the timer is set for.
    timer_arm(hart, hart.slice_end);
    timer_expire(hart);
}

function next_link(link: usize): usize {
    return load<usize>(link) + offsetof<thread_t>("next_sleeper");
}

/** Takes the thread off the hart's sleepers. */
export function timer_remove(hart: hart_t, thread: thread_t): void {
    let link = changetype<usize>(hart) + offsetof<hart_t>("sleepers");
    while (load<usize>(link) != changetype<usize>(thread)) link = next_link(link);
    store<usize>(link, thread.next_sleeper);
}

/** Ends the waits of the hart's sleepers whose deadline has passed. */
export function timer_expire(hart: hart_t): void {
    while (hart.sleepers != 0) {
        const thread = changetype<thread_t>(hart.sleepers);
        if (csr_read(CSR_TIME) < thread.deadline) return;
        hart.sleepers = thread.next_sleeper;
        const reason = thread.sleeps_on;
        thread.sleeps_on = 0;
        atomic.and<u32>(changetype<usize>(thread) + offsetof<thread_t>("blocked"), ~reason);
    }
}
