/** The report of a sweep: every metric over every axis, speed-up and efficiency, and two metrics against each other. */

import { type Chart, chartPicture, type Panel, type Series } from "./lines.ts";
import { percent, plural, short } from "./numbers.ts";
import { type Objective, paretoPlot } from "./pareto.ts";
import type { Plot, Report, Section } from "./plot.ts";
import type { Estimate } from "./statistics.ts";
import {
    type Axis,
    axesOf,
    type Cell,
    cellsOf,
    estimateOf,
    isSize,
    type MetricName,
    metricsOf,
    type SweepRow,
} from "./sweep-data.ts";

export interface SweepOptions {
    readonly title: string;
    /** What a citation needs beside the cells. */
    readonly facts: readonly (readonly [string, string])[];
    /** Values of axes, by path, of the cells that others are compared with; none: the first value of the axis that is shown. */
    readonly base: ReadonlyMap<string, string>;
    readonly pareto: readonly [Objective, Objective] | undefined;
}

/** All that the plots look at. */
interface Grid {
    readonly axes: readonly Axis[];
    readonly cells: readonly Cell[];
    readonly metrics: readonly MetricName[];
    readonly base: ReadonlyMap<string, string>;
}

export function sweepReport(rows: readonly SweepRow[], options: SweepOptions): Report {
    const good = rows.filter(({ error }) => error === null);
    const axes = axesOf(rows);
    const grid = { axes, cells: cellsOf(good, axes), metrics: metricsOf(good), base: options.base };
    const failed = rows.length - good.length;
    const sections: Section[] = [
        ...bySize(axes).map((axis) => ({
            title: `Over ${axis.path}`,
            plots: [...speedUpPlots(grid, axis), ...grid.metrics.flatMap((metric) => metricPlot(grid, axis, metric))],
        })),
        { title: "Two metrics", plots: options.pareto === undefined ? [] : paretoPlots(grid, options.pareto) },
        { title: "Cells", plots: [cellTable(grid)] },
    ];
    const commits = [...new Set(rows.flatMap(({ commit }) => (typeof commit === "string" ? [commit] : [])))];
    return {
        title: options.title,
        verdict: {
            text:
                failed === 0
                    ? `${plural(rows.length, "run")}, all well`
                    : `${failed} of ${plural(rows.length, "run")} failed`,
            good: failed === 0,
        },
        facts: [...options.facts, ...(commits.length === 0 ? [] : [["commit", commits.join(", ")] as const])],
        headlines: [],
        findings: [...failures(rows), ...speedUps(grid), ...effects(grid), ...seedSpread(grid)],
        sections: sections.filter(({ plots }) => plots.length > 0),
        documents: [{ rows }],
    };
}

/** Axes of size first, then those of other numbers, then those of names. */
function bySize(axes: readonly Axis[]): Axis[] {
    const rank = (axis: Axis) => (isSize(axis) ? 0 : axis.numeric ? 1 : 2);
    return [...axes].sort((a, b) => rank(a) - rank(b));
}

/** Letters, digits and hyphens. */
function idOf(...words: readonly string[]): string {
    return words
        .join("-over-")
        .replace(/[^A-Za-z0-9]+/g, "-")
        .replace(/^-|-$/g, "")
        .toLowerCase();
}

/** The most series of a panel. */
const MOST_SERIES = 6;

/** Series of the axes that are not `x`; too many of them are parted into panels by the first of these axes. */
function panelsOf(grid: Grid, x: Axis, estimateAt: (cell: Cell) => Estimate | undefined): Panel[] {
    const { parted, rest } = partedAxes(grid, x);
    const panels = new Map<string, Map<string, Map<string, Estimate>>>();
    for (const cell of grid.cells) {
        const estimate = estimateAt(cell);
        if (estimate === undefined) continue;
        const [title, name] = [nameOf(grid, cell, parted), nameOf(grid, cell, rest)];
        const panel = panels.get(title) ?? new Map<string, Map<string, Estimate>>();
        panels.set(title, panel);
        const points = panel.get(name) ?? new Map<string, Estimate>();
        panel.set(name, points);
        points.set(keyIn(grid, cell, x), estimate);
    }
    return [...panels].map(([title, series]) => {
        return { title, series: [...series].map(([name, points]): Series => ({ name, points })) };
    });
}

