/** Calendars and the heap of harts (docs/spec/timing.md 2.2, 5.1, 5.2) against models of a few lines. */
import { describe, expect, it } from "vitest";
import * as layout from "../../../emu/state/timing-layout.ts";
import { random } from "../engine/guest.ts";
import { Model } from "./model.ts";

const WORD = 64;

/** Busy cycles by their number, and the word that each place of the ring has. */
class Calendar {
    readonly busy = new Set<number>();
    readonly #ring: number[];
    late = 0;

    constructor(words: number) {
        this.#ring = new Array(words).fill(0);
    }

    reserve(time: number, cycles: number): number {
        const words = this.#ring.length;
        let left = cycles;
        const first = Math.floor(time / WORD);
        for (let at = time; ; at++) {
            const word = Math.floor(at / WORD);
            const present = this.#ring[word % words] ?? 0;
            if (word >= first + words || present > word) break;
            if (present < word) this.#open(word, words);
            if (this.busy.has(at)) continue;
            this.busy.add(at);
            left--;
            if (left === 0) return at + 1 - cycles;
        }
        this.late++;
        return time;
    }

    #open(word: number, words: number): void {
        this.#ring[word % words] = word;
    }
}

function calendarOf(words: number) {
    const model = new Model({});
    const at = words === layout.LINK_WORDS ? model.plan.links : model.plan.ports;
    const reserve = (time: number, cycles: number) => Number(model.driver.reserve(at, words, BigInt(time), cycles));
    const field = (offset: number) => model.word(at + offset);
    return { reserve, field, late: () => model.word(layout.LATE) };
}

describe("5.1 a calendar", () => {
    it.each([
        [layout.LINK_WORDS, 1],
        [layout.LINK_WORDS, 2],
        [layout.PORT_WORDS, 3],
    ])("5.1 of %i words gives the first free cycles, as a set of busy cycles does (seed %i)", (words, seed) => {
        const calendar = calendarOf(words);
        const model = new Calendar(words);
        const next = random(seed);
        let now = 1000;
        let busy = 0;
        for (let i = 0; i < 20_000; i++) {
            now += next() % 12;
            const time = Math.max(0, now + (next() % 400) - 200 + (next() % 97 === 0 ? (next() % 6000) - 3000 : 0));
            const cycles = 1 + (next() % (i % 7 === 0 ? 200 : 9));
            busy += cycles;
            expect(calendar.reserve(time, cycles), `${i}: ${cycles} from ${time}`).toBe(model.reserve(time, cycles));
        }
        expect(calendar.late()).toBe(model.late);
        expect(model.late).toBeGreaterThan(0);
        expect(calendar.field(layout.CALENDAR_BUSY)).toBe(busy);
        expect(calendar.field(layout.CALENDAR_USES)).toBe(20_000);
    });

    it("5.1 serves takers who come in order one after the other, and is late for none", () => {
        const calendar = calendarOf(layout.PORT_WORDS);
        const next = random(7);
        let [time, free, waited, longest] = [100, 0, 0, 0];
        for (let i = 0; i < 20_000; i++) {
            time += next() % 11;
            const cycles = 1 + (next() % 9);
            const start = Math.max(time, free);
            free = start + cycles;
            waited += start - time;
            longest = Math.max(longest, start - time);
            expect(calendar.reserve(time, cycles)).toBe(start);
        }
        expect(calendar.late()).toBe(0);
        expect(calendar.field(layout.CALENDAR_WAITED)).toBe(waited);
        expect(calendar.field(layout.CALENDAR_LONGEST)).toBe(longest);
    });

    it("5.1 does not idle before a use that was booked for later", () => {
        const { reserve } = calendarOf(layout.PORT_WORDS);
        expect(reserve(1010, 4)).toBe(1010);
        expect(reserve(1000, 4)).toBe(1000);
        // 1004 to 1009 are free, then 1014 and 1015: the last is 1015, as if all eight were in a row before it.
        expect(reserve(1004, 8)).toBe(1008);
    });

    it("5.1 makes nobody wait before its ring, and counts that", () => {
        const { reserve, late } = calendarOf(layout.LINK_WORDS);
        const ring = layout.LINK_WORDS * WORD;
        expect(reserve(ring + 5, 1)).toBe(ring + 5);
        expect(reserve(5, 1)).toBe(5);
        expect(late()).toBe(1);
    });
});

