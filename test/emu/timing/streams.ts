/** What harts do in the comparison of docs/spec/timing.md 7.8: accesses made up by the seed, and programs around a lock. */
import { random } from "../engine/guest.ts";

export interface Access {
    /** Cycles of other instructions in front of it. */
    readonly gap: number;
    readonly line: number;
    readonly isWrite: boolean;
}

/** What one hart does. */
export interface Program {
    /** Undefined at the end. */
    next(): Access | undefined;
    /** The access that `next` returned last takes effect. */
    perform(): void;
}

export interface StreamShape {
    readonly clusters: number;
    readonly hartsPerCluster: number;
    readonly bankLines: number;
}

const PAGE_LINES = 64;
const PRIVATE_PAGES = 2;

/** Pages go round the banks. */
function lineAt({ clusters, bankLines }: StreamShape, page: number, line: number): number {
    return (page % clusters) * bankLines + Math.floor(page / clusters) * PAGE_LINES + line;
}

/** Line `index` behind the pages that are private to harts. */
export function sharedLine(shape: StreamShape, index: number): number {
    const page = PRIVATE_PAGES * shape.hartsPerCluster * shape.clusters + Math.floor(index / PAGE_LINES);
    return lineAt(shape, page, index % PAGE_LINES);
}

/** Returns the line of a hart's access to what it shares. `bits` are random, `count` is the number of such accesses before. */
type Shared = (shape: StreamShape, hart: number, bits: number, count: number, isWrite: boolean) => number;

const uniform: Shared = (shape, _, bits) => sharedLine(shape, bits & 0x7fff);

export const STREAMS: Readonly<Record<string, Shared>> = {
    uniform,
    "hot bank": (shape, hart, bits, count, isWrite) => {
        if (bits & 0x10000) return uniform(shape, hart, bits, count, isWrite);
        return lineAt(shape, shape.clusters * (PRIVATE_PAGES * shape.hartsPerCluster + ((bits >> 6) & 63)), bits & 63);
    },
    "16 hot lines": (shape, _, bits) => sharedLine(shape, (bits & 15) * 65),
    stream: (shape, hart, _, count) => sharedLine(shape, (hart * 521 + count) & 0x1ffff),
    neighbours: (shape, hart, _, count, isWrite) => {
        const harts = shape.clusters * shape.hartsPerCluster;
        return sharedLine(shape, (isWrite ? hart : (hart + 1) % harts) * PAGE_LINES + ((count >> 1) & 63));
    },
};

const LONGEST_GAP = 8;
const SHARED_PERCENT = 10;
const WRITE_PERCENT = 30;

/** 0 to 8 cycles, then an access: one in ten to what is shared, the others to 128 lines of the hart's own. */
export function streamOf(shape: StreamShape, kind: string, hart: number, accesses: number): Program {
    const next = random((hart + 1) * 0x9e3779b1);
    const shared = STREAMS[kind];
    if (shared === undefined) throw new Error(`no stream is called ${kind}`);
    let left = accesses;
    let count = 0;
    const { clusters, hartsPerCluster } = shape;
    const ownPage = (k: number) =>
        ((hart % hartsPerCluster) * PRIVATE_PAGES + k) * clusters + Math.floor(hart / hartsPerCluster);
    return {
        perform: () => {},
        next: () => {
            if (left-- <= 0) return undefined;
            const gap = next() % (LONGEST_GAP + 1);
            const isShared = next() % 100 < SHARED_PERCENT;
            const isWrite = next() % 100 < WRITE_PERCENT;
            const bits = next() >>> 8;
            if (isShared) return { gap, isWrite, line: shared(shape, hart, bits, count++, isWrite) };
            return { gap, isWrite, line: lineAt(shape, ownPage((bits >> 6) & 1), bits & 63) };
        },
    };
}
