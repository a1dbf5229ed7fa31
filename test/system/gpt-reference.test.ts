/** The policy switch gpt: reference (vmm-policy 9) on whole machines: tables, walks, faults, and the programs' results. */

import { describe, expect, it } from "vitest";
import { PROBE_FAULT, PROBE_FRAME } from "../../kernel/abi/event.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { FRAME_GPT, VSEG_HEAP } from "../../kernel/abi/vseg-type.ts";
import { framesKept, nothingLeft, type Outcome, programAt, reported, runConfig } from "./harness/run.ts";
import { touchProgram } from "./harness/touch-program.ts";

/** More than one leaf table maps. */
const HEAP_PAGES = 600;
const Z = 1;
const MESHES = [
    [2, 1],
    [3, 1],
    [2, 2],
    [4, 2],
] as const;

/** One thread a cluster touches every page of a HEAP vseg, Z first. */
async function touch(mesh: readonly number[], gpt: string): Promise<{ outcome: Outcome; first: number }> {
    const outcome = await runConfig({
        machine: { mesh, hartsPerCluster: 1, bankSize: "4MiB" },
        kernel: { gpt },
        programs: [{ path: touchProgram(2, HEAP_PAGES), cluster: Z }],
        accounting: "accesses",
    });
    expect(outcome.report.programs[0]?.exit.code).toBe(0);
    expect([framesKept(outcome), outcome.accountErrors]).toEqual([nothingLeft(outcome), []]);
    return { outcome, first: (reported(programAt(outcome, 0)).heap?.[0] ?? 0) / PAGE_SIZE };
}

const range = (count: number) => Array.from({ length: count }, (_, cxy) => cxy);

/** Page tables that each cluster allocated. */
const tables = (outcome: Outcome, clusters: number) =>
    range(clusters).map((cxy) => {
        const mine = ({ words }: { words: readonly number[] }) =>
            words[0] === PROBE_FRAME && words[1] === cxy && ((words[3] ?? 0) & 255) === FRAME_GPT && words[5] === 1;
        return outcome.records.filter(mine).length;
    });

describe.each(MESHES)("on %i x %i clusters", (x, y) => {
    const clusters = x * y;

    it("9: gpt reference: no cluster but Z has leaf tables for the heap zone, and its walks of HEAP read Z's", async () => {
        const [own, linked] = [await touch([x, y], "on-demand"), await touch([x, y], "reference")];
        expect(linked.first).toBe(own.first);
        const leaves = Math.floor((own.first + HEAP_PAGES - 1) / 512) - Math.floor(own.first / 512) + 1;
        const saved = tables(own.outcome, clusters).map((n, cxy) => n - (tables(linked.outcome, clusters)[cxy] ?? 0));
        expect(saved).toEqual(range(clusters).map((cxy) => (cxy === Z ? 0 : leaves)));
        // In user mode: the kernel's own few, on its way in and out, read the same tables.
        const walks = ({ outcome }: typeof own, cxy: number) =>
            (outcome.report.traffic ?? [])
                .filter(({ source, mode, operation }) => source === cxy && mode === "user" && operation === "walk")
                .map(({ home, kind }) => [home, kind]);
        for (const cxy of range(clusters)) {
            expect(walks(own, cxy)).toEqual([[cxy, "GPT"]]);
            const homes =
                cxy === Z
                    ? [[Z, "GPT"]]
                    : [
                          [cxy, "GPT"],
                          [Z, "GPT"],
                      ].sort();
            expect(walks(linked, cxy).sort()).toEqual(homes);
        }
    });

    it("9: gpt reference: behind a link no page faults that Z has mapped, so K faults once a leaf table", async () => {
        const { outcome, first } = await touch([x, y], "reference");
        const faults = range(clusters).map((cxy) => {
            const heap = ({ hart, words }: { hart: number; words: readonly number[] }) => {
                const vpn = Math.floor((words[3] ?? 0) / PAGE_SIZE);
                const dedicated = vpn >= first && vpn < first + HEAP_PAGES;
                return hart === cxy && words[0] === PROBE_FAULT && words[2] === VSEG_HEAP && dedicated;
            };
            return outcome.records.filter(heap).length;
        });
        const leaves = Math.floor((first + HEAP_PAGES - 1) / 512) - Math.floor(first / 512) + 1;
        expect(faults).toEqual(range(clusters).map((cxy) => (cxy === Z ? HEAP_PAGES : leaves)));
    });
});

it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "9: gpt reference on %i clusters: programs give their results and leave nothing",
    async (clusters) => {
        const outcome = await runConfig({
            machine: { mesh: [clusters, 1], hartsPerCluster: 1 + (clusters % 2), bankSize: "4MiB" },
            kernel: { gpt: "reference" },
            programs: [
                ...["family", "files", "sort", "threads"].map((path) => ({ path })),
                { path: "stress", args: [String(clusters), "80"], cluster: clusters - 1 },
                { path: "share", nodes: clusters },
            ],
        });
        expect(outcome.report.programs.map(({ exit }) => exit.code)).toEqual([0, 0, 0, 0, 0, 0]);
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    },
);
