/** Programs are built from userland/programs by name, or are ELF files from elsewhere (interface.md 5). */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { suggest } from "../../configs/suggest.ts";
import { DSM_BASE, ELF_ZONE_BASE, PAGE_SIZE, USER_DATA_VADDR } from "../../kernel/abi/memory-map.ts";
import { ElfError, type ElfFile, readElf, writeElf } from "../../toolchain/link/elf.ts";
import type { Segment } from "../../toolchain/link/image.ts";
import { readLines } from "../../toolchain/link/read-lines.ts";
import { packageRoot } from "../package-root.ts";
import { CommandError } from "../report/exit-codes.ts";
import type { Program } from "../system/artifacts.ts";
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
    try {
        const elf = new Uint8Array(readFileSync(name));
        const file = readElf(elf);
        const bias = file.positionIndependent ? ELF_ZONE_BASE : 0;
        const entry = file.entry + bias;
        const segments = moved(file.segments, bias);
        const problem =
            kindProblem(file) ??
            segments.map(segmentProblem).find((text) => text !== undefined) ??
            overlapProblem(segments);
        if (problem !== undefined) throw new ElfError(problem);
        if (!segments.some((segment) => segment.flags.execute && contains(segment, entry))) {
            throw new ElfError(`has its entry 0x${entry.toString(16)} in no executable segment`);
        }
        return {
            path,
            elf,
            image: { symbols: moved(file.symbols, bias), lines: moved(readLines(elf), bias), segments },
        };
    } catch (error) {
        if (error instanceof ElfError) throw new CommandError("input", `program ${path}: ${error.message}`);
        throw new CommandError("input", `program ${path}: cannot be read: ${(error as Error).message}`);
    }
}

/** Moves items that begin at address 0 in a position-independent file to the place where the kernel puts it (kernel/proc/elf-image.ts). */
function moved<T extends { readonly address: number }>(all: readonly T[], bias: number): readonly T[] {
    return bias === 0 ? all : all.map((each) => ({ ...each, address: each.address + bias }));
}

/** Bits of e_flags: RV64E, and quad precision in registers (value 3 of the float ABI field). */
const [EF_RISCV_RVE, EF_RISCV_FLOAT_ABI_QUAD] = [8, 6];

/** The reason that an executable of this kind is not run here. */
function kindProblem({ dynamic, flags }: ElfFile): string | undefined {
    if (dynamic) return "is dynamically linked; link it with -static";
    if ((flags & EF_RISCV_RVE) !== 0) return "is for RV64E; compile it for rv64gc or rv64imac";
    if ((flags & EF_RISCV_FLOAT_ABI_QUAD) === EF_RISCV_FLOAT_ABI_QUAD) {
        return "passes quad-precision numbers in registers (lp64q); compile it with -mabi=lp64d or lp64";
    }
    return undefined;
}

function contains({ address, memorySize }: Segment, target: number): boolean {
    return target >= address && target < address + memorySize;
}

/** Checks rule 6.2 of vmm-policy.md before the boot. */
function segmentProblem({ name, address, memorySize, flags }: Segment): string | undefined {
    const at = `${name} at 0x${address.toString(16)}`;
    if (address < ELF_ZONE_BASE || address + memorySize > DSM_BASE) {
        const zone = `0x${ELF_ZONE_BASE.toString(16)}..0x${(DSM_BASE - 1).toString(16)}`;
        return `does not fit into user space: ${at}, ${memorySize} bytes; programs are linked in ${zone}`;
    }
    if (flags.write && flags.execute) return `has a segment that is writable and executable: ${at}`;
    return undefined;
}

function overlapProblem(segments: readonly Segment[]): string | undefined {
    const sorted = [...segments].sort((a, b) => a.address - b.address);
    const page = (address: number) => Math.floor(address / PAGE_SIZE);
    for (const [i, next] of sorted.entries()) {
        const before = sorted[i - 1];
        if (before === undefined || page(before.address + before.memorySize - 1) < page(next.address)) continue;
        return `has two segments that share the page of 0x${next.address.toString(16)}; align them to 4 KiB`;
    }
    return undefined;
}
