import { describe, expect, it } from "vitest";
import { CAUSE } from "../../../emu/isa/cause.ts";
import { run } from "./guest.ts";
import { TRAP_LOG_END, TRAP_LOG_START, trapsOf } from "./trap-log.ts";

/** Runs snippets that each trap once at a label bad0, bad1, ...; gives cause and tval, after checking pc. */
function trapsIn(snippets: readonly string[]): [bigint, bigint][] {
    const body = snippets.map((code, i) => `la s10, next${i}\n ${code.replace("BAD", `bad${i}: `)}\n next${i}:\n`);
    const guest = run(`${TRAP_LOG_START} ${body.join("")} finish\n ${TRAP_LOG_END}`);
    expect(guest.stop.kind).toBe("finisher");
    const traps = trapsOf(guest);
    expect(traps.length).toBe(snippets.length);
    traps.forEach((trap, i) => {
        expect(trap.pc, `pc of trap ${i}`).toBe(guest.address(`bad${i}`));
    });
    return traps.map(({ cause, tval }) => [cause, tval]);
}

describe("exceptions in M mode", () => {
    it("illegal instructions give their bits in mtval, compressed ones 16 of them", () => {
        expect(
            trapsIn(["BAD .word 0xffffffff", "BAD .half 0\n .half 1", "BAD .word 0x0000707f", "BAD csrw mhartid, t0"]),
        ).toEqual([
            [2n, 0xffff_ffffn],
            [2n, 0n],
            [2n, 0x707fn],
            [2n, 0xf142_9073n],
        ]);
    });

    it("ecall and ebreak", () => {
        const [ecall, ebreak, compressed] = trapsIn(["BAD ecall", "BAD ebreak", "BAD .half 0x9002\n .half 1"]);
        expect(ecall).toEqual([BigInt(CAUSE.ECALL_FROM_M), 0n]);
        expect(ebreak?.[0]).toBe(BigInt(CAUSE.BREAKPOINT));
        expect(compressed?.[0]).toBe(BigInt(CAUSE.BREAKPOINT));
    });

    it("accesses to nothing are access faults: load, store, AMO, LR, fetch", () => {
        const at = "li t1, 0x70000000\n";
        expect(
            trapsIn([
                `${at} BAD lw t2, 4(t1)`,
                `${at} BAD sb t2, 5(t1)`,
                `${at} BAD amoadd.w t2, t2, (t1)`,
                `${at} BAD lr.d t2, (t1)`,
                `${at} BAD sc.d t2, t2, (t1)`,
            ]),
        ).toEqual([
            [5n, 0x7000_0004n],
            [7n, 0x7000_0005n],
            [7n, 0x7000_0000n],
            [5n, 0x7000_0000n],
            [7n, 0x7000_0000n],
        ]);
    });

    it("the local window and RAM past the end fault on a bare machine", () => {
        expect(
            trapsIn([
                "li t1, 0x40000000\n BAD ld t2, 0(t1)",
                "li t1, 0x80200000\n BAD ld t2, 0(t1)",
                "li t1, 0x2000\n BAD sd t2, 0(t1)",
            ]),
        ).toEqual([
            [5n, 0x4000_0000n],
            [5n, 0x8020_0000n],
            [7n, 0x2000n],
        ]);
    });

    it("misaligned atomics trap, also in RAM", () => {
        expect(
            trapsIn([
                "la t1, log\n BAD amoswap.d t2, t2, (t1)".replace("log", "log+4"),
                "la t1, log+2\n BAD lr.w t2, (t1)",
                "la t1, log+2\n BAD sc.w t2, t2, (t1)",
            ]).map(([cause]) => cause),
        ).toEqual([6n, 4n, 6n]);
    });

    it("atomics on devices are access faults", () => {
        const uart = "li t1, 0x10000000\n";
        expect(trapsIn([`${uart} BAD amoadd.w t2, t2, (t1)`, `${uart} BAD lr.w t2, (t1)`])).toEqual([
            [7n, 0x1000_0000n],
            [5n, 0x1000_0000n],
        ]);
    });

    it("a jump to nowhere faults at the target", () => {
        const guest = run(`${TRAP_LOG_START} la s10, on\n li t1, 0x70000000\n jr t1\n on: finish\n ${TRAP_LOG_END}`);
        expect(trapsOf(guest)).toMatchObject([{ cause: 1n, pc: 0x7000_0000n, tval: 0x7000_0000n }]);
    });

    it("a trapping load leaves rd alone", () => {
        const guest = run(
            `${TRAP_LOG_START} la s10, on\n li a0, 77\n li a1, 0x70000000\n ld a0, 0(a1)\n on: finish\n ${TRAP_LOG_END}`,
        );
        expect(guest.x("a0")).toBe(77n);
    });
});

