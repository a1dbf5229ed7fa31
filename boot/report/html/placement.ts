/** Where memory went: the frames of each bank by vseg type, on the mesh. Boxes while they are readable, from 8 x 8 on heat. */

import { VSEG_COLOURS } from "../colours.ts";
import { VSEG_TYPES, type VsegType } from "../report.ts";
import { heatCells, heatKey, heatScale } from "./heat.ts";
import { exact, plural, short } from "./numbers.ts";
import type { Plot, Table } from "./plot.ts";
import { amountOf, type ClusterFile, meshOf, type RunFile } from "./run-file.ts";
import { element, fitted, hint, legend, lineFrom, type Picture, rectangle, textAt, widthOf } from "./svg.ts";

const MOST_BOXES = 63;
const BOX = { width: 152, height: 78, gap: 14 } as const;
const MAP_WIDTH = 560;

export function placementPlot(run: RunFile): Plot {
    const boxes = run.clusters.length <= MOST_BOXES;
    const picture = boxes ? boxMap(run) : heatMap(run);
    const how = boxes
        ? "A box is a cluster; the bar in it has the frames of its bank, to one scale."
        : "A square is a cluster; the stronger, the more frames of its bank were given to vsegs (logarithmic).";
    return {
        id: "placement",
        title: "Where memory went",
        text: `Frames of 4 KiB given to vsegs over the run, those freed again included. ${how}`,
        picture,
        table: placementTable(run),
        wide: boxes && meshOf(run).columns > 4,
    };
}

function given({ frames }: ClusterFile): number {
    return VSEG_TYPES.reduce((sum, type) => sum + amountOf(frames[type]), 0);
}

function faultsOf({ faults }: ClusterFile, how: "local" | "throughZ"): number {
    return VSEG_TYPES.reduce((sum, type) => sum + amountOf(faults[type][how]), 0);
}

function details(cluster: ClusterFile): string {
    const types = VSEG_TYPES.filter((type) => amountOf(cluster.frames[type]) > 0);
    const parts = types.map((type) => `${type} ${exact(amountOf(cluster.frames[type]))}`);
    const rpcs = `${exact(amountOf(cluster.rpcs.sent))} RPCs sent, ${exact(amountOf(cluster.rpcs.served))} served`;
    const free = `${exact(amountOf(cluster.frames.free))} free at the end`;
    return `cluster ${cluster.cxy}: ${[plural(given(cluster), "frame"), ...parts, free, rpcs].join(", ")}`;
}

function used(run: RunFile): VsegType[] {
    return VSEG_TYPES.filter((type) => run.clusters.some(({ frames }) => amountOf(frames[type]) > 0));
}

function boxMap(run: RunFile): Picture {
    const { columns, rows } = meshOf(run);
    const most = Math.max(1, ...run.clusters.map(given));
    const [stepX, stepY] = [BOX.width + BOX.gap, BOX.height + BOX.gap];
    const width = Math.max(columns * stepX - BOX.gap + 8, 300);
    const wires = run.clusters.map(({ cxy }) => {
        const [x, y] = [4 + (cxy % columns) * stepX, 4 + Math.floor(cxy / columns) * stepY];
        const right = cxy % columns < columns - 1 && cxy + 1 < run.clusters.length;
        const below = cxy + columns < run.clusters.length;
        return [
            right ? lineFrom(x + BOX.width, y + BOX.height / 2, x + stepX, y + BOX.height / 2, "edge") : "",
            below ? lineFrom(x + BOX.width / 2, y + BOX.height, x + BOX.width / 2, y + stepY, "edge") : "",
        ].join("");
    });
    const boxes = run.clusters.map((cluster) => {
        const [x, y] = [4 + (cluster.cxy % columns) * stepX, 4 + Math.floor(cluster.cxy / columns) * stepY];
        return box(cluster, x, y, most);
    });
    const top = rows * stepY + 4;
    const types = used(run);
    const keys = legend(
        types.map((type) => ({ name: `${type} ${exact(total(run, type))}`, colour: VSEG_COLOURS[type] })),
        4,
        top,
        width - 8,
    );
    return { width, height: top + keys.height, body: wires.join("") + boxes.join("") + keys.body };
}

