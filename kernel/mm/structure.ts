// Changes of VSL(P,K). Only a change takes rights, pages or its place from a vseg that a thread may use (vmm-policy 5.9.2, 7.1, I8). At Z
// these are munmap, mprotect, brk and what fork does to the parent; in any cluster the end of a thread's STACK.
//
// A VMM has one change at a time. It marks its vsegs, waits until no fault on them is under way, cuts them, takes rights in every replica
// in the order of 5.9, frees what is gone, and ends. A thread that faults on a marked vseg meanwhile, here or in another cluster, waits
// (vmm_wait).

import { EACCES, EFAULT, EINVAL, ENOMEM } from "../abi/errno";
import { OPERATION_STRUCTURE } from "../abi/operation";
import { VSEG_CODE, VSEG_DATA, VSEG_DSM, VSEG_HEAP, VSEG_REMOTE, VSEG_STACK } from "../abi/vseg-type";
import { xptr_t } from "../hal/platform";
import { tell_dropped } from "../probe";
import { rpc_yield } from "../rpc/serve";
import { operation_begin, operation_end } from "../trace/operation";
import { gpt_next, gpt_slot, gpt_table_end } from "./gpt";
import { kcm_free } from "./kcm";
import { is_linked } from "./linked";
import { pager_release, pager_share } from "./pager";
import { process_t, REGION_MAPPED } from "./process-table";
import { PTE_BUSY, PTE_R, PTE_X } from "./pte";
import { free_frames, piece_end } from "./release-pages";
import { FORGET_ALL, sharers_forget } from "./sharers";
import { PAGES_END } from "./user-space";
import {
    vmm_is_reference,
    vmm_lock,
    vmm_restrict_range,
    vmm_unlock,
    vmm_vseg_ends,
    vmm_vsegs,
    vmm_wait,
    vmm_wake,
} from "./vmm";
import { vseg_is_changing, vseg_t } from "./vseg";
import { vsl_find, vsl_overlap, vsl_remove_some, vsl_split } from "./vsl";

/** Result of a call whose request is parked: the handler returns, and later begins anew. No errno is so low. */
export const PARKED: i64 = -0x10000;

/** The effect of a change on its pages. */
const REMOVE: u32 = 0;
const PROTECT: u32 = 1;
const SHARE: u32 = 2;

/** Begins a change when no other is under way. `desc` is as for vmm_wait; false when the request is parked. */
export function structure_enter(process: process_t, desc: xptr_t): bool {
    while (true) {
        vmm_lock(process);
        if (process.change == 0) break;
        if (!vmm_wait(process, desc)) return false;
    }
    // Change 0 means none.
    process.changes = process.changes + 1 == 0 ? 1 : process.changes + 1;
    process.change = process.changes;
    vmm_unlock(process);
    operation_begin(process.pid, OPERATION_STRUCTURE, 0);
    return true;
}

/** Ends the change: its vsegs are marked no more, and waiting threads go on. It waits for nothing and walks over no vsegs (5.9.5). */
export function structure_leave(process: process_t): void {
    operation_end(process.pid, OPERATION_STRUCTURE);
    vmm_lock(process);
    process.change = 0;
    vmm_wake(process);
    vmm_unlock(process);
}

/** Marks the vsegs that overlap [first, end), and waits until no fault on a page of theirs is under way. */
function freeze(process: process_t, first: u32, end: u32): void {
    let from = end;
    let to = first;
    vmm_lock(process);
    for (let at = vsl_overlap(vmm_vsegs(process), first, end); at != 0; at = changetype<vseg_t>(at).next) {
        const vseg = changetype<vseg_t>(at);
        if (vseg.first_vpn >= end) break;
        vseg.busy = process.change;
        if (vseg.first_vpn < from) from = vseg.first_vpn;
        to = vseg.end_vpn;
    }
    vmm_unlock(process);
    wait_for_faults(process, from, to);
}

/** Waits until each page was seen without a fault once; no fault begins on a marked vseg. */
function wait_for_faults(process: process_t, first: u32, end: u32): void {
    let vpn = first;
    while (vpn < end) {
        vmm_lock(process);
        const to = piece_end(process, vpn, end);
        vpn = first_busy(process, vpn, to);
        if (vpn < to) vmm_wait(process, 0);
        else vmm_unlock(process);
    }
}

/** The first page of [first, end) on which a fault is under way, or `end`. The caller holds the lock. */
function first_busy(process: process_t, first: u32, end: u32): u32 {
    const root = process.root;
    for (let vpn = gpt_next(root, first, end); vpn < end; vpn = gpt_next(root, vpn, end)) {
        let slot = gpt_slot(root, vpn, false, 0);
        for (const to = gpt_table_end(vpn, end); vpn < to; vpn++, slot += 8) {
            if (load<u64>(slot) & PTE_BUSY) return vpn;
        }
    }
    return end;
}

