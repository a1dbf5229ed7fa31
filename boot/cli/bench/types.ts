/** What a benchmark gives: rows of `bench --json` (interface.md 6), and the list they come from. */

import { type Spread, spread } from "./statistics.ts";

export interface BenchRow {
    readonly name: string;
    /** What ran it: interpreter, or the peer's name. */
    readonly engine: string;
    readonly median: number | null;
    readonly min: number | null;
    readonly max: number | null;
    /** Samples. */
    readonly n: number;
    readonly unit: string;
    /** Against the peer of the same name, median of the pairs; null without a peer. */
    readonly ratio: number | null;
    /** Smallest and largest ratio of a pair. */
    readonly ratioRange?: readonly [number, number];
    /** Why there are no figures. */
    readonly skipped?: string;
}

export interface Benchmark {
    /** All names it may give begin with this; --filter looks at it. */
    readonly name: string;
    /** `note` says what is being measured, for the progress line. */
    run(note: (text: string) => void): Promise<readonly BenchRow[]>;
}

/** A row from its samples; `ratios` come from pairs measured one after the other. */
export function measuredRow(
    name: string,
    engine: string,
    unit: string,
    samples: readonly number[],
    ratios: readonly number[] = [],
): BenchRow {
    const { median, min, max }: Spread = spread(samples);
    const row = { name, engine, median, min, max, n: samples.length, unit };
    if (ratios.length === 0) return { ...row, ratio: null };
    const ratio = spread(ratios);
    return { ...row, ratio: ratio.median, ratioRange: [ratio.min, ratio.max] };
}

/** A row for what could not be measured, such as a peer that is not installed. */
export function skippedRow(name: string, engine: string, unit: string, reason: string): BenchRow {
    return { name, engine, median: null, min: null, max: null, n: 0, unit, ratio: null, skipped: reason };
}
