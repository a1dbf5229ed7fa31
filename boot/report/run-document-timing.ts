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
    const sum = (of: (hart: TimedHart) => number, text: string) =>
        figure(
            harts.reduce((total, hart) => total + of(hart), 0),
            "cycles",
            text,
        );
    return {
        cycles: sum(({ cycles }) => cycles, "cycles of these harts; the others sum to them"),
        instructions: sum(({ instructions }) => instructions, "one for each instruction, those that trapped included"),
        ...Object.fromEntries(
            MISS_KINDS.map((kind) => [
                kind,
                Object.fromEntries(
                    STALL_PARTS.map((part) => [
                        part,
                        sum(({ stalls }) => stalls[kind][part], `${KINDS[kind]}: ${PARTS[part]}`),
                    ]),
                ),
            ]),
        ),
        device: sum(({ device }) => device, "accesses of devices"),
        pause: sum(({ pause }) => pause, "pause"),
        fence: sum(({ fence }) => fence, "fence.i"),
        idle: sum(({ idle }) => idle, "waiting for an interrupt"),
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
                    misses: figure(misses, "misses", KINDS[kind]),
                    mpki:
                        instructions === 0
                            ? null
                            : figure((1000 * misses) / instructions, "misses per 1,000 instructions", KINDS[kind]),
                },
            ];
        }),
    );
}

function useDocument({ uses, busy, waited, longest }: ResourceUse, cycles: number): object {
    return {
        uses: figure(uses, "uses", "times that it was taken"),
        utilisation: figure(cycles === 0 ? 0 : busy / cycles, "1", "cycles in which it was taken, over all"),
        meanWait: uses === 0 ? null : figure(waited / uses, "cycles", "mean wait for it"),
        longestWait: figure(longest, "cycles", "longest wait for it"),
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
                const [unit, text] = COUNTS[name];
                return [
                    name,
                    figure(
                        harts.reduce((sum, hart) => sum + hart.counts[name], 0),
                        unit,
                        text,
                    ),
                ];
            }),
        ),
        late: figure(
            timing.late,
            "uses",
            "uses of a resource before the window of its calendar, which waited for nothing",
        ),
        overflows: figure(timing.overflows, "lines", "lines with many sharers for which the directory had no map left"),
    };
}

type MakeRecord = (properties: Readonly<Record<string, object>>) => object;

/** The shape of `timingDocument`. */
export function timingSchema(record: MakeRecord, figureSchema: object): object {
    const maybe = { anyOf: [figureSchema, { type: "null" }] };
    const figures = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, figureSchema]));
    const stack = {
        ...figures(["cycles", "instructions"]),
        ...Object.fromEntries(MISS_KINDS.map((kind) => [kind, record(figures(STALL_PARTS))])),
        ...figures(["device", "pause", "fence", "idle"]),
    };
    const misses = Object.fromEntries(MISS_KINDS.map((kind) => [kind, record({ misses: figureSchema, mpki: maybe })]));
    const use = { ...figures(["uses", "utilisation"]), meanWait: maybe, longestWait: figureSchema };
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
        coherence: record(figures(COHERENCE_COUNTS)),
        ...figures(["late", "overflows"]),
    });
}
