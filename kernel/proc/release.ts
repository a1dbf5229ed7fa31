// What a process owns in this cluster, given back: frames, descriptors, vsegs, tables, the descriptor (vmm-policy 7.4).

import { BI_POLICY_CODE } from "../abi/boot-info";
import { MUTANT_HEAP_LEFT } from "../abi/mutants";
import { CODE_REFERENCE } from "../abi/policy";
import { VSEG_CODE, VSEG_HEAP } from "../abi/vseg-type";
import { copies_forget } from "../dsm/copies";
import { descriptors_close } from "../fs/descriptors";
import { cstr } from "../hal/cstr";
import { boot_info } from "../hal/platform";
import { frame_free } from "../mm/frame";
import { gpt_next, gpt_slot } from "../mm/gpt";
import { PTE_BUSY, pte_has_frame, pte_ppn } from "../mm/pte";
import { vmm_is_reference, vmm_vseg_ends, vmm_vsegs } from "../mm/vmm";
import { vseg_is_private, vseg_t, vsl_remove } from "../mm/vseg";
import { Mutant } from "../mutant";
import { assert_kernel } from "../panic";
import { family_forget } from "./family";
import { futex_forget } from "./futex";
import { process_dismantle } from "./process";
import { process_t } from "./process-table";

/** Everything. No thread of P is left here. */
export function process_free(process: process_t): void {
    process_free_memory(process);
    descriptors_close(process);
    family_forget(process);
    futex_forget(process.pid);
    process_dismantle(process);
}

/** Frames and vsegs; the tables stay. */
export function process_free_memory(process: process_t): void {
    while (process.vsegs != 0) {
        const vseg = changetype<vseg_t>(process.vsegs);
        free_pages(process, vseg);
        vsl_remove(vmm_vsegs(process), vseg, process.pid);
    }
    // After the pages: whatever can be written beside others has a twin.
    copies_forget(process);
}

/** Private pages belong to their cluster, public ones to Z; a replica's other entries are only forgotten. */
function free_pages(process: process_t, vseg: vseg_t): void {
    const shared_code = vseg.type == VSEG_CODE && <u32>boot_info(BI_POLICY_CODE) == CODE_REFERENCE;
    const owner = vmm_is_reference(process) || (vseg_is_private(vseg.type) && !shared_code);
    if (process.root == 0) return;
    const root = process.root;
    vmm_vseg_ends(process, vseg);
    for (
        let vpn = gpt_next(root, vseg.first_vpn, vseg.end_vpn);
        vpn < vseg.end_vpn;
        vpn = gpt_next(root, vpn + 1, vseg.end_vpn)
    ) {
        const slot = gpt_slot(root, vpn, false, 0);
        const pte = load<u64>(slot);
        assert_kernel((pte & PTE_BUSY) == 0, cstr("a page of an ended process is busy"));
        store<u64>(slot, 0);
        if (Mutant.on(MUTANT_HEAP_LEFT) && vseg.type == VSEG_HEAP) continue;
        if (owner && pte_has_frame(pte)) frame_free(pte_ppn(pte));
    }
}
