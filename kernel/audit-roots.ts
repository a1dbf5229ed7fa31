// These roots tell the auditor outside the guest (boot/audit) where this instance's tables are. The kernel never reads them.
import { harts_per_cluster, local_cxy } from "./hal/platform";
import { ORDERS, ppm_own } from "./mm/ppm";
import { process_slots, SLOTS } from "./mm/process-table";
import { tell_roots } from "./probe";
import { hart_of } from "./sched/cluster";

/** The local addresses and sizes of the tables of one instance. */
@unmanaged
class audit_roots_t {
    /** The table of process_slot_count addresses of process_t; 0 is a free slot. */
    process_slots: usize;
    process_slot_count: u32;
    /** The bank_t of the first bank that the instance manages, and the number of free lists behind each bank_t. */
    banks: usize;
    order_count: u32;
    harts: usize;
    hart_count: u32;
}
const roots: usize = memory.data(64, 8);

/** Runs after ppm_init. Banks that are adopted later are linked behind the own bank. */
export function audit_init(): void {
    const block = changetype<audit_roots_t>(roots);
    block.process_slots = process_slots;
    block.process_slot_count = SLOTS;
    block.banks = changetype<usize>(ppm_own());
    block.order_count = ORDERS;
    block.harts = changetype<usize>(hart_of(0));
    block.hart_count = harts_per_cluster;
    tell_roots(local_cxy, roots);
}
