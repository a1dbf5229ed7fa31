// GPT(P,K): the Sv39 tables of one process in one cluster, all in the cluster's own bank (docs/kernel.md, "Page tables"). The root has a
// middle table for each GiB and a middle table a leaf table for each 2 MiB, both made on demand. The caller holds the VMM's lock. Under gpt:
// reference (mm/linked.ts) entries of a middle table may be links to leaf tables of another cluster, which are read here, and neither
// written nor freed.

import { PAGE_SHIFT } from "../abi/memory-map";
import { FRAME_GPT } from "../abi/vseg-type";
import { fence, remote_load64 } from "../hal/hal";
import { xptr_local, xptr_t } from "../hal/platform";
import { ppm_alloc_zeroed, ppm_free, ppn_of_local, ppn_to_local } from "./ppm";
import { PTE_LINK, PTE_PPN_SHIFT, PTE_V, pte_ppn } from "./pte";

const ENTRIES: u32 = 512;
/** Pages of one leaf table: 2 MiB. */
export const LEAF_PAGES: u32 = ENTRIES;
/** Pages of one middle table: 1 GiB. */
const MIDDLE_PAGES: u32 = ENTRIES * ENTRIES;
/** Entries of a root for the user's half of Sv39. */
const USER_ENTRIES: u32 = ENTRIES / 2;

/** Makes an empty table. Returns the local address of its root, or 0 when the bank is full. */
export function gpt_create(pid: u32): usize {
    return ppm_alloc_zeroed(FRAME_GPT, pid);
}

/** Frees the tables, not the pages they map. */
export function gpt_destroy(root: usize): void {
    for (let i = used_entry(root, 0, USER_ENTRIES); i < USER_ENTRIES; i = used_entry(root, i + 1, USER_ENTRIES)) {
        const pte = load<u64>(root + (i << 3));
        if ((pte & PTE_V) != 0) destroy_middle(table_of(pte));
    }
    ppm_free(root);
}

/** The first entry from `i` on that is not 0, or `end`. Most tables are nearly empty. */
function used_entry(table: usize, i: u32, end: u32): u32 {
    for (; i < end; i++) {
        let at = table + (i << 3);
        while (i < end && (i & 7) == 0 && is_empty(at)) {
            i += 8;
            at += 64;
        }
        if (i < end && load<u64>(at) != 0) return i;
    }
    return end;
}

/** True when eight entries are 0. */
function is_empty(at: usize): bool {
    const first = load<u64>(at) | load<u64>(at, 8) | load<u64>(at, 16) | load<u64>(at, 24);
    return (first | load<u64>(at, 32) | load<u64>(at, 40) | load<u64>(at, 48) | load<u64>(at, 56)) == 0;
}

function destroy_middle(middle: usize): void {
    for (let i = used_entry(middle, 0, ENTRIES); i < ENTRIES; i = used_entry(middle, i + 1, ENTRIES)) {
        const pte = load<u64>(middle + (i << 3));
        if ((pte & (PTE_V | PTE_LINK)) == PTE_V) ppm_free(table_of(pte));
    }
    ppm_free(middle);
}

function table_of(pte: u64): usize {
    return ppn_to_local(pte_ppn(pte));
}

/** Offset of the entry for the middle table of `vpn` in the root. */
function root_offset(vpn: u32): u32 {
    return (vpn >> 18) << 3;
}

/** Offset of the entry for the leaf table of `vpn` in its middle table. */
function middle_offset(vpn: u32): u32 {
    return ((vpn >> 9) & (ENTRIES - 1)) << 3;
}

/** Address of the middle table's entry for the leaf table of `vpn`, or 0 without a middle table. */
function table_entry(root: usize, vpn: u32): usize {
    const pte = load<u64>(root + root_offset(vpn));
    return (pte & PTE_V) == 0 ? 0 : table_of(pte) + middle_offset(vpn);
}

/** Does as table_entry, with the middle table made. Returns 0 without a frame for it. */
function made_entry(root: usize, vpn: u32, pid: u32): usize {
    return fill_entry(root + root_offset(vpn), pid) ? table_entry(root, vpn) : 0;
}

/** Makes the table of an entry that has none. False without a frame for it. */
function fill_entry(entry: usize, pid: u32): bool {
    if ((load<u64>(entry) & PTE_V) != 0) return true;
    const table = ppm_alloc_zeroed(FRAME_GPT, pid);
    if (table == 0) return false;
    // Harts walk without the lock, and other clusters read: what they find behind the entry is zero.
    fence();
    store<u64>(entry, (ppn_of_local(table) << PTE_PPN_SHIFT) | PTE_V);
    return true;
}

/** Address of the leaf entry of `vpn`; with `create` its tables are made. Returns 0 when there is none here, or no frame for a table. */
export function gpt_slot(root: usize, vpn: u32, create: bool, pid: u32): usize {
    let entry = table_entry(root, vpn);
    if (create) {
        if (entry == 0) entry = made_entry(root, vpn, pid);
        if (entry == 0 || !fill_entry(entry, pid)) return 0;
    }
    if (entry == 0) return 0;
    const pte = load<u64>(entry);
    if ((pte & (PTE_V | PTE_LINK)) != PTE_V) return 0;
    return table_of(pte) + ((vpn & (ENTRIES - 1)) << 3);
}

