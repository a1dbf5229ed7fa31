/** Rules 7.1 and 7.5 of docs/spec/timing.md: what one access costs, exactly. Every number is counted by hand from the rules. */
import { describe, expect, it } from "vitest";
import type { GuestOptions } from "../engine/guest.ts";
import {
    dataOf,
    flitsOf,
    oneWay,
    type Parameters,
    parameterOf,
    REST,
    runTimed,
    SETTLE,
    windowOf,
    writeRing,
} from "./bare.ts";

interface Chase {
    readonly parameters?: Parameters;
    readonly options?: GuestOptions;
    readonly hart?: number;
    readonly ring: readonly number[];
    /** Loads before those that are measured. */
    readonly before: number;
    readonly loads: number;
}

/** Cycles of a load of a pointer chase on one hart, by mcycle. All others rest. */
function chase({ parameters = {}, options = {}, hart = 0, ring, before, loads }: Chase): number {
    const source = `
        csrr t0, mhartid
        li t1, ${hart}
        bne t0, t1, 9f
        ${SETTLE}
        li a0, ${ring[0]}
        li a1, ${before}
        call measured
        li a1, ${loads}
        call measured
        j 9f
        .balign 128
    measured:
        csrr s10, mcycle
    1:  ld a0, 0(a0)
        addi a1, a1, -1
        bnez a1, 1b
        csrr s11, mcycle
        ret
        ${REST}`;
    const guest = runTimed(source, { ...parameters, ...options, prepare: (machine) => writeRing(machine, ring) });
    // The first csrr has a cycle of its own, and two instructions follow each load.
    return (Number(guest.x("s11", hart) - guest.x("s10", hart)) - 1) / loads - 2;
}

/** Lines of one set of L1D, more than it has ways: each load misses L1, and after the first round none misses L2. */
function conflicting(bank: number): number[] {
    return Array.from({ length: 8 }, (_, i) => dataOf(bank) + i * 4096);
}

/** Lines that no cache has. */
function fresh(bank: number, parameters: Parameters): number[] {
    return Array.from({ length: 65 }, (_, i) => dataOf(bank) + i * parameterOf(parameters, "lineSize"));
}

const VARIANTS: readonly Parameters[] = [
    {},
    { lineSize: 32 },
    { lineSize: 128 },
    { flitBytes: 8 },
    { flitBytes: 64 },
    { lineSize: 128, flitBytes: 32, hopCycles: 5 },
    { localCycles: 0 },
    { localCycles: 7, hopCycles: 1 },
    { l2Cycles: 0, memoryCycles: 0, memoryOccupancy: 1 },
    { l2Cycles: 21, memoryCycles: 133, memoryOccupancy: 40, l2PortCycles: 9 },
];

/** Cluster of the hart, cluster of the bank, hops between them, on 4 x 4. */
const WAYS = [
    [0, 0, 0],
    [0, 1, 1],
    [0, 4, 1],
    [0, 15, 6],
    [15, 0, 6],
    [9, 6, 2],
    [13, 13, 0],
] as const;
/** For machines whose parameters are not the defaults. */
const FEW_WAYS = [WAYS[0], WAYS[3], WAYS[5]];

function l2Load(parameters: Parameters, hops: number): number {
    const way = oneWay(parameters, hops, 1) + oneWay(parameters, hops, flitsOf(parameters));
    return way + parameterOf(parameters, "l2Cycles") + 1;
}

describe.each(VARIANTS.map((parameters) => [JSON.stringify(parameters), parameters] as const))(
    "7.1 a load of a pointer chase, %s",
    (_, parameters) => {
        const ways = Object.keys(parameters).length === 0 ? WAYS : FEW_WAYS;
        const at = (hart: number) => ({ parameters, hart, options: { meshX: 4, meshY: 4 } });

        it("costs one cycle when L1 has the line", () => {
            expect(chase({ parameters, ring: [dataOf(0)], before: 2, loads: 100 })).toBe(1);
        });

        it("costs what the way to L2 and back costs when L2 has the line", () => {
            const local = { parameters, ring: conflicting(0), before: 8, loads: 64 };
            expect(chase(local)).toBe(l2Load(parameters, 0));
            for (const [hart, bank, hops] of ways) {
                const found = chase({ ...at(hart), ring: conflicting(bank), before: 8, loads: 64 });
                expect([hart, bank, found]).toEqual([hart, bank, l2Load(parameters, hops)]);
            }
        });

        it("costs memoryCycles more when only memory has it", () => {
            const memory = parameterOf(parameters, "memoryCycles");
            for (const [hart, bank, hops] of ways) {
                const found = chase({ ...at(hart), ring: fresh(bank, parameters), before: 1, loads: 64 });
                expect([hart, bank, found]).toEqual([hart, bank, l2Load(parameters, hops) + memory]);
            }
        });
    },
);

