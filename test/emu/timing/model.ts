/** The model of fidelity "timing" without harts that run (guest/model.ts), and its tables as the test reads them: with code of its own. */

import { compileForMachine } from "../../../boot/build/core.ts";
import { modelOf } from "../../../emu/host/accounts.ts";
import { writeTiming } from "../../../emu/host/timing.ts";
import { TIMING_PARAMETERS, type TimingModel, type TimingOptions } from "../../../emu/host/timing-parameters.ts";
import { writeOptions } from "../../../emu/host/wiring.ts";
import * as hartLayout from "../../../emu/state/hart-layout.ts";
import * as l0 from "../../../emu/state/l0-layout.ts";
import { SharedMemory } from "../../../emu/state/shared-memory.ts";
import * as layout from "../../../emu/state/timing-layout.ts";
import { type TimingPlan, timingSizeOf } from "../../../emu/state/timing-plan.ts";

export const KIND = { fetch: 0, read: 1, write: 2, walk: 3, mark: 4 } as const;
export type Kind = keyof typeof KIND;

interface Driver {
    start(hart: number): void;
    access(hart: number, kind: number, line: number, time: bigint): bigint;
    drop(line: number): void;
    reserve(calendar: number, words: number, time: bigint, cycles: number): bigint;
    send(network: number, from: number, to: number, time: bigint, flits: number): bigint;
    set_key(hart: number, clock: bigint, rank: bigint): void;
    leave(hart: number): void;
    first_key(): bigint;
    first_rank(): bigint;
    second_rank(): bigint;
}

const module = new WebAssembly.Module(
    (await compileForMachine("timing-model", "test/emu/timing/guest/model.ts")) as BufferSource,
);

const BANK_SIZE = 1048576;

export interface ModelOptions extends TimingOptions {
    readonly meshX?: number;
    readonly meshY?: number;
    readonly hartsPerCluster?: number;
    /** Maps of the directory; less than the plan has. */
    readonly maps?: number;
}

/** A way of L2 that has a line. Caches are numbered 2 * hart, + 1 for L1I. */
export interface L2Line {
    readonly way: number;
    readonly kind: "none" | "owner" | "named" | "counted";
    /** The owner, or those named. */
    readonly caches: readonly number[];
    readonly count: number;
    readonly dirty: boolean;
    readonly busy: number;
}

export class Model {
    readonly driver: Driver;
    readonly shared: SharedMemory;
    readonly plan: TimingPlan;
    readonly parameters: TimingModel;
    readonly harts: number;
    readonly clusters: number;
    readonly bankLines: number;
    readonly #words: Uint32Array;
    readonly #hartsPerCluster: number;

    /** Sizes below the ranges of the config are allowed: small caches have more conflicts. */
    constructor(options: ModelOptions) {
        const { meshX = 1, meshY = 1, hartsPerCluster = 1, maps } = options;
        const defaults = Object.fromEntries(
            Object.entries(TIMING_PARAMETERS).map(([name, range]) => [name, range.default]),
        );
        const given = Object.fromEntries(Object.entries(options).filter(([name]) => name in TIMING_PARAMETERS));
        const { linkContention = true, directoryOverflow = "map" } = options;
        const rest = { linkContention, directoryOverflow, deviceLatency: 20 };
        this.parameters = { ...(defaults as Record<keyof typeof TIMING_PARAMETERS, number>), ...given, ...rest };
        this.clusters = meshX * meshY;
        this.harts = this.clusters * hartsPerCluster;
        this.#hartsPerCluster = hartsPerCluster;
        this.bankLines = BANK_SIZE / this.parameters.lineSize;
        const model = modelOf({ fidelity: "timing" }, this.clusters);
        if (model === undefined) throw new Error("no model");
        const timing = timingSizeOf(this.parameters, this.clusters);
        const ramBytes = this.clusters * BANK_SIZE;
        this.shared = new SharedMemory({ harts: this.harts, ramBytes, model: { ...model, timing } });
        if (this.shared.plan.timing === undefined) throw new Error("no tables");
        this.plan = this.shared.plan.timing;
        writeOptions(this.shared, { meshX, meshY, hartsPerCluster, bankSize: BANK_SIZE, core: new Uint8Array() });
        const machine = { meshX, clusters: this.clusters, harts: this.harts, bankSize: BANK_SIZE };
        writeTiming(this.shared, this.parameters, machine);
        if (maps !== undefined) this.shared.setU32(layout.MAP_COUNT, maps);
        this.#words = new Uint32Array(this.shared.memory.buffer);
        const { exports } = new WebAssembly.Instance(module, { env: { memory: this.shared.memory } });
        this.driver = exports as unknown as Driver;
        for (let hart = 0; hart < this.harts; hart++) this.driver.start(hart);
    }

    /** The line of that number in a cluster's bank. */
    line(cluster: number, index: number): number {
        return cluster * this.bankLines + index;
    }

    homeOf(line: number): number {
        return Math.floor(line / this.bankLines);
    }

