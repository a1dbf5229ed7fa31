/** What a report is made from: files of boot --json, read and checked. What is none of them is exit 3. */

import { readFileSync } from "node:fs";
import { readFailure } from "../../../configs/load.ts";
import { packageVersion } from "../../package-root.ts";
import { CommandError } from "../../report/exit-codes.ts";
import type { Report } from "../../report/html/plot.ts";
import { type RunFile, readRun } from "../../report/html/run-file.ts";
import { runReport } from "../../report/html/run-report.ts";

export interface RunInput {
    readonly name: string;
    readonly run: RunFile;
    readonly commit: string | undefined;
}

/** Throws CommandError (input). */
export function readInputs(files: readonly string[]): RunInput[] {
    return files.map(readInput);
}

/** A cell of a sweep (DIR/cells/HASH.json) is a run with a commit. */
function readInput(name: string): RunInput {
    const document = parsed(name, readText(name));
    const { format, run, commit } = (document ?? {}) as { format?: unknown; run?: unknown; commit?: unknown };
    const isCell = format === "archipel-cell/1";
    const found = readRun(isCell ? run : document, name);
    if (typeof found === "string") throw new CommandError("input", found);
    return { name, run: found, commit: isCell && typeof commit === "string" ? commit : undefined };
}

function readText(name: string): string {
    try {
        return readFileSync(name, "utf8");
    } catch (error) {
        throw new CommandError("input", `${name}: cannot be read: ${readFailure(error)}`);
    }
}

function parsed(name: string, text: string): unknown {
    try {
        return JSON.parse(text) as unknown;
    } catch (error) {
        throw new CommandError("input", `${name}: is no JSON: ${(error as Error).message}`);
    }
}

export function reportOf(inputs: readonly RunInput[]): Report {
    const version = packageVersion();
    const [first] = inputs;
    if (first === undefined) throw new Error("a report of nothing");
    return runReport(first.run, { name: first.name, commit: first.commit, version });
}
