/** Scales of values for charts: linear from zero on, or logarithmic where values differ by far. */

import { scaleLinear, scaleLog } from "d3-scale";

/** From this ratio of the largest to the smallest value on, a scale is logarithmic. */
const FAR = 50;
const MARKS = 5;

export interface ValueScale {
    readonly log: boolean;
    /** Round values within the scale. */
    readonly marks: readonly number[];
    /** Larger values than the scale reaches stand at its end. */
    place(value: number): number;
}

/** From `range[0]`, of the smallest value, to `range[1]`. */
export function valueScale(values: readonly number[], range: readonly [number, number], linear = false): ValueScale {
    const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    if (!linear && least > 0 && most / least >= FAR) {
        const scale = scaleLog().domain([least, most]).range(range).nice();
        const decades = scale.ticks(MARKS).filter((mark) => Number.isInteger(Number(Math.log10(mark).toFixed(9))));
        // A few decades are the marks; of many, some.
        const every = Math.ceil(decades.length / (MARKS + 2));
        return { log: true, marks: decades.filter((_, i) => i % every === 0), place: (value) => scale(value) };
    }
    const [low, high] = [Math.min(0, least), Math.max(0, most)];
    const scale = scaleLinear()
        .domain(low === high ? [0, 1] : [low, high])
        .range(range)
        .nice(MARKS);
    const end = scale.domain()[1] ?? high;
    return { log: false, marks: scale.ticks(MARKS), place: (value) => scale(Math.min(value, end)) };
}
