/** Rules 7.2, 7.3, 7.4 and 7.7 of docs/spec/timing.md: what many harts get, on bare-metal guests. */
import { describe, expect, it } from "vitest";
import type { Guest, GuestOptions } from "../engine/guest.ts";
import { dataOf, type Parameters, REST, runTimed, windowOf, writeRing } from "./bare.ts";

const NIGHTLY = process.env["ARCHIPEL_NIGHTLY"] !== undefined;
const HARTS = 64;
const LINE = 64;
const ON_8X8 = { meshX: 8, meshY: 8, quantum: 100, held: true } as const;
const RING = 8;

/** In each hart's a0 the first of a ring of lines of its own that miss L1 always and L2 never. The banks of its lines are `bankOf`. */
function runRings(body: string, bankOf: (hart: number, i: number) => number, options: GuestOptions): Guest {
    const source = `
        csrr s0, mhartid
        la t0, rings
        slli t1, s0, 3
        add t0, t0, t1
        ld a0, 0(t0)
        ${body}
        ${REST}
        .balign 8
    rings:
        ${Array.from({ length: HARTS }, (_, hart) => `.dword ${addressOf(bankOf, hart, 0)}`).join("\n")}`;
    const prepare: GuestOptions["prepare"] = (machine) => {
        for (let hart = 0; hart < HARTS; hart++)
            writeRing(
                machine,
                Array.from({ length: RING }, (_, i) => addressOf(bankOf, hart, i)),
            );
    };
    return runTimed(source, { ...ON_8X8, ...options, prepare });
}

/** The lines of a hart are in one set of L1D. */
function addressOf(bankOf: (hart: number, i: number) => number, hart: number, i: number): number {
    return dataOf(bankOf(hart, i)) + i * 4096 + hart * LINE;
}

/** Loads without a pause between them. */
const CHASE = `
        .balign 128
    1:  ${"ld a0, 0(a0)\n".repeat(64)}
        j 1b`;

const inBank0 = () => 0;

describe("7.2 one bank that all harts read from, L2 hits", () => {
    const measure = (parameters: Parameters, body: string) => {
        const { machine } = runRings(body, inBank0, parameters);
        const { served, cycles } = windowOf(machine, 20_000, 40_000);
        return served / cycles;
    };

    it.each([
        [{ l2PortCycles: 8 }, 1 / 8],
        [{ flitBytes: 64 }, 1 / 4],
        [{ l2PortCycles: 17, lineSize: 32 }, 1 / 17],
    ])("%j: gives a line in the cycles of its port", (parameters, most) => {
        const found = measure(parameters, CHASE);
        expect(Math.abs(found / most - 1)).toBeLessThan(0.02);
    });

    it.each([
        [{}, 1 / 5],
        [{ flitBytes: 8 }, 1 / 9],
        [{ lineSize: 128, hopCycles: 1 }, 1 / 9],
    ])("%j: gives other clusters a line in the flits of its injection", (parameters, most) => {
        const found = measure(parameters, `beqz s0, 9f\n ${CHASE}`);
        expect(Math.abs(found / most - 1)).toBeLessThan(0.02);
    });
});

describe("7.3 one bank with random thinking between loads", () => {
    const SERVICE = 16;

    it.each(NIGHTLY ? [2400, 1900, 1650] : [1800])(
        "of at most 2 x %i cycles: the port's queue is that of M/D/1",
        (mean) => {
            // A turn of the inner loop is two cycles.
            const body = `
            addi s1, s0, 1
            li s2, 0x9e3779b1
            mul s1, s1, s2
            li s3, ${mean}
            .balign 128
        1:  slli t0, s1, 13
            xor s1, s1, t0
            srli t0, s1, 7
            xor s1, s1, t0
            slli t0, s1, 17
            xor s1, s1, t0
            srli t0, s1, 20
            remu t0, t0, s3
        2:  addi t0, t0, -1
            bgez t0, 2b
            ld a0, 0(a0)
            j 1b`;
            const { machine } = runRings(body, inBank0, { l2PortCycles: SERVICE });
            const { served, waited, cycles } = windowOf(machine, 20_000, NIGHTLY ? 2_000_000 : 400_000);
            const load = (served * SERVICE) / cycles;
            const expected = (load * SERVICE) / (2 * (1 - load));
            expect(load).toBeGreaterThan(0.3);
            expect(load).toBeLessThan(0.6);
            expect(Math.abs(waited / served / expected - 1)).toBeLessThan(0.1);
        },
    );
});

