/** The caches of a hart and the part of them that L0 shows (docs/spec/timing.md, section 3). */
import { describe, expect, it } from "vitest";
import * as layout from "../../../emu/state/timing-layout.ts";
import { random } from "../engine/guest.ts";
import { Model, type ModelOptions } from "./model.ts";

/** A cache of FIFO sets: the next way to replace is that behind the one replaced last; empty ways come first. */
class Fifo {
    readonly #sets: { ways: (number | undefined)[]; next: number }[];

    constructor(sets: number, ways: number) {
        this.#sets = Array.from({ length: sets }, () => ({ ways: new Array(ways).fill(undefined), next: 0 }));
    }

    #setOf(line: number) {
        return this.#sets[line % this.#sets.length] as { ways: (number | undefined)[]; next: number };
    }

    /** Returns whether the line was there. */
    access(line: number): boolean {
        const set = this.#setOf(line);
        if (set.ways.includes(line)) return true;
        const empty = set.ways.indexOf(undefined);
        if (empty >= 0) {
            set.ways[empty] = line;
        } else {
            set.ways[set.next] = line;
            set.next = (set.next + 1) % set.ways.length;
        }
        return false;
    }

    drop(line: number): void {
        const { ways } = this.#setOf(line);
        if (ways.includes(line)) ways[ways.indexOf(line)] = undefined;
    }
}

const SHAPES: readonly (readonly [string, ModelOptions, number, number])[] = [
    ["direct-mapped", { l1dSize: 1024, l1dWays: 1, l1iSize: 1024, l1iWays: 1 }, 16, 1],
    ["4 ways", { l1dSize: 1024, l1dWays: 4, l1iSize: 1024, l1iWays: 4 }, 4, 4],
    ["one set of 16", { l1dSize: 1024, l1dWays: 16, l1iSize: 1024, l1iWays: 16 }, 1, 16],
    ["3 ways of 128 bytes", { lineSize: 128, l1dSize: 1536, l1dWays: 3, l1iSize: 1536, l1iWays: 3 }, 4, 3],
];

describe("3.2 replacement", () => {
    it.each(SHAPES)("3.2 is FIFO behind empty ways, in both caches: %s", (_, options, sets, ways) => {
        const model = new Model({ ...options, hartsPerCluster: 2 });
        const [data, fetches] = [new Fifo(sets, ways), new Fifo(sets, ways)];
        const next = random(17);
        for (let i = 0; i < 20_000; i++) {
            const line = model.line(0, next() % 40);
            const isFetch = next() % 3 === 0;
            if (next() % 10 === 0) {
                model.access(1, "write", line, 1000 * i);
                data.drop(line);
                fetches.drop(line);
            }
            const hit = model.access(0, isFetch ? "fetch" : "read", line, 1000 * i + 500) === 0;
            expect(hit, `access ${i}`).toBe((isFetch ? fetches : data).access(line));
        }
    });

    it("3.2 hits change no state but E to M by a store, which costs nothing", () => {
        const model = new Model({ hartsPerCluster: 2 });
        const line = model.line(0, 3);
        model.access(0, "read", line, 1000);
        expect([model.access(0, "read", line, 2000), model.state(0, line)]).toEqual([0, "E"]);
        expect([model.access(0, "write", line, 3000), model.state(0, line)]).toEqual([0, "M"]);
        expect([model.access(0, "read", line, 4000), model.state(0, line)]).toEqual([0, "M"]);
    });
});

describe("3.1 the layout of a cache", () => {
    it("3.1 is a word a way, line * 4 + state, and behind them a byte a set", () => {
        const model = new Model({ l1dSize: 1024, l1dWays: 4 });
        expect(model.plan.l1dBytes).toBe(16 * 4 + 4 + 4);
        for (let i = 0; i < 5; i++) model.access(0, "read", model.line(0, 3 + 4 * i), 1000 * i);
        model.access(0, "write", model.line(0, 7), 9000);
        const set = model.plan.l1d + 3 * 4 * 4;
        const exclusive = (index: number) => index * 4 + layout.STATE_EXCLUSIVE;
        const words = [0, 1, 2, 3].map((way) => model.word(set + 4 * way));
        expect(words).toEqual([exclusive(19), 7 * 4 + layout.STATE_MODIFIED, exclusive(11), exclusive(15)]);
        expect(model.shared.bytes(model.plan.l1d + 16 * 4, 4)).toEqual(new Uint8Array([0, 0, 0, 1]));
        expect([layout.STATE_INVALID, layout.STATE_SHARED]).toEqual([0, 1]);
    });

    it("3.1 takes 2.2 KB for 16 KiB of instructions and 16 KiB of data", () => {
        const { plan } = new Model({});
        expect(plan.l1iBytes + plan.l1dBytes).toBe(2 * (256 * 4 + 64));
    });
});

describe("3.3 entries of L0", () => {
    const line = (model: Model) => model.line(0, 3);

    it("3.3 for loads need the line, those for stores need it in M, bits of fetches need it in L1I", () => {
        const model = new Model({});
        model.access(0, "read", line(model), 1000);
        expect(model.l0Lines(0)).toEqual({ reads: [line(model)], writes: [], fetches: [] });
        model.access(0, "write", line(model), 2000);
        expect(model.l0Lines(0)).toEqual({ reads: [line(model)], writes: [line(model)], fetches: [] });
        model.access(0, "fetch", line(model), 3000);
        // The fetch shares the line: no store may skip the model any more.
        expect(model.l0Lines(0)).toEqual({ reads: [line(model)], writes: [], fetches: [line(model)] });
    });

    it.each([32, 64, 128])(
        "3.3 of lines of %i bytes die with their line in each way that a line can go",
        (lineSize) => {
            const gone = (take: (model: Model) => void) => {
                const options = { lineSize, l1dSize: 2 * lineSize, l1dWays: 1, l1iSize: 2 * lineSize, l1iWays: 1 };
                const model = new Model({ ...options, hartsPerCluster: 2, l2Size: 1024, l2Ways: 1 });
                model.access(0, "fetch", line(model), 1000);
                model.access(0, "write", line(model) + 1, 2000);
                model.access(0, "read", line(model) + 1, 3000);
                take(model);
                const { reads, writes, fetches } = model.l0Lines(0);
                return [reads, writes, fetches].map((lines) => lines.map((found) => found - line(model)));
            };
            expect(gone(() => {})).toEqual([[1], [1], [0]]);
            expect(gone((model) => model.access(0, "fetch", line(model) + 2, 5000))).toEqual([[1], [1], [2]]);
            expect(gone((model) => model.access(0, "read", line(model) + 3, 5000))).toEqual([[3], [], [0]]);
            expect(gone((model) => model.access(1, "write", line(model), 5000))).toEqual([[1], [1], []]);
            expect(gone((model) => model.access(1, "write", line(model) + 1, 5000))).toEqual([[], [], [0]]);
            expect(gone((model) => model.access(1, "read", line(model) + 1, 5000))).toEqual([[1], [], [0]]);
            const conflict = 1024 / lineSize;
            expect(gone((model) => model.access(1, "read", line(model) + conflict, 5000))).toEqual([[1], [1], []]);
        },
    );
});
