/** The tables per cluster: its work, and the use of its memory. */

import { type Exercised, exercised } from "../exercised.ts";
import { CLUSTER_METRICS, type Metric, type MetricColumn } from "../metrics.ts";
import type { ClusterReport, SystemReport } from "../report.ts";
import { type Column, grouped, type Look, renderTable } from "./table.ts";

/** A long table repeats its column titles after so many rows. */
const HEADER_EVERY = 32;

export const NOT_EXERCISED = "-";

export function renderClusters(report: SystemReport, look: Look): string[] {
    const used = exercised(report);
    const { shown, hidden } = busiest(report.clusters, look.mostClusters, ({ instructions }) => instructions);
    const rows: (ClusterReport | "total")[] = report.clusters.length > 1 ? [...shown, "total"] : shown;
    const more = hiddenClusters(hidden, "instructions");
    const options = { indent: 2, repeatHeader: HEADER_EVERY, look };
    return [
        "Work per cluster (instructions; cycles of the furthest hart; requests; DSM events, and faults that managers here served)",
        ...renderTable(columnsOf(report, used, "work"), rows, options),
        ...more,
        "",
        "Memory per cluster (page faults: local/through Z/spurious; 4 KiB frames of the bank given to vsegs, and free at the end)",
        ...renderTable(columnsOf(report, used, "memory"), rows, options),
        ...more,
        `  ${NOT_EXERCISED} not exercised`,
    ];
}

/** The clusters with most of something, in their own order, and how many are left out. */
export function busiest<T>(all: readonly T[], most: number, of: (each: T) => number): { shown: T[]; hidden: number } {
    if (all.length <= most) return { shown: [...all], hidden: 0 };
    const kept = new Set([...all].sort((a, b) => of(b) - of(a)).slice(0, most));
    return { shown: all.filter((each) => kept.has(each)), hidden: all.length - most };
}

/** The line below a table that shows the busiest only. */
export function hiddenClusters(hidden: number, what: string): string[] {
    return hidden === 0 ? [] : [`  (those with most ${what}; ${hidden} more with --verbose, and all in --json)`];
}

type Row = ClusterReport | "total";

/** The columns of one of the tables, one for each title, with the figures of all its metrics. */
function columnsOf(report: SystemReport, used: Exercised, table: MetricColumn["table"]): Column<Row>[] {
    const columns = new Map<string, Metric[]>();
    for (const metric of CLUSTER_METRICS) {
        const { group = "", title, optional, table: of } = metric.column;
        if (of !== table || (optional === true && !isUsed(metric, used))) continue;
        const key = `${group}\n${title}`;
        columns.set(key, [...(columns.get(key) ?? []), metric]);
    }
    const groups = new Set<string>();
    const shown = [...columns.values()].map((metrics): Column<Row> => {
        const { group, title } = (metrics[0] as Metric).column;
        const above = group === undefined || groups.has(group) ? "" : group;
        if (group !== undefined) groups.add(group);
        const cell = (row: Row) => metrics.map((metric) => grouped(cellValue(metric, row, report))).join("/");
        const exists = metrics.every((metric) => isUsed(metric, used));
        return {
            title: group === undefined ? title : `${above}\n${title}`,
            align: "right",
            cell: (row) => (exists ? cell(row) : NOT_EXERCISED),
        };
    });
    return [name, ...shown];
}

function isUsed(metric: Metric, used: Exercised): boolean {
    return metric.used?.(used) ?? true;
}

function cellValue({ of, column }: Metric, row: Row, { clusters }: SystemReport): number {
    if (row !== "total") return of(row);
    if (column.total === "max") return Math.max(...clusters.map(of));
    return clusters.reduce((total, cluster) => total + of(cluster), 0);
}

const name: Column<Row> = {
    title: "cluster",
    align: "right",
    cell: (row) => (row === "total" ? "total" : String(row.cxy)),
};
