/** What several seeds say of one cell: the median, and an interval in which it lies. */

import { max, median, min, quantile, sampleWithReplacement } from "simple-statistics";

export interface Estimate {
    readonly median: number;
    /** Bounds of the interval. */
    readonly low: number;
    readonly high: number;
    /** Samples. */
    readonly n: number;
}

const RESAMPLES = 1000;
const CONFIDENCE = 0.95;
/** Of fewer samples a bootstrap says nothing that their range does not. */
const FEWEST = 3;

/**
 * The median of at least one value. The interval is the percentile bootstrap of it at 95%, or the range of less than three values. The resampling
 * has a seed of its own, so that the same values have the same interval.
 */
export function estimate(values: readonly number[]): Estimate {
    const samples = [...values];
    const n = samples.length;
    const middle = median(samples);
    if (n < FEWEST || min(samples) === max(samples))
        return { median: middle, low: min(samples), high: max(samples), n };
    const random = randomFrom(n);
    const medians = Array.from({ length: RESAMPLES }, () => median(sampleWithReplacement(samples, n, random)));
    const tail = (1 - CONFIDENCE) / 2;
    return { median: middle, low: quantile(medians, tail), high: quantile(medians, 1 - tail), n };
}

/** Numbers from 0 to 1, uniform enough to draw from a few samples (a linear congruential generator of 32 bits). */
function randomFrom(seed: number): () => number {
    let state = (seed * 2654435761) >>> 0;
    return () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state / 2 ** 32;
    };
}
