/** The shipped programs that share memory by sm_* calls: right results for any number of nodes, under every manager, audited. */

import { describe, expect, it } from "vitest";
import { SWITCHES } from "../../configs/switches.ts";
import { framesKept, nothingLeft, programAt, runConfig } from "./harness/run.ts";

const PROGRAMS = [
    ["dot", ["2000"]],
    ["mergesort", ["1000"]],
    ["radix", ["1000"]],
    ["tsp", ["7"]],
    ["matmul", ["12"]],
    ["jacobi", ["24", "5"]],
    ["sor", ["24", "3"]],
    ["fft", ["256"]],
    ["neighbours", ["packed", "3"]],
] as const;

async function run(path: string, args: readonly string[], nodes: number, kernel: object = {}, machine: object = {}) {
    const base = { mesh: [4, 2], hartsPerCluster: 2, bankSize: "4MiB", ...machine };
    const programs = [{ path, args, nodes, cluster: 0 }];
    const outcome = await runConfig({ machine: base, kernel, programs }, { audit: "every" });
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    return programAt(outcome, 0);
}

/** What a program says, but for how many nodes said it, after how long. */
const result = (output: string) => output.replace(/\d+ (nodes|cycles)/g, "");

describe.each(PROGRAMS)("%s", (path, args) => {
    const title =
        "2: 1, 2, 5 and 16 nodes come to the same result, under every manager (3.6) and either consistency (4.2)";
    it(title, async () => {
        const results = new Set<string>();
        for (const [nodes, dsmManager, dsmConsistency] of [
            [1, "central", "sequential"],
            [2, "fixed", "sequential"],
            [5, "central", "sequential"],
            [5, "dynamic", "sequential"],
            [16, "fixed", "sequential"],
            [1, "fixed", "release"],
            [3, "central", "release"],
            [5, "dynamic", "release"],
            [16, "fixed", "release"],
        ] as const) {
            const { exit, output } = await run(path, args, nodes, { dsmManager, dsmConsistency });
            expect([exit.code, output]).toEqual([0, expect.stringContaining(`${path}: ok\n`)]);
            results.add(result(output));
        }
        expect(results.size).toBe(1);
    });

    it.each(SWITCHES.dsmConsistency.values)("3.3, 4.2: and any legal interleaving does: %s", async (dsmConsistency) => {
        const { exit } = await run(path, args, 4, { dsmConsistency }, { scheduler: "instruction", quantum: 50 });
        expect(exit.code).toBe(0);
    });
});

/** By program: arguments that it has no use for, and what it says. */
const REFUSED = [
    ["tsp", ["2"], "the cities must be 3 to 12"],
    ["tsp", ["13"], "the cities must be 3 to 12"],
    ["jacobi", ["2"], "N must be from 3 to 1024"],
    ["sor", ["1025"], "N must be from 3 to 1024"],
    ["fft", ["0"], "N must be a power of two from 2 to 65536"],
    ["fft", ["1"], "N must be a power of two from 2 to 65536"],
    ["fft", ["48"], "N must be a power of two from 2 to 65536"],
    ["fft", ["131072"], "N must be a power of two from 2 to 65536"],
] as const;

it.each(REFUSED)("%s %j: exits 1 on any number of nodes, and says once: %s", async (path, args, wrong) => {
    for (const nodes of [1, 5]) {
        const { exit, output } = await run(path, args, nodes);
        expect([exit, output]).toEqual([{ code: 1, signal: null }, `${path}: ${wrong}\n`]);
    }
});

/** Sizes at which a node has nothing to do, stages are few, or the result lies in the other array. */
const SMALLEST = [
    ["jacobi", ["3", "0"]],
    ["jacobi", ["3", "1"]],
    ["sor", ["3", "1"]],
    ["sor", ["7", "2"]],
    ["fft", ["2"]],
    ["fft", ["4"]],
    ["fft", ["8"]],
] as const;

it.each(SMALLEST)("%s %j: the smallest sizes, with more nodes than rows", async (path, args) => {
    for (const nodes of [1, 3, 16]) {
        const { exit, output } = await run(path, args, nodes, { dsmManager: "dynamic" });
        expect([exit.code, output]).toEqual([0, expect.stringContaining(`${path}: ok\n`)]);
    }
});

/** The plate of jacobi and sor (userland/lib/grid.ts), as they fill it. */
function plate(side: number): Float64Array {
    return Float64Array.from({ length: side * side }, (_, cell) =>
        cell < side ? 1 : (Math.imul(cell, 2654435761) >>> 20) / 4095,
    );
}

/** Replaces each inner cell for which `chosen` holds by `next` of it and the sum of its neighbours, as `from` has them. */
function relax(
    [from, to]: readonly [Float64Array, Float64Array],
    side: number,
    chosen: (y: number, x: number) => boolean,
    next: (old: number, around: number) => number,
): void {
    const at = (cell: number) => from[cell] ?? Number.NaN;
    for (let y = 1; y < side - 1; y++) {
        for (let x = 1; x < side - 1; x++) {
            const cell = y * side + x;
            const around = at(cell - side) + at(cell + side) + at(cell - 1) + at(cell + 1);
            if (chosen(y, x)) to[cell] = next(at(cell), around);
        }
    }
}

/** What the two compute, by the books. */
const PLATES = {
    jacobi: (side: number, steps: number) => {
        let [a, b] = [plate(side), plate(side)];
        for (let step = 0; step < steps; step++) {
            const all = () => true;
            relax([a, b], side, all, (_, around) => around / 4);
            [a, b] = [b, a];
        }
        return a;
    },
    sor: (side: number, steps: number) => {
        const grid = plate(side);
        for (let half = 0; half < 2 * steps; half++) {
            const ofColour = (y: number, x: number) => (y + x) % 2 === half % 2;
            relax([grid, grid], side, ofColour, (old, around) => old + 1.5 * (around / 4 - old));
        }
        return grid;
    },
} as const;

it.each([
    ["jacobi", 20, 7],
    ["sor", 21, 4],
] as const)("%s: the plate of %i rows has the heat of the host's after %i steps", async (path, side, steps) => {
    const { output } = await run(path, [String(side), String(steps)], 3, { dsmManager: "fixed" });
    const heat = PLATES[path](side, steps).reduce((sum, cell) => sum + cell);
    expect(output).toContain(`\nheat: ${Math.trunc(heat * 1e6)} millionths\n`);
});
