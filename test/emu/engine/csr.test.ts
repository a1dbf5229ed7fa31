import { describe, expect, it } from "vitest";
import { CSRS } from "../../../emu/isa/csr.ts";
import { run } from "./guest.ts";
import { TRAP_LOG_END, TRAP_LOG_START, trapsOf } from "./trap-log.ts";

const ALL = 0xffff_ffff_ffff_ffffn;

/** What the CSR holds after all ones, then after zero, were written in M mode. */
function extremes(name: string): [bigint, bigint] {
    const guest = run(`li t0, -1\n csrw ${name}, t0\n csrr s0, ${name}\n csrw ${name}, x0\n csrr s1, ${name}\n finish`);
    expect(guest.stop.kind).toBe("finisher");
    return [guest.x("s0"), guest.x("s1")];
}

describe("CSRs keep what is legal", () => {
    it.each([
        ["mscratch", ALL, 0n],
        ["sscratch", ALL, 0n],
        ["mtvec", ALL & ~2n, 0n],
        ["stvec", ALL & ~2n, 0n],
        ["mepc", ALL & ~1n, 0n],
        ["sepc", ALL & ~1n, 0n],
        ["mtval", ALL, 0n],
        ["medeleg", 0xb3ffn, 0n],
        ["mideleg", 0x222n, 0n],
        ["mie", 0xaaan, 0n],
        ["mcounteren", 0xffff_ffffn, 0n],
        ["scounteren", 0xffff_ffffn, 0n],
        ["mcountinhibit", 5n, 0n],
        ["menvcfg", (7n << 61n) | 0x81n, 0n],
        ["senvcfg", 0x81n, 0n],
        ["satp", 0n, 0n],
        ["misa", 0x8000_0000_0014_112fn, 0x8000_0000_0014_112fn],
        ["pmpcfg0", 0n, 0n],
        ["pmpaddr63", 0n, 0n],
        ["mhpmcounter3", 0n, 0n],
        ["mhpmevent31", 0n, 0n],
        ["stimecmp", ALL, 0n],
        ["mip", 0x222n, 0n],
        // UXL and SXL are fixed at 64 bits; SD follows FS
        ["mstatus", 0x8000_000a_007e_79aan, 0xa_0000_0000n],
        ["sstatus", 0x8000_0002_000c_6122n, 0x2_0000_0000n],
    ])("%s", (name, ones, zero) => {
        expect(extremes(name)).toEqual([ones, zero]);
    });

    it("MPP = 2 leaves MPP, and satp ignores a mode that does not exist", () => {
        const guest = run(`
            li t0, 0x800
            csrw mstatus, t0
            li t0, 0x1000
            csrw mstatus, t0
            csrr s0, mstatus
            li t0, 0x8000000000012345
            csrw satp, t0
            li t1, 0x9000000000054321
            csrw satp, t1
            csrr s1, satp
            finish`);
        expect((guest.x("s0") >> 11n) & 3n).toBe(1n);
        expect(guest.x("s1")).toBe(0x8000_0000_0001_2345n);
    });

    it("sie and sip show only what is delegated", () => {
        const guest = run(`
            li t0, 0xaaa
            csrw mie, t0
            li t0, 0x222
            csrw mip, t0
            csrr s0, sie
            csrr s1, sip
            li t0, 0x202
            csrw mideleg, t0
            csrr s2, sie
            csrr s3, sip
            csrw sip, x0
            csrr s4, mip
            csrw sie, x0
            csrr s5, mie
            finish`);
        expect(["s0", "s1", "s2", "s3", "s4", "s5"].map((name) => guest.x(name))).toEqual([
            0n,
            0n,
            0x202n,
            0x202n,
            0x220n,
            0x8a8n,
        ]);
    });
});

