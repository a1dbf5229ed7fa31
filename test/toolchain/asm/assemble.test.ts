/** What the assembler leaves to the linker, how it names lines and symbols, and what it says of mistakes. */

import { describe, expect, it } from "vitest";
import { disassemble } from "../../../emu/isa/disassemble.ts";
import { assemble } from "../../../toolchain/asm/assemble.ts";
import { AssemblyError } from "../../../toolchain/asm/diagnostics.ts";
import type { ObjectFile } from "../../../toolchain/link/object.ts";

function section(object: ObjectFile, name = ".text") {
    const found = object.sections.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`no section ${name}`);
    return found;
}

/** Text of each 4-byte instruction of .text. */
function listing(source: string): string[] {
    const { bytes } = section(assemble(source, "t.S"));
    const view = new DataView(bytes.buffer);
    return Array.from({ length: bytes.length / 4 }, (_, index) =>
        disassemble(view.getUint32(4 * index, true), 4 * index),
    );
}

function messages(source: string): readonly string[] {
    try {
        assemble(source, "bad.S");
    } catch (error) {
        if (error instanceof AssemblyError) return error.messages;
        throw error;
    }
    return [];
}

describe("an object", () => {
    it("has relocations for what the source does not decide, and resolves the rest", () => {
        const object = assemble(
            `
            .globl _start
            _start: call outside
            beqz a0, outside
            j outside
            la a1, data
            sd a1, data, t0
            lui a2, %hi(data + 8)
            lw a2, %lo(data + 8)(a2)
            sw a2, %lo(data)(a3)
            j _start
            .data
            data: .dword _start + 4
            .word outside - 4
            `,
            "t.S",
        );
        const hidden = [".L$here_0", ".L$here_1"];
        expect(section(object).relocations).toEqual([
            { offset: 0, type: "call", symbol: "outside", addend: 0 },
            { offset: 8, type: "branch", symbol: "outside", addend: 0 },
            { offset: 12, type: "jal", symbol: "outside", addend: 0 },
            { offset: 16, type: "pcrel_hi", symbol: "data", addend: 0 },
            { offset: 20, type: "pcrel_lo_i", symbol: hidden[0], addend: 0 },
            { offset: 24, type: "pcrel_hi", symbol: "data", addend: 0 },
            { offset: 28, type: "pcrel_lo_s", symbol: hidden[1], addend: 0 },
            { offset: 32, type: "hi20", symbol: "data", addend: 8 },
            { offset: 36, type: "lo12_i", symbol: "data", addend: 8 },
            { offset: 40, type: "lo12_s", symbol: "data", addend: 0 },
        ]);
        expect(section(object, ".data").relocations).toEqual([
            { offset: 0, type: "absolute64", symbol: "_start", addend: 4 },
            { offset: 8, type: "absolute32", symbol: "outside", addend: -4 },
        ]);
        expect(object.symbols.map(({ name, section, offset, global }) => [name, section, offset, global])).toEqual([
            ["_start", ".text", 0, true],
            [hidden[0], ".text", 16, false],
            [hidden[1], ".text", 24, false],
            ["data", ".data", 0, false],
        ]);
    });

    it("resolves addresses within a section, also far ones", () => {
        const far = `la a0, far\ncall far\nlw a1, far\n.zero 0x1800 - (. - start)\nfar: nop`;
        expect(listing(`start: ${far}`).slice(0, 6)).toEqual([
            "auipc a0, 0x2",
            "addi a0, a0, -2048",
            "auipc ra, 0x1",
            "jalr ra, 2040(ra)",
            "auipc a1, 0x1",
            "lw a1, 2032(a1)",
        ]);
    });

    it("names the line of each instruction, in macros the line of their use", () => {
        const source = ".macro two\nnop\nnop\n.endm\n\nnop; nop\ntwo\n# comment\n/* more\n*/ ret";
        expect(section(assemble(source, "t.S")).lines).toEqual([
            { offset: 0, file: "t.S", line: 6 },
            { offset: 8, file: "t.S", line: 7 },
            { offset: 16, file: "t.S", line: 10 },
        ]);
    });

    it("keeps .type and .size, exports global constants, and hides .L labels", () => {
        const source = ".globl f, k\n.set k, 5\n.type f, @function\nf: nop\n.Lhere: ret\n.size f, . - f";
        expect(assemble(source, "t.S").symbols).toEqual([
            { name: "f", section: ".text", offset: 0, size: 8, kind: "function", global: true },
            { name: "k", section: "*ABS*", offset: 5, size: 0, kind: "label", global: true },
        ]);
    });

    it("gives sections their kind by name or flags, and bss no bytes", () => {
        const source = `.section .kentry, "ax"\nnop\n.bss\n.balign 16\nb: .zero 100\n.section .notes, "a"\n.byte 1
            .section .mine, "aw", @nobits\n.space 8`;
        const kinds = assemble(source, "t.S").sections.map(({ name, kind, align, size, bytes }) => {
            return [name, kind, align, size, bytes.length];
        });
        expect(kinds).toEqual([
            [".kentry", "text", 4, 4, 4],
            [".bss", "bss", 16, 100, 0],
            [".notes", "rodata", 1, 1, 1],
            [".mine", "bss", 1, 8, 0],
        ]);
    });

    it("sees the constants it is given", () => {
        const object = assemble("li a0, PAGE\nli a1, BIG >> 32", "t.S", { defines: { PAGE: 64, BIG: 0x5_0000_0000n } });
        expect([...section(object).bytes]).toEqual([0x13, 0x05, 0x00, 0x04, 0x93, 0x05, 0x50, 0x00]);
    });

    it("includes files that it is given, each line with its own file and number", () => {
        const files = new Map([
            ["sizes.S", "\n.equ SIZE, 16\n"],
            ["more.S", '.include "sizes.S"\nli a1, SIZE + 8\n'],
        ]);
        const include = (name: string) => files.get(name);
        const object = assemble('.include "more.S"\naddi a0, a0, SIZE', "t.S", { include });
        expect([...section(object).bytes]).toEqual([...section(assemble("li a1, 24\naddi a0, a0, 16", "t.S")).bytes]);
        expect(section(object).lines.map(({ file, line }) => [file, line])).toEqual([
            ["more.S", 2],
            ["t.S", 2],
        ]);
    });

    it("uses the value a redefined constant has at each place, and the last one before its definition", () => {
        const source =
            "li a2, 0\naddi a3, a3, later\n.set n, 1\naddi a0, a0, n\n.set n, n + 1\naddi a1, a1, n\n.set later, 9";
        expect(listing(source).slice(1)).toEqual(["addi a3, a3, 9", "addi a0, a0, 1", "addi a1, a1, 2"]);
    });

    it("takes a plain number as a branch's byte offset", () => {
        expect(listing("beq a0, a1, 8\njal ra, -4")).toEqual(["beq a0, a1, 0x8", "jal ra, 0x0"]);
    });
});

