/**
 * The C programs of userland/c/examples that need a hosted C library, built with glibc by a stock compiler: each checks its own result, on one
 * cluster and on four, under the audit `every`.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../boot/package-root.ts";
import { runConfig } from "../system/harness/run.ts";

const FOLDER = join(packageRoot(), "userland/c/examples");
const CROSS = "riscv64-linux-gnu-gcc";
const MACHINE = { hartsPerCluster: 1, bankSize: "16MiB" };
/** Arguments that keep a run short, by program. A program without a row is not tested, which is an error. */
const ARGS: Readonly<Record<string, readonly string[]>> = {
    bfs: ["5", "3"],
    counters: ["8", "300"],
    forkserver: ["5"],
    gups: ["8", "300"],
    intsort: ["300", "6"],
    "jacobi-omp": ["12", "3"],
    kv: ["16", "200"],
    locks: ["mcs", "5"],
    lu: ["12"],
    pipeline: ["200"],
    stream: ["600", "1"],
};

const names = readdirSync(FOLDER)
    .filter((file) => file.endsWith(".c") && readFileSync(join(FOLDER, file), "utf8").includes('"example.h"'))
    .map((file) => basename(file, ".c"));
const hasCompiler = spawnSync(CROSS, ["--version"]).status === 0;

let scratch = "";
beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), "examples-"));
});
afterAll(() => rmSync(scratch, { recursive: true }));

function build(name: string): string {
    const output = join(scratch, name);
    const options = ["-O2", "-Wall", "-Wextra", "-static", "-pthread", "-fopenmp"];
    const { status, stderr } = spawnSync(CROSS, [...options, "-o", output, join(FOLDER, `${name}.c`)], {
        encoding: "utf8",
    });
    // The linker warns about libgomp's own dlopen.
    expect(stderr).not.toMatch(new RegExp(`${name}\\.c|example\\.h`));
    expect(status).toBe(0);
    return output;
}

it("every example has arguments here", () => {
    expect(Object.keys(ARGS)).toEqual(names);
});

describe.skipIf(!hasCompiler)("examples in C", () => {
    it.each(names)("%s finds its result right on 1 and on 4 clusters", async (name) => {
        const path = build(name);
        for (const mesh of [
            [1, 1],
            [2, 2],
        ]) {
            const { message, report } = await runConfig(
                { machine: { ...MACHINE, mesh }, programs: [{ path, args: ARGS[name] }] },
                { audit: "every", limit: 1_000_000_000 },
            );
            const [program] = report.programs;
            expect({ mesh, message, exit: program?.exit }).toEqual({
                mesh,
                message: "",
                exit: { code: 0, signal: null },
            });
            expect(program?.output).toMatch(new RegExp(`^${name}: ok$`, "m"));
        }
    });

    it("an example says which argument it refuses, and exits 1", async () => {
        const { report } = await runConfig({
            machine: { ...MACHINE, mesh: [1, 1] },
            programs: [{ path: build("lu"), args: ["0"] }],
        });
        expect(report.programs[0]?.exit).toEqual({ code: 1, signal: null });
        expect(report.programs[0]?.output).toMatch(/lu: argument 1 is 0; must be from 1 to 4096\n$/);
    });
});
