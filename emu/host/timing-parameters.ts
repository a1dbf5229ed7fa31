/** The parameters of fidelity "timing" (docs/spec/timing.md, section 9). */

import { timingSizeOf } from "../state/timing-plan.ts";

/** The numbers among the parameters, each a config key of `machine`: ranges and defaults. configs/schema/timing.ts has them from here. */
export const TIMING_PARAMETERS = {
    lineSize: { from: 32, to: 128, default: 64, powerOfTwo: true },
    flitBytes: { from: 8, to: 64, default: 16, powerOfTwo: true },
    l1iSize: { from: 1024, to: 256 * 1024, default: 16 * 1024, powerOfTwo: true },
    l1iWays: { from: 1, to: 16, default: 4 },
    l1dSize: { from: 1024, to: 256 * 1024, default: 16 * 1024, powerOfTwo: true },
    l1dWays: { from: 1, to: 16, default: 4 },
    l2Size: { from: 16 * 1024, to: 8 * 1024 * 1024, default: 256 * 1024, powerOfTwo: true },
    l2Ways: { from: 1, to: 16, default: 16 },
    l2Cycles: { from: 0, to: 1000, default: 8 },
    l2PortCycles: { from: 1, to: 1000, default: 4 },
    l1ProbeCycles: { from: 0, to: 1000, default: 1 },
    memoryCycles: { from: 0, to: 10_000, default: 60 },
    memoryOccupancy: { from: 1, to: 2000, default: 16 },
    hopCycles: { from: 1, to: 100, default: 2 },
    localCycles: { from: 0, to: 100, default: 2 },
    directoryPointers: { from: 1, to: 4, default: 4 },
    lookahead: { from: 1, to: 1_000_000, default: 100 },
    pauseCycles: { from: 1, to: 10_000, default: 16 },
    fenceICycles: { from: 0, to: 10_000, default: 1 },
} as const;

export type TimingParameter = keyof typeof TIMING_PARAMETERS;

/** What a machine is made with; what is left out has its default. */
export interface TimingOptions extends Partial<Readonly<Record<TimingParameter, number>>> {
    /** False: hops cost their cycles, but nobody waits for a link. Default true. */
    readonly linkContention?: boolean | undefined;
    /** How lines with more sharers than pointers are known: each sharer in a map, or by their number only. Default "map". */
    readonly directoryOverflow?: "map" | "broadcast" | undefined;
}

export type TimingModel = Readonly<Record<TimingParameter, number>> & {
    readonly linkContention: boolean;
    readonly directoryOverflow: "map" | "broadcast";
    readonly deviceLatency: number;
};

/** Throws a RangeError that names the option and its rule. */
export function timingModelOf(options: TimingOptions, deviceLatency: number): TimingModel {
    const entries = Object.entries(TIMING_PARAMETERS).map(([name, range]) => {
        const value = options[name as TimingParameter] ?? range.default;
        if (!Number.isInteger(value) || value < range.from || value > range.to)
            throw new RangeError(`${name} is ${value}; must be an integer from ${range.from} to ${range.to}`);
        if ("powerOfTwo" in range && !Number.isInteger(Math.log2(value)))
            throw new RangeError(`${name} is ${value}; must be a power of two`);
        return [name, value] as const;
    });
    const parameters = Object.fromEntries(entries) as Record<TimingParameter, number>;
    const { l1i, l1d, l2 } = timingSizeOf(parameters, 1);
    for (const [name, { sets, ways }] of Object.entries({ l1i, l1d, l2 })) {
        if (sets < 1 || !Number.isInteger(Math.log2(sets)))
            throw new RangeError(`${name}Ways is ${ways}; leaves ${sets} sets, which must be a power of two`);
    }
    const { linkContention = true, directoryOverflow = "map" } = options;
    return { ...parameters, linkContention, directoryOverflow, deviceLatency };
}

export function lineSizeOf(options: TimingOptions): number {
    return options.lineSize ?? TIMING_PARAMETERS.lineSize.default;
}
