/**
 * Random accesses of many caches to few lines, with all invariants of caches, directory and L0 checked after each miss
 * (docs/spec/timing.md 3.3, 4.1, 4.2).
 */
import { describe, expect, it } from "vitest";
import * as layout from "../../../emu/state/timing-layout.ts";
import { random } from "../engine/guest.ts";
import { type Kind, type L2Line, Model, type ModelOptions } from "./model.ts";

const NIGHTLY = process.env["ARCHIPEL_NIGHTLY"] !== undefined;
const KINDS: readonly Kind[] = ["read", "read", "read", "write", "write", "fetch", "walk", "mark"];
const [SHARED, MODIFIED] = [1, 3];
/** Accesses between two looks at all of L0, which has far more entries than caches have lines. */
const L0_LOOK = 64;

interface Holder {
    readonly cache: number;
    readonly state: number;
}

/** What the caches have, by line. Checks the place of each line in its cache on the way. */
function holdersOf(model: Model): Map<number, Holder[]> {
    const holders = new Map<number, Holder[]>();
    const { l1iSize, l1iWays, l1dSize, l1dWays, lineSize } = model.parameters;
    for (let cache = 0; cache < 2 * model.harts; cache++) {
        const sets = cache & 1 ? l1iSize / lineSize / l1iWays : l1dSize / lineSize / l1dWays;
        model.eachLine(cache, (line, state, set) => {
            if (set !== line % sets) throw new Error(`cache ${cache} has line ${line} in set ${set}`);
            const found = holders.get(line) ?? [];
            if (found.some((holder) => holder.cache === cache))
                throw new Error(`cache ${cache} has line ${line} twice`);
            found.push({ cache, state });
            holders.set(line, found);
        });
    }
    return holders;
}

/** Says what is wrong with the directory's entry of a line that these caches have. */
function wrongEntry(entry: L2Line | undefined, holders: readonly Holder[]): string | undefined {
    if (entry === undefined) return "is not in L2";
    const alone = holders.find(({ state }) => state !== SHARED);
    if (alone !== undefined && holders.length > 1) return `is in state ${alone.state} and has other holders`;
    if (alone !== undefined && entry.kind !== "owner") return `has an owner that the directory calls ${entry.kind}`;
    if (alone === undefined && entry.kind === "owner") return "is shared, and the directory knows an owner";
    if (entry.kind === "counted") return holders.length > entry.count ? "has more holders than are counted" : undefined;
    const unnamed = holders.find(({ cache }) => !entry.caches.includes(cache));
    return (
        unnamed && `is in cache ${unnamed.cache}, and the directory names ${entry.caches.join(", ")} (${entry.kind})`
    );
}

class Tester {
    readonly model: Model;
    readonly #lines: readonly number[];
    readonly #next: () => number;
    /** Lines that were written to since they came from memory. */
    readonly #written = new Set<number>();
    #now = 1000;
    misses = 0;

    constructor(options: ModelOptions, seed: number, lines: number) {
        this.model = new Model(options);
        this.#next = random(seed);
        const { clusters } = this.model;
        this.#lines = Array.from({ length: lines }, () => this.model.line(this.#next() % clusters, this.#next() % 64));
    }

    step(): void {
        const { model } = this;
        const hart = this.#next() % model.harts;
        const kind = KINDS[this.#next() % KINDS.length] as Kind;
        const line = this.#lines[this.#next() % this.#lines.length] as number;
        this.#now += this.#next() % 40;
        const waited = model.access(hart, kind, line, this.#now);
        if (kind === "write" || kind === "mark") this.#written.add(line);
        if (this.#next() % 500 === 0) {
            model.driver.drop(line);
            this.#written.delete(line);
        } else if (waited > 0) {
            this.misses++;
            const entry = model.findInL2(line);
            if (entry?.busy !== this.#now + waited) this.#fail(line, `is busy until ${entry?.busy}`);
        }
        if (waited === 0) return;
        this.#check();
        if (this.misses % L0_LOOK === 0) this.#checkL0();
    }

    #check(): void {
        const holders = holdersOf(this.model);
        for (const [line, caches] of holders) {
            const wrong = wrongEntry(this.model.findInL2(line), caches);
            if (wrong !== undefined) this.#fail(line, wrong);
        }
        for (const line of this.#written) {
            const entry = this.model.findInL2(line);
            if (entry === undefined) this.#written.delete(line);
            else if (!entry.dirty && !holders.get(line)?.some(({ state }) => state === MODIFIED))
                this.#fail(line, "was written to, and neither L2 nor an owner knows");
        }
    }

    #checkL0(): void {
        const { model } = this;
        for (let hart = 0; hart < model.harts; hart++) {
            const data = new Map<number, number>();
            const fetched = new Set<number>();
            model.eachLine(2 * hart, (line, state) => data.set(line, state));
            model.eachLine(2 * hart + 1, (line) => fetched.add(line));
            const { reads, writes, fetches } = model.l0Lines(hart);
            for (const line of reads) if (!data.has(line)) this.#fail(line, `has an entry for reads of hart ${hart}`);
            for (const line of writes)
                if (data.get(line) !== MODIFIED) this.#fail(line, `has an entry for writes of hart ${hart}`);
            for (const line of fetches) if (!fetched.has(line)) this.#fail(line, `has a bit of hart ${hart}`);
        }
    }

    #fail(line: number, what: string): never {
        throw new Error(`after ${this.misses} misses: line ${line} ${what}`);
    }

