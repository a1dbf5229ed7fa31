/** Lines of a metric over an axis, with error bars; small multiples, a panel each, where there are too many series for one. */

import { scaleLinear, scaleLog, scalePoint } from "d3-scale";
import { line } from "d3-shape";
import { seriesColour } from "../colours.ts";
import { exact, short } from "./numbers.ts";
import type { Estimate } from "./statistics.ts";
import { coordinate, element, fitted, hint, legend, lineFrom, type Picture, textAt, widthOf } from "./svg.ts";
import type { AxisValue } from "./sweep-data.ts";
import { type ValueScale, valueScale } from "./value-scale.ts";

export interface Series {
    readonly name: string;
    /** By the axis value's key. */
    readonly points: ReadonlyMap<string, Estimate>;
}

export interface Panel {
    /** "" for the only one. */
    readonly title: string;
    readonly series: readonly Series[];
}

export interface Chart {
    readonly panels: readonly Panel[];
    readonly x: { readonly title: string; readonly values: readonly AxisValue[]; readonly numeric: boolean };
    /** `linear` forbids a logarithmic scale. */
    readonly y: { readonly title: string; readonly unit: string; readonly linear?: boolean };
    /** All names of series, in the order of their colours; those that are not there are left out of the legend. */
    readonly names: readonly string[];
    /** A value that is drawn at each x, such as an ideal speed-up. */
    readonly ideal?: (value: AxisValue) => number;
}

const [LEFT, TOP, BOTTOM, RIGHT] = [52, 24, 40, 14];
const ONE = { width: 470, height: 270 };
const SMALL = { width: 280, height: 190 };
const ACROSS = 4;
/** From this ratio of the largest to the smallest on, an axis is logarithmic. */
const FAR = 8;
/** Values that are nearer than this, in pixels, are one beside the other. */
const CLOSE = 14;
/** Series over names stand beside each other. */
const BESIDE = 5;

export function chartPicture(chart: Chart): Picture {
    const { panels } = chart;
    const size = panels.length === 1 ? ONE : SMALL;
    const across = Math.min(ACROSS, panels.length);
    const shown = new Set(panels.flatMap(({ series }) => series.map(({ name }) => name)));
    const colours = new Map(chart.names.map((name, i) => [name, i]));
    const drawn = panels.map((panel, i) => {
        const [x, y] = [(i % across) * size.width, Math.floor(i / across) * size.height];
        const body = panelBody(panel, chart, size, colours);
        return element("g", { transform: `translate(${coordinate(x)} ${coordinate(y)})` }, body);
    });
    const bottom = Math.ceil(panels.length / across) * size.height;
    const width = across * size.width;
    const keys = chart.names
        .filter((name) => name !== "" && shown.has(name))
        .map((name) => ({ name, colour: seriesColour(colours.get(name) ?? 0) }));
    const keyed = legend(keys, LEFT - 20, bottom + 2, width - LEFT);
    return { width, height: bottom + 4 + keyed.height, body: drawn.join("") + keyed.body };
}

type Size = typeof ONE;
type Place = (value: AxisValue) => number;

function panelBody({ title, series }: Panel, chart: Chart, size: Size, colours: ReadonlyMap<string, number>): string {
    const used = chart.x.values.filter(({ key }) => series.some(({ points }) => points.has(key)));
    const x = xScale(used, chart.x.numeric, size);
    const y = yScale(series, chart, size);
    const lines = series.map((each) => seriesBody(each, used, x, y.place, chart, colours.get(each.name) ?? 0));
    const named = title === "" ? "" : textAt(LEFT, 12, fitted(title, size.width - LEFT), { class: "strong" });
    const unit = y.log ? `${chart.y.unit} (log)` : chart.y.unit;
    const words = textAt(size.width - RIGHT, title === "" ? 12 : 13, unit, { class: "soft", anchor: "end" });
    const ideal = chart.ideal === undefined ? "" : idealBody(used, x, y, chart.ideal);
    return [yAxis(y, size), xAxis(used, x, chart.x.title, size), ideal, named, words, ...lines].join("");
}

/** By number, unless two values would stand too close: then, as for names, one beside the other. */
function xScale(values: readonly AxisValue[], numeric: boolean, { width }: Size): Place {
    const range = [LEFT + 12, width - RIGHT - 12] as const;
    const numbers = values.map(({ number }) => number ?? 0);
    const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
    const scale = (least > 0 && most / least >= FAR ? scaleLog() : scaleLinear()).domain([least, most]).range(range);
    const places = numbers.map((number) => scale(number));
    const crowded = places.some((place, i) => i > 0 && place - (places[i - 1] ?? place) < CLOSE);
    if (numeric && least < most && !crowded) return ({ number }) => scale(number ?? least);
    const points = scalePoint(
        values.map(({ key }) => key),
        range,
    ).padding(values.length < 4 ? 0.5 : 0.1);
    return ({ key }) => points(key) ?? range[0];
}

