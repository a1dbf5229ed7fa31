/** Heat: counts as the strength of one colour, which grows with their root. The matrix of clusters and banks, banks over time, links of the mesh. */

import { HEAT } from "../../boot/report/colours.ts";
import type { BankUse } from "../questions.ts";
import { themed } from "./colours.ts";
import type { TilePlace } from "./stage.ts";

const FAINTEST = 0.1;
const AXIS = 26;
const FONT = "11px system-ui, sans-serif";

export interface Cycles {
    readonly from: number;
    readonly to: number;
}

/** From 0 to 1; 0 for nothing only. */
function strength(value: number, most: number): number {
    return value <= 0 || most <= 0 ? 0 : FAINTEST + (1 - FAINTEST) * Math.sqrt(value / most);
}

function largest(values: Iterable<number>): number {
    let most = 0;
    for (const value of values) most = Math.max(most, value);
    return most;
}

/** A canvas of so many CSS pixels, ready to draw on. */
export function prepare(
    canvas: HTMLCanvasElement,
    width: number,
    height: number,
): CanvasRenderingContext2D | undefined {
    const ratio = devicePixelRatio;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d");
    if (context === null || width <= 0 || height <= 0) return undefined;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = FONT;
    return context;
}

/** Rows: clusters of the harts; columns: banks. A cluster's accesses to its own bank are grey. */
export function drawMatrix(canvas: HTMLCanvasElement, matrix: Float64Array, clusters: number, width: number): void {
    const cell = Math.max(1, Math.min(24, Math.floor((width - AXIS) / clusters)));
    const context = prepare(canvas, AXIS + cell * clusters + 4, AXIS + cell * clusters + 4);
    if (context === undefined) return;
    const away = largest(matrix.filter((_, at) => Math.floor(at / clusters) !== at % clusters));
    const own = largest(Array.from({ length: clusters }, (_, cxy) => matrix[cxy * (clusters + 1)] ?? 0));
    const side = cell > 3 ? cell - 1 : cell;
    for (let source = 0; source < clusters; source++) {
        for (let bank = 0; bank < clusters; bank++) {
            const value = matrix[source * clusters + bank] ?? 0;
            context.fillStyle = themed("free");
            context.globalAlpha = 1;
            context.fillRect(AXIS + bank * cell, AXIS + source * cell, side, side);
            context.fillStyle = source === bank ? themed("soft") : HEAT;
            context.globalAlpha = strength(value, source === bank ? own : away);
            context.fillRect(AXIS + bank * cell, AXIS + source * cell, side, side);
        }
    }
    context.globalAlpha = 1;
    context.fillStyle = themed("soft");
    const every = Math.max(1, 2 ** Math.ceil(Math.log2(18 / cell)));
    for (let i = 0; i < clusters; i += every) {
        context.fillText(String(i), AXIS + i * cell, AXIS - 4);
        context.fillText(String(i), 2, AXIS + i * cell + Math.min(cell, 11));
    }
}

/** A row a bank, time to the right. Returns the accesses of the darkest cell and its cycles, which the scale means. */
export function drawBanks(
    context: CanvasRenderingContext2D,
    { clocks, remote }: BankUse,
    clusters: number,
    { from, to }: Cycles,
    box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
    most = busiestRate({ clocks, remote }, clusters),
): void {
    const row = box.height / clusters;
    const x = (clock: number) => box.x + (Math.max(0, Math.min(clock, to) - from) / (to - from)) * box.width;
    context.fillStyle = themed("free");
    context.fillRect(box.x, box.y, box.width, box.height);
    context.fillStyle = HEAT;
    for (let i = 0; i + 1 < clocks.length; i++) {
        const [begin, end] = [clocks[i] ?? 0, clocks[i + 1] ?? 0];
        for (let bank = 0; bank < clusters; bank++) {
            const rate = (remote[i * clusters + bank] ?? 0) / (end - begin);
            if (rate === 0) continue;
            context.globalAlpha = strength(rate, most);
            context.fillRect(
                x(begin),
                box.y + bank * row,
                Math.max(1, x(end) - x(begin)),
                Math.max(1, row - (row > 4 ? 1 : 0)),
            );
        }
    }
    context.globalAlpha = 1;
}

