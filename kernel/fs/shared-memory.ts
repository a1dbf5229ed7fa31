// Shared anonymous memory (mmap with MAP_SHARED and MAP_ANONYMOUS): the pages of an inode without a name, which its mappings own. They lie in
// clusters by their place in it, for mappings in several processes have several addresses (vmm-policy 3).

import { VSEG_FILE } from "../abi/vseg-type";
import { remote_store32 } from "../hal/hal";
import { local_cxy, xptr_t } from "../hal/platform";
import { frame_alloc, frame_free, frame_share } from "../mm/frame";
import { index_home } from "../mm/home";
import { HOLD_LOOK, HOLD_OFFER, page_hold } from "./cache";
import { inode_create, inode_grow, inode_t } from "./inode";

/** An inode of so many bytes with one owner, the caller; 0 without memory. */
export function shared_memory_create(bytes: u64): xptr_t {
    const inode = inode_create(local_cxy, 0, 0, 0, 0, 0);
    if (inode == 0) return 0;
    remote_store32(inode + offsetof<inode_t>("scattered"), 1);
    inode_grow(inode, bytes);
    return inode;
}

/** A page of shared anonymous memory, whose cluster its index names. Two processes may come at once; the first frame is the page's. */
export function scattered_frame(inode: xptr_t, index: u32, toucher: u32, reference: u32): u64 {
    let ppn = page_hold(inode, index, HOLD_LOOK, 0);
    if (ppn == 0) {
        const fresh = frame_alloc(index_home(index, toucher, reference), VSEG_FILE, 0);
        if (fresh == 0) return 0;
        ppn = page_hold(inode, index, HOLD_OFFER, fresh);
        if (ppn != fresh) frame_free(fresh);
        if (ppn == 0) return 0;
    }
    frame_share(ppn);
    return ppn;
}
