// Gives frames of pages that no vseg keeps any more back to their banks: munmap, the end of a stack, the end of a process.

import { cstr } from "../hal/cstr";
import { assert_kernel } from "../panic";
import { frame_free } from "./frame";
import { gpt_next, gpt_slot, gpt_table_end } from "./gpt";
import { PTE_BUSY, pte_has_frame, pte_ppn } from "./pte";
import { vmm_t } from "./vmm";

/** Pages that a change, an end or a leaf request works on in one piece; other threads run between two pieces (5.9.9). */
export const STEP: u32 = 1024;

/** The end of the first piece of [vpn, end). Pages without a table are no work. */
export function piece_end(vmm: vmm_t, vpn: u32, end: u32): u32 {
    const next = gpt_next(vmm.root, vpn, end);
    return end - next > STEP ? next + STEP : end;
}

/**
 * Empties the entries of [first, end), which belong to vsegs of one type and are in no TLB and no other replica. With `owner` their frames
 * are freed.
 */
export function free_frames(vmm: vmm_t, type: u32, first: u32, end: u32, owner: bool): void {
    const root = vmm.root;
    for (let vpn = gpt_next(root, first, end); vpn < end; vpn = gpt_next(root, vpn, end)) {
        let slot = gpt_slot(root, vpn, false, 0);
        for (const to = gpt_table_end(vpn, end); vpn < to; vpn++, slot += 8) {
            const pte = load<u64>(slot);
            if (pte == 0) continue;
            assert_kernel((pte & PTE_BUSY) == 0, cstr("the frame of a busy page is freed"));
            store<u64>(slot, 0);
            if (!owner || !pte_has_frame(pte)) continue;
            frame_free(pte_ppn(pte));
        }
    }
}
