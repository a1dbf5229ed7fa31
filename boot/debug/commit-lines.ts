/**
 * The lines of --trace-commits and --trace-asm (docs/debugging.md): the forms of Spike's --log-commits and -l, so that tools that read
 * those read these. Source of the forms: riscv-isa-sim, commit_log_print_insn (riscv/execute.cc) and processor_t::disasm.
 */

import type { Access, Commit } from "../../emu/host/commits.ts";
import { csrName } from "../../emu/isa/csr.ts";
import { disassemble } from "../../emu/isa/disassemble.ts";

/** `core   0: 3 0x0000000080000000 (0x00000297) x5  0x0000000080000000`, then CSRs and accesses. */
export function commitLine({ hart, privilege, pc, word, bytes, register, csr, access }: Commit): string {
    const parts = [`${core(hart)} ${privilege} ${hex(pc, 64)} (${hex(BigInt(word), 8 * bytes)})`];
    if (register !== undefined)
        parts.push(`${register.name}${String(register.number).padEnd(2)} ${hex(register.value, 64)}`);
    if (csr !== undefined) parts.push(`c${csr.number}_${csrName(csr.number) ?? "unknown"} ${hex(csr.value, 64)}`);
    if (access !== undefined) parts.push(...accessesOf(access));
    return `${parts.join(" ")}\n`;
}

/** What is loaded has its address only. A cleared block is a store of each of its words. */
function accessesOf({ vaddr, bytes, stored, loads }: Access): string[] {
    const parts = loads ? [`mem ${hex(vaddr, 64)}`] : [];
    if (stored === undefined) return parts;
    const width = Math.min(bytes, 8);
    for (let at = 0; at < bytes; at += width)
        parts.push(`mem ${hex(vaddr + BigInt(at), 64)} ${hex(stored, 8 * width)}`);
    return parts;
}

/** `core   0: 0x0000000080000000 (0x00000297) auipc t0, 0x0`; before it, where a function begins or another goes on, `core   0: >>>>  NAME`. */
export class AsmLines {
    /** The function that each hart was in. */
    readonly #within = new Map<number, string | undefined>();

    line({ hart, pc, word, bytes }: Commit, name: string | undefined): string {
        const enters = name !== undefined && this.#within.get(hart) !== name;
        this.#within.set(hart, name);
        const head = enters ? `${core(hart)} >>>>  ${name}\n` : "";
        const text = disassemble(word, Number(pc));
        return `${head}${core(hart)} ${hex(pc, 64)} (${hex(BigInt(word), 8 * bytes)}) ${text}\n`;
    }
}

function core(hart: number): string {
    return `core${String(hart).padStart(4)}:`;
}

/** All digits of so many bits; of a byte as many as it needs. */
function hex(value: bigint, bits: number): string {
    return `0x${value.toString(16).padStart(bits === 8 ? 1 : bits / 4, "0")}`;
}
