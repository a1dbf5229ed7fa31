/** The tables per cluster: what each did, and where its memory went. */

import { type Exercised, exercised } from "../exercised.ts";
import { type ClusterReport, type DsmCounts, type SystemReport, VSEG_TYPES } from "../report.ts";
import { type Column, grouped, renderTable } from "./table.ts";

/** Rows after which a long table says its column titles again. */
const HEADER_EVERY = 32;

export const NOT_EXERCISED = "-";

/** DSM counters in the order of sm-dsm.md 3.5, with their short names. */
export const DSM_COLUMNS: readonly (readonly [keyof DsmCounts, string])[] = [
    ["readFaults", "RF"],
    ["writeFaults", "WF"],
    ["invalidations", "INV"],
    ["revocations", "REVOKE"],
];

/** Shown where release consistency was used. */
const RELEASE_COLUMNS = ["diffs", "drops"] as const;

export function renderClusters(report: SystemReport, header: (line: string) => string): string[] {
    const used = exercised(report);
    const rows: (ClusterReport | "total")[] =
        report.clusters.length > 1 ? [...report.clusters, "total"] : [...report.clusters];
    const options = { indent: 2, repeatHeader: HEADER_EVERY, header };
    return [
        "Work per cluster (instructions; cycles of the furthest hart; requests; DSM events, and faults that managers here served)",
        ...renderTable(workColumns(report, used), rows, options),
        "",
        "Memory per cluster (page faults: local/through Z/spurious; 4 KiB frames of the bank given to vsegs, and free at the end)",
        ...renderTable(memoryColumns(report, used), rows, options),
        `  ${NOT_EXERCISED} not exercised`,
    ];
}

type Row = ClusterReport | "total";

/** A column that adds up: each cluster's value, and the sum in the total row. */
function sum(report: SystemReport, title: string, used: boolean, of: (cluster: ClusterReport) => number): Column<Row> {
    const value = (row: Row): number =>
        row === "total" ? report.clusters.reduce((total, cluster) => total + of(cluster), 0) : of(row);
    return { title, align: "right", cell: (row) => (used ? grouped(value(row)) : NOT_EXERCISED) };
}

function workColumns(report: SystemReport, used: Exercised): Column<Row>[] {
    const cycles = (row: Row): number =>
        row === "total" ? Math.max(...report.clusters.map((cluster) => cluster.cycles)) : row.cycles;
    return [
        name,
        sum(report, "harts", true, ({ harts }) => harts),
        sum(report, "instructions", true, ({ instructions }) => instructions),
        { title: "cycles", align: "right", cell: (row) => grouped(cycles(row)) },
        sum(report, "RPCs\nsent", used.rpcs, ({ rpcs }) => rpcs.sent),
        sum(report, "\nserved", used.rpcs, ({ rpcs }) => rpcs.served),
        ...DSM_COLUMNS.map(([key, title], index) =>
            sum(report, `${index === 0 ? "DSM" : ""}\n${title}`, used.dsm, ({ dsm }) => dsm[key]),
        ),
        ...(used.release ? RELEASE_COLUMNS.map((key) => sum(report, `\n${key}`, true, ({ dsm }) => dsm[key])) : []),
        sum(report, "\nmanaged", used.dsm, ({ dsm }) => dsm.managed),
    ];
}

function memoryColumns(report: SystemReport, used: Exercised): Column<Row>[] {
    const faults = VSEG_TYPES.map((type, index): Column<Row> => {
        const parts = (["local", "throughZ", "spurious"] as const).map((kind) =>
            sum(report, "", true, (cluster) => cluster.faults[type][kind]),
        );
        const cell = (row: Row): string => parts.map((part) => part.cell(row)).join("/");
        const title = `${index === 0 ? "faults" : ""}\n${type}`;
        return { title, align: "right", cell: (row) => (used.faults[type] ? cell(row) : NOT_EXERCISED) };
    });
    const frames = VSEG_TYPES.map((type, index) =>
        sum(report, `${index === 0 ? "frames" : ""}\n${type}`, used.frames[type], (cluster) => cluster.frames[type]),
    );
    const spills = sum(report, "\nspills", used.spills, (cluster) => cluster.spills);
    return [name, ...faults, ...frames, sum(report, "\nfree", true, ({ freeFrames }) => freeFrames), spills];
}

const name: Column<Row> = {
    title: "cluster",
    align: "right",
    cell: (row) => (row === "total" ? "total" : String(row.cxy)),
};
