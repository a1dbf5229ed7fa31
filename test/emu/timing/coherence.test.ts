/** Requests by the state of their line (docs/spec/timing.md, section 4): messages, states, and the directory. */
import { describe, expect, it } from "vitest";
import * as layout from "../../../emu/state/timing-layout.ts";
import { type Kind, Model, type ModelOptions } from "./model.ts";

/** Four clusters in a row, a hart each. The home of the line is cluster 0; caches are of one line, so that another access drops it. */
const ROW = { meshX: 4, lineSize: 64, flitBytes: 16, l1dSize: 64, l1dWays: 1, l1iSize: 64, l1iWays: 1 };
const DATA = 5;

type Step = readonly [hart: number, kind: Kind];
/** A line of the hart's own cluster, so that no message of it is on a link. */
const own = (model: Model, hart: number) => model.line(hart, 7);

interface Row {
    /** What was done with the line before; "drop" of a hart reads another line in its place. */
    readonly before: readonly (Step | readonly [hart: number, drop: "drop"])[];
    readonly request: Step;
    /** Messages and flits of the network of requests, then of that of data. */
    readonly requests: readonly [messages: number, flits: number];
    readonly data: readonly [messages: number, flits: number];
    /** States in the data caches of harts 1 to 3. */
    readonly states: string;
    readonly counts?: Readonly<
        Partial<Record<"upgrade" | "forward" | "invalidation" | "memory" | "writeBack", number>>
    >;
}

const COUNTED = {
    upgrade: layout.UPGRADES,
    forward: layout.FORWARDS,
    invalidation: layout.INVALIDATIONS,
    memory: layout.MEMORY_READS,
    writeBack: layout.WRITE_BACKS,
} as const;

const READ: Row["request"] = [1, "read"];
const WRITE: Row["request"] = [1, "write"];
const ANSWER = { requests: [1, 1], data: [1, DATA] } as const;
/** The request, its forward, the owner's data to home, the answer. */
const FORWARD = { requests: [2, 2], data: [2, 2 * DATA], counts: { forward: 1 } } as const;
const FORWARD_AWAY = { requests: [2, 2], data: [2, 2 * DATA], counts: { forward: 1, invalidation: 1 } } as const;
const SHARERS = [
    [2, "read"],
    [3, "read"],
] as const;

const ROWS: Readonly<Record<string, Row>> = {
    "nobody has it, read: E": { before: [], request: READ, ...ANSWER, states: "EII", counts: { memory: 1 } },
    "nobody has it, write: M": { before: [], request: WRITE, ...ANSWER, states: "MII", counts: { memory: 1 } },
    "nobody has it, walk: E": { before: [], request: [1, "walk"], ...ANSWER, states: "EII", counts: { memory: 1 } },
    "nobody has it, mark of a walk: M": {
        before: [],
        request: [1, "mark"],
        ...ANSWER,
        states: "MII",
        counts: { memory: 1 },
    },
    "own E, write: M without a message": {
        before: [[1, "read"]],
        request: WRITE,
        requests: [0, 0],
        data: [0, 0],
        states: "MII",
    },
    "own M, read: nothing": { before: [[1, "write"]], request: READ, requests: [0, 0], data: [0, 0], states: "MII" },
    "another has E, read: both S": { before: [[2, "read"]], request: READ, ...FORWARD, states: "SSI" },
    "another has M, read: both S": { before: [[2, "write"]], request: READ, ...FORWARD, states: "SSI" },
    "another has E, write: M alone": { before: [[2, "read"]], request: WRITE, ...FORWARD_AWAY, states: "MII" },
    "another has M, write: M alone": { before: [[2, "write"]], request: WRITE, ...FORWARD_AWAY, states: "MII" },
    "two share, read: S": { before: SHARERS, request: READ, ...ANSWER, states: "SSS" },
    "two share, write: both acknowledge, then M": {
        before: SHARERS,
        request: WRITE,
        requests: [3, 3],
        data: [3, 2 + DATA],
        states: "MII",
        counts: { invalidation: 2 },
    },
    "shared with another, write: an upgrade, answered without data": {
        before: [
            [2, "read"],
            [1, "read"],
        ],
        request: WRITE,
        requests: [2, 2],
        data: [2, 2],
        states: "MII",
        counts: { upgrade: 1, invalidation: 1 },
    },
    "another has dropped E, read: it is asked all the same, E": {
        before: [
            [2, "read"],
            [2, "drop"],
        ],
        request: READ,
        requests: [2, 2],
        data: [2, 1 + DATA],
        states: "EII",
        counts: { forward: 1 },
    },
    "it has dropped E itself, read: E again": {
        before: [
            [1, "read"],
            [1, "drop"],
        ],
        request: READ,
        ...ANSWER,
        states: "EII",
    },
    "a sharer has dropped it, write: it is asked all the same": {
        before: [...SHARERS, [2, "drop"]],
        request: WRITE,
        requests: [3, 3],
        data: [3, 2 + DATA],
        states: "MII",
        counts: { invalidation: 1 },
    },
    "another has written it back, read: E": {
        before: [
            [2, "write"],
            [2, "drop"],
        ],
        request: READ,
        ...ANSWER,
        states: "EII",
    },
    "own M, fetch: the own data cache gives it, both S": {
        before: [[1, "write"]],
        request: [1, "fetch"],
        ...FORWARD,
        states: "SII",
    },
};

