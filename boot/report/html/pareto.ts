/** Two metrics against each other, and the cells that no other beats in both. */

import { curveStepAfter, curveStepBefore, line } from "d3-shape";
import { HEAT, SERIES_COLOURS } from "../colours.ts";
import { exact, short } from "./numbers.ts";
import { columnTitle, type Plot } from "./plot.ts";
import { element, fitted, hint, lineFrom, type Picture, textAt } from "./svg.ts";
import type { MetricName } from "./sweep-data.ts";
import { valueScale } from "./value-scale.ts";

export interface Objective extends MetricName {
    /** True when more is better. */
    readonly more: boolean;
}

export interface Candidate {
    readonly name: string;
    readonly x: number;
    readonly y: number;
}

/** Candidates that none other is at least as good as in both and better in one, by x. */
export function paretoFront(candidates: readonly Candidate[], x: Objective, y: Objective): Candidate[] {
    const better = (a: number, b: number, { more }: Objective) => (more ? a > b : a < b);
    const beats = (a: Candidate, b: Candidate) =>
        !better(b.x, a.x, x) && !better(b.y, a.y, y) && (better(a.x, b.x, x) || better(a.y, b.y, y));
    const front = candidates.filter((each) => !candidates.some((other) => beats(other, each)));
    return front.sort((a, b) => a.x - b.x || a.y - b.y);
}

export function paretoPlot(candidates: readonly Candidate[], x: Objective, y: Objective): Plot {
    const front = paretoFront(candidates, x, y);
    const way = ({ name, more }: Objective) => `${more ? "more" : "less"} of “${name}”`;
    return {
        id: "pareto",
        title: `${y.name} against ${x.name}`,
        text: `A dot is a cell (median over seeds). No cell beats those on the line in both: ${way(x)} and ${way(y)} are better.`,
        picture: picture(candidates, front, x, y),
        wide: true,
        table: {
            columns: [{ name: "cell" }, x, y, { name: "on the front" }],
            rows: candidates.map((each) => [each.name, each.x, each.y, front.includes(each) ? "yes" : "no"]),
        },
    };
}

const [WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM] = [720, 400, 60, 22, 150, 44];
function picture(candidates: readonly Candidate[], front: readonly Candidate[], x: Objective, y: Objective): Picture {
    const xs = valueScale(
        candidates.map((each) => each.x),
        [LEFT, WIDTH - RIGHT],
    );
    const ys = valueScale(
        candidates.map((each) => each.y),
        [HEIGHT - BOTTOM, TOP],
    );
    const grid = [
        ...xs.marks.map((tick) => {
            const words = textAt(xs.place(tick), HEIGHT - BOTTOM + 15, short(tick), {
                class: "soft",
                anchor: "middle",
            });
            return lineFrom(xs.place(tick), TOP, xs.place(tick), HEIGHT - BOTTOM) + words;
        }),
        ...ys.marks.map((tick) => {
            const words = textAt(LEFT - 5, ys.place(tick) + 4, short(tick), { class: "soft", anchor: "end" });
            return lineFrom(LEFT, ys.place(tick), WIDTH - RIGHT, ys.place(tick)) + words;
        }),
    ];
    const shape = line<Candidate>()
        .x((each) => xs.place(each.x))
        .y((each) => ys.place(each.y))
        .curve(x.more ? curveStepBefore : curveStepAfter);
    const path = element("path", { d: shape(front) ?? "", fill: "none", stroke: HEAT, "stroke-width": 1.6 });
    const dots = candidates.map((each) => {
        const text = hint(`${each.name}: ${exact(each.x)} ${x.unit}, ${exact(each.y)} ${y.unit}`);
        const best = front.includes(each);
        return element(
            "circle",
            { cx: xs.place(each.x), cy: ys.place(each.y), r: best ? 4.5 : 3, fill: best ? HEAT : SERIES_COLOURS[0] },
            text,
        );
    });
    // Names that would stand on one another are left to the hints.
    let last = Number.NEGATIVE_INFINITY;
    const names = [...front]
        .sort((a, b) => ys.place(a.y) - ys.place(b.y))
        .map((each) => {
            const at = ys.place(each.y);
            if (at - last < 12) return "";
            last = at;
            return textAt(xs.place(each.x) + 8, at - 5, fitted(each.name, WIDTH - xs.place(each.x) - 12));
        });
    const titles =
        textAt((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, columnTitle(x), { class: "soft", anchor: "middle" }) +
        textAt(LEFT, 12, columnTitle(y), { class: "soft" });
    return { width: WIDTH, height: HEIGHT, body: [...grid, path, ...dots, ...names, titles].join("") };
}
