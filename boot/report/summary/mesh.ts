/** The picture of the mesh: a box per cluster while they fit the line, else one short cell per cluster. */

import type { ClusterReport } from "../report.ts";
import { VSEG_TYPES } from "../report.ts";
import { type Look, scaled } from "./table.ts";

export interface MeshPicture {
    readonly columns: number;
    readonly rows: number;
    readonly clusters: readonly ClusterReport[];
}

/** Columns of boxes, of short cells and of single characters that a line of any width has at most. */
const MAX_BOX_COLUMNS = 8;
const MAX_CELL_COLUMNS = 16;
const MAX_DOT_COLUMNS = 64;
const BOX_WIDTH = 11;
/** Characters of a box with its frame and the wire behind it, of a cell, and of what stands before the first of each. */
const BOX_STEP = BOX_WIDTH + 5;
const CELL_STEP = 6;
const [BOX_MARGIN, CELL_MARGIN] = [2, 8];

export function renderMesh(mesh: MeshPicture, { width }: Pick<Look, "width">): string[] {
    const fits = (most: number, step: number, margin: number) =>
        mesh.columns <= Math.min(most, Math.floor((width - margin) / step));
    if (mesh.rows <= MAX_BOX_COLUMNS && fits(MAX_BOX_COLUMNS, BOX_STEP, BOX_MARGIN)) return boxes(mesh);
    return fits(MAX_CELL_COLUMNS, CELL_STEP, CELL_MARGIN) ? cells(mesh) : dots(mesh);
}

/** Frames of the bank that went to vsegs during the run. */
export function framesGiven(cluster: ClusterReport): number {
    return VSEG_TYPES.reduce((sum, type) => sum + cluster.frames[type], 0);
}

function boxes(mesh: MeshPicture): string[] {
    const lines: string[] = [];
    for (let y = 0; y < mesh.rows; y++) {
        const row = rowOf(mesh, y);
        const edge = row.map(() => `+${"-".repeat(BOX_WIDTH)}+`).join("   ");
        if (y > 0) lines.push(row.map(() => "|".padStart(BOX_WIDTH / 2 + 2).padEnd(BOX_WIDTH + 2)).join("   "));
        lines.push(edge);
        const contents = row.map(boxContent);
        for (let line = 0; line < 4; line++) {
            const wire = line === 1 ? "---" : "   ";
            lines.push(contents.map((texts) => `|${(texts[line] ?? "").padEnd(BOX_WIDTH)}|`).join(wire));
        }
        lines.push(edge);
    }
    return [
        ...lines.map((line) => `  ${line.trimEnd()}`),
        "  in each box: cluster, harts, instructions, frames given to vsegs",
    ];
}

function boxContent(cluster: ClusterReport): string[] {
    return [
        ` ${cluster.cxy}`,
        ` ${cluster.harts === 0 ? "no" : cluster.harts} ${cluster.harts === 1 ? "hart" : "harts"}`,
        ` ${scaled(cluster.instructions)} inst`,
        ` ${scaled(framesGiven(cluster))} fr`,
    ];
}

function cells(mesh: MeshPicture): string[] {
    const lines: string[] = [];
    for (let y = 0; y < mesh.rows; y++) {
        const row = rowOf(mesh, y).map((cluster) => scaled(framesGiven(cluster)).padStart(5));
        lines.push(`  ${String(y * mesh.columns).padStart(4)} |${row.join(" ")}`);
    }
    return [...lines, "  one cell per cluster: frames of its bank given to vsegs; at the left the row's first cluster"];
}

/** One digit for each cluster: its share of the fullest bank, in tenths. Wide meshes are cut into stripes. */
function dots(mesh: MeshPicture): string[] {
    const most = Math.max(1, ...mesh.clusters.map(framesGiven));
    const lines: string[] = [];
    for (let first = 0; first < mesh.columns; first += MAX_DOT_COLUMNS) {
        for (let y = 0; y < mesh.rows; y++) {
            const row = rowOf(mesh, y).slice(first, first + MAX_DOT_COLUMNS);
            const digits = row.map((cluster) => String(Math.min(9, Math.floor((10 * framesGiven(cluster)) / most))));
            lines.push(`  ${String(y * mesh.columns + first).padStart(4)} |${digits.join("")}`);
        }
    }
    return [
        ...lines,
        "  one digit per cluster: tenths of the fullest bank's frames given to vsegs; at the left the first cluster",
    ];
}

function rowOf(mesh: MeshPicture, y: number): readonly ClusterReport[] {
    return mesh.clusters.slice(y * mesh.columns, (y + 1) * mesh.columns);
}
