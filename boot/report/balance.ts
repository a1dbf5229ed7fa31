/** Locality and contention of a run (vmm-policy 1.1), from its counted accesses to banks. ROM and devices have no bank. */

import type { TrafficReport } from "./report.ts";

export interface Balance {
    /** Accesses to banks. */
    readonly total: number;
    /** Accesses to the bank of the hart's own cluster. */
    readonly local: number;
    /** Accesses of the busiest bank over the mean of all banks. 1 is even. */
    readonly imbalance: number;
}

/** Null when no bank was accessed. */
export function balanceOf(traffic: readonly TrafficReport[], clusters: number): Balance | null {
    const banks = new Array<number>(clusters).fill(0);
    let local = 0;
    for (const { source, home, count } of traffic) {
        if (home === null) continue;
        banks[home] = (banks[home] ?? 0) + count;
        if (source === home) local += count;
    }
    const total = banks.reduce((sum, count) => sum + count, 0);
    return total === 0 ? null : { total, local, imbalance: (Math.max(...banks) * clusters) / total };
}
