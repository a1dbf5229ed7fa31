/** Addresses that the linker fills in. All are below 2 GiB, so lui and addi, or ld, with relocations load them. */

import type { Ssa } from "./ssa.ts";

/** The mutable globals, and the function table, 8 bytes each. */
export const GLOBALS_SYMBOL = "wasm_globals";
export const TABLE_SYMBOL = "wasm_table";

export function symbolAddress(ssa: Ssa, symbol: string): number {
    const upper = ssa.result("lui", [], 0, true, symbol);
    return ssa.result("addi", [upper], 0, true, symbol);
}

/** The code address of the function with this table index, as TABLE_SYMBOL has it. */
export function tableEntry(ssa: Ssa, index: number): number {
    const constant = ssa.constantOf(index);
    if (constant !== undefined) {
        const imm = Number(BigInt.asUintN(32, constant)) * 8;
        return ssa.result("ld", [ssa.result("lui", [], imm, true, TABLE_SYMBOL)], imm, false, TABLE_SYMBOL);
    }
    const offset = ssa.pure("sll", index, ssa.constant(3n));
    const base = ssa.pure("add", ssa.result("lui", [], 0, true, TABLE_SYMBOL), offset);
    return ssa.result("ld", [base], 0, false, TABLE_SYMBOL);
}

/** The build adds this function to mark where static data ends (boot/build/asc.ts). It is no part of the program, and is left out. */
export const STATIC_END_FUNCTION = "archipel-static-end/__archipel_static_end";