function total({ clusters }: RunFile, type: VsegType): number {
    return clusters.reduce((sum, { frames }) => sum + amountOf(frames[type]), 0);
}

function box(cluster: ClusterFile, x: number, y: number, most: number): string {
    const room = BOX.width - 16;
    const frames = given(cluster);
    const label = exact(frames);
    const width = Math.max(1, room - 7 * label.length - 4);
    let at = x + 8;
    const bars = VSEG_TYPES.map((type) => {
        const bar = (amountOf(cluster.frames[type]) / most) * width;
        const drawn = bar > 0 ? rectangle(at, y + 24, bar, 14, { fill: VSEG_COLOURS[type] }) : "";
        at += bar;
        return drawn;
    });
    const harts = amountOf(cluster.harts);
    const work = harts === 0 ? "no harts" : `${short(amountOf(cluster.instructions))} instr`;
    const faults = `${exact(faultsOf(cluster, "local") + faultsOf(cluster, "throughZ"))} faults, ${exact(faultsOf(cluster, "throughZ"))} by Z`;
    const rpcs = `RPC ${short(amountOf(cluster.rpcs.sent))} out, ${short(amountOf(cluster.rpcs.served))} in`;
    const inside = [
        hint(details(cluster)),
        rectangle(x, y, BOX.width, BOX.height, { rx: 6, class: "frame" }),
        textAt(x + 8, y + 16, String(cluster.cxy), { class: "strong" }),
        textAt(x + BOX.width - 8, y + 16, work, { class: "soft", anchor: "end" }),
        ...bars,
        textAt(at + 4, y + 35, label),
        textAt(x + 8, y + 54, fitted(faults, room + 8), { class: "soft" }),
        textAt(x + 8, y + 69, fitted(rpcs, room + 8), { class: "soft" }),
    ];
    return element("g", {}, inside.join(""));
}

function heatMap(run: RunFile): Picture {
    const { columns, rows } = meshOf(run);
    const size = Math.max(6, Math.min(44, Math.floor(MAP_WIDTH / columns)));
    const scale = heatScale(run.clusters.map(given));
    const place = (cxy: number) => ({ x: 4 + (cxy % columns) * size, y: 4 + Math.floor(cxy / columns) * size });
    const empty = run.clusters.map(({ cxy }) => {
        const { x, y } = place(cxy);
        return rectangle(x, y, size - 1, size - 1, { class: "empty" });
    });
    const cells = run.clusters.map((cluster) => ({
        ...place(cluster.cxy),
        value: given(cluster),
        text: details(cluster),
    }));
    const numbers = run.clusters.map((cluster) => {
        const { x, y } = place(cluster.cxy);
        if (size < 26) return "";
        return textAt(x + size / 2 - 0.5, y + size / 2 + 4, short(given(cluster)), { anchor: "middle" });
    });
    const top = rows * size + 12;
    const key = heatKey(scale, "frames", 4, top);
    const types = used(run).map((type) => `${type} ${exact(total(run, type))}`);
    const text = textAt(4, top + key.height + 14, types.join(", "), { class: "soft" });
    const width = Math.max(columns * size + 8, key.width, widthOf(types.join(", ")));
    const body = empty.join("") + heatCells(cells, size, scale) + numbers.join("") + key.body + text;
    return { width, height: top + key.height + 22, body };
}

function placementTable(run: RunFile): Table {
    const types = [...VSEG_TYPES, "free"] as const;
    return {
        columns: [
            { name: "cluster" },
            ...types.map((name) => ({ name, unit: "frames" })),
            { name: "local faults", unit: "faults" },
            { name: "faults through Z", unit: "faults" },
            { name: "RPCs sent", unit: "requests" },
            { name: "RPCs served", unit: "requests" },
            { name: "instructions", unit: "instructions" },
        ],
        rows: run.clusters.map((cluster) => [
            cluster.cxy,
            ...types.map((type) => cluster.frames[type]?.value ?? null),
            faultsOf(cluster, "local"),
            faultsOf(cluster, "throughZ"),
            cluster.rpcs.sent?.value ?? null,
            cluster.rpcs.served?.value ?? null,
            amountOf(cluster.instructions),
        ]),
    };
}
