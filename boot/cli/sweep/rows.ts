/** Rows of a sweep's result, one a cell: config values and metrics; as JSONL and as CSV. */

import { csvLines } from "../../report/csv.ts";
import { expectAll, unmetText } from "../../report/expect.ts";
import { evaluate, MissingValue } from "./evaluate.ts";
import { type Experiment, expressionProblem, FIXED_COLUMNS, type Metric } from "./experiment.ts";
import { ExpressionError } from "./expression.ts";
import { failureText } from "./failure-text.ts";
import type { CellResult, NamedCell, RunDocument } from "./results.ts";

export interface MetricValue {
    /** Null: not exercised in this run, or the run failed. */
    readonly value: number | string | boolean | null;
    readonly unit: string;
}

export interface Row {
    readonly cell: NamedCell;
    /** Undefined when the run gave no document (its process was killed). */
    readonly result: CellResult | undefined;
    /** Why the cell failed; null when it is well. */
    readonly error: string | null;
    /** In the order of the experiment's metrics. */
    readonly metrics: readonly MetricValue[];
}

/** What there is of one cell: its result, and the words of whoever ran it when it left none. */
export interface Outcome {
    readonly cell: NamedCell;
    readonly result: CellResult | undefined;
    readonly error: string | null;
}

/** The rows, and a line for each metric that cannot be computed. */
export function makeRows(experiment: Experiment, outcomes: readonly Outcome[]): { rows: Row[]; problems: string[] } {
    const columns = experiment.metrics.map((metric) => new MetricColumn(experiment, metric));
    const rows = outcomes.map(({ cell, result, error }): Row => {
        const failed = result !== undefined && result.run.exit.code !== 0;
        const metrics = columns.map((column) => column.compute(failed ? undefined : result));
        const why =
            result === undefined ? null : failed ? failureText(result.run) : unmetOf(experiment, cell, result.run);
        return { cell, result, error: error ?? why, metrics };
    });
    return { rows, problems: columns.flatMap((column) => column.problem() ?? []) };
}

/** The expectations of the base config and of the experiment that a good run does not meet, in a line; null when it meets all. */
export function unmetOf(experiment: Experiment, { loaded }: NamedCell, run: RunDocument): string | null {
    const unmet = expectAll([...loaded.config.expect, ...experiment.expect], run).filter(({ met }) => !met);
    return unmet.length === 0 ? null : unmet.map(unmetText).join("; ");
}

/** One metric over all cells. A value that is missing in some is null there; one that no cell has is a problem. */
class MetricColumn {
    readonly #file: string;
    readonly #metric: Metric;
    #computed = false;
    #missing: ExpressionError | undefined;
    #bad: ExpressionError | undefined;

    constructor({ file }: Experiment, metric: Metric) {
        this.#file = file;
        this.#metric = metric;
    }

    compute(result: CellResult | undefined): MetricValue {
        const none = { value: null, unit: this.#metric.unit ?? "" };
        if (result === undefined) return none;
        try {
            const { value, unit } = evaluate(this.#metric.value, result.run);
            this.#computed = true;
            return { value, unit: this.#metric.unit ?? unit ?? "" };
        } catch (error) {
            if (!(error instanceof ExpressionError)) throw error;
            if (error instanceof MissingValue) this.#missing = error;
            else this.#bad = error;
            return none;
        }
    }

    problem(): string | undefined {
        const error = this.#bad ?? (this.#computed ? undefined : this.#missing);
        const { pointer, text } = this.#metric;
        return error === undefined ? undefined : expressionProblem(this.#file, pointer, text, error);
    }
}

/** One JSON object a line. */
export function jsonLines({ metrics }: Experiment, rows: readonly Row[]): string {
    const lines = rows.map((row) =>
        JSON.stringify({
            cell: row.cell.index,
            config: Object.fromEntries(row.cell.values),
            metrics: Object.fromEntries(metrics.map(({ name }, i) => [name, row.metrics[i]])),
            configHash: row.cell.configHash,
            resultHash: row.cell.resultHash,
            commit: row.result?.commit ?? null,
            exit: row.result?.run.exit.code ?? null,
            error: row.error,
        }),
    );
    return lines.map((line) => `${line}\n`).join("");
}

/** A header and a line a cell, as RFC 4180 says; a null is an empty field. */
export function csvText({ metrics }: Experiment, rows: readonly Row[]): string {
    const paths = rows[0]?.cell.values.map(([path]) => path) ?? [];
    const [first, ...rest] = FIXED_COLUMNS;
    const header = [first, ...paths, ...metrics.map(({ name }) => name), ...rest];
    const lines = rows.map(({ cell, result, error, metrics: figures }) => [
        cell.index,
        ...cell.values.map(([, value]) => value),
        ...figures.map(({ value }) => value),
        cell.configHash,
        cell.resultHash,
        result?.commit,
        result?.run.exit.code,
        error,
    ]);
    return csvLines([header, ...lines]);
}