describe("a mistake", () => {
    it.each([
        ["frob a0, a1", "frob is no instruction, directive or macro; check its spelling"],
        ["addi a0, a1", 'addi does not take "a0, a1"; write addi rd, rs1, imm'],
        ["addi a0, a1, 5000", "addi: immediate 5000 does not fit; check its range"],
        ["lui a0, 0x100000", "1048576 is out of range; use 0..0xfffff"],
        ["csrr a0, nope", "nope is no CSR; use a name of emu/isa/csr.ts or a number"],
        ["csrwi mstatus, 32", "32 is out of range; use 0..31"],
        ["j 1f", "no label 1: after this; define it or use 1b"],
        ["j 1b", "no label 1: before this; define it or use 1f"],
        ["x: nop; x: nop", "x is defined twice; rename one"],
        ["li a0, somewhere", "somewhere is not constant here; use a number or a symbol defined before"],
        ["addi a0, a0, far\n.data\nfar:", "far is not a constant; use la for addresses, or %lo(...)"],
        [".byte 256", "256 does not fit in 1 bytes"],
        [".half label", "an address needs 4 or 8 bytes; use .word or .dword"],
        [".frob", ".frob is no directive of this assembler; check its spelling"],
        [".section .odd", 'section .odd needs flags; write .section .odd, "ax" (or "a", "aw")'],
        [".bss\n.word 1", ".word puts bytes into .bss; use .zero, or .data"],
        [".if 1\nnop", ".if without .endif; add it"],
        [".macro m\nnop", ".macro without .endm; add it"],
        ['.include "a.S"', ".include: there is no file a.S"],
        [".include a.S", "a.S is not a string; write it in double quotes"],
        [".endm", ".endm without its beginning; remove it"],
        ['.ascii "abc', '" is not closed; close it on the same line'],
        ["/* abc", "comment is not closed; end it with */"],
        [".word (1 + 2", '"(1 + 2" is not an expression; check operators and parentheses'],
        [".word 1 / 0", "division by zero"],
        [".set a, b\n.set b, a\n.word b", "b is defined through itself; give it a value"],
    ])("%j is explained", (source, message) => {
        const line = source.split("\n").findLastIndex((text) => text !== "") + 1;
        const found = messages(source);
        expect(found[0]?.replace(/^bad\.S:\d+: /, "")).toBe(message);
        expect(Number(/:(\d+):/.exec(found[0] ?? "")?.[1])).toBeLessThanOrEqual(line);
    });

    it("is reported with all others, in order, and with the macro it is in", () => {
        expect(messages("frob\n.macro m\nnop\nbork\n.endm\nm\nbeq a0, a1, far\n.zero 8192\nfar: nop")).toEqual([
            "bad.S:1: frob is no instruction, directive or macro; check its spelling",
            "bad.S:6: bork is no instruction, directive or macro; check its spelling (in macro m, line 4)",
        ]);
        expect(messages("beq a0, a1, far\n.zero 8192\nfar: nop")).toEqual([
            "bad.S:1: beq: immediate 8196 does not fit; the target is too far or odd; use call, tail or j",
        ]);
    });

    it("of a macro that uses itself ends", () => {
        expect(messages(".macro m\nm\n.endm\nm")[0]).toContain("macros nest too deep");
    });
});
