/** The picture of the mesh: a box per cluster while they fit the line, else one short cell per cluster. */

import type { ClusterReport } from "../report.ts";
import { VSEG_TYPES } from "../report.ts";
import { scaled } from "./table.ts";

export interface MeshPicture {
    readonly columns: number;
    readonly rows: number;
    readonly clusters: readonly ClusterReport[];
}

/** Columns of boxes that fit a line of 120 characters. */
const MAX_BOX_COLUMNS = 8;
const BOX_WIDTH = 11;
/** Columns of short cells that fit a line. */
const MAX_CELL_COLUMNS = 16;
/** Columns of single characters that fit a line. */
const MAX_DOT_COLUMNS = 64;

export function renderMesh(mesh: MeshPicture): string[] {
    if (mesh.columns <= MAX_BOX_COLUMNS && mesh.rows <= MAX_BOX_COLUMNS) return boxes(mesh);
    if (mesh.columns <= MAX_CELL_COLUMNS) return cells(mesh);
    return dots(mesh);
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
