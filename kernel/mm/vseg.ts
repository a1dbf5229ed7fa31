// vsegs and VSL(P,K), the list of vsegs registered in one cluster, sorted by address (vmm-policy 3, 4). The caller of the vsl_* functions
// holds the VMM's lock.

import { PROBE_VSEG } from "../abi/event";
import { VSEG_CODE, VSEG_STACK } from "../abi/vseg-type";
import { local_cxy } from "../hal/platform";
import { probe7 } from "../probe";
import { kcm_alloc, kcm_free } from "./kcm";
import { PTE_R, PTE_W, PTE_X } from "./pte";

/** A contiguous whole number of pages, [first_vpn, end_vpn), of one type. */
@unmanaged
export class vseg_t {
    next: usize;
    type: u32;
    first_vpn: u32;
    end_vpn: u32;
    /** PTE_R | PTE_W | PTE_X as the vseg allows them. */
    rights: u64;
    /**
     * Bytes [content_start, content_end) of user space come from `content`: an offset in `file`, or without a file an xptr. The rest is
     * zero.
     */
    content: u64;
    content_start: u32;
    content_end: u32;
    /** The cluster of the frames of a localised public vseg (REMOTE, FILE). */
    cxy: u32;
    /**
     * The change that the vseg is part of. While it is the VMM's change, fetches of the vseg and of its pages wait (vseg_is_changing,
     * 5.9.2).
     */
    busy: u32;
    /** For CODE, DATA and FILE: the file (xptr of its inode), or 0. `file_page` is the file's page that a FILE vseg's first page maps. */
    file: u64;
    file_page: u32;
    /** 1 for kentry, mapped when the VMM is made. The user has no right there, and it is never faulted, changed, copied or freed (6.1). */
    fixed: u32;
    /** PTE rights that mprotect may not give: W, where a file that is open for reading only is mapped. */
    denied: u32;
    padding: u32;
}
/** Words of the set of clusters that registered the vseg. It lies behind the vseg, and the reference cluster keeps it (5.9). */
export const SHARER_WORDS: u32 = 8;

/** The most vsegs of one VSL; there is a limit, since searches go through the list (5.9.9). */
export const VSEGS_MAX: u32 = 4096;

/** A vseg that is in no list yet, with the rights of its type; 0 without memory. */
export function vseg_create(type: u32, first_vpn: u32, end_vpn: u32): usize {
    const address = kcm_alloc(<u32>offsetof<vseg_t>() + SHARER_WORDS * 4);
    if (address == 0) return 0;
    const vseg = changetype<vseg_t>(address);
    vseg.type = type;
    vseg.first_vpn = first_vpn;
    vseg.end_vpn = end_vpn;
    vseg.rights = type == VSEG_CODE ? PTE_R | PTE_X : PTE_R | PTE_W;
    return address;
}

/** True for a private type: the same address is another frame in each cluster (2.2). */
export function vseg_is_private(type: u32): bool {
    return type == VSEG_CODE || type == VSEG_STACK;
}

/** True while the vseg is part of the change `change` (0: there is none) of its VMM. The caller holds the lock. */
export function vseg_is_changing(vseg: vseg_t, change: u32): bool {
    return change != 0 && vseg.busy == change;
}

export function vseg_add_sharer(vseg: vseg_t, cxy: u32): void {
    atomic.or<u32>(changetype<usize>(vseg) + vseg_sharer_offset(cxy), 1 << (cxy & 31));
}

/** Offset from a vseg's address to the word of its set of sharers that holds the cluster's bit. */
export function vseg_sharer_offset(cxy: u32): usize {
    return offsetof<vseg_t>() + ((cxy >> 5) << 2);
}

/** The answers of Z about a vseg (mm/registration.ts, mm/direct.ts). */
export const VSEG_NONE: u64 = 0;
export const VSEG_FOUND: u64 = 1;
export const VSEG_BUSY: u64 = 2;

/** The vseg of the list at `head` that holds `vpn`, or 0. */
export function vsl_find(head: usize, vpn: u32): usize {
    for (let at = load<usize>(head); at != 0; at = changetype<vseg_t>(at).next) {
        const vseg = changetype<vseg_t>(at);
        if (vpn < vseg.first_vpn) return 0;
        if (vpn < vseg.end_vpn) return at;
    }
    return 0;
}

/** Inserts a vseg. False when it would overlap another (I8); nothing is changed then. */
export function vsl_insert(head: usize, vseg: vseg_t, pid: u32): bool {
    if (!vsl_link(head, vseg)) return false;
    report(vseg, pid, 1);
    return true;
}

/** Does as vsl_insert, for a list that belongs to no process yet. */
export function vsl_link(head: usize, vseg: vseg_t): bool {
    let link = head;
    let at = load<usize>(link);
    while (at != 0 && changetype<vseg_t>(at).first_vpn < vseg.end_vpn) {
        if (changetype<vseg_t>(at).end_vpn > vseg.first_vpn) return false;
        link = at + offsetof<vseg_t>("next");
        at = load<usize>(link);
    }
    vseg.next = at;
    store<usize>(link, changetype<usize>(vseg));
    count_vsegs(head, 1);
    return true;
}

