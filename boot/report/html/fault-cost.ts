/** What a page fault costs, by phase. */

import { PHASE_COLOURS } from "../colours.ts";
import { PHASES } from "../report.ts";
import { barPicture, nameWidthOf } from "./bars.ts";
import { exact } from "./numbers.ts";
import type { Plot, Table } from "./plot.ts";
import type { FaultCostFile, RunFile } from "./run-file.ts";

const WIDTH = 620;

/** As "DATA through Z (copy)". */
export function faultName({ type, how, cause }: FaultCostFile): string {
    return `${type} ${how === "throughZ" ? "through Z" : how}${cause === "userCopy" ? " (copy)" : ""}`;
}

export function faultCostPlots({ faultCost }: RunFile): Plot[] {
    const rows = (faultCost ?? []).filter(({ count }) => count.value > 0);
    if (rows.length === 0) return [];
    const bars = rows.map((row) => ({
        name: `${faultName(row)} × ${exact(row.count.value)}`,
        parts: PHASES.map((phase) => row.phases[phase].mean.value),
        marks: [
            { name: "median", value: row.median.value, shape: "line" as const },
            { name: "99th percentile", value: row.p99.value, shape: "dot" as const },
        ],
    }));
    const keys = PHASES.map((name) => ({ name, colour: PHASE_COLOURS[name] }));
    const text =
        "Mean cycles of a fault of each kind, parted by phase; the upright line is the median, the dot the 99th percentile. " +
        "(copy): the kernel met the missing page while it copied.";
    const nameWidth = nameWidthOf(bars.map(({ name }) => name));
    const picture = barPicture(bars, { keys, unit: "cycles", whole: "mean", width: WIDTH, nameWidth });
    return [{ id: "fault-cost", title: "What a page fault costs", text, picture, table: costTable(rows) }];
}

function costTable(rows: readonly FaultCostFile[]): Table {
    const cycles = (name: string) => ({ name, unit: "cycles" });
    return {
        columns: [
            { name: "type" },
            { name: "how" },
            { name: "cause" },
            { name: "count", unit: "faults" },
            ...["total", "mean", "median", "p99", ...PHASES].map(cycles),
        ],
        rows: rows.map((row) => [
            row.type,
            row.how,
            row.cause,
            row.count.value,
            row.total.value,
            row.mean.value,
            row.median.value,
            row.p99.value,
            ...PHASES.map((phase) => row.phases[phase].mean.value),
        ]),
    };
}
