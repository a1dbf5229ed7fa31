/** The shipped programs that share memory by sm_* calls: right results for any number of nodes, under every manager, audited. */

import { describe, expect, it } from "vitest";
import { framesKept, nothingLeft, programAt, runConfig } from "./harness/run.ts";

const PROGRAMS = [
    ["dot", ["2000"]],
    ["mergesort", ["1000"]],
    ["radix", ["1000"]],
    ["tsp", ["7"]],
    ["matmul", ["12"]],
    ["neighbours", ["packed", "3"]],
] as const;

async function run(path: string, args: readonly string[], nodes: number, dsmManager: string, machine: object = {}) {
    const base = { mesh: [4, 2], hartsPerCluster: 2, bankSize: "4MiB", ...machine };
    const programs = [{ path, args, nodes, cluster: 0 }];
    const outcome = await runConfig({ machine: base, kernel: { dsmManager }, programs }, { audit: "every" });
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    return programAt(outcome, 0);
}

/** What a program says, but for how many nodes said it. */
const result = (output: string) => output.replace(/\d+ nodes/, "");

describe.each(PROGRAMS)("%s", (path, args) => {
    it("2: 1, 2, 5 and 16 nodes come to the same result, under every manager (3.6)", { timeout: 120_000 }, async () => {
        const results = new Set<string>();
        for (const [nodes, manager] of [
            [1, "central"],
            [2, "fixed"],
            [5, "central"],
            [5, "dynamic"],
            [16, "fixed"],
        ] as const) {
            const { exit, output } = await run(path, args, nodes, manager);
            expect([exit.code, output]).toEqual([0, expect.stringContaining(`${path}: ok\n`)]);
            results.add(result(output));
        }
        expect(results.size).toBe(1);
    });

    it("3.3: and any legal interleaving does", { timeout: 120_000 }, async () => {
        const { exit } = await run(path, args, 4, "central", { scheduler: "instruction", quantum: 50 });
        expect(exit.code).toBe(0);
    });
});
