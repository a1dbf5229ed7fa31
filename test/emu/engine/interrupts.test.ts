import { describe, expect, it } from "vitest";
import { mapRow } from "../../../emu/mem/map.ts";
import { run } from "./guest.ts";

const MSIP = mapRow("clint").base;
const MTIMECMP = MSIP + 0x4000;

/** M-mode handler that appends mcause to the log and clears that source by masking it in mie. */
const LOG_HANDLER = `
    .balign 4
handler:
    csrr t0, mcause
    sd t0, 0(s11)
    addi s11, s11, 8
    li t1, 1
    sll t1, t1, t0
    csrc mie, t1
    mret
    .balign 8
log: .zero 256
`;

describe("interrupts", () => {
    it("are taken in the order MSI, MTI, SEI, SSI, STI", () => {
        const guest = run(
            `
            la t0, handler
            csrw mtvec, t0
            la s11, log
            li t0, 0x222
            csrw mip, t0
            li t0, ${MSIP}
            li t1, 1
            sw t1, 0(t0)
            li t0, ${MTIMECMP}
            sd x0, 0(t0)
            li t0, 0xaaa
            csrw mie, t0
            csrsi mstatus, 8
            finish
            ${LOG_HANDLER}`,
        );
        const causes = Array.from({ length: 5 }, (_, i) => guest.memory64("log", i) & 0xffn);
        expect(causes).toEqual([3n, 7n, 9n, 1n, 5n]);
        expect(guest.memory64("log", 0) >> 63n).toBe(1n);
    });

    it("are taken directly after the write that enables them, with mepc at the next instruction", () => {
        const guest = run(`
            la t0, handler
            csrw mtvec, t0
            la s11, log
            li t0, 2
            csrw mip, t0
            csrw mie, t0
            csrr s0, mip
            csrsi mstatus, 8
        next: li s1, 1
            finish
            .balign 4
        handler:
            csrr s2, mepc
            mv s3, s1
            finish
        log: .zero 8`);
        expect(guest.x("s2")).toBe(guest.address("next"));
        expect(guest.x("s0")).toBe(2n);
        expect(guest.x("s3")).toBe(0n);
    });

    it("vector to base + 4 * cause, exceptions to base", () => {
        const guest = run(`
            la t0, vectors
            ori t0, t0, 1
            csrw mtvec, t0
            li t0, 2
            csrw mip, t0
            csrw mie, t0
            csrsi mstatus, 8
            finish
            .balign 4
        vectors:
            li s0, 100
            j bad
            .balign 4
            li s0, 200
            finish
        bad: finish`);
        expect(guest.x("s0")).toBe(0n);
        const vectored = run(`
            la t0, vectors
            ori t0, t0, 1
            csrw mtvec, t0
            li t0, 2
            csrw mip, t0
            csrw mie, t0
            csrsi mstatus, 8
            finish
            .balign 4
        vectors: j 1f
            j 2f
        1:  li s0, 100
            finish
        2:  li s0, 200
            finish`);
        expect(vectored.x("s0")).toBe(200n);
    });

    it("of S mode are not taken in M mode, and of M mode always in lower ones", () => {
        const guest = run(`
            la t0, mhandler
            csrw mtvec, t0
            la t0, shandler
            csrw stvec, t0
            li t0, 0x222
            csrw mideleg, t0
            csrw mip, t0
            csrw mie, t0
            csrsi mstatus, 0xa
            li s0, 1
            la t0, inside
            csrw mepc, t0
            li t0, 0x1800
            csrc mstatus, t0
            mret
        inside: li s0, 2
            finish
            .balign 4
        shandler:
            csrr s1, scause
            csrr s2, sepc
            mv s3, s0
            li t1, ${MSIP}
            li t2, 1
            finish
            .balign 4
        mhandler: li s0, 99
            finish`);
        expect(guest.x("s0")).toBe(1n);
        expect(guest.x("s1") & 0xffn).toBe(9n);
        expect(guest.x("s2")).toBe(guest.address("inside"));
        expect(guest.x("s3")).toBe(1n);
    });

    it("stimecmp raises STIP with menvcfg.STCE, and a later stimecmp lowers it", () => {
        const guest = run(`
            li t0, 1
            slli t0, t0, 63
            csrw menvcfg, t0
            csrr s0, mip
            csrw stimecmp, x0
            csrr s1, mip
            li t0, -1
            csrw stimecmp, t0
            csrr s2, mip
            csrw mip, t0
            csrr s3, mip
            finish`);
        expect([guest.x("s0"), guest.x("s1"), guest.x("s2"), guest.x("s3")]).toEqual([0n, 0x20n, 0n, 0x202n]);
    });
});

describe("WFI", () => {
    it("lets time jump to the timer, and counts the wait as idle cycles", () => {
        const guest = run(`
            li t0, ${MTIMECMP}
            li t1, 5000000
            sd t1, 0(t0)
            li t1, 0x80
            csrw mie, t1
            wfi
            csrr s0, time
            csrr s1, instret
            finish`);
        expect(guest.stop.kind).toBe("finisher");
        expect(guest.x("s0")).toBeGreaterThanOrEqual(5000000n);
        expect(guest.x("s0")).toBeLessThan(5000200n);
        expect(guest.x("s1")).toBeLessThan(20n);
        const [counters] = guest.machine.counters();
        expect(counters?.idleCycles).toBeGreaterThan(4_999_000);
    });

    it("is a no-op when an enabled interrupt is pending, even if not taken", () => {
        expect(run("li t0, 2\n csrw mip, t0\n csrw mie, t0\n wfi\n li s0, 1\n finish").x("s0")).toBe(1n);
    });

    it("with nothing that could end it is a deadlock, which input or an interrupt resolves", () => {
        const guest = run("li t0, 8\n csrw mie, t0\n wfi\n li s0, 1\n finish");
        expect(guest.stop.kind).toBe("deadlock");
        expect(guest.stop.message).toContain("hart 0 at 0x8000000c");
        guest.machine.hart(0).setCsr("mie", 2n);
        guest.machine.hart(0).setCsr("mip", 2n);
        expect(guest.machine.run().kind).toBe("finisher");
        expect(guest.x("s0")).toBe(1n);
    });

    it("of one hart ends by another's software interrupt", () => {
        const guest = run(
            `
            csrr a0, mhartid
            bnez a0, second
            li t0, 1000
        1:  addi t0, t0, -1
            bnez t0, 1b
            li t0, ${MSIP}
            li t1, 1
            sw t1, 4(t0)
            wfi
        second:
            li t0, 8
            csrw mie, t0
            wfi
            csrr s0, cycle
            finish`,
            { hartsPerCluster: 2 },
        );
        expect(guest.stop.kind).toBe("finisher");
        expect(guest.x("s0", 1)).toBeGreaterThan(1800n); // clocks of a round may lie a quantum apart
        expect(guest.x("s0", 1)).toBeLessThan(2500n);
    });
});
