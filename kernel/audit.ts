// What the auditor outside the guest (boot/audit, DESIGN 4.6) needs: where this instance's tables are, when the kernel is left,
// and when operations on a process begin and end. Records only: nothing here is ever read by the kernel.
import { PROBE_BEGIN, PROBE_END, PROBE_LEAVE, PROBE_ROOTS } from "./abi/probe";
import { harts_per_cluster, local_cxy } from "./hal/platform";
import { ORDERS, ppm_own } from "./mm/ppm";
import { probe2, probe5 } from "./probe";
import { hart_of } from "./proc/cluster";
import { process_slots, SLOTS } from "./proc/process-table";

/** Local addresses, and sizes, of the tables of one instance. */
@unmanaged
class audit_roots_t {
    /** process_slot_count addresses of process_t, 0: free. */
    process_slots: usize;
    process_slot_count: u32;
    /** bank_t of the first bank that the instance manages, and how many free lists lie behind each. */
    banks: usize;
    order_count: u32;
    harts: usize;
    hart_count: u32;
}
const roots: usize = memory.data(64, 8);

/** After ppm_init; banks that are adopted later are linked behind the own one. */
export function audit_init(): void {
    const block = changetype<audit_roots_t>(roots);
    block.process_slots = process_slots;
    block.process_slot_count = SLOTS;
    block.banks = changetype<usize>(ppm_own());
    block.order_count = ORDERS;
    block.harts = changetype<usize>(hart_of(0));
    block.hart_count = harts_per_cluster;
    probe2(PROBE_ROOTS, local_cxy, roots);
}

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
