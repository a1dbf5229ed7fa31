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

function ended(source: string, options: GuestOptions) {
    const { machine, stop } = run(source, { bankSize: 8 * 1048576, rvc: true, ...options });
    expect(stop.kind).toBe("finisher");
    return {
        hash: machine.stateHash(),
        instructions: machine.executed,
        traffic: machine.traffic(),
        figures: machine.jitFigures(),
    };
}

describe("random flow ends in the same state, with the same counts", () => {
    it.each(Array.from({ length: SEEDS }, (_, i) => i + 1))("seed %i", (seed) => {
        const harts = 1 + (seed % 3);
        const source = randomFlow(seed, { fuel: 4000, harts });
        const common = { ...MODELS[seed % MODELS.length], hartsPerCluster: harts, seed };
        const { hash, instructions, traffic } = ended(source, { ...common, engine: "interpreter" });
        const combinations = NIGHTLY
            ? THRESHOLDS.flatMap((threshold) => REGIONS.map((region) => [threshold, region] as const))
            : [[THRESHOLDS[seed % 2], REGIONS[seed % REGIONS.length]] as const];
        for (const [jitThreshold, jitRegion] of combinations) {
            const limits = { ...(jitThreshold && { jitThreshold }), ...(jitRegion && { jitRegion }) };
            const found = ended(source, { ...common, engine: "auto", ...limits });
            expect({ ...limits, hash: found.hash, instructions: found.instructions, traffic: found.traffic }).toEqual({
                ...limits,
                hash,
                instructions,
                traffic,
            });
            if (typeof jitThreshold === "number") expect(found.figures.instructions).toBeGreaterThan(0);
        }
    });
});
