// The directory entry of a line in L2 (docs/spec/timing.md 4.2). A cache is 2 * hart, + 1 for L1I.
//
//      63   62         8 7      5 4   2 1   0
//     +----+------------+--------+-----+-----+
//     | D  | caches     |        |  n  | kind|     D: the line is dirty in L2
//     +----+------------+--------+-----+-----+
//
// Kind OWNER has the cache that has the line in E or M. POINTERS has n caches of 12 bits each that share it. MAP has the number of a map
// with a bit a cache. COUNT has the number of sharers only, so that a write asks every cluster.
import { HART_COUNT } from "../../state/machine-layout";
import {
    DIRECTORY_BROADCAST,
    DIRECTORY_POINTERS,
    MAP_BYTES,
    MAP_COUNT,
    MAPS,
    MAPS_FREE,
    MAPS_TAKEN,
    OVERFLOWS,
} from "../../state/timing-layout";

const KIND_MASK: u64 = 3;
const KIND_NONE: u64 = 0;
const KIND_OWNER: u64 = 1;
const KIND_POINTERS: u64 = 2;
const KIND_MANY: u64 = 3;
/** Of KIND_MANY, in place of n. */
const MANY_MAP: u64 = 0;
const MANY_COUNT: u64 = 1;
const N_SHIFT: u64 = 2;
const N_MASK: u64 = 7;
const CACHES_SHIFT: u64 = 8;
const CACHE_BITS: u64 = 12;
const CACHE_MASK: u64 = 0xfff;
const NUMBER_MASK: u64 = 0xffffffff;
const DIRTY: u64 = (<u64>1) << 63;

export const NO_CACHE: i32 = -1;

export function isDirty(slot: usize): bool {
    return (load<u64>(slot) & DIRTY) != 0;
}

export function setDirty(slot: usize): void {
    store<u64>(slot, load<u64>(slot) | DIRTY);
}

/** Returns the cache that has the line in E or M, as far as the directory knows, or NO_CACHE. */
export function ownerOf(slot: usize): i32 {
    const entry = load<u64>(slot);
    return (entry & KIND_MASK) == KIND_OWNER ? <i32>((entry >> CACHES_SHIFT) & CACHE_MASK) : NO_CACHE;
}

/** Returns true when no cache has the line. */
export function isUnused(slot: usize): bool {
    return (load<u64>(slot) & KIND_MASK) == KIND_NONE;
}

/** Returns true when the sharers are counted only. */
export function isCounted(slot: usize): bool {
    const entry = load<u64>(slot);
    return (entry & KIND_MASK) == KIND_MANY && ((entry >> N_SHIFT) & N_MASK) == MANY_COUNT;
}

export function setOwner(slot: usize, cache: i32): void {
    clear(slot);
    store<u64>(slot, load<u64>(slot) | KIND_OWNER | ((<u64>cache) << CACHES_SHIFT));
}

/** No cache has the line any more. */
export function clear(slot: usize): void {
    const entry = load<u64>(slot);
    if ((entry & KIND_MASK) == KIND_MANY && ((entry >> N_SHIFT) & N_MASK) == MANY_MAP) freeMap(numberOf(entry));
    store<u64>(slot, entry & DIRTY);
}

/** Adds a cache to those that share the line. There is no owner, or it has become a sharer by clear and addSharer. */
export function addSharer(slot: usize, cache: i32): void {
    const entry = load<u64>(slot);
    const dirty = entry & DIRTY;
    const kind = entry & KIND_MASK;
    if (kind == KIND_NONE) {
        store<u64>(slot, dirty | KIND_POINTERS | (1 << N_SHIFT) | ((<u64>cache) << CACHES_SHIFT));
        return;
    }
    if (kind == KIND_POINTERS) {
        const count = (entry >> N_SHIFT) & N_MASK;
        for (let i: u64 = 0; i < count; i++) if (pointer(entry, i) == cache) return;
        if (count < <u64>load<u32>(DIRECTORY_POINTERS)) {
            const more = entry + (1 << N_SHIFT);
            store<u64>(slot, more | ((<u64>cache) << (CACHES_SHIFT + CACHE_BITS * count)));
            return;
        }
        overflow(slot, entry, count);
        addSharer(slot, cache);
        return;
    }
    if (((entry >> N_SHIFT) & N_MASK) == MANY_COUNT) {
        // The cache may be counted already, when it has dropped the line since. Its acknowledgement is waited for all the same.
        store<u64>(slot, entry + (1 << CACHES_SHIFT));
        return;
    }
    const word = mapWord(numberOf(entry), cache);
    store<u64>(word, load<u64>(word) | ((<u64>1) << (<u64>cache & 63)));
}

