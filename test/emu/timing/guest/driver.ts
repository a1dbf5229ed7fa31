// The model of time without harts that run: its calendars, its mesh and its misses, driven by the host (test/emu/timing/model.ts). Harts and
// lines are numbers, times are f64, for the host has no use for more than 53 bits of them.

import { hartAt } from "../../../../emu/core/harts";
import { findWay, setState, stateOf } from "../../../../emu/core/timing/l1";
import { send } from "../../../../emu/core/timing/mesh";
import { serve } from "../../../../emu/core/timing/miss";
import { FOR_READING, FOR_WRITING } from "../../../../emu/core/timing/purpose";
import { MISS_DATA, STATE_EXCLUSIVE, STATE_INVALID, STATE_MODIFIED } from "../../../../emu/state/timing-layout";

/** An access of data that L1 serves. False when it cannot. */
export function hit(hart: u32, line: u32, isWrite: bool): bool {
    const way = findWay(hartAt(hart), false, line);
    const state = stateOf(way);
    if (!isWrite) return state != STATE_INVALID;
    if (state < <u32>STATE_EXCLUSIVE) return false;
    setState(way, STATE_MODIFIED);
    return true;
}

/** A miss of data at `time`. Returns when the line is there. */
export function miss(hart: u32, line: u32, isWrite: bool, time: f64): f64 {
    const h = hartAt(hart);
    const purpose = isWrite ? FOR_WRITING : FOR_READING;
    return <f64>serve(h, false, line, findWay(h, false, line), purpose, MISS_DATA, <u64>time);
}

/** Returns when a message that leaves `from` at `time` has arrived. */
export function message(network: u32, from: u32, to: u32, time: f64, flits: u32): f64 {
    return <f64>send(network, from, to, <u64>time, flits);
}
