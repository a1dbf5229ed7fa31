// The harts that have something to do, in a binary heap by their keys: clock, then rank (docs/spec/timing.md 2.2, 2.6).
import { HEAP_AT, KEY, RANK } from "../../state/hart-layout";
import { HEAP, HEAP_SIZE } from "../../state/timing-layout";

function slotOf(index: u32): usize {
    return <usize>load<u32>(HEAP) + ((<usize>index) << 2);
}

function at(index: u32): usize {
    return <usize>load<u32>(slotOf(index));
}

function put(index: u32, h: usize): void {
    store<u32>(slotOf(index), <u32>h);
    store<u32>(h, index + 1, HEAP_AT);
}

/** Returns true when the key of hart a is smaller. No two harts have the same. */
export function isBefore(a: usize, b: usize): bool {
    const x = load<u64>(a, KEY);
    const y = load<u64>(b, KEY);
    return x < y || (x == y && load<u64>(a, RANK) < load<u64>(b, RANK));
}

/** Returns the hart with the smallest key, or 0. */
export function firstHart(): usize {
    return load<u32>(HEAP_SIZE) ? at(0) : 0;
}

/** Returns the hart with the smallest key but the first, or 0. */
export function secondHart(): usize {
    const size = load<u32>(HEAP_SIZE);
    if (size < 2) return 0;
    if (size == 2) return at(1);
    return isBefore(at(1), at(2)) ? at(1) : at(2);
}

/** Puts the hart into the heap with that clock, or gives it that clock there. */
export function setKey(h: usize, clock: u64): void {
    store<u64>(h, clock, KEY);
    let place = load<u32>(h, HEAP_AT);
    if (!place) {
        place = load<u32>(HEAP_SIZE) + 1;
        store<u32>(HEAP_SIZE, place);
        put(place - 1, h);
    }
    if (!rise(h)) sink(h);
}

export function leaveHeap(h: usize): void {
    const place = load<u32>(h, HEAP_AT);
    if (!place) return;
    const size = load<u32>(HEAP_SIZE) - 1;
    store<u32>(HEAP_SIZE, size);
    store<u32>(h, 0, HEAP_AT);
    if (place - 1 == size) return;
    const last = at(size);
    put(place - 1, last);
    if (!rise(last)) sink(last);
}

/** Moves the hart up while it is before its parent. Returns whether it has moved. */
function rise(h: usize): bool {
    const start = load<u32>(h, HEAP_AT) - 1;
    let index = start;
    while (index > 0) {
        const parent = (index - 1) >> 1;
        if (!isBefore(h, at(parent))) break;
        put(index, at(parent));
        index = parent;
    }
    put(index, h);
    return index != start;
}

function sink(h: usize): void {
    const size = load<u32>(HEAP_SIZE);
    let index = load<u32>(h, HEAP_AT) - 1;
    while (true) {
        let child: u32 = 2 * index + 1;
        if (child >= size) break;
        if (child + 1 < size && isBefore(at(child + 1), at(child))) child++;
        if (!isBefore(at(child), h)) break;
        put(index, at(child));
        index = child;
    }
    put(index, h);
}
