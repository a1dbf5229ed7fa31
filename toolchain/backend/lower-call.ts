/** Calls of Wasm: calls of functions, of imports (intrinsics, external symbols), and through the table. */

import { FIRST_STACK_PLACE, isFloatType, placesOf } from "./calling-convention.ts";
import { expandIntrinsic } from "./intrinsics.ts";
import { FIRST_FLOAT } from "./ir.ts";
import type { Lowering, Rules } from "./lower.ts";
import { bitsOfFloat } from "./lower-float.ts";
import { symbolAddress, tableEntry } from "./symbols.ts";
import { type FunctionType, signatureOf, type ValueType, type WasmImport } from "./wasm-parse.ts";

export const CALLS = {
    call: (lowering, { a }) => lowerCall(lowering, a),
    callIndirect: (lowering, { a }) => lowerIndirectCall(lowering, a),
} satisfies Rules;

function lowerCall(lowering: Lowering, index: number): void {
    const { importedFunctions, functions } = lowering.module;
    const imported = importedFunctions[index];
    if (imported !== undefined) return callImport(lowering, imported);
    const target = functions[index - importedFunctions.length];
    if (target === undefined) lowering.fail(`calls function ${index}, which does not exist`);
    call(lowering, "call", target.name, target.type, []);
}

function lowerIndirectCall(lowering: Lowering, typeIndex: number): void {
    const type = lowering.module.types[typeIndex] ?? lowering.fail(`type ${typeIndex} does not exist`);
    call(lowering, "callr", "", type, [tableEntry(lowering.ssa, lowering.pop())]);
}

function callImport(lowering: Lowering, imported: WasmImport): void {
    const { options } = lowering;
    const type = imported.type as FunctionType;
    if (options.externModules.includes(imported.module)) {
        if (isAddress(imported)) return lowering.push(symbolAddress(lowering.ssa, imported.name));
        return call(lowering, "call", imported.name, type, []);
    }
    if (!options.intrinsicModules.includes(imported.module)) {
        lowering.fail(`calls ${imported.module}.${imported.name}: no such import`);
    }
    const args = lowering.popMany(type.params.length);
    const result = expandIntrinsic(lowering, imported.name, args);
    if (type.results.length > 0) lowering.push(result);
}

/** `declare function __name(): usize` in an extern module is the address of the symbol __name. */
function isAddress(imported: WasmImport): boolean {
    return imported.name.startsWith("__") && imported.type?.params.length === 0 && imported.type.results.length === 1;
}

function call(lowering: Lowering, op: "call" | "callr", symbol: string, type: FunctionType, first: number[]): void {
    const { ssa } = lowering;
    if (type.results.length > 1) lowering.fail("calls a function with more than one result");
    const places = placesOf(type.params);
    const given = lowering.popMany(type.params.length);
    const args = [...first, ...given.map((arg, i) => argument(lowering, arg, type.params[i], places[i] as number))];
    const hasResult = type.results.length > 0;
    if (hasResult) lowering.push(ssa.result(op, args, 0, type.results[0] === "i32", symbol));
    else ssa.effect(op, args, 0, symbol);
    const made = ssa.block.code[ssa.block.code.length - 1];
    if (made === undefined) return;
    made.places = places;
    if (isFloatType(type.results[0])) ssa.markFloat(made.d);
    if (op === "callr") made.signature = signatureOf(type);
}

/** A float travels as an integer when no f register is left for it. */
function argument(lowering: Lowering, value: number, type: ValueType | undefined, place: number): number {
    if (!isFloatType(type) || (place >= FIRST_FLOAT && place < FIRST_STACK_PLACE)) return value;
    return bitsOfFloat(lowering.ssa, type, value);
}