/** Hops between clusters on a mesh that is 4 wide. */
function hopsOf(a: number, b: number): number {
    return Math.abs((a % 4) - (b % 4)) + Math.abs(Math.floor(a / 4) - Math.floor(b / 4));
}

/** A line goes from a cache to home and to another, from when home begins to serve. */
function transfer(parameters: Parameters, from: number, home: number, to: number): number {
    const flits = flitsOf(parameters);
    const forward = oneWay(parameters, hopsOf(home, from), 1) + parameterOf(parameters, "l1ProbeCycles");
    const back = oneWay(parameters, hopsOf(from, home), flits);
    const answer = oneWay(parameters, hopsOf(home, to), flits);
    return 2 * parameterOf(parameters, "l2Cycles") + forward + back + answer;
}

const ON_4X4 = { meshX: 4, meshY: 4, quantum: 100 } as const;

describe("7.5 a line that harts write to in turn", () => {
    const cases = [
        [{}, 0, 5, 10],
        [{}, 3, 3, 12],
        [{}, 6, 9, 9],
        [{ l1ProbeCycles: 0, lineSize: 128 }, 15, 0, 1],
        [{ l1ProbeCycles: 30, hopCycles: 3 }, 1, 2, 3],
    ] as const;

    it.each(cases)("%j: from hart %i over home %i to hart %i", (parameters, from, home, to) => {
        const source = `
            li a0, ${dataOf(home)}
            csrr t0, mhartid
            li t1, ${from}
            li t2, ${to}
            beq t0, t1, 1f
            bne t0, t2, 9f
            ${SETTLE}
            j 2f
        1:  sd zero, 0(a0)
            j 9f
            .balign 128
        2:  csrr s10, mcycle
            sd zero, 0(a0)
            csrr s11, mcycle
            j 9f
            ${REST}`;
        const guest = runTimed(source, { ...ON_4X4, ...parameters });
        const request = oneWay(parameters, hopsOf(to, home), 1);
        const cost = request + transfer(parameters, from, home, to) + 1;
        expect(Number(guest.x("s11", to) - guest.x("s10", to)) - 1).toBe(cost);
    });

    /** The harts write to the line of that home for ever. */
    const writers = (home: number, harts: readonly number[]) => `
            li a0, ${dataOf(home)}
            csrr t0, mhartid
            li t2, ${harts.reduce((mask, hart) => mask | (1 << hart), 0)}
            srl t2, t2, t0
            andi t2, t2, 1
            beqz t2, 9f
            .balign 128
        1:  sd zero, 0(a0)
            j 1b
            ${REST}`;

    it.each(cases.filter(([, from, , to]) => from !== to))(
        "%j: hart %i, home %i and hart %i again and again, one transfer after another",
        (parameters, a, home, b) => {
            const guest = runTimed(writers(home, [a, b]), { ...ON_4X4, ...parameters, lookahead: 1, held: true });
            const { cycles, misses } = windowOf(guest.machine, 10_000, 50_000);
            const both = transfer(parameters, a, home, b) + transfer(parameters, b, home, a);
            expect(Math.abs(cycles / misses / (both / 2) - 1)).toBeLessThan(0.005);
        },
    );

    it.each([2, 4, 8, 16])("%i harts: each waits for the transfers of all others, and for its own", (count) => {
        const harts = Array.from({ length: count }, (_, i) => i * (16 / count));
        // In each round every hart has the line once, and gives it up once.
        const round = harts.reduce((sum, hart) => sum + transfer({}, hart, 5, hart), 0);
        const measure = (lookahead: number) => {
            const guest = runTimed(writers(5, harts), { ...ON_4X4, lookahead, held: true });
            const { cycles, misses, stalled } = windowOf(guest.machine, 20_000, 100_000);
            return { interval: (cycles / misses) * count, latency: stalled / misses + 1 };
        };
        const inOrder = measure(1);
        expect(Math.abs(inOrder.interval / round - 1)).toBeLessThan(0.005);
        // A jump is between two writes.
        expect(Math.abs((inOrder.latency + 1) / round - 1)).toBeLessThan(0.005);
        // A hart that runs ahead goes on writing, at most for that long.
        const ahead = measure(100);
        expect(ahead.interval).toBeGreaterThan(round * 0.995);
        expect(ahead.interval).toBeLessThan(round + 100);
        if (count > 2) expect(Math.abs((ahead.latency + 1) / round - 1)).toBeLessThan(0.1);
    });
});
