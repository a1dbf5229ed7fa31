/** "timing" of --json (docs/spec/timing.md 8.1), and its schema. Cycles are exact: the parts of a stack sum to its cycles. */
import {
    type BankUse,
    COHERENCE_COUNTS,
    type CoherenceCount,
    LINK_DIRECTIONS,
    type LinkUse,
    MISS_KINDS,
    type MissKind,
    type ResourceUse,
    STALL_PARTS,
    type StallPart,
    type TimedHart,
    type TimingFigures,
} from "../../emu/host/timing-figures.ts";
import { figure } from "./figure.ts";
import { figureSchema, nullable, record } from "./schema-parts.ts";

const PARTS: Readonly<Record<StallPart, string>> = {
    hops: "on the way between clusters, or within one",
    links: "waiting for links, injection and ejection ports",
    port: "waiting for the port of L2",
    l2: "in L2",
    channel: "waiting for the memory channel",
    memory: "in memory",
    directory: "waiting for an earlier request of the same line",
    forward: "waiting for the cache that owned the line",
    invalidation: "waiting for other copies to be invalidated",
};

const KINDS: Readonly<Record<MissKind, string>> = {
    l1i: "misses of fetches",
    l1d: "misses of loads, stores and atomics",
    walk: "misses of page walks",
};

const COUNTS: Readonly<Record<CoherenceCount, readonly [unit: string, text: string]>> = {
    upgrades: ["misses", "stores to lines that the own cache shared"],
    forwards: ["misses", "misses that the owner of the line had to answer"],
    invalidations: ["copies", "copies of other caches that were invalidated"],
    inclusions: ["copies", "copies that went because L2 replaced their line"],
    memoryReads: ["lines", "lines that L2 lacked"],
    writeBacks: ["lines", "dirty lines that L1s replaced"],
    yields: ["turns", "turns that ended before a miss because another hart was behind"],
};

/** The sum of a stack's harts. */
function stackOf(harts: readonly TimedHart[]): object {
    const sum = (of: (hart: TimedHart) => number) =>
        figure(
            harts.reduce((total, hart) => total + of(hart), 0),
            "cycles",
        );
    return {
        cycles: sum(({ cycles }) => cycles),
        instructions: sum(({ instructions }) => instructions),
        ...Object.fromEntries(
            MISS_KINDS.map((kind) => [
                kind,
                Object.fromEntries(STALL_PARTS.map((part) => [part, sum(({ stalls }) => stalls[kind][part])])),
            ]),
        ),
        device: sum(({ device }) => device),
        pause: sum(({ pause }) => pause),
        fence: sum(({ fence }) => fence),
        idle: sum(({ idle }) => idle),
    };
}

function missesOf(harts: readonly TimedHart[]): object {
    const instructions = harts.reduce((sum, hart) => sum + hart.instructions, 0);
    return Object.fromEntries(
        MISS_KINDS.map((kind) => {
            const misses = harts.reduce((sum, hart) => sum + hart.misses[kind], 0);
            return [
                kind,
                {
                    misses: figure(misses, "misses"),
                    mpki:
                        instructions === 0
                            ? null
                            : figure((1000 * misses) / instructions, "misses per 1,000 instructions"),
                },
            ];
        }),
    );
}

function useDocument({ uses, busy, waited, longest }: ResourceUse, cycles: number): object {
    return {
        uses: figure(uses, "uses"),
        utilisation: figure(cycles === 0 ? 0 : busy / cycles, "1"),
        meanWait: uses === 0 ? null : figure(waited / uses, "cycles"),
        longestWait: figure(longest, "cycles"),
    };
}

function bankDocument({ cluster, port, channel }: BankUse, cycles: number): object {
    return { cxy: cluster, port: useDocument(port, cycles), channel: useDocument(channel, cycles) };
}

function linkDocument(link: LinkUse, cycles: number): object {
    const { network, cluster, direction } = link;
    return { network, cxy: cluster, direction, ...useDocument(link, cycles) };
}

/** `cycles` is the furthest clock. */
export function timingDocument(timing: TimingFigures, cycles: number): object {
    const { harts, banks, links } = timing;
    const clusters = [...new Set(harts.map(({ cluster }) => cluster))];
    return {
        modelHash: timing.modelHash,
        cpiStack: {
            all: stackOf(harts),
            clusters: clusters.map((cxy) => ({ cxy, ...stackOf(harts.filter(({ cluster }) => cluster === cxy)) })),
            harts: harts.map((hart) => ({ hart: hart.hart, ...stackOf([hart]) })),
        },
        caches: {
            all: missesOf(harts),
            clusters: clusters.map((cxy) => ({ cxy, ...missesOf(harts.filter(({ cluster }) => cluster === cxy)) })),
        },
        banks: banks.map((bank) => bankDocument(bank, cycles)),
        links: links.map((link) => linkDocument(link, cycles)),
        coherence: Object.fromEntries(
            COHERENCE_COUNTS.map((name) => {
                const [unit] = COUNTS[name];
                return [
                    name,
                    figure(
                        harts.reduce((sum, hart) => sum + hart.counts[name], 0),
                        unit,
                    ),
                ];
            }),
        ),
        late: figure(timing.late, "uses"),
        overflows: figure(timing.overflows, "lines"),
    };
}

/** The shape of `timingDocument`. */
export function timingSchema(): object {
    const cycles = (text: string) => figureSchema("cycles", text);
    const stack = {
        cycles: cycles("cycles of these harts; the others sum to them"),
        instructions: cycles("one for each instruction, those that trapped included"),
        ...Object.fromEntries(
            MISS_KINDS.map((kind) => [
                kind,
                record(Object.fromEntries(STALL_PARTS.map((part) => [part, cycles(`${KINDS[kind]}: ${PARTS[part]}`)]))),
            ]),
        ),
        device: cycles("accesses of devices"),
        pause: cycles("pause"),
        fence: cycles("fence.i"),
        idle: cycles("waiting for an interrupt"),
    };
    const misses = Object.fromEntries(
        MISS_KINDS.map((kind) => {
            const mpki = figureSchema("misses per 1,000 instructions", KINDS[kind]);
            return [kind, record({ misses: figureSchema("misses", KINDS[kind]), mpki: nullable(mpki) })];
        }),
    );
    const use = {
        uses: figureSchema("uses", "times that it was taken"),
        utilisation: figureSchema("1", "cycles in which it was taken, over all"),
        meanWait: nullable(cycles("mean wait for it")),
        longestWait: cycles("longest wait for it"),
    };
    const number = { type: "integer" };
    const list = (items: object) => ({ type: "array", items });
    return record({
        modelHash: { type: "string", pattern: "^[0-9a-f]{64}$" },
        cpiStack: record({
            all: record(stack),
            clusters: list(record({ cxy: number, ...stack })),
            harts: list(record({ hart: number, ...stack })),
        }),
        caches: record({ all: record(misses), clusters: list(record({ cxy: number, ...misses })) }),
        banks: list(record({ cxy: number, port: record(use), channel: record(use) })),
        links: list(
            record({
                network: { enum: ["requests", "data"] },
                cxy: number,
                direction: { enum: LINK_DIRECTIONS },
                ...use,
            }),
        ),
        coherence: record(Object.fromEntries(COHERENCE_COUNTS.map((name) => [name, figureSchema(...COUNTS[name])]))),
        late: figureSchema("uses", "uses of a resource before the window of its calendar, which waited for nothing"),
        overflows: figureSchema("lines", "lines with many sharers for which the directory had no map left"),
    });
}
