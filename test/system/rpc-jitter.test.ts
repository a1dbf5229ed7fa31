/** kernel.rpcJitter: late requests change the run, by the seed alone, and stop nobody. */

import { describe, expect, it } from "vitest";
import { framesKept, nothingLeft, runConfig } from "./harness/run.ts";

const MACHINE = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB" };
const LIMIT = 100_000_000;

async function run(programs: readonly object[], rpcJitter: number, seed = 1) {
    const kernel = { rpcJitter, timeSliceCycles: 3000 };
    const outcome = await runConfig({ machine: MACHINE, kernel, programs, seed }, { limit: LIMIT, audit: "every" });
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    expect(outcome.report.programs.map(({ exit }) => exit.code)).toEqual(programs.map(() => 0));
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    return outcome;
}

describe("kernel.rpcJitter", () => {
    it("is a function of the seed", async () => {
        const hashes = new Map<string, string>();
        for (const [jitter, seed] of [
            [0, 1],
            [9, 1],
            [9, 1],
            [9, 2],
        ] as const) {
            const { hash } = await run([{ path: "matmul", nodes: 4, args: ["8"] }], jitter, seed);
            const key = `${jitter} ${seed}`;
            expect(hashes.get(key) ?? hash).toBe(hash);
            hashes.set(key, hash);
        }
        expect(new Set(hashes.values()).size).toBe(3);
    });

    it.each([1, 2, 30, 1000])("of %i turns stops no operation", async (jitter) => {
        await run([{ path: "family" }, { path: "files" }, { path: "barrier", nodes: 4 }, { path: "stress" }], jitter);
    });
});
