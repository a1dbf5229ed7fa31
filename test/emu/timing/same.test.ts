/** What must not change a run of fidelity "timing" (docs/spec/timing.md 2.7, 2.8, 5.4, 6.1, 8.5). */
import { describe, expect, it } from "vitest";
import type { Machine } from "../../../emu/machine.ts";
import * as l0 from "../../../emu/state/l0-layout.ts";
import { L0_BASE } from "../../../emu/state/machine-layout.ts";
import { type GuestOptions, random, run } from "../engine/guest.ts";
import { BUSY, cyclesAndSums, TIMING } from "./figures.ts";
import { randomProgram } from "./random-guest.ts";

const MACHINE = { ...TIMING, meshX: 2, hartsPerCluster: 2, seed: 5 } as const;
/** Caches so small that everything misses all the time. */
const SMALL = { l1iSize: 1024, l1iWays: 1, l1dSize: 1024, l1dWays: 1, l2Size: 16384, l2Ways: 1 } as const;

function outcome(machine: Machine): object {
    const { modelHash, ...timing } = machine.timing() ?? { modelHash: "" };
    return { state: machine.stateHash(), modelHash, timing, counters: machine.counters() };
}

const whole = (options: GuestOptions = {}, source = BUSY) => outcome(run(source, { ...MACHINE, ...options }).machine);

function inChunks(
    sizes: () => object,
    between: (machine: Machine) => void = () => {},
    options: GuestOptions = {},
): object {
    const { machine } = run(BUSY, { ...MACHINE, ...options, held: true });
    for (;;) {
        const { kind } = machine.run(sizes());
        if (kind === "deadlock") return outcome(machine);
        between(machine);
    }
}

/** Empties all entries of L0: the next access of each line or page asks the model. */
function emptyL0(machine: Machine): void {
    const view = new DataView(machine.ram().buffer);
    const base = view.getUint32(L0_BASE, true);
    for (let hart = 0; hart < machine.hartCount; hart++) {
        for (let regime = 0; regime < l0.REGIMES; regime++) {
            const set = base + hart * l0.L0_STRIDE + regime * l0.SET_STRIDE;
            new Uint8Array(view.buffer, set, l0.SET_STRIDE).fill(0);
            for (const table of [l0.SET_READ, l0.SET_WRITE, l0.SET_FETCH])
                view.setBigUint64(set + table, BigInt.asUintN(64, BigInt(l0.INVALID_TAG_0)), true);
        }
    }
}

describe("2.7 the engine", () => {
    it("2.7 that asks more often gives the same run: L0 emptied between turns", () => {
        expect(inChunks(() => ({ maxInstructions: 1 }), emptyL0)).toEqual(whole());
        expect(inChunks(() => ({ maxInstructions: 1 }), emptyL0, SMALL)).toEqual(whole(SMALL));
    });

    it.each([
        ["watched", { watched: [] }],
        ["with accounting", { accounting: "accesses" }],
        ["with engine jit", { engine: "jit" }],
        ["with engine interpreter", { engine: "interpreter" }],
    ] as const)("2.7, 8.5 gives the same run: %s", (_, options) => {
        expect(whole(options)).toEqual(whole());
        expect(whole({ ...options, ...SMALL })).toEqual(whole(SMALL));
    });

    it("2.7 compiles nothing, whatever the option says", () => {
        const { machine } = run(BUSY, { ...MACHINE, engine: "jit" });
        expect(machine.jitFigures()).toEqual({ regions: 0, compiled: 0, instructions: 0 });
    });
});

describe("2.8 calls of run()", () => {
    it.each([1, 7, 100, 1000])("2.8, 8.5 of %i instructions cannot be seen", (maxInstructions) => {
        expect(inChunks(() => ({ maxInstructions }))).toEqual(whole());
    });

    it("2.8, 8.5 of any size, or of rounds, cannot be seen", () => {
        const next = random(9);
        expect(inChunks(() => ({ maxInstructions: next() % 300 }))).toEqual(whole());
        expect(inChunks(() => ({ maxRounds: 1 }))).toEqual(whole());
    });
});

describe("8.5 the hashes", () => {
    it("8.5 are the same twice, and differ by the seed", () => {
        expect(whole()).toEqual(whole());
        const hash = (seed: number) => run(BUSY, { ...MACHINE, seed }).machine.timing()?.modelHash;
        expect(hash(5)).toMatch(/^[0-9a-f]{64}$/);
        expect(hash(5)).not.toBe(hash(6));
    });

    it("8.5 that of the model sees tags, directory and calendars, that of the state does not", () => {
        const two = ["ld t0, 0(s0)", "ld t0, 64(s0)"].map((access) => {
            const { machine } = run(`li s0, 0x80080000\n ${access}\n li t0, 0\n li s0, 0\n 9: wfi\n j 9b`, TIMING);
            machine.writePhysical(0x80000000, new Uint8Array(64));
            return machine;
        });
        expect(new Set(two.map((machine) => machine.timing()?.modelHash)).size).toBe(2);
        expect(new Set(two.map((machine) => machine.stateHash())).size).toBe(1);
    });
});

describe("5.4 cycles", () => {
    it.each([1, 2, 3, 4, 5, 6])(
        "5.1, 5.4 of random programs are instructions and parts of stalls, exactly (seed %i)",
        (seed) => {
            const options = { ...(seed % 2 ? SMALL : {}), linkContention: seed !== 3 } as const;
            const { machine } = run(randomProgram(seed), { ...MACHINE, meshX: 3, meshY: 2, seed, ...options });
            const { cycles, sums } = cyclesAndSums(machine);
            expect(sums).toEqual(cycles);
            expect(machine.timing()?.late).toBe(0);
            for (const { port, channel } of machine.timing()?.banks ?? [])
                for (const { busy } of [port, channel]) expect(busy).toBeLessThanOrEqual(Math.max(...cycles) + 5000);
        },
    );
});

describe("6.1 access counts", () => {
    it("6.1 are those of functional fidelity", () => {
        const counts = (fidelity: "functional" | "timing") => {
            const { machine } = run(BUSY, { ...TIMING, ...SMALL, fidelity, accounting: "accesses" });
            return { traffic: machine.traffic(), retired: machine.hart(0).instructions };
        };
        expect(counts("timing")).toEqual(counts("functional"));
    });

    it("6.1 count an instruction once, however often it gave way", () => {
        const { machine } = run(BUSY, { ...MACHINE, ...SMALL, accounting: "accesses" });
        expect(machine.timing()?.harts.every(({ counts }) => counts.yields > 20)).toBe(true);
        expect(machine.checkAccounts()).toEqual([]);
    });
});
