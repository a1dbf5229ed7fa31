/** `sweep --submit` with GNU parallel and with a Slurm that the test starts: what it gathers is what a plain sweep writes. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runCommandLine } from "../../../boot/cli/command-line.ts";
import { enumerateCells } from "../../../boot/cli/sweep/cells.ts";
import { jobScript } from "../../../boot/cli/sweep/job-script.ts";
import { interruption } from "../../../boot/interruption.ts";
import { HUNG_MS } from "../../limits.ts";
import { keptStreams } from "../fake-report.ts";
import { experimentFile, experimentOf, temporaryFolder } from "./fixture.ts";
import { hasSlurm, type Slurm, startSlurm } from "./slurm.ts";

const hasParallel = String(spawnSync("parallel", ["--version"]).stdout).includes("GNU parallel");

async function sweep(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const streams = keptStreams();
    return { code: await runCommandLine(["sweep", ...args], streams), ...streams.kept };
}

function tablesOf(folder: string): string[] {
    return ["cells.jsonl", "cells.csv"].map((name) => readFileSync(join(folder, name), "utf8"));
}

/** Good, good, and one that cannot end well. */
const GRID = [{ "programs.0.path": ["hello", "hello", "./nothing.elf"], "machine.hartsPerCluster": [1, 2, 1] }];

describe("the script", () => {
    const experiment = experimentOf({
        grid: [{ "machine.bankSize": ["2MiB", "4MiB", "64MiB"] }],
        limits: { timeoutSeconds: 90 },
    });
    const cells = enumerateCells(experiment);
    const job = { experiment, cells, command: ["node", "it's.mjs", "--cell"], jobs: undefined, folder: "/a b" };
    const memoryIn = (text: string): number => Number(text.match(/--mem=([0-9]+)M/)?.[1]);

    it("asks for what the largest cell needs, and quotes what a shell would take apart", () => {
        const text = jobScript(job);
        expect(text).toContain("#SBATCH --array=0-2\n");
        expect(text).toContain(" --cpus-per-task=1 ");
        expect(text).toContain(" --time=7\n");
        expect(text).toContain(`cd '/a b' || exit\nnode 'it'\\''s.mjs' --cell "$cell" 2> "$cell.err"\n`);
        expect(memoryIn(text) - memoryIn(jobScript({ ...job, cells: cells.slice(0, 1) }))).toBeGreaterThanOrEqual(62);
        expect(spawnSync("sh", ["-n"], { input: text }).status).toBe(0);
    });

    it("names the cells that are to run, and how many at a time", () => {
        const [first, , last] = cells;
        if (first === undefined || last === undefined) throw new Error("no cells");
        expect(jobScript({ ...job, cells: [first, last], jobs: 4 })).toContain("#SBATCH --array=0,2%4\n");
    });
});

it("what submits is not installed: exit 3 and the package, before anything is built", async () => {
    vi.stubEnv("PATH", temporaryFolder());
    for (const [where, text] of [
        ["slurm", "there is no sbatch: apt-get install slurm-client"],
        ["parallel", "there is no parallel: apt-get install parallel"],
    ] as const)
        expect(await sweep(experimentFile({}), "--submit", where, "--out", temporaryFolder())).toEqual({
            code: 3,
            out: "",
            err: `archipel: error: --submit ${where}: ${text}\n`,
        });
    vi.unstubAllEnvs();
});

it("options that mean nothing together are refused", async () => {
    const file = experimentFile({});
    for (const [args, text] of [
        [["--detach"], "--detach needs --submit"],
        [["--submit", "slurm", "--cell", "0"], "--cell and --submit exclude each other"],
        [["--submit", "slurm", "--detach", "--junit", "x"], "--detach and --junit exclude each other"],
        [["--submit", "pbs"], '--submit is "pbs"; must be one of slurm, parallel'],
    ] as const)
        expect(await sweep(file, ...args)).toEqual({ code: 2, out: "", err: `archipel: error: ${text}\n` });
});

