/**
 * A moment of a machine between two turns, taken and put back (docs/machine.md, "Snapshots"): all that the rest of the run depends on.
 * Pages and tables are held by chunks that are not all zeros, and a snapshot shares with an earlier one the chunks that are the same.
 */

import type { Bus, SavedDevices } from "../dev/bus.ts";
import type { Core } from "../state/core-contract.ts";
import * as hartLayout from "../state/hart-layout.ts";
import { HALT, HALTED } from "../state/machine-layout.ts";
import { PAGE_BYTES } from "../state/plan.ts";
import type { SharedMemory } from "../state/shared-memory.ts";
import { CURRENT, HEAP_SIZE } from "../state/timing-layout.ts";
import type { PhysicalMemory } from "./physical-memory.ts";
import { heldFields, heldTables, type Stretch } from "./snapshot-parts.ts";

/** By number: chunks of PAGE_BYTES, the last of a table may be shorter. */
export type Chunks = ReadonlyMap<number, Uint8Array>;

export interface Snapshot {
    readonly fields: Uint8Array;
    /** In the order of heldTables. */
    readonly tables: readonly Chunks[];
    /** By frame. */
    readonly frames: Chunks;
    readonly devices: SavedDevices;
}

/** The snapshot cannot be put into this machine. The message is a clause with no subject, as in "is damaged". */
export class SnapshotError extends Error {}

/** What snapshots need of a machine. */
export interface SnapshotMachine {
    readonly shared: SharedMemory;
    readonly core: Core;
    readonly memory: PhysicalMemory;
    readonly bus: Bus;
    readonly harts: number;
}

/** Takes a snapshot between two turns. `previous` is an earlier one of the same machine. */
export function takeSnapshot({ shared, memory, bus, harts }: SnapshotMachine, previous?: Snapshot): Snapshot {
    if (shared.u32(HALTED) !== 0) throw new Error("a snapshot inside a turn");
    const stretches = heldFields(shared, harts);
    const fields = new Uint8Array(sizeOf(stretches));
    let at = 0;
    for (const { from, bytes } of stretches) {
        fields.set(shared.bytes(from, bytes), at);
        at += bytes;
    }
    const tables = heldTables(shared.plan).map(({ from, bytes }, i) => {
        return chunksOf(windows(shared, from, bytes), previous?.tables[i]);
    });
    const frames = chunksOf(memory.writtenFrames(), previous?.frames);
    return { fields, tables, frames, devices: bus.save() };
}

/** Puts the machine into the moment of the snapshot. Throws a SnapshotError when that is none of such a machine; the machine is of no use then. */
export function putBack({ shared, core, memory, bus, harts }: SnapshotMachine, snapshot: Snapshot): void {
    const stretches = heldFields(shared, harts);
    const tables = heldTables(shared.plan);
    check(snapshot, sizeOf(stretches), tables, shared.plan.frameCount);
    // A store of the host changes caches and directory, so memory comes first.
    putFrames(shared, core, memory, snapshot.frames);
    for (const [i, { from, bytes }] of tables.entries()) putTable(shared, from, bytes, snapshot.tables[i] as Chunks);
    let at = 0;
    for (const { from, bytes } of stretches) {
        shared.bytes(from, bytes).set(snapshot.fields.subarray(at, at + bytes));
        at += bytes;
    }
    if (!bus.restore(snapshot.devices)) throw new SnapshotError("has devices that this machine has not");
    putHeap(shared, harts);
    // No turn has begun.
    for (const field of [HALT, HALTED, CURRENT]) shared.setU32(field, 0);
    for (let hart = 0; hart < harts; hart++) core.hart_restored(shared.plan.harts + hart * hartLayout.HART_STRIDE);
}

