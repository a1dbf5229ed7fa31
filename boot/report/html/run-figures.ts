/** A run as a list of figures with names, which runs are compared by. */

import { CLUSTER_METRICS } from "../metrics.ts";
import { PHASES } from "../report.ts";
import { partName, partOf, STACK_PARTS } from "./cycle-stack.ts";
import { faultName } from "./fault-cost.ts";
import { amountOf, type ClusterFile, type RunFile } from "./run-file.ts";
import { matrixOf, TRAFFIC_PARTS } from "./traffic.ts";

export interface RunFigure {
    readonly name: string;
    readonly unit: string;
    /** Null when it was not exercised. */
    readonly value: number | null;
    /** True for those that a comparison of many runs shows. */
    readonly main: boolean;
}

export function figuresOf(run: RunFile): RunFigure[] {
    return [...wholeFigures(run), ...stackFigures(run), ...clusterFigures(run), ...costFigures(run)];
}

function wholeFigures(run: RunFile): RunFigure[] {
    const { machine, clusters } = run;
    const figure = (name: string, unit: string, value: number | null): RunFigure => ({ name, unit, value, main: true });
    const faults = (how: "local" | "throughZ") =>
        sum(clusters, ({ faults: all }) => Object.values(all).reduce((count, row) => count + amountOf(row[how]), 0));
    const dsm = sum(clusters, ({ dsm: counts }) => amountOf(counts.readFaults) + amountOf(counts.writeFaults));
    const served = clusters.map(({ rpcs }) => amountOf(rpcs.served));
    const rpcs = served.reduce((a, b) => a + b, 0);
    const shares = TRAFFIC_PARTS.flatMap((part) => {
        const matrix = matrixOf(run, part);
        return matrix === undefined ? [] : [figure(`local ${part.name}`, "%", (100 * matrix.local) / matrix.total)];
    });
    return [
        figure("cycles", "cycles", machine?.cycles.value ?? null),
        figure("instructions", "instructions", machine?.instructions.value ?? null),
        figure("RPCs", "requests", rpcs),
        figure("RPCs served, max/mean", "", rpcs === 0 ? null : (Math.max(...served) * served.length) / rpcs),
        figure("local faults", "faults", faults("local")),
        figure("faults through Z", "faults", faults("throughZ")),
        figure("DSM faults", "faults", dsm),
        ...shares,
    ];
}

function sum(clusters: readonly ClusterFile[], of: (cluster: ClusterFile) => number): number {
    return clusters.reduce((all, cluster) => all + of(cluster), 0);
}

/** Cycles of all harts, by part. */
function stackFigures({ timing }: RunFile): RunFigure[] {
    if (timing === null) return [];
    const { all } = timing.cpiStack;
    const unit = "cycles per instruction";
    const busy = STACK_PARTS.reduce((cycles, part) => cycles + partOf(all, part), 0);
    const instructions = all.instructions.value;
    const each = (value: number) => (instructions === 0 ? null : value / instructions);
    return [
        { name: "cycles per instruction", unit, value: each(busy), main: true },
        ...STACK_PARTS.filter((part) => part !== "instructions").map((part): RunFigure => {
            return { name: `of it ${partName(part)}`, unit, value: each(partOf(all, part)), main: false };
        }),
        { name: "idle", unit: "cycles", value: all.idle.value, main: false },
    ];
}

const WHOLE = new Set(["harts", "instructions", "cycles"]);

/** Sums over clusters of what a cluster counts. */
function clusterFigures({ clusters }: RunFile): RunFigure[] {
    return CLUSTER_METRICS.filter(({ path }) => !WHOLE.has(path[0])).map(({ path, unit }) => {
        const values = clusters.map((cluster) =>
            path.reduce((at, key) => (at as Nested | null)?.[key], cluster as unknown),
        );
        const known = values.flatMap((each) =>
            each === null || each === undefined ? [] : [(each as { value: number }).value],
        );
        const value = known.length === 0 ? null : known.reduce((a, b) => a + b, 0);
        return { name: path.join(" "), unit, value, main: false };
    });
}

type Nested = Readonly<Record<string, unknown>>;

function costFigures({ faultCost }: RunFile): RunFigure[] {
    return (faultCost ?? []).flatMap((row) => {
        const name = `${faultName(row)} fault`;
        const costs = [
            ["mean", row.mean.value] as const,
            ["median", row.median.value] as const,
            ["p99", row.p99.value] as const,
        ];
        const phases = PHASES.map((phase) => [phase, row.phases[phase].mean.value] as const);
        return [...costs, ...phases].map(([what, value]): RunFigure => {
            return { name: `${name}: ${what}`, unit: "cycles", value, main: false };
        });
    });
}

/** The leaves of a config by path; lists of plain values are leaves. */
export function configLeaves(config: unknown, path = ""): [path: string, value: unknown][] {
    const nested = typeof config === "object" && config !== null;
    const plain = Array.isArray(config) && config.every((each) => typeof each !== "object");
    if (!nested || plain || Object.keys(config).length === 0) return [[path, config]];
    return Object.entries(config)
        .filter(([key]) => path !== "" || key !== "$schema")
        .flatMap(([key, value]) => configLeaves(value, path === "" ? key : `${path}.${key}`));
}
