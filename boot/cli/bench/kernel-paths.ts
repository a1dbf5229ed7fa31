/**
 * kernel/*: what the kernel's paths cost in guest instructions. Most rows are what bench/kernel/paths.ts counts of itself; those of mean are
 * the cycles of whole faults, in which an instruction is one (boot/observe/fault-cost.ts), by type and way.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../../../configs/check.ts";
import { buildProgram } from "../../build/program-image.ts";
import type { FaultCostReport } from "../../report/report.ts";
import { buildAndBoot } from "../build-and-boot.ts";
import { type Benchmark, type BenchRow, measuredRow } from "./types.ts";

const SOURCE = "bench/kernel/paths.ts";
const UNIT = "instructions";
const STEP = 1_000_000;
const LIMIT = 200_000_000;
const MACHINE = { hartsPerCluster: 1, bankSize: "16MiB", preemption: false };
/** The program of the faults on memory that nodes share: `share` writes one page that the other node reads. */
const SHARING = { path: "share", nodes: 2 };

/** Instructions by the row's name without `kernel/`. */
export type PathCounts = Readonly<Record<string, number>>;

export const KERNEL_PATHS: Benchmark = {
    name: "kernel/",
    async run(note): Promise<readonly BenchRow[]> {
        const counts = await countPaths(note);
        return Object.entries(counts).map(([name, count]) => measuredRow(`kernel/${name}`, "kernel", UNIT, [count]));
    },
};

/** Runs the program. The counts repeat exactly for one state of the sources. */
export async function countPaths(note: (text: string) => void = () => {}): Promise<PathCounts> {
    const folder = mkdtempSync(join(tmpdir(), "archipel-paths-"));
    try {
        note("building");
        const path = join(folder, "paths.elf");
        writeFileSync(path, (await buildProgram("kernel-paths", SOURCE)).elf);
        note("running");
        const here = await runProgram({ path }, 1);
        const elsewhere = await runProgram({ path }, 2);
        const sharing = await runProgram(SHARING, 2);
        const told = [...`${here.output}${elsewhere.output}`.matchAll(/^([\w-]+): (\d+) instructions$/gm)];
        const counts = told.map(([, name = "", count]): [string, number] => [name, Number(count)]);
        const means = [
            ...here.faults.map(meanOf),
            ...elsewhere.faults.filter(({ how }) => how === "throughZ").map(meanOf),
            ...sharing.faults.filter(({ type }) => type === "DSM").map(meanOf),
        ];
        return Object.fromEntries([...counts, ...means]);
    } finally {
        rmSync(folder, { recursive: true });
    }
}

function meanOf({ type, how, cause, count, cycles }: FaultCostReport): [string, number] {
    return [`mean/${type}-${how}${cause === "trap" ? "" : "-user-copy"}`.toLowerCase(), Math.round(cycles / count)];
}

/** A run in that many clusters: the first program's output, and what the faults of all cost. */
async function runProgram(
    program: object,
    clusters: number,
): Promise<{ readonly output: string; readonly faults: readonly FaultCostReport[] }> {
    const machine = { ...MACHINE, mesh: [clusters, 1] };
    const config = parseConfig(JSON.stringify({ machine, programs: [program] }), "bench");
    const hooks = { onConsole: () => {}, onPhase: () => {}, audit: undefined };
    const run = await buildAndBoot({ config, file: "bench", directory: "." }, hooks);
    while (!run.step(STEP, LIMIT).ended);
    const { programs, faultCost } = run.report();
    const first = programs[0];
    if (first?.exit.code !== 0) throw new Error(`kernel/: a program failed: ${first?.output}`);
    return { output: first.output, faults: faultCost };
}
