/** Reservations and the ends of turns (docs/spec/turns.md, section 4). */

import { describe, expect, it } from "vitest";
import { type GuestOptions, run } from "../engine/guest.ts";

/** Four harts, each 1,000 constrained increments; hart 0 ends the run when all are there. */
const INCREMENTS = `
    la s1, word
    li s2, 1000
1:  lr.d t0, (s1)
    addi t0, t0, 1
    sc.d t1, t0, (s1)
    bnez t1, 1b
    addi s2, s2, -1
    bnez s2, 1b
    csrr t0, mhartid
    bnez t0, 9f
    li t2, 4000
2:  ld t0, 0(s1)
    bne t0, t2, 2b
    finish
9:  wfi
    j 9b
    .balign 64
word: .dword 0`;

const SCHEDULERS = ["rounds", "instruction", "conflicts"] as const;

/** The results of 300 pairs of LR and SC, one instruction between them: 0 is success. */
function pairs(options: GuestOptions): number[] {
    const source = `
        la s0, word
        la s1, results
        li s2, 300
    1:  lr.d t0, (s0)
        addi t0, t0, 1
        sc.d t1, t0, (s0)
        sb t1, 0(s1)
        addi s1, s1, 1
        addi s2, s2, -1
        bnez s2, 1b
        finish
        .balign 8
    word: .dword 0
    results: .zero 300`;
    const guest = run(source, options);
    const results = [...guest.machine.readPhysical(Number(guest.address("results")), 300)];
    expect(guest.memory64("word")).toBe(BigInt(results.filter((result) => result === 0).length));
    return results;
}

describe("a reservation", () => {
    it("4.1 dies at the end of a turn", () => {
        const pause = ".word 0x0100000f";
        const guest = run(
            `la s0, 1f\n lr.d t0, (s0)\n ${pause}\n sc.d s1, t0, (s0)\n finish\n .balign 8\n 1: .dword 0`,
            { preemption: false },
        );
        expect(guest.x("s1")).toBe(1n);
    });

    it.each(SCHEDULERS)("4.2 holds the turn, so that constrained loops end at quantum 1: scheduler %s", (scheduler) => {
        for (let seed = 1; seed <= 10; seed++) {
            const options = { hartsPerCluster: 4, quantum: 1, seed, scheduler, maxInstructions: 2_000_000 };
            const guest = run(INCREMENTS, options);
            expect([guest.stop.kind, guest.memory64("word")]).toEqual(["finisher", 4000n]);
        }
    });

    it("4.2, 4.3 holds it for 64 instructions and no more, or one time in two for none", () => {
        const turns = Array.from({ length: 60 }, (_, seed) => {
            const source = `auipc s0, 0\n lr.d t0, (s0)\n ${"addi t0, t0, 1\n".repeat(200)}`;
            const { machine } = run(source, { scheduler: "instruction", quantum: 1, seed, held: true });
            machine.run({ maxRounds: 1 });
            expect(machine.executed).toBe(1);
            machine.run({ maxRounds: 1 });
            return machine.executed - 1;
        });
        expect(new Set(turns)).toEqual(new Set([1, 65]));
        const lost = turns.filter((executed) => executed === 1).length;
        expect(lost).toBeGreaterThan(18);
        expect(lost).toBeLessThan(42);
    });

    it("4.2 an extension ends no turn on it either: k, and then on to its end", () => {
        const failures = (preemption: boolean) => {
            const seeds = Array.from({ length: 20 }, (_, seed) => seed);
            return seeds.flatMap((seed) => pairs({ quantum: 20, seed, preemption })).filter((result) => result !== 0)
                .length;
        };
        // a normal end is the branch, outside the pair
        expect(failures(false)).toBe(0);
        expect(failures(true)).toBeGreaterThan(5);
    });

    it.each([1, 2, 3, 4, 5])("4.3 is never lost twice in a row to the draw (seed %i)", (seed) => {
        const results = pairs({ scheduler: "instruction", quantum: 1, seed });
        const failures = results.filter((result) => result !== 0).length;
        expect(failures).toBeGreaterThan(60);
        expect(failures).toBeLessThan(150);
        expect(results.join("")).not.toContain("11");
    });

    it("4.3 that a trap takes from a hart does not count as success", () => {
        const source = `
            la t0, 2f
            csrw mtvec, t0
            la s0, word
            la s1, results
            li s2, 300
        1:  lr.d t0, (s0)
            sc.d t1, t0, (s0)
            sb t1, 0(s1)
            addi s1, s1, 1
            lr.d t0, (s0)
            .word 0
            .balign 4
        2:  addi s2, s2, -1
            bnez s2, 1b
            finish
            .balign 8
        word: .dword 0
        results: .zero 300`;
        const guest = run(source, { scheduler: "instruction", quantum: 1, seed: 1 });
        const results = guest.machine.readPhysical(Number(guest.address("results")), 300);
        expect([...results].join("")).not.toContain("11");
        expect(new Set(results)).toEqual(new Set([0, 1]));
    });
});
