/** As many threads of a C program in one cluster as there is memory for, up to a bound that is told (vmm-policy 6.4). */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../boot/package-root.ts";
import { framesKept, nothingLeft, runConfig } from "../system/harness/run.ts";

const CROSS = "riscv64-linux-gnu-gcc";
const hasCompiler = spawnSync(CROSS, ["--version"]).status === 0;

let scratch = "";
beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), "crowd-"));
    if (hasCompiler) for (const name of ["crowd", "full-cluster"]) compile(name);
});
afterAll(() => rmSync(scratch, { recursive: true }));

function compile(name: string): void {
    const source = join(packageRoot(), `test/linux/hosted/${name}.c`);
    const include = join(packageRoot(), "userland/c");
    const args = ["-O2", "-static", "-pthread", "-I", include, "-o", join(scratch, name), source];
    expect(spawnSync(CROSS, args).status).toBe(0);
}

async function outputOf(
    name: string,
    machine: object,
    args: readonly string[],
    audit: "end" | "every",
): Promise<string | undefined> {
    const outcome = await runConfig(
        { machine, kernel: { pthreadMaxNr: 4 }, programs: [{ path: join(scratch, name), args, cluster: 0 }] },
        { audit, limit: 2_000_000_000 },
    );
    expect([outcome.message, outcome.report.programs[0]?.exit]).toEqual(["", { code: 0, signal: null }]);
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    return outcome.report.programs[0]?.output;
}

describe.skipIf(!hasCompiler)("6.4: threads of a C program need no stack slot", () => {
    it("100 of them, with 4 slots, in two clusters", async () => {
        const machine = { mesh: [2, 1], hartsPerCluster: 1, bankSize: "8MiB" };
        expect(await outputOf("crowd", machine, ["100"], "every")).toBe("100 threads, EAGAIN 0\n101 passed, then 0\n");
    });

    it("1,024 in one cluster, and the next one is EAGAIN until one has ended", async () => {
        const machine = { mesh: [1, 1], hartsPerCluster: 1, bankSize: "64MiB" };
        expect(await outputOf("crowd", machine, [], "end")).toBe("1023 threads, EAGAIN 1\n1024 passed, then 0\n");
    });
});

describe.skipIf(!hasCompiler)("7.5: what a thread needs in its cluster is kept for it before clone answers", () => {
    it("a cluster without memory refuses, and the process lives", async () => {
        const machine = { mesh: [2, 1], hartsPerCluster: 1, bankSize: "4MiB" };
        const expected = "full: made 0, 0\n64 pages: made 1\n";
        expect(await outputOf("full-cluster", machine, [], "every")).toBe(expected);
    });
});
