// Store buffers (docs/spec/memory-model.md): stores to memory that a hart has executed and that nobody else sees yet. With
// `memoryModel: sc` there are none, and STORE_COUNT of every hart is always 0.
import { DRAINS, EXIT, EXIT_REDISPATCH, HART_ID, STORE_COUNT, STORE_FENCES } from "../state/hart-layout";
import { FRAMES_BASE, STORE_BUFFERS, STORE_DEPTH, STORE_REORDERS } from "../state/machine-layout";
import { STORE_ENTRY, STORE_FENCED, STORE_PLACE, STORE_VALUE, STORE_WIDTH } from "../state/store-buffer-layout";
import { extended, loadBytes, storeBytes } from "./bytes";
import { noteStore } from "./code";
import { DRAW_DRAINS, draw } from "./draw";

/** Of a fence's sets, predecessors in bits 7:4, successors in 3:0 (RISC-V unprivileged ISA, 2.7); fence.tso. */
const FENCE_W: u32 = 1;
const FENCE_IOR: u32 = 14;
const FENCE_PREDECESSORS: u32 = 4;
const FENCE_TSO: u32 = 0x833;
const FENCE_BITS: u32 = 0xfff;

/** Fields of a draw at a turn's edge: bits 0 and 1 choose how much drains, the bits from 2 on a number of stores. */
const DRAIN_MASK: u64 = 3;
const DRAIN_NONE: u64 = 0;
const DRAIN_ONE: u64 = 1;
const DRAIN_SOME: u64 = 2;
const DRAIN_SHIFT: u64 = 2;

function entryAt(h: usize, i: u32): usize {
    const first = load<u32>(h, HART_ID) * load<u32>(STORE_DEPTH);
    return <usize>load<u32>(STORE_BUFFERS) + <usize>(first + i) * STORE_ENTRY;
}

function overlaps(entry: usize, place: u32, width: u32): bool {
    const own = load<u32>(entry, STORE_PLACE);
    return own < place + width && place < own + load<u32>(entry, STORE_WIDTH);
}

function drainDraw(h: usize): u64 {
    const n = load<u64>(h, DRAINS);
    store<u64>(h, n + 1, DRAINS);
    return draw(load<u32>(h, HART_ID), n, DRAW_DRAINS);
}

/** Puts a store into the buffer; of a full one a store drains first. Engines call this function for stores that hit L0. */
export function buffer_store(h: usize, host: usize, width: u32, value: u64): void {
    if (load<u32>(h, STORE_COUNT) == load<u32>(STORE_DEPTH)) drainNext(h);
    const count = load<u32>(h, STORE_COUNT);
    const entry = entryAt(h, count);
    store<u64>(entry, value, STORE_VALUE);
    store<u32>(entry, <u32>(host - <usize>load<u32>(FRAMES_BASE)), STORE_PLACE);
    store<u32>(entry, width, STORE_WIDTH);
    store<u32>(entry, load<u32>(h, STORE_FENCES), STORE_FENCED);
    store<u32>(h, count + 1, STORE_COUNT);
}

/** Returns what the hart sees: its own stores over what memory has. Engines call this function when the buffer is not empty. */
export function buffer_load(h: usize, host: usize, width: u32, signed: u32): u64 {
    return extended(seen(h, host, width), width, signed);
}

/** As loadBytes, with the hart's own stores. */
export function seen(h: usize, host: usize, width: u32): u64 {
    let value = loadBytes(host, width);
    const count = load<u32>(h, STORE_COUNT);
    const place = <u32>(host - <usize>load<u32>(FRAMES_BASE));
    for (let i: u32 = 0; i < count; i++) {
        const entry = entryAt(h, i);
        if (overlaps(entry, place, width)) value = merged(value, entry, place, width);
    }
    return value;
}

function merged(value: u64, entry: usize, place: u32, width: u32): u64 {
    const first = load<u32>(entry, STORE_PLACE);
    const bytes = load<u64>(entry, STORE_VALUE);
    for (let i: u32 = 0; i < load<u32>(entry, STORE_WIDTH); i++) {
        const at = first + i - place;
        if (at >= width) continue;
        const shift = <u64>(at << 3);
        value = (value & ~((<u64>0xff) << shift)) | (((bytes >> <u64>(i << 3)) & 0xff) << shift);
    }
    return value;
}

