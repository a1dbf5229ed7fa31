/** What harts see of each other's stores: all that some order of the accesses gives, and nothing else (docs/spec/turns.md 1.1, 2.5 to 2.7). */

import { describe, expect, it } from "vitest";
import { LITMUS, observedOutcomes } from "../memory-model/litmus.ts";
import { allowedOutcomes } from "../memory-model/litmus-oracle.ts";

const TRIALS = 20_000;
const SHAPES = LITMUS.filter(({ name }) => ["SB", "WRC", "IRIW"].includes(name));

describe.each(SHAPES)("$name", (litmus) => {
    const consistent = [...allowedOutcomes(litmus, "sc")].sort();

    it("1.1, 2.5 shows every sequentially consistent outcome under rounds with preemption, and no other", () => {
        const seen = new Set<string>();
        for (let seed = 1; seed <= 6; seed++) {
            for (const outcome of observedOutcomes(litmus, { trials: TRIALS, quantum: 40, seed })) seen.add(outcome);
        }
        expect([...seen].sort()).toEqual(consistent);
    });

    // while a hart is away the others wait for it at the barrier, at many instructions a trial; fewer trials do
    it.each([
        ["2.6", "instruction", TRIALS],
        ["2.7", "conflicts", 1000],
    ] as const)("1.1, %s and under scheduler %s", (_rule, scheduler, trials) => {
        const options = { trials, quantum: 40, seed: 1, scheduler } as const;
        expect([...observedOutcomes(litmus, options)].sort()).toEqual(consistent);
    });
});

it("1.1 the outcomes that are not sequentially consistent are left out: 1 of 4, 1 of 8, 1 of 16", () => {
    const counts = SHAPES.map((litmus) => allowedOutcomes(litmus, "sc").size);
    expect(counts).toEqual([3, 7, 15]);
});
