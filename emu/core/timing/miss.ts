// What a miss does and how long it takes (docs/spec/timing.md, sections 4 and 5): MESI with a directory at home, which serves one request
// of a line at a time. The whole transaction is carried out at once, since misses come in the order of the harts' clocks.
import { HART_ID, TIMED } from "../../state/hart-layout";
import { HART_COUNT, HARTS_PER_CLUSTER } from "../../state/machine-layout";
import {
    CHANNELS,
    CLUSTER_COUNT,
    DATA_FLITS,
    FORWARDS,
    INCLUSIONS,
    INVALIDATIONS,
    L1_PROBE_CYCLES,
    L2_CYCLES,
    L2_PORT_CYCLES,
    MEMORY_CYCLES,
    MEMORY_OCCUPANCY,
    MEMORY_READS,
    MISSES,
    NETWORK_DATA,
    NETWORK_REQUESTS,
    PART_CHANNEL,
    PART_DIRECTORY,
    PART_FORWARD,
    PART_HOPS,
    PART_INVALIDATION,
    PART_L2,
    PART_LINKS,
    PART_MEMORY,
    PART_PORT,
    PARTS,
    PORT_STRIDE,
    PORT_WORDS,
    PORTS,
    STALLS,
    STATE_EXCLUSIVE,
    STATE_INVALID,
    STATE_MODIFIED,
    STATE_SHARED,
    UPGRADES,
    WRITE_BACKS,
} from "../../state/timing-layout";
import { hartAt } from "../harts";
import { reserve } from "./calendar";
import {
    addSharer,
    clear,
    isCounted,
    isDirty,
    isUnused,
    NO_CACHE,
    nextSharer,
    ownerOf,
    setDirty,
    setOwner,
} from "./directory";
import { fill, invalidate, setState, share, victimLine, victimState } from "./l1";
import { busyOf, contentOf, directoryOf, empty, findInL2, makeRoom, setContent } from "./l2";
import { clusterOf, homeOf, isRom } from "./lines";
import { queued, send } from "./mesh";
import { FOR_READING, FOR_REPLACING } from "./purpose";

const CONTROL_FLITS: u32 = 1;

/** The clock of the transaction in progress, and where its cycles are counted. */
let now: u64 = 0;
let stalls: usize = 0;
let counters: usize = 0;

/** Passes time until `time` in a PART_*. */
function pass(part: usize, time: u64): void {
    const slot = stalls + (part << 3);
    store<u64>(slot, load<u64>(slot) + time - now);
    now = time;
}

function increase(offset: usize): void {
    store<u64>(counters + offset, load<u64>(counters + offset) + 1);
}

function passMessage(arrival: u64): void {
    pass(PART_LINKS, now + queued);
    pass(PART_HOPS, arrival);
}

function port(cluster: u32): usize {
    return <usize>load<u32>(PORTS) + <usize>cluster * PORT_STRIDE;
}

function channel(cluster: u32): usize {
    return <usize>load<u32>(CHANNELS) + <usize>cluster * PORT_STRIDE;
}

function clusterOfCache(cache: i32): u32 {
    return (<u32>cache >> 1) / load<u32>(HARTS_PER_CLUSTER);
}

function hartOfCache(cache: i32): usize {
    return hartAt(<u32>cache >> 1);
}

function isFetchCache(cache: i32): bool {
    return (cache & 1) != 0;
}

/**
 * Brings the line into the cache of the hart, by its `purpose` (purpose.ts) in M or not, with its data or without. `present` is the way that
 * has it already, or 0. The miss of kind MISS_* begins at `time`. Returns the clock at which the line is there.
 */