/** An ideal is shown as far as the values reach, and a bit more. */
function yScale(series: readonly Series[], { ideal, y }: Chart, { height }: Size): ValueScale {
    const estimates = series.flatMap(({ points }) => [...points.values()]);
    const values = estimates.flatMap(({ low, high }) => [low, high]);
    const most = values.reduce((a, b) => Math.max(a, b), 0);
    return valueScale(ideal === undefined ? values : [...values, 1.15 * most], [height - BOTTOM, TOP], y.linear);
}

function yAxis({ marks, place }: ValueScale, { width }: Size): string {
    return marks
        .map(
            (mark) =>
                lineFrom(LEFT, place(mark), width - RIGHT, place(mark)) +
                textAt(LEFT - 5, place(mark) + 4, short(mark), { class: "soft", anchor: "end" }),
        )
        .join("");
}

/** As many of the values as have room, the first and the last among them. */
function xAxis(values: readonly AxisValue[], x: Place, title: string, { width, height }: Size): string {
    const y = height - BOTTOM;
    let until = Number.NEGATIVE_INFINITY;
    const marks = values.map((value) => {
        const text = fitted(value.text, values.length < 4 ? 110 : 84);
        const half = widthOf(text) / 2;
        const at = x(value);
        const tick = lineFrom(at, y, at, y + 4, "edge");
        if (at - half < until) return tick;
        until = at + half + 4;
        const anchor = at + half > width ? ("end" as const) : ("middle" as const);
        return tick + textAt(anchor === "end" ? width - 2 : at, y + 15, text, { class: "soft", anchor });
    });
    const middle = (LEFT + width - RIGHT) / 2;
    const words = textAt(middle, y + 30, fitted(title, width - LEFT), { class: "soft", anchor: "middle" });
    return lineFrom(LEFT, y, width - RIGHT, y, "edge") + marks.join("") + words;
}

function idealBody(values: readonly AxisValue[], x: Place, y: ValueScale, ideal: (value: AxisValue) => number): string {
    const points = values.map((value): [number, number] => [x(value), y.place(ideal(value))]);
    const first = points.findIndex(([, at], i) => i > 0 && points[i - 1]?.[1] === at && at <= TOP + 1);
    const shown = first < 0 ? points : points.slice(0, first);
    return element("path", { d: line()(shown) ?? "", class: "edge", "stroke-dasharray": "3 3" }, hint("ideal"));
}

/** Series beyond the number of colours are dashed. */
function seriesBody(
    { name, points }: Series,
    values: readonly AxisValue[],
    x: Place,
    y: (value: number) => number,
    { x: axis, y: metric, names }: Chart,
    index: number,
): string {
    const colour = seriesColour(index);
    const dash = index >= 8 ? "5 3" : undefined;
    const aside = axis.numeric ? 0 : BESIDE * (index - (names.length - 1) / 2);
    const shown = values.flatMap((value) => {
        const point = points.get(value.key);
        return point === undefined
            ? []
            : [{ value, point, at: [x(value) + aside, y(point.median)] as [number, number] }];
    });
    const path = axis.numeric
        ? element("path", {
              d: line()(shown.map(({ at }) => at)) ?? "",
              fill: "none",
              stroke: colour,
              "stroke-width": 1.8,
              "stroke-dasharray": dash,
          })
        : "";
    const dots = shown.map(({ value, point, at: [cx, cy] }) => {
        const { median, low, high, n } = point;
        const interval = n < 2 ? "" : `, ${exact(low)} to ${exact(high)} (${n} seeds)`;
        const of = name === "" ? "" : `${name}, `;
        const text = hint(
            `${of}${value.text}: ${exact(median)}${metric.unit === "" ? "" : ` ${metric.unit}`}${interval}`,
        );
        const [top, bottom] = [y(high), y(low)];
        const bar = `M${coordinate(cx)} ${coordinate(top)}V${coordinate(bottom)}M${coordinate(cx - 3)} ${coordinate(top)}h6M${coordinate(cx - 3)} ${coordinate(bottom)}h6`;
        const error = bottom - top < 1 ? "" : element("path", { d: bar, stroke: colour, fill: "none" });
        return error + element("circle", { cx, cy, r: 3.2, fill: colour }, text);
    });
    return path + dots.join("");
}
