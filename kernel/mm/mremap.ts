// mremap: a mapping gets another length, and moves when it may (Linux). Any cluster may ask for it; Z does it, as one change of the VSL
// (vmm-policy 5.9.2). A page whose rule names the same cluster at its new address keeps its frame; another one is copied (2.3).

import { EFAULT, EINVAL, ENOMEM } from "../abi/errno";
import { PAGE_SHIFT } from "../abi/memory-map";
import { RPC_MREMAP } from "../abi/rpc-ops";
import {
    MREMAP_ANSWER,
    MREMAP_FIRST,
    MREMAP_HOW,
    MREMAP_NEW_PAGES,
    MREMAP_PAGES,
    MREMAP_PID,
    MREMAP_PLACE,
} from "../abi/rpc-words";
import { VSEG_HEAP } from "../abi/vseg-type";
import { xptr_cxy, xptr_t } from "../hal/platform";
import { LEVEL_REFERENCE } from "../rpc/levels";
import { rpc_arguments, rpc_get, rpc_send } from "../rpc/rpc";
import { rpc_register, rpc_yield } from "../rpc/serve";
import { copy_page, is_private_file, unfilled_frame } from "./anonymous";
import { frame_share } from "./frame";
import { gpt_next, gpt_slot, LEAF_PAGES } from "./gpt";
import { page_home } from "./home";
import { pager_share } from "./pager";
import { process_t } from "./process-table";
import { PTE_W, pte_has_frame, pte_make, pte_ppn } from "./pte";
import {
    PARKED,
    structure_copied,
    structure_enter,
    structure_leave,
    structure_seize,
    structure_unmap_within,
} from "./structure";
import { asked_process, conclude } from "./unmap";
import { heap_gap, heap_may_hold, in_region } from "./user-space";
import { vmm_is_reference, vmm_lock, vmm_unlock, vmm_vsegs } from "./vmm";
import { vseg_create, vseg_t } from "./vseg";
import { vsl_find, vsl_insert, vsl_is_full, vsl_overlap, vsl_resize } from "./vsl";

/** The mapping stays where it is; it may move; or it goes to a place of which the caller says where. */
export const MOVE_NEVER: u32 = 0;
export const MOVE_MAY: u32 = 1;
export const MOVE_FIXED: u32 = 2;

export function mremap_init(): void {
    const mremap: (desc: xptr_t) => void = serve_mremap;
    rpc_register(RPC_MREMAP, <u32>mremap.index);
}

/** Returns the user address of the mapping of `new_pages` pages that was one of `pages` pages, or -errno. */
export function mremap(process: process_t, first: u32, pages: u32, new_pages: u32, place: u32, how: u32): i64 {
    if (vmm_is_reference(process)) return remap_here(process, first, pages, new_pages, place, how, 0);
    const desc = rpc_arguments();
    desc.set(MREMAP_PID, process.pid);
    desc.set(MREMAP_FIRST, first);
    desc.set(MREMAP_PAGES, pages);
    desc.set(MREMAP_NEW_PAGES, new_pages);
    desc.set(MREMAP_PLACE, place);
    desc.set(MREMAP_HOW, how);
    rpc_send(process.reference, LEVEL_REFERENCE, RPC_MREMAP);
    return <i64>desc.get(MREMAP_ANSWER);
}

function serve_mremap(desc: xptr_t): void {
    const process = asked_process(desc);
    if (changetype<usize>(process) == 0) return;
    const first = <u32>rpc_get(desc, MREMAP_FIRST);
    const pages = <u32>rpc_get(desc, MREMAP_PAGES);
    const new_pages = <u32>rpc_get(desc, MREMAP_NEW_PAGES);
    const place = <u32>rpc_get(desc, MREMAP_PLACE);
    const how = <u32>rpc_get(desc, MREMAP_HOW);
    conclude(desc, process, remap_here(process, first, pages, new_pages, place, how, desc));
}

function remap_here(
    process: process_t,
    first: u32,
    pages: u32,
    new_pages: u32,
    place: u32,
    how: u32,
    desc: xptr_t,
): i64 {
    if (!structure_enter(process, desc)) return PARKED;
    const result = remap(process, first, pages, new_pages, place, how);
    structure_leave(process);
    return result < 0 ? result : result << PAGE_SHIFT;
}

/** Within a change. Returns the first page of the mapping, or -errno. */
function remap(process: process_t, first: u32, pages: u32, new_pages: u32, place: u32, how: u32): i64 {
    if (!is_one(process, first, first + pages)) return -EFAULT;
    if (how == MOVE_FIXED) {
        const end = place + new_pages;
        if (!heap_may_hold(process, place, end) || in_region(place, end)) return -ENOMEM;
        if (place < first + pages && first < end) return -EINVAL;
        const error = structure_unmap_within(process, place, end);
        return error != 0 ? error : move(process, first, pages, new_pages, place);
    }
    if (new_pages < pages) {
        const error = structure_unmap_within(process, first + new_pages, first + pages);
        return error != 0 ? error : first;
    }
    if (new_pages == pages || grow(process, first, first + pages, first + new_pages)) return first;
    return how == MOVE_MAY ? move(process, first, pages, new_pages, 0) : -ENOMEM;
}

