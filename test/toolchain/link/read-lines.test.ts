/** Line information read back from ELF files: our own, and GNU as's in every version of DWARF that it writes. */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { assemble } from "../../../toolchain/asm/assemble.ts";
import { readElf, writeElf } from "../../../toolchain/link/elf.ts";
import type { ImageLine } from "../../../toolchain/link/image.ts";
import { link } from "../../../toolchain/link/link.ts";
import { readLines } from "../../../toolchain/link/read-lines.ts";

const [AS, LD, OBJDUMP] = ["as", "ld", "objdump"].map((tool) => `riscv64-unknown-elf-${tool}`) as [
    string,
    string,
    string,
];
const installed = spawnSync(AS, ["--version"]).status === 0;

const SOURCE = `    .text
    .globl _start
_start:
    li a0, 1

    addi a0, a0, 2
    # a long way, for the big steps of the line program
${"\n".repeat(300)}    j far
    .zero 5000
far:
    addi a0, a0, 3
    ret
`;

function ours(): { elf: Uint8Array; lines: readonly ImageLine[] } {
    const image = link([assemble(SOURCE, "source.S", { rvc: true })], {
        entry: "_start",
        segments: [
            {
                name: "text",
                address: 0x10000,
                sections: [".text"],
                limit: 0x20000,
                flags: { read: true, write: false, execute: true },
            },
        ],
    });
    return { elf: writeElf(image), lines: image.lines };
}

/** The first line at each address: the only one that a pc can mean to a reader. */
const places = (lines: readonly ImageLine[]) => lines.map(({ address, file, line }) => `${address} ${file}:${line}`);

describe("lines of an ELF file", () => {
    it("of ours are those of its image", () => {
        const { elf, lines } = ours();
        expect(lines.length).toBeGreaterThan(4);
        const read = places(readLines(elf));
        for (const line of places(lines)) expect(read).toContain(line);
        expect(new Set(read)).toEqual(new Set(places(lines)));
    });

    it("are none when it is stripped", () => {
        const { elf } = ours();
        expect(readLines(elf).length).toBeGreaterThan(0);
        const symbols = readElf(elf).symbols.length;
        expect(symbols).toBeGreaterThan(0);
        const text = new TextEncoder().encode(".debug_line\0");
        const at = elf.findIndex((_, i) => text.every((byte, j) => elf[i + j] === byte));
        const renamed = elf.slice();
        renamed[at + 1] = 0x78;
        expect(readLines(renamed)).toEqual([]);
    });

    it("of a damaged file are some or none, never an error", () => {
        const { elf } = ours();
        const from = elf.length - 3000 > 0 ? elf.length - 3000 : 0;
        for (let at = from; at < elf.length; at++) {
            const damaged = elf.slice();
            damaged[at] = (damaged[at] ?? 0) ^ 0xff;
            try {
                readElf(damaged);
            } catch {
                continue;
            }
            expect(Array.isArray(readLines(damaged)), `byte ${at}`).toBe(true);
        }
    });
});

describe.skipIf(!installed)("lines that GNU as wrote", () => {
    it.each([3, 4, 5])("in DWARF %i are those that objdump finds", (version) => {
        const folder = mkdtempSync(join(tmpdir(), "archipel-lines-"));
        try {
            const [input, object, file] = ["source.S", "out.o", "out.elf"].map((name) => join(folder, name)) as [
                string,
                string,
                string,
            ];
            writeFileSync(input, SOURCE);
            execFileSync(AS, ["-march=rv64imac", "-mno-relax", `-gdwarf-${version}`, "-o", object, input]);
            execFileSync(LD, ["-Ttext=0x10000", "-o", file, object]);
            const dump = execFileSync(OBJDUMP, ["-WL", file], { encoding: "utf8" });
            const expected = [...dump.matchAll(/^source\.S\s+(\d+)\s+0x([0-9a-f]+)/gm)].map(([, line, address]) => {
                return `${Number.parseInt(address ?? "", 16)} ${line}`;
            });
            expect(expected.length).toBeGreaterThan(4);
            const found = readLines(new Uint8Array(readFileSync(file)));
            expect(new Set(found.map(({ address, line }) => `${address} ${line}`))).toEqual(new Set(expected));
            expect(found.every((line) => line.file.endsWith("source.S"))).toBe(true);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });
});
