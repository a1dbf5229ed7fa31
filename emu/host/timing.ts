/** Fidelity "timing" as the host sets it up (docs/spec/timing.md): its parameters in the shared memory, the places of its tables; and the hash of the model. */

import { sha256 } from "@noble/hashes/sha2.js";
import * as hartLayout from "../state/hart-layout.ts";
import type { MemoryPlan } from "../state/plan.ts";
import type { SharedMemory } from "../state/shared-memory.ts";
import * as layout from "../state/timing-layout.ts";
import { timingSizeOf } from "../state/timing-plan.ts";
import type { TimingModel } from "./timing-parameters.ts";

export interface TimingMachine {
    readonly meshX: number;
    readonly clusters: number;
    readonly harts: number;
    readonly bankSize: number;
}

/** Writes the parameters and the places of the tables. */
export function writeTiming(shared: SharedMemory, model: TimingModel, machine: TimingMachine): void {
    const { plan } = shared;
    const timing = plan.timing;
    if (timing === undefined) throw new Error("the plan has no tables of timing");
    const { l1i, l1d, l2 } = timingSizeOf(model, machine.clusters);
    const bankLines = machine.bankSize / model.lineSize;
    const words: Readonly<Record<number, number>> = {
        [layout.TIMING]: 1,
        [layout.LINE_SHIFT]: Math.log2(model.lineSize),
        [layout.L1I_SETS]: l1i.sets,
        [layout.L1I_WAYS]: l1i.ways,
        [layout.L1D_SETS]: l1d.sets,
        [layout.L1D_WAYS]: l1d.ways,
        [layout.L2_SETS]: l2.sets,
        [layout.L2_WAYS]: l2.ways,
        [layout.L2_TAGS]: timing.l2Tags,
        [layout.L2_DIRECTORY]: timing.l2Directory,
        [layout.L2_BUSY]: timing.l2Busy,
        [layout.L2_NEXT]: timing.l2Next,
        [layout.TIMED_HARTS]: timing.harts,
        [layout.LINKS]: timing.links,
        [layout.PORTS]: timing.ports,
        [layout.CHANNELS]: timing.channels,
        [layout.MAPS]: timing.maps,
        [layout.MAP_BYTES]: timing.mapBytes,
        [layout.MAP_COUNT]: timing.mapCount,
        [layout.FETCH_LINES]: timing.fetchLines,
        [layout.MESH_WIDTH]: machine.meshX,
        [layout.CLUSTER_COUNT]: machine.clusters,
        [layout.BANK_LINES]: bankLines,
        [layout.RAM_LINES]: bankLines * machine.clusters,
        [layout.DATA_FLITS]: 1 + Math.ceil(model.lineSize / model.flitBytes),
        [layout.LOCAL_CYCLES]: model.localCycles,
        [layout.HOP_CYCLES]: model.hopCycles,
        [layout.L2_CYCLES]: model.l2Cycles,
        [layout.L2_PORT_CYCLES]: model.l2PortCycles,
        [layout.L1_PROBE_CYCLES]: model.l1ProbeCycles,
        [layout.MEMORY_CYCLES]: model.memoryCycles,
        [layout.MEMORY_OCCUPANCY]: model.memoryOccupancy,
        [layout.LINK_CONTENTION]: model.linkContention ? 1 : 0,
        [layout.DIRECTORY_POINTERS]: model.directoryPointers,
        [layout.DIRECTORY_BROADCAST]: model.directoryOverflow === "broadcast" ? 1 : 0,
        [layout.LOOKAHEAD]: model.lookahead,
        [layout.PAUSE_CYCLES]: model.pauseCycles,
        [layout.FENCE_I_CYCLES]: model.fenceICycles,
        [layout.DEVICE_CYCLES]: model.deviceLatency,
        [layout.HEAP]: timing.heap,
    };
    for (const [address, word] of Object.entries(words)) shared.setU32(Number(address), word);
    for (let h = 0; h < machine.harts; h++) {
        const base = plan.harts + h * hartLayout.HART_STRIDE;
        shared.setU32(base + hartLayout.L1I, timing.l1i + h * timing.l1iBytes);
        shared.setU32(base + hartLayout.L1D, timing.l1d + h * timing.l1dBytes);
        shared.setU32(base + hartLayout.TIMED, timing.harts + h * layout.TIMED_HART_STRIDE);
    }
}

/**
 * SHA-256 over what clocks depend on beside the state hash (8.5): tags, directory, TLBs, and the words of calendars that a taker may still
 * meet. 64 hex digits.
 */
export function modelHash(shared: SharedMemory): string {
    const { plan } = shared;
    const { timing } = plan;
    if (timing === undefined) throw new Error("the machine has no model of time");
    const hash = sha256.create();
    hash.update(new TextEncoder().encode("archipel-model/1\n"));
    const tables = [
        [timing.l1i, timing.fetchLines],
        [timing.l2Tags, timing.l2Busy],
        [timing.l2Next, timing.links],
        [plan.tlb, plan.tlb + plan.tlbTotal],
    ];
    for (const [from = 0, to = 0] of tables) hash.update(shared.bytes(from, to - from));
    const now = shared.u64(layout.NOW) >> 6n;
    const word = new DataView(new ArrayBuffer(16));
    for (const ring of ringsOf(plan)) {
        for (let at = ring.from; at < ring.to; at += layout.CALENDAR_WORD) {
            const number = shared.u64(at + 8);
            if (number < now) continue;
            word.setBigUint64(0, shared.u64(at), true);
            word.setBigUint64(8, number, true);
            hash.update(new Uint8Array(word.buffer));
        }
    }
    return Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function* ringsOf({ timing }: MemoryPlan): Generator<{ from: number; to: number }> {
    if (timing === undefined) return;
    const tables = [
        { start: timing.links, stride: layout.LINK_STRIDE, end: timing.links + timing.linkCount * layout.LINK_STRIDE },
        { start: timing.ports, stride: layout.PORT_STRIDE, end: timing.ports + timing.clusters * layout.PORT_STRIDE },
        {
            start: timing.channels,
            stride: layout.PORT_STRIDE,
            end: timing.channels + timing.clusters * layout.PORT_STRIDE,
        },
    ];
    for (const { start, stride, end } of tables)
        for (let at = start; at < end; at += stride) yield { from: at + layout.CALENDAR_RING, to: at + stride };
}
