/** The instructions that a hart, or several together, have executed, and the time it took. */
export interface Counters {
    readonly instructions: number;
    readonly cycles: number;
    readonly idleCycles: number;
}

/** The sum of several harts' counters. */
export function sumOfCounters(parts: readonly Counters[]): Counters {
    const total = (field: keyof Counters) => parts.reduce((whole, part) => whole + part[field], 0);
    return { instructions: total("instructions"), cycles: total("cycles"), idleCycles: total("idleCycles") };
}
