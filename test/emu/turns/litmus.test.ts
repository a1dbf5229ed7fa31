/** What harts see of each other's stores: all that some order of the accesses gives, and nothing else (docs/spec/turns.md 1.1, 2.5). */

import { describe, expect, it } from "vitest";
import { consistentOutcomes, LITMUS, observedOutcomes } from "./litmus.ts";

const TRIALS = 20_000;

describe.each(LITMUS)("$name", (litmus) => {
    const consistent = [...consistentOutcomes(litmus)].sort();

    it("1.1, 2.5 shows every sequentially consistent outcome under rounds with preemption, and no other", () => {
        const seen = new Set<string>();
        for (let seed = 1; seed <= 6; seed++) {
            for (const outcome of observedOutcomes(litmus, TRIALS, { quantum: 40, seed })) seen.add(outcome);
        }
        expect([...seen].sort()).toEqual(consistent);
    });

    it("1.1, 2.6 and under scheduler instruction", () => {
        const options = { quantum: 40, seed: 1, scheduler: "instruction" } as const;
        expect([...observedOutcomes(litmus, TRIALS, options)].sort()).toEqual(consistent);
    });
});

it("1.1 the outcomes that are not sequentially consistent are left out: 1 of 4, 1 of 8, 1 of 16", () => {
    const counts = LITMUS.map((litmus) => consistentOutcomes(litmus).size);
    expect(counts).toEqual([3, 7, 15]);
});