/** The most accesses a cycle that a bank had from other clusters between two samples. */
export function busiestRate({ clocks, remote }: Pick<BankUse, "clocks" | "remote">, clusters: number): number {
    return largest(
        remote.map((count, at) => {
            const i = Math.floor(at / clusters);
            return count / ((clocks[i + 1] ?? 0) - (clocks[i] ?? 0));
        }),
    );
}

/** A step of the mesh: from a cluster to its neighbour. */
export interface Link {
    readonly from: number;
    readonly to: number;
    readonly count: number;
}

/** How many accesses cross each link on their way to the bank: first along the row, then along the column (timing.md 2). */
export function linkLoads(matrix: Float64Array, [width, height]: readonly [number, number]): Link[] {
    const clusters = width * height;
    const loads = new Map<number, number>();
    for (const [at, count] of matrix.entries()) {
        const [source, bank] = [Math.floor(at / clusters), at % clusters];
        if (count === 0 || source === bank) continue;
        for (let here = source; here !== bank; ) {
            const dx = Math.sign((bank % width) - (here % width));
            const next =
                dx === 0 ? here + width * Math.sign(Math.floor(bank / width) - Math.floor(here / width)) : here + dx;
            const key = here * clusters + next;
            loads.set(key, (loads.get(key) ?? 0) + count);
            here = next;
        }
    }
    return [...loads].map(([key, count]) => ({ from: Math.floor(key / clusters), to: key % clusters, count }));
}

/** Over the mesh: each bank's accesses from other clusters as the heat of its tile, and what crosses each link as the heat of a bar. */
export function drawOnMesh(
    context: CanvasRenderingContext2D,
    place: TilePlace,
    { matrix }: BankUse,
    mesh: readonly [number, number],
): void {
    const clusters = mesh[0] * mesh[1];
    const banks = Array.from({ length: clusters }, (_, bank) => remoteOf(matrix, clusters, bank));
    const most = largest(banks);
    context.fillStyle = HEAT;
    for (const [bank, count] of banks.entries()) {
        const { x, y, size } = place(bank);
        context.globalAlpha = 0.75 * strength(count, most);
        context.fillRect(x, y, size, size);
    }
    const links = linkLoads(matrix, mesh);
    const busiest = largest(links.map(({ count }) => count));
    context.lineCap = "butt";
    for (const { from, to, count } of links) {
        const [a, b] = [place(from), place(to)];
        const [dx, dy] = [Math.sign(b.x - a.x), Math.sign(b.y - a.y)];
        const thick = Math.max(2, a.size * 0.07);
        // Of two links between neighbours the one east is above, the one south to the left.
        const [sx, sy] = [-dy * thick * 0.6, -dx * thick * 0.6];
        const long = a.size * 0.3;
        const [mx, my] = [(a.x + b.x + a.size) / 2 + sx, (a.y + b.y + a.size) / 2 + sy];
        for (const [colour, alpha] of [
            [themed("card"), 0.85],
            [HEAT, strength(count, busiest)],
        ] as const) {
            context.strokeStyle = colour;
            context.globalAlpha = alpha;
            context.lineWidth = thick;
            context.beginPath();
            context.moveTo(mx - dx * long, my - dy * long);
            context.lineTo(mx + dx * long, my + dy * long);
            context.stroke();
        }
    }
    context.globalAlpha = 1;
}

/** Accesses of a bank from other clusters. */
export function remoteOf(matrix: Float64Array, clusters: number, bank: number): number {
    let sum = 0;
    for (let source = 0; source < clusters; source++) if (source !== bank) sum += matrix[source * clusters + bank] ?? 0;
    return sum;
}
