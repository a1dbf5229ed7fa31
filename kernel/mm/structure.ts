// Changes of a process's virtual space, made by Z one at a time (vmm-policy 5.9, 7.1, I8): munmap, mprotect, brk, and what fork
// does to the parent. While a range changes its vsegs are busy: who faults on it, here or in another cluster, waits.

import { EINVAL, ENOMEM } from "../abi/errno";
import {
    MUTANT_COW_PARENT,
    MUTANT_COW_REPLICA,
    MUTANT_PROTECT_KEEPS_RIGHTS,
    MUTANT_UNMAP_LEAKS,
    MUTANT_UNMAP_SHARER,
} from "../abi/mutants";
import { OPERATION_STRUCTURE } from "../abi/probe";
import { VSEG_CODE, VSEG_DATA, VSEG_DSM, VSEG_HEAP, VSEG_REMOTE, VSEG_STACK } from "../abi/vseg-type";
import { operation_begin, operation_end } from "../audit";
import { Mutant } from "../mutant";
import { process_t } from "../proc/process-table";
import { rpc_yield } from "../rpc/rpc";
import { frame_free } from "./frame";
import { gpt_get, gpt_next, gpt_slot } from "./gpt";
import { linked_restrict } from "./linked";
import { PTE_BUSY, PTE_R, PTE_X, pte_has_frame, pte_ppn } from "./pte";
import { FORGET_ALL, sharers_forget } from "./sharers";
import { vmm_lock, vmm_restrict_range, vmm_unlock, vmm_vsegs } from "./vmm";
import { vseg_t, vsl_overlap, vsl_remove, vsl_split } from "./vseg";

/** Begins a change: waits until no other one is under way. */
export function structure_enter(process: process_t): void {
    const word = changetype<usize>(process) + offsetof<process_t>("structure");
    while (atomic.cmpxchg<u32>(word, 0, 1) != 0) rpc_yield();
    operation_begin(process.pid, OPERATION_STRUCTURE, 0);
}

export function structure_leave(process: process_t): void {
    operation_end(process.pid, OPERATION_STRUCTURE);
    atomic.store<u32>(changetype<usize>(process) + offsetof<process_t>("structure"), 0);
}

/** Cuts vsegs at the ends of [first, end). False without memory. */
function cut(process: process_t, first: u32, end: u32): bool {
    vmm_lock(process);
    const head = vmm_vsegs(process);
    const done = vsl_split(head, first, process.pid) && vsl_split(head, end, process.pid);
    vmm_unlock(process);
    return done;
}

/** Marks every vseg of the range and waits until no fault on its pages is being resolved. */
function range_freeze(process: process_t, first: u32, end: u32): void {
    mark(process, first, end, 1);
    while (any_busy(process, first, end)) rpc_yield();
}

function range_thaw(process: process_t, first: u32, end: u32): void {
    mark(process, first, end, 0);
}

function mark(process: process_t, first: u32, end: u32, busy: u32): void {
    vmm_lock(process);
    for (let at = vsl_overlap(vmm_vsegs(process), first, end); at != 0; ) {
        const vseg = changetype<vseg_t>(at);
        if (vseg.first_vpn >= end) break;
        vseg.busy = busy;
        at = vseg.next;
    }
    vmm_unlock(process);
}

function any_busy(process: process_t, first: u32, end: u32): bool {
    vmm_lock(process);
    let found = false;
    const root = process.root;
    for (let vpn = gpt_next(root, first, end); vpn < end && !found; vpn = gpt_next(root, vpn + 1, end)) {
        found = (gpt_get(root, vpn) & PTE_BUSY) != 0;
    }
    vmm_unlock(process);
    return found;
}

/** True when the whole range is covered by vsegs that a program may change. */
function changeable(process: process_t, first: u32, end: u32, whole: bool): bool {
    let next = first;
    for (let at = vsl_overlap(vmm_vsegs(process), first, end); at != 0; at = changetype<vseg_t>(at).next) {
        const vseg = changetype<vseg_t>(at);
        if (vseg.first_vpn >= end) break;
        if (vseg.type == VSEG_CODE || vseg.type == VSEG_STACK || vseg.type == VSEG_DSM) return false;
        if (whole && vseg.first_vpn > next) return false;
        next = vseg.end_vpn;
    }
    return !whole || next >= end;
}