/** Returns the first sharer from `from` on, or NO_CACHE. Not for those that are counted only. */
export function nextSharer(slot: usize, from: i32): i32 {
    const entry = load<u64>(slot);
    if ((entry & KIND_MASK) == KIND_POINTERS) {
        let next = NO_CACHE;
        const count = (entry >> N_SHIFT) & N_MASK;
        for (let i: u64 = 0; i < count; i++) {
            const cache = pointer(entry, i);
            if (cache >= from && (next == NO_CACHE || cache < next)) next = cache;
        }
        return next;
    }
    if ((entry & KIND_MASK) != KIND_MANY || ((entry >> N_SHIFT) & N_MASK) == MANY_COUNT) return NO_CACHE;
    const caches = <i32>(load<u32>(HART_COUNT) << 1);
    const number = numberOf(entry);
    let cache = from;
    while (cache < caches) {
        const bits = load<u64>(mapWord(number, cache)) >> (<u64>cache & 63);
        if (bits) return cache + <i32>ctz(bits);
        cache = (cache | 63) + 1;
    }
    return NO_CACHE;
}

function pointer(entry: u64, index: u64): i32 {
    return <i32>((entry >> (CACHES_SHIFT + CACHE_BITS * index)) & CACHE_MASK);
}

function numberOf(entry: u64): u32 {
    return <u32>((entry >> CACHES_SHIFT) & NUMBER_MASK);
}

/** The entry has no pointer left: its sharers go to a map, or are counted. */
function overflow(slot: usize, entry: u64, count: u64): void {
    const number = load<u32>(DIRECTORY_BROADCAST) ? -1 : takeMap();
    if (number < 0) {
        if (!load<u32>(DIRECTORY_BROADCAST)) store<u64>(OVERFLOWS, load<u64>(OVERFLOWS) + 1);
        store<u64>(slot, (entry & DIRTY) | KIND_MANY | (MANY_COUNT << N_SHIFT) | (count << CACHES_SHIFT));
        return;
    }
    store<u64>(slot, (entry & DIRTY) | KIND_MANY | ((<u64>number) << CACHES_SHIFT));
    for (let i: u64 = 0; i < count; i++) addSharer(slot, pointer(entry, i));
}

function mapAt(number: u32): usize {
    return <usize>load<u32>(MAPS) + <usize>number * <usize>load<u32>(MAP_BYTES);
}

function mapWord(number: u32, cache: i32): usize {
    return mapAt(number) + ((<usize>cache >> 6) << 3);
}

/** Returns the number of an empty map, or -1 when all are in use. */
function takeMap(): i32 {
    const freed = load<u32>(MAPS_FREE);
    let number: u32;
    if (freed) {
        number = freed - 1;
        store<u32>(MAPS_FREE, load<u32>(mapAt(number)));
    } else {
        number = load<u32>(MAPS_TAKEN);
        if (number == load<u32>(MAP_COUNT)) return -1;
        store<u32>(MAPS_TAKEN, number + 1);
    }
    memory.fill(mapAt(number), 0, <usize>load<u32>(MAP_BYTES));
    return <i32>number;
}

function freeMap(number: u32): void {
    store<u32>(mapAt(number), load<u32>(MAPS_FREE));
    store<u32>(MAPS_FREE, number + 1);
}
