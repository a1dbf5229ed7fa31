/** Who uses which bank: accesses by source cluster and bank, of programs and of the kernel, data apart from fetches. */

import { HEAT } from "../colours.ts";
import { VSEG_TYPES } from "../report.ts";
import { type HeatCell, heatCells, heatKey, heatScale } from "./heat.ts";
import { exact, percent, short } from "./numbers.ts";
import type { Plot, Table } from "./plot.ts";
import type { RunFile, TrafficFile } from "./run-file.ts";
import { hint, type Picture, rectangle, textAt } from "./svg.ts";

const USER: ReadonlySet<string> = new Set(VSEG_TYPES);

/** Whose accesses, and which. */
export interface TrafficPart {
    readonly id: string;
    readonly title: string;
    /** In a sentence, as "fetches of programs". */
    readonly name: string;
    readonly text: string;
    of(row: TrafficFile): boolean;
}

export const TRAFFIC_PARTS: readonly TrafficPart[] = [
    {
        id: "traffic-programs",
        title: "Banks that programs use: data",
        name: "data accesses of programs",
        text: "Loads, stores, atomics and page walks of the pages of vsegs, by cluster of the hart (rows) and bank (columns).",
        of: ({ kind, operation }) => USER.has(kind) && operation !== "ifetch",
    },
    {
        id: "traffic-kernel",
        title: "Banks that the kernel uses: data",
        name: "data accesses of the kernel",
        text: "Accesses of the kernel's own memory: its data, stacks and heap, requests, page tables.",
        of: ({ kind, operation }) => !USER.has(kind) && operation !== "ifetch",
    },
    {
        id: "traffic-programs-fetches",
        title: "Banks that programs use: instructions",
        name: "fetches of programs",
        text: "Fetches of programs' instructions.",
        of: ({ kind, operation }) => USER.has(kind) && operation === "ifetch",
    },
    {
        id: "traffic-kernel-fetches",
        title: "Banks that the kernel uses: instructions",
        name: "fetches of the kernel",
        text: "Fetches of the kernel's instructions.",
        of: ({ kind, operation }) => !USER.has(kind) && operation === "ifetch",
    },
];

/** Accesses by source and bank. */
export interface Matrix {
    /** counts[source][bank]. */
    readonly counts: readonly (readonly number[])[];
    readonly total: number;
    readonly local: number;
    /** Accesses from other clusters, by bank. */
    readonly remote: readonly number[];
}

/** Undefined when there is none, or no accounts were kept. */
export function matrixOf({ traffic, clusters }: RunFile, { of }: TrafficPart): Matrix | undefined {
    const count = clusters.length;
    const counts = Array.from({ length: count }, () => new Array<number>(count).fill(0));
    const remote = new Array<number>(count).fill(0);
    let [total, local] = [0, 0];
    for (const row of traffic ?? []) {
        const { source, home } = row;
        const line = counts[source];
        if (home === null || line === undefined || line[home] === undefined || !of(row)) continue;
        const { value } = row.count;
        line[home] += value;
        total += value;
        if (source === home) local += value;
        else remote[home] = (remote[home] ?? 0) + value;
    }
    return total === 0 ? undefined : { counts, total, local, remote };
}

export function trafficPlots(run: RunFile): Plot[] {
    return TRAFFIC_PARTS.flatMap((part) => {
        const matrix = matrixOf(run, part);
        // All to the own bank is a line of a table, and no picture.
        if (matrix === undefined || matrix.local === matrix.total) return [];
        const share = `${percent(matrix.local / matrix.total)} of ${exact(matrix.total)} went to the own bank (grey).`;
        const text = `${part.text} ${share} The scale is logarithmic; below: from other clusters, by bank.`;
        return [{ id: part.id, title: part.title, text, picture: matrixPicture(matrix), table: matrixTable(matrix) }];
    });
}

const SIDE = 420;
const LEFT = 42;
const TOP = 34;

