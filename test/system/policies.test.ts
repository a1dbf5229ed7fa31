/** The policy switches (vmm-policy 9): each is set, and what it changes is seen. The homes are computed here by the rules' text. */

import { describe, expect, it } from "vitest";
import { PROBE_FAULT, PROBE_FRAME, PROBE_RPC_SENT } from "../../kernel/abi/event.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { RPC_GET_VSEG } from "../../kernel/abi/rpc-ops.ts";
import { VSEG_HEAP, VSEG_STACK } from "../../kernel/abi/vseg-type.ts";
import { framesKept, nothingLeft, type Outcome, programAt, reported, runConfig } from "./harness/run.ts";
import { touchProgram } from "./harness/touch-program.ts";

const [CODE_PAGES, HEAP_PAGES] = [4, 48];
const MESHES = [
    [3, 1],
    [2, 2],
    [7, 1],
    [4, 2],
] as const;

interface Touched {
    readonly outcome: Outcome;
    /** First vpn of the HEAP vseg. */
    readonly first: number;
}

async function touch(mesh: readonly number[], kernel: object, cluster = 0): Promise<Touched> {
    const machine = { mesh, hartsPerCluster: 1, bankSize: "2MiB" };
    const programs = [{ path: touchProgram(CODE_PAGES, HEAP_PAGES), cluster }];
    const outcome = await runConfig({ machine, kernel, programs });
    expect(outcome.report.programs[0]?.exit.code).toBe(0);
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    return { outcome, first: (reported(programAt(outcome, 0)).heap?.[0] ?? 0) / PAGE_SIZE };
}

const frames = (outcome: Outcome, type: "CODE" | "HEAP" | "STACK") =>
    outcome.report.clusters.map((cluster) => cluster.frames[type]);

function histogram(clusters: number, homes: readonly number[]): number[] {
    return Array.from({ length: clusters }, (_, cxy) => homes.filter((home) => home === cxy).length);
}

function primeAbove(n: number): number {
    const isPrime = (x: number) => Array.from({ length: x - 2 }, (_, i) => i + 2).every((d) => x % d !== 0);
    return isPrime(n + 1) ? n + 1 : primeAbove(n + 1);
}

function digitsHome(vpn: number, clusters: number): number {
    const digits = vpn
        .toString(clusters)
        .split("")
        .map((digit) => Number.parseInt(digit, 36));
    const power = Number.isInteger(Math.log2(clusters));
    return power ? digits.reduce((a, b) => a ^ b, 0) : digits.reduce((a, b) => a + b, 0) % clusters;
}

const HOMES: Readonly<Record<string, (vpn: number, clusters: number) => number>> = {
    lsb: (vpn, clusters) => vpn % clusters,
    reference: () => 1,
    skew: (vpn, clusters) => (vpn + Math.floor(vpn / clusters)) % clusters,
    prime: (vpn, clusters) => (vpn % primeAbove(64 * clusters)) % clusters,
    xor: digitsHome,
};

describe.each(MESHES)("on %i x %i clusters", (x, y) => {
    it.each(Object.keys(HOMES))("9: heap %s places every page by its rule", async (heap) => {
        const { outcome, first } = await touch([x, y], { heap }, 1);
        const rule = HOMES[heap] ?? (() => -1);
        const homes = Array.from({ length: HEAP_PAGES }, (_, i) => rule(first + i, x * y));
        expect(frames(outcome, "HEAP")).toEqual(histogram(x * y, homes));
    });

    it("9: heap first-touch takes the frame from the cluster that touches first: here Z", async () => {
        const { outcome } = await touch([x, y], { heap: "first-touch" }, 1);
        expect(frames(outcome, "HEAP")).toEqual(histogram(x * y, Array(HEAP_PAGES).fill(1)));
    });

    it("9: code reference has one copy of CODE, in Z", async () => {
        const [replicated, shared] = [await touch([x, y], {}), await touch([x, y], { code: "reference" })];
        expect(Math.min(...frames(replicated.outcome, "CODE"))).toBeGreaterThanOrEqual(CODE_PAGES);
        expect(
            frames(shared.outcome, "CODE")
                .slice(1)
                .every((count) => count === 0),
        ).toBe(true);
        expect(frames(shared.outcome, "CODE")[0]).toBe(frames(replicated.outcome, "CODE")[0]);
    });

    it("9: stack reference takes every stack's frames from Z", async () => {
        const { outcome } = await touch([x, y], { stack: "reference" });
        const local = await touch([x, y], {});
        const total = frames(local.outcome, "STACK").reduce((a, b) => a + b, 0);
        expect(frames(outcome, "STACK")).toEqual(histogram(x * y, Array(total).fill(0)));
        const stacks = outcome.records.filter(({ words }) => words[0] === PROBE_FRAME && words[3] === VSEG_STACK);
        expect(stacks.every(({ words }) => words[1] === 0)).toBe(true);
    });
});

