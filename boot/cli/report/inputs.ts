/** What a report is made from: documents of boot --json, and results of sweeps, read and checked. What is none of them is exit 3. */

import { readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { readFailure } from "../../../configs/load.ts";
import { CommandError } from "../../report/exit-codes.ts";
import { configLeaves, figuresOf } from "../../report/html/run-figures.ts";
import { type RunFile, readRun } from "../../report/html/run-file.ts";
import type { SweepRow } from "../../report/html/sweep-data.ts";

export interface RunInput {
    readonly name: string;
    readonly run: RunFile;
    readonly commit: string | undefined;
}

export interface Inputs {
    readonly runs: readonly RunInput[];
    /** Rows of sweeps; those of runs are not among them. */
    readonly rows: readonly SweepRow[];
}

/** Throws CommandError (input). */
export function readInputs(files: readonly string[]): Inputs {
    const runs: RunInput[] = [];
    const rows: SweepRow[] = [];
    for (const file of files) {
        const isFolder = statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
        if (isFolder || file.endsWith(".jsonl")) rows.push(...readRows(isFolder ? join(file, "cells.jsonl") : file));
        else runs.push(readRunInput(file));
    }
    return { runs, rows };
}

/** A cell of a sweep (DIR/cells/HASH.json) is a run with a commit. */
function readRunInput(name: string): RunInput {
    const document = parsed(name, readText(name));
    const { format, run, commit } = (document ?? {}) as { format?: unknown; run?: unknown; commit?: unknown };
    const isCell = format === "archipel-cell/1";
    const found = readRun(isCell ? run : document, name);
    if (typeof found === "string") throw new CommandError("input", found);
    return { name, run: found, commit: isCell && typeof commit === "string" ? commit : undefined };
}

function readRows(name: string): SweepRow[] {
    const lines = readText(name).split("\n");
    const rows = lines.flatMap((line, i) =>
        line.trim() === "" ? [] : [rowOf(parsed(`${name}:${i + 1}`, line), `${name}:${i + 1}`)],
    );
    if (rows.length === 0) throw new CommandError("input", `${name}: has no cells`);
    return rows;
}

function rowOf(line: unknown, name: string): SweepRow {
    const isObject = (value: unknown): value is object =>
        typeof value === "object" && value !== null && !Array.isArray(value);
    const { config, metrics, error, commit } = (isObject(line) ? line : {}) as Record<string, unknown>;
    if (!isObject(config) || !isObject(metrics) || !Object.values(metrics).every(isMetric)) {
        throw new CommandError("input", `${name}: is no line of a sweep's cells.jsonl`);
    }
    return {
        config: config as SweepRow["config"],
        metrics: metrics as SweepRow["metrics"],
        error: typeof error === "string" ? error : null,
        commit: typeof commit === "string" ? commit : null,
    };
}

function isMetric(value: unknown): boolean {
    return (
        typeof value === "object" &&
        value !== null &&
        "value" in value &&
        typeof (value as { unit?: unknown }).unit === "string"
    );
}

/** A run as a row: its config, and its main figures as metrics. */
export function rowOfRun({ run, commit }: RunInput): SweepRow {
    const config = Object.fromEntries(configLeaves(run.config));
    const figures = figuresOf(run).filter(({ main }) => main);
    const metrics = Object.fromEntries(figures.map(({ name, value, unit }) => [name, { value, unit }]));
    const { code, reason, message } = run.exit;
    return {
        config,
        metrics,
        commit,
        error: code === 0 ? null : `${message === "" ? reason : message} (exit code ${code})`,
    };
}

/** The name of a sweep's results for its readers. */
export function sweepName(files: readonly string[]): string {
    const [first = ""] = files;
    if (files.length > 1) return `${files.length} results`;
    return basename(resolve(first)) === "cells.jsonl" ? basename(resolve(first, "..")) : basename(resolve(first));
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
        // The rest of the message has bytes of the file in it.
        const [where] = /position \d+|line \d+ column \d+/.exec((error as Error).message) ?? [];
        throw new CommandError("input", `${name}: is no JSON${where === undefined ? "" : ` (${where})`}`);
    }
}
