// The model of caches, directory and networks without harts that run: each call is one access at a given time. The host reads the tables.

import { hartAt } from "../../../../emu/core/harts";
import { fillFetch, fillRead, fillWrite, lookUpFetch, selectRegimes } from "../../../../emu/core/l0";
import { clockOf, NEVER } from "../../../../emu/core/time";
import {
    isFetchedFrom,
    mayCache,
    SLOT_MARK,
    SLOTS_DATA,
    SLOTS_FETCH,
    touchData,
    touchEntry,
    touchFetch,
} from "../../../../emu/core/timing/access";
import { reserve as reserveCycles } from "../../../../emu/core/timing/calendar";
import { firstHart, leaveHeap, secondHart, setKey } from "../../../../emu/core/timing/heap";
import { setLine } from "../../../../emu/core/timing/line-entries";
import { send as sendMessage } from "../../../../emu/core/timing/mesh";
import { dropLine } from "../../../../emu/core/timing/miss";
import { INSTRET_BIAS, KEY, PRIVILEGE, PRIVILEGE_M, RANK, TARGET } from "../../../../emu/state/hart-layout";
import { RAM_FRAME } from "../../../../emu/state/machine-layout";
import { LINE_SHIFT, NEXT_CLOCK } from "../../../../emu/state/timing-layout";

const RAM: u64 = 0x80000000;
const FETCH: u32 = 0;
const READ: u32 = 1;
const WRITE: u32 = 2;
const WALK: u32 = 3;

export function start(hart: u32): void {
    const h = hartAt(hart);
    store<u32>(h, PRIVILEGE_M, PRIVILEGE);
    selectRegimes(h);
    store<u64>(NEXT_CLOCK, NEVER);
}

/** An access of kind FETCH, READ, WRITE, WALK, or MARK (4) of a line of RAM at `time`. Returns when it is over; L0 is filled as harts do. */
export function access(hart: u32, kind: u32, line: u32, time: u64): u64 {
    const h = hartAt(hart);
    const shift = load<u32>(LINE_SHIFT);
    const frame = RAM_FRAME + <i32>(line >> (12 - shift));
    const offset = (line << shift) & 4095;
    const vaddr = RAM + ((<u64>line) << shift);
    // The budget counts the cycle of the instruction in progress, and each is another one.
    store<u64>(h, load<u64>(h, TARGET) + time + 1 - clockOf(h), TARGET);
    store<u64>(h, load<u64>(h, INSTRET_BIAS) + 0x100000, INSTRET_BIAS);
    if (kind == FETCH) {
        if (lookUpFetch(h, vaddr) < 0) fillFetch(h, vaddr, frame);
        touchFetch(h, SLOTS_FETCH, frame, offset);
        if (isFetchedFrom(h, frame, offset)) setLine(h, vaddr);
    } else if (kind == READ || kind == WRITE) {
        touchData(h, SLOTS_DATA, frame, offset, kind == WRITE);
        if (mayCache(h, frame, offset, kind == WRITE)) {
            if (kind == WRITE) fillWrite(h, vaddr, frame);
            else fillRead(h, vaddr, frame);
        }
    } else {
        touchEntry(h, kind == WALK ? SLOTS_DATA : SLOTS_DATA + SLOT_MARK, frame, offset);
    }
    return clockOf(h) - 1;
}

export function drop(line: u32): void {
    dropLine(line);
}

export function reserve(calendar: usize, words: u32, time: u64, cycles: u32): u64 {
    return reserveCycles(calendar, words, time, cycles);
}

export function send(network: u32, from: u32, to: u32, time: u64, flits: u32): u64 {
    return sendMessage(network, from, to, time, flits);
}

export function set_key(hart: u32, clock: u64, rank: u64): void {
    store<u64>(hartAt(hart), rank, RANK);
    setKey(hartAt(hart), clock);
}

export function leave(hart: u32): void {
    leaveHeap(hartAt(hart));
}

/** The keys of the two harts that are first, or NEVER. */
export function first_key(): u64 {
    const h = firstHart();
    return h ? load<u64>(h, KEY) : NEVER;
}

export function first_rank(): u64 {
    const h = firstHart();
    return h ? load<u64>(h, RANK) : NEVER;
}

export function second_rank(): u64 {
    const h = secondHart();
    return h ? load<u64>(h, RANK) : NEVER;
}
