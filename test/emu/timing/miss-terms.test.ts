/** What a miss costs, term by term (docs/spec/timing.md 5.2 to 5.4), without harts that run. Every figure is from a formula of the rules. */
import { describe, expect, it } from "vitest";
import { STALL_PARTS, type StallPart } from "../../../emu/host/timing-figures.ts";
import type { TimingOptions } from "../../../emu/host/timing-parameters.ts";
import * as layout from "../../../emu/state/timing-layout.ts";
import { random } from "../engine/guest.ts";
import { type Kind, Model } from "./model.ts";

const ROW = { meshX: 4, hartsPerCluster: 2, lineSize: 64 } as const;
type Costs = Required<
    Pick<TimingOptions, "l2Cycles" | "l1ProbeCycles" | "memoryCycles" | "hopCycles" | "localCycles" | "flitBytes">
>;
/** All that may be 0 is; hops take a cycle at least, and the line is two flits. */
const LEAST: Costs = { l2Cycles: 0, l1ProbeCycles: 0, memoryCycles: 0, hopCycles: 1, localCycles: 0, flitBytes: 64 };
const DEFAULTS: Costs = {
    l2Cycles: 8,
    l1ProbeCycles: 1,
    memoryCycles: 60,
    hopCycles: 2,
    localCycles: 2,
    flitBytes: 16,
};
const SETS: Readonly<Record<string, Costs>> = {
    "the least of all": LEAST,
    "the defaults": DEFAULTS,
    "l2Cycles alone": { ...LEAST, l2Cycles: 29 },
    "l1ProbeCycles alone": { ...LEAST, l1ProbeCycles: 31 },
    "memoryCycles alone": { ...LEAST, memoryCycles: 37 },
    "hopCycles alone": { ...LEAST, hopCycles: 41 },
    "localCycles alone": { ...LEAST, localCycles: 43 },
    "flits alone": { ...LEAST, flitBytes: 8 },
};

/** Cycles of a one-way message between clusters of the row. */
function way({ hopCycles, localCycles, flitBytes }: Costs, hops: number, hasData: boolean): number {
    const tail = hasData ? 64 / flitBytes : 0;
    return (hops === 0 ? localCycles : 2 + hops * hopCycles) + tail;
}

interface Scenario {
    readonly before: readonly (readonly [hart: number, kind: Kind])[];
    readonly request: readonly [hart: number, kind: Kind];
    parts(costs: Costs): Partial<Record<StallPart, number>>;
}

const ways = (costs: Costs, hops: number) => way(costs, hops, false) + way(costs, hops, true);
/** Harts 2k and 2k + 1 are in cluster k; the line is at home in cluster 0. */
const SCENARIOS: Readonly<Record<string, Scenario>> = {
    "L2 of the own cluster": {
        before: [
            [0, "read"],
            [1, "read"],
        ],
        request: [0, "fetch"],
        parts: (costs) => ({ hops: ways(costs, 0), l2: costs.l2Cycles }),
    },
    "memory of the own cluster": {
        before: [],
        request: [0, "read"],
        parts: (costs) => ({ hops: ways(costs, 0), l2: costs.l2Cycles, memory: costs.memoryCycles }),
    },
    "L2 of another": {
        before: [
            [0, "read"],
            [1, "read"],
        ],
        request: [6, "walk"],
        parts: (costs) => ({ hops: ways(costs, 3), l2: costs.l2Cycles }),
    },
    "memory of another, a store": {
        before: [],
        request: [4, "write"],
        parts: (costs) => ({ hops: ways(costs, 2), l2: costs.l2Cycles, memory: costs.memoryCycles }),
    },
    "an owner elsewhere": {
        before: [[4, "write"]],
        request: [6, "read"],
        parts: (costs) => ({
            hops: ways(costs, 3),
            l2: costs.l2Cycles,
            forward: ways(costs, 2) + costs.l1ProbeCycles + costs.l2Cycles,
        }),
    },
    "an owner in the home": {
        before: [[1, "read"]],
        request: [6, "write"],
        parts: (costs) => ({
            hops: ways(costs, 3),
            l2: costs.l2Cycles,
            forward: ways(costs, 0) + costs.l1ProbeCycles + costs.l2Cycles,
        }),
    },
    "sharers elsewhere, the last of which counts": {
        before: [
            [2, "read"],
            [4, "read"],
        ],
        request: [6, "write"],
        // The message to cluster 2 leaves a cycle behind that to cluster 1.
        parts: (costs) => ({
            hops: ways(costs, 3),
            l2: costs.l2Cycles,
            invalidation: 1 + 2 * way(costs, 2, false) + costs.l1ProbeCycles,
        }),
    },
    "an upgrade, answered without data": {
        before: [
            [2, "read"],
            [4, "read"],
        ],
        request: [4, "write"],
        parts: (costs) => ({
            hops: 2 * way(costs, 2, false),
            l2: costs.l2Cycles,
            invalidation: 2 * way(costs, 1, false) + costs.l1ProbeCycles,
        }),
    },
};

