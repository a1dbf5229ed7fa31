// The pager of CODE and DATA. Their pages begin with bytes of the program's file, or of memory that the kernel was left with at boot
// (vmm-policy 5.2, 5.4).

import { BI_POLICY_CODE } from "../abi/boot-info";
import { PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { CODE_REPLICATE } from "../abi/policy";
import { VSEG_CODE, VSEG_DATA } from "../abi/vseg-type";
import { fence_i } from "../hal/hal";
import { boot_info, copy_bytes, xptr_t } from "../hal/platform";
import { content_at, content_from, content_to, frame_for, memory_frame } from "../mm/anonymous";
import { frame_free, frame_xptr } from "../mm/frame";
import { PAGER_COPIED, pager_register } from "../mm/pager";
import { process_t } from "../mm/process-table";
import { vseg_t } from "../mm/vseg";
import { HOLD_READ, page_hold, page_initial, page_release } from "./cache";

export function program_pager_init(): void {
    const frame: (process: process_t, vseg: vseg_t, vpn: u32, toucher: u32) => u64 = program_frame;
    // Unless CODE is replicated it has one copy, in Z (vmm-policy 9).
    const copied = <u32>boot_info(BI_POLICY_CODE) == CODE_REPLICATE ? PAGER_COPIED : 0;
    pager_register(VSEG_CODE, copied, <u32>frame.index);
    pager_register(VSEG_DATA, 0, <u32>frame.index);
}

function program_frame(process: process_t, vseg: vseg_t, vpn: u32, toucher: u32): u64 {
    const ppn = vseg.file == 0 ? memory_frame(process, vseg, vpn, toucher) : file_frame(process, vseg, vpn, toucher);
    if (vseg.type == VSEG_CODE) fence_i();
    return ppn;
}

/** A frame with bytes of the program's file. */
function file_frame(process: process_t, vseg: vseg_t, vpn: u32, toucher: u32): u64 {
    const from = content_from(vseg, vpn);
    const to = content_to(vseg, vpn);
    const ppn = frame_for(process, vseg, vpn, toucher, from, to);
    if (ppn == 0 || from >= to) return ppn;
    const target = frame_xptr(ppn) + <u64>(from & (PAGE_SIZE - 1));
    if (copy_from_file(target, vseg.file, content_at(vseg, from), to - from)) return ppn;
    frame_free(ppn);
    return 0;
}

/**
 * Copies bytes of a file that is executed, and so keeps its size: page by page of its cache, or from the initrd where the cache does not have the
 * page. False without memory for a page of the cache.
 */
function copy_from_file(to: xptr_t, file: xptr_t, offset: u64, bytes: u32): bool {
    while (bytes != 0) {
        const in_page: u32 = <u32>PAGE_SIZE - (<u32>offset & (<u32>PAGE_SIZE - 1));
        const chunk = bytes < in_page ? bytes : in_page;
        const initial = page_initial(file, offset, chunk);
        if (initial != 0) copy_bytes(to, initial, chunk);
        else if (!copy_from_cache(to, file, offset, chunk)) return false;
        to += chunk;
        offset += chunk;
        bytes -= chunk;
    }
    return true;
}

/** For bytes of one page. */
function copy_from_cache(to: xptr_t, file: xptr_t, offset: u64, bytes: u32): bool {
    const ppn = page_hold(file, offset >> PAGE_SHIFT, HOLD_READ, 0);
    if (ppn == 0) return false;
    copy_bytes(to, frame_xptr(ppn) + (offset & (PAGE_SIZE - 1)), bytes);
    page_release(ppn);
    return true;
}
