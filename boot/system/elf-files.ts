/** The ELF files of a run, with symbols and lines, for debuggers: the kernel's and each program's (interface.md 9). */

import { readElf, readSection, writeElf } from "../../toolchain/link/elf.ts";
import type { Artifacts, Program } from "./artifacts.ts";

/** By file name: kernel.elf, and for each program the last part of its path. */
export function elfFiles({ kernel, programs }: Artifacts): ReadonlyMap<string, Uint8Array> {
    const files = new Map([["kernel.elf", writeElf(kernel)]]);
    for (const [path, program] of programs) files.set(nameOf(path), withSymbols(program));
    return files;
}

function nameOf(path: string): string {
    const name = path.split("/").at(-1) ?? path;
    return name.endsWith(".elf") ? name : `${name}.elf`;
}

/** A file that brings symbols stays as it is. */
function withSymbols({ elf, image }: Program): Uint8Array {
    if (readSection(elf, ".symtab") !== undefined) return elf;
    return writeElf({ ...image, entry: readElf(elf).entry, frames: [] });
}