    clusterOfCache(cache: number): number {
        return Math.floor((cache >> 1) / this.#hartsPerCluster);
    }

    /** Carries out an access, and returns the cycles that it waits. */
    access(hart: number, kind: Kind, line: number, time: number): number {
        return Number(this.driver.access(hart, KIND[kind], line, BigInt(time))) - time;
    }

    word(address: number): number {
        return this.#words[address >>> 2] ?? 0;
    }

    /** Calls `visit` with each valid line of a cache, and its state: 1 S, 2 E, 3 M. */
    eachLine(cache: number, visit: (line: number, state: number, set: number) => void): void {
        const isFetch = cache & 1;
        const { l1iSize, l1iWays, l1dSize, l1dWays, lineSize } = this.parameters;
        const ways = isFetch ? l1iWays : l1dWays;
        const count = (isFetch ? l1iSize : l1dSize) / lineSize;
        const base = isFetch
            ? this.plan.l1i + (cache >> 1) * this.plan.l1iBytes
            : this.plan.l1d + (cache >> 1) * this.plan.l1dBytes;
        for (let i = 0; i < count; i++) {
            const content = this.word(base + 4 * i);
            if (content & 3) visit(content >>> 2, content & 3, Math.floor(i / ways));
        }
    }

    /** The state of a line in a cache, as a letter. */
    state(cache: number, line: number): "I" | "S" | "E" | "M" {
        let found: "I" | "S" | "E" | "M" = "I";
        this.eachLine(cache, (content, state) => {
            if (content === line) found = (["I", "S", "E", "M"] as const)[state] ?? "I";
        });
        return found;
    }

    /** The way of the line's set, at its home, that has it. */
    findInL2(line: number): L2Line | undefined {
        const { l2Size, l2Ways, lineSize } = this.parameters;
        const sets = l2Size / lineSize / l2Ways;
        const first = (this.homeOf(line) * sets + ((line % this.bankLines) % sets)) * l2Ways;
        for (let way = first; way < first + l2Ways; way++)
            if (this.word(this.plan.l2Tags + 4 * way) === line + 1) return this.#l2Line(way);
        return undefined;
    }

    #l2Line(way: number): L2Line {
        const at = this.plan.l2Directory + 8 * way;
        const [low, high] = [this.word(at), this.word(at + 4)];
        const field = (from: number, bits: number) => {
            const upper = from >= 32 ? 0 : (high % 2 ** from) * 2 ** (32 - from);
            return (from >= 32 ? high >>> (from - 32) : (low >>> from) + upper) % 2 ** bits;
        };
        const n = field(2, 3);
        const kinds = ["none", "owner", "named", n === 1 ? "counted" : "named"] as const;
        const kind = kinds[low & 3] ?? "none";
        let caches: number[] = [];
        if ((low & 3) === 1) caches = [field(8, 12)];
        if ((low & 3) === 2) caches = Array.from({ length: n }, (_, i) => field(8 + 12 * i, 12));
        if ((low & 3) === 3 && n === 0) caches = this.#mapped(field(8, 32));
        const count = kind === "counted" ? field(8, 32) : caches.length;
        const busy = this.word(this.plan.l2Busy + 8 * way);
        return { way, kind, caches, count, dirty: high >>> 31 === 1, busy };
    }

    #mapped(number: number): number[] {
        const at = this.plan.maps + number * this.plan.mapBytes;
        const caches: number[] = [];
        for (let cache = 0; cache < 2 * this.harts; cache++)
            if ((this.word(at + 4 * (cache >> 5)) >>> (cache & 31)) & 1) caches.push(cache);
        return caches;
    }

    /** What the model counted of a hart: an offset of TIMED_HART_FIELDS. */
    counted(hart: number, offset: number): number {
        return this.word(this.plan.harts + hart * layout.TIMED_HART_STRIDE + offset);
    }

    /** The cycles of a part that misses of the kind (MISS_*) took. */
    stalled(hart: number, kind: number, part: number): number {
        return this.counted(hart, layout.STALLS + 8 * (kind * layout.PARTS + part));
    }

    /** Times that messages entered a network anywhere, and their flits. */
    sent(network: number): { messages: number; flits: number } {
        let [messages, flits] = [0, 0];
        for (let cluster = 0; cluster < this.clusters; cluster++) {
            const index = (network * this.clusters + cluster) * layout.CLUSTER_LINKS + layout.LINK_INJECTION;
            const calendar = this.plan.links + index * layout.LINK_STRIDE;
            messages += this.word(calendar + layout.CALENDAR_USES);
            flits += this.word(calendar + layout.CALENDAR_BUSY);
        }
        return { messages, flits };
    }

    /** Lines that entries of L0 of M mode name: of loads, of stores, of fetches. */
    l0Lines(hart: number): { reads: number[]; writes: number[]; fetches: number[] } {
        const { lineSize } = this.parameters;
        const set = this.shared.plan.l0 + hart * l0.L0_STRIDE;
        const inRam = (vaddr: number) => (vaddr - 0x80000000) / lineSize;
        const data = (table: number) => {
            const lines: number[] = [];
            for (let i = 0; i < l0.L0_DATA_ENTRIES; i++) {
                const tag = this.word(table + l0.L0_ENTRY * i);
                if (tag >= 0x80000000 && this.word(table + l0.L0_ENTRY * i + 4) === 0) lines.push(inRam(tag));
            }
            return lines;
        };
        const fetches: number[] = [];
        const bits = this.word(this.shared.plan.harts + hart * hartLayout.HART_STRIDE + hartLayout.L0_LINES) | 0;
        for (let i = 0; i < l0.L0_FETCH_ENTRIES; i++) {
            const entry = set + l0.SET_FETCH + l0.L0_ENTRY * i;
            const tag = this.word(entry);
            if (tag < 0x80000000 || this.word(entry + 4) !== 0) continue;
            for (let line = 0; line < 4096 / lineSize; line++) {
                const word = this.word(entry + bits + 4 * (line >> 5));
                if ((word >>> (line & 31)) & 1) fetches.push(inRam(tag) + line);
            }
        }
        return { reads: data(set + l0.SET_READ), writes: data(set + l0.SET_WRITE), fetches };
    }
}
