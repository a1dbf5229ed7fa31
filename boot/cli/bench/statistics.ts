/** Median and spread of samples (docs/style.md, "Tests"). */

export interface Spread {
    readonly median: number;
    readonly min: number;
    readonly max: number;
}

/** Of at least one sample; the median of an even number is the mean of the middle two. */
export function spread(samples: readonly number[]): Spread {
    const sorted = [...samples].sort((a, b) => a - b);
    const [min, max] = [sorted[0], sorted.at(-1)];
    if (min === undefined || max === undefined) throw new Error("spread of no samples");
    const middle = sorted.length / 2;
    const upper = sorted[Math.floor(middle)] ?? max;
    const lower = sorted[Math.ceil(middle) - 1] ?? min;
    return { median: (lower + upper) / 2, min, max };
}
