/** Threads (vmm-policy 7.4, 7.5): preemption, join, and the end of processes whose threads run or wait anywhere. */

import { describe, expect, it } from "vitest";
import { guest } from "./harness/guest.ts";
import { framesKept, nothingLeft, type Outcome, programAt, reported, runConfig } from "./harness/run.ts";

const ONE_HART = { mesh: [2, 2], hartsPerCluster: 1, bankSize: "2MiB" };
const KERNEL = { timeSliceCycles: 5000 };

async function run(what: string, machine: object = ONE_HART, seed = 1): Promise<Outcome> {
    const programs = [{ path: guest("threads"), args: [what] }, { path: "hello" }];
    const outcome = await runConfig({ machine, kernel: KERNEL, programs, seed }, { limit: 100_000_000 });
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    expect(programAt(outcome, 1).exit.code).toBe(0);
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    return outcome;
}

describe("preemption", () => {
    it.each([
        [[1, 1], 1],
        [[2, 2], 1],
        [[2, 1], 2],
    ])("threads that spin in user mode share a hart: mesh %j, %i harts a cluster", async (mesh, hartsPerCluster) => {
        const machine = { mesh, hartsPerCluster, bankSize: "2MiB" };
        for (const what of ["preempt", "crowd"]) expect(programAt(await run(what, machine), 0).exit.code).toBe(0);
    });

    it("programs that spin do not keep others of their hart from ending", async () => {
        const spin = { path: guest("threads"), args: ["crowd"], cluster: 0 };
        const machine = { mesh: [1, 1], hartsPerCluster: 1, bankSize: "2MiB" };
        const programs = [spin, spin, spin, { path: "sort" }, { path: "hello" }];
        const outcome = await runConfig({ machine, kernel: KERNEL, programs });
        expect(outcome.report.programs.map(({ exit }) => exit.code)).toEqual([0, 0, 0, 0, 0]);
    });
});

describe("join", () => {
    it("gives the value of a thread that ended before, in any cluster", async () => {
        expect(programAt(await run("values"), 0).exit.code).toBe(0);
    });

    it("300 threads one after another need no more stacks and blocks than one", async () => {
        const outcome = await run("create_many");
        expect(programAt(outcome, 0).exit.code).toBe(0);
    });
});

it("a futex barrier of threads in all clusters opens 40 times", async () => {
    for (const seed of [1, 2, 3]) {
        const outcome = await run("meetings", { ...ONE_HART, quantum: 200 }, seed);
        expect(programAt(outcome, 0).exit.code).toBe(0);
    }
});

describe("7.4: the end of a process reaches its threads in every cluster, and nothing is left", () => {
    it.each([1, 2, 3])("exit of main, while others spin, join and wait (seed %i)", async (seed) => {
        const outcome = await run("main_ends", ONE_HART, seed);
        expect(programAt(outcome, 0)).toMatchObject({ exit: { code: 0, signal: null }, fault: null });
    });

    it.each([1, 2, 3])("a fault of main, while others spin, join and wait (seed %i)", async (seed) => {
        const outcome = await run("killed", { ...ONE_HART, hartsPerCluster: 2, quantum: 100 }, seed);
        expect(programAt(outcome, 0)).toMatchObject({ exit: { code: null, signal: "SIGSEGV" }, fault: { vaddr: 0n } });
    });

    it("a process whose main ends as a thread lives until its last thread ends", async () => {
        const outcome = await run("last_thread_ends");
        expect(programAt(outcome, 0).exit).toEqual({ code: 0, signal: null });
        expect(reported(programAt(outcome, 0)).written).toEqual([1]);
    });

    it("many processes that come and go at once, all kinds of ends together", async () => {
        const path = guest("threads");
        const cases = ["main_ends", "killed", "meetings", "values", "crowd", "last_thread_ends"];
        const programs = Array.from({ length: 24 }, (_, i) => ({
            path,
            args: [cases[i % cases.length]],
            cluster: i % 4,
        }));
        const machine = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB" };
        const outcome = await runConfig({ machine, kernel: KERNEL, programs });
        expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
        const codes = outcome.report.programs.map(({ exit }) => exit.code ?? exit.signal);
        expect(codes).toEqual(programs.map((_, i) => (i % cases.length === 1 ? "SIGSEGV" : 0)));
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    });
});