/** True when the range lies in one vseg of the heap zone. */
function is_one(process: process_t, first: u32, end: u32): bool {
    vmm_lock(process);
    const found = vsl_find(vmm_vsegs(process), first);
    const one = found != 0 && changetype<vseg_t>(found).end_vpn >= end;
    vmm_unlock(process);
    return one && heap_may_hold(process, first, end) && !in_region(first, end);
}

/** The mapping gets longer where it is. False when something follows it, or it is not the end of its vseg. */
function grow(process: process_t, first: u32, end: u32, new_end: u32): bool {
    if (!heap_may_hold(process, first, new_end) || in_region(end, new_end)) return false;
    vmm_lock(process);
    const head = vmm_vsegs(process);
    const vseg = changetype<vseg_t>(vsl_find(head, first));
    const free = vseg.end_vpn == end && vsl_overlap(head, end, new_end) == 0;
    if (free) vsl_resize(head, vseg, new_end, process.pid);
    vmm_unlock(process);
    return free;
}

/** Moves the mapping to `place`, which is free, or with 0 to a gap. */
function move(process: process_t, first: u32, pages: u32, new_pages: u32, place: u32): i64 {
    const error = structure_seize(process, first, first + pages);
    if (error != 0) return error;
    const address = make_target(process, first, new_pages, place);
    // Without a place the pages get their rights again by faults, for their vseg still has them.
    if (address == 0) return -ENOMEM;
    const target = changetype<vseg_t>(address);
    const kept = pages < new_pages ? pages : new_pages;
    if (!move_pages(process, first, kept, target)) {
        structure_unmap_within(process, target.first_vpn, target.end_vpn);
        return -ENOMEM;
    }
    const to = target.first_vpn;
    structure_unmap_within(process, first, first + pages);
    return to;
}

/** A vseg like that of `first`, marked as part of the change, so that faults on it wait. Returns 0 without room or memory. */
function make_target(process: process_t, first: u32, pages: u32, place: u32): usize {
    vmm_lock(process);
    const head = vmm_vsegs(process);
    const source = changetype<vseg_t>(vsl_find(head, first));
    const at = vsl_is_full(head) ? 0 : place != 0 ? place : heap_gap(process, pages);
    const address: usize = at == 0 ? <usize>0 : vseg_create(source.type, at, at + pages);
    if (address != 0) {
        const vseg = changetype<vseg_t>(address);
        vseg.rights = source.rights;
        vseg.cxy = source.cxy;
        vseg.file = source.file;
        vseg.file_page = source.file_page + (first - source.first_vpn);
        vseg.busy = process.change;
        vsl_insert(head, vseg, process.pid);
    }
    vmm_unlock(process);
    if (address != 0) pager_share(process, changetype<vseg_t>(address));
    return address;
}

/** Maps the frames of [first, first + pages) in the target, too, or copies of them. False without memory. */
function move_pages(process: process_t, first: u32, pages: u32, target: vseg_t): bool {
    const end = first + pages;
    let vpn = gpt_next(process.root, first, end);
    while (vpn < end) {
        if (!move_page(process, vpn, target.first_vpn + (vpn - first), target)) return false;
        // A table is one piece of work (5.9.9).
        if ((vpn & (LEAF_PAGES - 1)) == LEAF_PAGES - 1) rpc_yield();
        vpn = gpt_next(process.root, vpn + 1, end);
    }
    return true;
}

function move_page(process: process_t, from: u32, to: u32, target: vseg_t): bool {
    const pte = load<u64>(gpt_slot(process.root, from, false, 0));
    if (!pte_has_frame(pte)) return true;
    vmm_lock(process);
    const slot = gpt_slot(process.root, to, true, process.pid);
    vmm_unlock(process);
    if (slot == 0) return false;
    let ppn = pte_ppn(pte);
    if (stays(process, ppn, to, target)) frame_share(ppn);
    else {
        const copy = unfilled_frame(process, target, to, process.reference);
        if (copy == 0) return false;
        copy_page(copy, ppn);
        ppn = copy;
    }
    // The frame has an owner too many, and perhaps is a child's or a file's, too: the first store finds out (7.3).
    const rights = structure_copied(target.type) ? target.rights & ~PTE_W : target.rights;
    store<u64>(slot, pte_make(ppn, rights));
    return true;
}

/** True when the frame may serve the page at its new address. */
function stays(process: process_t, ppn: u64, to: u32, target: vseg_t): bool {
    if (target.type != VSEG_HEAP || is_private_file(target)) return true;
    return page_home(target, to, process.reference, process.reference) == xptr_cxy(ppn << PAGE_SHIFT);
}
