/** THE instruction table: decoder, assembler, disassembler, interpreter and JIT all derive from it. */
import { ATOMIC } from "./atomic.ts";
import { BASE } from "./base.ts";
import { BITS } from "./bits.ts";
import { FLOAT } from "./float.ts";
import { MULTIPLY } from "./multiply.ts";
import type { InstructionRow } from "./row.ts";
import { SYSTEM } from "./system.ts";

/** A row stands before every row of which it is a special case (pause before fence). */
export const INSTRUCTIONS: readonly InstructionRow[] = [...BASE, ...MULTIPLY, ...BITS, ...ATOMIC, ...FLOAT, ...SYSTEM];

const byName = new Map(INSTRUCTIONS.map((row) => [row.name, row]));

/** The row of a 32-bit instruction, by its name; throws for a name that is not in the table. */
export function rowOf(name: string): InstructionRow {
    const row = byName.get(name);
    if (row === undefined) throw new Error(`no instruction is called ${name}`);
    return row;
}

/** Is `a` a special case of `b`: does every word of `a` match `b` too? */
export function refines(a: InstructionRow, b: InstructionRow): boolean {
    return a !== b && (a.mask & b.mask) >>> 0 === b.mask && (a.match & b.mask) >>> 0 === b.match;
}