describe("4.3 a request", () => {
    it.each(Object.entries(ROWS))("4.3 %s", (_, { before, request, requests, data, states, counts = {} }) => {
        const model = new Model(ROW);
        const line = model.line(0, 3);
        let now = 1000;
        for (const [hart, kind] of before) {
            if (kind === "drop") model.access(hart, "read", own(model, hart), now);
            else model.access(hart, kind, line, now);
            now += 1000;
        }
        const seen = () => [0, 1].map((network) => model.sent(network));
        const counted = (offset: number) => [0, 1, 2, 3].reduce((sum, hart) => sum + model.counted(hart, offset), 0);
        const sums = () => Object.values(COUNTED).map(counted);
        const [old, oldCounts] = [seen(), sums()];
        const [hart, kind] = request;
        model.access(hart, kind, line, now);
        const sent = seen().map(({ messages, flits }, i) => [
            messages - (old[i]?.messages ?? 0),
            flits - (old[i]?.flits ?? 0),
        ]);
        expect(sent).toEqual([requests, data]);
        expect([1, 2, 3].map((index) => model.state(2 * index, line)).join("")).toBe(states);
        const made = sums().map((count, i) => count - (oldCounts[i] ?? 0));
        expect(made).toEqual(Object.keys(COUNTED).map((name) => counts[name as keyof typeof COUNTED] ?? 0));
    });

    it("3.7, 4.3 a dirty victim leaves with its data over the network of requests, a clean one without a word", () => {
        const model = new Model(ROW);
        model.access(1, "write", model.line(0, 3), 1000);
        const before = model.sent(layout.NETWORK_REQUESTS);
        const port = model.plan.ports + layout.CALENDAR_USES;
        const uses = model.word(port);
        const waited = model.access(1, "read", own(model, 1), 2000);
        const after = model.sent(layout.NETWORK_REQUESTS);
        expect([after.messages - before.messages, after.flits - before.flits]).toEqual([1, DATA]);
        expect(model.word(port) - uses).toBe(1);
        expect(model.counted(1, layout.WRITE_BACKS)).toBe(1);
        expect(model.findInL2(model.line(0, 3))).toMatchObject({ kind: "none", dirty: true });
        // It costs its own hart nothing: as much as the same miss with a clean victim.
        const clean = new Model(ROW);
        clean.access(1, "read", clean.line(0, 3), 1000);
        expect(clean.access(1, "read", own(clean, 1), 2000)).toBe(waited);
        expect(clean.sent(layout.NETWORK_REQUESTS)).toEqual(before);
    });
});

describe("4.1 L2", () => {
    const SMALL = { ...ROW, l1dSize: 4096, l2Size: 1024, l2Ways: 2 };
    /** Lines of bank 0 that are in one set of its L2. */
    const sameSet = (model: Model, index: number) => model.line(0, 3 + 8 * index);

    it("4.1 takes the copies of the line that it replaces from all caches, and writes dirty ones to memory", () => {
        const model = new Model(SMALL);
        model.access(1, "write", sameSet(model, 0), 1000);
        model.access(2, "read", sameSet(model, 1), 2000);
        model.access(3, "read", sameSet(model, 1), 3000);
        const channel = model.plan.channels + layout.CALENDAR_USES;
        const uses = model.word(channel);
        model.access(1, "read", sameSet(model, 2), 4000);
        expect(model.state(2, sameSet(model, 0))).toBe("I");
        expect(model.counted(1, layout.INCLUSIONS)).toBe(1);
        expect(model.word(channel) - uses, "the line that comes and the one that goes").toBe(2);
        model.access(1, "read", sameSet(model, 3), 5000);
        expect([4, 6].map((cache) => model.state(cache, sameSet(model, 1)))).toEqual(["I", "I"]);
        expect(model.counted(1, layout.INCLUSIONS)).toBe(3);
        expect(model.findInL2(sameSet(model, 1))).toBeUndefined();
        expect(model.word(channel) - uses, "a clean one is not written").toBe(3);
    });

    it("4.1 replaces in turn, whatever was hit since", () => {
        const model = new Model({ ...SMALL, l1dSize: 64 });
        for (const index of [0, 1, 0, 2]) model.access(1, "read", sameSet(model, index), 1000 * (index + 1));
        expect(model.findInL2(sameSet(model, 0))).toBeUndefined();
        expect(model.findInL2(sameSet(model, 1))).toBeDefined();
    });

    it("4.1 waits for the invalidations of a victim only when they take longer than memory", () => {
        const cycles = (memoryCycles: number) => {
            const model = new Model({ ...SMALL, memoryCycles });
            model.access(3, "read", sameSet(model, 0), 1000);
            model.access(1, "read", sameSet(model, 1), 2000);
            return { waited: model.access(1, "read", sameSet(model, 2), 3000), model };
        };
        const [long, short] = [cycles(60), cycles(0)];
        // To cluster 3 and back: 2 * (2 + 3 hops of 2), and the probe's 1.
        const part = ({ model }: typeof long) => model.stalled(1, layout.MISS_DATA, layout.PART_INVALIDATION);
        expect([part(long), part(short)]).toEqual([0, 17]);
        expect(long.waited - short.waited).toBe(60 - 17);
    });
});

