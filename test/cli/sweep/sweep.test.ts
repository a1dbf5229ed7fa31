/** Sweeps as users run them: real machines, child processes, failures, interruptions. */

import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCommandLine } from "../../../boot/cli/command-line.ts";
import { packageRoot } from "../../../boot/package-root.ts";
import { keptStreams } from "../fake-report.ts";
import { CYCLES, experimentFile, temporaryFolder } from "./fixture.ts";

const MESHES = {
    "machine.mesh": [
        [1, 1],
        [2, 1],
    ],
};

async function sweep(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const streams = keptStreams();
    return { code: await runCommandLine(["sweep", ...args], streams), ...streams.kept };
}

/** Names and times of the results, and the tables' contents. */
function stateOf(folder: string): object {
    const cells = readdirSync(join(folder, "cells")).map((name) => [
        name,
        statSync(join(folder, "cells", name)).mtimeMs,
    ]);
    return { cells, tables: ["cells.jsonl", "cells.csv"].map((name) => readFileSync(join(folder, name), "utf8")) };
}

function rowsIn(folder: string): Record<string, unknown>[] {
    const lines = readFileSync(join(folder, "cells.jsonl"), "utf8").trimEnd().split("\n");
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("a sweep of four cells", () => {
    const file = experimentFile({ grid: [MESHES], seeds: [1, 2] });
    const folder = temporaryFolder();

    it("runs the cells and shows and writes their figures", async () => {
        const { code, out, err } = await sweep(file, "--jobs", "2", "--out", folder);
        expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining("4 run now, 0 taken from there") });
        expect(out).toContain("median over 2 seeds");
        const rows = rowsIn(folder);
        expect(rows.map(({ cell, exit, error }) => [cell, exit, error])).toEqual([0, 1, 2, 3].map((i) => [i, 0, null]));
        for (const { metrics } of rows)
            expect(metrics).toEqual({ cycles: { value: expect.any(Number), unit: "cycles" } });
    });

    it("a second run runs nothing and changes no file's content", async () => {
        const before = stateOf(folder);
        const { code, err } = await sweep(file, "--jobs", "2", "--out", folder);
        expect({ code, err }).toEqual({
            code: 0,
            err: `archipel: 4 cells in ${folder}: 0 run now, 4 taken from there\n`,
        });
        expect(stateOf(folder)).toEqual(before);
    });

    it("--cell does not run a finished cell; it runs one whose result is damaged, and gives the same again", async () => {
        const [first, ...others] = rowsIn(folder);
        const result = join(folder, "cells", `${first?.["resultHash"]}.json`);
        const text = readFileSync(result, "utf8");
        expect((await sweep(file, "--cell", "0", "--out", folder)).out).toMatch(/^cell 0 .*: finished before\n$/);
        writeFileSync(result, text.slice(0, 100));
        expect(await sweep(file, "--cell", "0", "--out", folder)).toMatchObject({
            code: 0,
            out: expect.stringMatching(/^cell 0 \(machine\.mesh=\[1,1\] seed=1\): ok\n$/),
        });
        expect(readFileSync(result, "utf8")).toBe(text);
        expect(others.length).toBe(3);
    });

    it("other metrics run nothing again", async () => {
        const metrics = [{ name: "per hart", value: "/machine/instructions / /machine/harts" }];
        const other = experimentFile({ grid: [MESHES], seeds: [1, 2], metrics });
        const { code, out, err } = await sweep(other, "--out", folder);
        expect([code, err]).toEqual([0, expect.stringContaining("0 run now")]);
        expect(out).toContain("instructions/harts");
    });

    it("a metric that is nowhere ends with 2, and keeps the results", async () => {
        const other = experimentFile({ grid: [MESHES], seeds: [1, 2], metrics: [{ name: "x", value: "/machine/x" }] });
        const { code, err } = await sweep(other, "--out", folder);
        expect([code, err]).toEqual([
            2,
            expect.stringMatching(
                /0 run now.*\n.*error: .*\/metrics\/0\/value is "\/machine\/x"; \/machine\/x: there is no such value\n$/,
            ),
        ]);
    });
});

