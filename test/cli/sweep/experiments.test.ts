/** The experiments in experiments/: each loads, its cells are valid configs, and its first cell runs and has every metric. */

import { spawnSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCommandLine } from "../../../boot/cli/command-line.ts";
import { enumerateCells } from "../../../boot/cli/sweep/cells.ts";
import { evaluate, MissingValue } from "../../../boot/cli/sweep/evaluate.ts";
import { type Experiment, loadExperiment } from "../../../boot/cli/sweep/experiment.ts";
import { packageRoot } from "../../../boot/package-root.ts";
import { keptStreams } from "../fake-report.ts";
import { temporaryFolder } from "./fixture.ts";

const FOLDER = join(packageRoot(), "experiments");
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith(".json") && !file.endsWith(".schema.json"));

const CROSS = "riscv64-linux-gnu-gcc";
const hasCompiler = spawnSync(CROSS, ["--version"]).status === 0;

/** The programs in C (userland/c/examples) that an experiment wants built beside it, by their ELF files' names. */
function examplesOf(file: string): string[] {
    const names = readFileSync(join(FOLDER, file), "utf8").match(/(?<=")[^"]+\.elf(?=")/g) ?? [];
    return [...new Set(names.map((name) => basename(name, ".elf")))];
}

/** The experiment's path: where it wants programs in C, a copy beside them. */
async function prepared(file: string): Promise<string> {
    const examples = examplesOf(file);
    if (examples.length === 0) return join(FOLDER, file);
    const folder = temporaryFolder();
    for (const name of examples) {
        const source = join(packageRoot(), "userland/c/examples", `${name}.c`);
        const streams = keptStreams();
        const code = await runCommandLine(["cc", source, "-o", join(folder, `${name}.elf`)], streams);
        expect({ code, err: streams.kept.err }).toMatchObject({ code: 0 });
    }
    copyFileSync(join(FOLDER, file), join(folder, file));
    return join(folder, file);
}

/** The `--json` document of the experiment's first cell. */
async function runFirstCell(file: string): Promise<unknown> {
    const out = temporaryFolder();
    const streams = keptStreams();
    const code = await runCommandLine(["sweep", await prepared(file), "--cell", "0", "--out", out], streams);
    expect({ code, err: streams.kept.err }).toMatchObject({ code: 0 });
    const [name = ""] = readdirSync(join(out, "cells"));
    return (JSON.parse(readFileSync(join(out, "cells", name), "utf8")) as { run: unknown }).run;
}

/** Metrics that the document has no value for, but for a line that only another program of the grid prints. */
function missing({ metrics }: Experiment, run: unknown): string[] {
    return metrics.flatMap(({ name, value }) => {
        try {
            evaluate(value, run);
            return [];
        } catch (error) {
            if (error instanceof MissingValue && error.message.startsWith("there is no line")) return [];
            return [`${name}: ${String(error)}`];
        }
    });
}

describe.each(FILES)("%s", (file) => {
    it("loads, and every cell is a valid config", () => {
        expect(enumerateCells(loadExperiment(join(FOLDER, file))).length).toBeGreaterThan(1);
    });

    it.skipIf(examplesOf(file).length > 0 && !hasCompiler)(
        "its first cell runs, and every metric can be computed",
        async () => {
            const run = await runFirstCell(file);
            expect(missing(loadExperiment(join(FOLDER, file)), run)).toEqual([]);
        },
    );
});

it("docs/results.md tells of each", () => {
    const text = readFileSync(join(packageRoot(), "docs/results.md"), "utf8");
    expect(FILES.filter((file) => !text.includes(`experiments/${file}`))).toEqual([]);
});
