/** The JIT and the interpreter come to the same state, however places are chosen and cut (turns.md; docs/performance.md). */
import { describe, expect, it } from "vitest";
import type { MachineOptions } from "../../../emu/host/machine-options.ts";
import { type GuestOptions, run } from "./guest.ts";
import { randomFlow } from "./random-flow.ts";

const NIGHTLY = process.env["ARCHIPEL_NIGHTLY"] !== undefined;
const SEEDS = NIGHTLY ? 300 : 24;
const THRESHOLDS = [1, 7, undefined, "never"] as const;
const REGIONS = [1, 3, 20, 200, 400];
const MODELS: readonly Partial<MachineOptions>[] = [
    {},
    { accounting: "accesses" },
    { fidelity: "latency" },
    { accounting: "accesses", fidelity: "latency", quantum: 37 },
];

/** Few of the programs go on for ever: they end by the limit. */
const MOST_INSTRUCTIONS = 1_000_000;

function ended(source: string, options: GuestOptions) {
    const common = { bankSize: 8 * 1048576, rvc: true, maxInstructions: MOST_INSTRUCTIONS };
    const { machine, stop } = run(source, { ...common, ...options });
    const state = {
        end: stop.kind,
        hash: machine.stateHash(),
        instructions: machine.executed,
        cycles: machine.counters().map(({ cycles }) => cycles),
        traffic: machine.traffic(),
    };
    return { state, compiled: machine.jitFigures().instructions };
}

describe("random flow ends in the same state, with the same counts", () => {
    it.each(Array.from({ length: SEEDS }, (_, i) => i + 1))("seed %i", (seed) => {
        const harts = 1 + (seed % 3);
        const source = randomFlow(seed, { fuel: 4000, harts });
        const common = { ...MODELS[seed % MODELS.length], hartsPerCluster: harts, seed };
        const { state } = ended(source, { ...common, engine: "interpreter" });
        const combinations = NIGHTLY
            ? THRESHOLDS.flatMap((threshold) => REGIONS.map((region) => [threshold, region] as const))
            : [[THRESHOLDS[seed % 2], REGIONS[seed % REGIONS.length]] as const];
        for (const [jitThreshold, jitRegion] of combinations) {
            const found = ended(source, { ...common, engine: "auto", jitThreshold, jitRegion });
            expect({ jitThreshold, jitRegion, ...found.state }).toEqual({ jitThreshold, jitRegion, ...state });
            if (typeof jitThreshold === "number") expect(found.compiled).toBeGreaterThan(0);
            if (jitThreshold === "never") expect(found.compiled).toBe(0);
        }
    });
});
