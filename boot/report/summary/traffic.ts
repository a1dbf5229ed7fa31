/** The accesses to banks: per cluster in the shape of numastat, per segment, and how evenly the banks were used. */

import { balanceOf } from "../balance.ts";
import { SEGMENTS, type Segment, type TrafficReport } from "../report.ts";
import { busiest, hiddenClusters, NOT_EXERCISED } from "./clusters.ts";
import { type Column, grouped, type Look, renderTable } from "./table.ts";

const HEADER_EVERY = 32;
const OPERATIONS = ["ifetch", "load", "store", "amo", "walk"] as const;

export function renderTraffic(traffic: readonly TrafficReport[], clusters: number, look: Look): string[] {
    const sums = new Sums(traffic);
    const all = Array.from({ length: clusters }, (_, cxy) => cxy);
    const atBank = (cxy: number) => sums.of("local_node", cxy) + sums.of("other_node", cxy);
    const { shown, hidden } = busiest(all, look.mostClusters, atBank);
    const rows: (number | "total")[] = clusters > 1 ? [...shown, "total"] : shown;
    const options = { indent: 2, repeatHeader: HEADER_EVERY, look };
    const kinds = SEGMENTS.filter((kind) => traffic.some((row) => row.kind === kind));
    return [
        "Accesses per bank (numastat: by its own cluster's harts, by others) and per cluster (its harts: share in its own bank)",
        ...renderTable(clusterColumns(sums), rows, options),
        ...hiddenClusters(hidden, "accesses of their bank"),
        "",
        "Accesses per segment (local: in the bank of the hart's own cluster)",
        ...renderTable(segmentColumns(traffic), kinds, options),
        `  ${balance(traffic, clusters)}`,
    ];
}

/** Accesses per bank, max/mean, beside the local fraction. */
export function balance(traffic: readonly TrafficReport[], clusters: number): string {
    const found = balanceOf(traffic, clusters);
    const imbalance = found === null ? NOT_EXERCISED : found.imbalance.toFixed(2);
    const local = found === null ? NOT_EXERCISED : share(found.local, found.total);
    return `imbalance of the banks (max/mean accesses) ${imbalance}, local fraction ${local}`;
}

type Row = number | "total";

function isLocal({ source, home }: TrafficReport): boolean {
    return source === home;
}

function sumOf(traffic: readonly TrafficReport[], which: (row: TrafficReport) => boolean): number {
    return traffic.reduce((sum, row) => (which(row) ? sum + row.count : sum), 0);
}

/** Sums by cluster, made in one pass, because a large mesh has many rows. */
class Sums {
    readonly #sums = new Map<string, number>();

    constructor(traffic: readonly TrafficReport[]) {
        for (const { source, home, operation, count } of traffic) {
            if (home === null) {
                this.#add("none", source, count);
                continue;
            }
            this.#add(source === home ? "local_node" : "other_node", home, count);
            for (const key of ["all", operation]) {
                this.#add(`to banks ${key}`, source, count);
                if (source === home) this.#add(`to own bank ${key}`, source, count);
            }
        }
    }

    of(what: string, row: Row): number {
        return this.#sums.get(`${what} ${row}`) ?? 0;
    }

    #add(what: string, cluster: number, count: number): void {
        for (const row of [cluster, "total"]) {
            const key = `${what} ${row}`;
            this.#sums.set(key, (this.#sums.get(key) ?? 0) + count);
        }
    }
}

function clusterColumns(sums: Sums): Column<Row>[] {
    const count = (title: string, what: string): Column<Row> => {
        return { title, align: "right", cell: (row) => counted(sums.of(what, row)) };
    };
    const local = (title: string, operation: string): Column<Row> => {
        const cell = (row: Row) =>
            share(sums.of(`to own bank ${operation}`, row), sums.of(`to banks ${operation}`, row));
        return { title, align: "right", cell };
    };
    return [
        { title: "cluster", align: "right", cell: (row) => String(row) },
        count("bank\nlocal_node", "local_node"),
        count("\nother_node", "other_node"),
        count("harts\nto banks", "to banks all"),
        count("\nROM, devices", "none"),
        local("local\nall", "all"),
        ...OPERATIONS.map((operation) => local(`\n${operation}`, operation)),
    ];
}

function segmentColumns(traffic: readonly TrafficReport[]): Column<Segment>[] {
    const sum = (kind: Segment, which: (row: TrafficReport) => boolean) =>
        sumOf(traffic, (row) => row.kind === kind && which(row));
    return [
        { title: "segment", align: "left", cell: (kind) => kind },
        ...OPERATIONS.map((operation): Column<Segment> => {
            const cell = (kind: Segment) => counted(sum(kind, (row) => row.operation === operation));
            return { title: operation, align: "right", cell };
        }),
        {
            title: "local",
            align: "right",
            cell: (kind) =>
                share(
                    sum(kind, isLocal),
                    sum(kind, ({ home }) => home !== null),
                ),
        },
    ];
}

function counted(count: number): string {
    return count === 0 ? NOT_EXERCISED : grouped(count);
}

/** 100% and 0% are shown only for exactly all and exactly none. */
function share(part: number, whole: number): string {
    if (whole === 0) return NOT_EXERCISED;
    const text = ((100 * part) / whole).toFixed(1);
    if (text === "100.0" && part < whole) return ">99.9%";
    if (text === "0.0" && part > 0) return "<0.1%";
    return `${text}%`;
}
