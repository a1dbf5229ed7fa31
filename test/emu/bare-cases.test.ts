/** Bare-metal programs of several harts whose end depends on the turns: races, constrained LR/SC, and a trap that leads to itself. */

import { describe, expect, it } from "vitest";
import { type GuestOptions, run } from "./engine/guest.ts";

const SEEDS = [1, 2, 3, 4];

/** Both harts add 1 to x so many times, without a lock. */
const TIMES = 4000;
const RACE = `
    csrr s0, mhartid
    la s1, x
    la s2, arrived
    li t1, 1
    amoadd.w x0, t1, (s2)
1:  lw t2, 0(s2)
    addi t2, t2, -2
    bltz t2, 1b
    li s3, ${TIMES}
2:  ld t3, 0(s1)
    addi t3, t3, 1
    sd t3, 0(s1)
    addi s3, s3, -1
    bnez s3, 2b
    amoadd.w x0, t1, (s2)
    bnez s0, idle
3:  lw t2, 0(s2)
    addi t2, t2, -4
    bltz t2, 3b
    finish
idle: wfi
    j idle
    .balign 8
x:  .dword 0
arrived: .dword 0`;

function lost(options: GuestOptions): number {
    const guest = run(RACE, { hartsPerCluster: 2, quantum: 1000, ...options });
    expect(guest.stop.kind).toBe("finisher");
    return 2 * TIMES - Number(guest.memory64("x"));
}

describe("a race on a counter", () => {
    it("loses updates under every scheduler, by the seed, and none is added", () => {
        for (const scheduler of ["rounds", "instruction", "conflicts"] as const) {
            const found = SEEDS.map((seed) => lost({ scheduler, seed }));
            expect(Math.min(...found), scheduler).toBeGreaterThanOrEqual(0);
            expect(Math.max(...found), scheduler).toBeGreaterThan(0);
            expect(
                SEEDS.map((seed) => lost({ scheduler, seed })),
                scheduler,
            ).toEqual(found);
        }
    });

    it("loses none where turns end at branches back alone", () => {
        expect(SEEDS.map((seed) => lost({ preemption: false, seed }))).toEqual(SEEDS.map(() => 0));
    });
});

describe("constrained LR/SC", () => {
    const LRSC = `
        la s1, x
        li s2, 500
    1:  lr.d t0, (s1)
        addi t0, t0, 1
        sc.d t1, t0, (s1)
        bnez t1, 1b
        addi s2, s2, -1
        bnez s2, 1b
        csrr t0, mhartid
        bnez t0, idle
        li t2, 2000
    2:  ld t0, 0(s1)
        bne t0, t2, 2b
        finish
    idle: wfi
        j idle
        .balign 64
    x:  .dword 0`;

    it.each([
        { scheduler: "rounds" },
        { scheduler: "instruction" },
        { scheduler: "conflicts" },
        { fidelity: "timing" },
    ] as const)("of four harts comes to its end, with %o", (options) => {
        for (const seed of SEEDS) {
            const guest = run(LRSC, { hartsPerCluster: 4, seed, ...options });
            expect([guest.stop.kind, guest.memory64("x")]).toEqual(["finisher", 2000n]);
        }
    });
});

describe("a trap whose handler traps", () => {
    it.each(["rounds", "instruction"] as const)(
        "meets the limit of instructions, with the scheduler %s",
        (scheduler) => {
            const guest = run(".word 0", { scheduler, maxInstructions: 10_000 });
            expect(guest.stop.kind).toBe("instructions");
            expect(guest.machine.hart(0).csr("mcause")).toBe(1n);
            expect(guest.machine.hart(0).instructions).toBe(0);
            expect(guest.machine.executed).toBeGreaterThanOrEqual(10_000);
        },
    );
});
