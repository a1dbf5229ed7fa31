/** The parameters of fidelity "timing" (docs/spec/timing.md 1.4, 5.5, section 9). */
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../configs/check.ts";
import { TIMING_SCHEMA } from "../../../configs/schema/timing.ts";
import { parseSize } from "../../../configs/size.ts";
import { TIMING_PARAMETERS } from "../../../emu/host/timing-parameters.ts";
import { type GuestOptions, machine, run } from "../engine/guest.ts";
import { REST, TIMING } from "./figures.ts";
import { randomProgram } from "./random-guest.ts";

/** Small caches, so that size and ways matter. */
const MACHINE: GuestOptions = {
    ...TIMING,
    meshX: 3,
    meshY: 2,
    hartsPerCluster: 2,
    ...{ l1iSize: 2048, l1iWays: 2, l1dSize: 2048, l1dWays: 2, l2Size: 16_384, l2Ways: 2, directoryPointers: 2 },
};
const SOURCE = randomProgram(8);
/** Hits alone are not ordered, so that only a hart that waits for another's store tells how far it ran ahead. */
const SPIN = `
        csrr t0, mhartid
        li s0, 0x80040000
        bnez t0, 3f
        li t1, 700
    1:  addi t1, t1, -1
        bnez t1, 1b
        sd s0, 0(s0)
        j 9f
    3:  ld t1, 0(s0)
        beqz t1, 3b
        ${REST}`;
const cycles = (options: GuestOptions, source = SOURCE) =>
    run(source, { ...MACHINE, ...options })
        .machine.counters()
        .map((hart) => hart.cycles);
const usual = cycles({});

/** Another value of each. */
const OTHERS: Readonly<Record<string, GuestOptions>> = {
    lineSize: { lineSize: 128 },
    flitBytes: { flitBytes: 8 },
    l1iSize: { l1iSize: 1024 },
    l1iWays: { l1iWays: 1 },
    l1dSize: { l1dSize: 1024 },
    l1dWays: { l1dWays: 1 },
    l2Size: { l2Size: 32_768 },
    l2Ways: { l2Ways: 1 },
    l2Cycles: { l2Cycles: 9 },
    l2PortCycles: { l2PortCycles: 5 },
    l1ProbeCycles: { l1ProbeCycles: 2 },
    memoryCycles: { memoryCycles: 61 },
    memoryOccupancy: { memoryOccupancy: 17 },
    hopCycles: { hopCycles: 3 },
    localCycles: { localCycles: 3 },
    linkContention: { linkContention: false },
    directoryPointers: { directoryPointers: 4, directoryOverflow: "broadcast" },
    directoryOverflow: { directoryOverflow: "broadcast" },
    lookahead: { lookahead: 10 },
    pauseCycles: { pauseCycles: 17 },
    fenceICycles: { fenceICycles: 2 },
    deviceLatency: { deviceLatencyCycles: 21 },
};

describe("1.4 a parameter", () => {
    it.each(Object.entries(OTHERS))("1.4 changes the cycles of some run: %s", (name, options) => {
        if (name === "lookahead") expect(cycles(options, SPIN)).not.toEqual(cycles({}, SPIN));
        else if (name === "directoryPointers")
            expect(cycles(options)).not.toEqual(cycles({ directoryOverflow: "broadcast" }));
        else expect(cycles(options)).not.toEqual(usual);
    });

    it("1.4 no other is there", () => {
        const names = Object.keys(OTHERS).filter((name) => name !== "deviceLatency");
        expect(names.sort()).toEqual(Object.keys(TIMING_SCHEMA).sort());
    });

    it("1.4, 4.6 entries and ways of the TLB are those of other fidelities", () => {
        expect(() => machine({ ...TIMING, tlbEntries: 4, tlbWays: 4 })).toThrow(/from two sets/);
    });
});

interface Range {
    readonly rule: string;
    readonly refused: readonly unknown[];
}

