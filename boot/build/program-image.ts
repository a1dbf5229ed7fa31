/** Programs are built from userland/programs by name, or are ELF files from elsewhere (interface.md 5). */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { suggest } from "../../configs/suggest.ts";
import { DSM_BASE, ELF_ZONE_BASE, USER_DATA_VADDR } from "../../kernel/abi/memory-map.ts";
import { writeElf } from "../../toolchain/link/elf.ts";
import { packageRoot } from "../package-root.ts";
import { CommandError } from "../report/exit-codes.ts";
import type { Program } from "../system/artifacts.ts";
import { programOf } from "../system/program-file.ts";
import { buildGuest } from "./guest-build.ts";
import { packedValue, provenance } from "./packed.ts";

const READ_EXECUTE = { read: true, write: false, execute: true };
const READ_WRITE = { read: true, write: true, execute: false };
const PROGRAMS = "userland/programs";
/** The mark of a program whose pointers have 32 bits, and whose threads know that stacks are private (vmm-policy 3, 6.3). */
export const OWN_NOTE = { owner: "Archipel", type: 1 };

/**
 * Loads a program: one of userland/programs by its name, or a file, which is looked for in `folders` in order. Throws CommandError("input")
 * with one line that names the path and the error.
 */
export async function loadProgram(path: string, folders: readonly string[]): Promise<Program> {
    if (shippedPrograms().includes(path)) {
        const packed = packedValue(`elf-${path}`);
        return packed === undefined ? buildProgram(path, `${PROGRAMS}/${path}.ts`) : (packed as Program);
    }
    const file = folders.map((folder) => resolve(folder, path)).find((name) => existsSync(name));
    if (file === undefined) throw unknownProgram(path);
    return readProgram(path, file);
}

/** Builds a program from its AssemblyScript file `source`, relative to the package's root. Throws the errors of loadProgram. */
export async function buildProgram(name: string, source: string): Promise<Program> {
    const image = await buildGuest({
        name: `program-${name}`,
        entries: [source],
        assembly: ["userland/lib/start.S"],
        memoryBase: USER_DATA_VADDR,
        script: {
            entry: "_start",
            segments: [
                {
                    name: "text",
                    address: ELF_ZONE_BASE,
                    sections: [".text", ".rodata"],
                    limit: USER_DATA_VADDR,
                    flags: READ_EXECUTE,
                },
                {
                    name: "data",
                    address: USER_DATA_VADDR,
                    sections: [".data", ".globals", ".bss"],
                    limit: DSM_BASE,
                    flags: READ_WRITE,
                },
            ],
        },
    });
    return { path: name, elf: writeElf(image, { strip: true, note: OWN_NOTE }), image };
}

/** The names of the programs that come with Archipel. */
export function shippedPrograms(): readonly string[] {
    const packed = provenance();
    if (packed !== undefined) return packed.programs;
    return readdirSync(join(packageRoot(), PROGRAMS)).flatMap((file) =>
        file.endsWith(".ts") ? file.slice(0, -3) : [],
    );
}

function unknownProgram(path: string): CommandError {
    const names = shippedPrograms();
    const meant = suggest(path, names);
    const advice =
        meant === undefined ? `must be one of ${names.join(", ")}, or an ELF file` : `did you mean ${meant}?`;
    return new CommandError("input", `program ${JSON.stringify(path)}: no such program or file; ${advice}`);
}

function readProgram(path: string, name: string): Program {
    let elf: Uint8Array;
    try {
        elf = new Uint8Array(readFileSync(name));
    } catch (error) {
        throw new CommandError("input", `program ${path}: cannot be read: ${(error as Error).message}`);
    }
    return programOf(path, elf);
}
