/** A program's file that is written between two of its runs (vmm-policy 5.2: what was written is in the file cache). */

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../boot/package-root.ts";
import { framesKept, nothingLeft, runConfig } from "../system/harness/run.ts";

const CROSS = "riscv64-linux-gnu-gcc";
const hasCompiler = spawnSync(CROSS, ["--version"]).status === 0;

let scratch = "";
beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), "rewritten-"));
    const source = join(packageRoot(), "test/linux/hosted/rewritten.c");
    const args = ["-O2", "-static", "-D_GNU_SOURCE", "-o", join(scratch, "writer"), source];
    if (!hasCompiler) return;
    expect(spawnSync(CROSS, args).status).toBe(0);
    copyFileSync(join(scratch, "writer"), join(scratch, "written"));
});
afterAll(() => rmSync(scratch, { recursive: true }));

describe.skipIf(!hasCompiler)("a program's file", () => {
    it.each([1, 2])("5.2: that was written is executed as it is now, in %i clusters", async (clusters) => {
        const [writer, written] = [join(scratch, "writer"), join(scratch, "written")];
        const machine = { mesh: [clusters, 1], hartsPerCluster: 2, bankSize: "16MiB" };
        const programs = [{ path: written }, { path: writer, args: [written] }];
        const outcome = await runConfig({ machine, programs }, { audit: "every" });
        const told = outcome.report.programs.map(({ output, exit }) => [exit.code, output]);
        expect(told).toEqual([
            [0, "the file says: A\n"],
            [0, "the file says: B\n"],
        ]);
        expect(outcome.report.audit?.violation).toBeNull();
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    });
});