function partedAxes(grid: Grid, x: Axis): { readonly parted: readonly Axis[]; readonly rest: readonly Axis[] } {
    const others = grid.axes.filter(({ path }) => path !== x.path);
    const parted = seriesNames(grid, others).length > MOST_SERIES && others.length > 1 ? others.slice(0, 1) : [];
    return { parted, rest: others.filter((axis) => !parted.includes(axis)) };
}

/** Each combination of the axes' values that some cell has. */
function seriesNames(grid: Grid, axes: readonly Axis[]): string[] {
    return [...new Set(grid.cells.map((cell) => nameOf(grid, cell, axes)))];
}

function keyIn({ axes }: Grid, { keys }: Cell, axis: Axis): string {
    return keys[axes.findIndex(({ path }) => path === axis.path)] ?? "";
}

/** The values of these axes, as "sort, 4 × 4". */
function nameOf(grid: Grid, cell: Cell, axes: readonly Axis[]): string {
    const texts = axes.map((axis) => axis.values.find(({ key }) => key === keyIn(grid, cell, axis))?.text ?? "");
    return texts.join(", ");
}

/** The last words of a path, which is enough for a reader and has room. */
function axisTitle({ path }: Axis): string {
    return path.replace(/^machine\.|^kernel\./, "");
}

function plotOf(
    grid: Grid,
    axis: Axis,
    id: string,
    title: string,
    text: string,
    content: Omit<Chart, "x" | "names">,
): Plot[] {
    if (content.panels.length === 0) return [];
    const x = { title: axisTitle(axis), values: axis.values, numeric: axis.numeric };
    const chart: Chart = { ...content, x, names: seriesNames(grid, partedAxes(grid, axis).rest) };
    const many = grid.cells.some(({ rows }) => rows.length > 1);
    const bars = many
        ? " A dot is the median over seeds, its bar the 95% interval of a bootstrap (the range of two seeds)."
        : "";
    const others = grid.axes.filter(({ path }) => path !== axis.path);
    const unit = chart.y.unit;
    return [
        {
            id,
            title,
            text: `${text}${bars}`.trim(),
            picture: chartPicture(chart),
            wide: chart.panels.length > 1,
            table: {
                columns: [
                    { name: others.map(axisTitle).join(", ") || "series" },
                    { name: axisTitle(axis) },
                    ...["median", "low", "high"].map((name) => ({ name, unit })),
                    { name: "n" },
                ],
                rows: chart.panels.flatMap((panel) =>
                    panel.series.flatMap((series) =>
                        axis.values.flatMap(({ key, text: at }) => {
                            const point = series.points.get(key);
                            if (point === undefined) return [];
                            const name = [panel.title, series.name].filter((word) => word !== "").join(", ");
                            return [[name, at, point.median, point.low, point.high, point.n]];
                        }),
                    ),
                ),
            },
        },
    ];
}

function metricPlot(grid: Grid, axis: Axis, metric: MetricName): Plot[] {
    const panels = panelsOf(grid, axis, (cell) => estimateOf(cell, metric.name));
    const chart = { panels, y: { title: metric.name, unit: metric.unit } };
    return plotOf(grid, axis, idOf(metric.name, axis.path), `${metric.name} over ${axisTitle(axis)}`, "", chart);
}

const TIME = "cycles";

/** Metrics that are times: the whole run's, if the sweep has it. */
function timesOf({ metrics }: Grid): MetricName[] {
    const times = metrics.filter(({ unit }) => unit === TIME);
    return times
        .filter(({ name }) => name === TIME)
        .concat(times.filter(({ name }) => name !== TIME))
        .slice(0, 1);
}

/** The cell that has the base's values, and the given cell's of all other axes. */
function baseOf(grid: Grid, cell: Cell, axis: Axis): Cell | undefined {
    const wanted = grid.axes.map((each, i) => {
        const given = grid.base.get(each.path);
        if (given !== undefined) return each.values.find(({ text, key }) => text === given || key === given)?.key;
        if (grid.base.size === 0 && each.path === axis.path) return firstKey(grid, cell, axis);
        return cell.keys[i];
    });
    return grid.cells.find(({ keys }) => keys.every((key, i) => key === wanted[i]));
}

