/** numastat and numa_maps of a run: sums that must hold, and placements computed here by the rules' text (vmm-policy 2.3, 5.7, 9). */

import { describe, expect, it } from "vitest";
import { linuxPolicy } from "../../boot/observe/home-policy.ts";
import { NumaMaps } from "../../boot/observe/numa-maps.ts";
import type { NodePages, NumaMap } from "../../boot/report/report.ts";
import { parseConfig } from "../../configs/check.ts";
import { PROBE_PROCESS, PROBE_SPILL, PROBE_VSEG, PROBE_VSEG_END } from "../../kernel/abi/event.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { VSEG_CODE, VSEG_DATA, VSEG_STACK } from "../../kernel/abi/vseg-type.ts";
import { tellTo } from "../boot/observe/tell.ts";
import { archipel, configFile } from "./harness/cli.ts";
import { DEDICATED_CODE, guest } from "./harness/guest.ts";
import { type Outcome, programAt, reported, runConfig } from "./harness/run.ts";
import { touchProgram } from "./harness/touch-program.ts";

const MACHINE = { mesh: [2, 2], hartsPerCluster: 1, bankSize: "2MiB" } as const;
const [CODE_PAGES, HEAP_PAGES, CLUSTERS, Z] = [3, 10, 4, 2];
const ALL = [0, 1, 2, 3];

function touch(kernel: object = {}): Promise<Outcome> {
    const programs = [{ path: touchProgram(CODE_PAGES, HEAP_PAGES), cluster: Z }];
    return runConfig({ machine: MACHINE, kernel, programs });
}

function heapAddress(outcome: Outcome): number {
    return reported(programAt(outcome, 0)).heap?.[0] ?? Number.NaN;
}

function rowsAt(outcome: Outcome, address: number): NumaMap[] {
    return outcome.report.numaMaps.filter((row) => row.address === BigInt(address));
}

const each = (nodes: readonly number[], pages: number): NodePages[] => nodes.map((node) => ({ node, pages }));

describe("numastat", () => {
    it.each([
        ["default", {}],
        ["reference", { heap: "reference", data: "reference", stack: "reference" }],
        ["first-touch", { heap: "first-touch", data: "first-touch", code: "reference" }],
    ])("hits and misses are all frames given, and as many as local and other ones (%s)", async (_, kernel) => {
        const programs = [{ path: "sort", threads: 6 }, { path: "family" }, { path: "matmul", args: ["8"], nodes: 4 }];
        const { report } = await runConfig({ machine: { ...MACHINE, bankSize: "4MiB" }, kernel, programs });
        for (const [cxy, row] of report.numastat.entries()) {
            const { FILE, ...others } = report.clusters[cxy]?.frames ?? { FILE: 0 };
            const given = Object.values(others).reduce((sum, frames) => sum + frames, 0);
            expect([row.node, row.numa_hit + row.numa_miss]).toEqual([cxy, given]);
            expect(row.local_node + row.other_node).toBe(given);
            expect([row.numa_miss, row.numa_foreign]).toEqual([0, 0]);
        }
    });

    it("interleave_hit counts what lsb spreads, and nothing when a cluster is named", async () => {
        const frames = (outcome: Outcome) => outcome.report.clusters.map((each) => each.frames.DATA + each.frames.HEAP);
        const spread = await touch();
        expect(spread.report.numastat.map(({ interleave_hit }) => interleave_hit)).toEqual(frames(spread));
        const bound = await touch({ heap: "reference", data: "first-touch" });
        expect(bound.report.numastat.map(({ interleave_hit }) => interleave_hit)).toEqual([0, 0, 0, 0]);
    });

    it("a page touched first by a thread elsewhere is other_node where it lies; Z's own are local_node", async () => {
        const { report } = await touch({ heap: "reference", data: "reference" });
        // All public pages are first touched in Z, everything else is private to its cluster.
        expect(report.numastat.map(({ other_node }) => other_node)).toEqual([0, 0, 0, 0]);
        const spread = await touch();
        const others = spread.report.numastat.map(({ other_node }) => other_node);
        const heap = spread.report.clusters.map(({ frames }) => frames.HEAP);
        for (const cxy of ALL) {
            if (cxy === Z) expect(others[cxy]).toBe(0);
            else expect(others[cxy]).toBeGreaterThanOrEqual(heap[cxy] ?? Number.NaN);
        }
    });

    it("5.7: a spill is foreign where it was wanted, and a miss where the frame was found", async () => {
        // Three banks: with two, both may end with the same page.
        const machine = { mesh: [3, 1], hartsPerCluster: 1, bankSize: "2MiB" };
        const { report, records } = await runConfig({ machine, programs: [{ path: guest("hog"), cluster: 1 }] });
        const spills = records.filter(({ words }) => words[0] === PROBE_SPILL);
        const counted = (word: number) =>
            [0, 1, 2].map((cxy) => spills.filter(({ words }) => words[word] === cxy).length);
        expect(spills.length).toBeGreaterThan(0);
        expect(report.clusters.map((cluster) => cluster.spills)).toEqual(counted(1));
        expect(report.numastat.map(({ numa_foreign }) => numa_foreign)).toEqual(counted(1));
        expect(report.numastat.map(({ numa_miss }) => numa_miss)).toEqual(counted(2));
    });
});

