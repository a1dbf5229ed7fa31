/**
 * An anchor for the counts of our own kernel (`bench --filter kernel`): the same paths of Debian's Linux on the same hart, in instructions. The
 * table is printed; docs/performance.md has it beside ours.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FIRMWARE, openSbi } from "./firmware.ts";
import { linux, linuxProgram } from "./linux-files.ts";
import { runStock } from "./stock.ts";

const root = FIRMWARE[0]?.root;
const COMPILER = "riscv64-linux-gnu-gcc";
const hasCompiler = spawnSync(COMPILER, ["--version"]).status === 0;
const SOURCE = "test/guests/linux-paths.c";
const TIMES = 65;
/** The mark that begins a path (linux-paths.c). A round of yields is two switches. */
const PATHS = [
    { name: "getpid", mark: 1, parts: 1 },
    { name: "fault on anonymous memory", mark: 3, parts: 1 },
    { name: "fault on a page of a cached file", mark: 5, parts: 1 },
    { name: "munmap of a touched page", mark: 7, parts: 1 },
    { name: "fork, up to the parent's return", mark: 9, parts: 1 },
    { name: "fork, exit and wait", mark: 11, parts: 1 },
    { name: "exit, up to the parent's return from wait", mark: 13, parts: 1 },
    { name: "futex wake of nobody", mark: 15, parts: 1 },
    { name: "futex wake of a waiter", mark: 17, parts: 1 },
    { name: "yield and switch", mark: 19, parts: 2 },
] as const;

function program(): Uint8Array {
    const folder = mkdtempSync(join(tmpdir(), "archipel-paths-"));
    const out = join(folder, "init");
    const { status, stderr } = spawnSync(COMPILER, ["-O2", "-static", "-pthread", "-o", out, SOURCE], {
        encoding: "utf8",
    });
    if (status !== 0) throw new Error(`${SOURCE}: ${stderr}`);
    const bytes = readFileSync(out);
    rmSync(folder, { recursive: true });
    return bytes;
}

describe.skipIf(linux === undefined || root === undefined || !hasCompiler)("Linux's paths", () => {
    it("are counted between marks, on one hart", async () => {
        if (root === undefined) return;
        const begun = new Map<number, number>();
        const counts = new Map<number, number[]>();
        const onMark = (n: number, instructions: number) => {
            if (n % 2 === 1) begun.set(n, instructions);
            else counts.set(n - 1, [...(counts.get(n - 1) ?? []), instructions - (begun.get(n - 1) ?? Number.NaN)]);
        };
        const guest = { firmware: openSbi(root, "fw_dynamic.elf"), ...linuxProgram(program()) };
        const run = await runStock({ mesh: [1, 1], harts: 1, memory: 512 * 2 ** 20 }, guest, [], onMark);
        expect(run.out).toContain("MEASURED");
        expect(run.end).toBe("exit 0");
        const rows = PATHS.map(({ name, mark, parts }) => {
            const sorted = (counts.get(mark) ?? []).sort((a, b) => a - b);
            expect(sorted.length, name).toBe(TIMES);
            const [least, median] = [0, TIMES >> 1].map((at) => Math.round((sorted[at] ?? 0) / parts));
            // The mark itself, and nothing of another path.
            expect(least, name).toBeGreaterThan(1);
            return { path: name, median, least };
        });
        // A path within another costs less.
        const medianOf = (at: number) => rows[at]?.median ?? 0;
        expect(medianOf(0)).toBeLessThan(medianOf(1));
        expect(medianOf(4)).toBeLessThan(medianOf(5));
        expect(medianOf(7)).toBeLessThan(medianOf(8));
        console.table(rows);
    });
});
