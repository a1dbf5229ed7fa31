/** Rounds, budgets, clocks and debt (docs/spec/turns.md, section 1), and what a run may depend on. */

import { describe, expect, it } from "vitest";
import { type GuestOptions, run } from "../engine/guest.ts";

const SCHEDULERS = ["rounds", "instruction", "conflicts"] as const;

/** Four harts that race on one word without atomics: what is left depends on every turn's end. */
const RACE = `
    la s0, word
    li s1, 300
loop:
    ld t1, 0(s0)
    csrr t2, mhartid
    slli t1, t1, 1
    add t1, t1, t2
    addi t1, t1, 1
    sd t1, 0(s0)
    addi s1, s1, -1
    bnez s1, loop
    la s2, ended
    li t1, 1
    amoadd.d t2, t1, (s2)
    csrr t2, mhartid
    bnez t2, rest
wait: .word 0x0100000f
    ld t1, 0(s2)
    li t2, 4
    bne t1, t2, wait
    finish
rest: wfi
    j rest
    .balign 4096
word: .quad 0
ended: .quad 0
`;

function race(options: GuestOptions): { word: bigint; hash: string; counters: unknown } {
    const guest = run(RACE, { hartsPerCluster: 4, ...options });
    expect(guest.stop.kind).toBe("finisher");
    return { word: guest.memory64("word"), hash: guest.machine.stateHash(), counters: guest.machine.counters() };
}

describe("a run", () => {
    it.each(SCHEDULERS)("3.1 is the same each time, scheduler %s", (scheduler) => {
        expect(race({ scheduler, seed: 5 })).toEqual(race({ scheduler, seed: 5 }));
    });

    it("3.1 differs with the seed and with the quantum", () => {
        const words = [race({ seed: 1 }), race({ seed: 2 }), race({ seed: 3 }), race({ quantum: 50 })].map(
            ({ word }) => word,
        );
        expect(new Set(words).size).toBe(4);
    });

    it.each(SCHEDULERS.flatMap((scheduler) => [1, 10, 137, 1000].map((calls) => [calls, scheduler] as const)))(
        "6.3 is the same when cut into calls of %i instructions, scheduler %s",
        (maxInstructions, scheduler) => {
            const whole = race({ seed: 9, scheduler });
            const guest = run(RACE, { hartsPerCluster: 4, seed: 9, scheduler, held: true });
            let calls = 0;
            let stop = guest.machine.run({ maxInstructions });
            for (; stop.kind === "instructions"; calls++) stop = guest.machine.run({ maxInstructions });
            expect(stop.kind).toBe("finisher");
            expect(calls).toBeGreaterThan(3);
            expect(guest.machine.stateHash()).toBe(whole.hash);
        },
    );

    it.each(SCHEDULERS)("6.3 is the same when cut into rounds, scheduler %s", (scheduler) => {
        const whole = race({ seed: 9, scheduler });
        const guest = run(RACE, { hartsPerCluster: 4, seed: 9, scheduler, held: true });
        let stop = guest.machine.run({ maxRounds: 1 });
        while (stop.kind === "rounds") stop = guest.machine.run({ maxRounds: 2 });
        expect(guest.machine.stateHash()).toBe(whole.hash);
    });
});

/** Cycles of the first turn of a loop, by the seed. */
function firstTurns(options: GuestOptions): number[] {
    return Array.from({ length: 60 }, (_, seed) => {
        const { machine } = run("1: j 1b", { quantum: 100, preemption: false, seed, held: true, ...options });
        machine.run({ maxRounds: 1 });
        return machine.hart(0).cycles;
    });
}

describe("time", () => {
    it("1.1 gives every hart one turn a round, in the order of their numbers", () => {
        const source = `
            csrr s0, mhartid
            la s1, next
            la s2, log
        1:  li t0, 1
            amoadd.d t1, t0, (s1)
            add t1, t1, s2
            sb s0, 0(t1)
            .word 0x0100000f
            j 1b
            .balign 8
        next: .dword 0
        log: .zero 64`;
        const guest = run(source, { hartsPerCluster: 3, held: true });
        guest.machine.run({ maxRounds: 4 });
        const log = guest.machine.readPhysical(Number(guest.address("log")), 13);
        expect([...log]).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
    });

    it("1.2 a turn ends behind the round by less than half a quantum, by the seed", () => {
        const turns = firstTurns({});
        expect(Math.min(...turns)).toBeGreaterThanOrEqual(100);
        expect(Math.max(...turns)).toBeLessThan(150);
        expect(new Set(turns).size).toBeGreaterThan(20);
    });

    it("1.2 with scheduler instruction by less than a whole one", () => {
        const turns = firstTurns({ scheduler: "instruction" });
        expect(Math.min(...turns)).toBeGreaterThanOrEqual(100);
        expect(Math.max(...turns)).toBeLessThan(200);
        expect(Math.max(...turns)).toBeGreaterThan(175);
    });

    it("1.3 a cycle an instruction, trapped ones too; minstret leaves those out, mtime is divided", () => {
        const source = `
            la t0, 1f
            csrw mtvec, t0
            csrr s0, mcycle
            csrr s1, minstret
            .word 0
            .balign 4
        1:  csrr s2, mcycle
            csrr s3, minstret
            csrr s4, time
            finish`;
        const guest = run(source, { timebaseDivider: 3 });
        expect([guest.x("s2") - guest.x("s0"), guest.x("s3") - guest.x("s1")]).toEqual([3n, 2n]);
        // the instruction in progress is part of the clock
        expect(guest.x("s4")).toBe((guest.x("s2") + 3n) / 3n);
    });

    it("1.4 a hart in debt skips turns, and is charged no idle time for them", () => {
        const straight = "addi a0, a0, 1\n".repeat(1000);
        const { machine } = run(`${straight} 1: j 1b`, { quantum: 100, held: true });
        machine.run({ maxRounds: 1 });
        const { cycles } = machine.hart(0);
        expect(cycles).toBeGreaterThanOrEqual(1000);
        // nine more rounds are already paid for
        machine.run({ maxRounds: 8 });
        expect(machine.hart(0).cycles).toBe(cycles);
        machine.run({ maxRounds: 9 });
        expect(machine.hart(0).cycles).toBeGreaterThan(cycles);
        expect(machine.hart(0).idleCycles).toBe(0);
    });

    it("1.5 jumps to the first timer event when all wait, and is a deadlock when there is none", () => {
        const guest = run(`
            li t0, 0x2004000
            li t1, 3000000
            sd t1, 0(t0)
            li t1, 0x80
            csrw mie, t1
            wfi
            csrr s0, time
            csrw mie, zero
            wfi`);
        expect(guest.stop.kind).toBe("deadlock");
        expect(guest.x("s0")).toBeGreaterThanOrEqual(3000000n);
        expect(guest.x("s0")).toBeLessThan(3000200n);
    });
});
