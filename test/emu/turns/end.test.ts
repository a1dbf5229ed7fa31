/** Where a turn ends (docs/spec/turns.md, section 2), but for preemption. */

import { describe, expect, it } from "vitest";
import { run } from "../engine/guest.ts";

const HELD = { preemption: false, held: true } as const;
const NOPS = "addi a0, a0, 1\n";
const PAUSE = ".word 0x0100000f\n";

describe("a turn", () => {
    it("2.1 ends only at a backward branch, however long that takes", () => {
        const forward = `beqz zero, 2f\n ${NOPS.repeat(10)} 2: j 3f\n ${NOPS.repeat(10)} 3:`;
        const { machine } = run(`${forward} ${NOPS.repeat(1000)} 1: j 1b`, { ...HELD, quantum: 16 });
        machine.run({ maxRounds: 1 });
        expect(machine.hart(0).instructions).toBe(1003);
    });

    it("2.1 ends at any JALR once the budget is used", () => {
        const calls = "la t0, 1f\n jr t0\n 1:\n".repeat(20) + NOPS.repeat(100);
        const { machine } = run(`${calls} 2: j 2b`, { ...HELD, quantum: 16 });
        machine.run({ maxRounds: 1 });
        expect(machine.hart(0).instructions).toBeLessThan(28);
    });

    it("2.1 ends at a trap, so that a trap loop ends it too", () => {
        const { machine } = run("la t0, 1f\n csrw mtvec, t0\n .balign 4\n 1: .word 0", HELD);
        expect(machine.run({ maxRounds: 100 }).kind).toBe("rounds");
        expect(machine.hart(0).cycles).toBeGreaterThan(9000);
        expect(machine.hart(0).instructions).toBeLessThan(10);
    });

    it("2.2, 2.3 ends with pause, and the rest of it is idle", () => {
        const guest = run(`${PAUSE} ${NOPS} ${PAUSE} 1: j 1b`, { ...HELD, quantum: 100 });
        const hart = guest.machine.hart(0);
        guest.machine.run({ maxRounds: 1 });
        expect([guest.x("a0"), hart.instructions]).toEqual([0n, 1]);
        expect(hart.cycles).toBeGreaterThanOrEqual(100);
        expect(hart.idleCycles).toBe(hart.cycles - 1);
        guest.machine.run({ maxRounds: 1 });
        expect(guest.x("a0")).toBe(1n);
    });

    it("2.2 ends with WFI, but not with one that an enabled interrupt makes a no-op", () => {
        const waits = run(`wfi\n ${NOPS} 1: j 1b`, HELD);
        expect(waits.machine.run({ maxRounds: 1 }).kind).toBe("deadlock");
        expect(waits.machine.hart(0).instructions).toBe(1);
        const pending = run(`li t0, 2\n csrw mip, t0\n csrw mie, t0\n wfi\n ${NOPS} 1: j 1b`, HELD);
        pending.machine.run({ maxRounds: 1 });
        expect(pending.x("a0")).toBe(1n);
    });

    it("2.4 is not given to a hart that waits, until an interrupt is pending that mie enables", () => {
        const source = `
            csrr t0, mhartid
            bnez t0, 2f
            li t0, 500
        1:  addi t0, t0, -1
            bnez t0, 1b
            li t0, 0x2000000
            li t1, 1
            sw t1, 8(t0)
            sw t1, 4(t0)
            wfi
        2:  slli t0, t0, 2
            csrw mie, t0
            wfi
            li s0, 1
            csrw mie, zero
        3:  wfi
            j 3b`;
        // mie is 4 in hart 1, which is no interrupt, and 8 in hart 2: MSI
        const guest = run(source, { ...HELD, hartsPerCluster: 3 });
        expect(guest.machine.run().kind).toBe("deadlock");
        expect([guest.x("s0", 1), guest.x("s0", 2)]).toEqual([0n, 1n]);
        expect(guest.machine.hart(2).cycles).toBeGreaterThan(1000);
    });
});

describe("scheduler instruction", () => {
    it("2.6 ends a turn after any instruction, so with quantum 1 after each: traps, xRETs, CSR writes and fences too", () => {
        const source = `
            la t0, handler
            csrw mtvec, t0
            la t0, after
            csrw mepc, t0
            nop
            csrw mie, zero
            csrw satp, zero
            csrsi mstatus, 8
            sfence.vma
            fence
            .word 0x0000100f
            mret
        after:
            .word 0
            j 1f
            .balign 4
        handler:
            la t0, store
            jr t0
        1:  nop
        store:
            sd t0, 0(sp)
            amoadd.d t1, t0, (sp)
            ecall`;
        const guest = run(source, {
            held: true,
            scheduler: "instruction",
            quantum: 1,
            prepare: (machine) => machine.hart(0).setX(2, 0x8000_8000n),
        });
        const { machine } = guest;
        for (let executed = 0; executed <= 40; executed++) {
            expect(machine.executed).toBe(executed);
            machine.run({ maxRounds: 1 });
        }
        expect(machine.hart(0).csr("mcause")).toBe(11n);
    });

    it("2.6 is not extended", () => {
        const cycles = (preemption: boolean) => {
            const guest = run(`1: ${NOPS} j 1b`, { scheduler: "instruction", seed: 3, preemption, held: true });
            guest.machine.run({ maxRounds: 300 });
            return guest.machine.stateHash();
        };
        expect(cycles(true)).toBe(cycles(false));
    });
});