/** Cuts the frozen vsegs at the ends of [first, end). False without memory. */
function cut(process: process_t, first: u32, end: u32): bool {
    return cut_at(process, first) && cut_at(process, end);
}

/** Cuts the change's vseg at `vpn`. A vseg that mmap has put there since the range was frozen is not part of the change. */
function cut_at(process: process_t, vpn: u32): bool {
    vmm_lock(process);
    const found = vsl_find(vmm_vsegs(process), vpn);
    const count = process.vseg_count;
    const done = found == 0 || !is_frozen(process, found) || vsl_split(vmm_vsegs(process), vpn, process.pid);
    const is_cut = process.vseg_count != count;
    vmm_unlock(process);
    if (is_cut && vmm_is_reference(process)) pager_share(process, changetype<vseg_t>(found));
    return done;
}

function is_frozen(process: process_t, vseg: usize): bool {
    return vseg_is_changing(changetype<vseg_t>(vseg), process.change);
}

/** True when a program may change all vsegs of the range, and, with `whole`, when they cover it. */
function changeable(process: process_t, first: u32, end: u32, whole: bool): bool {
    let next = first;
    let good = true;
    vmm_lock(process);
    for (let at = vsl_overlap(vmm_vsegs(process), first, end); at != 0 && good; at = changetype<vseg_t>(at).next) {
        const vseg = changetype<vseg_t>(at);
        if (vseg.first_vpn >= end) break;
        const type = vseg.type;
        const fixed = type == VSEG_CODE || type == VSEG_STACK || (type == VSEG_DSM && process.region != REGION_MAPPED);
        good = !fixed && !(whole && vseg.first_vpn > next);
        next = vseg.end_vpn;
    }
    vmm_unlock(process);
    return good && (!whole || next >= end);
}

/** Carries out a change of the frozen vsegs in [first, end), in bounded pieces (5.9.9). */
function carry_out(process: process_t, first: u32, end: u32, goal: u32, rights: u64): void {
    vmm_lock(process);
    let at = vsl_overlap(vmm_vsegs(process), first, end);
    vmm_unlock(process);
    while (at != 0 && changetype<vseg_t>(at).first_vpn < end) {
        const vseg = changetype<vseg_t>(at);
        const from = vseg.first_vpn > first ? vseg.first_vpn : first;
        const to = vseg.end_vpn < end ? vseg.end_vpn : end;
        for (let vpn = from; vpn < to && is_frozen(process, at); ) {
            if (vpn != from) rpc_yield();
            const next = piece_end(process, vpn, to);
            narrow(process, vseg, vpn, next, goal, rights);
            vpn = next;
        }
        // The change holds the vseg: mmap may put others behind it, but nothing takes it off the list.
        vmm_lock(process);
        at = vseg.next;
        vmm_unlock(process);
    }
}

/**
 * Every entry of [from, to) of the vseg keeps at most `rights`, in the order of 5.9: a linked vseg's one entry first, then the sharers,
 * then this replica. The sharers forget the vseg, unless it is only shared (fork). Frames that are gone are freed.
 */
function narrow(process: process_t, vseg: vseg_t, from: u32, to: u32, goal: u32, rights: u64): void {
    if (is_linked(vseg.type)) vmm_restrict_range(process, from, to, rights);
    if (vseg.type != VSEG_STACK) {
        sharers_forget(process, vseg, from, to, goal == SHARE ? rights : FORGET_ALL);
    }
    vmm_restrict_range(process, from, to, rights);
    if (goal == REMOVE) free_frames(process, vseg.type, from, to, true);
}

/** Takes the frozen vsegs of [first, end), whose pages are gone, off the list. */
function forget(process: process_t, first: u32, end: u32): void {
    while (true) {
        vmm_lock(process);
        const kept = changetype<usize>(process) + offsetof<process_t>("removed");
        const left = vsl_remove_some(vmm_vsegs(process), first, end, process.change, process.pid, kept);
        vmm_unlock(process);
        release_files(process);
        if (!left) return;
        rpc_yield();
    }
}

/** Frees the vsegs that this change has taken off the list with their files. */
function release_files(process: process_t): void {
    while (process.removed != 0) {
        const vseg = changetype<vseg_t>(process.removed);
        process.removed = vseg.next;
        if (vmm_is_reference(process)) pager_release(process, vseg);
        kcm_free(changetype<usize>(vseg));
    }
}

/** munmap at Z (7.1): on return the range is in no VSL, no GPT and no TLB, and each frame is freed once. Returns 0, -errno or PARKED. */
export function structure_unmap(process: process_t, first: u32, end: u32, desc: xptr_t): i64 {
    if (!structure_enter(process, desc)) return PARKED;
    const error = structure_unmap_within(process, first, end);
    structure_leave(process);
    return error;
}

