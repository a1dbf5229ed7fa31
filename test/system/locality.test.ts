/** Where accesses go and what removal costs (vmm-policy 1.1, 7.1 and section 10): exact counts over the numbers of clusters. */

import { describe, expect, it } from "vitest";
import type { TrafficReport } from "../../boot/report/report.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { guest, guestOf } from "./harness/guest.ts";
import { COUNTED_MESHES, framesKept, nothingLeft, type Outcome, programAt, runConfig } from "./harness/run.ts";

const MACHINE = { hartsPerCluster: 1, bankSize: "2MiB" };

async function run(mesh: readonly number[], program: object, rest: object = {}): Promise<Outcome> {
    const outcome = await runConfig({ machine: { ...MACHINE, mesh }, programs: [program], ...rest });
    expect([outcome.end, outcome.message, programAt(outcome, 0).exit.code]).toEqual(["halted", "", 0]);
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    return outcome;
}

describe.each(COUNTED_MESHES)("equal work in each cluster of a %i x %i mesh", (x, y) => {
    const clusters = x * y;
    const z = clusters >> 1;
    const pages = 2 * clusters;
    const rounds = 25;

    /** Accesses of one kind by source and home, as [source, home, count], of `rounds` rounds alone. */
    async function traffic(kernel: object, kind: TrafficReport["kind"], operation: TrafficReport["operation"]) {
        const counts = async (times: number) => {
            const program = { path: guest("uniform"), args: [String(times), String(pages)], cluster: z };
            const { report, accountErrors } = await run([x, y], program, { kernel, accounting: "accesses" });
            expect(accountErrors).toEqual([]);
            return (report.traffic ?? []).filter((row) => row.kind === kind && row.operation === operation);
        };
        const [once, twice] = [await counts(rounds), await counts(2 * rounds)];
        return twice.map(({ source, home, count }) => {
            const before = once.find((row) => row.source === source && row.home === home);
            return [source, home, count - (before?.count ?? 0)] as const;
        });
    }
    const everyCluster = Array.from({ length: clusters }, (_, cxy) => cxy);
    /** Instructions of a round: four a page, four around them. */
    const fetches = rounds * (4 * pages + 4);

    it("10: all instruction fetches of user mode are local with code replicate", async () => {
        expect(await traffic({}, "CODE", "ifetch")).toEqual(everyCluster.map((cxy) => [cxy, cxy, fetches]));
    });

    it("10: 1/C of them are with code reference: every cluster fetches the same from Z", async () => {
        const rows = await traffic({ code: "reference" }, "CODE", "ifetch");
        expect(rows).toEqual(everyCluster.map((cxy) => [cxy, z, fetches]));
    });

    it("10: 1/C of uniform accesses to distributed data are local, and each bank gets the same", async () => {
        const each = (rounds * pages) / clusters;
        expect(await traffic({}, "HEAP", "load")).toEqual(
            everyCluster.flatMap((source) => everyCluster.map((home) => [source, home, each])),
        );
    });
});

describe("2.3: 64 C sequential heap pages", () => {
    it.each(COUNTED_MESHES)("are 64 in each bank of a %i x %i mesh", async (x, y) => {
        const outcome = await run([x, y], { path: writer(64 * x * y), cluster: 0 });
        expect(outcome.report.clusters.map(({ frames }) => frames.HEAP)).toEqual(Array(x * y).fill(64));
    });
});

/** One thread that writes each page of a HEAP vseg once, and nothing else of the heap. */
function writer(pages: number): string {
    return guestOf(
        "writer",
        `
    .text
    .globl main
main:
    li a0, 0
    li a1, ${pages * PAGE_SIZE}
    li a2, 3
    li a3, 0x22
    li a7, SYS_MMAP
    ecall
    li t0, ${pages}
    li t1, 4096
1:  sd t0, (a0)
    add a0, a0, t1
    addi t0, t0, -1
    bnez t0, 1b
    li a0, 0
    j exit_group
`,
    );
}

describe("7.1: munmap", () => {
    /** Cycles of a munmap of 64 pages, told by the program that made it. */
    async function cost(mesh: readonly number[], ...args: string[]): Promise<number> {
        const outcome = await run(mesh, { path: "unmap", args: ["64", ...args], cluster: 0 });
        const [, cycles] = /^munmap: (\d+) cycles$/m.exec(programAt(outcome, 0).output) ?? [];
        return Number(cycles);
    }

    it("of pages that lie in Z and that only Z touched costs the same with any number of clusters, within 5%", async () => {
        const costs: number[] = [];
        for (const mesh of COUNTED_MESHES) costs.push(await cost(mesh, "1", "0"));
        expect(Math.max(...costs)).toBeLessThan(1.05 * Math.min(...costs));
    });

    it("of distributed pages costs more with each sharer and with more home clusters", async () => {
        const alone: number[] = [];
        // Rows of 3 and 7 are left out: their ways are as long as those of meshes with more clusters.
        const doublings = COUNTED_MESHES.filter(([x, y]) => Number.isInteger(Math.log2(x * y)));
        for (const mesh of doublings) alone.push(await cost(mesh, "1"));
        expect(alone).toHaveLength(6);
        // A request's way is counted in turns, so that two meshes of few clusters may cost the same within 1%.
        for (const [i, cycles] of alone.entries()) expect(cycles).toBeGreaterThan(0.99 * (alone[i - 1] ?? 0));
        expect(Math.max(...alone)).toBeGreaterThan(1.4 * Math.min(...alone));
        const shared: number[] = [];
        for (const sharers of ["1", "2", "4", "8", "16"]) shared.push(await cost([4, 4], sharers));
        expect(shared).toEqual([...new Set(shared)].sort((a, b) => a - b));
    });
});
