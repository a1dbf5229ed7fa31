// The pager of HEAP, REMOTE and STACK. Their pages begin with zeroes, or with bytes of the kernel's memory (a first thread's stack:
// vmm-policy 5.4). Other pagers take their frames and copies from here, too.

import { PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { PHASE_FILL } from "../abi/phase";
import { VSEG_FILE, VSEG_HEAP, VSEG_REMOTE, VSEG_STACK } from "../abi/vseg-type";
import { copy_bytes } from "../hal/platform";
import { phase_enter } from "../trace/fault-cost";
import { frame_alloc, frame_alloc_unfilled, frame_xptr } from "./frame";
import { page_home } from "./home";
import { PAGER_LOCAL, pager_of, pager_register } from "./pager";
import { process_t } from "./process-table";
import { vseg_t } from "./vseg";

export function anonymous_init(): void {
    const frame: (process: process_t, vseg: vseg_t, vpn: u32, toucher: u32) => u64 = memory_frame;
    const heap: (process: process_t, vseg: vseg_t, vpn: u32, toucher: u32) => u64 = heap_frame;
    pager_register(VSEG_HEAP, 0, <u32>heap.index);
    pager_register(VSEG_REMOTE, 0, <u32>frame.index);
    pager_register(VSEG_STACK, PAGER_LOCAL, <u32>frame.index);
}

/** A frame of zeroes in the cluster that the vseg's rule names; 0 without memory. */
export function fresh_frame(process: process_t, vseg: vseg_t, vpn: u32, toucher: u32): u64 {
    return frame_alloc(page_home(vseg, vpn, toucher, process.reference), vseg.type, process.pid);
}

/** Does as fresh_frame, but the caller fills all of it before anybody sees it. */
export function unfilled_frame(process: process_t, vseg: vseg_t, vpn: u32, toucher: u32): u64 {
    return frame_alloc_unfilled(page_home(vseg, vpn, toucher, process.reference), vseg.type, process.pid);
}

/** The frame for a page of which [from, to) gets content: without zeroes when that is the whole page. */
export function frame_for(process: process_t, vseg: vseg_t, vpn: u32, toucher: u32, from: u32, to: u32): u64 {
    const whole = from < to && to - from == <u32>PAGE_SIZE;
    return whole ? unfilled_frame(process, vseg, vpn, toucher) : fresh_frame(process, vseg, vpn, toucher);
}

/** True for a private mapping of a file: HEAP whose pages are the file's until they are written (5.4). */
export function is_private_file(vseg: vseg_t): bool {
    return vseg.type == VSEG_HEAP && vseg.file != 0;
}

/** The pager of HEAP. */
function heap_frame(process: process_t, vseg: vseg_t, vpn: u32, toucher: u32): u64 {
    if (!is_private_file(vseg)) return fresh_frame(process, vseg, vpn, toucher);
    return call_indirect<u64>(pager_of(VSEG_FILE).frame, process, vseg, vpn, toucher);
}

/** A frame as from fresh_frame, filled with the vseg's content, which lies in memory. */
export function memory_frame(process: process_t, vseg: vseg_t, vpn: u32, toucher: u32): u64 {
    const from = content_from(vseg, vpn);
    const to = content_to(vseg, vpn);
    const ppn = frame_for(process, vseg, vpn, toucher, from, to);
    if (ppn != 0 && from < to) {
        copy_bytes(frame_xptr(ppn) + <u64>(from & (PAGE_SIZE - 1)), content_at(vseg, from), to - from);
    }
    return ppn;
}

/** The first address of the part of a page that has content. The page has none when this is not below content_to. */
export function content_from(vseg: vseg_t, vpn: u32): u32 {
    const page = vpn << PAGE_SHIFT;
    return page > vseg.content_start ? page : vseg.content_start;
}

export function content_to(vseg: vseg_t, vpn: u32): u32 {
    const page_end = (vpn << PAGE_SHIFT) + PAGE_SIZE;
    return page_end < vseg.content_end ? page_end : vseg.content_end;
}

/** The place of the content of an address: an xptr, or an offset in the vseg's file. */
export function content_at(vseg: vseg_t, address: u32): u64 {
    return vseg.content + <u64>(address - vseg.content_start);
}

/** Copies the content of one frame to another; both may be in any cluster. */
export function copy_page(to: u64, from: u64): void {
    const before = phase_enter(PHASE_FILL);
    copy_bytes(frame_xptr(to), frame_xptr(from), PAGE_SIZE);
    phase_enter(before);
}
