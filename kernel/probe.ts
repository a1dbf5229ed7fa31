// Records to the probe device: words 1.. latch, the store to word 0 commits (docs/kernel.md, "Probe records"). Always written.

import { PROBE_BASE, PROBE_PORT_SIZE } from "./abi/memory-map";
import { remote_store64 } from "./hal/hal";
import { this_hart } from "./proc/thread";

function port(): u64 {
    return <u64>PROBE_BASE + <u64>this_hart().id * <u64>PROBE_PORT_SIZE;
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