/** The same for both. */
function gathers(where: "slurm" | "parallel"): void {
    it("runs the cells, tells each failure, and leaves what a plain sweep does", async () => {
        const file = experimentFile({ grid: GRID });
        const [plain, submitted] = [temporaryFolder(), temporaryFolder()];
        const expected = await sweep(file, "--jobs", "2", "--out", plain);
        const found = await sweep(file, "--submit", where, "--jobs", "2", "--out", submitted);
        expect(found.code).toBe(1);
        expect(found.out).toBe(expected.out);
        expect(tablesOf(submitted)).toEqual(tablesOf(plain));
        const errors = (text: string) => text.split("\n").filter((line) => line.includes("error: "));
        expect(errors(found.err)).toEqual(errors(expected.err));
        expect(readdirSync(join(submitted, "submit"))).toContain("2.exit");
    });

    it("--detach leaves the cells to end by themselves; a plain sweep gathers them and runs none", async () => {
        const [file, folder] = [experimentFile({}), temporaryFolder()];
        const { code, err } = await sweep(file, "--submit", where, "--detach", "--out", folder);
        expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/(job|process) [0-9]+ .*gathers/) });
        const start = performance.now();
        while (!existsSync(join(folder, "submit", "0.exit")) && performance.now() - start < HUNG_MS) await sleep(100);
        expect((await sweep(file, "--out", folder)).err).toContain("0 run now, 1 taken from there");
    });

    it("a first signal ends the cells: 130, and none of them goes on", async () => {
        const programs = [{ path: "hello", args: [] }];
        const file = experimentFile({
            grid: [{ programs: [programs] }],
            seeds: Array.from({ length: 30 }, (_, i) => i),
        });
        const folder = temporaryFolder();
        const run = sweep(file, "--submit", where, "--jobs", "1", "--out", folder);
        const start = performance.now();
        while (!existsSync(join(folder, "submit", "0.exit")) && performance.now() - start < HUNG_MS) await sleep(50);
        interruption.request();
        const { code, err } = await run;
        expect({ code, err }).toEqual({ code: 130, err: expect.stringMatching(/interrupted: [0-9]+ of 30 cells/) });
        const isOver = () => where === "parallel" || String(spawnSync("squeue", ["-h"]).stdout).trim() === "";
        while (!isOver() && performance.now() - start < HUNG_MS) await sleep(100);
        expect(readdirSync(join(folder, "cells")).length).toBeLessThan(30);
    });
}

describe.skipIf(!hasParallel)("GNU parallel (skipped: the package parallel is absent)", () => gathers("parallel"));

describe.skipIf(!hasSlurm)("Slurm (skipped: the packages slurmctld, slurmd, munge are absent)", () => {
    let slurm: Slurm | undefined;
    beforeAll(async () => {
        slurm = await startSlurm();
        vi.stubEnv("SLURM_CONF", slurm.SLURM_CONF);
    }, HUNG_MS);
    afterAll(async () => {
        vi.unstubAllEnvs();
        await slurm?.stop();
    }, HUNG_MS);

    gathers("slurm");

    it("a task that Slurm ends is a failed cell, and Slurm's word is its error", async () => {
        const programs = [{ path: "sort", args: ["1000000"] }];
        const base = { machine: { mesh: [1, 1], hartsPerCluster: 1, bankSize: "64MiB" }, programs };
        const folder = temporaryFolder();
        const run = sweep(experimentFile({ base }), "--submit", "slurm", "--out", folder);
        const start = performance.now();
        while (!existsSync(join(folder, "submit", "0.err")) && performance.now() - start < HUNG_MS) await sleep(50);
        const jobs = String(spawnSync("squeue", ["-h", "-o", "%A"]).stdout)
            .trim()
            .split("\n");
        spawnSync("scancel", jobs);
        const { code, err } = await run;
        expect({ code, err: err.split("\n").at(-2) }).toEqual({
            code: 1,
            err: expect.stringMatching(/^archipel: error: cell 0: its process ended by slurm: .*CANCELLED/),
        });
        expect(readFileSync(join(folder, "cells.jsonl"), "utf8")).toContain("ended by slurm");
    });

    it("what Slurm refuses is one line and exit 3", async () => {
        const folder = temporaryFolder();
        mkdirSync(join(folder, "submit"));
        vi.stubEnv("SBATCH_PARTITION", "nowhere");
        const { code, err } = await sweep(experimentFile({}), "--submit", "slurm", "--out", folder);
        vi.stubEnv("SBATCH_PARTITION", undefined);
        expect({ code, err: err.split("\n").at(-2) }).toEqual({
            code: 3,
            err: expect.stringMatching(/^archipel: error: --submit slurm: sbatch refuses the cells: .*partition/),
        });
    });
});
