// Records to the probe device (docs/kernel.md, "Probe records") are always written. The stores to words 1 and up latch, the store to word 0
// commits.

import { PROBE_LEAVE } from "./abi/event";
import { PROBE_BASE, PROBE_PORT_SIZE } from "./abi/memory-map";
import { THREAD_HART_ID } from "./abi/trap-frame";
import { remote_store64, thread_pointer } from "./hal/hal";

function port(): u64 {
    return <u64>PROBE_BASE + <u64>load<u32>(thread_pointer() + THREAD_HART_ID) * <u64>PROBE_PORT_SIZE;
}

export function probe2(event: u64, a: u64, b: u64): void {
    const p = port();
    remote_store64(p + 8, a);
    remote_store64(p + 16, b);
    remote_store64(p, event);
}

export function probe5(event: u64, a: u64, b: u64, c: u64, d: u64, e: u64): void {
    const p = port();
    remote_store64(p + 8, a);
    remote_store64(p + 16, b);
    remote_store64(p + 24, c);
    remote_store64(p + 32, d);
    remote_store64(p + 40, e);
    remote_store64(p, event);
}

export function probe7(event: u64, a: u64, b: u64, c: u64, d: u64, e: u64, f: u64, g: u64): void {
    const p = port();
    remote_store64(p + 48, f);
    remote_store64(p + 56, g);
    probe5(event, a, b, c, d, e);
}

/** Tells that the hart is about to enter user mode of `pid`, or to go idle (0). This is the kernel's last step on it. */
export function probe_leave(pid: u32): void {
    probe2(PROBE_LEAVE, pid, 0);
}