/** The first value of the axis that has a cell beside this one. */
function firstKey(grid: Grid, cell: Cell, axis: Axis): string | undefined {
    const place = grid.axes.findIndex(({ path }) => path === axis.path);
    const beside = grid.cells.filter(({ keys }) => keys.every((key, i) => i === place || key === cell.keys[i]));
    return axis.values.find(({ key }) => beside.some(({ keys }) => keys[place] === key))?.key;
}

/** How many times as fast as its base the cell is. The interval is that of the quotient of the two, at its widest. */
function speedUpOf(grid: Grid, cell: Cell, axis: Axis, metric: string): Estimate | undefined {
    const base = baseOf(grid, cell, axis);
    const [own, other] = [estimateOf(cell, metric), base === undefined ? undefined : estimateOf(base, metric)];
    if (own === undefined || other === undefined || own.low <= 0) return undefined;
    if (base === cell) return { median: 1, low: 1, high: 1, n: own.n };
    return { median: other.median / own.median, low: other.low / own.high, high: other.high / own.low, n: own.n };
}

/** Over an axis of size, or any axis when a base is given. */
function speedUpPlots(grid: Grid, axis: Axis): Plot[] {
    if (!isSize(axis) && grid.base.size === 0) return [];
    return timesOf(grid).flatMap(({ name }) => {
        const against = grid.base.size === 0 ? `the smallest ${axisTitle(axis)}` : baseText(grid);
        const text = `How many times as fast as ${against}, by ${name}.`;
        const sized = isSize(axis) && grid.base.size === 0;
        const first = axis.values[0]?.number ?? 1;
        const factor = (number: number | null) => (number ?? first) / first;
        const panels = panelsOf(grid, axis, (cell) => speedUpOf(grid, cell, axis, name));
        const chart = { panels, y: { title: "speed-up", unit: "times", linear: true } };
        const ideal = sized ? { ideal: ({ number }: { readonly number: number | null }) => factor(number) } : {};
        const plots = plotOf(grid, axis, idOf("speed-up", axis.path), `Speed-up over ${axisTitle(axis)}`, text, {
            ...chart,
            ...ideal,
        });
        if (!sized) return plots;
        const efficiency = panelsOf(grid, axis, (cell) => efficiencyOf(grid, cell, axis, name));
        const words = "Speed-up over the growth of the machine: 1 is all of it.";
        const shares = { panels: efficiency, y: { title: "efficiency", unit: "", linear: true } };
        return [
            ...plots,
            ...plotOf(grid, axis, idOf("efficiency", axis.path), `Efficiency over ${axisTitle(axis)}`, words, shares),
        ];
    });
}

function efficiencyOf(grid: Grid, cell: Cell, axis: Axis, metric: string): Estimate | undefined {
    const speed = speedUpOf(grid, cell, axis, metric);
    const numberOf = (key: string | undefined) => axis.values.find((value) => value.key === key)?.number ?? 0;
    const growth = numberOf(keyIn(grid, cell, axis)) / numberOf(firstKey(grid, cell, axis));
    if (speed === undefined || !Number.isFinite(growth)) return undefined;
    const { median, low, high, n } = speed;
    return { median: median / growth, low: low / growth, high: high / growth, n };
}

function baseText({ base }: Grid): string {
    return [...base].map(([path, value]) => `${path} ${value}`).join(", ");
}

function paretoPlots(grid: Grid, [x, y]: readonly [Objective, Objective]): Plot[] {
    const candidates = grid.cells.flatMap((cell) => {
        const [a, b] = [estimateOf(cell, x.name), estimateOf(cell, y.name)];
        if (a === undefined || b === undefined) return [];
        return [{ name: nameOf(grid, cell, grid.axes), x: a.median, y: b.median }];
    });
    return candidates.length === 0 ? [] : [paretoPlot(candidates, x, y)];
}

function cellTable(grid: Grid): Plot {
    const { axes, cells, metrics } = grid;
    return {
        id: "cells",
        title: "All cells",
        text: "A row a cell: medians over its seeds.",
        wide: true,
        table: {
            columns: [...axes.map((axis) => ({ name: axisTitle(axis) })), { name: "n" }, ...metrics],
            rows: cells.map((cell) => [
                ...axes.map((axis) => nameOf(grid, cell, [axis])),
                cell.rows.length,
                ...metrics.map(({ name }) => estimateOf(cell, name)?.median ?? null),
            ]),
        },
    };
}

