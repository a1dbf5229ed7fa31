/** Litmus tests under each memory model (docs/spec/memory-model.md): every outcome that it allows, and no other. */

import { describe, expect, it } from "vitest";
import { LITMUS, type Litmus, observedOutcomes } from "./litmus.ts";
import { allowedOutcomes, type Model } from "./litmus-oracle.ts";

const NIGHTLY = process.env["ARCHIPEL_NIGHTLY"] !== undefined;
/** By day one seed finds all of them. */
const TRIALS = NIGHTLY ? 10_000 : 3000;
const SEEDS = NIGHTLY ? 10 : 1;
const MODELS = ["sc", "tso", "pso"] as const;
const FENCES = ["rw,rw", "w,w", "w,r", "tso"] as const;

/** Between any two accesses of a hart. */
function fenced({ name, harts }: Litmus, sets: string): Litmus {
    return { name: `${name}+${sets}`, harts: harts.map((hart) => hart.replaceAll(" ", ` F[${sets}] `)) };
}

const FORMS = LITMUS.flatMap((litmus) => [litmus, ...FENCES.map((sets) => fenced(litmus, sets))]);
/** What single fences, and aq and rl, order. The literature knows these, so that they are told by hand, too: what sc allows, and these. */
const BY_HAND: readonly (Litmus & Readonly<Record<"tso" | "pso", readonly string[]>>)[] = [
    { name: "SB", harts: ["Wx1 Ry", "Wy1 Rx"], tso: ["00/11"], pso: ["00/11"] },
    { name: "SB, both fenced", harts: ["Wx1 F[w,r] Ry", "Wy1 F[w,r] Rx"], tso: [], pso: [] },
    { name: "SB, one fenced", harts: ["Wx1 F[w,r] Ry", "Wy1 Rx"], tso: ["00/11"], pso: ["00/11"] },
    { name: "SB, wrong fences", harts: ["Wx1 F[w,w] Ry", "Wy1 F[r,rw] Rx"], tso: ["00/11"], pso: ["00/11"] },
    { name: "MP", harts: ["Wx1 Wy1", "Ry Rx"], tso: [], pso: ["10/11"] },
    { name: "MP, writer fenced", harts: ["Wx1 F[w,w] Wy1", "Ry Rx"], tso: [], pso: [] },
    { name: "MP, reader fenced", harts: ["Wx1 Wy1", "Ry F[r,r] Rx"], tso: [], pso: ["10/11"] },
    { name: "MP, swap", harts: ["Wx1 Ay1", "Ry Rx"], tso: [], pso: ["010/11"] },
    { name: "MP, swap.aq", harts: ["Wx1 Ay1.aq", "Ry Rx"], tso: [], pso: ["010/11"] },
    { name: "MP, swap.rl", harts: ["Wx1 Ay1.rl", "Ry Rx"], tso: [], pso: [] },
    { name: "MP, fence and swap", harts: ["Wx1 F[w,w] Ay1", "Ry Rx"], tso: [], pso: [] },
    { name: "SB, swap.aq behind", harts: ["Wx1 Az1.aq Ry", "Wy1 F[w,r] Rx"], tso: [], pso: ["000/111"] },
    { name: "SB, swap.aqrl behind", harts: ["Wx1 Az1.aqrl Ry", "Wy1 F[w,r] Rx"], tso: [], pso: [] },
    { name: "2+2W", harts: ["Wx1 Wy2", "Wy1 Wx2"], tso: [], pso: ["/11"] },
    { name: "2+2W, fence.tso", harts: ["Wx1 F[tso] Wy2", "Wy1 F[tso] Wx2"], tso: [], pso: [] },
    { name: "LB", harts: ["Rx Wy1", "Ry Wx1"], tso: [], pso: [] },
];

function check(litmus: Litmus, memoryModel: Model): void {
    const seen = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed++) {
        // The shapes of the turns decide what is met: short ones, that end anywhere, and what rounds do.
        const options = { trials: TRIALS, seed, memoryModel, quantum: 40 } as const;
        for (const outcome of observedOutcomes(litmus, { ...options, scheduler: "instruction", between: 2 }))
            seen.add(outcome);
        if (!NIGHTLY) continue;
        for (const outcome of observedOutcomes(litmus, { ...options, storeBuffer: 2 })) seen.add(outcome);
    }
    expect([...seen].sort()).toEqual([...allowedOutcomes(litmus, memoryModel)].sort());
}

it("1.1 the shapes are 28", () => {
    expect(LITMUS).toHaveLength(28);
    expect(new Set(LITMUS.map(({ harts }) => harts.join("|"))).size).toBe(28);
});

describe.each(MODELS)("%s", (model) => {
    it.each(FORMS)("1.2, 2.3, 3.1, 3.2, 3.3: $name shows what the model allows, and nothing else", (litmus) => {
        check(litmus, model);
    });
});

describe.each(BY_HAND)("$name", ({ tso, pso, ...litmus }) => {
    it.each(["tso", "pso"] as const)("3.1, 3.2, 3.3, 3.4: under %s", (model) => {
        const weaker = model === "tso" ? tso : pso;
        const allowed = [...allowedOutcomes(litmus, "sc"), ...weaker].sort();
        expect([...allowedOutcomes(litmus, model)].sort()).toEqual(allowed);
        check(litmus, model);
    });
});

it("1.2 a writer without its fence fails under pso: the control", () => {
    const writer: Litmus = { name: "MP", harts: ["Wx1 Wy1", "Ry F[r,r] Rx"] };
    const kept = allowedOutcomes({ name: "MP", harts: ["Wx1 F[w,w] Wy1", "Ry F[r,r] Rx"] }, "pso");
    const seen = observedOutcomes(writer, { trials: 2000, seed: 1, memoryModel: "pso", quantum: 40 });
    expect([...seen].filter((outcome) => !kept.has(outcome))).toEqual(["10/11"]);
});