/** From the table of section 9. */
const RANGES: Readonly<Record<string, Range & { readonly default: unknown }>> = {
    lineSize: { rule: "32, 64 or 128", refused: [16, 96, 256], default: 64 },
    flitBytes: { rule: "8, 16, 32 or 64", refused: [4, 24, 128], default: 16 },
    l1iSize: { rule: "a power of two from 1KiB to 256KiB", refused: [512, "3KiB", "512KiB"], default: "16KiB" },
    l1iWays: { rule: "an integer from 1 to 16", refused: [0, 17, 1.5], default: 4 },
    l1dSize: { rule: "a power of two from 1KiB to 256KiB", refused: [512, "3KiB", "512KiB"], default: "16KiB" },
    l1dWays: { rule: "an integer from 1 to 16", refused: [0, 17], default: 4 },
    l2Size: { rule: "a power of two from 16KiB to 8MiB", refused: ["8KiB", "24KiB", "16MiB"], default: "256KiB" },
    l2Ways: { rule: "an integer from 1 to 16", refused: [0, 17], default: 16 },
    l2Cycles: { rule: "an integer from 0 to 1000", refused: [-1, 1001], default: 8 },
    l2PortCycles: { rule: "an integer from 1 to 1000", refused: [0, 1001], default: 4 },
    l1ProbeCycles: { rule: "an integer from 0 to 1000", refused: [-1, 1001], default: 1 },
    memoryCycles: { rule: "an integer from 0 to 10000", refused: [-1, 10_001], default: 60 },
    memoryOccupancy: { rule: "an integer from 1 to 2000", refused: [0, 2001], default: 16 },
    hopCycles: { rule: "an integer from 1 to 100", refused: [0, 101], default: 2 },
    localCycles: { rule: "an integer from 0 to 100", refused: [-1, 101], default: 2 },
    linkContention: { rule: "true or false", refused: [1, "yes"], default: true },
    directoryPointers: { rule: "an integer from 1 to 4", refused: [0, 5], default: 4 },
    directoryOverflow: { rule: '"map" or "broadcast"', refused: ["list"], default: "map" },
    lookahead: { rule: "an integer from 1 to 1000000", refused: [0, 1_000_001], default: 100 },
    pauseCycles: { rule: "an integer from 1 to 10000", refused: [0, 10_001], default: 16 },
    fenceICycles: { rule: "an integer from 0 to 10000", refused: [-1, 10_001], default: 1 },
};

const parse = (keys: object) => parseConfig(JSON.stringify({ machine: { fidelity: "timing", ...keys } }), "test");

describe("1.4 the config", () => {
    it.each(Object.entries(RANGES))(
        "1.4 has %s with its default, and refuses others by name",
        (name, { rule, refused, default: usualValue }) => {
            const made = parse({}).machine as unknown as Record<string, unknown>;
            const value = typeof usualValue === "string" && name.endsWith("Size") ? parseSize(usualValue) : usualValue;
            expect(made[name]).toBe(value);
            for (const bad of refused)
                expect(() => parse({ [name]: bad })).toThrow(
                    `/machine/${name} is ${JSON.stringify(bad)}; must be ${rule}`,
                );
        },
    );

    it("1.4 has no other key of it, and the machine has the same ranges", () => {
        expect(Object.keys(RANGES).sort()).toEqual(Object.keys(TIMING_SCHEMA).sort());
        for (const [name, { from, to, default: value }] of Object.entries(TIMING_PARAMETERS)) {
            expect((parse({}).machine as unknown as Record<string, unknown>)[name]).toBe(value);
            expect(() => machine({ ...TIMING, [name]: from - 1 })).toThrow(`${name} is ${from - 1}; must be`);
            expect(() => machine({ ...TIMING, [name]: to + 1 })).toThrow(`${name} is ${to + 1}; must be`);
        }
    });

    it("1.4 refuses sets that are no power of two", () => {
        expect(() => parse({ l1dWays: 3 })).toThrow(
            "/machine/l1dWays is 3; must leave l1dSize / lineSize / l1dWays sets, a power of two",
        );
        expect(() => parse({ l2Ways: 5 })).toThrow("/machine/l2Ways is 5; must leave");
        expect(() => parse({ l1iSize: "1KiB", l1iWays: 16, lineSize: 128 })).toThrow(
            "/machine/l1iWays is 16; must leave",
        );
        expect(() => machine({ ...TIMING, l1dWays: 3 })).toThrow("l1dWays is 3; leaves");
        expect(() => parse({ l1iSize: "1KiB", l1iWays: 16 })).not.toThrow();
    });

    it("1.4 refuses an L2 that is smaller than the L1s of its cluster, in this fidelity only", () => {
        const small = { hartsPerCluster: 16, l2Size: "256KiB" };
        expect(() => parse(small)).toThrow(
            '/machine/l2Size is "256KiB"; must be at least the 512KiB of the 32 L1s of a cluster',
        );
        expect(() => parse({ ...small, fidelity: "latency" })).not.toThrow();
        expect(() => parse({ ...small, hartsPerCluster: 8 })).not.toThrow();
    });

    it("2.2 refuses scheduler conflicts", () => {
        expect(() => parse({ scheduler: "conflicts" })).toThrow(
            '/machine/scheduler is "conflicts"; must be "rounds" or "instruction"',
        );
        expect(() => parse({ scheduler: "instruction" })).not.toThrow();
    });
});
