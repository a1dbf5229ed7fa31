/** A program as an ELF file, read and checked before the boot (interface.md 5). It needs no host, so that a browser reads its user's files, too. */

import { DSM_BASE, ELF_ZONE_BASE, PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { ElfError, type ElfFile, readElf } from "../../toolchain/link/elf.ts";
import type { Segment } from "../../toolchain/link/image.ts";
import { readLines } from "../../toolchain/link/read-lines.ts";
import { CommandError } from "../report/exit-codes.ts";
import type { Program } from "./artifacts.ts";

/** The program in `elf`, which the config names `path`. Throws CommandError("input") with one line that names the path and the error. */
export function programOf(path: string, elf: Uint8Array): Program {
    try {
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