/** fork: the pages of every writable vseg but FILE lose W, in every replica; the vsegs stay frozen until structure_release. */
export function structure_share(process: process_t): void {
    structure_enter(process);
    let vpn: u32 = 0;
    while (true) {
        vmm_lock(process);
        const at = vsl_overlap(vmm_vsegs(process), vpn, END_OF_SPACE);
        vmm_unlock(process);
        if (at == 0) return;
        const vseg = changetype<vseg_t>(at);
        vpn = vseg.end_vpn;
        if (!structure_copied(vseg.type)) continue;
        range_freeze(process, vseg.first_vpn, vseg.end_vpn);
        linked_restrict(process, vseg.first_vpn, vseg.end_vpn, PTE_R | PTE_X);
        if (!Mutant.on(MUTANT_COW_REPLICA)) {
            sharers_forget(vseg, process.pid, vseg.first_vpn, vseg.end_vpn, PTE_R | PTE_X);
        }
        if (Mutant.on(MUTANT_COW_PARENT)) continue;
        vmm_restrict_range(process, vseg.first_vpn, vseg.end_vpn, PTE_R | PTE_X);
    }
}

/** Types whose mapped pages a child takes over copy-on-write (7.2). */
export function structure_copied(type: u32): bool {
    return type == VSEG_DATA || type == VSEG_HEAP || type == VSEG_REMOTE;
}

/** Ends what structure_share began. */
export function structure_release(process: process_t): void {
    range_thaw(process, 0, END_OF_SPACE);
    structure_leave(process);
}
const END_OF_SPACE: u32 = 0x40000;

/** Sharers first (5.9): every vseg of the range, in every cluster that registered it. */
function range_drop_sharers(process: process_t, first: u32, end: u32): void {
    for (let at = vsl_overlap(vmm_vsegs(process), first, end); at != 0; at = changetype<vseg_t>(at).next) {
        const vseg = changetype<vseg_t>(at);
        if (vseg.first_vpn >= end) break;
        const from = vseg.first_vpn > first ? vseg.first_vpn : first;
        const to = vseg.end_vpn < end ? vseg.end_vpn : end;
        sharers_forget(vseg, process.pid, from, to, FORGET_ALL);
    }
}

/** munmap at Z (7.1): on return the range is in no VSL, in no GPT, in no TLB, and each frame is freed once. 0 or -errno. */
export function structure_unmap(process: process_t, first: u32, end: u32): i64 {
    structure_enter(process);
    let error: i64 = 0;
    if (!changeable(process, first, end, false)) error = -EINVAL;
    else if (!cut(process, first, end)) error = -ENOMEM;
    else remove(process, first, end);
    structure_leave(process);
    return error;
}

function remove(process: process_t, first: u32, end: u32): void {
    range_freeze(process, first, end);
    linked_restrict(process, first, end, 0);
    if (!Mutant.on(MUTANT_UNMAP_SHARER)) range_drop_sharers(process, first, end);
    vmm_restrict_range(process, first, end, 0);
    release_frames(process, first, end);
    vmm_lock(process);
    const head = vmm_vsegs(process);
    for (let at = vsl_overlap(head, first, end); at != 0; at = vsl_overlap(head, first, end)) {
        vsl_remove(head, changetype<vseg_t>(at), process.pid);
    }
    vmm_unlock(process);
}

/** The entries are parked: no TLB, no other replica has them. */
function release_frames(process: process_t, first: u32, end: u32): void {
    const root = process.root;
    for (let vpn = gpt_next(root, first, end); vpn < end; vpn = gpt_next(root, vpn + 1, end)) {
        const slot = gpt_slot(root, vpn, false, 0);
        const pte = load<u64>(slot);
        store<u64>(slot, 0);
        if (pte_has_frame(pte) && !Mutant.on(MUTANT_UNMAP_LEAKS)) frame_free(pte_ppn(pte));
    }
}

/** mprotect at Z: the range's vsegs get `rights`; losses reach every replica before it returns, gains are taken by faults. */
export function structure_protect(process: process_t, first: u32, end: u32, rights: u64): i64 {
    structure_enter(process);
    let error: i64 = 0;
    if (!changeable(process, first, end, true) || !cut(process, first, end)) error = -ENOMEM;
    else {
        range_freeze(process, first, end);
        linked_restrict(process, first, end, rights);
        range_drop_sharers(process, first, end);
        if (!Mutant.on(MUTANT_PROTECT_KEEPS_RIGHTS)) vmm_restrict_range(process, first, end, rights);
        set_rights(process, first, end, rights);
        range_thaw(process, first, end);
    }
    structure_leave(process);
    return error;
}

function set_rights(process: process_t, first: u32, end: u32, rights: u64): void {
    vmm_lock(process);
    for (let at = vsl_overlap(vmm_vsegs(process), first, end); at != 0; at = changetype<vseg_t>(at).next) {
        const vseg = changetype<vseg_t>(at);
        if (vseg.first_vpn >= end) break;
        vseg.rights = rights;
    }
    vmm_unlock(process);
}
