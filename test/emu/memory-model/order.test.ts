/** Devices, the probe, walks, fetches, traps and waits beside a store buffer that is not empty (docs/spec/memory-model.md, section 4). */

import { describe, expect, it } from "vitest";
import { mapRow } from "../../../emu/mem/map.ts";
import { type GuestOptions, RAM, run } from "../engine/guest.ts";

/** One turn is enough for all of these. */
const ONE_TURN = { quantum: 10_000 } as const;
const WORDS = "\n .balign 8\nwords: .zero 64";
const SEEDS = 20;

/** The word at `words` when the run has ended, for each seed and model. */
function ends(body: string, options: GuestOptions = {}): string[] {
    const seen = (["tso", "pso"] as const).flatMap((memoryModel) =>
        Array.from({ length: SEEDS }, (_, seed) => {
            const source = `la s1, words\n li t1, 1\n ${body}${WORDS}`;
            return String(run(source, { seed, memoryModel, ...ONE_TURN, ...options }).memory64("words"));
        }),
    );
    return [...new Set(seen)].sort();
}

// The turn goes on to its end behind the finisher's store, and a draw may drain the buffer there.
describe("a store to a device", () => {
    it("4.1, 4.6: passes stores in the buffer, and the end of a run drains nothing", () => {
        expect(ends("sd t1, 0(s1)\n finish")).toEqual(["0", "1"]);
    });

    it("4.1 waits for them behind a fence with w before and o behind, and behind no other", () => {
        expect(ends("sd t1, 0(s1)\n fence w,o\n finish")).toEqual(["1"]);
        expect(ends("sd t1, 0(s1)\n fence w,w\n finish")).toEqual(["0", "1"]);
        expect(ends("sd t1, 0(s1)\n fence r,o\n finish")).toEqual(["0", "1"]);
    });

    it("4.2 for the probe's record drains the buffer", () => {
        const PROBE = mapRow("probe").base;
        const seen: bigint[] = [];
        const body = `la s1, words\n li t1, 1\n li t2, ${PROBE}\n sd t1, 0(s1)\n sd t1, 8(t2)\n sd t1, 0(t2)\n finish${WORDS}`;
        for (const memoryModel of ["tso", "pso"] as const) {
            const guest = run(body, { memoryModel, localWindow: true, ...ONE_TURN, held: true });
            guest.machine.onProbe = () => seen.push(guest.memory64("words"));
            guest.machine.run({ maxInstructions: 1000 });
        }
        expect(seen).toEqual([1n, 1n]);
    });
});

it("4.2 a request by semihosting drains the buffer", () => {
    const out: number[] = [];
    const body = `la a1, words\n li t1, 0x21\n sb t1, 0(a1)\n li a0, 3
        .balign 16\n slli x0, x0, 0x1f\n ebreak\n srai x0, x0, 7\n finish${WORDS}`;
    const prepare: GuestOptions["prepare"] = (machine) => {
        machine.onConsole = (byte) => out.push(byte);
    };
    run(body, { memoryModel: "tso", semihosting: true, ...ONE_TURN, prepare });
    expect(out).toEqual([0x21]);
});

describe.each(["tso", "pso"] as const)("under %s", (memoryModel) => {
    it.each([
        ["", 1n],
        ["fence rw,rw", 2n],
        ["fence.i", 2n],
        ["sfence.vma", 2n],
    ])("4.3 a fetch reads memory, behind '%s' too", (fence, expected) => {
        const body = `la t0, place\n la t1, other\n lw t2, 0(t1)\n sw t2, 0(t0)\n ${fence}
            .balign 4\n place: li a0, 1\n finish\n .balign 4\n other: li a0, 2`;
        expect(run(body, { memoryModel, ...ONE_TURN }).x("a0")).toBe(expected);
    });

    it.each([
        ["nop", 0n],
        ["fence r,rw", 0n],
        ["sfence.vma", 5n],
        ["sinval.vma x0, x0", 5n],
        ["sfence.w.inval", 5n],
    ])("4.3 a walk reads memory, behind %s too", (fence, expected) => {
        // A gigabyte at 0, and RAM itself, by one entry each; loads as of S mode.
        const leaf = (page: number) => (page << 10) | 0xcf;
        const body = `
            la t0, trap
            csrw mtvec, t0
            la s1, words
            li t1, 5
            sd t1, 0(s1)
            fence
            la t0, root
            srli t1, t0, 12
            li t2, 8
            slli t2, t2, 60
            or t1, t1, t2
            csrw satp, t1
            sfence.vma
            li t3, ${leaf(RAM / 4096)}
            sd t3, 8(t0)
            ${fence}
            li t4, ${(1 << 17) | (1 << 11)}
            csrs mstatus, t4
            li t5, ${RAM}
            sub t5, s1, t5
            li t6, ${2 ** 30}
            add t5, t5, t6
            ld a0, 0(t5)
        trap:
            li t4, ${1 << 17}
            csrc mstatus, t4
            finish
            .balign 8
        words: .zero 64
            .balign 4096
        root: .zero 4096`;
        expect(run(body, { memoryModel, ...ONE_TURN }).x("a0")).toBe(expected);
    });

    it("4.4 traps, returns and CSRs drain nothing", () => {
        const body = `la t0, trap\n csrw mtvec, t0\n sd t1, 0(s1)\n ecall\n finish
            .balign 4\n trap: csrr t3, mepc\n addi t3, t3, 4\n csrw mepc, t3\n csrw mscratch, x0\n mret`;
        expect(ends(body, { memoryModel })).toEqual(["0", "1"]);
    });

    it("4.5 WFI drains, so that a deadlock hides no store", () => {
        for (let seed = 0; seed < SEEDS; seed++) {
            const body = `la s1, words\n li t1, 1\n sd t1, 0(s1)\n sd t1, 8(s1)\n 1: wfi\n j 1b${WORDS}`;
            const guest = run(body, { seed, memoryModel, ...ONE_TURN });
            expect([guest.stop.kind, guest.memory64("words"), guest.memory64("words", 1)]).toEqual([
                "deadlock",
                1n,
                1n,
            ]);
        }
    });

    it("4.6 tohost is memory: the request is seen when it has drained, some turns later", () => {
        const turns = Array.from({ length: 50 }, (_, seed) => {
            const body = `la s1, words\n li t1, 7\n sd t1, 0(s1)\n 1: j 1b${WORDS}`;
            const guest = run(body, { seed, memoryModel, held: true });
            guest.machine.watchHtif(Number(guest.address("words")));
            const stop = guest.machine.run({ maxRounds: 100 });
            expect(stop).toEqual({ kind: "htif", code: 3 });
            return guest.machine.clock / guest.machine.quantum;
        });
        expect(new Set(turns).size).toBeGreaterThan(1);
        expect(Math.min(...turns)).toBeLessThan(2);
    });
});