/** Adds to the number of vsegs of the list at `head`, which is the word behind it (vmm_t.vseg_count). */
function count_vsegs(head: usize, more: i32): void {
    store<u32>(head + 4, load<u32>(head + 4) + more);
}

/** True when the list may not grow any more (5.9.9). */
export function vsl_is_full(head: usize): bool {
    return load<u32>(head + 4) >= VSEGS_MAX;
}

/** Takes a vseg off the list and frees it. */
export function vsl_remove(head: usize, vseg: vseg_t, pid: u32): void {
    let link = head;
    while (load<usize>(link) != changetype<usize>(vseg)) link = load<usize>(link) + offsetof<vseg_t>("next");
    unlink(head, link, pid, 0);
}

/** Takes the vseg that `link` points to off the list at `head`, and frees it, or puts it into the list at `kept` when it has a file. */
function unlink(head: usize, link: usize, pid: u32, kept: usize): void {
    const vseg = changetype<vseg_t>(load<usize>(link));
    store<usize>(link, vseg.next);
    count_vsegs(head, -1);
    report(vseg, pid, 0);
    if (kept == 0 || vseg.file == 0) {
        kcm_free(changetype<usize>(vseg));
        return;
    }
    vseg.next = load<usize>(kept);
    store<usize>(kept, changetype<usize>(vseg));
}

/** The most vsegs that leave a list at once, while its lock is held. */
const REMOVED_AT_ONCE: u32 = 64;

/**
 * Takes vsegs of a change that lie within [first, end) off the list, and frees them or puts them into the list at `kept`, as they have no
 * file or one. True when there may be more.
 */
export function vsl_remove_some(head: usize, first: u32, end: u32, change: u32, pid: u32, kept: usize): bool {
    let link = head;
    let left = REMOVED_AT_ONCE;
    while (left != 0) {
        const at = load<usize>(link);
        if (at == 0 || changetype<vseg_t>(at).first_vpn >= end) return false;
        if (changetype<vseg_t>(at).first_vpn < first || changetype<vseg_t>(at).busy != change) {
            link = at + offsetof<vseg_t>("next");
            continue;
        }
        unlink(head, link, pid, kept);
        left--;
    }
    return true;
}

/** First page of the lowest gap of `pages` pages in [low, high), or 0. */
export function vsl_gap(head: usize, pages: u32, low: u32, high: u32): u32 {
    let start = low;
    for (let at = load<usize>(head); at != 0; at = changetype<vseg_t>(at).next) {
        const vseg = changetype<vseg_t>(at);
        if (vseg.end_vpn <= start) continue;
        if (vseg.first_vpn > start && vseg.first_vpn - start >= pages) break;
        start = vseg.end_vpn;
    }
    return start < high && high - start >= pages ? start : 0;
}

/** Cuts the vseg that spans `vpn` in two at that page, so that ranges are whole vsegs. False without memory, or when the list is full. */
export function vsl_split(head: usize, vpn: u32, pid: u32): bool {
    const found = vsl_find(head, vpn);
    if (found == 0 || changetype<vseg_t>(found).first_vpn == vpn) return true;
    const low = changetype<vseg_t>(found);
    const address = vsl_is_full(head) ? <usize>0 : vseg_create(low.type, vpn, low.end_vpn);
    if (address == 0) return false;
    memory.copy(address, found, offsetof<vseg_t>() + SHARER_WORDS * 4);
    const high = changetype<vseg_t>(address);
    high.first_vpn = vpn;
    high.file_page = low.file_page + vpn - low.first_vpn;
    vsl_resize(low, vpn, pid);
    if (!vsl_insert(head, high, pid)) return false;
    return true;
}

/** Moves the end of the vseg to `end_vpn`; nothing else lies there. */
export function vsl_resize(vseg: vseg_t, end_vpn: u32, pid: u32): void {
    report(vseg, pid, 0);
    vseg.end_vpn = end_vpn;
    report(vseg, pid, 1);
}

function report(vseg: vseg_t, pid: u32, registered: u64): void {
    if (vseg.fixed != 0) return;
    probe7(PROBE_VSEG, pid, vseg.type, vseg.first_vpn, vseg.end_vpn, local_cxy, registered, 0);
}

/** The first vseg that overlaps [first, end), or 0. */
export function vsl_overlap(head: usize, first: u32, end: u32): usize {
    for (let at = load<usize>(head); at != 0; at = changetype<vseg_t>(at).next) {
        const vseg = changetype<vseg_t>(at);
        if (vseg.first_vpn >= end) return 0;
        if (vseg.end_vpn > first) return at;
    }
    return 0;
}

/** The i-th word of the set of sharers: clusters 32*i to 32*i + 31. */
export function vseg_sharer_word(vseg: vseg_t, i: u32): u32 {
    return atomic.load<u32>(changetype<usize>(vseg) + offsetof<vseg_t>() + (i << 2));
}