describe("9: page tables and registration", () => {
    const heapFaults = ({ outcome, first }: Touched) =>
        outcome.records.filter(({ words }) => {
            const vpn = Math.floor((words[3] ?? 0) / PAGE_SIZE);
            return words[0] === PROBE_FAULT && words[2] === VSEG_HEAP && vpn >= first && vpn < first + HEAP_PAGES;
        }).length;

    it("gpt eager: pages that Z maps while a cluster is active are mapped there at once, and cause no fault", async () => {
        const text = (gpt: string) => ({
            machine: { mesh: [2, 2], hartsPerCluster: 1, bankSize: "4MiB" },
            kernel: { gpt },
            programs: [{ path: "sort", args: ["8192"], threads: 4 }],
        });
        const faults = async (gpt: string) => {
            const outcome = await runConfig(text(gpt));
            expect(outcome.report.programs[0]?.exit.code).toBe(0);
            expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
            return outcome.records.filter(({ words }) => words[0] === PROBE_FAULT && words[2] === VSEG_HEAP).length;
        };
        expect(await faults("eager")).toBeLessThan(await faults("on-demand"));
    });

    it("gpt on-demand: a page touched by every cluster faults in every cluster", async () => {
        expect(heapFaults(await touch([2, 2], { gpt: "on-demand" }))).toBe(4 * HEAP_PAGES);
    });

    it("registration lazy: a cluster's VSL gets CODE and DATA when they are touched, with the same faults", async () => {
        const [first, lazy] = [await touch([2, 2], {}), await touch([2, 2], { registration: "lazy" })];
        expect(heapFaults(lazy)).toBe(heapFaults(first));
        expect(frames(lazy.outcome, "CODE")).toEqual(frames(first.outcome, "CODE"));
        const asked = ({ outcome }: Touched) =>
            outcome.records.filter(({ words }) => words[0] === PROBE_RPC_SENT && words[2] === RPC_GET_VSEG).length;
        expect(asked(lazy)).toBeGreaterThan(asked(first));
    });
});

describe("every switch", () => {
    const SWITCHES = ["code=reference", "data=reference", "data=skew", "data=prime", "data=xor", "data=first-touch"];
    const MORE = [
        "stack=reference",
        "gpt=eager",
        "gpt=reference",
        "protocol=direct",
        "registration=lazy",
        "heap=first-touch",
    ];
    it.each([...SWITCHES, ...MORE])("%s: the programs give the same results and leave nothing", async (text) => {
        const [name = "", value = ""] = text.split("=");
        const outcome = await runConfig({
            machine: { mesh: [3, 1], hartsPerCluster: 2, bankSize: "4MiB" },
            kernel: { [name]: value },
            programs: [
                ...["threads", "sort", "family", "files"].map((path) => ({ path })),
                ...["stride", "heat", "unmap", "stack"].map((path) => ({ path, threads: 5 })),
                ...["share", "matmul"].map((path) => ({ path, nodes: 3 })),
            ],
        });
        expect(outcome.report.programs.map(({ exit }) => exit.code)).toEqual(Array(10).fill(0));
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    });
});
