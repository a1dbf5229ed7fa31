import { describe, expect, it } from "vitest";
import { encode } from "../../../emu/isa/encode.ts";
import { RAM, run } from "./guest.ts";
import { A, D, PageTables, R, V, W, X } from "./page-tables.ts";

const ADDI_1 = encode("addi", { rd: 10, rs1: 10, imm: 1 });
const ADDI_100 = encode("addi", { rd: 10, rs1: 10, imm: 100 });

describe("code that changes", () => {
    it("is seen by the very next instruction, with fence.i and without", () => {
        for (const fence of ["fence.i", ""]) {
            const guest = run(`
                li a0, 0
                li t1, ${ADDI_100}
                la t0, patched
                sw t1, 0(t0)
                ${fence}
            patched: addi a0, a0, 1
                finish`);
            expect(guest.x("a0")).toBe(100n);
        }
    });

    it("in a loop changes at each pass, also by single bytes", () => {
        const guest = run(`
            li a0, 0
            li s0, 10
            la t0, patched
        loop:
        patched: addi a0, a0, 1
            lbu t1, 3(t0)
            addi t1, t1, 1
            sb t1, 3(t0)
            addi s0, s0, -1
            bnez s0, loop
            finish`);
        // byte 3 holds immediate bits 11 to 4: each pass adds 16 more
        expect(guest.x("a0")).toBe(BigInt(Array.from({ length: 10 }, (_, i) => 1 + 16 * i).reduce((a, b) => a + b)));
    });

    it("on a page of its own, written over many times, runs as written", () => {
        const guest = run(`
            li a0, 0
            li s0, 2000
            la s1, page
            li s2, ${ADDI_1}
            li s3, 0x00008067
        loop:
            sw s2, 0(s1)
            sw s3, 4(s1)
            jalr s1
            li t1, 0x00100000
            xor s2, s2, t1
            addi s0, s0, -1
            bnez s0, loop
            finish
            .balign 4096
        page: .zero 4096`);
        expect(guest.stop.kind).toBe("finisher");
        expect(guest.x("a0")).toBe(1000n);
    });

    it("in one of two frames with equal content does not change the other", () => {
        const guest = run(`
            li a0, 0
            la s0, first
            la s1, second
            jalr s0
            jalr s1
            li t1, ${ADDI_100}
            sw t1, 0(s1)
            jalr s0
            jalr s1
            finish
            .balign 4096
        first: addi a0, a0, 1
            ret
            .balign 4096
        second: addi a0, a0, 1
            ret
            .balign 4096`);
        expect(guest.x("a0")).toBe(103n);
    });

    it("written by the host between two runs is seen", () => {
        const guest = run("1: addi a0, a0, 1\n j 1b", { maxInstructions: 1000 });
        const { machine } = guest;
        const before = guest.x("a0");
        machine.writePhysical(RAM, new Uint8Array(Uint32Array.of(ADDI_100).buffer));
        const instructions = machine.hart(0).instructions;
        machine.run({ maxInstructions: 1000 });
        const passes = BigInt(machine.hart(0).instructions - instructions) / 2n;
        expect(guest.x("a0") - before).toBe(100n * passes);
    });

    it("through another virtual address is seen", () => {
        const alias = 0x40000000;
        const guest = run(
            `
            la t0, inside
            csrw mepc, t0
            li t0, 0x800
            csrw mstatus, t0
            csrw satp, s2
            mret
        inside:
            li a0, 0
            li t1, ${ADDI_100}
            li t0, ${alias}
            la t2, patched
            slli t2, t2, 52
            srli t2, t2, 52
            add t0, t0, t2
            jal patched
            sw t1, 0(t0)
            jal patched
            finish
        patched: addi a0, a0, 1
            ret`,
            {
                prepare: (machine) => {
                    const tables = new PageTables(machine, RAM + 0x100000);
                    tables.map(RAM, RAM, V | R | X | A);
                    tables.map(alias, RAM, V | R | W | A | D);
                    tables.map(0x100000, 0x100000, V | R | W | A | D);
                    machine.hart(0).setX(18, tables.satp());
                },
            },
        );
        expect(guest.stop.kind).toBe("finisher");
        expect(guest.x("a0")).toBe(101n);
    });
});

describe("instructions that cross a page", () => {
    /** `code` starts 2 bytes before a page boundary. */
    function crossing(before: string, code: string, after = "finish"): ReturnType<typeof run> {
        return run(`
            ${before}
            la t0, cross
            jr t0
            .balign 4096
            .zero 4094
        cross: ${code}
            ${after}`);
    }

    it("run, load and store", () => {
        const guest = crossing("li a0, 40\n la a1, _start", "addi a0, a0, 2", "ld a2, 0(a1)\n finish");
        expect(guest.x("a0")).toBe(42n);
        expect(guest.stop.kind).toBe("finisher");
    });

    it("may be jumps and branches, forward and backward", () => {
        const source = (code: string) => `
            li a0, 0
            li s0, 5
        back: addi s0, s0, -1
            addi a0, a0, 1
            bltz s0, out
            la t0, cross
            jr t0
        out: finish
            .balign 4096
            .zero 4074
        near: j back
            j out
            .zero 12
        cross: ${code}
            j back
        far: j out`;
        expect(run(source("bnez s0, near")).x("a0")).toBe(6n);
        expect(run(source("jal ra, near")).x("a0")).toBe(6n);
        expect(run(source("beqz s0, far")).x("a0")).toBe(5n);
    });

    it("change when either half is stored to", () => {
        const guest = run(`
            li a0, 0
            la s1, cross
            la s2, over
            jr s1
        back:
            bgtz a1, done
            li a1, 1
            lhu t1, 2(s1)
            xori t1, t1, 0x70
            sh t1, 2(s1)
            jr s1
        done: finish
            .balign 4096
            .zero 4094
        cross: addi a0, a0, 1
        over: j back`);
        expect(guest.x("a0")).toBe(1n + (1n ^ 7n));
    });

    it("fault at the second page with pc at the first", () => {
        const end = RAM + 2 * 1048576;
        const guest = run(
            `
            la t0, handler
            csrw mtvec, t0
            li t0, ${end - 2}
            jr t0
            .balign 4
        handler:
            csrr s0, mcause
            csrr s1, mepc
            csrr s2, mtval
            finish`,
            { prepare: (machine) => machine.writePhysical(end - 2, Uint8Array.of(0x13, 0)) },
        );
        expect([guest.x("s0"), guest.x("s1"), guest.x("s2")]).toEqual([1n, BigInt(end - 2), BigInt(end)]);
    });
});
