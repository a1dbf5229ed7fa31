/** Determinism (docs/spec/turns.md 3.1, 6.3): a run is a function of config and seed; its results are not even one of the seed and the quantum. */

import { describe, expect, it } from "vitest";
import type { Machine } from "../../emu/machine.ts";
import { guest } from "./harness/guest.ts";
import { type ConfigText, framesKept, nothingLeft, type Outcome, runConfig } from "./harness/run.ts";

const NIGHTLY = process.env.ARCHIPEL_NIGHTLY === "1";

function config(machine: object, seed: number): ConfigText {
    const programs = [
        { path: "hello" },
        { path: "threads" },
        { path: "sort" },
        { path: "share", nodes: 4 },
        { path: "matmul", nodes: 4 },
        { path: guest("threads"), args: ["killed"] },
        { path: guest("dsm"), args: ["counter"], nodes: 3 },
    ];
    return { machine: { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB", ...machine }, programs, seed };
}

/** What the programs tell, without where and when. */
function results({ report }: Outcome) {
    return report.programs.map(({ name, exit, output }) => {
        return { name, exit, output: output.replace(/cluster \d+/, "cluster K") };
    });
}

/** All that a run tells; hash, console and counts to the last instruction. */
function everything({ end, console, report, records, instructions, hash }: Outcome) {
    return { end, console, report, records: records.length, instructions, hash };
}

const expected = [
    ["hello", /^hello from cluster \d of 4\nhello: ok\n$/],
    ["threads", /threads: ok\n$/],
    ["sort", /sort: ok\n$/],
    ["share", /share: ok\n$/],
    ["matmul", /matmul: ok\n$/],
] as const;

function expectRight(outcome: Outcome): void {
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    const { programs } = outcome.report;
    for (const [i, [name, output]] of expected.entries()) {
        expect(programs[i]).toMatchObject({
            name,
            exit: { code: 0, signal: null },
            output: expect.stringMatching(output),
        });
    }
    expect(programs.slice(5).map(({ exit }) => exit)).toEqual([
        { code: null, signal: "SIGSEGV" },
        { code: 0, signal: null },
    ]);
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
}

describe("the same config and seed", () => {
    it("three times: the same state hash, console, counts and records", async () => {
        const first = await runConfig(config({}, 7));
        expectRight(first);
        expect(first.hash).toMatch(/^[0-9a-f]{64}$/);
        for (let i = 0; i < 2; i++) expect(everything(await runConfig(config({}, 7)))).toEqual(everything(first));
    });

    it.each([997, 20_000, 50_000_000])("cut into steps of %i instructions: nothing changes", async (step) => {
        expect(everything(await runConfig(config({}, 7), { step }))).toEqual(
            everything(await runConfig(config({}, 7))),
        );
    });

    it("looked at between steps: report and hash change nothing", async () => {
        const watched = await runConfig(config({}, 7), {
            step: 300_000,
            betweenSteps: (machine) => void [machine.stateHash(), machine.counters(), machine.hart(0).pc],
        });
        expect(watched.hash).toBe((await runConfig(config({}, 7))).hash);
    });
});

it("another seed is another run with the same results", async () => {
    const outcomes = await Promise.all([1, 2, 3, 4, 5].map((seed) => runConfig(config({}, seed))));
    for (const outcome of outcomes) expectRight(outcome);
    expect(new Set(outcomes.map(({ hash }) => hash)).size).toBe(outcomes.length);
    expect(new Set(outcomes.map((outcome) => JSON.stringify(results(outcome)))).size).toBe(1);
});

it.each([50, 100, 500, 1000, 5000, 100_000])("a quantum of %i cycles gives the same results", async (quantum) => {
    expectRight(await runConfig(config({ quantum }, 1)));
});

describe("scheduler: conflicts (turns end behind accesses that meet)", () => {
    it("2.7, 6.3 is the same run when cut into steps, and looked at between them", async () => {
        const text = config({ scheduler: "conflicts" }, 7);
        const whole = everything(await runConfig(text));
        expect(everything(await runConfig(text, { step: 9973 }))).toEqual(whole);
        const betweenSteps = (machine: Machine) => void [machine.stateHash(), machine.counters(), machine.hart(0).pc];
        expect(everything(await runConfig(text, { step: 300_000, betweenSteps }))).toEqual(whole);
    });

    it.each(NIGHTLY ? Array.from({ length: 50 }, (_, i) => i + 1) : [1, 2, 3])(
        "2.7 gives the right results (seed %i)",
        async (seed) => {
            expectRight(await runConfig(config({ scheduler: "conflicts" }, seed)));
        },
    );
});

describe("scheduler: instruction (a turn may end after any instruction)", () => {
    const seeds = NIGHTLY ? Array.from({ length: 50 }, (_, i) => i + 1) : [1, 2, 3, 4, 5];
    it.each(seeds)("gives the right results (seed %i)", async (seed) => {
        expectRight(await runConfig(config({ scheduler: "instruction" }, seed)));
    });

    it.each(seeds)("on one hart a cluster (seed %i)", async (seed) => {
        expectRight(await runConfig(config({ scheduler: "instruction", hartsPerCluster: 1 }, seed)));
    });
});

describe.runIf(NIGHTLY)("nightly: 200 seeds at a small quantum (set ARCHIPEL_NIGHTLY=1)", () => {
    it.each(Array.from({ length: 200 }, (_, i) => i + 100))("seed %i", async (seed) => {
        expectRight(await runConfig(config({ quantum: 20 + (seed % 7) * 30, hartsPerCluster: 1 + (seed % 3) }, seed)));
    });
});
