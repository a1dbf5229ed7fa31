/** Regions of interest in the report of a run (boot/report/report.ts). */

import type { ClusterReport, FaultCostReport, TrafficReport } from "./report.ts";

/** What a machine has done: totals, of which a difference is meant, too. */
export interface RegionSums {
    readonly instructions: number;
    /** The furthest clock. */
    readonly cycles: number;
    readonly clusters: readonly ClusterReport[];
    /** By what tells rows apart; null when the config has accounting off. */
    readonly traffic: ReadonlyMap<string, TrafficReport> | null;
    readonly faultCost: ReadonlyMap<string, Omit<FaultCostReport, "median" | "p99">>;
}

/** What the machine did while a region of interest was open (boot/observe/regions.ts). */
export interface RegionReport extends RegionSums {
    /** The index in the config. */
    readonly program: number;
    readonly name: string;
    /** How often threads entered it. */
    readonly entered: number;
}
