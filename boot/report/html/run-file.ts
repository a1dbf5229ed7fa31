/** A document of `boot --json` (interface.md 4) as the report reads it. Its schema has been checked before anything here looks at it. */

import { Ajv, type ValidateFunction } from "ajv";
import { MAX_CLUSTERS } from "../../../configs/schema/machine.ts";
import type { LINK_DIRECTIONS, MissKind, StallPart } from "../../../emu/host/timing-figures.ts";
import type { Figure } from "../figure.ts";
import type { DsmCounts, FaultCounts, FaultHow, NumaStat, Phase, Segment, TrafficReport, VsegType } from "../report.ts";
import { RUN_SCHEMA } from "../run-schema.ts";

type Figures<Key extends string> = Readonly<Record<Key, Figure>>;
/** What was never exercised is null. */
type Maybe = Figure | null;

export interface RunFile {
    readonly exit: { readonly code: number; readonly reason: string; readonly message: string };
    readonly stateHash: string | null;
    readonly seed: number;
    readonly engine: string;
    readonly config: RunConfig | null;
    readonly machine: Figures<"clusters" | "harts" | "instructions" | "cycles"> | null;
    readonly clusters: readonly ClusterFile[];
    readonly programs: readonly ProgramFile[];
    readonly traffic: readonly TrafficFile[] | null;
    readonly faultCost: readonly FaultCostFile[] | null;
    readonly audit: { readonly violation: { readonly text: string } | null } | null;
    readonly waits: readonly object[] | null;
    readonly timing: TimingFile | null;
    readonly timeline: TimelineFile | null;
    readonly numastat: readonly ({ readonly node: number } & Figures<Exclude<keyof NumaStat, "node">>)[] | null;
    readonly numaMaps: readonly NumaMapFile[] | null;
    readonly falseSharing: readonly SharedPageFile[] | null;
    readonly trueSharing: Maybe;
}

/** The schema does not say what is in a config; configs of other versions have other keys. */
export interface RunConfig {
    readonly machine?: { readonly mesh?: unknown; readonly hartsPerCluster?: unknown; readonly fidelity?: unknown };
}

export interface ClusterFile extends Figures<"harts" | "instructions" | "cycles"> {
    readonly cxy: number;
    readonly faults: Readonly<Record<VsegType, Readonly<Record<keyof FaultCounts, Maybe>>>>;
    readonly frames: Readonly<Record<VsegType | "free", Maybe>>;
    readonly spills: Maybe;
    readonly rpcs: Readonly<Record<"sent" | "served", Maybe>>;
    readonly dsm: Readonly<Record<keyof DsmCounts | "diffs" | "drops" | "managed", Maybe>>;
}

export interface ProgramFile {
    readonly name: string;
    readonly pid: number | null;
    readonly cluster: number | null;
    readonly nodes: Figure;
    readonly exit: { readonly code: number | null; readonly signal: string | null };
    readonly output: string;
    readonly dsm: Figures<keyof DsmCounts> | null;
    readonly fault: {
        readonly function: string | null;
        readonly file: string | null;
        readonly line: number | null;
    } | null;
    readonly refused: readonly { readonly call: string; readonly what: string | null; readonly errno: string }[];
}

export interface TrafficFile extends Pick<TrafficReport, "source" | "home" | "operation"> {
    readonly kind: Segment;
    readonly count: Figure;
}

export interface FaultCostFile extends Figures<"count" | "total" | "mean" | "median" | "p99"> {
    readonly type: VsegType;
    readonly how: FaultHow;
    readonly cause: "trap" | "userCopy";
    readonly phases: Readonly<Record<Phase, Figures<"total" | "mean">>>;
}

export interface StackFile
    extends Figures<"cycles" | "instructions" | "device" | "pause" | "fence" | "idle">,
        Readonly<Record<MissKind, Figures<StallPart>>> {}

export interface UseFile extends Figures<"uses" | "utilisation" | "longestWait"> {
    readonly meanWait: Maybe;
}

export interface LinkFile extends UseFile {
    readonly network: "requests" | "data";
    readonly cxy: number;
    readonly direction: (typeof LINK_DIRECTIONS)[number];
}