describe("7.4 harts that always load: as many as there are, by the time of a load, are the loads in a cycle", () => {
    it.each([
        ["one bank", inBank0],
        ["eight banks each", (hart: number, i: number) => (hart * 5 + i * 11) % HARTS],
        ["the bank at hand", (hart: number) => hart],
    ] as const)("%s", (_, bankOf) => {
        const { machine } = runRings(CHASE, bankOf, {});
        const { misses, stalled, cycles } = windowOf(machine, 20_000, 40_000);
        // Between 64 loads is a jump.
        const latency = stalled / misses + 65 / 64;
        expect(Math.abs(HARTS / latency / (misses / cycles) - 1)).toBeLessThan(0.02);
    });
});

describe("7.7 STREAM copy by as many harts as banks", () => {
    const LINES = 512;
    const COUNTS = [1, 2, 4, 8, 16];

    /** Bytes in a cycle of all harts, each from the bank of hart `from` to its own. */
    function bandwidth(harts: number, from: (hart: number) => number, options: GuestOptions = {}): number {
        const source = `
            csrr s0, mhartid
            slli t0, s0, 20
            li a1, ${dataOf(0) + 0x20000}
            add a1, a1, t0
            la t1, sources
            slli t2, s0, 3
            add t1, t1, t2
            ld a0, 0(t1)
            li a2, ${LINES}
            call copy
            j 9f
            .balign 128
        copy:
            csrr s10, mcycle
        1:  ${Array.from({ length: 8 }, (_, i) => `ld t0, ${8 * i}(a0)\n sd t0, ${8 * i}(a1)\n`).join("")}
            addi a0, a0, 64
            addi a1, a1, 64
            addi a2, a2, -1
            bnez a2, 1b
            csrr s11, mcycle
            ret
            ${REST}
            .balign 8
        sources:
            ${Array.from({ length: harts }, (_, hart) => `.dword ${dataOf(from(hart))}`).join("\n")}`;
        const guest = runTimed(source, { meshX: harts, meshY: 1, ...options });
        let sum = 0;
        for (let hart = 0; hart < harts; hart++)
            sum += (2 * LINES * LINE) / Number(guest.x("s11", hart) - guest.x("s10", hart));
        return sum;
    }

    it("within the own bank is proportional to them", () => {
        const one = bandwidth(1, (hart) => hart);
        const scaled = COUNTS.map((harts) => bandwidth(harts, (hart) => hart) / one / harts);
        for (const factor of scaled) expect(Math.abs(factor - 1)).toBeLessThan(0.05);
    });

    it("from the neighbour's bank is proportional to them", () => {
        const two = bandwidth(2, (hart) => hart ^ 1);
        const scaled = COUNTS.slice(1).map((harts) => (2 * bandwidth(harts, (hart) => hart ^ 1)) / two / harts);
        for (const factor of scaled) expect(Math.abs(factor - 1)).toBeLessThan(0.05);
    });

    it("ends where the links in the middle of a row are full", () => {
        // Eight harts on either side read from the other side, a line in 9 flits; other costs are small.
        const small = { flitBytes: 8, hopCycles: 1, l2Cycles: 0, memoryCycles: 0, memoryOccupancy: 1 };
        const most = (2 * 2 * LINE) / 9;
        const found = bandwidth(16, (hart) => (hart + 8) % 16, small);
        const free = bandwidth(16, (hart) => (hart + 8) % 16, { ...small, linkContention: false });
        expect(found / most).toBeGreaterThan(0.95);
        expect(found / most).toBeLessThan(1.01);
        expect(free / most).toBeGreaterThan(1.1);
    });
});
