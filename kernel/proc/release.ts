// All that a process owns in this cluster is given back here (vmm-policy 7.4): frames, descriptors, vsegs, tables, the process descriptor.

import { BI_POLICY_CODE } from "../abi/boot-info";
import { CODE_REFERENCE } from "../abi/policy";
import { VSEG_CODE, VSEG_REMOTE } from "../abi/vseg-type";
import { copies_forget } from "../dsm/copies";
import { descriptors_close } from "../fs/descriptors";
import { boot_info } from "../hal/platform";
import { pager_release } from "../mm/pager";
import { process_t } from "../mm/process-table";
import { free_frames, piece_end } from "../mm/release-pages";
import { PAGES_END } from "../mm/user-space";
import { vmm_is_reference, vmm_lock, vmm_unlock, vmm_vseg_ends, vmm_vsegs } from "../mm/vmm";
import { vseg_is_private, vseg_t } from "../mm/vseg";
import { vsl_overlap, vsl_remove } from "../mm/vsl";
import { rpc_yield } from "../rpc/serve";
import { exec_forget } from "./exec";
import { process_dismantle, process_shut } from "./process";
import { relatives_forget } from "./relatives";
import { signals_free } from "./signals";
import { start_stack_free } from "./start-stack";
import { timers_forget } from "./timer-calls";

/** Frees everything, once the holders of P are through. No thread of P is left here. */
export function process_free(process: process_t): void {
    process_shut(process, 0);
    process_free_closed(process);
}

/** Does the work of process_free for a process that is closed. */
export function process_free_closed(process: process_t): void {
    process_free_memory(process);
    descriptors_close(process);
    exec_forget(process);
    relatives_forget(process);
    timers_forget(process, true);
    signals_free(process);
    process_dismantle(process);
}

/** Frees frames and vsegs, except kentry. The tables stay. */
export function process_free_memory(process: process_t): void {
    let vpn: u32 = 0;
    for (let at = next_vseg(process, vpn); at != 0; at = next_vseg(process, vpn)) {
        const vseg = changetype<vseg_t>(at);
        vpn = vseg.end_vpn;
        if (vseg.fixed != 0) continue;
        free_pages(process, vseg);
        // A STACK's goes with its thread, a public stack's here.
        if (vseg.type == VSEG_REMOTE && vmm_is_reference(process)) start_stack_free(vseg.content);
        if (vmm_is_reference(process)) pager_release(process, vseg);
        vmm_lock(process);
        vsl_remove(vmm_vsegs(process), vseg, process.pid);
        vmm_unlock(process);
    }
    // The twins go after the pages: a page that can be written beside others has one.
    copies_forget(process);
}

function next_vseg(process: process_t, vpn: u32): usize {
    return vsl_overlap(vmm_vsegs(process), vpn, PAGES_END);
}

/** Private pages belong to their cluster, public pages to Z. The other entries of a replica are only forgotten. */
function free_pages(process: process_t, vseg: vseg_t): void {
    const shared_code = vseg.type == VSEG_CODE && <u32>boot_info(BI_POLICY_CODE) == CODE_REFERENCE;
    const owner = vmm_is_reference(process) || (vseg_is_private(vseg.type) && !shared_code);
    if (process.root == 0) return;
    vmm_vseg_ends(process, vseg);
    for (let vpn = vseg.first_vpn; vpn < vseg.end_vpn; ) {
        if (vpn != vseg.first_vpn) rpc_yield();
        const next = piece_end(process, vpn, vseg.end_vpn);
        free_frames(process, vseg.type, vpn, next, owner);
        vpn = next;
    }
}
