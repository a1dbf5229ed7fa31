/** `sweep FILE`: runs the cells that are not finished, and writes and shows the rows of all. */

import { join } from "node:path";
import { interruption } from "../../interruption.ts";
import { CommandError, EXITS } from "../../report/exit-codes.ts";
import { junitText, type TestCase } from "../../report/junit.ts";
import { PLAIN_LOOK } from "../../report/summary/table.ts";
import { printErrors, type Streams, writeWhole } from "../output.ts";
import { cellName } from "./cells.ts";
import type { Experiment } from "./experiment.ts";
import type { CellRunner, ChildEnd } from "./pool.ts";
import { SweepProgress } from "./progress.ts";
import type { NamedCell, Results } from "./results.ts";
import { csvText, jsonLines, makeRows, type Outcome, type Row } from "./rows.ts";
import { renderSweep } from "./table.ts";

export interface SweepRun {
    readonly experiment: Experiment;
    readonly cells: readonly NamedCell[];
    readonly results: Results;
    readonly directory: string;
    readonly runner: CellRunner;
    /** File, or undefined. */
    readonly junit: string | undefined;
    /** Gets the name of cells.jsonl once it is written. May throw CommandError (output). */
    readonly onWritten?: ((file: string) => void) | undefined;
    /** Builds what the cells need, so that they do not all do it at once. */
    prepare(cells: readonly NamedCell[]): Promise<void>;
}

/** Returns 0, 1 when a cell failed, 130 when interrupted. Throws CommandError (usage) for metrics that mean nothing. */
export async function runAll(sweep: SweepRun, streams: Streams): Promise<number> {
    const { experiment, cells, results, directory, junit } = sweep;
    const todo = unfinished(cells, results);
    const errors = todo.length === 0 ? new Map<string, string>() : await runCells(sweep, todo, streams);
    if (errors === undefined) return EXITS.interrupted.code;
    const outcomes = cells.map((cell): Outcome => {
        const { resultHash } = cell;
        const result = results.finished(cell) ?? results.failed(cell);
        return { cell, result, error: errors.get(resultHash) ?? (result === undefined ? "left no result" : null) };
    });
    const { rows, problems } = makeRows(experiment, outcomes);
    const lines = join(directory, "cells.jsonl");
    writeWhole(lines, jsonLines(experiment, rows));
    writeWhole(join(directory, "cells.csv"), csvText(experiment, rows));
    if (junit !== undefined) writeWhole(junit, junitText(experiment.file, rows.map(testOf)), `--junit ${junit}`);
    streams.out(`${renderSweep(experiment, rows, { ...PLAIN_LOOK, width: streams.columns }).join("\n")}\n`);
    const ran = `${todo.length} run now, ${cells.length - todo.length} taken from there`;
    streams.err(`archipel: ${cells.length} cells in ${directory}: ${ran}\n`);
    const failed = rows.flatMap(({ cell, error }) => (error === null ? [] : [`${cellName(cell)}: ${error}`]));
    printErrors(streams, failed);
    sweep.onWritten?.(lines);
    if (problems.length > 0) throw new CommandError("usage", ...problems);
    return failed.length === 0 ? EXITS.ok.code : EXITS.program.code;
}

function testOf({ cell, error }: Row): TestCase {
    return { name: cellName(cell), failure: error ?? undefined };
}

/** Cells without a result; of cells with the same hash the first. */
export function unfinished(cells: readonly NamedCell[], results: Results): NamedCell[] {
    const byHash = new Map<string, NamedCell>();
    for (const cell of cells) {
        if (!byHash.has(cell.resultHash) && results.finished(cell) === undefined) byHash.set(cell.resultHash, cell);
    }
    return [...byHash.values()];
}

/** Errors by hash of those cells that failed; undefined when interrupted. */
async function runCells(
    { results, runner, prepare }: SweepRun,
    cells: readonly NamedCell[],
    streams: Streams,
): Promise<Map<string, string> | undefined> {
    const errors = new Map<string, string>();
    const watch = interruption.watch(() => runner.stop());
    try {
        for (const cell of cells) results.forgetFailure(cell);
        await prepare(cells);
        const progress = new SweepProgress(streams, watch.requested ? 0 : cells.length);
        const byIndex = new Map(cells.map((cell) => [cell.index, cell]));
        let ended = 0;
        await runner.run([...byIndex.keys()], (index, end) => {
            const cell = byIndex.get(index) as NamedCell;
            const error = endOf(cell, end, results);
            if (error !== null) errors.set(cell.resultHash, error);
            ended++;
            progress.ended(cellName(cell), error);
        });
        progress.clear();
        if (!watch.requested) return errors;
        printErrors(streams, [`interrupted: ${ended} of ${cells.length} cells finished; run it again for the rest`]);
        return undefined;
    } finally {
        watch.release();
    }
}

/** Null for a cell that left a good result, else its failure in words. */
function endOf(cell: NamedCell, { code, signal, errors }: ChildEnd, results: Results): string | null {
    if (results.finished(cell) !== undefined) return null;
    const prefix = `${cellName(cell)}: `;
    const said = errors
        .split("\n")
        .flatMap((line) => line.match(/^archipel: error: (.*)$/)?.[1]?.replace(prefix, "") ?? []);
    if (said.length > 0) return said.join("; ");
    const last = errors.trim().split("\n").at(-1) ?? "";
    return `its process ended ${signal === null ? `with ${code}` : `by ${signal}`}${last === "" ? "" : `: ${last}`}`;
}
