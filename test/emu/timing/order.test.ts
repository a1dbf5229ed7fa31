/** The order of misses and of accesses of devices, and ties (docs/spec/timing.md 2.1, 2.6), on guests. */
import { describe, expect, it } from "vitest";
import { mapRow } from "../../../emu/mem/map.ts";
import { type GuestOptions, run } from "../engine/guest.ts";
import { A, D, PageTables, R, V, W } from "../engine/page-tables.ts";
import { LOCAL_MISS, REST, TIMING, timed } from "./figures.ts";

const UART = mapRow("uart").base;
const FOUR = { ...TIMING, hartsPerCluster: 4 } as const;
const MESH = { ...TIMING, meshX: 2, meshY: 2, hartsPerCluster: 4 } as const;

interface Ticket {
    readonly hart: number;
    readonly clock: number;
}

/** Harts take tickets of one counter, and write down at which clock each atomic began. */
function tickets(options: GuestOptions, rounds: number): Ticket[] {
    const source = `
        csrr s0, mhartid
        li s1, 0x80040000
        li s2, 0x80050000
        li s3, ${rounds}
        slli s4, s0, 14
        add s4, s4, s2
        j 1f
        .balign 64
    1:  li t1, 1
        csrr t0, mcycle
        amoadd.d t1, t1, (s1)
        sd t0, 0(s4)
        sd t1, 8(s4)
        addi s4, s4, 16
        addi s3, s3, -1
        andi t2, t1, 3
    2:  addi t2, t2, -1
        bgez t2, 2b
        bnez s3, 1b
        ${REST}`;
    const guest = run(source, options);
    const taken: Ticket[] = [];
    for (let hart = 0; hart < guest.machine.hartCount; hart++) {
        const bytes = guest.machine.readPhysical(0x80050000 + hart * 16384, rounds * 16);
        const words = new BigUint64Array(bytes.slice().buffer);
        for (let i = 0; i < rounds; i++) taken[Number(words[2 * i + 1])] = { hart, clock: Number(words[2 * i]) };
    }
    expect(taken.filter(Boolean).length).toBe(rounds * guest.machine.hartCount);
    return taken;
}