export interface TimingFile {
    readonly modelHash: string;
    readonly cpiStack: {
        readonly all: StackFile;
        readonly clusters: readonly ({ readonly cxy: number } & StackFile)[];
    };
    readonly banks: readonly { readonly cxy: number; readonly port: UseFile; readonly channel: UseFile }[];
    readonly links: readonly LinkFile[];
}

export interface TimelineFile {
    readonly binCycles: number;
    readonly rows: readonly {
        readonly cxy: number;
        readonly event: "fault" | "rpcServed" | "dsm";
        readonly what: string;
        readonly bins: readonly number[];
        readonly counts: readonly number[];
    }[];
}

export interface NumaMapFile {
    readonly program: string;
    readonly pid: number;
    readonly address: string;
    readonly policy: string;
    readonly type: VsegType;
    readonly mapped: Figure;
    readonly pages: Readonly<Record<string, Figure>>;
    readonly replicas: Readonly<Record<string, Figure>>;
}

export interface SharedPageFile extends Figures<keyof DsmCounts | "phases" | "truePhases" | "cycles"> {
    readonly program: string;
    readonly page: string;
    readonly nodes: readonly {
        readonly node: number;
        readonly bytes: Figure;
        readonly ranges: readonly { readonly from: number; readonly to: number }[];
        readonly lines: readonly {
            readonly function: string | null;
            readonly file: string | null;
            readonly line: number | null;
        }[];
    }[];
    readonly advice: string;
}

const FORMAT = "archipel-run/2";
let compiled: ValidateFunction | undefined;

/** The document, or why it is none, as a line that begins with its name. */
export function readRun(document: unknown, name: string): RunFile | string {
    const { format } = (document ?? {}) as { readonly format?: unknown };
    if (typeof format !== "string") return `${name}: is no document of boot --json: it has no format`;
    if (format !== FORMAT) return `${name}: /format is ${JSON.stringify(format)}; must be ${JSON.stringify(FORMAT)}`;
    compiled ??= new Ajv({ allowUnionTypes: true }).compile(RUN_SCHEMA);
    if (compiled(document)) {
        const problem = beyondSchema(document as RunFile);
        return problem === undefined ? (document as RunFile) : `${name}: ${problem}`;
    }
    // Of several forms that none fits, the one that fits longest tells the most.
    const [error] = [...(compiled.errors ?? [])].sort((a, b) => b.instancePath.length - a.instancePath.length);
    return `${name}: ${error?.instancePath || "/"} ${error?.message ?? "is wrong"}`;
}

/** Parts of a run in its timeline, at most (interface.md 4). */
export const MOST_BINS = 256;

/** What no run has, and what pictures are as large as. */
function beyondSchema({ clusters, timeline }: RunFile): string | undefined {
    if (clusters.length > MAX_CLUSTERS) return `/clusters has ${clusters.length}; must be at most ${MAX_CLUSTERS}`;
    const astray = clusters.findIndex(({ cxy }, i) => cxy !== i);
    if (astray >= 0) return `/clusters/${astray}/cxy is ${clusters[astray]?.cxy}; must be ${astray}`;
    if (timeline === null) return undefined;
    if (timeline.binCycles < 1) return `/timeline/binCycles is ${timeline.binCycles}; must be at least 1`;
    const row = timeline.rows.findIndex(({ cxy, bins }) => {
        return cxy < 0 || cxy >= clusters.length || bins.some((bin) => bin >= MOST_BINS);
    });
    if (row < 0) return undefined;
    return `/timeline/rows/${row} is of a cluster or a part of the run that is not there`;
}

/** 0 for what was never exercised. */
export function amountOf(figure: Maybe | undefined): number {
    return figure?.value ?? 0;
}

/** Columns and rows of the mesh; a square that holds the clusters where the config does not say. */
export function meshOf({ config, clusters }: RunFile): { columns: number; rows: number } {
    const mesh = config?.machine?.mesh;
    const [columns, rows] = Array.isArray(mesh) ? (mesh as unknown[]) : [];
    const isSize = (size: unknown): size is number => Number.isInteger(size) && (size as number) > 0;
    const fits = (size: number) => size >= clusters.length && size <= MAX_CLUSTERS;
    if (isSize(columns) && isSize(rows) && fits(columns * rows)) return { columns, rows };
    const side = Math.max(1, Math.ceil(Math.sqrt(clusters.length)));
    return { columns: side, rows: Math.ceil(clusters.length / side) };
}