function matrixPicture(matrix: Matrix): Picture {
    const count = matrix.counts.length;
    const size = Math.max(1.6, Math.min(26, SIDE / count));
    const away = matrix.counts.flatMap((line, source) => line.filter((_, bank) => bank !== source));
    const scale = heatScale(away);
    const cells = matrix.counts.flatMap((line, source) =>
        line.flatMap((value, bank): HeatCell[] => {
            if (value === 0 || bank === source) return [];
            const text = `from cluster ${source} to bank ${bank}: ${exact(value)} accesses`;
            return [{ x: LEFT + bank * size, y: TOP + source * size, value, text }];
        }),
    );
    const bottom = TOP + count * size;
    const bars = remoteBars(matrix, size, bottom + 8);
    const hot = cells.length === 0 ? undefined : heatKey(scale, "accesses", LEFT, bars.height + 12);
    const body = [
        rectangle(LEFT, TOP, count * size, count * size, { class: "frame", "stroke-opacity": 0.3 }),
        axisNumbers(count, size),
        ownCells(matrix, size),
        heatCells(cells, size, scale),
        bars.body,
        hot?.body ?? "",
    ];
    const width = Math.max(LEFT + count * size + 8, LEFT + (hot?.width ?? 0));
    return { width, height: bars.height + (hot === undefined ? 4 : 12 + hot.height), body: body.join("") };
}

function ownCells({ counts }: Matrix, size: number): string {
    const side = size > 4 ? size - 1 : size;
    const cells = counts.map((line, i) => {
        const text = `from cluster ${i} to its own bank: ${exact(line[i] ?? 0)} accesses`;
        return rectangle(LEFT + i * size, TOP + i * size, side, side, { class: "own" }, hint(text));
    });
    return cells.join("");
}

function axisNumbers(count: number, size: number): string {
    const every = Math.max(1, 2 ** Math.ceil(Math.log2(20 / size)));
    const numbers = Array.from({ length: Math.ceil(count / every) }, (_, i) => i * every);
    const texts = numbers.map((i) => {
        const middle = i * size + size / 2;
        return (
            textAt(LEFT - 5, TOP + middle + 4, String(i), { class: "soft", anchor: "end" }) +
            textAt(LEFT + middle, TOP - 5, String(i), { class: "soft", anchor: "middle" })
        );
    });
    const titles =
        textAt(LEFT + (count * size) / 2, 12, "bank", { anchor: "middle" }) +
        textAt(11, TOP + (count * size) / 2, "cluster", { anchor: "middle", rotate: -90 });
    return texts.join("") + titles;
}

/** `height` of the result is where it ends. */
function remoteBars({ remote }: Matrix, size: number, top: number): Picture {
    const most = Math.max(...remote);
    const width = LEFT + remote.length * size;
    const mean = remote.reduce((sum, value) => sum + value, 0) / remote.length;
    const bars = remote.map((value, bank) => {
        const height = (value / most) * 44;
        const side = size > 4 ? size - 1 : size;
        const text = hint(`bank ${bank}: ${exact(value)} accesses from other clusters`);
        return value === 0 ? "" : rectangle(LEFT + bank * size, top + 44 - height, side, height, { fill: HEAT }, text);
    });
    const busiest = remote.indexOf(most);
    const words = `bank ${busiest}: ${short(most)}, ${short(most / mean)} times the mean`;
    return { width, height: top + 62, body: bars.join("") + textAt(LEFT, top + 58, words, { class: "soft" }) };
}

/** Rows of pairs that have accesses. */
function matrixTable({ counts }: Matrix): Table {
    return {
        columns: [{ name: "cluster" }, { name: "bank" }, { name: "count", unit: "accesses" }],
        rows: counts.flatMap((line, source) =>
            line.flatMap((value, bank) => (value === 0 ? [] : [[source, bank, value]])),
        ),
    };
}