describe("5.2 a message", () => {
    const HOPS = 3;
    const mesh = (options = {}) => new Model({ meshX: 4, meshY: 4, ...options });
    const arrival = (model: Model, [from, to]: readonly [number, number], flits: number) =>
        Number(model.driver.send(0, from, to, 1000n, flits)) - 1000;

    it("5.2 takes injection, its hops, ejection, and the flits of its tail; none of it within a cluster", () => {
        const model = mesh({ hopCycles: HOPS, localCycles: 7 });
        expect(arrival(model, [0, 15], 1)).toBe(1 + 6 * HOPS + 1);
        expect(arrival(mesh({ hopCycles: HOPS }), [15, 0], 5)).toBe(1 + 6 * HOPS + 1 + 4);
        expect(arrival(mesh({ hopCycles: HOPS }), [5, 6], 5)).toBe(1 + HOPS + 1 + 4);
        expect(arrival(model, [3, 3], 1)).toBe(7);
        expect(arrival(model, [3, 3], 5)).toBe(7 + 4);
    });

    it("1.3, 5.2 goes along x first, then along y, over one link a direction", () => {
        const model = mesh();
        model.driver.send(1, 4, 3, 1000n, 1);
        const used: string[] = [];
        const names = ["east", "west", "south", "north", "injection", "ejection"];
        for (let i = 0; i < model.plan.linkCount; i++) {
            if (model.word(model.plan.links + i * layout.LINK_STRIDE + layout.CALENDAR_USES) === 0) continue;
            const [network, cluster] = [Math.floor(i / 96), Math.floor(i / 6) % 16];
            used.push(`${network}:${cluster} ${names[i % 6]}`);
        }
        const expected = ["1:3 ejection", "1:4 east", "1:4 injection", "1:5 east", "1:6 east", "1:7 north"];
        expect(used.sort()).toEqual(expected);
    });

    it("5.2, 5.5 waits for the flits before it on a shared link, and without linkContention for nothing", () => {
        const model = mesh();
        const alone = arrival(model, [0, 2], 5);
        expect(arrival(model, [0, 3], 5)).toBe(alone + 2 + 5);
        const free = mesh({ linkContention: false });
        expect(arrival(free, [0, 2], 5)).toBe(alone);
        expect(arrival(free, [0, 3], 5)).toBe(alone + 2);
    });
});

describe("2.2 the heap of harts", () => {
    const NEVER = 0xffff_ffff_ffff_ffffn;

    it.each([1, 2, 3])(
        "2.2, 2.6 has the two harts with the smallest keys in front, ranks decide ties (seed %i)",
        (seed) => {
            const model = new Model({ meshX: 4, meshY: 4, hartsPerCluster: 4 });
            const { driver } = model;
            const keys = new Map<number, { clock: number; rank: number }>();
            const next = random(seed);
            for (let i = 0; i < 4000; i++) {
                // With few harts a wrong place in the heap is soon in front.
                const hart = next() % (i < 2000 ? 5 : model.harts);
                const rank = ((hart * 37) % 64) + 1;
                if (next() % 4 === 0) {
                    driver.leave(hart);
                    keys.delete(hart);
                } else {
                    const clock = next() % 40;
                    driver.set_key(hart, BigInt(clock), BigInt(rank));
                    keys.set(hart, { clock, rank });
                }
                const order = [...keys.values()].sort((a, b) => a.clock - b.clock || a.rank - b.rank);
                const shown = [driver.first_key(), driver.first_rank(), driver.second_rank()];
                const [first, second] = order;
                const expected = [first?.clock, first?.rank, second?.rank];
                expect(
                    shown.map((value) => BigInt.asUintN(64, value)),
                    `step ${i}`,
                ).toEqual(expected.map((value) => (value === undefined ? NEVER : BigInt(value))));
            }
        },
    );

    it("10.2 a new key moves no more harts than the heap is deep", () => {
        const model = new Model({ meshX: 16, meshY: 16, hartsPerCluster: 4 });
        const next = random(4);
        const set = (hart: number) => model.driver.set_key(hart, BigInt(next() % 10_000), BigInt(hart + 1));
        for (let hart = 0; hart < model.harts; hart++) set(hart);
        const places = () => Array.from({ length: model.harts }, (_, i) => model.word(model.plan.heap + 4 * i));
        let before = places();
        let most = 0;
        for (let i = 0; i < 300; i++) {
            set(next() % model.harts);
            const after = places();
            most = Math.max(most, after.filter((hart, place) => hart !== before[place]).length);
            before = after;
        }
        expect(most).toBeGreaterThan(4);
        expect(most).toBeLessThanOrEqual(Math.log2(model.harts) + 1);
    });
});
