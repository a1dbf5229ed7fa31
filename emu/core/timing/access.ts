// Accesses under fidelity "timing" (docs/spec/timing.md, section 2): a hart runs through hits, but misses and device accesses come in the
// order of the harts' clocks. What would come too early ends the turn before its instruction, which is then executed anew.
import { BUDGET, EXIT, EXIT_ENDS, EXIT_PC_SET, GRANTED, GRANTED_AT, PC, RANK, TIMED } from "../../state/hart-layout";
import { ACCOUNTING, TURN, TURN_OVER } from "../../state/machine-layout";
import {
    DEVICE_CYCLES,
    FENCE_I_CYCLES,
    HOP_CYCLES,
    MISS_DATA,
    MISS_FETCH,
    MISS_WALK,
    NEXT_CLOCK,
    NEXT_RANK,
    PAUSE_CYCLES,
    STALL_DEVICE,
    STALL_FENCE,
    STALL_PAUSE,
    STATE_EXCLUSIVE,
    STATE_INVALID,
    STATE_MODIFIED,
    UNCOUNTED,
    YIELDS,
} from "../../state/timing-layout";
import { countFetch } from "../accounts";
import { fetchedFrame } from "../l0";
import { clockOf, executedBy, stall } from "../time";
import { findWay, setState, stateOf } from "./l1";
import { clusterOf, isRom, lineOf } from "./lines";
import { hopsBetween } from "./mesh";
import { serve } from "./miss";
import { FOR_READING, FOR_WRITING } from "./purpose";

/**
 * The accesses of an instruction have a slot each (2.1): of the first page it is fetched from, then of the second; of the first page of its
 * data, then of the second. Of each the entries of levels 0 to 2, the entry that is marked, and the line.
 */
export const SLOTS_FETCH: u32 = 0;
export const SLOTS_FETCH_NEXT: u32 = 5;
export const SLOTS_DATA: u32 = 10;
export const SLOTS_DATA_NEXT: u32 = 15;
export const SLOT_MARK: u32 = 3;
export const SLOT_LINE: u32 = 4;
const SLOTS_OF_PAGE: u32 = 5;

/** Returns the clock at which the instruction in progress began; the budget counts its cycle already. */
function issueClock(h: usize): u64 {
    return clockOf(h) - 1;
}

/** Returns true when no other hart is behind. */
function isFirst(h: usize): bool {
    const clock = issueClock(h);
    const next = load<u64>(NEXT_CLOCK);
    return clock < next || (clock == next && load<u64>(h, RANK) < load<u64>(NEXT_RANK));
}

/** Ends the turn before the instruction in progress, as if it had not begun. */
function giveWay(h: usize): void {
    const timed = <usize>load<u32>(h, TIMED);
    store<u64>(timed, load<u64>(timed, YIELDS) + 1, YIELDS);
    store<i32>(h, load<i32>(h, BUDGET) + 1, BUDGET);
    store<u32>(h, load<u32>(h, EXIT) | EXIT_PC_SET | EXIT_ENDS, EXIT);
    store<u32>(TURN, TURN_OVER);
    if (load<u32>(ACCOUNTING) && !load<u32>(UNCOUNTED)) countFetch(h, fetchedFrame(h, load<u64>(h, PC)), -1);
}

/** Returns true when the slot of this very instruction was served before its turn ended. It is not asked again. */
function isGranted(h: usize, slot: u32): bool {
    return load<u64>(h, GRANTED_AT) == executedBy(h) && ((load<u32>(h, GRANTED) >> slot) & 1) != 0;
}

function grant(h: usize, slot: u32): void {
    const at = executedBy(h);
    const present = load<u64>(h, GRANTED_AT) == at ? load<u32>(h, GRANTED) : 0;
    store<u64>(h, at, GRANTED_AT);
    store<u32>(h, present | (1 << slot), GRANTED);
}

/** Returns false when the hart has to give way before it may access a device. */
export function mayAccessDevice(h: usize): bool {
    if (isFirst(h)) return true;
    giveWay(h);
    return false;
}

/** Makes the line ready for its purpose. Returns false when the hart has given way. */
function touch(h: usize, slot: u32, isFetch: bool, frame: i32, offset: u32, purpose: u32, kind: usize): bool {
    const line = lineOf(frame, offset);
    // LR asks for lines of ROM, too, which no cache has in M (4.7).
    const exclusive = purpose != FOR_READING && !isRom(line);
    const way = findWay(h, isFetch, line);
    const state = stateOf(way);
    if (exclusive ? state >= <u32>STATE_EXCLUSIVE : state != STATE_INVALID) {
        if (exclusive && state == STATE_EXCLUSIVE) setState(way, STATE_MODIFIED);
        // What the walk reads next may evict the line, and then a yield would have it read anew. Engines do not decide what is walked.
        if (kind == MISS_WALK) grant(h, slot);
        return true;
    }
    if (isGranted(h, slot)) return true;
    if (!isFirst(h)) {
        giveWay(h);
        return false;
    }
    const start = issueClock(h);
    const end = serve(h, isFetch, line, way, purpose, kind, start);
    stall(h, <u32>(end - start));
    grant(h, slot);
    return true;
}

export function touchData(h: usize, slots: u32, frame: i32, offset: u32, purpose: u32): bool {
    return touch(h, slots + SLOT_LINE, false, frame, offset, purpose, MISS_DATA);
}

/** A walk reads the entry of a level, or writes its A and D bits (`slot` SLOT_MARK), through L1D (4.6). */
export function touchEntry(h: usize, slot: u32, frame: i32, offset: u32): bool {
    const purpose = slot % SLOTS_OF_PAGE == SLOT_MARK ? FOR_WRITING : FOR_READING;
    return touch(h, slot, false, frame, offset, purpose, MISS_WALK);
}

export function touchFetch(h: usize, slots: u32, frame: i32, offset: u32): bool {
    return touch(h, slots + SLOT_LINE, true, frame, offset, FOR_READING, MISS_FETCH);
}

/** Tells whether the line of data may have an entry in L0: for reads when it is there, for writes in M. */
export function mayCache(h: usize, frame: i32, offset: u32, isWrite: bool): bool {
    const state = stateOf(findWay(h, false, lineOf(frame, offset)));
    return isWrite ? state == STATE_MODIFIED : state != STATE_INVALID;
}

export function isFetchedFrom(h: usize, frame: i32, offset: u32): bool {
    return findWay(h, true, lineOf(frame, offset)) != 0;
}

function stallBy(h: usize, counter: usize, cycles: u32): void {
    const timed = <usize>load<u32>(h, TIMED);
    store<u64>(timed + counter, load<u64>(timed + counter) + <u64>cycles);
    stall(h, cycles);
}

/** The devices are at cluster 0 (4.7). */
export function stallDevice(h: usize): void {
    stallBy(h, STALL_DEVICE, load<u32>(DEVICE_CYCLES) + 2 * hopsBetween(clusterOf(h), 0) * load<u32>(HOP_CYCLES));
}

export function stallPause(h: usize): void {
    stallBy(h, STALL_PAUSE, load<u32>(PAUSE_CYCLES));
}

export function stallFence(h: usize): void {
    stallBy(h, STALL_FENCE, load<u32>(FENCE_I_CYCLES));
}
