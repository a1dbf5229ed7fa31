/** Static binaries that gcc's other languages make, with their own runtimes: Fortran, Go. They print what they print on Linux. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../boot/package-root.ts";
import { runConfig } from "../system/harness/run.ts";

interface Language {
    readonly compiler: string;
    readonly options: readonly string[];
    readonly source: string;
    readonly args: readonly string[];
    /** On Linux. */
    readonly prints: string;
}

const LANGUAGES: readonly Language[] = [
    {
        compiler: "riscv64-linux-gnu-gfortran",
        options: [],
        source: "heat.f90",
        args: [],
        prints: "sum 20006.01867149\nfound 4000\n",
    },
    {
        compiler: "riscv64-linux-gnu-gccgo",
        options: [],
        source: "channels.go",
        args: ["one", "two"],
        prints: "28 [k0 k1 k2 k3 k4 k5 k6 k7] 49 [one two]\nrecovered true\n",
    },
];

let scratch = "";
beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), "languages-"));
});
afterAll(() => rmSync(scratch, { recursive: true }));

describe.each(LANGUAGES)("$source", ({ compiler, options, source, args, prints }) => {
    const missing = spawnSync(compiler, ["--version"]).status !== 0;

    it.skipIf(missing)("prints what it prints on Linux, under the audits of memory and waits", async () => {
        const path = join(scratch, source.replace(".", "-"));
        const input = join(packageRoot(), "test/linux/hosted", source);
        const { status } = spawnSync(compiler, ["-O2", "-static", ...options, "-o", path, input]);
        expect(status).toBe(0);
        const machine = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "64MiB" };
        const { console, report } = await runConfig(
            { machine, programs: [{ path, args }] },
            { audit: ["memory", "waits"] },
        );
        expect(console.replace(/^\[kernel \d+\] .*\n/gm, "")).toBe(prints);
        expect(report.programs[0]?.exit).toEqual({ code: 0, signal: null });
    });
});
