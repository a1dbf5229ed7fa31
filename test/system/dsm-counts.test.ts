/**
 * Exact message counts (sm-dsm.md 3.5) of whole programs: an oracle on the host replays the pages that each node touches between
 * two barriers, in two orders, through the model of many readers or one writer; whatever the seed and the managers.
 */

import { describe, expect, it } from "vitest";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import type { Counts } from "../kernel/harness/dsm-nodes.ts";
import { MrswModel } from "../kernel/harness/mrsw-model.ts";
import { type Outcome, programAt, runConfig } from "./harness/run.ts";

type Touch = (model: MrswModel) => void;
/** What the nodes do between two barriers: by node, in the order of their program. */
type Phase = readonly (readonly Touch[])[];

/** The counts, which must not depend on how nodes that run at once take turns. */
function replay(prepare: Touch, phases: readonly Phase[]): Counts {
    const [forth, back] = [false, true].map((backwards) => {
        const model = new MrswModel();
        prepare(model);
        for (const phase of phases) {
            for (const touches of backwards ? [...phase].reverse() : phase) for (const touch of touches) touch(model);
        }
        return model.counts();
    });
    expect(back).toEqual(forth);
    return forth as Counts;
}

const pages = (first: number, bytes: number) =>
    Array.from({ length: Math.ceil(bytes / PAGE_SIZE) }, (_, i) => first + i);
const reads =
    (node: number, vpn: number): Touch =>
    (model) =>
        void model.read(node, vpn, 0);
const writes =
    (node: number, vpn: number): Touch =>
    (model) =>
        model.write(node, vpn, 1, 0);

/** N x N words of 8 bytes, row-major: node 0 fills A, B, C, node i computes its rows of C, node 0 reads C. */
function matmulCounts(n: number, nodes: number): Counts {
    const bytes = n * n * 8;
    const size = pages(0, bytes).length;
    const [a, b, c] = [0, size, 2 * size];
    const rows = (node: number) => {
        const from = Math.floor((n * node) / nodes) * n * 8;
        const to = Math.floor((n * (node + 1)) / nodes) * n * 8;
        return { first: Math.floor(from / PAGE_SIZE), bytes: to - from };
    };
    const all = Array.from({ length: nodes }, (_, node) => node);
    const filled = [...pages(a, bytes), ...pages(b, bytes), ...pages(c, bytes)].map((vpn) => writes(0, vpn));
    const computed = all.map((node) => {
        const { first, bytes: mine } = rows(node);
        return [
            ...pages(a + first, mine).map((vpn) => reads(node, vpn)),
            ...pages(b, bytes).map((vpn) => reads(node, vpn)),
            ...pages(c + first, mine).map((vpn) => writes(node, vpn)),
        ];
    });
    const checked = pages(c, bytes).map((vpn) => reads(0, vpn));
    const allocate: Touch = (model) => {
        for (let vpn = 0; vpn < 3 * size; vpn++) model.allocate(0, vpn);
    };
    return replay(allocate, [[filled], computed, [checked]]);
}

function expectCounts(outcome: Outcome, expected: Counts): void {
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    const { exit, dsm } = programAt(outcome, 0);
    expect(exit).toEqual({ code: 0, signal: null });
    const { RF, WF, INV, REVOKE } = expected;
    expect(dsm).toEqual({ readFaults: RF, writeFaults: WF, invalidations: INV, revocations: REVOKE });
}

function smallestMesh(nodes: number): [number, number] {
    const side = Math.ceil(Math.sqrt(nodes));
    return [side, side];
}

describe("3.5: the counts of matmul are those of the oracle", () => {
    const shapes = [
        [64, 2],
        [64, 4],
        [64, 8],
        [128, 8],
        [256, 16],
    ] as const;
    const seeds = (n: number) => (n > 64 ? [1] : [1, 2, 3]);
    const cases = shapes.flatMap(([n, nodes]) => seeds(n).map((seed) => [n, nodes, seed] as const));

    it.each(cases)("%i x %i words on that many nodes (seed %i)", async (n, nodes, seed) => {
        const programs = [{ path: "matmul", args: [String(n)], nodes }];
        const machine = { mesh: smallestMesh(nodes), hartsPerCluster: 1, bankSize: "8MiB" };
        expectCounts(await runConfig({ machine, programs, seed }, { limit: 2e9 }), matmulCounts(n, nodes));
    });

    it.each(["fixed", "dynamic"])("under %s managers", async (dsmManager) => {
        for (const [n, nodes] of [
            [64, 4],
            [64, 8],
        ] as const) {
            const programs = [{ path: "matmul", args: [String(n)], nodes }];
            const machine = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "8MiB", quantum: 100 };
            const outcome = await runConfig({ machine, kernel: { dsmManager }, programs, seed: 5 }, { limit: 2e9 });
            expectCounts(outcome, matmulCounts(n, nodes));
        }
    });
});

/** Every n from 1 to 64 in the nightly tests; else where something changes: powers of two, squares and their neighbours. */
const NODES =
    process.env.ARCHIPEL_NIGHTLY === "1"
        ? Array.from({ length: 64 }, (_, i) => i + 1)
        : [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 49, 63, 64];

describe("1: share and barrier at n = 1 to 64", () => {
    it.each(NODES)("n = %i", async (nodes) => {
        const machine = { mesh: smallestMesh(nodes), hartsPerCluster: 1, bankSize: "4MiB" };
        const share =
            nodes === 1 ? { RF: 0, WF: 0, INV: 0, REVOKE: 0 } : { RF: 2 * (nodes - 1), WF: 1, INV: 1, REVOKE: 2 };
        expectCounts(await runConfig({ machine, programs: [{ path: "share", nodes }] }), share);
        const rounds = 5;
        const phases = Array.from({ length: rounds }, (_, round): Phase[] => {
            return [[[writes(round % nodes, 0)]], Array.from({ length: nodes }, (_, node) => [reads(node, 0)])];
        });
        const barrier = replay((model) => model.allocate(0, 0), phases.flat());
        const programs = [{ path: "barrier", args: [String(rounds)], nodes }];
        expectCounts(await runConfig({ machine, programs }), barrier);
    });
});

it("3.7: a group of 1,024 nodes, one a hart", async () => {
    const machine = { mesh: [16, 16], hartsPerCluster: 4, bankSize: "8MiB" };
    const outcome = await runConfig({ machine, programs: [{ path: "share", nodes: 1024 }] }, { limit: 4e9 });
    expectCounts(outcome, { RF: 2 * 1023, WF: 1, INV: 1, REVOKE: 2 });
});
