/** A frame of `archipel top`: what the machine did since the frame before, as lines of text. */

import { PAGE_SIZE } from "../../../kernel/abi/memory-map.ts";
import type { ClusterReport, TrafficReport } from "../../report/report.ts";

/** Where a run stands. */
export interface Standing {
    readonly clock: number;
    readonly instructions: number;
    readonly clusters: readonly ClusterReport[];
    readonly traffic: readonly TrafficReport[];
    /** Faults by page so far, as `program page`. */
    readonly pages: ReadonlyMap<string, number>;
}

export interface FrameShape {
    readonly title: string;
    readonly mesh: readonly [number, number];
    readonly hartsPerCluster: number;
    readonly width: number;
    readonly height: number;
    readonly color: boolean;
}

/** The blocks of a cell, from nothing to the most. */
const SHADES = [" ", "░", "▒", "▓", "█"] as const;
const HOT = "\x1b[38;5;166m";
const COOL = "\x1b[38;5;35m";
const BOLD = "\x1b[1m";
const PLAIN = "\x1b[0m";
const MOST_PAGES = 8;
const CELL = 3;
const GAP = 4;

/** At most `height` lines of at most `width` columns. */
export function frameLines(shape: FrameShape, now: Standing, before: Standing | undefined): string[] {
    const { title, mesh, hartsPerCluster, width, height, color } = shape;
    const cycles = now.clock - (before?.clock ?? 0);
    const remote = difference(remoteByBank(now), before && remoteByBank(before));
    const busy = now.clusters.map(({ instructions }, cxy) => {
        const done = instructions - (before?.clusters[cxy]?.instructions ?? 0);
        return cycles === 0 ? 0 : Math.min(1, done / (cycles * hartsPerCluster));
    });
    const counts = (of: (cluster: ClusterReport) => number) => {
        const sum = (standing: Standing) => standing.clusters.reduce((total, cluster) => total + of(cluster), 0);
        return sum(now) - (before === undefined ? 0 : sum(before));
    };
    const rate = (count: number) => (cycles === 0 ? "0" : ((1e6 * count) / cycles).toFixed(1));
    const most = Math.max(0, ...remote);
    const hottest = remote.indexOf(most);
    const lines = [
        color ? `${BOLD}${title}${PLAIN}` : title,
        `cycle ${grouped(now.clock)}   instructions ${grouped(now.instructions)}   +${grouped(cycles)} cycles`,
        `a million cycles: faults ${rate(counts(faultsOf))}   requests ${rate(counts(({ rpcs }) => rpcs.sent))}   DSM faults ${rate(counts(({ dsm }) => dsm.readFaults + dsm.writeFaults))}   spills ${rate(counts(({ spills }) => spills))}`,
        most === 0
            ? "no bank was used from another cluster"
            : `hottest bank: ${hottest}, ${grouped(most)} data accesses from other clusters`,
        "",
        ...grids(
            mesh,
            busy,
            remote.map((count) => (most === 0 ? 0 : count / most)),
            color,
        ),
        "",
        "pages with the most faults:",
        ...hotPages(now.pages),
    ];
    return lines.slice(0, height).map((line) => cut(line, width));
}

/** The harts' use and the banks' heat side by side: a cell a cluster, as on the mesh. */
function grids(
    mesh: readonly [number, number],
    busy: readonly number[],
    heat: readonly number[],
    color: boolean,
): string[] {
    const [columns, rows] = mesh;
    const [name, other] = ["harts busy", "banks, from other clusters"];
    const wide = Math.max(columns * CELL, name.length) + GAP;
    const head = `${name.padEnd(wide)}${other}`;
    const row = (values: readonly number[], y: number, paint: string) => {
        const cells = Array.from({ length: columns }, (_, x) => cell(values[y * columns + x] ?? 0)).join("");
        return color ? `${paint}${cells}${PLAIN}` : cells;
    };
    const space = " ".repeat(wide - columns * CELL);
    return [head, ...Array.from({ length: rows }, (_, y) => `${row(busy, y, COOL)}${space}${row(heat, y, HOT)}`)];
}

function cell(value: number): string {
    const shade =
        SHADES[value <= 0 ? 0 : 1 + Math.min(SHADES.length - 2, Math.floor(value * (SHADES.length - 1)))] ?? " ";
    return `${shade.repeat(CELL - 1)} `;
}

function hotPages(pages: ReadonlyMap<string, number>): string[] {
    const sorted = [...pages].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, MOST_PAGES);
    return sorted.map(([page, count]) => `  ${String(count).padStart(6)}  ${page}`);
}

/** The name of a page in `pages`. */
export function pageName(program: string, vaddr: number): string {
    return `${program} 0x${Math.floor(vaddr / PAGE_SIZE).toString(16)}`;
}

function faultsOf({ faults }: ClusterReport): number {
    return Object.values(faults).reduce((sum, { local, throughZ }) => sum + local + throughZ, 0);
}

function remoteByBank({ clusters, traffic }: Standing): number[] {
    const counts = clusters.map(() => 0);
    for (const { source, home, operation, count } of traffic)
        if (home !== null && home !== source && operation !== "ifetch") counts[home] = (counts[home] ?? 0) + count;
    return counts;
}

function difference(now: readonly number[], before: readonly number[] | undefined): number[] {
    return now.map((value, i) => value - (before?.[i] ?? 0));
}

function grouped(value: number): string {
    return Math.round(value).toLocaleString("en");
}

/** A line with colours is a grid, which is as wide as the mesh. */
function cut(line: string, width: number): string {
    return line.includes("\x1b") || line.length <= width ? line : line.slice(0, Math.max(0, width));
}