describe("4.2 a directory entry", () => {
    const many = (options: ModelOptions) => new Model({ meshX: 4, meshY: 4, hartsPerCluster: 64, ...options });
    const share = (model: Model, line: number, sharers: number) => {
        for (let hart = 1; hart <= sharers; hart++) model.access(hart, "read", line, 1000 * hart);
    };

    it.each([5, 64, 1000])("4.2 knows each of %i sharers in a map, and asks them alone", (sharers) => {
        const model = many({ directoryOverflow: "map" });
        const line = model.line(0, 3);
        share(model, line, sharers);
        expect(model.findInL2(line)).toMatchObject({ kind: "named", count: sharers });
        model.access(0, "write", line, 2_000_000);
        expect(model.counted(0, layout.INVALIDATIONS)).toBe(sharers);
        expect(model.findInL2(line)).toMatchObject({ kind: "owner", caches: [0] });
        expect(model.word(layout.MAPS_FREE), "the map is free again").toBe(1);
    });

    it.each([5, 64, 1000])("4.2 counts %i sharers with broadcast, and asks each cluster once", (sharers) => {
        const model = many({ directoryOverflow: "broadcast" });
        const line = model.line(0, 3);
        share(model, line, sharers);
        expect(model.findInL2(line)).toMatchObject({ kind: "counted", count: sharers });
        const before = model.sent(layout.NETWORK_REQUESTS).messages;
        model.access(0, "write", line, 2_000_000);
        expect(model.sent(layout.NETWORK_REQUESTS).messages - before, "all but the own cluster").toBe(15);
        expect(model.counted(0, layout.INVALIDATIONS)).toBe(sharers);
        expect(model.word(layout.OVERFLOWS)).toBe(0);
    });

    it("4.2 names as many sharers as it has pointers, and L1I apart from L1D", () => {
        const model = many({ directoryPointers: 3, directoryOverflow: "broadcast" });
        const line = model.line(0, 3);
        share(model, line, 2);
        model.access(2, "fetch", line, 10_000);
        expect(model.findInL2(line)).toMatchObject({ kind: "named", caches: [2, 4, 5] });
        model.access(3, "read", line, 11_000);
        expect(model.findInL2(line)).toMatchObject({ kind: "counted", count: 4 });
    });

    it("4.2 names a cache once that has dropped the line and reads it again", () => {
        const model = new Model(ROW);
        const line = model.line(0, 3);
        const reads = (hart: number, of: number, now: number) => model.access(hart, "read", of, now);
        reads(2, line, 1000);
        reads(3, line, 2000);
        reads(2, own(model, 2), 3000);
        reads(2, line, 4000);
        expect(model.findInL2(line)).toMatchObject({ kind: "named", caches: [4, 6] });
    });

    it("4.2 without a map left counts, and says so", () => {
        const model = many({ directoryOverflow: "map", maps: 1 });
        const lines = [model.line(0, 3), model.line(0, 4)] as const;
        for (const line of lines) share(model, line, 6);
        expect(lines.map((line) => model.findInL2(line)?.kind)).toEqual(["named", "counted"]);
        expect(model.word(layout.OVERFLOWS)).toBe(1);
    });
});

describe("4.7 a line that the host writes to", () => {
    it("4.7 leaves all caches and L2, and nobody waits for that", () => {
        const model = new Model(ROW);
        const line = model.line(0, 3);
        model.access(1, "write", line, 1000);
        model.driver.drop(line);
        expect(model.state(2, line)).toBe("I");
        expect(model.findInL2(line)).toBeUndefined();
        expect(model.l0Lines(1).writes).toEqual([]);
        expect(model.counted(1, layout.INVALIDATIONS)).toBe(0);
    });
});
