/** On-demand paging as any correct implementation counts it (vmm-policy 2.3, 3, 5 and section 10). */

import { describe, expect, it } from "vitest";
import { PROBE_FAULT, PROBE_FRAME, PROBE_RPC_SENT, PROBE_VSEG } from "../../kernel/abi/event.ts";
import { FAULT_LOCAL, FAULT_SPURIOUS, FAULT_THROUGH_Z } from "../../kernel/abi/fault.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { RPC_GET_PAGE, RPC_GET_VSEG, RPC_TAKE_PAGE } from "../../kernel/abi/rpc-ops.ts";
import * as vseg from "../../kernel/abi/vseg-type.ts";
import { DEDICATED_CODE, guest } from "./harness/guest.ts";
import {
    COUNTED_MESHES,
    framesKept,
    nothingLeft,
    type Outcome,
    programAt,
    reported,
    runConfig,
} from "./harness/run.ts";
import { touchProgram } from "./harness/touch-program.ts";

interface Fault {
    readonly type: number;
    readonly vaddr: number;
    readonly how: number;
    readonly cxy: number;
}

/** Resolved faults on [first, first + pages pages). */
function faultsIn(outcome: Outcome, first: number, pages: number, hartsPerCluster = 1): Fault[] {
    return outcome.records
        .filter(({ words }) => words[0] === PROBE_FAULT)
        .map(({ words, hart }) => {
            const [, , type = -1, vaddr = 0, , how = -1] = words;
            return { type, vaddr, how, cxy: Math.floor(hart / hartsPerCluster) };
        })
        .filter(({ vaddr }) => vaddr >= first && vaddr < first + pages * PAGE_SIZE);
}

function rpcsSent(outcome: Outcome, operation: number): number {
    return outcome.records.filter(({ words }) => words[0] === PROBE_RPC_SENT && words[2] === operation).length;
}

const how = (faults: readonly Fault[], kind: number) => faults.filter((fault) => fault.how === kind).length;

async function touch(mesh: readonly [number, number], codePages: number, heapPages: number, z: number) {
    const machine = { mesh, hartsPerCluster: 1, bankSize: "2MiB" };
    const programs = [{ path: touchProgram(codePages, heapPages), cluster: z }];
    const outcome = await runConfig({ machine, programs });
    expect([outcome.end, outcome.message, programAt(outcome, 0).exit.code]).toEqual(["halted", "", 0]);
    const heap = reported(programAt(outcome, 0)).heap?.[0] ?? 0;
    return { outcome, heap, clusters: mesh[0] * mesh[1] };
}

describe("a program's pages", () => {
    it("5.2: come from the initrd, and the file cache gets none by them", async () => {
        const { outcome } = await touch([1, 1], 24, 1, 0);
        const taken = (kind: number) =>
            outcome.records.filter(
                ({ words }) => words[0] === PROBE_FRAME && words[5] === 1 && (words[3] ?? 0) % 256 === kind,
            ).length;
        expect(taken(vseg.VSEG_CODE)).toBeGreaterThanOrEqual(24);
        // The page with the ELF header, which exec reads.
        expect(taken(vseg.VSEG_FILE)).toBeLessThanOrEqual(2);
    });
});

describe.each(COUNTED_MESHES)("section 10 on a %i x %i mesh", (x, y) => {
    const [p, d] = [5, 11];
    const [clusters, z] = [x * y, x * y - 1];
    const others = clusters - 1;

    it("faults (C-1)(p+d) + z, frames pC + d, entries fetched (C-1)(p+d), vsegs fetched C-1", async () => {
        const { outcome, heap } = await touch([x, y], p, d, z);
        const code = faultsIn(outcome, DEDICATED_CODE, p);
        const data = faultsIn(outcome, heap, d);
        expect([code.length, data.length]).toEqual([others * p + p, others * d + d]);
        const all = [...code, ...data];
        const counts = [FAULT_LOCAL, FAULT_THROUGH_Z, FAULT_SPURIOUS].map((kind) => how(all, kind));
        expect(counts).toEqual([p + d, others * (p + d), 0]);
        // Z is through, so all that the others miss is a page that Z has. They read the entries of CODE where they lie.
        const throughZ = outcome.report.clusters.flatMap(({ faults: { CODE, ...others } }) =>
            Object.values(others).map((each) => each.throughZ),
        );
        expect(rpcsSent(outcome, RPC_TAKE_PAGE)).toBe(throughZ.reduce((sum, count) => sum + count, 0));
        expect(rpcsSent(outcome, RPC_GET_PAGE)).toBe(0);
        expect(rpcsSent(outcome, RPC_GET_VSEG)).toBe(others);
        const heapFrames = outcome.report.clusters.reduce((sum, { frames }) => sum + frames.HEAP, 0);
        expect(heapFrames).toBe(d);
    });

    it("2.3: page v of a distributed vseg has its frame in cluster v mod C", async () => {
        const { outcome, heap } = await touch([x, y], 0, d, 0);
        const homes = Array.from({ length: clusters }, () => 0);
        for (let i = 0; i < d; i++)
            homes[(heap / PAGE_SIZE + i) % clusters] = (homes[(heap / PAGE_SIZE + i) % clusters] ?? 0) + 1;
        expect(outcome.report.clusters.map(({ frames }) => frames.HEAP)).toEqual(homes);
    });

    it("3: CODE is private: every active cluster has its own frames of it, in its own bank (I12)", async () => {
        const { outcome } = await touch([x, y], p, 0, z);
        const code = outcome.report.clusters.map(({ frames }) => frames.CODE);
        const own = code[0] === undefined ? -1 : code[0] - p;
        expect(own).toBeGreaterThan(0);
        expect(code).toEqual(Array.from({ length: clusters }, () => p + own));
    });

    it("7.4: nothing is left", async () => {
        const { outcome } = await touch([x, y], p, d, z);
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    });
});

