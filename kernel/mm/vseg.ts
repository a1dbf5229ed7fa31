// vsegs (vmm-policy 3). Their lists are mm/vsl.ts.

import { VSEG_CODE, VSEG_STACK } from "../abi/vseg-type";
import { kcm_alloc } from "./kcm";
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
    /** The vseg's place in the tree of its list (mm/vsl-tree.ts), and what it knows of the gaps below it. */
    left: usize;
    right: usize;
    parent: usize;
    height: u32;
    gap: u32;
    widest_gap: u32;
    padding: u32;
}
/** Words of the set of clusters that registered the vseg. It lies behind the vseg, and the reference cluster keeps it (5.9). */
export const SHARER_WORDS: u32 = 8;

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

/** The i-th word of the set of sharers: clusters 32*i to 32*i + 31. */
export function vseg_sharer_word(vseg: vseg_t, i: u32): u32 {
    return atomic.load<u32>(changetype<usize>(vseg) + offsetof<vseg_t>() + (i << 2));
}
