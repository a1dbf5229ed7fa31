/** The rows of a sweep as axes and metrics: which paths vary on their own, what number stands for a value, and what seeds say of a cell. */

import { parseSize } from "../../../configs/size.ts";
import { type Estimate, estimate } from "./statistics.ts";

/** A line of cells.jsonl (interface.md 6), or a run among several. */
export interface SweepRow {
    /** By config path. */
    readonly config: Readonly<Record<string, unknown>>;
    readonly metrics: Readonly<Record<string, { readonly value: unknown; readonly unit: string }>>;
    /** Why the cell failed; null when it did not. */
    readonly error: string | null;
    readonly commit?: string | null | undefined;
}

export interface AxisValue {
    /** Equal for equal values. */
    readonly key: string;
    readonly text: string;
    /** Null for what is a name. */
    readonly number: number | null;
}

/** A config path that varies. Paths that vary with it, and follow from the axes, are no axes. */
export interface Axis {
    readonly path: string;
    /** In the order of their numbers, or of the rows. */
    readonly values: readonly AxisValue[];
    /** True when each value has a number of its own. */
    readonly numeric: boolean;
}

export interface MetricName {
    readonly name: string;
    readonly unit: string;
}

const SEED = "seed";

/** The value of a path of a row as its axis has it. */
export function keyOf(row: SweepRow, path: string): string {
    return JSON.stringify(row.config[path] ?? null);
}

export function axesOf(rows: readonly SweepRow[]): Axis[] {
    const paths = [...new Set(rows.flatMap(({ config }) => Object.keys(config)))].filter((path) => {
        return path !== SEED && new Set(rows.map((row) => keyOf(row, path))).size > 1;
    });
    const cells = (kept: readonly string[]) =>
        new Set(rows.map((row) => kept.map((path) => keyOf(row, path)).join("\n"))).size;
    const all = cells(paths);
    // A path is left out when the others tell all cells apart; the later ones of an experiment's axes follow from the first.
    let kept: readonly string[] = paths;
    for (const path of [...paths].reverse()) {
        const without = kept.filter((each) => each !== path);
        if (cells(without) === all) kept = without;
    }
    return kept.map((path) => axisOf(path, rows));
}

function axisOf(path: string, rows: readonly SweepRow[]): Axis {
    const found = new Map(rows.map((row) => [keyOf(row, path), row.config[path]]));
    const numbers = numbersOf(path, [...found.values()]);
    const values = [...found].map(([key, value], i): AxisValue => {
        return { key, text: textOf(path, value), number: numbers[i] ?? null };
    });
    const numeric = numbers.every((number) => number !== null) && new Set(numbers).size === numbers.length;
    if (numeric) values.sort((a, b) => (a.number ?? 0) - (b.number ?? 0));
    return { path, values, numeric };
}

function textOf(path: string, value: unknown): string {
    if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(isMesh(path) ? " × " : " ");
    return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

function isMesh(path: string): boolean {
    return path.endsWith("machine.mesh");
}

/** A mesh counts its clusters. Of other lists that differ in one place it is the number there. */
function numbersOf(path: string, values: readonly unknown[]): (number | null)[] {
    const lists = values.filter(Array.isArray) as unknown[][];
    if (lists.length < values.length) return values.map(numberOf);
    if (isMesh(path))
        return lists.map((list) => list.reduce((product: number, side) => product * (numberOf(side) ?? 0), 1));
    const length = lists[0]?.length ?? 0;
    const differing = Array.from({ length }, (_, i) => i).filter((i) => new Set(lists.map((list) => list[i])).size > 1);
    const [place, ...others] = differing;
    if (place === undefined || others.length > 0 || lists.some((list) => list.length !== length))
        return values.map(() => null);
    return lists.map((list) => numberOf(list[place]));
}

function numberOf(value: unknown): number | null {
    if (typeof value === "number") return value;
    if (typeof value !== "string") return null;
    return /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : (parseSize(value) ?? null);
}

/** Metrics that have a number in some row. */
export function metricsOf(rows: readonly SweepRow[]): MetricName[] {
    const found = new Map<string, string>();
    for (const { metrics } of rows) {
        for (const [name, { value, unit }] of Object.entries(metrics))
            if (typeof value === "number") found.set(name, unit);
    }
    return [...found].map(([name, unit]) => ({ name, unit }));
}

/** Rows that differ in their seed alone. */
export interface Cell {
    /** Keys of the axes, in their order. */
    readonly keys: readonly string[];
    readonly rows: readonly SweepRow[];
}

export function cellsOf(rows: readonly SweepRow[], axes: readonly Axis[]): Cell[] {
    const found = new Map<string, { keys: string[]; rows: SweepRow[] }>();
    for (const row of rows) {
        const keys = axes.map(({ path }) => keyOf(row, path));
        const cell = found.get(keys.join("\n")) ?? { keys, rows: [] };
        found.set(keys.join("\n"), cell);
        cell.rows.push(row);
    }
    return [...found.values()];
}

/** Undefined when no seed of the cell has the metric. */
export function estimateOf({ rows }: Cell, metric: string): Estimate | undefined {
    const values = rows.flatMap(({ metrics }) => {
        const value = metrics[metric]?.value;
        return typeof value === "number" && Number.isFinite(value) ? [value] : [];
    });
    return values.length === 0 ? undefined : estimate(values);
}

/** Whether more of the axis is more machine or more parallel work, so that a speed-up over it has an efficiency. */
export function isSize({ path, numeric, values }: Axis): boolean {
    const size = /(?:^|\.)(?:mesh|hartsPerCluster|nodes|threads)$/.test(path);
    return size && numeric && values.every(({ number }) => (number ?? 0) > 0);
}
