// Where pages are: which pages of a range are mapped and have a frame, and the home of one page (mincore, get_home).

import { EAGAIN, EFAULT } from "../abi/errno";
import { PAGE_SHIFT } from "../abi/memory-map";
import { RPC_RESIDENCE } from "../abi/rpc-ops";
import {
    RESIDENCE_COUNT,
    RESIDENCE_FIRST,
    RESIDENCE_MAPPED,
    RESIDENCE_PID,
    RESIDENCE_PPN,
    RESIDENCE_RESIDENT,
} from "../abi/rpc-words";
import { xptr_cxy, xptr_local, xptr_t } from "../hal/platform";
import { LEVEL_LEAF } from "../rpc/levels";
import { rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { gpt_get } from "./gpt";
import { process_hold, process_release, process_t } from "./process-table";
import { pte_has_frame, pte_ppn } from "./pte";
import { vmm_is_reference, vmm_lock, vmm_unlock, vmm_vsegs } from "./vmm";
import { vseg_is_private, vseg_t } from "./vseg";
import { vsl_find } from "./vsl";

/** The most pages of one look. */
export const RESIDENCE_PAGES: u32 = 64;

export function residence_init(): void {
    const residence: (desc: xptr_t) => void = serve_residence;
    rpc_register(RPC_RESIDENCE, <u32>residence.index);
}

/**
 * Looks at up to 64 pages from `first` on, and leaves the answer in the running thread's request: RESIDENCE_MAPPED and RESIDENCE_RESIDENT,
 * a bit a page, RESIDENCE_PPN. Private pages are those of this cluster.
 */
export function residence(process: process_t, first: u32, count: u32): void {
    const desc = rpc_arguments();
    if (!vmm_is_reference(process)) {
        desc.set(RESIDENCE_PID, process.pid);
        desc.set(RESIDENCE_FIRST, first);
        desc.set(RESIDENCE_COUNT, count);
        rpc_send(process.reference, LEVEL_LEAF, RPC_RESIDENCE);
    } else {
        desc.set(RESIDENCE_MAPPED, 0);
        desc.set(RESIDENCE_RESIDENT, 0);
        desc.set(RESIDENCE_PPN, 0);
        look(xptr_local(changetype<usize>(desc)), process, first, count, false);
    }
    look(xptr_local(changetype<usize>(desc)), process, first, count, true);
}

function serve_residence(desc: xptr_t): void {
    const first = <u32>rpc_get(desc, RESIDENCE_FIRST);
    const count = <u32>rpc_get(desc, RESIDENCE_COUNT);
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, RESIDENCE_PID)));
    rpc_set(desc, RESIDENCE_MAPPED, 0);
    rpc_set(desc, RESIDENCE_RESIDENT, 0);
    rpc_set(desc, RESIDENCE_PPN, 0);
    if (changetype<usize>(process) == 0) return;
    look(desc, process, first, count, false);
    process_release(process);
}

/** Adds what this replica knows of private vsegs, or of public ones. */
function look(desc: xptr_t, process: process_t, first: u32, count: u32, of_private: bool): void {
    let mapped = rpc_get(desc, RESIDENCE_MAPPED);
    let resident = rpc_get(desc, RESIDENCE_RESIDENT);
    vmm_lock(process);
    for (let i: u32 = 0; i < count; i++) {
        const found = vsl_find(vmm_vsegs(process), first + i);
        if (found == 0 || vseg_is_private(changetype<vseg_t>(found).type) != of_private) continue;
        mapped |= (<u64>1) << i;
        const pte = gpt_get(process.root, first + i);
        if (!pte_has_frame(pte)) continue;
        resident |= (<u64>1) << i;
        if (i == 0) rpc_set(desc, RESIDENCE_PPN, pte_ppn(pte));
    }
    vmm_unlock(process);
    rpc_set(desc, RESIDENCE_MAPPED, mapped);
    rpc_set(desc, RESIDENCE_RESIDENT, resident);
}

/** The cluster of the page's frame, -EFAULT when it is not mapped, -EAGAIN when it has no frame yet. */
export function home_of_page(process: process_t, vpn: u32): i64 {
    residence(process, vpn, 1);
    const desc = rpc_arguments();
    if (desc.get(RESIDENCE_MAPPED) == 0) return -EFAULT;
    const ppn = desc.get(RESIDENCE_PPN);
    return ppn == 0 ? -EAGAIN : xptr_cxy(ppn << PAGE_SHIFT);
}