function check({ fields, tables: held, frames }: Snapshot, bytes: number, tables: Stretch[], frameCount: number): void {
    if (fields.length !== bytes || held.length !== tables.length) throw new SnapshotError("is of another machine");
    const fits = (chunks: Chunks, total: number) =>
        [...chunks].every(([i, { length }]) => length === Math.min(PAGE_BYTES, total - i * PAGE_BYTES));
    const all = tables.every((table, i) => fits(held[i] as Chunks, table.bytes));
    if (!all || !fits(frames, frameCount * PAGE_BYTES)) throw new SnapshotError("is of another machine");
}

function putFrames(shared: SharedMemory, core: Core, memory: PhysicalMemory, frames: Chunks): void {
    const put = (frame: number, content: Uint8Array) => {
        const window = shared.bytes(shared.plan.frames + frame * PAGE_BYTES, PAGE_BYTES);
        if (isSame(window, content)) return;
        window.set(content);
        core.host_stored(frame, 0, PAGE_BYTES);
    };
    for (const [frame] of memory.writtenFrames()) if (!frames.has(frame)) put(frame, ZEROS);
    for (const [frame, content] of frames) put(frame, content);
}

function putTable(shared: SharedMemory, from: number, bytes: number, chunks: Chunks): void {
    for (const [i, window] of windows(shared, from, bytes)) {
        const content = chunks.get(i);
        if (content === undefined) window.fill(0);
        else window.set(content);
    }
}

/** Each hart knows its place in the heap of fidelity "timing". */
function putHeap(shared: SharedMemory, harts: number): void {
    const { timing } = shared.plan;
    if (timing === undefined) return;
    const size = shared.u32(HEAP_SIZE);
    let placed = 0;
    for (let hart = 0; hart < harts; hart++) {
        const base = shared.plan.harts + hart * hartLayout.HART_STRIDE;
        const place = shared.u32(base + hartLayout.HEAP_AT);
        if (place === 0) continue;
        if (place > size) throw new SnapshotError("has a hart outside the heap");
        shared.setU32(timing.heap + 4 * (place - 1), base);
        placed++;
    }
    if (placed !== size) throw new SnapshotError("has a heap with holes");
}

const ZEROS = new Uint8Array(PAGE_BYTES);

function sizeOf(stretches: readonly Stretch[]): number {
    return stretches.reduce((sum, { bytes }) => sum + bytes, 0);
}

function* windows(shared: SharedMemory, from: number, bytes: number): Generator<[number, Uint8Array]> {
    for (let at = 0, i = 0; at < bytes; at += PAGE_BYTES, i++)
        yield [i, shared.bytes(from + at, Math.min(PAGE_BYTES, bytes - at))];
}

/** Copies of the windows that are not all zeros, or the chunks of an earlier snapshot that are the same. */
function chunksOf(all: Iterable<readonly [number, Uint8Array]>, previous?: Chunks): Chunks {
    const chunks = new Map<number, Uint8Array>();
    for (const [i, window] of all) {
        const before = previous?.get(i);
        if (before !== undefined && isSame(window, before)) chunks.set(i, before);
        else if (!isZero(window)) chunks.set(i, window.slice());
    }
    return chunks;
}

/** Most chunks of large machines are: tables of accounts are hundreds of megabytes. */
function isZero(chunk: Uint8Array): boolean {
    const words = new Uint32Array(chunk.buffer, chunk.byteOffset, chunk.length >>> 2);
    const at = (i: number) => words[i] as number;
    let i = 0;
    for (; i + 8 <= words.length; i += 8)
        if ((at(i) | at(i + 1) | at(i + 2) | at(i + 3) | at(i + 4) | at(i + 5) | at(i + 6) | at(i + 7)) !== 0)
            return false;
    for (; i < words.length; i++) if (at(i) !== 0) return false;
    return true;
}

/** Chunks are aligned to 8 bytes, and so are the copies. `b` is at least as long. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
    const count = a.length >>> 2;
    const [x, y] = [new Uint32Array(a.buffer, a.byteOffset, count), new Uint32Array(b.buffer, b.byteOffset, count)];
    for (let i = 0; i < count; i++) if (x[i] !== y[i]) return false;
    return true;
}