export function serve(h: usize, isFetch: bool, line: u32, present: usize, purpose: u32, kind: usize, time: u64): u64 {
    counters = <usize>load<u32>(h, TIMED);
    stalls = counters + <usize>STALLS + ((kind * <usize>PARTS) << 3);
    now = time;
    increase(<usize>MISSES + (kind << 3));
    const own = clusterOf(h);
    const home = homeOf(line, own);
    const cache = <i32>((load<u32>(h, HART_ID) << 1) | <u32>isFetch);
    passMessage(send(NETWORK_REQUESTS, own, home, now, CONTROL_FLITS));
    if (isRom(line)) {
        passPort(home);
        passMessage(send(NETWORK_DATA, home, own, now, load<u32>(DATA_FLITS)));
        bring(h, own, isFetch, line, STATE_SHARED);
        return now;
    }
    const hasData = purpose == FOR_REPLACING;
    const way = wayAtHome(line, home, hasData);
    const state = give(directoryOf(way), cache, line, home, purpose != FOR_READING);
    const flits = present || hasData ? CONTROL_FLITS : load<u32>(DATA_FLITS);
    passMessage(send(NETWORK_DATA, home, own, now, flits));
    store<u64>(busyOf(way), now);
    if (present) {
        increase(UPGRADES);
        setState(present, state);
    } else {
        bring(h, own, isFetch, line, state);
    }
    return now;
}

function passPort(home: u32): void {
    pass(PART_PORT, reserve(port(home), PORT_WORDS, now, load<u32>(L2_PORT_CYCLES)));
    pass(PART_L2, now + <u64>load<u32>(L2_CYCLES));
}

/** Returns the way of L2 that has the line, which memory has to give unless the hart has the data. */
function wayAtHome(line: u32, home: u32, hasData: bool): u32 {
    const found = findInL2(line);
    if (found >= 0) {
        waitFor(<u32>found);
        passPort(home);
        return <u32>found;
    }
    const way = makeRoom(line);
    const old = contentOf(way);
    if (old) waitFor(way);
    passPort(home);
    let acknowledged = now;
    if (old) acknowledged = evict(way, old - 1, home);
    if (!hasData) {
        increase(MEMORY_READS);
        pass(PART_CHANNEL, reserve(channel(home), PORT_WORDS, now, load<u32>(MEMORY_OCCUPANCY)));
        pass(PART_MEMORY, now + <u64>load<u32>(MEMORY_CYCLES));
    }
    if (acknowledged > now) pass(PART_INVALIDATION, acknowledged);
    setContent(way, line);
    store<u64>(directoryOf(way), 0);
    return way;
}

/** An earlier request of the way's line holds it (4.4). */
function waitFor(way: u32): void {
    const busy = load<u64>(busyOf(way));
    if (busy > now) pass(PART_DIRECTORY, busy);
}

/** Takes the line out of L2 and so out of all caches. Returns when the last of them has acknowledged. */
function evict(way: u32, line: u32, home: u32): u64 {
    const slot = directoryOf(way);
    const owner = ownerOf(slot);
    let acknowledged = now;
    let dirty = isDirty(slot);
    if (owner != NO_CACHE) {
        const state = invalidate(hartOfCache(owner), isFetchCache(owner), line);
        if (state != STATE_INVALID) increase(INCLUSIONS);
        if (state == STATE_MODIFIED) dirty = true;
        acknowledged = askCache(
            clusterOfCache(owner),
            home,
            state == STATE_MODIFIED ? load<u32>(DATA_FLITS) : CONTROL_FLITS,
        );
    } else if (!isUnused(slot)) {
        acknowledged = invalidateSharers(slot, NO_CACHE, line, home, INCLUSIONS);
    }
    clear(slot);
    // Memory takes the data when it has nothing else to do. Nobody waits for it.
    if (dirty) reserve(channel(home), PORT_WORDS, acknowledged, load<u32>(MEMORY_OCCUPANCY));
    return acknowledged;
}

/** Returns when the answer is back at home to a message that leaves home now. */
function askCache(cluster: u32, home: u32, flits: u32): u64 {
    const asked = send(NETWORK_REQUESTS, home, cluster, now, CONTROL_FLITS);
    return send(NETWORK_DATA, cluster, home, asked + <u64>load<u32>(L1_PROBE_CYCLES), flits);
}

/** Invalidates all copies but that of `except`, one message after another. Returns when the last is acknowledged (5.3). */
function invalidateSharers(slot: usize, except: i32, line: u32, home: u32, counter: usize): u64 {
    if (isCounted(slot)) return invalidateEverywhere(except, line, home, counter);
    let last = now;
    for (let cache = nextSharer(slot, 0); cache != NO_CACHE; cache = nextSharer(slot, cache + 1)) {
        if (cache == except) continue;
        if (invalidate(hartOfCache(cache), isFetchCache(cache), line) != STATE_INVALID) increase(counter);
        const acknowledged = askCache(clusterOfCache(cache), home, CONTROL_FLITS);
        if (acknowledged > last) last = acknowledged;
    }
    return last;
}