function failures(rows: readonly SweepRow[]): string[] {
    const failed = rows.filter(({ error }) => error !== null);
    const [first] = failed;
    if (first === undefined) return [];
    const reasons = new Set(failed.map(({ error }) => error)).size;
    const more = reasons > 1 ? `, and ${plural(reasons - 1, "other reason")}` : "";
    return [`${failed.length} of ${plural(rows.length, "run")} failed: ${first.error}${more}.`];
}

/** For each series of an axis of size, where it is fastest. */
function speedUps(grid: Grid): string[] {
    if (grid.base.size > 0) return [];
    return grid.axes.filter(isSize).flatMap((axis) =>
        timesOf(grid).flatMap(({ name }) => {
            const series = panelsOf(grid, axis, (cell) => speedUpOf(grid, cell, axis, name)).flatMap((panel) =>
                panel.series.map((each) => ({
                    ...each,
                    name: [panel.title, each.name].filter((word) => word !== "").join(", "),
                })),
            );
            if (series.length > 8) return [];
            return series.flatMap((each) => bestOf(each, axis));
        }),
    );
}

function bestOf({ name, points }: Series, axis: Axis): string[] {
    const found = axis.values.flatMap(({ key, text }) => {
        const point = points.get(key);
        return point === undefined ? [] : [{ text, speed: point.median }];
    });
    const [first, last] = [found[0], found.at(-1)];
    const best = [...found].sort((a, b) => b.speed - a.speed)[0];
    if (first === undefined || last === undefined || best === undefined || found.length < 2) return [];
    const of = name === "" ? "The program is" : `“${name}” is`;
    if (best === first)
        return [
            `${of} not faster at a larger ${axisTitle(axis)} than ${first.text}: ${short(last.speed)} times as fast at ${last.text}.`,
        ];
    const then = best === last ? "" : `, ${short(last.speed)} times at ${last.text}`;
    return [
        `${of} fastest at ${axisTitle(axis)} ${best.text}: ${short(best.speed)} times as fast as at ${first.text}${then}.`,
    ];
}

/** From this ratio on, two values are told as different. */
const DIFFERENT = 1.02;

/** For each axis that is no size, the series in which it matters most, or that no difference shows. Intervals that overlap show none. */
function effects(grid: Grid): string[] {
    return grid.axes
        .filter((axis) => !isSize(axis))
        .flatMap((axis) => timesOf(grid).map((metric) => effectOf(grid, axis, metric)));
}

function effectOf(grid: Grid, axis: Axis, { name }: MetricName): string {
    const series = panelsOf(grid, axis, (cell) => estimateOf(cell, name)).flatMap((panel) =>
        panel.series.map((each) => ({
            ...each,
            name: [panel.title, each.name].filter((word) => word !== "").join(", "),
        })),
    );
    const ratios = series.flatMap(({ name: of, points }) => {
        const sorted = [...points].sort(([, a], [, b]) => a.median - b.median);
        const [low, high] = [sorted[0], sorted.at(-1)];
        if (low === undefined || high === undefined || high[1].low <= low[1].high) return [];
        return [{ of, low: low[0], high: high[0], ratio: high[1].median / low[1].median }];
    });
    const [most] = ratios.sort((a, b) => b.ratio - a.ratio);
    if (most === undefined || !(most.ratio >= DIFFERENT)) return `Over ${axis.path} no difference in ${name} shows.`;
    const text = (key: string) => axis.values.find((value) => value.key === key)?.text ?? "";
    const where = most.of === "" ? "" : ` (with ${most.of})`;
    return `${axis.path} makes “${name}” up to ${short(most.ratio)} times as large: at ${text(most.high)}, compared with ${text(most.low)}${where}.`;
}

const WIDE = 0.05;

function seedSpread({ cells, metrics }: Grid): string[] {
    return metrics.flatMap(({ name }) => {
        const spreads = cells.flatMap((cell) => {
            const found = estimateOf(cell, name);
            return found === undefined || found.n < 2 || found.median === 0
                ? []
                : [(found.high - found.low) / Math.abs(found.median)];
        });
        const most = Math.max(0, ...spreads);
        return most < WIDE ? [] : [`Seeds matter: the interval of “${name}” is up to ${percent(most)} of its median.`];
    });
}
