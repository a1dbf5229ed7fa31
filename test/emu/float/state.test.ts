/** mstatus.FS, fcsr, NaN boxing, register moves: what the vectors do not show. */
import { describe, expect, it } from "vitest";
import { CAUSE } from "../../../emu/isa/cause.ts";
import { run } from "../engine/guest.ts";
import { TRAP_LOG_END, TRAP_LOG_START, trapsOf } from "../engine/trap-log.ts";

const FS = (state: number) => `li t0, 0x6000\n csrc mstatus, t0\n li t0, ${state << 13}\n csrs mstatus, t0\n`;
const [OFF, INITIAL, CLEAN, DIRTY] = [0, 1, 2, 3] as const;
const ILLEGAL = BigInt(CAUSE.ILLEGAL_INSTRUCTION);
const BOX = 0xffff_ffff_0000_0000n;

/** Runs one instruction under a state of FS; the state after it, or "illegal". */
function stateAfter(state: number, instruction: string): number | "illegal" {
    const guest = run(`
        ${TRAP_LOG_START}
        la s0, data
        ${FS(state)}
        la s10, on
        ${instruction}
    on: csrr s1, mstatus
        finish
        ${TRAP_LOG_END}
        .balign 8
    data: .dword 0, 0`);
    const [trap] = trapsOf(guest);
    const after = Number((guest.x("s1") >> 13n) & 3n);
    if (trap === undefined) {
        expect(guest.x("s1") >> 63n).toBe(after === DIRTY ? 1n : 0n);
        return after;
    }
    expect(trap.cause).toBe(ILLEGAL);
    expect(after).toBe(state);
    return "illegal";
}

const CHANGING = ["fadd.d fa0, fa1, fa2", "feq.s a0, fa1, fa2", "fld fa0, 0(s0)", "flw fa0, 0(s0)", "fmv.d.x fa0, a0"];
const KEEPING = ["fsd fa0, 0(s0)", "fsw fa0, 0(s0)", "fmv.x.d a0, fa0", "fclass.s a0, fa0", "csrr a0, fcsr"];
const WRITING = ["csrw fcsr, x0", "fsrmi 1", "fsflagsi 0"];

describe("mstatus.FS", () => {
    it.each([...CHANGING, ...KEEPING, ...WRITING])("Off makes %s illegal", (instruction) => {
        expect(stateAfter(OFF, instruction)).toBe("illegal");
    });

    it.each([...CHANGING, ...WRITING])("becomes Dirty by %s", (instruction) => {
        for (const state of [INITIAL, CLEAN, DIRTY]) expect(stateAfter(state, instruction)).toBe(DIRTY);
    });

    it.each(KEEPING)("stays by %s", (instruction) => {
        for (const state of [INITIAL, CLEAN, DIRTY]) expect(stateAfter(state, instruction)).toBe(state);
    });

    it("is Off at reset, and sstatus shows it with SD", () => {
        const guest = run(`csrr s0, mstatus\n ${FS(DIRTY)} csrr s1, sstatus\n finish`);
        expect((guest.x("s0") >> 13n) & 3n).toBe(0n);
        expect(guest.x("s1") & ~(3n << 32n)).toBe((1n << 63n) | (3n << 13n));
    });
});

describe("rounding modes", () => {
    it("a reserved mode is illegal, in the instruction or in frm, and frm counts only where it is asked", () => {
        for (const state of [CLEAN, DIRTY]) {
            expect(stateAfter(state, ".word 0x02c5d553")).toBe("illegal"); // fadd.d with rm 5
            for (const frm of [5, 6, 7]) {
                const set = `fsrmi ${frm}\n ${FS(state)}`;
                expect(stateAfter(state, `${set} fadd.d fa0, fa1, fa2`)).toBe("illegal");
                expect(stateAfter(state, `${set} fadd.d fa0, fa1, fa2, rtz`)).toBe(DIRTY);
                expect(stateAfter(state, `${set} fmin.d fa0, fa1, fa2`)).toBe(DIRTY);
            }
        }
    });

    it("fcsr is fflags and frm, 8 bits", () => {
        const guest = run(`${FS(DIRTY)} li t0, -1\n csrw fcsr, t0\n csrr s0, fcsr\n csrr s1, fflags\n csrr s2, frm
            fsrmi 2\n fsflagsi 9\n csrr s3, fcsr\n csrw fflags, t0\n csrw frm, t0\n csrr s4, fcsr\n finish`);
        expect(["s0", "s1", "s2", "s3", "s4"].map((name) => guest.x(name))).toEqual([255n, 31n, 7n, 0x49n, 255n]);
    });
});

describe("registers", () => {
    it("flw and fmv.w.x box, fsw and fmv.x.w take the low half, fld and fsd all of it", () => {
        const guest = run(`${FS(DIRTY)}
            la s0, data
            flw fa0, 0(s0)
            fsd fa0, 16(s0)
            fld fa1, 8(s0)
            fsw fa1, 24(s0)
            fmv.x.w s1, fa1
            fmv.w.x fa2, s0
            fmv.x.d s2, fa1
            finish
            .balign 8
        data: .dword 0x3f800000deadbeef, 0x0123456789abcdef, 0, 0`);
        expect(guest.memory64("data", 2)).toBe(0xffffffffdeadbeefn);
        expect(guest.memory64("data", 3)).toBe(0x89abcdefn);
        expect(guest.x("s1")).toBe(0xffffffff89abcdefn);
        expect(guest.x("s2")).toBe(0x0123456789abcdefn);
        expect(guest.machine.hart(0).f(12)).toBe(BOX | guest.x("s0"));
    });

    it("f0 is a register like any other, also compressed and across pages", () => {
        const guest = run(
            `${FS(DIRTY)}
            la a0, data
            la sp, data
            fld fa0, 0(a0)
            fld ft0, 0(sp)
            fsd fa0, 8(a0)
            fsd ft0, 16(sp)
            li t1, 0x80002000
            flw ft1, -2(t1)
            finish
            .balign 8
        data: .dword 0x4008000000000000, 0, 0`,
            { rvc: true },
        );
        expect([1, 2].map((i) => guest.memory64("data", i))).toEqual([0x4008000000000000n, 0x4008000000000000n]);
        expect(guest.machine.hart(0).f(0)).toBe(0x4008000000000000n);
        expect(guest.machine.hart(0).f(1)).toBe(BOX);
    });

    it("an f register is part of the state hash, and so is fcsr", () => {
        const hashes = ["nop", "fmv.d.x ft3, sp", "fmv.d.x ft3, a0", "fsflagsi 1"].map((instruction) =>
            run(`${FS(DIRTY)} li a0, 1\n ${instruction}\n finish`).machine.stateHash(),
        );
        const text = run(`${FS(DIRTY)} li a0, 1\n fmv.d.x ft3, sp\n finish`).machine;
        const before = text.stateHash();
        text.hart(0).setF(3, 5n);
        const changed = text.stateHash();
        text.hart(0).setCsr("fcsr", 1n);
        expect(new Set([before, changed, text.stateHash()]).size).toBe(3);
        expect(new Set(hashes).size).toBe(hashes.length);
    });
});
