// A node's copies of pages under release consistency (sm-dsm 4.3-4.6), kept at its reference cluster. For each copy they say where the
// reference copy is and how old the own copy is, and have the twin of a copy that the node writes. Bytes that differ from the twin go to
// the reference copy by remote stores.

import { DSM_DIFF } from "../abi/dsm-action";
import { DSM_BASE, PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { FRAME_KERNEL } from "../abi/vseg-type";
import { remote_load64, remote_store8, remote_store64 } from "../hal/hal";
import { copy_bytes, xptr_local, xptr_t } from "../hal/platform";
import { frame_xptr } from "../mm/frame";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { ppm_alloc, ppm_free } from "../mm/ppm";
import { process_t } from "../mm/process-table";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { group_report, group_transfer_begin, group_transfer_end } from "./group";
import { notices_posted } from "./notices";
import { GRANT_KEEP, GRANT_NOTE, GRANT_SHARED, GRANT_TWIN, grant_by, grant_ppn } from "./protocol";
import { table_free, table_make, table_word } from "./table";
import { writable_merge } from "./writable";

const FIRST_VPN: u32 = DSM_BASE >> PAGE_SHIFT;

/** The copies of one node process. It is made with the first page that others have, too. */
@unmanaged
export class copies_t {
    /** xptr of the descriptor of the thread or request that synchronises (synchronise.ts), for which others wait; 0: none. */
    synchronising: u64;
    /** The last post of a notice that the node has acted on. */
    seen: u32;
    /** The last post up to which the acquire that is under way has read; else `seen`. */
    reached: u32;
    /** List of the copies (copy_t) that were written since the last release. */
    written: usize;
    /** Table (table.ts) of addresses of copy_t. */
    copies: usize;
}

@unmanaged
export class copy_t {
    next_written: usize;
    vpn: u32;
    /** 1 when it is in the list of written copies. */
    listed: u32;
    /** 1 when it is to be noted at the next release. */
    dirty: u32;
    /** 1 while its node compares it or gives it up; managers wait meanwhile (downgrade.ts). */
    busy: u32;
    /** The last post that it is no older than: when its content was copied, or one that an acquire has looked at since. */
    fetched: u32;
    /** The node whose manager granted it. */
    by: u32;
    /** Frame of the reference copy; 0 when this is the reference copy. */
    reference: u64;
    /** Local address of the twin, or 0. */
    twin: usize;
    padding: u32;
}

/** The node's copy_t of a page, or 0. The caller holds the VMM's lock, here and below unless it says otherwise. */
export function copy_find(process: process_t, vpn: u32): usize {
    if (process.copies == 0) return 0;
    const slot = table_word(changetype<copies_t>(process.copies).copies, vpn - FIRST_VPN);
    return slot == 0 ? 0 : load<usize>(slot);
}

/** Does as copy_find, and makes the copy_t if need be. 0 without memory. */
function copy_make(process: process_t, vpn: u32): usize {
    if (process.copies == 0) process.copies = kcm_alloc(<u32>offsetof<copies_t>());
    if (process.copies == 0) return 0;
    const slot = table_make(process.copies + offsetof<copies_t>("copies"), vpn - FIRST_VPN);
    if (slot == 0 || load<usize>(slot) != 0) return slot == 0 ? 0 : load<usize>(slot);
    const address = kcm_alloc(<u32>offsetof<copy_t>());
    if (address != 0) changetype<copy_t>(address).vpn = vpn;
    store<usize>(slot, address);
    return address;
}

/**
 * Records that the node has been granted a page whose content is now in frame `ppn`; its entry is published after this. `posted` is the
 * number of notices before the content was copied. False without memory: the node must not write then. Takes the VMM's lock.
 */
export function copy_granted(process: process_t, vpn: u32, grant: u64, posted: u32, ppn: u64): bool {
    const shared = (grant & GRANT_SHARED) != 0;
    if (!shared && process.copies == 0) return true;
    vmm_lock(process);
    const address = shared ? copy_make(process, vpn) : copy_find(process, vpn);
    vmm_unlock(process);
    if (address == 0) return !shared;
    const copy = changetype<copy_t>(address);
    copy.by = grant_by(grant);
    // The node is alone: there is no other copy that a notice could be for.
    if (!shared) copy.dirty = 0;
    if (!shared || (grant & GRANT_NOTE) != 0) copy.reference = 0;
    else if ((grant & GRANT_KEEP) == 0) {
        copy.reference = grant_ppn(grant);
        copy.fetched = posted;
    }
    if ((grant & (GRANT_TWIN | GRANT_NOTE)) == 0) return true;
    if ((grant & GRANT_TWIN) != 0 && !make_twin(process, copy, ppn)) return false;
    vmm_lock(process);
    list_written(changetype<copies_t>(process.copies), copy);
    vmm_unlock(process);
    return true;
}

function make_twin(process: process_t, copy: copy_t, ppn: u64): bool {
    copy.twin = ppm_alloc(0, FRAME_KERNEL, process.pid);
    if (copy.twin != 0) copy_bytes(xptr_local(copy.twin), frame_xptr(ppn), PAGE_SIZE);
    return copy.twin != 0;
}

function list_written(copies: copies_t, copy: copy_t): void {
    copy.dirty = 1;
    if (copy.listed != 0) return;
    copy.listed = 1;
    copy.next_written = copies.written;
    copies.written = changetype<usize>(copy);
}

/** Takes a copy off the list of written copies; 0 when it is empty. */
export function copy_take_written(copies: copies_t): usize {
    const address = copies.written;
    if (address == 0) return 0;
    copies.written = changetype<copy_t>(address).next_written;
    changetype<copy_t>(address).listed = 0;
    return address;
}

/** The number of posts that a copy made from now on need not look at; 0 for a page that no other node has. */
export function copy_age(group: xptr_t, grant: u64): u32 {
    return (grant & GRANT_SHARED) != 0 ? notices_posted(group) : 0;
}

/** Sends the bytes written to the copy, in frame `ppn`, to the reference copy. No thread can write it any more. Takes no lock. */
export function copy_settle(process: process_t, copy: copy_t, ppn: u64): void {
    const twin = copy.twin;
    if (twin == 0) return;
    if (group_transfer_begin(process.group)) {
        group_report(process.group, DSM_DIFF, (<u64>copy.vpn) << PAGE_SHIFT, process.node, process.node, copy.by);
        writable_merge(ppn, xptr_local(twin), copy.reference);
        diff(frame_xptr(copy.reference), frame_xptr(ppn), twin);
        group_transfer_end(process.group);
    }
    copy.twin = 0;
    ppm_free(twin);
}

const LOW_BITS: u64 = 0x0101010101010101;
const HIGH_BITS: u64 = 0x8080808080808080;

/** Stores the bytes of the frame at `own` that differ from the twin, and no others, to `reference` (4.7). */
function diff(reference: xptr_t, own: xptr_t, twin: usize): void {
    for (let i: u32 = 0; i < <u32>PAGE_SIZE; i += 8) {
        const value = remote_load64(own + i);
        const changed = value ^ load<u64>(twin + i);
        if (changed == 0) continue;
        const every_byte = ((changed - LOW_BITS) & ~changed & HIGH_BITS) == 0;
        if (every_byte) remote_store64(reference + i, value);
        else store_bytes(reference + i, value, changed);
    }
}

function store_bytes(to: xptr_t, value: u64, changed: u64): void {
    for (let byte: u32 = 0; byte < 8; byte++) {
        if (((changed >> (byte << 3)) & 255) != 0) remote_store8(to + byte, <u32>(value >> (byte << 3)) & 255);
    }
}

/** Frees the copies at the end of the process, or of its image; no thread of it is left. */
export function copies_forget(process: process_t): void {
    if (process.copies == 0) return;
    const copies = changetype<copies_t>(process.copies);
    // A copy that has a twin was written since the last release.
    for (let at = copy_take_written(copies); at != 0; at = copy_take_written(copies)) {
        if (changetype<copy_t>(at).twin != 0) ppm_free(changetype<copy_t>(at).twin);
    }
    table_free(copies.copies, true);
    kcm_free(process.copies);
    process.copies = 0;
}
