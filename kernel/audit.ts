// What the auditor outside the guest (boot/audit) needs to know: when the kernel is left, and when operations on a process begin and
// end. Records only: nothing here is ever read by the kernel.
import { PROBE_BEGIN, PROBE_END, PROBE_LEAVE } from "./abi/event";
import { probe2, probe5 } from "./probe";

/** The hart is about to enter user mode of `pid`, or to go idle (0). */
export function audit_leave(pid: u32): void {
    probe2(PROBE_LEAVE, pid, 0);
}

/** An operation (OPERATION_*) changes structures of the process, here or elsewhere; each begin has its end. */
export function operation_begin(pid: u32, operation: u32, vaddr: u64): void {
    probe5(PROBE_BEGIN, pid, operation, vaddr, 0, 0);
}

export function operation_end(pid: u32, operation: u32): void {
    probe2(PROBE_END, pid, operation);
}