const MISS_OF: Readonly<Record<Kind, number>> = {
    fetch: layout.MISS_FETCH,
    read: layout.MISS_DATA,
    write: layout.MISS_DATA,
    walk: layout.MISS_WALK,
    mark: layout.MISS_WALK,
};

function partsOf(model: Model, hart: number, kind: Kind): Record<StallPart, number> {
    const parts = STALL_PARTS.map((name, part) => [name, model.stalled(hart, MISS_OF[kind], part)] as const);
    return Object.fromEntries(parts) as Record<StallPart, number>;
}

const NOTHING = Object.fromEntries(STALL_PARTS.map((name) => [name, 0])) as Record<StallPart, number>;

describe.each(Object.entries(SETS))("5.3, 5.4 a miss, with %s", (_, costs) => {
    it.each(Object.entries(SCENARIOS))("5.3, 5.4 costs the sum of its terms: %s", (_, { before, request, parts }) => {
        const model = new Model({ ...ROW, ...costs, l2PortCycles: 1, memoryOccupancy: 1 });
        const line = model.line(0, 3);
        let now = 10_000;
        for (const [hart, kind] of before) {
            model.access(hart, kind, line, now);
            now += 10_000;
        }
        const [hart, kind] = request;
        const old = partsOf(model, hart, kind);
        const waited = model.access(hart, kind, line, now);
        const found = partsOf(model, hart, kind);
        const made = Object.fromEntries(STALL_PARTS.map((name) => [name, found[name] - old[name]]));
        const expected = { ...NOTHING, ...parts(costs) };
        expect(made).toEqual(expected);
        expect(waited).toBe(Object.values(expected).reduce((sum, cycles) => sum + cycles, 0));
    });
});

describe("5.3 a miss waits", () => {
    /** Two misses at one time; the parts of the second. */
    const second = (options: TimingOptions, lines: readonly [number, number], warm: boolean) => {
        const model = new Model({ ...ROW, ...LEAST, ...options });
        const [first, then] = lines.map((index) => model.line(0, index)) as [number, number];
        if (warm) for (const hart of [2, 3]) for (const line of [first, then]) model.access(hart, "read", line, 1000);
        model.access(0, "read", first, 10_000);
        model.access(1, "read", then, 10_000);
        return partsOf(model, 1, "read");
    };

    it("5.3 for the port of L2 while another request has it", () => {
        const parts = second({ l2PortCycles: 47, memoryOccupancy: 1 }, [3, 4], true);
        expect(parts).toEqual({ ...NOTHING, hops: 1, port: 47 });
    });

    it("5.3 for the memory channel while another line is on it", () => {
        const parts = second({ l2PortCycles: 1, memoryOccupancy: 53 }, [3, 4], false);
        expect(parts).toEqual({ ...NOTHING, hops: 1, port: 1, channel: 52 });
    });

    it("4.4, 5.3 for an earlier request of the same line until its answer has arrived", () => {
        const parts = second({ l2PortCycles: 1, memoryOccupancy: 1, memoryCycles: 70, localCycles: 5 }, [3, 3], false);
        // The first arrives at home after 5 cycles, and is answered after 70 + 5 + 1; the second then finds an owner.
        expect(parts).toEqual({ ...NOTHING, hops: 5 + 5 + 1, directory: 76, forward: 5 + 5 + 1 });
    });
});

describe("5.4 the parts of all misses", () => {
    it("5.4 sum to the cycles that harts waited, in random traffic", () => {
        const model = new Model({ meshX: 3, meshY: 3, hartsPerCluster: 2, l1dSize: 512, l1iSize: 512, l2Size: 4096 });
        const next = random(3);
        const kinds = ["read", "write", "fetch", "walk", "mark"] as const;
        const [clocks, waited] = [0, 0].map(() => new Array<number>(model.harts).fill(0)) as [number[], number[]];
        for (let i = 0; i < 20_000; i++) {
            const hart = clocks.indexOf(Math.min(...clocks));
            const line = model.line(next() % 9, next() % 40);
            const cycles = model.access(hart, kinds[next() % 5] as Kind, line, 1000 + (clocks[hart] ?? 0));
            waited[hart] = (waited[hart] ?? 0) + cycles;
            clocks[hart] = (clocks[hart] ?? 0) + cycles + 1 + (next() % 5);
        }
        for (let hart = 0; hart < model.harts; hart++) {
            let sum = 0;
            for (const kind of ["fetch", "read", "walk"] as const)
                for (const cycles of Object.values(partsOf(model, hart, kind))) sum += cycles;
            expect(sum, `hart ${hart}`).toBe(waited[hart]);
        }
        expect(model.word(layout.LATE)).toBe(0);
    });
});
