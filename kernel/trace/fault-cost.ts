// The cost of a page fault, by phase. The thread that has the fault goes through the phases. A thread that works for it in another cluster
// gets its name with the request and marks the phases there. Each mark is a probe record, and the host takes the clocks of the harts that
// wrote them (boot/observe/fault-cost.ts): nothing is measured in here.

import { PHASE_QUEUE, PHASE_RETURN, PHASE_RPC_OUT, PHASE_SERVICE, PHASE_TRAP, PHASE_VSL } from "../abi/phase";
import { remote_load32, remote_load64 } from "../hal/hal";
import { local_cxy, xptr_cxy, xptr_local, xptr_t } from "../hal/platform";
import { tell_fault_begin, tell_fault_end, tell_phase } from "../probe";
import { rpc_desc_t, this_thread, thread_t } from "../sched/thread";

/**
 * The running thread has a fault, and is in PHASE_VSL from now on. `by_kernel` is 1 when a user copy found the fault (5.10), not a trap.
 */
export function fault_begin(pid: u32, vaddr: u64, access: u32, by_kernel: u32): void {
    const thread = this_thread();
    thread.fault = xptr_local(changetype<usize>(thread));
    thread.phase = PHASE_VSL;
    tell_fault_begin(thread.fault, pid, vaddr, access, by_kernel);
}

/** The running thread's fault is resolved. The thread is about to enter user mode; or, when the kernel found the fault, to go on there. */
export function fault_end(): void {
    const thread = this_thread();
    if (thread.fault == 0) return;
    tell_fault_end(thread.fault);
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
    tell_phase(thread.fault, phase);
    return before;
}

/** Does as phase_enter for the work of the faulting thread itself: Z's work for itself counts as service. */
export function phase_own(phase: u32): void {
    const thread = this_thread();
    if (thread.fault == xptr_local(changetype<usize>(thread))) phase_enter(phase);
}

/** The request that the running thread sends is work for its fault. */
export function fault_send(desc: rpc_desc_t): void {
    const thread = this_thread();
    desc.fault = thread.fault;
    desc.phase = thread.phase;
}

/**
 * The running thread's request is about to stand in a queue. The mark comes before the store that shows the request, for the server's own
 * mark must come later.
 */
export function fault_queued(): void {
    if (this_thread().phase == PHASE_RPC_OUT) phase_enter(PHASE_QUEUE);
}

/** Does as fault_queued for a request that is about to be parked (rpc/parking.ts). The running thread serves it. */
export function fault_parked(desc: xptr_t): void {
    if (is_asked(desc)) phase_enter(PHASE_QUEUE);
}

/** Runs a request's handler for the client's fault, if it has one. A leaf request interrupts the thread's work for another fault. */
export function fault_serve(desc: xptr_t, handler: u32): void {
    const thread = this_thread();
    const fault = thread.fault;
    const phase = thread.phase;
    thread.fault = remote_load64(desc + offsetof<rpc_desc_t>("fault"));
    thread.phase = remote_load32(desc + offsetof<rpc_desc_t>("phase"));
    const asked = is_asked(desc);
    if (asked) phase_enter(PHASE_SERVICE);
    call_indirect<void>(handler, desc);
    // A parked request may be with another server by now.
    if (asked && thread.parked == 0) phase_enter(PHASE_RETURN);
    thread.fault = fault;
    thread.phase = phase;
}

/** True when the fault's thread itself waits for the request. The phases of a request that its servers send do not count. */
function is_asked(desc: xptr_t): bool {
    return remote_load32(desc + offsetof<rpc_desc_t>("phase")) == PHASE_RPC_OUT;
}

/** The cluster of the thread whose fault the running thread works for, else this cluster. */
export function fault_cluster(): u32 {
    const fault = this_thread().fault;
    return fault == 0 ? local_cxy : xptr_cxy(fault);
}
