// The FIFOs of requests: one for each level and cluster, in SHARED memory. A client in any cluster pushes the xptr of its descriptor. A
// FIFO is memory: a request arrives exactly once, and requests of a cluster and level are taken in the order of coming.

import { cstr } from "../hal/cstr";
import { fence, pause, remote_cas64, remote_load64, remote_store64 } from "../hal/hal";
import { lock_release, lock_try } from "../hal/lock";
import { xptr_make, xptr_t } from "../hal/platform";
import { SHARED_FIFO_BYTES, SHARED_FIFOS } from "../hal/shared";
import { assert_kernel } from "../panic";
import { fault_queued } from "../trace/fault-cost";
import { LEVELS } from "./levels";

const SLOTS: u32 = 64;

// A FIFO: tail (producers, compare-and-swap), head (the consumer), lock, then SLOTS pairs {sequence, descriptor}.
const TAIL: usize = 0;
const HEAD: usize = 8;
const LOCK: usize = 16;
const FIRST_SLOT: usize = 64;
const FIFO_SIZE: usize = 64 + 64 * 16;
function fifo(level: u32): usize {
    return SHARED_FIFOS + <usize>level * FIFO_SIZE;
}

/** Empties the FIFOs, before any other instance may send. */
export function fifo_init(): void {
    assert_kernel(<usize>LEVELS * FIFO_SIZE <= SHARED_FIFO_BYTES, cstr("the FIFOs overlap the words behind them"));
    for (let level: u32 = 0; level < LEVELS; level++) {
        for (let slot: u32 = 0; slot < SLOTS; slot++) store<u64>(fifo(level) + FIRST_SLOT + (slot << 4), <u64>slot);
    }
}

/** Appends a descriptor to a FIFO of any cluster. False when it is full, or another client was faster. */
export function fifo_push(cxy: u32, level: u32, desc: xptr_t): bool {
    const base = xptr_make(cxy, fifo(level));
    const tail = remote_load64(base + TAIL);
    const slot = base + FIRST_SLOT + ((tail & <u64>(SLOTS - 1)) << 4);
    const sequence = remote_load64(slot);
    if (sequence != tail || remote_cas64(base + TAIL, tail, tail + 1) != tail) return false;
    remote_store64(slot + 8, desc);
    fault_queued();
    // Who sees the sequence sees the descriptor, and all that the client has stored.
    fence();
    remote_store64(slot, tail + 1);
    return true;
}

/** Takes the oldest descriptor of this cluster's FIFO, or 0. The caller holds the FIFO's lock. */
function pop(base: usize): xptr_t {
    const head = atomic.load<u64>(base + HEAD);
    const slot = base + FIRST_SLOT + ((<usize>head & (SLOTS - 1)) << 4);
    if (atomic.load<u64>(slot) != head + 1) return 0;
    const desc = atomic.load<u64>(slot + 8);
    atomic.store<u64>(slot, head + SLOTS);
    atomic.store<u64>(base + HEAD, head + 1);
    return desc;
}

/** The oldest request in this cluster's FIFO of the level, or 0. */
export function fifo_take(level: u32): xptr_t {
    const base = fifo(level);
    if (!fifo_has(level)) return 0;
    while (!lock_try(base + LOCK)) pause();
    const desc = pop(base);
    lock_release(base + LOCK);
    return desc;
}

/** True when this cluster's FIFO of the level has a request. */
export function fifo_has(level: u32): bool {
    const base = fifo(level);
    const head = atomic.load<u64>(base + HEAD);
    return atomic.load<u64>(base + FIRST_SLOT + ((<usize>head & (SLOTS - 1)) << 4)) == head + 1;
}
