// Operations on a process, for the auditor outside the guest (boot/audit). They are records only: the kernel never reads them.

import { tell_begin, tell_end } from "../probe";

/** Begins an operation (OPERATION_*) that changes structures of the process, in any cluster. Each begin has its end. */
export function operation_begin(pid: u32, operation: u32, vaddr: u64): void {
    tell_begin(pid, operation, vaddr);
}

export function operation_end(pid: u32, operation: u32): void {
    tell_end(pid, operation);
}
