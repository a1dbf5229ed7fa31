/** What fidelity "timing" counted (docs/spec/timing.md 5.4, 8.1), read from the shared memory. All of it is cycles or plain counts. */
import * as hartLayout from "../state/hart-layout.ts";
import type { SharedMemory } from "../state/shared-memory.ts";
import * as layout from "../state/timing-layout.ts";
import { modelHash } from "./timing.ts";

/** What the cycles of a miss were spent in, in the order of PART_*. */
export const STALL_PARTS = [
    "hops",
    "links",
    "port",
    "l2",
    "channel",
    "memory",
    "directory",
    "forward",
    "invalidation",
] as const;
export type StallPart = (typeof STALL_PARTS)[number];

/** What missed, in the order of MISS_*: a fetch, data, a page walk. */
export const MISS_KINDS = ["l1i", "l1d", "walk"] as const;
export type MissKind = (typeof MISS_KINDS)[number];

export type Stalls = Readonly<Record<StallPart, number>>;

export const COHERENCE_COUNTS = [
    "upgrades",
    "forwards",
    "invalidations",
    "inclusions",
    "memoryReads",
    "writeBacks",
    "yields",
] as const;
export type CoherenceCount = (typeof COHERENCE_COUNTS)[number];

/** Of one hart. Instructions, stalls and idle cycles are all of its cycles. */
export interface TimedHart {
    readonly hart: number;
    readonly cluster: number;
    readonly cycles: number;
    /** Executed ones, those that trapped included: a cycle each. */
    readonly instructions: number;
    readonly idle: number;
    readonly stalls: Readonly<Record<MissKind, Stalls>>;
    readonly device: number;
    readonly pause: number;
    readonly fence: number;
    readonly misses: Readonly<Record<MissKind, number>>;
    readonly counts: Readonly<Record<CoherenceCount, number>>;
}

/** Of one port, channel or link. */
export interface ResourceUse {
    readonly uses: number;
    /** Cycles taken, cycles that takers waited, and the longest wait. */
    readonly busy: number;
    readonly waited: number;
    readonly longest: number;
}

export interface BankUse {
    readonly cluster: number;
    readonly port: ResourceUse;
    readonly channel: ResourceUse;
}

export const LINK_DIRECTIONS = ["east", "west", "south", "north", "injection", "ejection"] as const;

export interface LinkUse extends ResourceUse {
    readonly network: "requests" | "data";
    readonly cluster: number;
    readonly direction: (typeof LINK_DIRECTIONS)[number];
}

export interface ResourceUses {
    readonly banks: readonly BankUse[];
    /** Those that were used. */
    readonly links: readonly LinkUse[];
}

export interface TimingFigures extends ResourceUses {
    readonly modelHash: string;
    readonly harts: readonly TimedHart[];
    /** Reservations before the window of their calendar, and lines with many sharers for which no map was left. */
    readonly late: number;
    readonly overflows: number;
}

const COUNT_FIELDS: Readonly<Record<CoherenceCount, number>> = {
    upgrades: layout.UPGRADES,
    forwards: layout.FORWARDS,
    invalidations: layout.INVALIDATIONS,
    inclusions: layout.INCLUSIONS,
    memoryReads: layout.MEMORY_READS,
    writeBacks: layout.WRITE_BACKS,
    yields: layout.YIELDS,
};

/** Null for a machine without a model of time. */
export function resourceUses(shared: SharedMemory): ResourceUses | null {
    const { timing } = shared.plan;
    if (timing === undefined) return null;
    const use = (calendar: number) => useOf(shared, calendar);
    const banks = Array.from({ length: timing.clusters }, (_, cluster) => ({
        cluster,
        port: use(timing.ports + cluster * layout.PORT_STRIDE),
        channel: use(timing.channels + cluster * layout.PORT_STRIDE),
    }));
    return { banks, links: [...linksOf(shared)] };
}

/** `harts` in their order. Null for a machine without a model of time. */
export function timingFigures(
    shared: SharedMemory,
    harts: readonly { readonly cycles: number; readonly idleCycles: number; readonly instructions: number }[],
    hartsPerCluster: number,
): TimingFigures | null {
    const uses = resourceUses(shared);
    if (uses === null) return null;
    return {
        ...uses,
        modelHash: modelHash(shared),
        harts: harts.map((hart, index) => timedHart(shared, index, Math.floor(index / hartsPerCluster), hart)),
        late: Number(shared.u64(layout.LATE)),
        overflows: Number(shared.u64(layout.OVERFLOWS)),
    };
}

function timedHart(
    shared: SharedMemory,
    hart: number,
    cluster: number,
    counters: { readonly cycles: number; readonly idleCycles: number; readonly instructions: number },
): TimedHart {
    const { plan } = shared;
    const at = (plan.timing?.harts ?? 0) + hart * layout.TIMED_HART_STRIDE;
    const count = (offset: number) => Number(shared.u64(at + offset));
    const stalls = (kind: number) =>
        Object.fromEntries(
            STALL_PARTS.map((part, i) => [part, count(layout.STALLS + 8 * (kind * layout.PARTS + i))]),
        ) as Stalls;
    const byKind = <Value>(of: (kind: number) => Value) =>
        Object.fromEntries(MISS_KINDS.map((name, kind) => [name, of(kind)])) as Record<MissKind, Value>;
    const raised = Number(shared.u64(plan.harts + hart * hartLayout.HART_STRIDE + hartLayout.RAISED));
    return {
        hart,
        cluster,
        cycles: counters.cycles,
        instructions: counters.instructions + raised,
        idle: counters.idleCycles,
        stalls: byKind(stalls),
        device: count(layout.STALL_DEVICE),
        pause: count(layout.STALL_PAUSE),
        fence: count(layout.STALL_FENCE),
        misses: byKind((kind) => count(layout.MISSES + 8 * kind)),
        counts: Object.fromEntries(COHERENCE_COUNTS.map((name) => [name, count(COUNT_FIELDS[name])])) as Record<
            CoherenceCount,
            number
        >,
    };
}

function useOf(shared: SharedMemory, calendar: number): ResourceUse {
    const field = (offset: number) => Number(shared.u64(calendar + offset));
    return {
        uses: field(layout.CALENDAR_USES),
        busy: field(layout.CALENDAR_BUSY),
        waited: field(layout.CALENDAR_WAITED),
        longest: field(layout.CALENDAR_LONGEST),
    };
}

function* linksOf(shared: SharedMemory): Generator<LinkUse> {
    const { timing } = shared.plan;
    if (timing === undefined) return;
    for (const [net, network] of (["requests", "data"] as const).entries()) {
        for (let cluster = 0; cluster < timing.clusters; cluster++) {
            for (const [i, direction] of LINK_DIRECTIONS.entries()) {
                const index = (net * timing.clusters + cluster) * layout.CLUSTER_LINKS + i;
                const use = useOf(shared, timing.links + index * layout.LINK_STRIDE);
                if (use.uses > 0) yield { network, cluster, direction, ...use };
            }
        }
    }
}
