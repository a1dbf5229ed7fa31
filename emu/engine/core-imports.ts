/** The slow paths of emu/core that engines call, with their Wasm types. */

import type { FunctionImport } from "../wasm/module.ts";
import { F64, I32, I64 } from "../wasm/types.ts";

export const CORE_IMPORTS = [
    { name: "fetch", parameters: [I32, I64], results: [I32] },
    { name: "fetch_crossing", parameters: [I32, I64, I32], results: [I32] },
    { name: "load_slow", parameters: [I32, I64, I32, I32], results: [I64] },
    { name: "store_slow", parameters: [I32, I64, I32, I64], results: [] },
    { name: "zero_block", parameters: [I32, I64], results: [] },
    { name: "load_reserved", parameters: [I32, I64, I32], results: [I64] },
    { name: "store_conditional", parameters: [I32, I64, I32, I64], results: [I64] },
    { name: "amo", parameters: [I32, I64, I32, I32, I64], results: [I64] },
    { name: "csr", parameters: [I32, I32, I32, I64, I32, I32], results: [] },
    { name: "system", parameters: [I32, I32, I64], results: [] },
    ...["mulh", "mulhsu", "mulhu", "div", "divu", "rem", "remu", "divw", "divuw", "remw", "remuw"].map((name) => ({
        name,
        parameters: [I64, I64],
        results: [I64],
    })),
    ...["fsgnj", "fsgnjn", "fsgnjx"].flatMap((stem) => inBoth(stem, [I64, I64])),
    { name: "float_ask", parameters: [I32, I32, I32], results: [] },
    ...["fmadd", "fmsub", "fnmsub", "fnmadd"].flatMap((stem) => inBoth(stem, [I32, I32, I64, I64, I64])),
    ...["fadd", "fsub", "fmul", "fdiv"].flatMap((stem) => inBoth(stem, [I32, I32, I64, I64])),
    ...["fsqrt", "fcvt_w", "fcvt_wu", "fcvt_l", "fcvt_lu"].flatMap((stem) => inBoth(stem, [I32, I32, I64])),
    ...["w", "wu", "l", "lu"].flatMap((from) =>
        ["s", "d"].map((to) => ({ name: `fcvt_${to}_${from}`, parameters: [I32, I32, I64], results: [I64] })),
    ),
    ...["fcvt_s_d", "fcvt_d_s"].map((name) => ({ name, parameters: [I32, I32, I64], results: [I64] })),
    ...["fmin", "fmax", "feq", "flt", "fle"].flatMap((stem) => inBoth(stem, [I32, I64, I64])),
    ...inBoth("fclass", [I32, I64]),
    /** The host provides it, not the core. It decodes the slots from `slot` of the page at `page`. */
    { name: "decode_run", parameters: [I32, I32], results: [] },
    /**
     * The host provides these, too, for watched machines (emu/host/watch.ts): hart and pc of a hook; hart, pc, address and ACCESS_* of an
     * access.
     */
    { name: "hooked", parameters: [I32, F64], results: [] },
    { name: "accessing", parameters: [I32, F64, F64, I32], results: [] },
    /** And for a host that looks at instructions (emu/host/looks.ts): 1 halts the run before the hart's next; ACCESS_* at an address. */
    { name: "looking", parameters: [I32], results: [I32] },
    { name: "touching", parameters: [I32, I64, I32], results: [] },
] as const satisfies readonly FunctionImport[];

/** Imports of interpreters of machines with a JIT, provided by the host: the hart for which a page's slot became hot. */
export const JIT_IMPORTS = [
    { name: "became_hot", parameters: [I32, I32, I32], results: [] },
] as const satisfies readonly FunctionImport[];

/** Imports of interpreters whose turns end at conflicts, behind the others. */
export const CONFLICT_IMPORTS = [
    { name: "conflict", parameters: [I32], results: [] },
] as const satisfies readonly FunctionImport[];

/** Imports of interpreters that know lines, behind those. */
export const LINE_IMPORTS = [
    { name: "fetch_line", parameters: [I32, I64], results: [I32] },
] as const satisfies readonly FunctionImport[];

/** Imports of interpreters whose harts have store buffers, behind those: host address and bytes of an access that hit L0. */
export const BUFFER_IMPORTS = [
    { name: "buffer_load", parameters: [I32, I32, I32, I32], results: [I64] },
    { name: "buffer_store", parameters: [I32, I32, I32, I64], results: [] },
] as const satisfies readonly FunctionImport[];

/** An import for f32 and an import for f64. */
function inBoth(stem: string, parameters: readonly number[]): FunctionImport[] {
    return ["s", "d"].map((precision) => ({ name: `${stem}_${precision}`, parameters, results: [I64] }));
}

const indices = new Map<string, number>(
    [...CORE_IMPORTS, ...JIT_IMPORTS, ...CONFLICT_IMPORTS, ...LINE_IMPORTS, ...BUFFER_IMPORTS].map((item, i) => [
        item.name,
        i,
    ]),
);

/** The Wasm function index of an import. */
export function coreFunction(name: string): number {
    const index = indices.get(name);
    if (index === undefined) throw new Error(`no core function ${name}`);
    return index;
}
