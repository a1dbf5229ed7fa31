/** Our encodings against GNU as, which shares no code with ours. Skipped where it is not installed. */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { COMPRESSED } from "../../../emu/isa/compressed.ts";
import { CSRS } from "../../../emu/isa/csr.ts";
import type { InstructionRow } from "../../../emu/isa/row.ts";
import { assemble } from "../../../toolchain/asm/assemble.ts";
import { everyForm } from "./forms.ts";

const AS = "riscv64-unknown-elf-as";
const OBJCOPY = "riscv64-unknown-elf-objcopy";
const installed = spawnSync(AS, ["--version"]).status === 0;

function gnuBytes(source: string, march: string, section: string): Buffer {
    const folder = mkdtempSync(join(tmpdir(), "archipel-as-"));
    try {
        const [input, object, text] = ["in.S", "out.o", "text.bin"].map((name) => join(folder, name)) as [
            string,
            string,
            string,
        ];
        writeFileSync(input, source);
        execFileSync(AS, [`-march=${march}`, "-mno-relax", "-mno-csr-check", "-o", object, input]);
        execFileSync(OBJCOPY, ["-O", "binary", "-j", section, object, text]);
        return readFileSync(text);
    } finally {
        rmSync(folder, { recursive: true });
    }
}

function ourBytes(source: string, rvc: boolean, section: string): Buffer {
    const found = assemble(source, "in.S", { rvc }).sections.find(({ name }) => name === section);
    return Buffer.from(found?.bytes ?? []);
}

function expectSame(source: string, rvc: boolean, section = ".text"): void {
    const march = `rv64imafd${rvc ? "c" : ""}_zicsr_zifencei_zihintpause_zicboz_zba_zbb_zbs_svinval`;
    const theirs = gnuBytes(`${source}\n`, march, section).toString("hex");
    expect(
        ourBytes(source, rvc, section)
            .toString("hex")
            .match(/.{1,4}/g),
    ).toEqual(theirs.match(/.{1,4}/g));
}

/** GNU as 2.40 has no Zicond. */
const known = ({ extension }: InstructionRow) => extension !== "Zicond";

const CONSTANTS = [
    ...["0", "1", "-1", "2047", "2048", "-2048", "-2049", "0x7ff", "0x800", "0xfff", "0x1000", "0x12345000"],
    ...["0x7fffffff", "0x80000000", "0xffffffff", "-0x80000000", "-0x80000001", "0x7ffff800", "0x100000000"],
    ...["0x123456789abcdef0", "-0x123456789abcdef0", "0xffffffffffffffff", "0x8000000000000000", "0x8000000000000001"],
    ...["0x5555555555555555", "0xff00ff00ff00ff00", "1 << 39", "(1 << 63) | 1", "0x7fffffffffffffff"],
];

describe.skipIf(!installed)("the assembler agrees with GNU as", () => {
    it("on every form of every instruction", () => expectSame(everyForm(known), false));

    it("on li of constants of every size", () => {
        const source = CONSTANTS.map((value) => `li a0, ${value}\nli s11, ${value}`).join("\n");
        expectSame(source, false);
        expectSame(source, true);
    });

    it("on compressed forms chosen by .option rvc", () => {
        const source = COMPRESSED.filter(({ name }) => !["c.j", "c.beqz", "c.bnez"].includes(name)).map(
            (row) => row.base,
        );
        const forms = ["a0, a0, 8", "s0, sp, 16", "sp, sp, -64", "a5, a5, 31", "a0, x0, 5"].flatMap((operands) => [
            `addi ${operands}`,
            `addiw ${operands.replace("x0", "zero")}`,
        ]);
        const memory = ["0(a0)", "8(s0)", "64(sp)", "4(a5)", "-8(a0)", "256(sp)", "248(a1)"].flatMap((operand) => {
            return ["lw a1,", "ld a1,", "sw a1,", "sd a1,", "ld t0,", "sd t6,"].map((name) => `${name} ${operand}`);
        });
        const registers = ["a0, a0, a1", "a0, a1, a0", "t0, t0, t1", "s0, x0, t1"].flatMap((operands) => {
            return ["add", "sub", "and", "or", "xor", "addw", "subw"].map((name) => `${name} ${operands}`);
        });
        const others = [
            "mv a0, t5",
            "jr a0",
            "jalr t0",
            "ret",
            "ebreak",
            "nop",
            "li a0, 31",
            "lui a0, 1",
            "lui a1, 0xfffff",
        ];
        const shifts = ["slli a0, a0, 63", "srli a1, a1, 40", "srai a1, a1, 1", "andi a2, a2, -32", "andi a2, a2, 32"];
        expect(source.length).toBeGreaterThan(20);
        expectSame([...forms, ...memory, ...registers, ...others, ...shifts].join("\n"), true);
    });

    it("on branches that reach, nearly reach and miss their short forms", () => {
        const gap = (count: number) => `.rept ${count}\nmul a0, a1, a2\n.endr\n`;
        const branches = ["beqz a0, back", "bnez s1, ahead", "j back", "j ahead", "beq a0, a1, ahead", "jal back"].join(
            "\n",
        );
        for (const count of [2, 30, 62, 63, 64, 100, 510, 512])
            expectSame(`back:\n${branches}\n${gap(count)}${branches}\nahead:\n`, true);
    });

    it("on alignment, data and label arithmetic", () => {
        const source = `
            .section .rodata
            .byte 1, 2, 'c'
            .balign 8
            start: .dword end - start, . - start, ~0, 1 << 3 + 1, 6 | 1 & 3, -7 / 2, -7 % 3
            .word 0x12345678, end - start
            .half 0xffff, -1
            .p2align 4
            .zero 12 - (end - end)
            .fill 3, 2, 0xabcd
            .ascii "a\\n\\"\\\\\\x41\\101"
            .asciz "z"
            .balign 4
            end:
        `;
        expectSame(source, false, ".rodata");
    });

    it("on the number of every CSR", () => {
        const named = CSRS.filter(({ name }) => !["stimecmp", "mconfigptr"].includes(name));
        expectSame(named.map(({ name }) => `csrr a0, ${name}`).join("\n"), false);
    });

    it("on macros, repetitions and conditions", () => {
        const source = `
            .macro save register, offset=0
            sd \\register, \\offset(sp)
            .if \\offset > 8
            nop
            .else
            1: j 1b
            .endif
            .endm
            .set count, 2
            save ra
            save s0, 8
            save register=s1, offset=16
            .rept count
            .set count, count + 1
            addi a0, a0, count
            .endr
            .irp r, a0, a1, a2
            mv \\r, x0
            .endr
            .ifdef count
            li a7, count
            .endif
            .ifndef count
            .error "no"
            .endif`;
        expectSame(source, false);
    });
});
