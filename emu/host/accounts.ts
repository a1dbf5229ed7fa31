/**
 * Access counts and distances of a machine, as the host sees them (docs/machine.md, "Accesses, counted and timed"). It tags frames, reads
 * the counters, and checks them against the instructions that the harts executed.
 *
 * An instruction is one ifetch from the page of its first halfword, also when it then traps. A load or store that succeeds is one access of
 * the page of its first byte. lr, sc (failed ones too) and AMOs are each one amo. A page table entry that a walk reads is one walk; walks
 * are those that the TLB model misses (emu/core/timing/tlb.ts).
 */

import type { Geometry } from "../mem/geometry.ts";
import * as cells from "../state/accounting-layout.ts";
import * as hartLayout from "../state/hart-layout.ts";
import * as layout from "../state/machine-layout.ts";
import { type ModelSize, PAGE_BYTES } from "../state/plan.ts";
import type { SharedMemory } from "../state/shared-memory.ts";
import { timingSizeOf } from "../state/timing-plan.ts";
import type { ModelOptions } from "./machine-options.ts";
import { writeTiming } from "./timing.ts";
import { type TimingModel, timingModelOf } from "./timing-parameters.ts";

export const OPERATIONS = ["ifetch", "load", "store", "amo", "walk"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Kinds that the host does not define. It gives those from 1 to LAST_KIND their meaning. */
export const { KIND_OTHER, KIND_ROM, KIND_DEVICE } = cells;
export const LAST_KIND = KIND_ROM - 1;

/** Who accesses: S and M, or U. In the order of their rows. */
export const MODES = ["kernel", "user"] as const;
export type Mode = (typeof MODES)[number];

export interface Traffic {
    /** The cluster of the harts. */
    readonly source: number;
    /** Their privilege. */
    readonly mode: Mode;
    /** The cluster of the bank; null for ROM and devices, which belong to no cluster. */
    readonly home: number | null;
    readonly kind: number;
    readonly operation: Operation;
    readonly count: number;
}

/** Counters that do not add up to the instructions that the cluster's harts executed. */
export interface AccountDifference {
    readonly cluster: number;
    readonly operation: Operation;
    readonly counted: number;
    readonly executed: number;
}

export interface ModelParameters extends ModelSize {
    readonly localLatencyCycles: number;
    readonly hopLatencyCycles: number;
    readonly deviceLatencyCycles: number;
    readonly timed: TimingModel | undefined;
}

/** Undefined when the machine neither counts nor times accesses. */
export function modelOf(options: ModelOptions, clusters: number): ModelParameters | undefined {
    const accounting = options.accounting === "accesses";
    const latency = options.fidelity === "latency";
    const timed = options.fidelity === "timing" ? timingModelOf(options, options.deviceLatencyCycles ?? 20) : undefined;
    if (!accounting && !latency && !timed) return undefined;
    const { tlbEntries = 64, tlbWays = 4 } = options;
    const { localLatencyCycles = 10, hopLatencyCycles = 4, deviceLatencyCycles = 20 } = options;
    const timing = timed && timingSizeOf(timed, clusters);
    const sizes = { clusters, accounting, latency, tlbEntries, tlbWays, timing };
    return { ...sizes, localLatencyCycles, hopLatencyCycles, deviceLatencyCycles, timed };
}

const CELL_OF: Readonly<Record<Operation, number>> = {
    ifetch: cells.CELL_IFETCH,
    load: cells.CELL_LOAD,
    store: cells.CELL_STORE,
    amo: cells.CELL_AMO,
    walk: cells.CELL_WALK,
};

const OPERATION_AT = new Map(OPERATIONS.map((operation) => [CELL_OF[operation], operation]));

export class Accounts {
    readonly #shared: SharedMemory;
    readonly #model: ModelParameters;
    readonly #geometry: Geometry;
    /** Cycles that banks cost more, by cluster. */
    readonly #slow = new Map<number, number>();

    constructor(shared: SharedMemory, model: ModelParameters, geometry: Geometry) {
        this.#shared = shared;
        this.#model = model;
        this.#geometry = geometry;
        this.#writeModel();
        if (model.latency) this.#writeStalls();
        if (model.accounting) this.#writeCells();
        const { clusterCount: clusters, hartCount: harts, bankSize, meshX } = geometry;
        if (model.timed) writeTiming(shared, model.timed, { clusters, harts, bankSize, meshX });
    }

    /** Counts accesses of the frame as `kind`, 0 to LAST_KIND, from now on. */
    tagFrame(ppn: number, kind: number): void {
        if (!Number.isInteger(kind) || kind < KIND_OTHER || kind > LAST_KIND) {
            throw new RangeError(`frame kind ${kind}; must be an integer from ${KIND_OTHER} to ${LAST_KIND}`);
        }
        const home = this.#geometry.homeOf(ppn * PAGE_BYTES);
        if (home < 0) throw new RangeError(`no frame of RAM has number 0x${ppn.toString(16)}`);
        if (!this.#model.accounting) return;
        const frame = layout.RAM_FRAME + ppn - this.#geometry.bankBase(0) / PAGE_BYTES;
        this.#shared.setU32(this.#shared.plan.cellOfFrame + 4 * frame, cellOffset(home, kind));
    }

    /** With fidelity "latency", between two turns: an access of the bank costs so many cycles more than its distance, from now on. */
    slow(bank: number, cycles: number): void {
        const { plan, view } = this.#shared;
        this.#writeStalls();
        this.#slow.set(bank, cycles);
        for (const [home, more] of this.#slow) {
            for (let source = 0; source < this.#model.clusters; source++) {
                const at = plan.stalls + source * plan.stallsRow + 2 * home;
                view.setUint16(at, view.getUint16(at, true) + more, true);
            }
        }
        // What harts have looked up holds what its page costs.
        for (let h = 0; h < this.#geometry.hartCount; h++)
            for (const field of [hartLayout.L0_READY, hartLayout.L0_SUPERPAGES])
                this.#shared.setU32(this.#hart(h) + field, 0);
    }

    /** All counters that are not zero, of one source or of all, by source, home, kind and operation. */
    *traffic(only?: number): Generator<Traffic> {
        const { clusters, accounting } = this.#model;
        if (!accounting) return;
        for (let source = only ?? 0; source < (only === undefined ? clusters : only + 1); source++) {
            for (const mode of MODES) yield* this.#trafficOf(source, mode);
        }
    }

    *#trafficOf(source: number, mode: Mode): Generator<Traffic> {
        const { plan, memory } = this.#shared;
        const { clusters } = this.#model;
        const row = plan.cells + (source * cells.MODES + MODES.indexOf(mode)) * plan.cellsRow;
        const words = new Uint32Array(memory.buffer, row, plan.cellsRow / 4);
        for (let at = counted(words, 0); at < words.length; at = counted(words, at + 2)) {
            const cell = Math.floor((4 * at) / cells.CELL_STRIDE);
            const home = Math.floor(cell / cells.KINDS);
            const operation = OPERATION_AT.get((4 * at) % cells.CELL_STRIDE);
            if (operation === undefined) continue;
            const count = this.#u64(row + 4 * at);
            yield { source, mode, home: home < clusters ? home : null, kind: cell % cells.KINDS, operation, count };
        }
    }

    /** Empty when all counters agree. Valid between turns. */
    check(): AccountDifference[] {
        if (!this.#model.accounting) return [];
        const { clusterCount } = this.#geometry;
        const counted = Array.from({ length: clusterCount }, () => ({ ifetch: 0, load: 0, store: 0, amo: 0, walk: 0 }));
        for (const { source, operation, count } of this.traffic()) {
            const sums = counted[source];
            if (sums !== undefined) sums[operation] += count;
        }
        return counted.flatMap((sums, cluster) =>
            OPERATIONS.map((operation) => {
                return { cluster, operation, counted: sums[operation], executed: this.#executed(cluster, operation) };
            }).filter((row) => row.counted !== row.executed),
        );
    }

    #executed(cluster: number, operation: Operation): number {
        const { hartsPerCluster } = this.#geometry;
        let sum = 0;
        for (let lid = 0; lid < hartsPerCluster; lid++)
            sum += this.#executedBy(cluster * hartsPerCluster + lid, operation);
        return sum;
    }

    #executedBy(hart: number, operation: Operation): number {
        const base = this.#hart(hart);
        const field = (offset: number) => this.#u64(base + offset);
        switch (operation) {
            case "ifetch":
                return (
                    field(hartLayout.INSTRET_BIAS) -
                    this.#shared.view.getInt32(base + hartLayout.BUDGET, true) +
                    field(hartLayout.TRAPPED)
                );
            case "load":
                return field(hartLayout.LOADS);
            case "store":
                return field(hartLayout.STORES);
            case "amo":
                return field(hartLayout.ATOMICS);
            case "walk":
                return field(hartLayout.PTE_READS);
        }
    }

    #writeModel(): void {
        const { plan } = this.#shared;
        const { accounting, latency, tlbEntries, tlbWays, clusters } = this.#model;
        const set = (address: number, value: number) => this.#shared.setU32(address, value);
        set(layout.ACCOUNTING, accounting ? 1 : 0);
        set(layout.LATENCY, latency ? 1 : 0);
        set(layout.MODELLED, 1);
        set(layout.CELL_OF_FRAME, plan.cellOfFrame);
        set(layout.CELLS_OF_USER, plan.cellsRow);
        set(layout.TLB_SETS, tlbEntries / tlbWays);
        set(layout.TLB_WAYS, tlbWays);
        set(layout.TLB_BYTES, plan.tlbBytes);
        set(layout.LOCAL_STALL, this.#model.localLatencyCycles);
        set(layout.DEVICE_STALL, this.#model.deviceLatencyCycles);
        set(layout.DEVICE_CELL, cellOffset(clusters, KIND_DEVICE));
        for (let h = 0; h < this.#geometry.hartCount; h++) {
            const cluster = this.#geometry.clusterOfHart(h);
            const row = plan.cells + cluster * cells.MODES * plan.cellsRow;
            set(this.#hart(h) + hartLayout.CELLS, row);
            set(this.#hart(h) + hartLayout.CELLS_BASE, row);
            set(this.#hart(h) + hartLayout.STALL_ROW, plan.stalls + cluster * plan.stallsRow);
            set(this.#hart(h) + hartLayout.TLB, plan.tlb + h * 2 * plan.tlbBytes);
        }
    }

    /** A row of u16 for each source: the stall of an access of each home, and last of ROM, which is as near as the own bank. */
    #writeStalls(): void {
        const { plan, view } = this.#shared;
        const { clusters, localLatencyCycles, hopLatencyCycles } = this.#model;
        for (let source = 0; source < clusters; source++) {
            const row = plan.stalls + source * plan.stallsRow;
            for (let home = 0; home <= clusters; home++) {
                const hops = home < clusters ? this.#geometry.distance(source, home) : 0;
                view.setUint16(row + 2 * home, localLatencyCycles + hops * hopLatencyCycles, true);
            }
        }
    }

    #writeCells(): void {
        const { plan, view } = this.#shared;
        const { clusters } = this.#model;
        const bankFrames = this.#geometry.bankSize / PAGE_BYTES;
        for (let frame = 0; frame < plan.frameCount; frame++) {
            const home = Math.floor((frame - layout.RAM_FRAME) / bankFrames);
            const offset = frame < layout.RAM_FRAME ? cellOffset(clusters, KIND_ROM) : cellOffset(home, KIND_OTHER);
            view.setUint32(plan.cellOfFrame + 4 * frame, offset, true);
        }
    }

    #hart(index: number): number {
        return this.#shared.plan.harts + index * hartLayout.HART_STRIDE;
    }

    /** Counters stay below 2^53. INSTRET_BIAS is negative while a hart has more debt than instructions. */
    #u64(address: number): number {
        const { view } = this.#shared;
        return view.getUint32(address, true) + view.getInt32(address + 4, true) * 2 ** 32;
    }
}

/** The first counter from word `at` on that is not zero. Most are: a table of 256 clusters has ten millions of them. */
function counted(words: Uint32Array, at: number): number {
    let next = at;
    while (next < words.length && words[next] === 0 && words[next + 1] === 0) next += 2;
    return next;
}

function cellOffset(home: number, kind: number): number {
    return (home * cells.KINDS + kind) * cells.CELL_STRIDE;
}