describe("CSR instructions", () => {
    it("write, set and clear, by register and immediate, and give the old value", () => {
        const guest = run(`
            li t0, 0xf0
            csrw mscratch, t0
            li t1, 0x3c
            csrrs s0, mscratch, t1
            csrrc s1, mscratch, t0
            csrrwi s2, mscratch, 21
            csrrsi s3, mscratch, 10
            csrrci s4, mscratch, 1
            csrrw s5, mscratch, s0
            csrrw t1, mscratch, t1
            csrr s6, mscratch
            finish`);
        expect(["s0", "s1", "s2", "s3", "s4", "s5", "s6", "t1"].map((name) => guest.x(name))).toEqual([
            0xf0n,
            0xfcn,
            0x0cn,
            21n,
            31n,
            30n,
            0x3cn,
            0xf0n,
        ]);
    });

    it("do not write read-only CSRs when their mask is x0 or 0, and trap otherwise", () => {
        const ok = run(
            `${TRAP_LOG_START} csrr t1, mhartid\n csrrs t1, cycle, x0\n csrrci t1, mvendorid, 0\n finish\n ${TRAP_LOG_END}`,
        );
        expect(trapsOf(ok)).toEqual([]);
        for (const bad of ["csrrw x0, mhartid, x0", "csrrsi x0, cycle, 1", "csrrs x0, time, t0"]) {
            const guest = run(`${TRAP_LOG_START} la s10, on\n ${bad}\n on: finish\n ${TRAP_LOG_END}`);
            expect(
                trapsOf(guest).map(({ cause }) => cause),
                bad,
            ).toEqual([2n]);
        }
    });

    it("exist for every row of the table and for no other number", () => {
        const known = new Set(CSRS.map((row) => row.number));
        const numbers = [
            ...known,
            0x000,
            0x101,
            0x200,
            0x301 + 0x10,
            0x3a1,
            0x3f0,
            0x5c0,
            0x7a5,
            0x7b0,
            0xb01,
            0xc20,
            0xf16,
        ];
        const body = numbers
            .map((number, i) => `la s10, n${i}\n li s9, ${number}\n csrr t1, ${number}\n n${i}:\n`)
            .join("");
        const guest = run(`${TRAP_LOG_START} li t0, 0x2000\n csrs mstatus, t0\n ${body} finish\n ${TRAP_LOG_END}`);
        const trapped = trapsOf(guest).map(({ tval }) => Number(tval >> 20n));
        expect(trapped).toEqual(numbers.filter((number) => !known.has(number)));
    });
});

describe("counters", () => {
    it("instret counts instructions, a write is seen by the next instruction", () => {
        const guest = run(`
            csrr s0, minstret
            nop
            nop
            csrr s1, minstret
            li t0, 1000
            csrw minstret, t0
            csrr s2, minstret
            csrw mcycle, t0
            csrr s3, mcycle
            csrr s4, mcycle
            finish`);
        expect(guest.x("s1") - guest.x("s0")).toBe(3n);
        expect([guest.x("s2"), guest.x("s3"), guest.x("s4")]).toEqual([1000n, 1000n, 1001n]);
    });

    it("stop under mcountinhibit and go on where they stopped", () => {
        const guest = run(`
            csrwi mcountinhibit, 5
            csrr s0, mcycle
            csrr s1, minstret
            nop
            csrr s2, mcycle
            csrr s3, minstret
            csrwi mcountinhibit, 0
            csrr s4, mcycle
            csrr s5, minstret
            finish`);
        expect(guest.x("s2")).toBe(guest.x("s0"));
        expect(guest.x("s3")).toBe(guest.x("s1"));
        expect(guest.x("s4") - guest.x("s0")).toBeLessThan(3n);
        expect(guest.x("s5") - guest.x("s1")).toBeLessThan(3n);
    });

    it("a trapping instruction is not retired but takes a cycle", () => {
        const guest = run(`
            la t0, handler
            csrw mtvec, t0
            csrr s0, minstret
            csrr s1, mcycle
            ecall
            .balign 4
        handler:
            csrr s2, minstret
            csrr s3, mcycle
            finish`);
        expect(guest.x("s2") - guest.x("s0")).toBe(2n);
        expect(guest.x("s3") - guest.x("s1")).toBe(3n - 0n);
    });
});
