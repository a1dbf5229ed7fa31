// Pages that begin with zeroes: HEAP, REMOTE and STACK (vmm-policy 5.4). And what every pager does with frames.

import { PAGE_SIZE } from "../abi/memory-map";
import { PHASE_FILL } from "../abi/phase";
import { VSEG_HEAP, VSEG_REMOTE, VSEG_STACK } from "../abi/vseg-type";
import { copy_bytes } from "../hal/platform";
import { phase_enter } from "../trace/fault-cost";
import { frame_alloc, frame_xptr } from "./frame";
import { page_home } from "./home";
import { PAGER_LOCAL, pager_register } from "./pager";
import { process_t } from "./process-table";
import { vseg_t } from "./vseg";

export function anonymous_init(): void {
    const frame: (process: process_t, vseg: vseg_t, vpn: u32, toucher: u32) => u64 = fresh_frame;
    pager_register(VSEG_HEAP, 0, <u32>frame.index);
    pager_register(VSEG_REMOTE, 0, <u32>frame.index);
    pager_register(VSEG_STACK, PAGER_LOCAL, <u32>frame.index);
}

/** A frame of zeroes in the cluster that the vseg's rule names; 0 without memory. */
export function fresh_frame(process: process_t, vseg: vseg_t, vpn: u32, toucher: u32): u64 {
    return frame_alloc(page_home(vseg, vpn, toucher, process.reference), vseg.type, process.pid);
}

/** A frame gets the content of another one, anywhere. */
export function copy_page(to: u64, from: u64): void {
    const before = phase_enter(PHASE_FILL);
    copy_bytes(frame_xptr(to), frame_xptr(from), PAGE_SIZE);
    phase_enter(before);
}