describe("numa_maps", () => {
    it("2.3: a HEAP vseg has its pages in cluster VPN mod C, and an entry a page in each replica that touched it", async () => {
        const outcome = await touch();
        const heap = heapAddress(outcome);
        const homes = Array.from({ length: HEAP_PAGES }, (_, i) => (heap / PAGE_SIZE + i) % CLUSTERS);
        const pages = ALL.map((node) => ({ node, pages: homes.filter((home) => home === node).length }));
        expect(rowsAt(outcome, heap)).toEqual([
            {
                program: 0,
                pid: programAt(outcome, 0).pid,
                address: BigInt(heap),
                policy: "interleave:0-3",
                type: "HEAP",
                pages,
                replicas: each(ALL, HEAP_PAGES),
            },
        ]);
    });

    it("3: a STACK has a row a thread, with its pages in the thread's cluster", async () => {
        const path = guest("stack");
        const { report } = await runConfig({ machine: MACHINE, programs: [{ path, args: ["3", "5"], cluster: 0 }] });
        const stacks = report.numaMaps.filter(({ type }) => type === "STACK");
        expect(stacks).toHaveLength(2);
        expect(stacks.map(({ pages }) => pages)).toContainEqual(each([3], 5));
    });

    it("3: CODE has its pages in every active cluster, STACKs repeat their addresses", async () => {
        const outcome = await touch();
        const [code] = rowsAt(outcome, DEDICATED_CODE);
        expect(code).toMatchObject({ type: "CODE", policy: "local", pages: each(ALL, CODE_PAGES) });
        expect(code?.replicas).toEqual(each(ALL, CODE_PAGES));
        const stacks = outcome.report.numaMaps.filter(({ type }) => type === "STACK");
        expect(stacks).toHaveLength(CLUSTERS);
        // The workers of this program touch no stack.
        expect(stacks.flatMap(({ pages }) => pages)).toEqual(each([Z], 1));
        expect(new Set(stacks.map(({ address }) => address)).size).toBe(1);
    });

    it("9: under the reference policies all is bound to Z, and first-touch is local", async () => {
        const bound = await touch({ code: "reference", heap: "reference", stack: "reference" });
        const [code] = rowsAt(bound, DEDICATED_CODE);
        expect(code).toMatchObject({ policy: "bind:2", pages: each([Z], CODE_PAGES), replicas: each(ALL, CODE_PAGES) });
        expect(rowsAt(bound, heapAddress(bound))[0]).toMatchObject({ policy: "bind:2", pages: each([Z], HEAP_PAGES) });
        const stacks = bound.report.numaMaps.filter(({ type }) => type === "STACK");
        expect(stacks.map(({ policy }) => policy)).toEqual(ALL.map(() => "bind:2"));
        const touched = await touch({ heap: "first-touch" });
        expect(rowsAt(touched, heapAddress(touched))[0]).toMatchObject({
            policy: "local",
            pages: each([Z], HEAP_PAGES),
        });
    });

    it("a vseg that the program unmapped has no row", async () => {
        const { report } = await runConfig({
            machine: { ...MACHINE, bankSize: "4MiB" },
            programs: [{ path: "files" }],
        });
        const types = new Set(report.numaMaps.map(({ type }) => type));
        expect([types.has("CODE"), types.has("FILE"), types.has("REMOTE")]).toEqual([true, false, false]);
        expect(report.clusters.some(({ faults }) => faults.FILE.local + faults.FILE.throughZ > 0)).toBe(true);
    });

    it("7.4: exec begins with empty maps; a process that has not ended has none", () => {
        const config = parseConfig(JSON.stringify({ machine: MACHINE, programs: [] }), "test");
        const maps = new NumaMaps(config, () => new Uint8Array(PAGE_SIZE));
        const record = tellTo(maps);
        const tell = (...words: number[]) => record(0, ...words);
        const pid = 0x20001;
        tell(PROBE_PROCESS, pid, 0);
        tell(PROBE_VSEG_END, pid, VSEG_STACK, 0x3fff1, 0x40000, 1, 0x80100000, 0);
        expect(maps.rows()).toEqual([]);
        tell(PROBE_VSEG_END, pid, VSEG_CODE, 0x10, 0x11, Z, 0x80100000, 0);
        expect(maps.rows().map(({ type }) => type)).toEqual(["CODE", "STACK"]);
        tell(PROBE_VSEG, pid, VSEG_DATA, 0x400, 0x401, Z, 1);
        expect(maps.rows()).toEqual([]);
        tell(PROBE_VSEG_END, pid, VSEG_DATA, 0x400, 0x401, Z, 0x80100000, 0);
        expect(maps.rows().map(({ type, policy }) => [type, policy])).toEqual([["DATA", "interleave:0-3"]]);
    });

    it.each([
        ["interleave:0", [1, 1], []],
        ["interleave:0-1", [2, 1], []],
        ["interleave:0,2-3", [2, 2], [1]],
        ["interleave:0-1,3,5", [3, 2], [2, 4]],
        ["interleave:0", [3, 1], [1, 2]],
    ])("2.3: %s is what %j without memory in %j spreads over", (policy, mesh, without) => {
        const machine = { mesh, clustersWithoutHarts: without, clustersWithoutMemory: without };
        const config = parseConfig(JSON.stringify({ machine, programs: [] }), "test");
        expect(linuxPolicy(config, "HEAP", 0, 0)).toBe(policy);
    });

    it("what they count stays in the run: with --json the hash is the same, with accounting the summary shows them", async () => {
        const config = configFile("numa", {
            machine: { mesh: [2, 1], bankSize: "2MiB" },
            programs: [{ path: "threads" }],
        });
        const without = await archipel("boot", config);
        const asked = await archipel("boot", config, "--set", "accounting=accesses", "--json", "-");
        const document = JSON.parse(asked.out);
        expect(without.out).toContain(`state hash: ${document.stateHash}\n`);
        expect(without.out).not.toContain("numastat");
        expect(asked.err).toContain("numa_maps");
        const { numastat, numaMaps } = document;
        expect(numastat.map(({ node }: { node: number }) => node)).toEqual([0, 1]);
        const code = numaMaps.find(({ type }: { type: string }) => type === "CODE");
        expect(code).toMatchObject({ program: "threads", policy: "local", pages: { N0: { unit: "pages" } } });
        expect(code.mapped.value).toBe(code.pages.N0.value + code.pages.N1.value);
    });
});
