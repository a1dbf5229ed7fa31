/** Threads of a C program that are not whole yet in their clusters when something happens to them or their process (vmm-policy 7.4, 7.5). */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../boot/package-root.ts";
import { framesKept, nothingLeft, runConfig } from "../system/harness/run.ts";

const CROSS = "riscv64-linux-gnu-gcc";
const hasCompiler = spawnSync(CROSS, ["--version"]).status === 0;
/** What a child does behind clone, and how it ends. */
const KINDS = {
    group: "exit 7",
    execute: "exit 7",
    kill: "signal 9",
    wait: "signal 9",
    move: "exit 7",
    signal: "exit 7",
};
const SEEDS = [1, 2, 3];
const SCHEDULERS = ["rounds", "instruction", "conflicts"];

let scratch = "";
let path = "";
beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), "newborns-"));
    path = join(scratch, "newborns");
    const source = join(packageRoot(), "test/linux/hosted/newborns.c");
    const args = ["-O1", "-static", "-pthread", "-D_GNU_SOURCE", "-o", path, source];
    if (hasCompiler) expect(spawnSync(CROSS, args).status).toBe(0);
});
afterAll(() => rmSync(scratch, { recursive: true }));

const cases = Object.entries(KINDS).flatMap(([kind, end]) => SEEDS.map((seed) => ({ kind, end, seed })));

describe.skipIf(!hasCompiler)("children with newborns in four clusters", () => {
    it.each(cases)("$kind, seed $seed: end as they must, and leave nothing", async ({ kind, end, seed }) => {
        const machine = { mesh: [4, 1], hartsPerCluster: 1, bankSize: "4MiB", scheduler: SCHEDULERS[seed % 3] };
        const programs = [{ path, args: [kind], cluster: 0 }];
        const outcome = await runConfig({ machine, kernel: { rpcJitter: seed }, programs, seed }, { audit: "every" });
        const { output, exit } = outcome.report.programs[0] ?? {};
        expect([outcome.end, exit, output]).toEqual(["halted", { code: 0, signal: null }, `${end}\n`.repeat(4)]);
        expect(outcome.report.audit?.violation).toBeNull();
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    });
});
