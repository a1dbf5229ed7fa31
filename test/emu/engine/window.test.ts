import { describe, expect, it } from "vitest";
import { RAM, run } from "./guest.ts";
import { A, D, PageTables, R, V, W } from "./page-tables.ts";
import { TRAP_LOG_END, TRAP_LOG_START, trapsOf } from "./trap-log.ts";

const MIB = 1048576;
const KERNEL = { localWindow: true, meshX: 2, meshY: 2, bankSize: 2 * MIB } as const;

describe("the local window", () => {
    it("is each hart's own bank, at 0x40000000 and its first pages at 0x2000", () => {
        const guest = run(
            `
            csrr s0, mhartid
            li t0, 0x40100000
            addi t1, s0, 100
            sd t1, 0(t0)
            li t2, 0x40002000
            addi t1, s0, 200
            sd t1, -8(t2)
            li t2, 0x4000
            ld s2, -8(t2)
            .word 0x0100000f
            .word 0x0100000f
            bnez s0, 1f
            finish
        1:  wfi
            j 1b`,
            KERNEL,
        );
        for (let hart = 0; hart < 4; hart++) {
            const bank = RAM + hart * 2 * MIB;
            expect(guest.machine.readPhysical(bank + 0x100000, 1)[0]).toBe(100 + hart);
            expect(guest.machine.readPhysical(0x40100000, 1, hart)[0]).toBe(100 + hart);
            expect(guest.machine.readPhysical(bank + 0x1ff8, 1)[0]).toBe(200 + hart);
            expect(guest.x("s2", hart)).toBe(BigInt(200 + hart));
        }
    });

    it("ends with the bank, and so does the alias after two pages", () => {
        const guest = run(
            `${TRAP_LOG_START}
            la s10, a
            li t0, 0x40200000
            ld t1, 0(t0)
        a:  la s10, b
            li t0, 0x4000
            ld t1, 0(t0)
        b:  finish
            ${TRAP_LOG_END}`,
            KERNEL,
        );
        expect(trapsOf(guest).map(({ cause, tval }) => [cause, tval])).toEqual([
            [5n, 0x4020_0000n],
            [5n, 0x4000n],
        ]);
    });

    it("is one memory with the global address for LR and SC", () => {
        const guest = run(
            `
            li s0, 0x40100000
            li s1, 0x80100000
            li t1, 5
            lr.d t2, (s0)
            sc.d s2, t1, (s1)
            finish`,
            { ...KERNEL, meshX: 1, meshY: 1 },
        );
        expect(guest.x("s2")).toBe(0n);
    });

    it("cannot be named by a PTE, kentry's alias can", () => {
        const guest = run(
            `${TRAP_LOG_START}
            li t0, ${(1 << 17) | (1 << 11)}
            csrw satp, s2
            csrw mstatus, t0
            la s10, a
            li t1, 0x10000
            ld s3, 0(t1)
        a:  li t0, ${(1 << 17) | (1 << 11)}
            csrw mstatus, t0
            li t1, 0x11000
            ld s4, 0(t1)
            li t0, 0x1800
            csrw mstatus, t0
            finish
            ${TRAP_LOG_END}`,
            {
                ...KERNEL,
                meshX: 1,
                meshY: 1,
                prepare: (machine) => {
                    const tables = new PageTables(machine, RAM + 0x100000);
                    tables.map(0x10000, 0x40000000, V | R | W | A | D);
                    tables.map(0x11000, 0x2000, V | R | W | A | D);
                    machine.hart(0).setX(18, tables.satp());
                },
            },
        );
        expect(trapsOf(guest).map(({ cause }) => cause)).toEqual([5n]);
        const first = new DataView(guest.machine.readPhysical(RAM, 8).buffer).getBigUint64(0, true);
        expect(guest.x("s4")).toBe(first);
    });

    it("shows every hart bank 0 where it is shared, at both aliases, and its own bank on the pages beside", () => {
        const guest = run(
            `
            csrr s0, mhartid
            li t0, 0x40001000
            addi t1, s0, 100
            amoadd.d x0, t1, (t0)
            sd t1, -8(t0)
            li t2, 0x40101000
            sd t1, 0(t2)
            sd t1, -8(t2)
            .word 0x0100000f
            .word 0x0100000f
            li t3, 0x3000
            ld s2, 0(t3)
            .word 0x0100000f
            bnez s0, 1f
            finish
        1:  wfi
            j 1b`,
            {
                ...KERNEL,
                sharedWindow: [
                    { offset: 0x1000, sizeBytes: 0x1000 },
                    { offset: 0x101000, sizeBytes: 0x2000 },
                ],
            },
        );
        const word = (paddr: number, hart = 0) =>
            new DataView(guest.machine.readPhysical(paddr, 8, hart).buffer).getBigUint64(0, true);
        for (let hart = 0; hart < 4; hart++) {
            const bank = RAM + hart * 2 * MIB;
            expect(guest.x("s2", hart)).toBe(406n);
            expect([word(0x40001000, hart), word(0x3000, hart), word(0x40101000, hart)]).toEqual([406n, 406n, 103n]);
            expect(word(bank + 0x1000)).toBe(hart === 0 ? 406n : 0n);
            expect([word(bank + 0x101000 - 8), word(0x40100ff8, hart)]).toEqual([
                BigInt(100 + hart),
                BigInt(100 + hart),
            ]);
        }
    });

    it("holds code that all clusters share", () => {
        const guest = run(
            `
            csrr s0, mhartid
            la t0, copied
            li t1, 0x40180000
            la t2, end
        1:  ld t3, 0(t0)
            sd t3, 0(t1)
            addi t0, t0, 8
            addi t1, t1, 8
            blt t0, t2, 1b
            li t1, 0x40180000
            fence.i
            jalr t1
            .word 0x0100000f
            bnez s0, 1f
            finish
        1:  wfi
            j 1b
            .balign 8
        copied: addi s5, s0, 7
            ret
            .balign 8
        end: nop`,
            KERNEL,
        );
        expect([0, 1, 2, 3].map((hart) => guest.x("s5", hart))).toEqual([7n, 8n, 9n, 10n]);
    });
});