describe("2.1 misses", () => {
    it.each([1, 100, 5000])("2.1, 2.6 are executed in the order of clock and rank, lookahead %i", (lookahead) => {
        const taken = tickets({ ...MESH, lookahead, quantum: 10_000, seed: 3 }, 60);
        // A ticket whose predecessor is another hart's missed: that hart had the line.
        const misses = taken.filter(({ hart }, i) => i === 0 || taken[i - 1]?.hart !== hart);
        expect(misses.length).toBeGreaterThan(200);
        const ties = new Set<string>();
        for (const [i, { hart, clock }] of misses.slice(1).entries()) {
            const before = misses[i] as Ticket;
            expect(clock, `miss ${i}`).toBeGreaterThanOrEqual(before.clock);
            if (clock === before.clock) ties.add(`${before.hart} ${hart}`);
        }
        // Ranks are fixed: of two harts always the same is first.
        for (const tie of ties) expect(ties.has(tie.split(" ").reverse().join(" "))).toBe(false);
    });

    it("2.1 no hart is ahead of an executed miss except by hits, and by no more than the lookahead", () => {
        const lookahead = 300;
        const taken = tickets({ ...FOUR, lookahead, quantum: 10_000 }, 200);
        let furthest = 0;
        for (const { clock } of taken) {
            expect(clock).toBeGreaterThan(furthest - lookahead - LOCAL_MISS);
            furthest = Math.max(furthest, clock);
        }
    });

    /** Both pages of a crossing store: all entries of page tables and lines of a page are in one set of a direct-mapped cache. */
    function directMapped(others: number) {
        const FIRST = 0x3ffff000;
        const source = `
            csrr t0, mhartid
            beqz t0, 1f
        3:  j 3b
        1:  ld t0, satpValue
            csrw satp, t0
            li t0, 0x20800
            csrs mstatus, t0
            li s0, ${FIRST + 4092}
            li s1, -1
            j 2f
            .balign 64
        2:  csrr s10, mcycle
            sd s1, 0(s0)
            csrr s11, mcycle
            sub a0, s11, s10
            csrc mstatus, t0
            finish
            .balign 8
        satpValue: .dword 0`;
        const options = { ...TIMING, hartsPerCluster: 1 + others, lineSize: 128, l1dSize: 1024, l1dWays: 1 };
        const guest = run(source, { ...options, held: true });
        const tables = new PageTables(guest.machine, 0x80060000);
        tables.map(FIRST, 0x80080000, V | R | W | A | D);
        tables.map(FIRST + 4096, 0x80090000, V | R | W | A | D);
        const satp = new Uint8Array(new BigUint64Array([tables.satp()]).buffer);
        guest.machine.writePhysical(Number(guest.address("satpValue")), satp);
        const stop = guest.machine.run({ maxInstructions: 100_000 });
        expect(stop.kind).toBe("finisher");
        const written = [0x80080ffc, 0x80090000].map((address) => guest.machine.readPhysical(address, 4));
        expect(written).toEqual([new Uint8Array(4).fill(255), new Uint8Array(4).fill(255)]);
        return { cycles: Number(guest.x("a0")), figures: timed(guest.machine) };
    }

    it("2.1, 3.4 of one instruction that evict each other all come to pass, once each", () => {
        // The root has both entries in one line: five reads of entries, two lines of data; lines of 128 bytes are 9 flits.
        // The store and the second csrr are an instruction each.
        const expected = 2 + 7 * (LOCAL_MISS + 4);
        const alone = directMapped(0);
        expect(alone.cycles).toBe(expected);
        // The third is that of satpValue.
        expect(alone.figures.misses).toMatchObject({ walk: 5, l1d: 2 + 1 });
        expect(alone.figures.counts.yields).toBe(0);
        // The other hart spins on its line, always behind: each further miss gives way, and is executed anew.
        const beside = directMapped(1);
        expect(beside.cycles).toBe(expected);
        expect(beside.figures.misses).toEqual(alone.figures.misses);
        expect(beside.figures.counts.yields).toBeGreaterThanOrEqual(6);
    });

    it("2.1, 4.7 accesses of devices come in the order of clocks, too", () => {
        const source = `
            li s0, ${UART}
            li s3, 40
            csrr s1, mhartid
            addi s2, s1, 65
        1:  sb s2, 0(s0)
            mul t0, s3, s1
            andi t0, t0, 31
        2:  addi t0, t0, -1
            bgez t0, 2b
            addi s3, s3, -1
            bnez s3, 1b
            ${REST}`;
        const clocks: number[] = [];
        run(source, {
            ...FOUR,
            lookahead: 4000,
            quantum: 10_000,
            prepare: (made) => {
                made.onConsole = (byte) => clocks.push(made.hart(byte - 65).cycles);
            },
        });
        expect(clocks.length).toBe(160);
        expect(clocks).toEqual([...clocks].sort((a, b) => a - b));
    });
});

describe("2.6 ties", () => {
    const first = (seed: number) => run(REST, { ...MESH, seed, maxInstructions: 0 }).machine;

    it("2.6 clocks begin between 0 and 63, by the seed, as idle cycles", () => {
        const starts = [1, 2].map((seed) =>
            first(seed)
                .counters()
                .map(({ cycles }) => cycles),
        );
        expect(starts[0]).not.toEqual(starts[1]);
        for (const cycles of starts.flat()) expect(cycles).toBeLessThanOrEqual(63);
        expect(new Set(starts.flat()).size).toBeGreaterThan(10);
        for (const { cycles, idleCycles } of first(1).counters()) expect(idleCycles).toBe(cycles);
    });

    it("2.6 each hart has a rank of its own, by the seed", () => {
        const order = (seed: number) => tickets({ ...FOUR, seed }, 40).map(({ hart }) => hart);
        expect(order(1)).toEqual(order(1));
        expect(new Set([1, 2, 3, 4, 5].map((seed) => order(seed).join())).size).toBeGreaterThan(1);
    });

    it("2.6 a race has several results over seeds, legal ones only, and each seed has its own for good", () => {
        const race = (seed: number) => {
            const { machine: made } = run(
                `
                csrr s0, mhartid
                li s1, 0x80040000
                addi s0, s0, 1
                li s3, 50
            1:  ld t0, 0(s1)
                add t0, t0, s0
                sd t0, 0(s1)
                addi s3, s3, -1
                bnez s3, 1b
                ${REST}`,
                { ...FOUR, seed },
            );
            return new DataView(made.readPhysical(0x80040000, 8).slice().buffer).getBigUint64(0, true);
        };
        const results = [1, 2, 3, 4, 5].map(race);
        expect(new Set(results).size).toBeGreaterThan(1);
        for (const result of results) {
            expect(result).toBeGreaterThanOrEqual(2n);
            expect(result).toBeLessThanOrEqual(50n * (1n + 2n + 3n + 4n));
        }
        expect(race(3)).toBe(results[2]);
    });
});
