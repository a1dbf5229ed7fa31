// What a page's new frame begins with: zeroes, bytes of the program's file, or another frame's (vmm-policy 5.2, 5.4, 5.5).

import { PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { MUTANT_SHORT_COPY } from "../abi/observed-mutants";
import { PHASE_FILL } from "../abi/phase";
import { VSEG_CODE, VSEG_FILE } from "../abi/vseg-type";
import { file_frame, HOLD_READ, inode_size, page_hold, page_release } from "../fs/cache";
import { fence_i } from "../hal/hal";
import { copy_bytes, xptr_t } from "../hal/platform";
import { Mutant } from "../mutant";
import { process_t } from "../proc/process-table";
import { phase_enter } from "./fault-cost";
import { frame_alloc, frame_free, frame_xptr } from "./frame";
import { page_home } from "./home";
import { vseg_t } from "./vseg";

/** The frame of a page that has none yet, with its content; 0 without memory. */
export function new_frame(process: process_t, vseg: vseg_t, vpn: u32, toucher: u32): u64 {
    const file = vseg.type == VSEG_FILE;
    const ppn = file ? 0 : frame_alloc(page_home(vseg, vpn, toucher, process.reference), vseg.type, process.pid);
    if (!file && ppn == 0) return 0;
    const before = phase_enter(PHASE_FILL);
    const filled = file ? file_frame(vseg, vpn) : fill(vseg, vpn, frame_xptr(ppn)) ? ppn : 0;
    phase_enter(before);
    if (!file && filled == 0) frame_free(ppn);
    return filled;
}

/** A frame gets the content of another one, anywhere. */
export function copy_page(to: u64, from: u64): void {
    const before = phase_enter(PHASE_FILL);
    copy_bytes(frame_xptr(to), frame_xptr(from), Mutant.on(MUTANT_SHORT_COPY) ? PAGE_SIZE / 2 : PAGE_SIZE);
    phase_enter(before);
}

/** Puts the vseg's initial content into the page's frame, which is zero. False without memory. */
function fill(vseg: vseg_t, vpn: u32, frame: xptr_t): bool {
    const page = vpn << PAGE_SHIFT;
    const from = page > vseg.content_start ? page : vseg.content_start;
    const page_end = page + PAGE_SIZE;
    const to = page_end < vseg.content_end ? page_end : vseg.content_end;
    if (from >= to) return true;
    const source = vseg.content + <u64>(from - vseg.content_start);
    const target = frame + <u64>(from - page);
    if (vseg.file == 0) copy_bytes(target, source, to - from);
    else if (!copy_from_file(target, vseg.file, source, to - from)) return false;
    if (vseg.type == VSEG_CODE) fence_i();
    return true;
}

/** Copies a file's bytes, page by page of its cache; behind its end there are zeroes. False without memory for a page of the cache. */
function copy_from_file(to: xptr_t, file: xptr_t, offset: u64, bytes: u32): bool {
    while (bytes != 0) {
        const in_page: u32 = <u32>PAGE_SIZE - (<u32>offset & (<u32>PAGE_SIZE - 1));
        const chunk = bytes < in_page ? bytes : in_page;
        const ppn = page_hold(file, offset >> PAGE_SHIFT, HOLD_READ, 0);
        if (ppn != 0) copy_bytes(to, frame_xptr(ppn) + (offset & (PAGE_SIZE - 1)), chunk);
        else if (offset < inode_size(file)) return false;
        page_release(ppn);
        to += chunk;
        offset += chunk;
        bytes -= chunk;
    }
    return true;
}