/** Memory sees the store `i` of the buffer, and decoded code keeps in step. */
function drain(h: usize, i: u32): void {
    const entry = entryAt(h, i);
    const place = load<u32>(entry, STORE_PLACE);
    const width = load<u32>(entry, STORE_WIDTH);
    storeBytes(<usize>load<u32>(FRAMES_BASE) + <usize>place, width, load<u64>(entry, STORE_VALUE));
    if (noteStore(<i32>(place >> 12), place & 4095, width)) store<u32>(h, load<u32>(h, EXIT) | EXIT_REDISPATCH, EXIT);
    const left = load<u32>(h, STORE_COUNT) - 1;
    memory.copy(entry, entry + STORE_ENTRY, <usize>(left - i) * STORE_ENTRY);
    store<u32>(h, left, STORE_COUNT);
    if (!left) store<u32>(h, 0, STORE_FENCES);
}

/** Nobody sees in which order stores drain of which none is left. */
export function drainAll(h: usize): void {
    while (load<u32>(h, STORE_COUNT)) drain(h, 0);
}

/** Drains one store: the oldest, or with reordering any that may go, by a draw. */
function drainNext(h: usize): void {
    const count = load<u32>(h, STORE_COUNT);
    if (!load<u32>(STORE_REORDERS) || count == 1) {
        drain(h, 0);
        return;
    }
    let free: u32 = 0;
    for (let i: u32 = 0; i < count; i++) if (mayGo(h, i)) free++;
    let left = <u32>(drainDraw(h) % <u64>free);
    for (let i: u32 = 0; i < count; i++) {
        if (!mayGo(h, i)) continue;
        if (left-- == 0) {
            drain(h, i);
            return;
        }
    }
}

function mayGo(h: usize, i: u32): bool {
    for (let older: u32 = 0; older < i; older++) if (precedes(entryAt(h, older), entryAt(h, i))) return false;
    return true;
}

/** True when the older store drains before the younger one even with reordering: a fence is between them, or they overlap. */
function precedes(older: usize, younger: usize): bool {
    if (load<u32>(older, STORE_FENCED) < load<u32>(younger, STORE_FENCED)) return true;
    return overlaps(older, load<u32>(younger, STORE_PLACE), load<u32>(younger, STORE_WIDTH));
}

/** At the start and the end of a turn: nothing drains, one store, some, or all. */
export function drainSome(h: usize): void {
    const count = load<u32>(h, STORE_COUNT);
    if (!count) return;
    const drawn = drainDraw(h);
    const kind = drawn & DRAIN_MASK;
    if (kind == DRAIN_NONE) return;
    if (kind != DRAIN_ONE && kind != DRAIN_SOME) {
        drainAll(h);
        return;
    }
    let times = kind == DRAIN_ONE ? 1 : <u32>((drawn >> DRAIN_SHIFT) % <u64>(count + 1));
    while (times--) drainNext(h);
}

/** A fence with these bits of its instruction: what has to be in memory before what comes next drains, or the next stores wait behind it. */
export function fenceStores(h: usize, bits: u32): void {
    const count = load<u32>(h, STORE_COUNT);
    if (!count || !((bits >> FENCE_PREDECESSORS) & FENCE_W)) return;
    if (bits & FENCE_IOR && (bits & FENCE_BITS) != FENCE_TSO) {
        drainAll(h);
        return;
    }
    const fences = load<u32>(h, STORE_FENCES);
    const isNew = bits & FENCE_W && load<u32>(entryAt(h, count - 1), STORE_FENCED) == fences;
    if (isNew) store<u32>(h, fences + 1, STORE_FENCES);
}

/**
 * LR, SC or an AMO is about to access memory itself. Stores that it overlaps are there before it, and if it `writes` those before a fence,
 * or with stores in order all; if it releases all of them are.
 */
export function orderAtomic(h: usize, host: usize, width: u32, writes: bool, releases: bool): void {
    if (releases || (writes && !load<u32>(STORE_REORDERS))) {
        drainAll(h);
        return;
    }
    const place = <u32>(host - <usize>load<u32>(FRAMES_BASE));
    const count = load<u32>(h, STORE_COUNT);
    const fences = writes ? load<u32>(h, STORE_FENCES) : 0;
    let due: u64 = 0;
    for (let i: i32 = <i32>count - 1; i >= 0; i--) {
        const entry = entryAt(h, <u32>i);
        const isDue = overlaps(entry, place, width) || load<u32>(entry, STORE_FENCED) < fences || isBefore(h, i, due);
        if (isDue) due |= (<u64>1) << (<u64>i);
    }
    for (let i: u32 = 0; due; due >>= 1) {
        if (due & 1) drain(h, i);
        else i++;
    }
}

/** True when store `i` has to drain before one of those that `due` has a bit for. */
function isBefore(h: usize, i: i32, due: u64): bool {
    if (!load<u32>(STORE_REORDERS)) return due != 0;
    const entry = entryAt(h, <u32>i);
    for (let later = due; later; later &= later - 1) if (precedes(entry, entryAt(h, <u32>ctz<u64>(later)))) return true;
    return false;
}
