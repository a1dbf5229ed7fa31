/**
 * Random sequences of mmap, remote_malloc, munmap, mprotect, fork, exec, threads and faults on 1 to 16 clusters under all kinds
 * of policies: every page holds what a model says (userland/programs/stress.ts), the auditor sees every invariant hold at
 * every kernel exit, and every frame comes back.
 * A failure names its seed and the fewest steps that show it. 20 sequences in `npm test`, 1,000 in `npm run test:nightly`.
 */

import { expect, it } from "vitest";
import { framesKept, nothingLeft, runConfig } from "./harness/run.ts";

const SEQUENCES = process.env.ARCHIPEL_NIGHTLY === undefined ? 20 : 1000;
const STEPS = 60;
const LIMIT = 400_000_000;
const MESHES = [
    [1, 1],
    [2, 1],
    [3, 1],
    [2, 2],
    [5, 1],
    [4, 2],
    [4, 4],
];
const POLICIES = [
    {},
    { heap: "first-touch", gpt: "eager" },
    { heap: "skew", code: "reference" },
    { heap: "xor", registration: "lazy" },
    { heap: "prime", data: "reference", stack: "reference" },
    { gpt: "reference" },
    { protocol: "direct" },
    { protocol: "direct", gpt: "reference", code: "reference" },
    { protocol: "direct", gpt: "eager", registration: "lazy" },
    { gpt: "reference", heap: "first-touch", registration: "lazy", kernelText: "single" },
];

const pick = <T>(list: readonly T[], seed: number): T => list[seed % list.length] as T;

/** Undefined when all is well, else what is wrong. */
async function problem(seed: number, steps: number): Promise<string | undefined> {
    const outcome = await runConfig(
        {
            machine: {
                mesh: pick(MESHES, seed),
                hartsPerCluster: 1 + (seed % 3),
                bankSize: "4MiB",
                quantum: pick([100, 1000, 333, 4000], seed),
                scheduler: seed % 5 === 0 ? "instruction" : "rounds",
            },
            kernel: pick(POLICIES, Math.floor(seed / 2)),
            programs: Array.from({ length: 1 + (seed % 2) }, (_, i) => ({
                path: "stress",
                args: [String(seed * 10 + i + 1), String(steps)],
            })),
            seed,
        },
        { limit: LIMIT, audit: "every" },
    );
    if (outcome.end !== "halted") return `${outcome.end}: ${outcome.message}`;
    const failed = outcome.report.programs.find(({ exit }) => exit.code !== 0);
    if (failed !== undefined) return `exit ${JSON.stringify(failed.exit)}: ${failed.output}`;
    const kept = framesKept(outcome).join();
    return kept === nothingLeft(outcome).join() ? undefined : `frames kept: ${kept}`;
}

/** The fewest steps that fail, by halving: a sequence is a prefix of every longer one. */
async function shrink(seed: number): Promise<number> {
    let [good, bad] = [0, STEPS];
    while (bad - good > 1) {
        const middle = (good + bad) >> 1;
        if ((await problem(seed, middle)) === undefined) good = middle;
        else bad = middle;
    }
    return bad;
}

it.each(Array.from({ length: SEQUENCES }, (_, i) => i + 1))(
    "7: random sequence of seed %i agrees with its model",
    async (seed) => {
        const found = await problem(seed, STEPS);
        if (found === undefined) return;
        const steps = await shrink(seed);
        expect.fail(`seed ${seed}, ${steps} steps: ${await problem(seed, steps)} (with ${STEPS} steps: ${found})`);
    },
);
