// Tells the host when a node may write a page (boot/observe/false-sharing.ts). The bytes of a frame that differ between the beginning and
// the end were written by this node, except for those that others' copies send there under release consistency.

import { PAGE_SHIFT } from "../abi/memory-map";
import { xptr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { tell_merge, tell_writable, tell_writable_end } from "../probe";
import { this_thread } from "../sched/thread";

/** Called when the frame has its content, before the entry that lets the process write it is published. */
export function writable_begin(process: process_t, vpn: u32, ppn: u64): void {
    tell_writable(process.pid, (<u64>vpn) << PAGE_SHIFT, ppn, this_thread().fault);
}

/** Called when no replica lets the process write the page any more, while its frame is still there. */
export function writable_end(process: process_t, vpn: u32): void {
    tell_writable_end(process.pid, (<u64>vpn) << PAGE_SHIFT);
}

/**
 * Called before the bytes that differ between the node's copy and its twin are sent to the reference copy, whose node may be writing it.
 */
export function writable_merge(own: u64, twin: xptr_t, reference: u64): void {
    tell_merge(own, twin, reference);
}
