/** Parts of the machine that need little of it: its probe and watch, the parts of its state hash, memory as a hart sees it. */

import type { Bus } from "../dev/bus.ts";
import { Probe } from "../dev/probe.ts";
import { MTIME_OFFSET, PROBE_PORTS } from "../state/machine-layout.ts";
import { PAGE_BYTES, PROBE_PORT_BYTES } from "../state/plan.ts";
import type { SharedMemory } from "../state/shared-memory.ts";
import type { StatePart } from "../state/state-part.ts";
import type { Hart } from "./hart.ts";
import type { MachineOptions } from "./machine-options.ts";
import { Watch, type WatchedPage } from "./watch.ts";

/** The probe, whose ports lie in the shared memory. */
export function makeProbe(shared: SharedMemory, harts: number, onRecord: Probe["onRecord"]): Probe {
    const { plan, memory } = shared;
    const halves = (harts * PROBE_PORT_BYTES) / Uint32Array.BYTES_PER_ELEMENT;
    const probe = new Probe(new Uint32Array(memory.buffer, plan.probe, halves));
    shared.setU32(PROBE_PORTS, plan.probe);
    probe.onRecord = onRecord;
    return probe;
}

export function makeWatch(
    shared: SharedMemory,
    pages: readonly WatchedPage[],
    { bankSize, hartsPerCluster }: MachineOptions,
): Watch {
    return new Watch(shared, pages, bankSize, (hart) => Math.floor(hart / hartsPerCluster) * bankSize);
}

/** The parts of the state hash but memory; `reset` are those of a hart after reset. */
export function* stateParts(
    shared: SharedMemory,
    harts: readonly Hart[],
    reset: ReadonlyMap<string, Uint8Array>,
    bus: Bus,
): Generator<StatePart> {
    for (const hart of harts) {
        for (const [name, words] of hart.stateParts())
            yield { name: `hart/${hart.index}/${name}`, bytes: bytesOfWords(words), reset: reset.get(name) };
    }
    yield { name: "mtime", bytes: bytesOfWords([shared.u64(MTIME_OFFSET)]) };
    yield* bus.stateParts();
}

export function bytesOfWords(words: readonly bigint[]): Uint8Array {
    return new Uint8Array(BigUint64Array.from(words).buffer);
}

interface VirtualMemory {
    readonly ramBytes: number;
    translate(vaddr: bigint, hart: number): number | undefined;
    readPhysical(paddr: number, length: number, hart: number): Uint8Array;
}

/** Bytes as the hart sees them; undefined where it may not read all of them. */
export function readVirtual(
    memory: VirtualMemory,
    hart: number,
    vaddr: bigint,
    length: number,
): Uint8Array | undefined {
    if (length > memory.ramBytes) return undefined;
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
        const paddr = memory.translate(BigInt.asUintN(64, vaddr + BigInt(done)), hart);
        if (paddr === undefined) return undefined;
        const part = Math.min(length - done, PAGE_BYTES - (paddr % PAGE_BYTES));
        bytes.set(memory.readPhysical(paddr, part, hart), done);
        done += part;
    }
    return bytes;
}
