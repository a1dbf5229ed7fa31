// VSL(P,K), the vsegs registered in one cluster, sorted by address (vmm-policy 4): a list, for those who go through it, and a tree
// (mm/vsl-tree.ts), for those who search. `head` is the address of three words: the first vseg of the list, the number of its vsegs,
// and the topmost vseg of the tree. The caller holds the VMM's lock.

import { local_cxy } from "../hal/platform";
import { tell_vseg } from "../probe";
import { kcm_free } from "./kcm";
import { SHARER_WORDS, vseg_create, vseg_t } from "./vseg";
import { tree_begins_below, tree_ends_behind, tree_gap, tree_gap_changed, tree_insert, tree_remove } from "./vsl-tree";

/** The most vsegs of one VSL; there is a limit, since ends of processes go through the list (5.9.9). */
export const VSEGS_MAX: u32 = 4096;

/** Address of the word that names the topmost vseg of the tree. */
function tree(head: usize): usize {
    return head + 8;
}

/** The vseg of the list at `head` that holds `vpn`, or 0. */
export function vsl_find(head: usize, vpn: u32): usize {
    let at = load<usize>(tree(head));
    while (at != 0) {
        const vseg = changetype<vseg_t>(at);
        if (vpn < vseg.first_vpn) at = vseg.left;
        else if (vpn < vseg.end_vpn) return at;
        else at = vseg.right;
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
    const before = tree_begins_below(tree(head), vseg.end_vpn);
    if (before != 0 && changetype<vseg_t>(before).end_vpn > vseg.first_vpn) return false;
    const link = before == 0 ? head : before + offsetof<vseg_t>("next");
    vseg.next = load<usize>(link);
    store<usize>(link, changetype<usize>(vseg));
    tree_insert(tree(head), vseg, before, vseg.next);
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
    unlink(head, vseg, pid, 0);
}

/** Takes a vseg off the list at `head`, and frees it, or puts it into the list at `kept` when it has a file. */
function unlink(head: usize, vseg: vseg_t, pid: u32, kept: usize): void {
    const before = tree_begins_below(tree(head), vseg.first_vpn);
    store<usize>(before == 0 ? head : before + offsetof<vseg_t>("next"), vseg.next);
    tree_remove(tree(head), vseg, before, vseg.next);
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
    let at = tree_ends_behind(tree(head), first);
    let left = REMOVED_AT_ONCE;
    while (left != 0) {
        if (at == 0 || changetype<vseg_t>(at).first_vpn >= end) return false;
        const vseg = changetype<vseg_t>(at);
        at = vseg.next;
        if (vseg.first_vpn < first || vseg.busy != change) continue;
        unlink(head, vseg, pid, kept);
        left--;
    }
    return true;
}

/** First page of the lowest gap of `pages` pages in [low, high), or 0. */
export function vsl_gap(head: usize, pages: u32, low: u32, high: u32): u32 {
    const behind = tree_gap(tree(head), pages, low + pages);
    const before = tree_begins_below(tree(head), behind == 0 ? 0xffffffff : changetype<vseg_t>(behind).first_vpn);
    const from: u32 = before == 0 ? 0 : changetype<vseg_t>(before).end_vpn;
    const start = from > low ? from : low;
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
    vsl_resize(head, low, vpn, pid);
    if (!vsl_insert(head, high, pid)) return false;
    return true;
}

/** Moves the end of the vseg to `end_vpn`; nothing else lies there. */
export function vsl_resize(head: usize, vseg: vseg_t, end_vpn: u32, pid: u32): void {
    report(vseg, pid, 0);
    vseg.end_vpn = end_vpn;
    if (vseg.next != 0) tree_gap_changed(tree(head), vseg.next, changetype<usize>(vseg));
    report(vseg, pid, 1);
}

function report(vseg: vseg_t, pid: u32, registered: u32): void {
    if (vseg.fixed != 0) return;
    tell_vseg(pid, vseg.type, vseg.first_vpn, vseg.end_vpn, local_cxy, registered);
}

/** The first vseg that overlaps [first, end), or 0. */
export function vsl_overlap(head: usize, first: u32, end: u32): usize {
    const at = tree_ends_behind(tree(head), first);
    return at == 0 || changetype<vseg_t>(at).first_vpn >= end ? 0 : at;
}
