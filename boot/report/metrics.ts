/**
 * The metrics that a run reports of each cluster, a row a metric. Its column of the summary, its field of --json and that field's schema
 * derive from the row. Counts of DSM events are reported of programs, too.
 */

import type { Exercised } from "./exercised.ts";
import { type ClusterReport, type DsmCounts, VSEG_TYPES } from "./report.ts";

export interface Metric {
    /** The place in a cluster's object of --json. */
    readonly path: readonly [string, ...string[]];
    readonly unit: string;
    readonly description: string;
    of(cluster: ClusterReport): number;
    /** False when the metric was not exercised: it is null, not 0. Absent when it always counts. */
    readonly used?: (used: Exercised) => boolean;
    readonly column: MetricColumn;
}

export interface MetricColumn {
    readonly table: "work" | "memory";
    /** The title of the group, which stands once, above its first column. */
    readonly group?: string;
    /** Metrics of one title in one group share a column: a/b/c. */
    readonly title: string;
    /** The function for the row of totals. Default: the sum. */
    readonly total?: "max";
    /** Set when the column is left out where the metric was not exercised. */
    readonly optional?: true;
}

interface DsmMetric {
    readonly key: keyof DsmCounts;
    /** The name in sm-dsm 3.5. */
    readonly title: string;
    readonly unit: string;
    readonly description: string;
}

/** The metrics in the order of sm-dsm 3.5. */
export const DSM_METRICS: readonly DsmMetric[] = [
    { key: "readFaults", title: "RF", unit: "faults", description: "DSM read faults (RF)" },
    { key: "writeFaults", title: "WF", unit: "faults", description: "DSM write faults (WF)" },
    { key: "invalidations", title: "INV", unit: "messages", description: "write_invalidate (INV)" },
    { key: "revocations", title: "REVOKE", unit: "messages", description: "write_permission_revoke (REVOKE)" },
];

const FAULT_TEXTS = {
    local: "resolved within the cluster",
    throughZ: "resolved through the reference cluster Z",
    spurious: "whose entry another thread had just set",
} as const;
const FAULT_KINDS = Object.keys(FAULT_TEXTS) as (keyof typeof FAULT_TEXTS)[];

const RPCS = { unit: "requests", used: ({ rpcs }: Exercised) => rpcs };
const RELEASE = { unit: "pages", used: ({ release }: Exercised) => release };

export const CLUSTER_METRICS: readonly Metric[] = [
    {
        path: ["harts"],
        unit: "harts",
        description: "harts of the cluster",
        of: ({ harts }) => harts,
        column: { table: "work", title: "harts" },
    },
    {
        path: ["instructions"],
        unit: "instructions",
        description: "instructions retired by the cluster's harts",
        of: ({ instructions }) => instructions,
        column: { table: "work", title: "instructions" },
    },
    {
        path: ["cycles"],
        unit: "cycles",
        description: "furthest clock of the cluster's harts",
        of: ({ cycles }) => cycles,
        column: { table: "work", title: "cycles", total: "max" },
    },
    ...VSEG_TYPES.flatMap((type) =>
        FAULT_KINDS.map((kind): Metric => {
            return {
                path: ["faults", type, kind],
                unit: "faults",
                description: `${type} page faults ${FAULT_TEXTS[kind]}`,
                of: ({ faults }) => faults[type][kind],
                used: ({ faults }) => faults[type],
                column: { table: "memory", group: "faults", title: type },
            };
        }),
    ),
    ...VSEG_TYPES.map((type): Metric => {
        return {
            path: ["frames", type],
            unit: "frames",
            description: `frames of the bank given to ${type} vsegs during the run`,
            of: ({ frames }) => frames[type],
            used: ({ frames }) => frames[type],
            column: { table: "memory", group: "frames", title: type },
        };
    }),
    {
        path: ["frames", "free"],
        unit: "frames",
        description: "frames free at the end",
        of: ({ freeFrames }) => freeFrames,
        column: { table: "memory", group: "frames", title: "free" },
    },
    {
        path: ["spills"],
        unit: "frames",
        description: "frames found elsewhere because the bank was full",
        of: ({ spills }) => spills,
        used: ({ spills }) => spills,
        column: { table: "memory", group: "frames", title: "spills" },
    },
    {
        path: ["rpcs", "sent"],
        ...RPCS,
        description: "RPCs sent to other clusters",
        of: ({ rpcs }) => rpcs.sent,
        column: { table: "work", group: "RPCs", title: "sent" },
    },
    {
        path: ["rpcs", "served"],
        ...RPCS,
        description: "RPCs served for other clusters",
        of: ({ rpcs }) => rpcs.served,
        column: { table: "work", group: "RPCs", title: "served" },
    },
    ...DSM_METRICS.map(({ key, title, unit, description }): Metric => {
        return {
            path: ["dsm", key],
            unit,
            description,
            of: ({ dsm }) => dsm[key],
            used: ({ dsm }) => dsm,
            column: { table: "work", group: "DSM", title },
        };
    }),
    {
        path: ["dsm", "diffs"],
        ...RELEASE,
        description: "written copies sent to reference copies",
        of: ({ dsm }) => dsm.diffs,
        column: { table: "work", group: "DSM", title: "diffs", optional: true },
    },
    {
        path: ["dsm", "drops"],
        ...RELEASE,
        description: "copies given up for their age",
        of: ({ dsm }) => dsm.drops,
        column: { table: "work", group: "DSM", title: "drops", optional: true },
    },
    {
        path: ["dsm", "managed"],
        unit: "faults",
        description: "DSM faults of any node that managers in the cluster served",
        of: ({ dsm }) => dsm.managed,
        used: ({ dsm }) => dsm,
        column: { table: "work", group: "DSM", title: "managed" },
    },
];
