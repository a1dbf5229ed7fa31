/** Where the tables of fidelity "timing" lie in the shared memory (emu/state/timing-table.ts). */
import { L0_FETCH_ENTRIES, REGIMES } from "./l0-layout.ts";
import * as layout from "./timing-layout.ts";

export interface CacheSize {
    readonly sets: number;
    readonly ways: number;
}

export interface TimingSize {
    readonly clusters: number;
    readonly l1i: CacheSize;
    readonly l1d: CacheSize;
    readonly l2: CacheSize;
}

/** Of the parameters those that decide sizes. Sizes in bytes. */
export interface CacheParameters {
    readonly lineSize: number;
    readonly l1iSize: number;
    readonly l1iWays: number;
    readonly l1dSize: number;
    readonly l1dWays: number;
    readonly l2Size: number;
    readonly l2Ways: number;
}

/** The sizes of the tables. */
export function timingSizeOf(parameters: CacheParameters, clusters: number): TimingSize {
    const { lineSize, l1iSize, l1iWays, l1dSize, l1dWays, l2Size, l2Ways } = parameters;
    const cache = (bytes: number, ways: number) => ({ sets: bytes / lineSize / ways, ways });
    return { clusters, l1i: cache(l1iSize, l1iWays), l1d: cache(l1dSize, l1dWays), l2: cache(l2Size, l2Ways) };
}

/** Host addresses, and the sizes that go with them. */
export interface TimingPlan {
    readonly clusters: number;
    readonly heap: number;
    /** TIMED_HART_STRIDE a hart. */
    readonly harts: number;
    readonly l1i: number;
    readonly l1iBytes: number;
    readonly l1d: number;
    readonly l1dBytes: number;
    readonly fetchLines: number;
    readonly l2Tags: number;
    readonly l2Directory: number;
    readonly l2Busy: number;
    readonly l2Next: number;
    readonly maps: number;
    readonly mapBytes: number;
    readonly mapCount: number;
    readonly links: number;
    readonly linkCount: number;
    readonly ports: number;
    readonly channels: number;
    readonly bytes: number;
}

/** Lines with many sharers that have a map at one time. */
const MOST_MAPS = 16384;

/** `take` gives the host address of so many bytes. */
export function planTiming(size: TimingSize, harts: number, take: (bytes: number) => number): TimingPlan {
    const { clusters } = size;
    let bytes = 0;
    const table = (count: number) => {
        bytes += count;
        return take(count);
    };
    const l1iBytes = bytesOfL1(size.l1i);
    const l1dBytes = bytesOfL1(size.l1d);
    const ways = clusters * size.l2.sets * size.l2.ways;
    const mapBytes = Math.ceil((2 * harts) / 64) * 8;
    const mapCount = Math.min(MOST_MAPS, ways);
    const linkCount = layout.NETWORKS * clusters * layout.CLUSTER_LINKS;
    return {
        clusters,
        heap: table(harts * 4),
        harts: table(harts * layout.TIMED_HART_STRIDE),
        l1i: table(harts * l1iBytes),
        l1iBytes,
        l1d: table(harts * l1dBytes),
        l1dBytes,
        fetchLines: table(harts * REGIMES * L0_FETCH_ENTRIES * layout.LINE_BYTES_OF_ENTRY),
        l2Tags: table(ways * 4),
        l2Directory: table(ways * 8),
        l2Busy: table(ways * 8),
        l2Next: table(clusters * size.l2.sets),
        maps: table(mapCount * mapBytes),
        mapBytes,
        mapCount,
        links: table(linkCount * layout.LINK_STRIDE),
        linkCount,
        ports: table(clusters * layout.PORT_STRIDE),
        channels: table(clusters * layout.PORT_STRIDE),
        bytes,
    };
}

/** A word a way, and a byte a set. */
function bytesOfL1({ sets, ways }: CacheSize): number {
    return Math.ceil((sets * ways * 4 + sets) / 8) * 8;
}