/** Does as structure_unmap, within a change that the caller has begun. */
export function structure_unmap_within(process: process_t, first: u32, end: u32): i64 {
    if (!changeable(process, first, end, false)) return -EINVAL;
    freeze(process, first, end);
    if (!cut(process, first, end)) return -ENOMEM;
    carry_out(process, first, end, REMOVE, 0);
    forget(process, first, end);
    return 0;
}

/**
 * Within a change that the caller has begun: nobody has access to the range any more, and its frames stay in Z's table. Then only this
 * change works on them. Returns 0 or -errno.
 */
export function structure_seize(process: process_t, first: u32, end: u32): i64 {
    if (!changeable(process, first, end, true)) return -EFAULT;
    freeze(process, first, end);
    if (!cut(process, first, end)) return -ENOMEM;
    carry_out(process, first, end, PROTECT, 0);
    return 0;
}

/** madvise at Z: the pages of the range go, and its vsegs stay. Returns as structure_unmap. */
export function structure_drop(process: process_t, first: u32, end: u32, desc: xptr_t): i64 {
    if (!structure_enter(process, desc)) return PARKED;
    let error: i64 = changeable(process, first, end, true) ? 0 : -ENOMEM;
    if (error == 0) {
        freeze(process, first, end);
        carry_out(process, first, end, REMOVE, 0);
        tell_dropped(process.pid, first, end);
    }
    structure_leave(process);
    return error;
}

/**
 * mprotect at Z: the range's vsegs get `rights`. Losses reach every replica before it returns; gains are taken by faults. Returns as
 * structure_unmap.
 */
export function structure_protect(process: process_t, first: u32, end: u32, rights: u64, desc: xptr_t): i64 {
    if (!structure_enter(process, desc)) return PARKED;
    const error = protect(process, first, end, rights);
    structure_leave(process);
    return error;
}

function protect(process: process_t, first: u32, end: u32, rights: u64): i64 {
    if (!changeable(process, first, end, true)) return -ENOMEM;
    if (is_denied(process, first, end, rights)) return -EACCES;
    freeze(process, first, end);
    if (!cut(process, first, end)) return -ENOMEM;
    carry_out(process, first, end, PROTECT, rights);
    vmm_lock(process);
    for (let at = vsl_overlap(vmm_vsegs(process), first, end); at != 0; at = changetype<vseg_t>(at).next) {
        const vseg = changetype<vseg_t>(at);
        if (vseg.first_vpn >= end) break;
        if (is_frozen(process, at)) vseg.rights = rights;
    }
    vmm_unlock(process);
    return 0;
}

/** True when a vseg of the range may not get one of the rights. */
function is_denied(process: process_t, first: u32, end: u32, rights: u64): bool {
    let denied: u32 = 0;
    vmm_lock(process);
    for (let at = vsl_overlap(vmm_vsegs(process), first, end); at != 0; at = changetype<vseg_t>(at).next) {
        const vseg = changetype<vseg_t>(at);
        if (vseg.first_vpn >= end) break;
        denied |= vseg.denied;
    }
    vmm_unlock(process);
    return (rights & <u64>denied) != 0;
}

/**
 * Drops the STACK vseg [first, end) of a thread of this cluster that ends. It is private, so no other cluster hears of it. Returns the
 * source of its content (vseg_t.content), which nothing reads any more.
 */
export function structure_drop_stack(process: process_t, first: u32, end: u32): xptr_t {
    structure_enter(process, 0);
    freeze(process, first, end);
    vmm_lock(process);
    const at = vsl_overlap(vmm_vsegs(process), first, end);
    vmm_unlock(process);
    vmm_vseg_ends(process, changetype<vseg_t>(at));
    const content = changetype<vseg_t>(at).content;
    carry_out(process, first, end, REMOVE, 0);
    forget(process, first, end);
    structure_leave(process);
    return content;
}

/** For fork: within a change that the caller has begun, the pages of every vseg that the child copies lose W in every replica. */
export function structure_share(process: process_t): void {
    let vpn: u32 = 0;
    while (true) {
        vmm_lock(process);
        const at = vsl_overlap(vmm_vsegs(process), vpn, PAGES_END);
        vmm_unlock(process);
        if (at == 0) return;
        const vseg = changetype<vseg_t>(at);
        vpn = vseg.end_vpn;
        if (!structure_copied(vseg.type)) continue;
        freeze(process, vseg.first_vpn, vseg.end_vpn);
        carry_out(process, vseg.first_vpn, vseg.end_vpn, SHARE, PTE_R | PTE_X);
    }
}

/** True for a type whose mapped pages a child takes over copy-on-write (7.2). */
export function structure_copied(type: u32): bool {
    return type == VSEG_DATA || type == VSEG_HEAP || type == VSEG_REMOTE;
}