/** Sharers are only counted: every cluster is asked, and invalidates what its caches have (4.2). */
function invalidateEverywhere(except: i32, line: u32, home: u32, counter: usize): u64 {
    const clusters = load<u32>(CLUSTER_COUNT);
    const caches = <i32>(load<u32>(HARTS_PER_CLUSTER) << 1);
    let last = now;
    for (let cluster: u32 = 0; cluster < clusters; cluster++) {
        for (let i: i32 = 0; i < caches; i++) {
            const cache = <i32>cluster * caches + i;
            if (cache == except) continue;
            if (invalidate(hartOfCache(cache), isFetchCache(cache), line) != STATE_INVALID) increase(counter);
        }
        const acknowledged = askCache(cluster, home, CONTROL_FLITS);
        if (acknowledged > last) last = acknowledged;
    }
    return last;
}

/** Gives the line to the cache, by the state of the directory and the request (4.3). Returns the state in which the cache has it. */
function give(slot: usize, cache: i32, line: u32, home: u32, exclusive: bool): u32 {
    const owner = ownerOf(slot);
    if (owner != NO_CACHE && owner != cache) {
        forward(slot, owner, line, home, exclusive);
    } else if (owner == cache) {
        // It has dropped the line without a word, or asks for M of a line that it has in E: no message is needed for either.
        clear(slot);
    } else if (exclusive && !isUnused(slot)) {
        pass(PART_INVALIDATION, invalidateSharers(slot, cache, line, home, INVALIDATIONS));
        clear(slot);
    }
    if (exclusive) {
        setOwner(slot, cache);
        return STATE_MODIFIED;
    }
    if (isUnused(slot)) {
        setOwner(slot, cache);
        return STATE_EXCLUSIVE;
    }
    addSharer(slot, cache);
    return STATE_SHARED;
}

/** The owner gives the line up, or shares it. It writes back through home (4.3). */
function forward(slot: usize, owner: i32, line: u32, home: u32, exclusive: bool): void {
    const h = hartOfCache(owner);
    const isFetch = isFetchCache(owner);
    const state = exclusive ? invalidate(h, isFetch, line) : share(h, isFetch, line);
    increase(FORWARDS);
    if (exclusive && state != STATE_INVALID) increase(INVALIDATIONS);
    const flits = state == STATE_INVALID ? CONTROL_FLITS : load<u32>(DATA_FLITS);
    const answered = askCache(clusterOfCache(owner), home, flits);
    const again = reserve(port(home), PORT_WORDS, answered, load<u32>(L2_PORT_CYCLES)) + <u64>load<u32>(L2_CYCLES);
    pass(PART_FORWARD, again);
    if (state == STATE_MODIFIED) setDirty(slot);
    clear(slot);
    if (!exclusive && state != STATE_INVALID) addSharer(slot, owner);
}

/** Fills the line. A dirty victim leaves for its home over the network of requests (3.7), and nobody waits for it. */
function bring(h: usize, own: u32, isFetch: bool, line: u32, state: u32): void {
    fill(h, isFetch, line, state);
    if (victimState != STATE_MODIFIED) return;
    increase(WRITE_BACKS);
    const home = homeOf(victimLine, own);
    const arrival = send(NETWORK_REQUESTS, own, home, now, load<u32>(DATA_FLITS));
    reserve(port(home), PORT_WORDS, arrival, load<u32>(L2_PORT_CYCLES));
    const way = findInL2(victimLine);
    if (way < 0) return;
    setDirty(directoryOf(<u32>way));
    clear(directoryOf(<u32>way));
}

/** The host has written to the line: no cache has it any more, and nobody paid for that (4.7). */
export function dropLine(line: u32): void {
    if (isRom(line)) return;
    const way = findInL2(line);
    if (way < 0) return;
    const slot = directoryOf(<u32>way);
    const caches = <i32>(load<u32>(HART_COUNT) << 1);
    for (let cache: i32 = 0; cache < caches; cache++) invalidate(hartOfCache(cache), isFetchCache(cache), line);
    clear(slot);
    empty(<u32>way);
}
