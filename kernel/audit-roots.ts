// Where this instance's tables are, for the auditor outside the guest (boot/audit). Never read by the kernel.
import { PROBE_ROOTS } from "./abi/event";
import { harts_per_cluster, local_cxy } from "./hal/platform";
import { ORDERS, ppm_own } from "./mm/ppm";
import { probe2 } from "./probe";
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
