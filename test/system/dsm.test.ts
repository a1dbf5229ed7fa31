/** Distributed shared memory (docs/spec/sm-dsm.md): results, message counts and what nodes may rely on. */

import { describe, expect, it } from "vitest";
import { DSM_BARRIER } from "../../kernel/abi/dsm-action.ts";
import { PROBE_DSM, PROBE_PROCESS } from "../../kernel/abi/event.ts";
import { DSM_BASE, PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { guest } from "./harness/guest.ts";
import { framesKept, nothingLeft, type Outcome, programAt, reported, runConfig } from "./harness/run.ts";

const MACHINE = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB" };

function expectWell(outcome: Outcome): void {
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    expect(outcome.report.programs.map(({ exit }) => exit.code)).toEqual(outcome.report.programs.map(() => 0));
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
}

function shareCounts(nodes: number) {
    return { readFaults: 2 * (nodes - 1), writeFaults: 1, invalidations: 1, revocations: 2 };
}

describe("3.5: share gives RF = 2(n-1), WF = 1, INV = 1, REVOKE = 2", () => {
    it.each([
        [2, [2, 1], 1],
        [4, [2, 2], 1],
        [5, [3, 1], 2],
        [16, [4, 4], 1],
        [16, [2, 2], 4],
        [64, [8, 8], 1],
        [64, [4, 4], 4],
    ])("n = %i on a mesh of %j with %i harts a cluster", async (nodes, mesh, hartsPerCluster) => {
        const machine = { mesh, hartsPerCluster, bankSize: "2MiB" };
        const outcome = await runConfig({ machine, programs: [{ path: "share", nodes }] });
        expectWell(outcome);
        expect(programAt(outcome, 0).dsm).toEqual(shareCounts(nodes));
    });

    it("n = 1: nothing is sent", async () => {
        const outcome = await runConfig({ machine: MACHINE, programs: [{ path: "share", nodes: 1 }] });
        expectWell(outcome);
        const none = { readFaults: 0, writeFaults: 0, invalidations: 0, revocations: 0 };
        expect(programAt(outcome, 0).dsm).toEqual(none);
    });

    it("groups that run at once do not mix: each has its own counts, and no program beside them has any", async () => {
        const nodes = [4, 3, 8, 2];
        const programs = [...nodes.map((count) => ({ path: "share", nodes: count })), { path: "hello" }];
        const outcome = await runConfig({ machine: MACHINE, programs });
        expectWell(outcome);
        const counts = outcome.report.programs.map(({ dsm }) => dsm);
        expect(counts).toEqual([...nodes.map(shareCounts), null]);
    });

    it.each([2, 3, 4, 5])("whatever the interleaving (seed %i, quantum 100)", async (seed) => {
        const machine = { ...MACHINE, quantum: 100 };
        const outcome = await runConfig({ machine, seed, programs: [{ path: "share", nodes: 8 }] });
        expectWell(outcome);
        expect(programAt(outcome, 0).dsm).toEqual(shareCounts(8));
    });
});

async function nodesDo(what: string, nodes: number, seed = 1): Promise<Outcome> {
    const outcome = await runConfig({
        machine: MACHINE,
        programs: [{ path: guest("dsm"), args: [what], nodes }],
        seed,
    });
    expectWell(outcome);
    return outcome;
}

describe("2: the calls", () => {
    it("sm_malloc: small requests of a node share a page, no two requests overlap, large ones begin a page", async () => {
        const nodes = 3;
        const { small = [], large = [] } = reported(programAt(await nodesDo("small_requests", nodes), 0));
        expect([small.length, large.length]).toEqual([4 * nodes, nodes]);
        expect(large.every((address) => address % PAGE_SIZE === 0)).toBe(true);
        const pages = small.map((address) => Math.floor((address - DSM_BASE) / PAGE_SIZE));
        const sharing = new Map<number, number>();
        for (const page of pages) sharing.set(page, (sharing.get(page) ?? 0) + 1);
        expect([...sharing.values()].sort()).toEqual([1, 1, 1, 3, 3, 3]);
        const large9000 = large.map((address) => [address, address + 9000] as const);
        const ranges = [...small.map((address) => [address, address + 40] as const), ...large9000].sort(
            ([a], [b]) => a - b,
        );
        for (const [i, [start]] of ranges.entries())
            expect(start).toBeGreaterThanOrEqual(ranges[i - 1]?.[1] ?? DSM_BASE);
    });

    it.each([1, 2, 7])("sm_bcast: every root's value reaches all of %i nodes", async (nodes) => {
        await nodesDo("broadcasts", nodes);
    });

    it("sm_barrier: 100 meetings of 4 nodes; what one wrote before, all read after; counts per round 3.4", async () => {
        const outcome = await nodesDo("barriers", 4);
        const [rounds, others] = [50, 3];
        const { readFaults, revocations, writeFaults } = programAt(outcome, 0).dsm ?? {};
        // Node 1 writes first; node 0, which allocated the page, is its owner, so this is a write fault too.
        expect([readFaults, revocations, writeFaults]).toEqual([rounds * others, rounds, rounds]);
        const meetings = outcome.records.filter(({ words }) => words[0] === PROBE_DSM && words[1] === DSM_BARRIER);
        expect(meetings.length).toBeGreaterThanOrEqual(2 * rounds);
    });

    it("sm_node_init of an ordinary program makes it the only node", async () => {
        const outcome = await runConfig({ machine: MACHINE, programs: [{ path: "share" }] });
        expectWell(outcome);
        expect(programAt(outcome, 0).output).toContain("share: 1 nodes");
    });
});

describe("3.3: multiple readers or a single writer, sequentially consistent", () => {
    it.each([1, 2, 3])("LR/SC of 6 nodes on one page never loses an addition (seed %i)", async (seed) => {
        await nodesDo("counter", 6, seed);
    });

    it.each([1, 2, 3])(
        "3.1: threads of a node in other clusters share its copy; rights leave every replica (seed %i)",
        async (seed) => {
            const nodes = 4;
            const outcome = await nodesDo("replicas", nodes, seed);
            expect(reported(programAt(outcome, 0)).total).toEqual([20 * 4 * nodes]);
        },
    );

    it("more node processes than clusters, several in each", async () => {
        const outcome = await nodesDo("counter", 8);
        const perCluster = [0, 0, 0, 0];
        for (const { words } of outcome.records) {
            if (words[0] === PROBE_PROCESS) perCluster[words[4] ?? 0] = (perCluster[words[4] ?? 0] ?? 0) + 1;
        }
        expect(perCluster).toEqual([2, 2, 2, 2]);
    });

    it("3.2: each node's copy is a frame of its own cluster", async () => {
        const outcome = await runConfig({ machine: MACHINE, programs: [{ path: "share", nodes: 4 }] });
        expect(outcome.report.clusters.map(({ frames }) => frames.DSM)).toEqual([2, 2, 2, 2]);
    });
});

describe("3.3: nodes that fight for a page all get on", () => {
    const cases = [
        [[2, 1], 2, 3, 50, 1000],
        [[2, 2], 2, 8, 100, 100_000],
        [[3, 1], 3, 8, 1000, 100_000],
        [[3, 1], 3, 8, 4000, 5000],
        [[5, 1], 3, 14, 1000, 5000],
        [[4, 2], 2, 16, 4000, 100_000],
    ] as const;
    it.each(cases)(
        "mesh %j, %i harts, %i nodes, quantum %i, time slice %i",
        async (mesh, harts, nodes, quantum, slice) => {
            for (const what of ["counter", "replicas"]) {
                const machine = { mesh, hartsPerCluster: harts, bankSize: "4MiB", quantum };
                const programs = [{ path: guest("dsm"), args: [what], nodes, cluster: 0 }];
                const outcome = await runConfig(
                    { machine, kernel: { timeSliceCycles: slice }, programs },
                    { limit: 60e6 },
                );
                expectWell(outcome);
            }
        },
    );
});
