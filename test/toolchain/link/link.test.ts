import { describe, expect, test } from "vitest";
import { assemble } from "../../../toolchain/asm/assemble.ts";
import { symbolAddress } from "../../../toolchain/link/image.ts";
import { LinkError, type LinkScript, link } from "../../../toolchain/link/link.ts";
import { readImage } from "../backend/listing.ts";

const FLAGS = { read: true, write: true, execute: true };
const SCRIPT: LinkScript = {
    entry: "_start",
    segments: [
        { name: "text", address: 0x1000, sections: [".text"], flags: { ...FLAGS, write: false } },
        { name: "data", address: "next-page", sections: [".data", ".bss"], flags: { ...FLAGS, execute: false } },
    ],
};

describe("link", () => {
    test("places segments, defines their boundaries and fills relocations", () => {
        const a = assemble(".globl _start\n_start: call there\n la a0, value\n", "a.S");
        const b = assemble(".globl there, value\nthere: ret\n.data\nvalue: .dword there\n.bss\n.zero 100\n", "b.S");
        const image = link([a, b], SCRIPT);
        expect(image.entry).toBe(0x1000);
        const there = symbolAddress(image, "there");
        expect(symbolAddress(image, "value")).toBe(0x2000);
        expect(readImage(image, 0x2000, 8)).toBe(BigInt(there));
        expect(symbolAddress(image, "__data_end")).toBe(0x2070);
        expect(symbolAddress(image, "__bss_start")).toBe(0x2010);
        expect(image.segments.map(({ name, memorySize }) => [name, memorySize])).toEqual([
            ["text", 0x20],
            ["data", 0x70],
        ]);
    });

    test("takes library objects only when a symbol of theirs is missing", () => {
        const library = [assemble(".globl used\nused: ret\n", "u.S"), assemble(".globl unused\nunused: ret\n", "n.S")];
        const image = link([assemble(".globl _start\n_start: j used\n", "a.S")], { ...SCRIPT, library });
        expect(image.symbols.map(({ name }) => name)).toContain("used");
        expect(image.symbols.map(({ name }) => name)).not.toContain("unused");
    });

    test("lists every undefined symbol", () => {
        const object = assemble(".globl _start\n_start: call one\n call two\n", "a.S");
        expect(() => link([object], SCRIPT)).toThrow(/symbol one is not defined[\s\S]*symbol two is not defined/);
    });

    test("reports a symbol defined twice, with both places", () => {
        const source = ".globl _start\n_start: ret\n";
        const objects = [assemble(source, "a.S"), assemble(source, "b.S")];
        expect(() => link(objects, SCRIPT)).toThrow("symbol _start is defined in a.S and in b.S");
    });

    test("reports a segment beyond its limit, an overlap, a section without a place, a missing entry", () => {
        const object = assemble('.globl x\nx: .zero 64\n.section .lost, "a"\n.dword 1\n', "a.S");
        const script: LinkScript = {
            entry: "_start",
            segments: [
                { name: "one", address: 0x1000, sections: [".text"], limit: 0x1010, flags: FLAGS },
                { name: "two", address: 0x1020, sections: [".data"], flags: FLAGS },
            ],
        };
        const other = assemble(".data\n.zero 64\n", "b.S");
        const run = () => link([object, other], script);
        expect(run).toThrow(LinkError);
        expect(run).toThrow("segment one ends at 0x1040, 48 bytes beyond its limit 0x1010");
        expect(run).toThrow("segment two (0x1020..0x1060) overlaps one (0x1000..0x1040)");
        expect(run).toThrow("section .lost of a.S is in no segment of the link script");
        expect(run).toThrow("entry symbol _start is not defined");
    });

    test("reports a jump that is out of reach", () => {
        const near = assemble(".globl _start\n_start: j far\n", "a.S");
        const away = assemble('.globl far\n.section .away, "a"\nfar: .dword 0\n', "b.S");
        const segments = [...SCRIPT.segments, { name: "away", address: 0x10000000, sections: [".away"], flags: FLAGS }];
        expect(() => link([near, away], { ...SCRIPT, segments })).toThrow(/far is out of reach of jal/);
    });
});
