/** When things happened, by cluster: page faults, requests served, DSM events, each a picture. Above the rows the sum of all clusters. */

import { scaleLinear } from "d3-scale";
import { area, curveStepAfter, stack } from "d3-shape";
import { seriesColour, VSEG_COLOURS } from "../colours.ts";
import { DSM_METRICS } from "../metrics.ts";
import { VSEG_TYPES } from "../report.ts";
import { exact, short } from "./numbers.ts";
import type { Plot } from "./plot.ts";
import { MOST_BINS, type RunFile, type TimelineFile } from "./run-file.ts";
import {
    coordinate,
    element,
    hint,
    type Key,
    legend,
    lineFrom,
    type Picture,
    rectangle,
    textAt,
    ticks,
} from "./svg.ts";

type Event = TimelineFile["rows"][number]["event"];
type Row = TimelineFile["rows"][number];

const EVENTS: readonly {
    readonly event: Event;
    readonly title: string;
    readonly text: string;
    readonly unit: string;
}[] = [
    { event: "fault", title: "Page faults over time", text: "Resolved page faults, by vseg type.", unit: "faults" },
    {
        event: "rpcServed",
        title: "Requests over time",
        text: "Requests (RPCs) that servers of the cluster took, by level: one of a higher level is never asked for by one of a lower.",
        unit: "requests",
    },
    {
        event: "dsm",
        title: "DSM events over time",
        text: "Events of distributed shared memory, in the cluster whose hart carried them out, mostly that of the page's manager.",
        unit: "events",
    },
];

const WIDTH = 1160;
const LEFT = 44;
const SUM_HEIGHT = 70;

export function timelinePlots({ timeline, clusters, machine }: RunFile): Plot[] {
    if (timeline === null) return [];
    const cycles = machine?.cycles.value ?? 0;
    return EVENTS.flatMap(({ event, title, text, unit }) => {
        const rows = timeline.rows.filter((row) => row.event === event);
        if (rows.length === 0) return [];
        const last = rows.reduce((most, { bins }) => bins.reduce((a, b) => Math.max(a, b), most), 0);
        const bins = Math.max(Math.min(MOST_BINS, Math.ceil(cycles / timeline.binCycles)), last + 1);
        const shown = shownClusters(rows, clusters.length);
        const frame = { bins, binCycles: timeline.binCycles, clusters: shown, unit };
        const which = shown.length < clusters.length ? "cluster in which any did" : "cluster";
        const how = `Above all clusters together, below a row a ${which}; a mark is ${exact(timeline.binCycles)} cycles.`;
        return [
            {
                id: `timeline-${event === "rpcServed" ? "requests" : event === "fault" ? "faults" : "dsm"}`,
                title,
                text: `${text} ${how}`,
                picture: picture(rows, frame),
                wide: true,
                table: {
                    columns: [
                        { name: "cluster" },
                        { name: "what" },
                        { name: "from", unit: "cycles" },
                        { name: "count", unit },
                    ],
                    rows: rows.flatMap(({ cxy, what, bins: at, counts }) =>
                        at.map((bin, i) => [cxy, what, bin * timeline.binCycles, counts[i] ?? 0]),
                    ),
                },
            },
        ];
    });
}

interface Frame {
    readonly bins: number;
    readonly binCycles: number;
    /** Of the rows, from the top. */
    readonly clusters: readonly number[];
    readonly unit: string;
}

/** All clusters, or, when it happened in few of them, these. */
function shownClusters(rows: readonly Row[], count: number): number[] {
    const busy = new Set(rows.map(({ cxy }) => cxy));
    const all = Array.from({ length: count }, (_, cxy) => cxy);
    return 2 * busy.size < count ? all.filter((cxy) => busy.has(cxy)) : all;
}

/** In the order of vseg types and of DSM counts where they are such, else by name. */
function kindsOf(rows: readonly Row[]): Key[] {
    const order: readonly string[] = [...VSEG_TYPES, ...DSM_METRICS.map(({ key }) => key)];
    const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
    const names = [...new Set(rows.map(({ what }) => what))];
    names.sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
    const vsegs: Readonly<Record<string, string>> = VSEG_COLOURS;
    return names.map((name, i) => ({ name, colour: vsegs[name] ?? seriesColour(i) }));
}

function picture(rows: readonly Row[], frame: Frame): Picture {
    const kinds = kindsOf(rows);
    const x = scaleLinear()
        .domain([0, frame.bins])
        .range([LEFT, WIDTH - 8]);
    const height = Math.max(2, Math.min(15, Math.floor(420 / frame.clusters.length)));
    const top = SUM_HEIGHT + 14;
    const bottom = top + frame.clusters.length * height;
    const keys = legend(kinds, LEFT, bottom + 24, WIDTH - LEFT);
    const body = [
        sums(rows, kinds, frame, x),
        clusterRows(frame, top, height),
        marks(rows, kinds, frame, x, top, height),
        cycleAxis(frame, x, bottom),
        keys.body,
    ];
    return { width: WIDTH, height: bottom + 26 + keys.height, body: body.join("") };
}

type Scale = (bin: number) => number;