describe("5.6: all clusters miss at once", () => {
    const [p, d, clusters, z] = [6, 24, 8, 2];

    it.each([1, 2, 3, 4])("every page has the same one frame, CODE one a cluster (seed %i)", async (seed) => {
        const machine = { mesh: [4, 2], hartsPerCluster: 1, bankSize: "2MiB", quantum: 100 };
        const programs = [{ path: touchProgram(p, d, true), cluster: z }];
        const outcome = await runConfig({ machine, programs, seed });
        const heap = reported(programAt(outcome, 0)).heap?.[0] ?? 0;
        const faults = [...faultsIn(outcome, DEDICATED_CODE, p), ...faultsIn(outcome, heap, d)];
        const others = faults.filter(({ cxy }) => cxy !== z);
        expect([outcome.end, others.length]).toEqual(["halted", (clusters - 1) * (p + d)]);
        expect(how(others, FAULT_THROUGH_Z)).toBe(others.length);
        expect(faults.length - others.length).toBeLessThan(p + d);
        expect(outcome.report.clusters.reduce((sum, { frames }) => sum + frames.HEAP, 0)).toBe(d);
        const code = outcome.report.clusters.map(({ frames }) => frames.CODE);
        expect(new Set(code).size).toBe(1);
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    });

    it("two harts of a cluster that miss together: the second one's fault is spurious, the page has one frame", async () => {
        const machine = { mesh: [2, 1], hartsPerCluster: 4, bankSize: "2MiB", quantum: 100 };
        const outcome = await runConfig({
            machine,
            programs: [
                { path: "sort", threads: 8 },
                { path: "threads", threads: 8 },
            ],
        });
        expect(outcome.report.programs.map(({ exit }) => exit.code)).toEqual([0, 0]);
        const pages = new Set<string>();
        let spurious = 0;
        for (const { words } of outcome.records) {
            const [event, pid = 0, type = 0, vaddr = 0, , kind] = words;
            if (event !== PROBE_FAULT) continue;
            if (kind === FAULT_SPURIOUS) spurious++;
            if (type === vseg.VSEG_HEAP) pages.add(`${pid} ${Math.floor(vaddr / PAGE_SIZE)}`);
        }
        expect(spurious).toBeGreaterThan(0);
        expect(pages.size).toBeGreaterThan(4);
        expect(outcome.report.clusters.reduce((sum, { frames }) => sum + frames.HEAP, 0)).toBe(pages.size);
    });
});

describe("5.3: a STACK fault sends no message", () => {
    it.each([
        [2, 1],
        [4, 4],
        [8, 8],
    ])("14 more stack pages are 14 more faults and frames of K, and not one more RPC (%i x %i mesh)", async (x, y) => {
        const path = guest("stack");
        const machine = { mesh: [x, y], hartsPerCluster: 1, bankSize: "2MiB" };
        const last = x * y - 1;
        const run = (pages: number) =>
            runConfig({ machine, programs: [{ path, args: [String(last), String(pages)], cluster: 0 }] });
        const [one, many] = [await run(1), await run(15)];
        const sent = (outcome: Outcome) => outcome.report.clusters.map(({ rpcs }) => rpcs.sent);
        expect(many.report.programs[0]?.exit.code).toBe(0);
        expect(sent(many)).toEqual(sent(one));
        const stack = (outcome: Outcome) => outcome.report.clusters[last]?.frames.STACK;
        expect([stack(one), stack(many)]).toEqual([1, 15]);
        expect(many.report.clusters[last]?.faults.STACK).toEqual({ local: 15, throughZ: 0, spurious: 0 });
    });
});

describe("3: registration", () => {
    it("CODE and DATA come with the first thread in K; HEAP only on a fault there (I2)", async () => {
        const { outcome, heap } = await touch([2, 2], 1, 2, 0);
        const registered = outcome.records
            .filter(({ words }) => words[0] === PROBE_VSEG && words[6] === 1)
            .map(({ words }) => ({ type: words[2], first: words[3], cxy: words[5] }));
        for (const cxy of [0, 1, 2, 3]) {
            const types = registered.filter((each) => each.cxy === cxy).map(({ type }) => type);
            expect(types.filter((type) => type === vseg.VSEG_CODE)).toHaveLength(2);
            expect(types.filter((type) => type === vseg.VSEG_DATA).length).toBeGreaterThanOrEqual(1);
            expect(types.filter((type) => type === vseg.VSEG_STACK)).toHaveLength(1);
        }
        expect(
            registered
                .filter(({ first }) => first === heap / PAGE_SIZE)
                .map(({ cxy }) => cxy)
                .sort(),
        ).toEqual([0, 1, 2, 3]);
    });

    it("a cluster without a thread of P has nothing of P (I1, I4)", async () => {
        const machine = { mesh: [2, 2], hartsPerCluster: 1, bankSize: "2MiB" };
        const outcome = await runConfig({
            machine,
            programs: [{ path: guest("stack"), args: ["1", "3"], cluster: 0 }],
        });
        expect(outcome.report.clusters.slice(2).map(({ frames }) => frames.CODE + frames.STACK)).toEqual([0, 0]);
        expect(outcome.report.clusters.slice(2).map(({ faults }) => faults.CODE.throughZ)).toEqual([0, 0]);
    });
});
