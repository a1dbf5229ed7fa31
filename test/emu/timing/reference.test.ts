/**
 * Rule 7.8 of docs/spec/timing.md: the model in miss order against the event-driven reference, on the same programs. The nightly run takes
 * all of the rule's sizes.
 */
import { describe, expect, it } from "vitest";
import { type LockKind, lockPrograms } from "./locks.ts";
import { runInMissOrder } from "./miss-order.ts";
import { type Outcome, Reference } from "./reference/machine.ts";
import { makeModel } from "./stream-model.ts";
import { type Program, STREAMS, type StreamShape, streamOf } from "./streams.ts";

const NIGHTLY = process.env["ARCHIPEL_NIGHTLY"] !== undefined;
const ACCESSES = NIGHTLY ? 4000 : 500;
const LOOKAHEAD = 100;
const LINE = 64;
const MIB = 1048576;
/** At least what the streams touch, over all banks. */
const RAM = 16 * MIB;

/** The model's figures, in parts of the reference's, less 1. `hart` is the mean of the harts' own, without sign. */
interface Difference {
    readonly total: number;
    readonly hart: number;
    readonly latency: number;
    readonly misses: number;
    /** Reservations that came too late for the model's calendars. */
    readonly late: number;
}

interface Comparison {
    readonly harts: number;
    readonly hartsPerCluster: number;
    readonly lookahead: number;
    readonly programs: (shape: StreamShape) => (hart: number) => Program;
}

function compare({ harts, hartsPerCluster, lookahead, programs }: Comparison): Difference {
    const clusters = harts / hartsPerCluster;
    const meshX = 2 ** Math.ceil(Math.log2(clusters) / 2);
    const bankSize = Math.max(MIB, RAM / clusters);
    const shape = { meshX, clusters, hartsPerCluster, bankLines: bankSize / LINE };
    const made = () => Array.from({ length: harts }, (_, hart) => hart).map(programs(shape));
    const model = makeModel({ meshX, meshY: clusters / meshX, hartsPerCluster, bankSize });
    const found = runInMissOrder(model, made(), lookahead);
    return { ...difference(found, new Reference(shape, made()).run()), late: model.figures().late };
}

function difference(model: Outcome, reference: Outcome): Omit<Difference, "late"> {
    const off = (a: number, b: number) => a / b - 1;
    const harts = model.clocks.map((clock, i) => Math.abs(off(clock, reference.clocks[i] ?? 0)));
    return {
        total: off(Math.max(...model.clocks), Math.max(...reference.clocks)),
        hart: harts.reduce((sum, value) => sum + value, 0) / harts.length,
        latency: off(model.latency, reference.latency),
        misses: off(model.misses, reference.misses),
    };
}

describe.each([1, 4])("7.8 the model and the reference agree, %i harts a cluster", (hartsPerCluster) => {
    const sizes = NIGHTLY || hartsPerCluster === 1 ? [4, 16, 64] : [4, 16];

    it.each(sizes.flatMap((harts) => Object.keys(STREAMS).map((kind) => [harts, kind] as const)))(
        "%i harts, %s",
        (harts, kind) => {
            const programs = (shape: StreamShape) => (hart: number) => streamOf(shape, kind, hart, ACCESSES);
            const off = compare({ harts, hartsPerCluster, lookahead: LOOKAHEAD, programs });
            const isHard = harts === 64 && kind === "16 hot lines";
            expect(Math.abs(off.total)).toBeLessThan(0.05);
            expect(off.hart).toBeLessThan(isHard ? 0.04 : 0.03);
            expect(Math.abs(off.latency)).toBeLessThan(isHard ? 0.035 : 0.02);
            expect(Math.abs(off.misses)).toBeLessThan(0.02);
            expect(off.late).toBe(0);
        },
    );
});

/** How often each hart takes the lock, and how far the total may be off: what was measured, and a little. */
const TIMES = 50;
const LOCKS: readonly (readonly [number, LockKind, number, number])[] = [
    [4, "test-and-set", 10, 0.1],
    [4, "test-and-set", 100, 0.85],
    [4, "ticket", 10, 0.1],
    [4, "ticket", 100, 0.15],
    [16, "test-and-set", 10, 0.15],
    [16, "ticket", 10, 0.35],
];
const MANY_HARTS = [
    [64, "test-and-set", 10, 0.3],
    [64, "ticket", 10, 0.6],
] as const;

describe.each([1, 4])(
    "7.8 locks, all in one line, are as far off as the rule says, %i harts a cluster",
    (hartsPerCluster) => {
        it.each(NIGHTLY ? [...LOCKS, ...MANY_HARTS] : LOCKS)(
            "%i harts, %s, lookahead %i: within %d",
            (harts, kind, lookahead, tolerance) => {
                const programs = (shape: StreamShape) => lockPrograms(shape, kind, TIMES);
                const off = compare({ harts, hartsPerCluster, lookahead, programs });
                expect(Math.abs(off.total)).toBeLessThan(tolerance);
            },
        );
    },
);
