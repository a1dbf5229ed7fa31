// Operations on a process, for the auditor outside the guest (boot/audit). They are records only: the kernel never reads them.

import { PROBE_BEGIN, PROBE_END } from "../abi/event";
import { probe2, probe5 } from "../probe";

/** Begins an operation (OPERATION_*) that changes structures of the process, in any cluster. Each begin has its end. */
export function operation_begin(pid: u32, operation: u32, vaddr: u64): void {
    probe5(PROBE_BEGIN, pid, operation, vaddr, 0, 0);
}

export function operation_end(pid: u32, operation: u32): void {
    probe2(PROBE_END, pid, operation);
}
