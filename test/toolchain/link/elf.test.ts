import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ElfError, readElf, writeElf } from "../../../toolchain/link/elf.ts";
import type { Image } from "../../../toolchain/link/image.ts";
import { compileGuest } from "../backend/compile-guest.ts";

function has(tool: string): boolean {
    return spawnSync(tool, ["--version"]).status === 0;
}

const READELF = "riscv64-unknown-elf-readelf";
const GDB = "gdb-multiarch";

let image: Image;
let elf: Uint8Array;
let file: string;

beforeAll(async () => {
    image = await compileGuest("intrinsics.ts");
    elf = writeElf(image);
    file = join(mkdtempSync(join(tmpdir(), "archipel-elf-")), "test.elf");
    writeFileSync(file, elf);
});

describe("writeElf and readElf", () => {
    test("agree on entry, segments and symbols", () => {
        const read = readElf(elf);
        expect(read.entry).toBe(image.entry);
        const pick = image.segments.map(({ address, bytes, memorySize, flags }) => ({
            address,
            bytes,
            memorySize,
            flags,
        }));
        expect(read.segments).toMatchObject(pick);
        const names = image.symbols.map(({ name, address }) => `${name}=${address}`).sort();
        expect(read.symbols.map(({ name, address }) => `${name}=${address}`).sort()).toEqual(names);
    });

    test("strip leaves out symbols and lines", () => {
        const stripped = writeElf(image, { strip: true });
        expect(stripped.length).toBeLessThan(elf.length);
        expect(readElf(stripped).symbols).toEqual([]);
        expect(readElf(stripped).segments).toMatchObject(readElf(elf).segments);
    });

    test.skipIf(!has(READELF))("readelf finds nothing to warn of", () => {
        const { stdout, stderr } = spawnSync(READELF, ["-aW", "--debug-dump=decodedline", file], { encoding: "utf8" });
        expect(stderr).toBe("");
        expect(stdout).toContain("EXEC (Executable file)");
        expect(stdout).toMatch(/guest\/intrinsics.ts\s+\d+\s+0x4000/);
    });

    test.skipIf(!has(GDB))("gdb knows the TypeScript line of a function", () => {
        const { stdout } = spawnSync(GDB, ["-batch", "-ex", "info line wait_for", file], { encoding: "utf8" });
        expect(stdout).toMatch(
            /Line 3\d of "(\.\/)?test\/toolchain\/backend\/guest\/intrinsics.ts" starts at address 0x4000/,
        );
    });
});

describe("readElf says what is wrong with a file", () => {
    const changed = (offset: number, ...bytes: number[]): Uint8Array => {
        const copy = elf.slice();
        copy.set(bytes, offset);
        return copy;
    };
    const cases: [string, () => Uint8Array, string][] = [
        ["an empty file", () => new Uint8Array(0), "is not an ELF file"],
        ["text", () => new TextEncoder().encode("#!/bin/sh\necho hello\n"), "is not an ELF file"],
        ["a header cut short", () => elf.subarray(0, 40), "is cut short: 40 bytes"],
        ["program headers cut short", () => elf.subarray(0, 100), "is cut short: program headers end at byte"],
        ["a segment cut short", () => elf.subarray(0, 0x1010), "is cut short: the bytes of segment 0 end at byte"],
        ["a 32-bit file", () => changed(4, 1), "is a 32-bit ELF file"],
        ["a big-endian file", () => changed(5, 2), "is a big-endian ELF file"],
        ["another machine", () => changed(18, 62, 0), "is for machine 62, not RISC-V (243)"],
        ["an object file", () => changed(16, 1, 0), "is of ELF type 1, not an executable"],
        ["no program headers", () => changed(56, 0, 0), "has no program headers"],
        [
            "a segment larger in the file than in memory",
            () => changed(64 + 40, 1, 0),
            "segment 0 has more bytes in the file",
        ],
        [
            "an address out of range",
            () => changed(64 + 16, 0, 0, 0, 0, 0, 0, 0, 0xff),
            "is malformed: segment 0 is 0xff",
        ],
    ];

    test.each(cases)("%s", (_, make, message) => {
        expect(() => readElf(make())).toThrow(ElfError);
        expect(() => readElf(make())).toThrow(message);
    });

    test("any prefix and any damaged header byte gives an ElfError or a result, never another error", () => {
        for (let length = 0; length < Math.min(elf.length, 6000); length += 13) tolerate(elf.subarray(0, length));
        for (let offset = 0; offset < 176; offset++) tolerate(changed(offset, 0xff));
    });
});

function tolerate(bytes: Uint8Array): void {
    try {
        readElf(bytes);
    } catch (error) {
        expect(error).toBeInstanceOf(ElfError);
    }
}