/** The first page of [vpn, end) whose entry has a table, or `end`. */
export function gpt_next(root: usize, vpn: u32, end: u32): u32 {
    while (vpn < end) {
        const entry = table_entry(root, vpn);
        const middle = vpn & ~(MIDDLE_PAGES - 1);
        if (entry == 0) vpn = middle + MIDDLE_PAGES;
        else if ((load<u64>(entry) & (PTE_V | PTE_LINK)) == PTE_V) return vpn;
        else {
            const offset = middle_offset(vpn);
            const tables = (end - middle + LEAF_PAGES - 1) / LEAF_PAGES;
            vpn = middle + used_entry(entry - offset, (offset >> 3) + 1, min(tables, ENTRIES)) * LEAF_PAGES;
        }
    }
    return end;
}

/**
 * The end of the part of [vpn, end) whose entries lie in the leaf table of `vpn`. The walk of a range goes through each table once.
 *     for (let vpn = gpt_next(root, first, end); vpn < end; vpn = gpt_next(root, vpn, end)) {
 *         let slot = gpt_slot(root, vpn, false, 0);
 *         for (const to = gpt_table_end(vpn, end); vpn < to; vpn++, slot += 8) ...
 *     }
 */
export function gpt_table_end(vpn: u32, end: u32): u32 {
    const table_end = (vpn | (ENTRIES - 1)) + 1;
    return table_end < end ? table_end : end;
}

/** The leaf entry of `vpn`, or 0. Behind a link it is read remotely. */
export function gpt_get(root: usize, vpn: u32): u64 {
    const slot = gpt_slot(root, vpn, false, 0);
    if (slot != 0) return load<u64>(slot);
    const entry = table_entry(root, vpn);
    return entry != 0 && load<u64>(entry) & PTE_LINK ? gpt_remote(xptr_local(root), vpn) : 0;
}

/** Page number of the leaf table of `vpn`, or 0. */
export function gpt_table(root: usize, vpn: u32): u64 {
    const entry = table_entry(root, vpn);
    return entry == 0 ? 0 : pte_ppn(load<u64>(entry));
}

/**
 * Links the leaf table of another cluster for `vpn`. A table or a link that is there already stays. False without a frame for the middle
 * table.
 */
export function gpt_link(root: usize, vpn: u32, table: u64, pid: u32): bool {
    const entry = made_entry(root, vpn, pid);
    if (entry == 0) return false;
    if (load<u64>(entry) == 0) store<u64>(entry, (table << PTE_PPN_SHIFT) | PTE_LINK | PTE_V);
    return true;
}

/** True when a page of [first, end) lies behind a link. */
export function gpt_has_link(root: usize, first: u32, end: u32): bool {
    for (let vpn = first; vpn < end; ) {
        const entry = table_entry(root, vpn);
        if (entry != 0 && load<u64>(entry) & PTE_LINK) return true;
        vpn = (vpn | ((entry == 0 ? MIDDLE_PAGES : ENTRIES) - 1)) + 1;
    }
    return false;
}

/** The leaf entry of `vpn` in another cluster's table, read remotely; `root` is the xptr of its root. 0 when there is none. */
export function gpt_remote(root: xptr_t, vpn: u32): u64 {
    const table = gpt_remote_table(root, vpn);
    return table == 0 ? 0 : gpt_remote_entry(table, vpn);
}

/** Page number of the leaf table of `vpn` in another cluster's table, or 0. */
export function gpt_remote_table(root: xptr_t, vpn: u32): u64 {
    const middle = pte_ppn(remote_load64(root + <u64>root_offset(vpn)));
    return middle == 0 ? 0 : pte_ppn(remote_load64((middle << PAGE_SHIFT) + <u64>middle_offset(vpn)));
}

/** The first page of [vpn, end) that has a leaf table in another cluster's table, or `end`. */
export function gpt_remote_next(root: xptr_t, vpn: u32, end: u32): u32 {
    while (vpn < end) {
        const middle = pte_ppn(remote_load64(root + <u64>root_offset(vpn)));
        if (middle == 0) vpn = (vpn | (MIDDLE_PAGES - 1)) + 1;
        else if (gpt_remote_table(root, vpn) == 0) vpn = (vpn | (ENTRIES - 1)) + 1;
        else return vpn;
    }
    return end;
}

/** The entry of `vpn` in the leaf table with this page number, in any cluster. */
export function gpt_remote_entry(table: u64, vpn: u32): u64 {
    return remote_load64((table << PAGE_SHIFT) + <u64>((vpn & (ENTRIES - 1)) << 3));
}

/** satp for this table: MODE 8 = Sv39, ASID, PPN of the root. */
export function gpt_satp(root: usize, asid: u32): u64 {
    return ((<u64>8) << 60) | ((<u64>asid) << 44) | ppn_of_local(root);
}

export function vpn_of(vaddr: u64): u32 {
    return <u32>(vaddr >> PAGE_SHIFT);
}
