// The caches of a hart (docs/spec/timing.md, section 3): a word a way, line << 2 | state. L0 is a part of them: an entry for reads needs the
// line, one for writes needs it in M, and a bit of a fetch entry needs it in L1I. So what leaves a cache leaves L0, too.
import { L1D, L1I } from "../../state/hart-layout";
import {
    L1D_SETS,
    L1D_WAYS,
    L1I_SETS,
    L1I_WAYS,
    STATE_INVALID,
    STATE_MODIFIED,
    STATE_SHARED,
} from "../../state/timing-layout";
import { forgetFetchLine, forgetReadLine, forgetWriteLine } from "./line-entries";
import { hostOfLine } from "./lines";

const STATE_BITS: u32 = 2;
const STATE_MASK: u32 = 3;

/** What the fill had to make room for: the line and its state, STATE_INVALID for nothing. */
export let victimLine: u32 = 0;
export let victimState: u32 = STATE_INVALID;

function setsOf(isFetch: bool): u32 {
    return isFetch ? load<u32>(L1I_SETS) : load<u32>(L1D_SETS);
}

function waysOf(isFetch: bool): u32 {
    return isFetch ? load<u32>(L1I_WAYS) : load<u32>(L1D_WAYS);
}

function cacheOf(h: usize, isFetch: bool): usize {
    return <usize>(isFetch ? load<u32>(h, L1I) : load<u32>(h, L1D));
}

/** Returns the address of the way that has the line, or 0. */
export function findWay(h: usize, isFetch: bool, line: u32): usize {
    const ways = waysOf(isFetch);
    let way = cacheOf(h, isFetch) + ((<usize>((line & (setsOf(isFetch) - 1)) * ways)) << 2);
    for (const end = way + ((<usize>ways) << 2); way < end; way += 4) {
        const content = load<u32>(way);
        if (content >> STATE_BITS == line && (content & STATE_MASK) != STATE_INVALID) return way;
    }
    return 0;
}

export function stateOf(way: usize): u32 {
    return way ? load<u32>(way) & STATE_MASK : STATE_INVALID;
}

export function setState(way: usize, state: u32): void {
    store<u32>(way, (load<u32>(way) & ~STATE_MASK) | state);
}

/** Puts the line, which the cache does not have, into an empty way of its set or the one whose turn it is (3.2). */
export function fill(h: usize, isFetch: bool, line: u32, state: u32): void {
    const sets = setsOf(isFetch);
    const ways = waysOf(isFetch);
    const cache = cacheOf(h, isFetch);
    const set = line & (sets - 1);
    const first = cache + ((<usize>(set * ways)) << 2);
    let chosen = first;
    const end = first + ((<usize>ways) << 2);
    while (chosen < end && (load<u32>(chosen) & STATE_MASK) != STATE_INVALID) chosen += 4;
    victimState = STATE_INVALID;
    if (chosen == end) {
        const turn = cache + ((<usize>(sets * ways)) << 2) + <usize>set;
        const way = <u32>load<u8>(turn);
        store<u8>(turn, <u8>(way + 1 == ways ? 0 : way + 1));
        chosen = first + ((<usize>way) << 2);
        victimLine = load<u32>(chosen) >> STATE_BITS;
        victimState = load<u32>(chosen) & STATE_MASK;
        forget(h, isFetch, victimLine);
    }
    store<u32>(chosen, (line << STATE_BITS) | state);
}

/** Takes the line out of the cache. Returns the state that it had. */
export function invalidate(h: usize, isFetch: bool, line: u32): u32 {
    const way = findWay(h, isFetch, line);
    const state = stateOf(way);
    if (!way) return state;
    store<u32>(way, 0);
    forget(h, isFetch, line);
    return state;
}

/** The cache keeps the line for reading only. Returns the state that it had. */
export function share(h: usize, isFetch: bool, line: u32): u32 {
    const way = findWay(h, isFetch, line);
    const state = stateOf(way);
    if (!way) return state;
    setState(way, STATE_SHARED);
    if (state == STATE_MODIFIED) forgetWriteLine(h, hostOfLine(line));
    return state;
}

function forget(h: usize, isFetch: bool, line: u32): void {
    const host = hostOfLine(line);
    if (isFetch) {
        forgetFetchLine(h, host);
        return;
    }
    forgetReadLine(h, host);
    forgetWriteLine(h, host);
}
