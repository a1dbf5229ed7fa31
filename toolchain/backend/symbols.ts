/** Addresses that the linker fills in. All are below 2 GiB: lui and addi, or ld, with relocations. */

import type { Ssa } from "./ssa.ts";

/** The address of a symbol. */
export function symbolAddress(ssa: Ssa, symbol: string): number {
    const upper = ssa.result("lui", [], 0, true, symbol);
    return ssa.result("addi", [upper], 0, true, symbol);
}

/** The address of the code of the function with this table index: 8 bytes an entry in wasm_table. */
export function tableEntry(ssa: Ssa, index: number): number {
    const constant = ssa.constantOf(index);
    if (constant !== undefined) {
        const imm = Number(BigInt.asUintN(32, constant)) * 8;
        return ssa.result("ld", [ssa.result("lui", [], imm, true, "wasm_table")], imm, false, "wasm_table");
    }
    const offset = ssa.pure("sll", index, ssa.constant(3n));
    const base = ssa.pure("add", ssa.result("lui", [], 0, true, "wasm_table"), offset);
    return ssa.result("ld", [base], 0, false, "wasm_table");
}

/** Added by the build to tell where static data ends (boot/build/asc.ts). No part of the program: it is left out. */
export const STATIC_END_FUNCTION = "archipel-static-end/__archipel_static_end";
