// The cost of a page fault, by phase. The thread that has the fault goes through the phases. A thread that works for it in another cluster
// gets its name with the request and marks the phases there. Each mark is a probe record, and the host takes the clocks of the harts that
// wrote them (boot/observe/fault-cost.ts): nothing is measured in here.

import { PROBE_FAULT_BEGIN, PROBE_FAULT_END, PROBE_PHASE } from "../abi/event";
import { PHASE_TRAP, PHASE_VSL } from "../abi/phase";
import { local_cxy, xptr_cxy, xptr_local } from "../hal/platform";
import { probe2, probe5 } from "../probe";
import { this_thread, thread_t } from "../sched/thread";

/**
 * The running thread has a fault, and is in PHASE_VSL from now on. `by_kernel` is 1 when a user copy found the fault (5.10), not a trap.
 */
export function fault_begin(pid: u32, vaddr: u64, access: u32, by_kernel: u32): void {
    const thread = this_thread();
    thread.fault = xptr_local(changetype<usize>(thread));
    thread.phase = PHASE_VSL;
    probe5(PROBE_FAULT_BEGIN, thread.fault, pid, vaddr, access, by_kernel);
}

/** The running thread's fault is resolved. The thread is about to enter user mode; or, when the kernel found the fault, to go on there. */
export function fault_end(): void {
    const thread = this_thread();
    if (thread.fault == 0) return;
    probe2(PROBE_FAULT_END, thread.fault, 0);
    fault_drop(thread);
}

/** The thread will not go on: its fault ends its process and has no end to measure. */
export function fault_drop(thread: thread_t): void {
    thread.fault = 0;
    thread.phase = PHASE_TRAP;
}

/** Moves the fault that the running thread works for, if any, to a phase. Returns the phase it was in, for phase_enter later. */
export function phase_enter(phase: u32): u32 {
    const thread = this_thread();
    const before = thread.phase;
    if (thread.fault == 0 || before == phase) return before;
    thread.phase = phase;
    probe2(PROBE_PHASE, thread.fault, phase);
    return before;
}

/** Does as phase_enter for the work of the faulting thread itself: Z's work for itself counts as service. */
export function phase_own(phase: u32): void {
    const thread = this_thread();
    if (thread.fault == xptr_local(changetype<usize>(thread))) phase_enter(phase);
}

/** The cluster of the thread whose fault the running thread works for, else this cluster. */
export function fault_cluster(): u32 {
    const fault = this_thread().fault;
    return fault == 0 ? local_cxy : xptr_cxy(fault);
}