describe("failures", () => {
    it("a failed cell is told with its error, the rest finishes, the exit code is 1", async () => {
        const folder = temporaryFolder();
        const grid = [{ "programs.0.path": ["helo", "hello"] }];
        const { code, out, err } = await sweep(experimentFile({ grid }), "--out", folder);
        expect(code).toBe(1);
        expect(out).toMatch(/helo +- +FAILED\n/);
        expect(err).toMatch(
            /error: cell 0 \(programs.0.path=helo\): program "helo": no such program or file; did you mean hello\?/,
        );
        expect(rowsIn(folder).map(({ exit }) => exit)).toEqual([3, 0]);
        expect(rowsIn(folder)[0]?.["error"]).toMatch(/^program "helo": no such program/);
    });

    it("limits end a cell, which is tried again the next time", async () => {
        const folder = temporaryFolder();
        const file = experimentFile({ limits: { maxInstructions: 1000 } });
        for (const _ of [1, 2]) {
            const { code, err } = await sweep(file, "--cell", "0", "--out", folder);
            expect([code, err]).toEqual([
                1,
                expect.stringMatching(/^archipel: error: cell 0: .*--max-instructions 1000 reached \(exit code 4\)\n$/),
            ]);
        }
        const files = readdirSync(join(folder, "cells"));
        expect(files).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.failed\.json$/)]);
        expect((await sweep(experimentFile({}), "--cell", "0", "--out", folder)).code).toBe(0);
        expect(readdirSync(join(folder, "cells"))).toEqual([files[0]?.replace(".failed", "")]);
    });

    it("timeoutSeconds ends a cell", async () => {
        const grid = [{ "programs.0.path": ["sort"], "programs.0.args": [["1000000"]], "machine.bankSize": ["16MiB"] }];
        const file = experimentFile({ grid, limits: { timeoutSeconds: 0.2 } });
        const { code, err } = await sweep(file, "--cell", "0", "--out", temporaryFolder());
        expect([code, err]).toEqual([1, expect.stringContaining("not over after 0.2 s (exit code 5)")]);
    });

    it("a folder that cannot be made is exit 71", async () => {
        const { code, err } = await sweep(experimentFile({}), "--out", "/dev/null/x");
        expect([code, err]).toEqual([71, "archipel: error: --out /dev/null/x: cannot be made a folder (ENOTDIR)\n"]);
    });
});

/** Starts a sweep whose second and third cell would run for minutes; resolves once the first is done. */
async function startLongSweep(folder: string) {
    const programs = [{ path: "sort", args: ["8"] }];
    const machine = { mesh: [1, 1], hartsPerCluster: 1, bankSize: "32MiB" };
    const grid = [{ "programs.0.args": [["8"], ["2000000"], ["1999999"]] }];
    const file = experimentFile({ base: { machine, programs }, grid, metrics: [CYCLES] });
    const args = ["boot/start.mjs", "sweep", file, "--jobs", "2", "--out", folder];
    const child = spawn(process.execPath, args, { cwd: packageRoot(), stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    await new Promise<void>((resolve) => {
        child.stderr.setEncoding("utf8").on("data", (text: string) => {
            errors += text;
            if (errors.includes("(1/3")) resolve();
        });
        child.on("close", () => resolve());
    });
    return { child, ended, errors: () => errors };
}

describe("an interrupted sweep", () => {
    it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s leaves whole files and ends with 130", async (signal) => {
        const folder = temporaryFolder();
        const { child, ended, errors } = await startLongSweep(folder);
        child.kill(signal);
        expect(await ended).toBe(130);
        expect(errors()).toMatch(/error: interrupted: 1 of 3 cells finished; run it again for the rest\n$/);
        const names = readdirSync(join(folder, "cells"));
        expect(names.length).toBe(1);
        for (const name of names) JSON.parse(readFileSync(join(folder, "cells", name), "utf8"));
        expect(existsSync(join(folder, "cells.jsonl"))).toBe(false);
    });
});