    sum(offset: number): number {
        let sum = 0;
        for (let hart = 0; hart < this.model.harts; hart++) sum += this.model.counted(hart, offset);
        return sum;
    }
}

const SMALL = { lineSize: 32, l1iSize: 128, l1iWays: 2, l1dSize: 128, l1dWays: 2, l2Size: 1024, l2Ways: 2 };
const MESH_4X4 = { meshX: 4, meshY: 4 };

/** Name, machine, lines. */
const MACHINES: readonly (readonly [string, ModelOptions, number])[] = [
    ["one hart, caches of a line", { ...SMALL, l1dSize: 32, l1dWays: 1, l1iSize: 32, l1iWays: 1 }, 6],
    ["four harts of a cluster", { ...SMALL, hartsPerCluster: 4 }, 24],
    ["2 x 2 clusters, L2 in the way of L1", { ...SMALL, meshX: 2, meshY: 2, hartsPerCluster: 2, l2Size: 256 }, 32],
    ["16 clusters, maps", { ...SMALL, ...MESH_4X4, directoryPointers: 2 }, 12],
    ["16 clusters, two maps in all", { ...SMALL, ...MESH_4X4, directoryPointers: 1, maps: 2 }, 12],
    ["16 clusters, broadcast", { ...SMALL, ...MESH_4X4, directoryOverflow: "broadcast", directoryPointers: 3 }, 12],
    ["4 x 1 clusters, long lines", { ...SMALL, meshX: 4, lineSize: 128, l1iSize: 512, l1dSize: 512, l2Size: 1024 }, 48],
];
/** At night 10^7 together. */
const MISSES = NIGHTLY ? 1_500_000 : 40_000;

describe("4.1 the random tester", () => {
    it.each(MACHINES)("3.3, 4.1, 4.2: %s: caches, L2, directory and L0 agree after each miss", (_, options, lines) => {
        const tester = new Tester(options, 11, lines);
        while (tester.misses < MISSES) tester.step();
        expect(tester.sum(layout.INVALIDATIONS)).toBeGreaterThan(0);
    });

    it("4.1, 4.2: the machines meet inclusion, dirty victims, forwards, upgrades, maps and lines without a map", () => {
        const run = (index: number) => {
            const [, options, lines] = MACHINES[index] as (typeof MACHINES)[number];
            const tester = new Tester(options, 5, lines);
            while (tester.misses < 2000) tester.step();
            return tester;
        };
        const small = run(2);
        for (const count of [layout.INCLUSIONS, layout.WRITE_BACKS, layout.FORWARDS, layout.UPGRADES])
            expect(small.sum(count)).toBeGreaterThan(30);
        expect(run(3).model.word(layout.MAPS_TAKEN)).toBeGreaterThan(2);
        // Freed maps are taken again: there are never more than lines.
        expect(run(3).model.word(layout.MAPS_TAKEN)).toBeLessThanOrEqual(12);
        expect(run(3).model.word(layout.OVERFLOWS)).toBe(0);
        expect(run(4).model.word(layout.MAPS_TAKEN)).toBe(2);
        expect(run(4).model.word(layout.OVERFLOWS)).toBeGreaterThan(30);
        expect(run(5).model.word(layout.MAPS_TAKEN)).toBe(0);
        expect(run(5).model.word(layout.OVERFLOWS)).toBe(0);
    });
});