function sums(rows: readonly Row[], kinds: readonly Key[], { bins, unit }: Frame, x: Scale): string {
    const counts = Array.from({ length: bins }, () => Object.fromEntries(kinds.map(({ name }) => [name, 0])));
    for (const { what, bins: at, counts: all } of rows) {
        for (const [i, bin] of at.entries()) {
            const row = counts[bin];
            if (row !== undefined) row[what] = (row[what] ?? 0) + (all[i] ?? 0);
        }
    }
    const layers = stack<Record<string, number>>().keys(kinds.map(({ name }) => name))(counts);
    const most = Math.max(1, ...(layers.at(-1) ?? []).map(([, high]) => high));
    const y = scaleLinear().domain([0, most]).range([SUM_HEIGHT, 10]);
    const lines = ticks(most, 3, true).map(
        (tick) =>
            lineFrom(LEFT, y(tick), WIDTH - 8, y(tick)) +
            textAt(LEFT - 5, y(tick) + 4, short(tick), { class: "soft", anchor: "end" }),
    );
    const shape = area<readonly [number, number]>()
        .x((_, bin) => x(bin))
        .y0(([low]) => y(low))
        .y1(([, high]) => y(high))
        .curve(curveStepAfter);
    const areas = layers.map((layer, i) => {
        // The last part ends where the next would begin.
        const points = layer.map(([low, high]): [number, number] => [low, high]);
        const last = points.at(-1);
        const d = shape(last === undefined ? points : [...points, last]) ?? "";
        return element("path", { d, fill: kinds[i]?.colour });
    });
    const title = textAt(LEFT, 8, `${unit}, all clusters`, { class: "soft" });
    return lines.join("") + areas.join("") + title;
}

function clusterRows({ clusters }: Frame, top: number, height: number): string {
    const every = Math.max(1, 2 ** Math.ceil(Math.log2(13 / height)));
    const numbers = Array.from({ length: Math.ceil(clusters.length / every) }, (_, i) => i * every);
    const texts = numbers.map((row) => {
        const middle = top + row * height + height / 2;
        return (
            lineFrom(LEFT, middle, WIDTH - 8, middle) +
            textAt(LEFT - 5, middle + 4, String(clusters[row]), { class: "soft", anchor: "end" })
        );
    });
    const middle = top + (clusters.length * height) / 2;
    const title =
        clusters.length * height < 50
            ? ""
            : textAt(11, middle, "cluster", { class: "soft", anchor: "middle", rotate: -90 });
    return texts.join("") + title;
}

/** More marks than this are drawn without hints, a path a kind. */
const MOST_HINTS = 4000;

/** A part of the run in a cluster is as high as its row; the kinds that happened in it share the height. */
function marks(
    rows: readonly Row[],
    kinds: readonly Key[],
    frame: Frame,
    x: Scale,
    top: number,
    height: number,
): string {
    const parts = new Map<number, { kind: number; count: number }[]>();
    let all = 0;
    for (const { cxy, what, bins, counts } of rows) {
        const kind = kinds.findIndex(({ name }) => name === what);
        for (const [i, bin] of bins.entries()) {
            const key = cxy * frame.bins + bin;
            const part = parts.get(key) ?? [];
            parts.set(key, part);
            part.push({ kind, count: counts[i] ?? 0 });
            all++;
        }
    }
    const drawn: string[][] = kinds.map(() => []);
    const width = Math.max(1.6, x(1) - x(0) - 0.6);
    for (const [key, part] of parts) {
        const [cxy, bin] = [Math.floor(key / frame.bins), key % frame.bins];
        const each = (height - (height > 4 ? 1.5 : 0)) / part.length;
        part.sort((a, b) => a.kind - b.kind);
        for (const [i, { kind, count }] of part.entries()) {
            const y = top + frame.clusters.indexOf(cxy) * height + i * each + (height > 4 ? 0.75 : 0);
            if (all > MOST_HINTS) {
                const [w, h] = [coordinate(width), coordinate(each)];
                drawn[kind]?.push(`M${coordinate(x(bin))} ${coordinate(y)}h${w}v${h}h-${w}z`);
                continue;
            }
            const { name = "", colour = "" } = kinds[kind] ?? {};
            const when = `cycles ${exact(bin * frame.binCycles)} to ${exact((bin + 1) * frame.binCycles)}`;
            const text = `cluster ${cxy}, ${when}: ${name} ${exact(count)}`;
            drawn[kind]?.push(rectangle(x(bin), y, width, each, { fill: colour }, hint(text)));
        }
    }
    if (all <= MOST_HINTS) return drawn.flat().join("");
    return drawn.map((d, kind) => element("path", { d: d.join(""), fill: kinds[kind]?.colour })).join("");
}

function cycleAxis({ bins, binCycles }: Frame, x: Scale, y: number): string {
    const marks = ticks(bins * binCycles, 8).map((cycle) => {
        const at = x(cycle / binCycles);
        const anchor = at > WIDTH - 30 ? "end" : cycle === 0 ? "start" : "middle";
        return lineFrom(at, y, at, y + 4, "edge") + textAt(at, y + 15, short(cycle), { class: "soft", anchor });
    });
    return `${lineFrom(LEFT, y, WIDTH - 8, y, "edge")}${marks.join("")}${textAt(LEFT - 5, y + 15, "cycle", { class: "soft", anchor: "end" })}`;
}
