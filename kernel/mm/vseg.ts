// vsegs and VSL(P,K), the list of those registered in one cluster, sorted by address (vmm-policy 3, 4). The caller of
// the vsl_* functions holds the VMM's lock.
import {
    MUTANT_MISSING_SHARER,
    MUTANT_OVERLAP,
    MUTANT_STACK_ELSEWHERE,
    MUTANT_VSEG_LOST,
    MUTANT_WRONG_HOME,
} from "../abi/mutants";
import { PROBE_VSEG } from "../abi/probe";
import { VSEG_CODE, VSEG_DATA, VSEG_DSM, VSEG_HEAP, VSEG_STACK } from "../abi/vseg-type";
import { cluster_count, local_cxy } from "../hal/platform";
import { Mutant } from "../mutant";
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
    /** Bytes [content_start, content_end) of user space come from `content` (xptr); the rest is zero. */
    content: u64;
    content_start: u32;
    content_end: u32;
}
/** Behind the vseg: the set of clusters that registered it, kept by the reference cluster (5.9). */
const SHARER_WORDS: u32 = 8;

/** What VSL holds: the vmm_t's list head. */
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

/** Private: the same address is another frame in each cluster (2.2). */
export function vseg_is_private(type: u32): bool {
    return type == VSEG_CODE || type == VSEG_STACK;
}

/** Rule 2.3: the home of a page of a distributed vseg; -1 for a localised one. */
export function vseg_home(type: u32, vpn: u32): u32 {
    if (Mutant.on(MUTANT_WRONG_HOME) && type == VSEG_HEAP) return (vpn + 1) % cluster_count;
    if (Mutant.on(MUTANT_STACK_ELSEWHERE) && type == VSEG_STACK) return (local_cxy + 1) % cluster_count;
    return type == VSEG_DATA || type == VSEG_HEAP ? vpn % cluster_count : local_cxy;
}

export function vseg_add_sharer(vseg: vseg_t, cxy: u32): void {
    if (Mutant.on(MUTANT_MISSING_SHARER)) return;
    const word = changetype<usize>(vseg) + offsetof<vseg_t>() + ((cxy >> 5) << 2);
    atomic.or<u32>(word, 1 << (cxy & 31));
}

export function vseg_has_sharer(vseg: vseg_t, cxy: u32): bool {
    const word = changetype<usize>(vseg) + offsetof<vseg_t>() + ((cxy >> 5) << 2);
    return (load<u32>(word) & (1 << (cxy & 31))) != 0;
}

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
    let link = head;
    let at = load<usize>(link);
    while (at != 0 && changetype<vseg_t>(at).first_vpn < vseg.end_vpn) {
        if (changetype<vseg_t>(at).end_vpn > vseg.first_vpn) {
            if (!Mutant.on(MUTANT_OVERLAP)) return false;
        }
        link = at + offsetof<vseg_t>("next");
        at = load<usize>(link);
    }
    vseg.next = at;
    store<usize>(link, changetype<usize>(vseg));
    if (Mutant.on(MUTANT_VSEG_LOST) && vseg.type == VSEG_HEAP) store<usize>(link, at);
    probe7(PROBE_VSEG, pid, vseg.type, vseg.first_vpn, vseg.end_vpn, local_cxy, 1, 0);
    return true;
}

/** Takes a vseg off the list and frees it. */
export function vsl_remove(head: usize, vseg: vseg_t, pid: u32): void {
    let link = head;
    while (load<usize>(link) != changetype<usize>(vseg)) link = load<usize>(link) + offsetof<vseg_t>("next");
    store<usize>(link, vseg.next);
    probe7(PROBE_VSEG, pid, vseg.type, vseg.first_vpn, vseg.end_vpn, local_cxy, 0, 0);
    kcm_free(changetype<usize>(vseg));
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

/** DSM vsegs: their pages' rights are the protocol's, not the vseg's. */
export function vseg_is_dsm(type: u32): bool {
    return type == VSEG_DSM;
}