describe("privilege", () => {
    /** Runs code in S or U mode after M-mode set-up; it ends by a trap, after which M mode finishes. */
    function inMode(mode: "s" | "u", setup: string, code: string) {
        const guest = run(`
            ${TRAP_LOG_START}
            la s10, done
            ${setup}
            li t0, 0x1800
            csrc mstatus, t0
            li t0, ${mode === "s" ? 0x800 : 0}
            csrs mstatus, t0
            la t0, inside
            csrw mepc, t0
            mret
        inside:
            ${code}
        done:
            finish
            .balign 4
        shandler:
            csrr s2, scause
            csrr s3, sepc
            csrr s4, stval
            csrr s5, sstatus
            li a7, 99
            ecall
            ${TRAP_LOG_END}`);
        expect(guest.stop.kind).toBe("finisher");
        return { guest, traps: trapsOf(guest) };
    }

    it.each([
        ["s", "ecall", 9n, 1n],
        ["u", "ecall", 8n, 0n],
        ["u", "csrr t1, sstatus", 2n, 0n],
        ["s", "csrr t1, mstatus", 2n, 1n],
        ["s", "mret", 2n, 1n],
        ["u", "sret", 2n, 0n],
        ["u", "wfi", 2n, 0n],
        ["u", "sfence.vma", 2n, 0n],
        ["u", "sinval.vma x0, x0", 2n, 0n],
        ["u", "sfence.w.inval", 2n, 0n],
        ["u", "sfence.inval.ir", 2n, 0n],
        // TVM has no say in these two.
        ["s", "sfence.w.inval\n sfence.inval.ir\n ecall", 9n, 1n],
        ["u", "csrr t1, hpmcounter3", 2n, 0n],
        ["u", "csrr t1, cycle", 2n, 0n],
        ["s", "csrr t1, cycle", 2n, 1n],
        ["s", "csrr t1, stimecmp", 2n, 1n],
        ["s", "csrw cycle, t1", 2n, 1n],
    ] as const)("%s mode: %s gives cause %s, MPP %s", (mode, code, cause, previous) => {
        const { traps } = inMode(mode, "", code);
        expect(traps.length).toBe(1);
        expect(traps[0]?.cause).toBe(cause);
        expect(((traps[0]?.mstatus ?? 0n) >> 11n) & 3n).toBe(previous);
    });

    it.each([
        ["TVM: satp", 20, "csrr t1, satp"],
        ["TVM: sfence.vma", 20, "sfence.vma"],
        ["TVM: sinval.vma", 20, "sinval.vma a0, a1"],
        ["TW: wfi", 21, "wfi"],
        ["TSR: sret", 22, "sret"],
    ])("mstatus.%s in S mode is illegal", (_, bit, code) => {
        const { traps } = inMode("s", `li t0, 1 << ${bit}\n csrs mstatus, t0`, code);
        expect(traps[0]?.cause).toBe(2n);
    });

    it("counters open through mcounteren and scounteren", () => {
        const open = "li t0, -1\n csrw mcounteren, t0\n csrw scounteren, t0\n";
        const { traps } = inMode(
            "u",
            open,
            "csrr t1, cycle\n csrr t2, time\n csrr t3, instret\n csrr t4, hpmcounter31\n ecall",
        );
        expect(traps.map(({ cause }) => cause)).toEqual([8n]);
        expect(
            inMode("u", "li t0, 7\n csrw mcounteren, t0\n csrw scounteren, x0", "csrr t1, cycle").traps[0]?.cause,
        ).toBe(2n);
    });

    it("a delegated ecall goes to S mode with sepc, scause, SPP and SPIE", () => {
        const setup =
            "li t0, 0x100\n csrw medeleg, t0\n la t0, shandler\n csrw stvec, t0\n li t0, 2\n csrs mstatus, t0";
        const { guest, traps } = inMode("u", setup, "nop\n bad: ecall");
        expect(guest.x("s2")).toBe(8n);
        expect(guest.x("s3")).toBe(guest.address("bad"));
        expect(guest.x("s4")).toBe(0n);
        expect(guest.x("s5") & 0x122n).toBe(0x020n);
        expect(traps.map(({ cause }) => cause)).toEqual([9n]);
    });

    it("sret returns to U with SIE from SPIE, SPP and MPRV cleared", () => {
        const setup = "li t0, 0x20020\n csrs mstatus, t0";
        const { traps } = inMode("s", setup, "la t0, user\n csrw sepc, t0\n sret\n user: ecall");
        expect(traps[0]?.cause).toBe(8n);
        expect((traps[0]?.mstatus ?? 0n) & 0x20122n).toBe(0x22n);
    });
});
