/**
 * Test guests: assembles test/system/programs into user ELF files, laid out as boot/build/program-image.ts does (text at
 * 0x10000, data at 0x400000), and compiles test/system/guest as the shipped programs are. The files lie in .cache/test-guests,
 * named by content; configs name them relative to it.
 */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildProgram, OWN_NOTE } from "../../../boot/build/program-image.ts";
import { packageRoot } from "../../../boot/package-root.ts";
import * as cluster from "../../../kernel/abi/cluster.ts";
import * as futex from "../../../kernel/abi/futex.ts";
import { DSM_BASE, ELF_ZONE_BASE, USER_DATA_VADDR } from "../../../kernel/abi/memory-map.ts";
import * as syscalls from "../../../kernel/abi/syscalls.ts";
import { assemble } from "../../../toolchain/asm/assemble.ts";
import { writeElf } from "../../../toolchain/link/elf.ts";
import type { Image } from "../../../toolchain/link/image.ts";
import { link } from "../../../toolchain/link/link.ts";

const PROGRAMS = join(packageRoot(), "test/system/programs");
const READ_EXECUTE = { read: true, write: false, execute: true };
const READ_WRITE = { read: true, write: true, execute: false };

/** Where the ELF files lie: the `directory` of the tests' configs. */
export const GUEST_FOLDER = join(packageRoot(), ".cache/test-guests");

/** Where the section .dedicated lies: a CODE vseg of its own, for guests that count its faults. */
export const DEDICATED_CODE = 0x20000;

/** The ELF file of test/system/programs/NAME.S, relative to GUEST_FOLDER. */
export function guest(name: string): string {
    return guestOf(name, programSource(name));
}

/** The ELF file of test/system/guest/NAME.ts, relative to GUEST_FOLDER. */
export async function compiledGuest(name: string): Promise<string> {
    return placeFile(name, (await buildProgram(name, `test/system/guest/${name}.ts`)).elf);
}

export function programSource(name: string): string {
    return readFileSync(join(PROGRAMS, `${name}.S`), "utf8");
}

/** The ELF file of an assembly text; test/system/programs/lib.S, which calls its `main`, and cases.S are linked to it. */
export function guestOf(name: string, source: string): string {
    return placeFile(name, elfOf(guestImage(name, source)));
}

export function elfOf(image: Image): Uint8Array {
    return writeElf(image, { note: OWN_NOTE });
}

export function guestImage(name: string, source: string): Image {
    return imageOf([programSource("lib"), source, programSource("cases")], name);
}

/** As guestOf, with a `_start` of its own in place of lib.S. */
export function bareGuestOf(name: string, source: string): string {
    return placeFile(name, elfOf(imageOf([source], name)));
}

/** As guestOf, as a static position-independent executable (ET_DYN): linked at 0. The text must use addresses relative to pc only. */
export function movableGuestOf(name: string, source: string): string {
    const elf = elfOf(imageOf([programSource("lib"), source], name, 0));
    const [E_TYPE, ET_DYN] = [16, 3];
    new DataView(elf.buffer).setUint16(E_TYPE, ET_DYN, true);
    return placeFile(name, elf);
}

/** Linked at `base`, with the distances that it has at ELF_ZONE_BASE. */
function imageOf(sources: readonly string[], name: string, base = ELF_ZONE_BASE): Image {
    const at = (address: number) => address - ELF_ZONE_BASE + base;
    const objects = sources.map((source) =>
        assemble(source, `${name}.S`, { rvc: true, defines: { ...syscalls, ...cluster, ...futex } }),
    );
    return link(objects, {
        entry: "_start",
        segments: [
            {
                name: "text",
                address: base,
                sections: [".text", ".rodata"],
                limit: at(DEDICATED_CODE),
                flags: READ_EXECUTE,
            },
            {
                name: "dedicated",
                address: at(DEDICATED_CODE),
                sections: [".dedicated"],
                limit: at(USER_DATA_VADDR),
                flags: READ_EXECUTE,
            },
            {
                name: "data",
                address: at(USER_DATA_VADDR),
                sections: [".data", ".bss"],
                limit: at(DSM_BASE),
                flags: READ_WRITE,
            },
        ],
    });
}

/** Writes a file into GUEST_FOLDER; its name there. */
export function placeFile(name: string, bytes: Uint8Array): string {
    const file = `${name}-${createHash("sha256").update(bytes).digest("hex").slice(0, 12)}.elf`;
    const path = join(GUEST_FOLDER, file);
    if (existsSync(path)) return file;
    mkdirSync(GUEST_FOLDER, { recursive: true });
    const temporary = `${path}.${process.pid}`;
    writeFileSync(temporary, bytes);
    renameSync(temporary, path);
    return file;
}
