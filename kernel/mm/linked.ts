// gpt: reference (vmm-policy 9). Pages of the heap zone have one entry each, in the leaf tables of Z. A replica's level-1 entries are links
// to these tables, and its hardware walker reads them remotely. CODE, DATA, STACK and DSM keep leaf tables of their own, so the heap zone
// is whole level-1 entries.
//
// The walker follows a link without a fault, also to pages of vsegs that K never asked for. So Z cannot know which of its entries K has
// read, and the sharers of a linked vseg are all active clusters. For the same reason a removal (5.9) begins with the entry: once it has
// lost its rights no walker loads it again. Then every active cluster empties its TLBs, then the frame goes. A cluster that becomes active
// after the entry changed reads the new one; a cluster that was active before is told. A link is never taken back: Z's tables go with P,
// after all replicas (7.4).

import { BI_POLICY_GPT } from "../abi/boot-info";
import { GPT_REFERENCE } from "../abi/policy";
import { VSEG_FILE, VSEG_HEAP, VSEG_REMOTE } from "../abi/vseg-type";
import { boot_info } from "../hal/platform";
import { gpt_get, gpt_link, gpt_table, LEAF_PAGES } from "./gpt";
import { process_t } from "./process-table";
import { vmm_lock, vmm_unlock } from "./vmm";

function policy(): bool {
    return <u32>boot_info(BI_POLICY_GPT) == GPT_REFERENCE;
}

/** True when vsegs of this type lie in the heap zone and their entries only in Z's tables. */
export function is_linked(type: u32): bool {
    return policy() && (type == VSEG_HEAP || type == VSEG_REMOTE || type == VSEG_FILE);
}

/** The first page of a part of the heap zone that may not reach below `vpn`. */
export function zone_first(vpn: u32): u32 {
    return policy() ? (vpn + LEAF_PAGES - 1) & ~(LEAF_PAGES - 1) : vpn;
}

/** The end of a part of the heap zone that may not reach above `vpn`. */
export function zone_end(vpn: u32): u32 {
    return policy() ? vpn & ~(LEAF_PAGES - 1) : vpn;
}

/** At K: Z's entry of the page, as K's walker sees it; 0 when there is no link yet. */
export function linked_entry(process: process_t, vpn: u32): u64 {
    vmm_lock(process);
    const pte = gpt_get(process.root, vpn);
    vmm_unlock(process);
    return pte;
}

/** At Z: the leaf table of the page, for linked_join; 0 under other policies. */
export function linked_table(process: process_t, vpn: u32): u64 {
    return policy() ? gpt_table(process.root, vpn) : 0;
}

/** At K: links Z's leaf table. False without memory. */
export function linked_join(process: process_t, vpn: u32, table: u64): bool {
    vmm_lock(process);
    const linked = gpt_link(process.root, vpn, table, process.pid);
    vmm_unlock(process);
    return linked;
}
