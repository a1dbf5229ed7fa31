import { describe, expect, it } from "vitest";
import { type GuestOptions, run } from "./guest.ts";

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
    it.each(["rounds", "instruction"] as const)("is the same each time, scheduler %s", (scheduler) => {
        expect(race({ scheduler, seed: 5 })).toEqual(race({ scheduler, seed: 5 }));
    });

    it("differs with the seed and with the quantum", () => {
        const words = [race({ seed: 1 }), race({ seed: 2 }), race({ seed: 3 }), race({ quantum: 50 })].map(
            ({ word }) => word,
        );
        expect(new Set(words).size).toBe(4);
    });

    it.each([1, 10, 137, 1000])("is the same when cut into calls of %i instructions", (maxInstructions) => {
        const whole = race({ seed: 9 });
        const guest = run(RACE, { hartsPerCluster: 4, seed: 9, held: true });
        let calls = 0;
        let stop = guest.machine.run({ maxInstructions });
        for (; stop.kind === "instructions"; calls++) stop = guest.machine.run({ maxInstructions });
        expect(stop.kind).toBe("finisher");
        expect(calls).toBeGreaterThan(3);
        expect(guest.machine.stateHash()).toBe(whole.hash);
    });

    it("is the same when cut into rounds", () => {
        const whole = race({ seed: 9 });
        const guest = run(RACE, { hartsPerCluster: 4, seed: 9, held: true });
        let stop = guest.machine.run({ maxRounds: 1 });
        while (stop.kind === "rounds") stop = guest.machine.run({ maxRounds: 2 });
        expect(guest.machine.stateHash()).toBe(whole.hash);
    });
});

describe("a turn", () => {
    it("ends only at a backward branch, however long that takes, and the overshoot is debt", () => {
        const straight = "addi a0, a0, 1\n".repeat(1000);
        const guest = run(`${straight} 1: j 1b`, { quantum: 100, held: true });
        guest.machine.run({ maxRounds: 1 });
        expect(guest.machine.hart(0).instructions).toBeGreaterThanOrEqual(1000);
        const { cycles } = guest.machine.hart(0);
        // nine more rounds are already paid for
        guest.machine.run({ maxRounds: 8 });
        expect(guest.machine.hart(0).cycles).toBe(cycles);
        guest.machine.run({ maxRounds: 3 });
        expect(guest.machine.hart(0).cycles).toBeGreaterThan(cycles);
    });

    it("ends at any JALR once the budget is used, and at a trap", () => {
        const calls = "la t0, 1f\n jr t0\n 1:\n".repeat(20) + "addi a0, a0, 1\n".repeat(100);
        const guest = run(`${calls} 2: j 2b`, { quantum: 16, held: true });
        guest.machine.run({ maxRounds: 1 });
        expect(guest.machine.hart(0).instructions).toBeLessThan(28);
    });

    it("ends with pause, and the rest of it is idle", () => {
        const guest = run(".word 0x0100000f\n addi a0, a0, 1\n .word 0x0100000f\n 1: j 1b", {
            quantum: 100,
            held: true,
        });
        guest.machine.run({ maxRounds: 1 });
        expect(guest.x("a0")).toBe(0n);
        expect(guest.machine.hart(0).instructions).toBe(1);
        expect(guest.machine.hart(0).cycles).toBeGreaterThanOrEqual(100);
        expect(guest.machine.hart(0).idleCycles).toBe(guest.machine.hart(0).cycles - 1);
        guest.machine.run({ maxRounds: 1 });
        expect(guest.x("a0")).toBe(1n);
    });

    it("of `instruction` may end anywhere", () => {
        const guest = run("addi a0, a0, 1\n".repeat(200), { quantum: 4, scheduler: "instruction", held: true });
        guest.machine.run({ maxRounds: 1 });
        expect(guest.machine.hart(0).instructions).toBeLessThan(9);
        expect(guest.machine.hart(0).instructions).toBeGreaterThan(3);
    });

    it("of a trap loop ends too", () => {
        const guest = run("la t0, 1f\n csrw mtvec, t0\n .balign 4\n 1: .word 0", { held: true });
        expect(guest.machine.run({ maxRounds: 100 }).kind).toBe("rounds");
        expect(guest.machine.hart(0).cycles).toBeGreaterThan(9000);
        expect(guest.machine.hart(0).instructions).toBeLessThan(10);
    });
});

it("a guest that retires nothing still meets the limit of a call", () => {
    const guest = run("la t0, 1f\n csrw mtvec, t0\n .balign 4\n 1: .word 0", { maxInstructions: 5000 });
    expect(guest.stop.kind).toBe("instructions");
});
