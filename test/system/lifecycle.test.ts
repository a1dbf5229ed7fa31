/** Processes and files over cluster counts: fork, exec, wait, kill, the file cache, and that nothing is left (vmm-policy 7). */

import { describe, expect, it } from "vitest";
import { PROBE_EXIT, PROBE_RPC_SERVED, PROBE_SPILL } from "../../kernel/abi/event.ts";
import { RPC_FREE_BEGIN, RPC_LOCAL_FREED } from "../../kernel/abi/rpc-ops.ts";
import { framesKept, nothingLeft, runConfig } from "./harness/run.ts";

const PROGRAMS = [{ path: "family" }, { path: "files" }];
const MESHES = [
    [1, 1],
    [2, 1],
    [3, 1],
    [2, 2],
    [7, 1],
    [4, 2],
] as const;

const machine = (mesh: readonly number[], hartsPerCluster: number, more: object = {}) => ({
    mesh,
    hartsPerCluster,
    bankSize: "4MiB",
    ...more,
});

describe.each(MESHES)("on %i x %i clusters", (x, y) => {
    it.each([1, 3])(
        "7.2-7.4: fork, exec, wait, kill and files work and leave nothing, %i harts a cluster",
        async (harts) => {
            const outcome = await runConfig({ machine: machine([x, y], harts), programs: PROGRAMS });
            expect(outcome.report.programs.map(({ name, exit, output }) => [name, exit.code, output])).toEqual([
                ["family", 0, "family: ok\n"],
                ["files", 0, "files: ok\n"],
            ]);
            expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
        },
    );
});

describe("the end of a process with threads in four clusters", () => {
    it("7.4: its copies are freed at the same time, before Z's", async () => {
        const programs = [{ path: "threads", cluster: 0 }];
        const { records } = await runConfig({ machine: machine([4, 1], 1), programs });
        const served = (op: number) =>
            records.flatMap(({ words }, at) => (words[0] === PROBE_RPC_SERVED && words[2] === op ? [at] : []));
        const [begun, freed] = [served(RPC_FREE_BEGIN), served(RPC_LOCAL_FREED)];
        expect([begun.length, freed.length]).toEqual([3, 3]);
        expect(Math.max(...begun)).toBeLessThan(Math.min(...freed));
        const exit = records.findIndex(({ words }) => words[0] === PROBE_EXIT);
        expect(Math.max(...freed)).toBeLessThan(exit);
    });
});

describe("other schedules", () => {
    it.each([1, 2, 3, 4, 5])("any legal interleaving gives the same results, seed %i", async (seed) => {
        const text = { machine: machine([2, 2], 2, { scheduler: "instruction" }), programs: PROGRAMS, seed };
        const outcome = await runConfig(text);
        expect(outcome.report.programs.map(({ exit }) => exit.code)).toEqual([0, 0]);
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    });

    it.each([50, 300, 5000])("a quantum of %i cycles gives the same results", async (quantum) => {
        const outcome = await runConfig({ machine: machine([3, 1], 2, { quantum }), programs: PROGRAMS });
        expect(outcome.report.programs.map(({ exit }) => exit.code)).toEqual([0, 0]);
    });
});

describe("a full bank", () => {
    it("5.7: a heap larger than a bank spills to the others, counted per cluster, and the program is right", async () => {
        // Two arrays of 295,000 numbers: 579 pages, evenly spread; cluster 0 has less room than the others (initrd, init).
        const outcome = await runConfig({
            machine: { mesh: [4, 1], hartsPerCluster: 1, bankSize: "1MiB" },
            programs: [{ path: "sort", args: ["295000"], threads: 2 }],
        });
        const spills = outcome.records.filter(({ words }) => words[0] === PROBE_SPILL);
        expect(outcome.report.programs.map(({ exit }) => exit.code)).toEqual([0]);
        expect(outcome.report.clusters.reduce((sum, cluster) => sum + cluster.spills, 0)).toBe(spills.length);
        expect(spills.length).toBeGreaterThan(0);
        for (const { words } of spills) expect(words[1]).not.toBe(words[2]);
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    });
});
