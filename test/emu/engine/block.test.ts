/** cbo.zero (RISC-V CMO extensions, Zicboz): what it makes zero, who may, what a trap tells, and what others see of it. */
import { describe, expect, it } from "vitest";
import { MSTATUS_FIELDS, maskOf } from "../../../emu/isa/fields.ts";
import { type GuestOptions, RAM, run } from "./guest.ts";
import { A, D, PageTables, R, V, W } from "./page-tables.ts";
import { TRAP_LOG_END, TRAP_LOG_START, trapsOf } from "./trap-log.ts";

const ALL = 0xffff_ffff_ffff_ffffn;
const CBZE = 0x80;
const TABLES = RAM + 0x100000;
const ILLEGAL = 2n;
const STORE_ACCESS_FAULT = 7n;
const STORE_PAGE_FAULT = 15n;
const CBO_ZERO_A0 = 0x0045200fn;

/** Three blocks of ones behind `block`. */
const BLOCKS = `
    .balign 4096
block: .rept 24
    .quad -1
    .endr`;

/** Runs `cbo.zero (a0)` once in the mode of mstatus.MPP, with a0 and both CSRs as given. */
function inMode(mode: "M" | "S" | "U", menvcfg: number, senvcfg: number) {
    const mpp = { M: 0x1800, S: 0x800, U: 0 }[mode];
    return run(`
        ${TRAP_LOG_START}
        li t0, ${menvcfg}
        csrw menvcfg, t0
        li t0, ${senvcfg}
        csrw senvcfg, t0
        la a0, block
        la s10, done
        li t0, 0x1800
        csrc mstatus, t0
        li t0, ${mpp}
        csrs mstatus, t0
        la t0, there
        csrw mepc, t0
        mret
    there:
        cbo.zero (a0)
        ecall
    done:
        finish
        ${TRAP_LOG_END}
        ${BLOCKS}`);
}

/** Stores by hart 0 beside a translation of `flags` for 0x40000000, under MPRV. */
function translated(flags: number, address: number, options: GuestOptions = {}) {
    return run(
        `
        ${TRAP_LOG_START}
        li a0, ${address}
        la s10, done
        li a1, ${maskOf(MSTATUS_FIELDS, "MPRV")}
        li t0, 0x800
        or a1, a1, t0
        li t0, 0x1800
        csrc mstatus, t0
        csrs mstatus, a1
        cbo.zero (a0)
    done:
        li t0, ${maskOf(MSTATUS_FIELDS, "MPRV")}
        csrc mstatus, t0
        finish
        ${TRAP_LOG_END}
        ${BLOCKS}`,
        {
            ...options,
            prepare: (machine) => {
                const tables = new PageTables(machine, TABLES);
                tables.map(0x40000000, RAM + 0x80000, flags);
                machine.writePhysical(RAM + 0x80000, new Uint8Array(4096).fill(255));
                machine.hart(0).setCsr("satp", tables.satp());
            },
        },
    );
}

describe("cbo.zero", () => {
    it.each([64, 65, 100, 127])("makes the block zero that holds byte %d, and no other", (offset) => {
        const guest = run(`la a0, block\n addi a0, a0, ${offset}\n cbo.zero (a0)\n finish\n ${BLOCKS}`);
        const words = Array.from({ length: 24 }, (_, i) => guest.memory64("block", i));
        expect(words).toEqual(words.map((_, i) => (i >= 8 && i < 16 ? 0n : ALL)));
    });

    it("is for M always, for S by menvcfg, for U by menvcfg and senvcfg", () => {
        for (const mode of ["M", "S", "U"] as const) {
            for (const [menvcfg, senvcfg] of [
                [0, 0],
                [0, CBZE],
                [CBZE, 0],
                [CBZE, CBZE],
            ] as const) {
                const legal = mode === "M" || (menvcfg !== 0 && (mode === "S" || senvcfg !== 0));
                const guest = inMode(mode, menvcfg, senvcfg);
                const [trap] = trapsOf(guest);
                const seen = { cause: trap?.cause === ILLEGAL, tval: trap?.tval, word: guest.memory64("block") };
                const name = `${mode} ${menvcfg} ${senvcfg}`;
                if (legal) expect(seen, name).toEqual({ cause: false, tval: 0n, word: 0n });
                else expect(seen, name).toEqual({ cause: true, tval: CBO_ZERO_A0, word: ALL });
            }
        }
    });

    it("needs a page that may be written, sets A and D, and a trap tells the address as it was given", () => {
        const done = translated(V | R | W, 0x40000044);
        expect(trapsOf(done)).toEqual([]);
        const bytes = done.machine.readPhysical(RAM + 0x80000, 192);
        expect([...bytes].map((byte, i) => byte === (i >= 64 && i < 128 ? 0 : 255))).not.toContain(false);
        const leaf = new DataView(done.machine.readPhysical(TABLES + 2 * 4096, 8).buffer).getBigUint64(0, true);
        expect(leaf & BigInt(A | D)).toBe(BigInt(A | D));
        for (const flags of [V | R, 0]) {
            const refused = translated(flags, 0x40000044);
            expect(trapsOf(refused)).toMatchObject([{ cause: STORE_PAGE_FAULT, tval: 0x40000044n }]);
            expect(refused.machine.readPhysical(RAM + 0x80000, 1)[0]).toBe(255);
        }
    });

    it.each([0x10000000, 0x1000, 0x60000000])("is an access fault at %i: a device, ROM, nothing", (address) => {
        const guest = run(`${TRAP_LOG_START}
            li a0, ${address + 5}
            la s10, done
            cbo.zero (a0)
        done: finish
            ${TRAP_LOG_END}`);
        expect(trapsOf(guest)).toMatchObject([{ cause: STORE_ACCESS_FAULT, tval: BigInt(address + 5) }]);
    });

    it.each(["interpreter", "jit"] as const)("changes code that ran before, with the %s", (engine) => {
        const guest = run(
            `${TRAP_LOG_START}
            la s10, after
            li s1, 0
            li s2, 5
        1:  call code
            addi s2, s2, -1
            bnez s2, 1b
            la a0, code
            cbo.zero (a0)
            call code
        after: finish
            ${TRAP_LOG_END}
            .balign 4096
        code: addi s1, s1, 1
            ret`,
            { engine, jitThreshold: 1 },
        );
        expect(guest.x("s1")).toBe(5n);
        expect(trapsOf(guest)).toMatchObject([{ cause: ILLEGAL, pc: guest.address("code") }]);
    });

    it("takes a word from a hart that reads it, which ends turns of the scheduler conflicts", () => {
        // Hart 1 waits for the last word of the block, which hart 0 makes zero.
        const guest = run(
            `csrr t0, mhartid
            la a0, block
            bnez t0, 1f
            cbo.zero (a0)
        2:  j 2b
        1:  ld t1, 56(a0)
            bnez t1, 1b
            finish
            ${BLOCKS}`,
            { hartsPerCluster: 2, scheduler: "conflicts" },
        );
        expect(guest.stop.kind).toBe("finisher");
        expect(guest.memory64("block", 7)).toBe(0n);
    });
});
