/** The table against GNU binutils, where it is installed: every row, full and compressed, with random operands. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { COMPRESSED } from "../../../emu/isa/compressed.ts";
import { compressedRowOf } from "../../../emu/isa/decode.ts";
import { disassemble } from "../../../emu/isa/disassemble.ts";
import { FORMATS, type Format, type InstructionRow } from "../../../emu/isa/row.ts";
import { INSTRUCTIONS } from "../../../emu/isa/table.ts";

const OBJDUMP = "riscv64-unknown-elf-objdump";
const AS = "riscv64-unknown-elf-as";
/** All that binutils 2.40 knows of what we have. */
const MARCH = "rv64imafdc_zicsr_zifencei_zihintpause_zicboz_zba_zbb_zbs_svinval";
const UNKNOWN: ReadonlySet<string> = new Set(["Zicond"]);
const missing = spawnSync(OBJDUMP, ["--version"]).status !== 0;
/** Address objdump shows them at; branch targets are absolute there. */
const WORDS_PER_ROW = 20;

/** Mnemonic and operands of each word, by objdump without aliases. */
function objdump(words: readonly number[]): string[] {
    const folder = mkdtempSync(join(tmpdir(), "archipel-objdump-"));
    try {
        const [source, file] = [join(folder, "words.S"), join(folder, "words.o")];
        const lines = words.map((word) => `.insn ${(word & 3) === 3 ? 4 : 2}, 0x${word.toString(16)}\n`);
        writeFileSync(source, lines.join(""));
        execFileSync(AS, [`-march=${MARCH}`, "-o", file, source]);
        const { stdout } = spawnSync(OBJDUMP, ["-d", "-M", "no-aliases", file], {
            encoding: "utf8",
            maxBuffer: 1 << 26,
        });
        const found = stdout.split("\n").filter((line) => /^\s*[0-9a-f]+:\t/.test(line));
        return found.map((line) => line.split("\t").slice(2).join(" ").split(/ [#<]/)[0] as string);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

/** One spelling for both: no spaces after commas, lower-case hex to decimal. */
function canonical(text: string): string {
    return text
        .trim()
        .replace(/\s+/g, " ")
        .replace(/, /g, ",")
        .replace(/-?0x[0-9a-f]+|-?\b\d+\b/g, (number) => String(Number(number)))
        .replace(/(?<=[ ,])0\((\w+)\)/, "($1)");
}

function random(seed: number): () => number {
    let state = seed;
    return () => {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        return state >>> 0;
    };
}

/** objdump knows reserved modes not at all, and modes of what never rounds only as rne. */
function roundingWritten(row: InstructionRow, word: number): number {
    if (!(FORMATS[row.format] as Format).rounding) return word;
    const mode = (word >>> 12) & 7;
    const known = row.operands.includes("rm") ? (mode === 5 || mode === 6 ? 7 : mode) : 0;
    return ((word & ~0x7000) | (known << 12)) >>> 0;
}

describe.skipIf(missing)("disassembly agrees with objdump", () => {
    const next = random(77);

    it("of 32-bit instructions", () => {
        // CSR names, fence sets and c.lui-like constants are spelled in too many ways.
        const rows = INSTRUCTIONS.filter(
            ({ format, name, extension }) =>
                !["CSR", "FENCE"].includes(format) && !["fence.i", "pause"].includes(name) && !UNKNOWN.has(extension),
        );
        const words = rows.flatMap((row) =>
            Array.from({ length: WORDS_PER_ROW }, () => roundingWritten(row, ((next() & ~row.mask) | row.match) >>> 0)),
        );
        let pc = 0;
        const theirs = objdump(words);
        words.forEach((word, i) => {
            const ours = canonical(disassemble(word, pc)).replace("sfence.vma zero,zero", "sfence.vma");
            const their = canonical(theirs[i] as string).replace("sfence.vma zero,zero", "sfence.vma");
            const far = /^(beq|bne|blt|bge|bltu|bgeu|jal) /.test(ours);
            const trim = (text: string) => (far ? text.replace(/,[^,]*$/, "") : text);
            expect(trim(ours), word.toString(16)).toBe(trim(their));
            pc += 4;
        });
    });

    it("of compressed instructions", () => {
        const halfwords = Array.from({ length: 4000 }, () => next() & 0xffff).filter((word) => {
            if ((word & 3) === 3) return false;
            const row = compressedRowOf(word);
            // objdump names hints and reserved forms in its own way
            const rd = (word >> 7) & 31;
            return row !== undefined && !(rd === 0 && /^c\.(li|lui|slli|mv|add|nop)$/.test(row.name));
        });
        const theirs = objdump(halfwords);
        const seen = new Set<string>();
        halfwords.forEach((word, i) => {
            const ours = canonical(disassemble(word)).split(" ")[0] as string;
            const their = canonical(theirs[i] as string).split(" ")[0] as string;
            const shiftByZero = /^c\.(srli|srai|slli)64$/.test(their);
            if (!shiftByZero) expect(ours, word.toString(16)).toBe(their);
            seen.add(ours);
        });
        expect(seen.size).toBeGreaterThan(COMPRESSED.length - 8);
    });
});
