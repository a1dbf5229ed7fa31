// Who may write which page when, told to the host (boot/observe/false-sharing.ts): what a frame holds at the end and did not at the
// beginning, this node has written, but for what others' copies send there under release consistency.

import { PROBE_MERGE, PROBE_WRITABLE, PROBE_WRITABLE_END } from "../abi/event";
import { PAGE_SHIFT } from "../abi/memory-map";
import { xptr_t } from "../hal/platform";
import { probe2, probe5 } from "../probe";
import { process_t } from "../proc/process-table";
import { this_thread } from "../proc/thread";

/** The frame has its content, and the entry that lets the process write it is not published yet. */
export function writable_begin(process: process_t, vpn: u32, ppn: u64): void {
    probe5(PROBE_WRITABLE, process.pid, (<u64>vpn) << PAGE_SHIFT, ppn, this_thread().fault, 0);
}

/** No replica lets the process write the page any more, and its frame is still there. */
export function writable_end(process: process_t, vpn: u32): void {
    probe2(PROBE_WRITABLE_END, process.pid, (<u64>vpn) << PAGE_SHIFT);
}

/** What differs between the node's copy and its twin is about to be sent to the reference copy, whose node may be writing it. */
export function writable_merge(own: u64, twin: xptr_t, reference: u64): void {
    probe5(PROBE_MERGE, own, twin, reference, 0, 0);
}
