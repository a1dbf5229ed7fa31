/** Heat: how much of a thing there is, as the strength of one colour, on a logarithmic scale in a few steps. */

import { scaleLog } from "d3-scale";
import { HEAT } from "../colours.ts";
import { short } from "./numbers.ts";
import { coordinate, element, hint, type Picture, rectangle, textAt } from "./svg.ts";

const STEPS = 7;
const FAINTEST = 0.12;

export interface Scale {
    /** 0 for nothing, else 1 to STEPS. */
    step(value: number): number;
    /** The smallest value of the step. */
    from(step: number): number;
}

/** From 1 or the smallest value to the largest. */
export function heatScale(values: readonly number[]): Scale {
    const positive = values.filter((value) => value > 0);
    const most = positive.reduce((a, b) => Math.max(a, b), 0);
    const least = positive.reduce((a, b) => Math.min(a, b), most);
    if (least === most) return { step: (value) => (value > 0 ? STEPS : 0), from: () => most };
    const scale = scaleLog().domain([least, most]).range([0, STEPS]);
    return {
        step: (value) => (value > 0 ? Math.min(STEPS, 1 + Math.floor(scale(value))) : 0),
        from: (step) => scale.invert(step - 1),
    };
}

export function opacityOf(step: number): number {
    return step === 0 ? 0 : FAINTEST + ((1 - FAINTEST) * (step - 1)) / (STEPS - 1);
}

export interface HeatCell {
    readonly x: number;
    readonly y: number;
    readonly value: number;
    readonly text: string;
}

/** Cells with more than this are drawn without hints, a path for each step: they would be too many for a browser. */
const MOST_HINTS = 1500;

/** Squares of `size` with a gap of a pixel where there is room. */
export function heatCells(cells: readonly HeatCell[], size: number, scale: Scale): string {
    const side = size > 4 ? size - 1 : size;
    const filled = cells.filter(({ value }) => value > 0);
    if (filled.length <= MOST_HINTS) {
        return filled
            .map(({ x, y, value, text }) => {
                const fill = { fill: HEAT, "fill-opacity": opacityOf(scale.step(value)) };
                return rectangle(x, y, side, side, fill, hint(text));
            })
            .join("");
    }
    const paths = new Map<number, string[]>();
    for (const { x, y, value } of filled) {
        const step = scale.step(value);
        const path = paths.get(step) ?? [];
        paths.set(step, path);
        path.push(`M${coordinate(x)} ${coordinate(y)}h${coordinate(side)}v${coordinate(side)}h-${coordinate(side)}z`);
    }
    return [...paths]
        .map(([step, path]) => element("path", { d: path.join(""), fill: HEAT, "fill-opacity": opacityOf(step) }))
        .join("");
}

/** The steps with their smallest values. */
export function heatKey(scale: Scale, unit: string, x: number, y: number): Picture {
    const [width, steps] = [46, Array.from({ length: STEPS }, (_, i) => i + 1)];
    const one = scale.from(1) === scale.from(STEPS);
    const shown = one ? [STEPS] : steps;
    const body = shown.map((step, i) => {
        const box = rectangle(x + i * width, y, width - 2, 9, { fill: HEAT, "fill-opacity": opacityOf(step) });
        return box + textAt(x + i * width, y + 20, short(Number(scale.from(step).toPrecision(2))), { class: "soft" });
    });
    const text = textAt(x + shown.length * width + 4, y + 9, `${unit}${one ? "" : ", from"}`, { class: "soft" });
    return { width: shown.length * width + 90, height: 24, body: body.join("") + text };
}
