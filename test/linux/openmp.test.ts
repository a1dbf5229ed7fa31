/**
 * OpenMP's places (OMP_PLACES, OMP_PROC_BIND) with gcc's libgomp on several clusters: a thread is placed before it begins (vmm-policy 7.5), and
 * what it is told of itself is so. A CPU is a hart, a core too, and a socket is a cluster.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../boot/package-root.ts";
import { runConfig } from "../system/harness/run.ts";

const SOURCE = join(packageRoot(), "test/linux/hosted/places.c");
const CROSS = "riscv64-linux-gnu-gcc";
const hasCompiler = spawnSync(CROSS, ["--version"]).status === 0;

let scratch = "";
let path = "";
beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), "openmp-"));
    path = join(scratch, "places");
    if (!hasCompiler) return;
    // The linker warns about libgomp's own dlopen.
    const { status } = spawnSync(CROSS, ["-O2", "-static", "-fopenmp", "-o", path, SOURCE]);
    expect(status).toBe(0);
});
afterAll(() => rmSync(scratch, { recursive: true }));

interface Case {
    readonly env: Readonly<Record<string, string>>;
    readonly places: number;
    /** The CPU of each thread, and the size of its place. */
    readonly cpus: readonly number[];
    readonly size: number;
    readonly placeOf: (cpu: number) => number;
}

const each = (cpu: number) => cpu;
const pairs = (cpu: number) => cpu >> 1;
/** On 2 x 2 clusters of 2 harts. */
const CASES: readonly Case[] = [
    {
        env: { OMP_PLACES: "cores", OMP_PROC_BIND: "close" },
        places: 8,
        cpus: [0, 1, 2, 3, 4, 5, 6, 7],
        size: 1,
        placeOf: each,
    },
    {
        env: { OMP_PLACES: "threads", OMP_PROC_BIND: "close", OMP_NUM_THREADS: "3" },
        places: 8,
        cpus: [0, 1, 2],
        size: 1,
        placeOf: each,
    },
    {
        env: { OMP_PLACES: "threads", OMP_PROC_BIND: "spread", OMP_NUM_THREADS: "4" },
        places: 8,
        cpus: [0, 2, 4, 6],
        size: 1,
        placeOf: each,
    },
    {
        env: { OMP_PLACES: "cores", OMP_PROC_BIND: "master", OMP_NUM_THREADS: "3" },
        places: 8,
        cpus: [0, 0, 0],
        size: 1,
        placeOf: each,
    },
    {
        env: { OMP_PLACES: "sockets", OMP_PROC_BIND: "spread", OMP_NUM_THREADS: "4" },
        places: 4,
        cpus: [0, 2, 4, 6],
        size: 2,
        placeOf: pairs,
    },
    {
        env: { OMP_PLACES: "{0:2}:4:2", OMP_PROC_BIND: "close" },
        places: 4,
        cpus: [0, 1, 2, 3, 4, 5, 6, 7],
        size: 2,
        placeOf: pairs,
    },
];

async function lines(env: Readonly<Record<string, string>>, config: object): Promise<readonly string[]> {
    const { report, message } = await runConfig(
        { ...config, programs: [{ path, env }] },
        { audit: ["every", "memory", "waits", "contents"], limit: 2_000_000_000 },
    );
    const [program] = report.programs;
    expect({ message, exit: program?.exit, refused: program?.refused }).toEqual({
        message: "",
        exit: { code: 0, signal: null },
        refused: [],
    });
    return (program?.output ?? "").trimEnd().split("\n");
}

describe.skipIf(!hasCompiler)("7.5: OpenMP's threads are where their places say", () => {
    it.each(CASES)("$env", async ({ env, places, cpus, size, placeOf }) => {
        const machine = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "16MiB" };
        expect(await lines(env, { machine })).toEqual([
            `${places} places`,
            ...cpus.map((cpu, i) => `${i}: place ${placeOf(cpu)}, cpu ${cpu} of node ${cpu >> 1}, one of ${size}`),
        ]);
    });

    it.each([1, 2, 3, 4, 5, 6])("with time slices as short as a page fault, seed %i", async (seed) => {
        const machine = { mesh: [3, 1], hartsPerCluster: 1, bankSize: "16MiB" };
        const env = { OMP_PLACES: "cores", OMP_PROC_BIND: "spread" };
        expect(await lines(env, { machine, kernel: { timeSliceCycles: 1000 }, seed })).toEqual([
            "3 places",
            ...[0, 1, 2].map((cpu) => `${cpu}: place ${cpu}, cpu ${cpu} of node ${cpu}, one of 1`),
        ]);
    });
});
