/** `--report FILE` of boot, dsm and sweep: the page of the run or of all cells, written at the end. */

import { sourceCommit } from "../../build/commit.ts";
import { packageVersion } from "../../package-root.ts";
import { readRun } from "../../report/html/run-file.ts";
import { runReport } from "../../report/html/run-report.ts";
import { sweepReport } from "../../report/html/sweep-report.ts";
import type { Experiment } from "../sweep/experiment.ts";
import { readInputs } from "./inputs.ts";
import { writePage } from "./write.ts";

/** What writes the page of a run's document. `command` is the command line, `name` what the machine comes from. */
export function pageWriter(file: string, name: string, command: string): (document: object) => void {
    return (document) => {
        // As a reader of --json gets it.
        const run = readRun(JSON.parse(JSON.stringify(document)), name);
        if (typeof run === "string") throw new Error(run);
        const origin = { name, command, commit: sourceCommit() ?? undefined, version: packageVersion() };
        writePage(runReport(run, origin), file, `--report ${file}`);
    };
}

/** What writes the page of a sweep from its cells.jsonl. */
export function sweepPageWriter(
    file: string,
    { file: name, title }: Experiment,
    command: string,
): (cells: string) => void {
    return (cells) => {
        const facts = [
            ["experiment", name],
            ["command", command],
            ["report by", `archipel ${packageVersion()}`],
        ] as const;
        const { rows } = readInputs([cells]);
        writePage(sweepReport(rows, { title, facts, base: new Map(), pareto: undefined }), file, `--report ${file}`);
    };
}
