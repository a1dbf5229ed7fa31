/** The table of a sweep on the terminal: a line a cell, or a line for all seeds of a cell with median and range. */

import { type Column, folded, grouped, type Look, PLAIN_LOOK, renderTable } from "../../report/summary/table.ts";
import { valueText } from "./cells.ts";
import { type Experiment, SEED_PATH } from "./experiment.ts";
import type { MetricValue, Row } from "./rows.ts";

/** Cells that differ in nothing but the seed. */
interface Group {
    readonly rows: readonly Row[];
    readonly values: Row["cell"]["values"];
}

const HEADER_EVERY = 50;

/** Title, text, table and legend. */
export function renderSweep(experiment: Experiment, rows: readonly Row[], look: Look = PLAIN_LOOK): string[] {
    const groups = groupSeeds(rows, experiment.seeds.length > 1);
    const paths = groups[0]?.values.map(([path]) => path) ?? [];
    const columns: Column<Group>[] = [
        { title: "cell", align: "right", cell: (group) => String(group.rows[0]?.cell.index ?? "") },
        ...paths.map((path, i): Column<Group> => {
            return { title: twoLines(path), align: "right", cell: ({ values }) => valueText(values[i]?.[1]) };
        }),
        ...experiment.metrics.map(({ name }, i): Column<Group> => {
            const unit = rows.find(({ metrics }) => metrics[i]?.unit)?.metrics[i]?.unit ?? "";
            return {
                title: unit === "" || unit === name ? name : `${name}\n${unit}`,
                align: "right",
                cell: (group) => figure(group, i),
            };
        }),
        { title: "", align: "left", cell: (group) => (group.rows.some(({ error }) => error !== null) ? "FAILED" : "") },
    ];
    const table = renderTable(columns, groups, { repeatHeader: HEADER_EVERY, indent: 2, look });
    const seeds = experiment.seeds.length;
    const legend = [
        ...(seeds > 1 ? [`  median over ${seeds} seeds (smallest to largest where they differ)`] : []),
        ...(table.some((line) => / -(?: |$)/.test(line)) ? ["  - not exercised, or not measured"] : []),
    ];
    const text = [experiment.title, ...(experiment.text === "" ? [] : [experiment.text])];
    return [...text.flatMap((line) => folded(line, look.width)), "", ...table, ...legend];
}

/** Seeds are the last axis: their rows follow each other. */
function groupSeeds(rows: readonly Row[], merge: boolean): Group[] {
    if (!merge) return rows.map((row) => ({ rows: [row], values: row.cell.values }));
    const groups = new Map<string, Row[]>();
    for (const row of rows) {
        const key = JSON.stringify(withoutSeed(row.cell.values));
        groups.set(key, [...(groups.get(key) ?? []), row]);
    }
    return [...groups.values()].map((members) => {
        return { rows: members, values: withoutSeed(members[0]?.cell.values ?? []) };
    });
}

function withoutSeed(values: Group["values"]): Group["values"] {
    return values.filter(([path]) => path !== SEED_PATH);
}

/** Before and behind the last dot, so that long paths make no wide columns. */
function twoLines(path: string): string {
    return path.replace(/\.(?=[^.]*$)/, ".\n");
}

/** The figure, or the median of several. */
function figure({ rows }: Group, metric: number): string {
    const values = rows.map(({ metrics }) => metrics[metric]?.value ?? null);
    const numbers = values.filter((value) => typeof value === "number").sort((a, b) => a - b);
    const [least, most] = [numbers[0], numbers.at(-1)];
    if (least === undefined || most === undefined) return shown(values[0] ?? null);
    if (least === most) return shown(least);
    return `${shown(median(numbers))} (${shown(least)} to ${shown(most)})`;
}

function median(sorted: readonly number[]): number {
    const middle = sorted.length >> 1;
    const upper = sorted[middle] ?? Number.NaN;
    return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function shown(value: MetricValue["value"]): string {
    if (value === null) return "-";
    if (typeof value !== "number") return String(value);
    return Number.isInteger(value) || Math.abs(value) >= 10_000 ? grouped(value) : String(Number(value.toPrecision(4)));
}
