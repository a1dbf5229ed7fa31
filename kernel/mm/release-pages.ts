// Frames of pages that no vseg keeps any more, given back to their banks: munmap, the end of a stack, the end of a process.

import { MUTANT_FREED_TWICE, MUTANT_KEPT_ENTRY, MUTANT_LEAKED, MUTANT_UNMAP_LEAKS } from "../abi/mutants";
import { VSEG_STACK } from "../abi/vseg-type";
import { cstr } from "../hal/cstr";
import { Mutant } from "../trace/mutant";
import { assert_kernel } from "../panic";
import { frame_free } from "./frame";
import { gpt_next, gpt_slot } from "./gpt";
import { PTE_BUSY, pte_has_frame, pte_ppn } from "./pte";
import { vmm_t } from "./vmm";

/** Pages that are worked on in one piece, by a change, an end or a leaf request: between two pieces others run (5.9.9). */
export const STEP: u32 = 1024;

/** Empties the entries of [first, end), pages of vsegs of one type that no TLB and no other replica has; `owner`: the frames are this replica's to free. */
export function free_frames(vmm: vmm_t, type: u32, first: u32, end: u32, owner: bool): void {
    const root = vmm.root;
    for (let vpn = gpt_next(root, first, end); vpn < end; vpn = gpt_next(root, vpn + 1, end)) {
        const slot = gpt_slot(root, vpn, false, 0);
        const pte = load<u64>(slot);
        assert_kernel((pte & PTE_BUSY) == 0, cstr("the frame of a busy page is freed"));
        if (!(Mutant.on(MUTANT_KEPT_ENTRY) && type == VSEG_STACK)) store<u64>(slot, 0);
        if (!owner || !pte_has_frame(pte)) continue;
        if (Mutant.on(MUTANT_UNMAP_LEAKS) && type != VSEG_STACK) continue;
        if (Mutant.on(MUTANT_LEAKED) && type == VSEG_STACK) continue;
        frame_free(pte_ppn(pte));
        if (Mutant.on(MUTANT_FREED_TWICE) && type == VSEG_STACK) frame_free(pte_ppn(pte));
    }
}
