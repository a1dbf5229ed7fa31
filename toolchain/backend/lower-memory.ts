/** Memory instructions of Wasm: loads, stores, globals, bulk memory. */
import { isFloatType } from "./calling-convention.ts";
import type { Lowering, Rule, Rules } from "./lower.ts";
import { floatOfBits } from "./lower-float.ts";
import { type OfForm, OPERATIONS } from "./operations.ts";
import { lowWord } from "./simplify.ts";
import { GLOBALS_SYMBOL } from "./symbols.ts";
import type { ValueType, WasmGlobal } from "./wasm-parse.ts";

export const fits12 = (value: number): boolean => value >= -2048 && value <= 2047;

/** The part of an address that lui can make, so that the rest fits a 12-bit offset. */
export function upperPart(value: number): number {
    return Math.floor((value + 0x800) / 0x1000) * 0x1000;
}

export interface Address {
    readonly base: number;
    readonly imm: number;
}

/**
 * base + imm with imm of 12 bits, for the access at `pointer` + `offset`. Constants added to the pointer move into the offset. All memory
 * is below 2 GiB, so that holds for 32-bit additions too (docs/compiler.md, "Addresses").
 */
export function addressOf(lowering: Lowering, pointer: number, offset: number): Address {
    const { ssa } = lowering;
    let base = pointer;
    let imm = offset;
    for (;;) {
        const definition = ssa.definition(base);
        if (definition?.op !== "add" && definition?.op !== "addw") break;
        const added = ssa.constantOf(definition.args[1] ?? 0);
        if (added === undefined || !fits12(imm + Number(added))) break;
        imm += Number(added);
        base = definition.args[0] ?? 0;
    }
    const constant = ssa.constantOf(base);
    if (constant !== undefined) {
        const absolute = Number(BigInt.asIntN(64, constant)) + imm;
        if (!Number.isSafeInteger(absolute)) return { base, imm };
        const upper = upperPart(absolute);
        return { base: ssa.integer(upper), imm: absolute - upper };
    }
    if (fits12(imm)) return { base, imm };
    const upper = upperPart(imm);
    return { base: ssa.pure("add", base, ssa.integer(upper)), imm: imm - upper };
}

/** The address of a Wasm access. Constant addresses are unsigned 32-bit numbers there. */
export function linear(lowering: Lowering, pointer: number, offset: number): Address {
    const { ssa } = lowering;
    const constant = ssa.constantOf(pointer);
    if (constant === undefined) return addressOf(lowering, pointer, offset);
    return addressOf(lowering, ssa.constant(BigInt.asUintN(32, constant)), offset);
}

export const MEMORY = {
    i32Load: load("lw"),
    i64Load: load("ld"),
    f32Load: load("flw"),
    f64Load: load("fld"),
    i32Load8S: load("lb"),
    i32Load8U: load("lbu"),
    i32Load16S: load("lh"),
    i32Load16U: load("lhu"),
    i64Load8S: load("lb"),
    i64Load8U: load("lbu"),
    i64Load16S: load("lh"),
    i64Load16U: load("lhu"),
    i64Load32S: load("lw"),
    i64Load32U: load("lwu"),
    i32Store: store("sw"),
    i64Store: store("sd"),
    f32Store: store("fsw"),
    f64Store: store("fsd"),
    i32Store8: store("sb"),
    i32Store16: store("sh"),
    i64Store8: store("sb"),
    i64Store16: store("sh"),
    i64Store32: store("sw"),

    globalGet: getGlobal,
    globalSet: setGlobal,

    memoryCopy: bulk("wasm_memory_copy"),
    memoryFill: bulk("wasm_memory_fill"),
    memorySize: (lowering) => lowering.fail("memory.size: linear memory has no size here"),
    memoryGrow: (lowering) => lowering.fail("memory.grow: linear memory does not grow here"),
} satisfies Rules;

function load(op: OfForm<"load">): Rule {
    return (lowering, { a: offset }) => {
        const { base, imm } = linear(lowering, lowering.pop(), offset);
        lowering.push(lowering.ssa.result(op, [base], imm));
    };
}

/** Extensions do not matter for a value that is wider than the stored bytes. */
function store(op: OfForm<"store">): Rule {
    const stored = OPERATIONS[op].operands[1];
    const whole = stored === "integer" || stored === "float";
    return (lowering, { a: offset }) => {
        const { ssa } = lowering;
        const value = lowering.pop();
        const { base, imm } = linear(lowering, lowering.pop(), offset);
        ssa.effect(op, [base, whole ? value : lowWord(ssa, value)], imm);
    };
}

const GLOBAL_LOADS = { i32: "lw", i64: "ld", f32: "flw", f64: "fld" } as const;
const GLOBAL_STORES = { i32: "sw", i64: "sd", f32: "fsw", f64: "fsd" } as const;

interface NumberGlobal extends WasmGlobal {
    readonly type: Exclude<ValueType, "v128" | "ref">;
}

function globalAt(lowering: Lowering, index: number): NumberGlobal {
    const global = lowering.module.globals[index] ?? lowering.fail(`global ${index} does not exist`);
    const { type } = global;
    if (type === "v128" || type === "ref") lowering.fail(`global ${global.name} is no number`);
    return { ...global, type };
}

/** A global that never changes is read as its constant. */
function getGlobal(lowering: Lowering, { a: index }: { readonly a: number }): void {
    const { ssa } = lowering;
    const { type, mutable, initial } = globalAt(lowering, index);
    if (mutable) {
        const base = ssa.result("lui", [], 0, true, GLOBALS_SYMBOL);
        lowering.push(ssa.result(GLOBAL_LOADS[type], [base], index * 8, type === "i32", GLOBALS_SYMBOL));
    } else {
        const constant = ssa.constant(BigInt.asIntN(64, initial));
        lowering.push(isFloatType(type) ? floatOfBits(ssa, type, constant) : constant);
    }
}

function setGlobal(lowering: Lowering, { a: index }: { readonly a: number }): void {
    const { ssa } = lowering;
    const { type } = globalAt(lowering, index);
    const base = ssa.result("lui", [], 0, true, GLOBALS_SYMBOL);
    ssa.effect(GLOBAL_STORES[type], [base, lowering.pop()], index * 8, GLOBALS_SYMBOL);
}

function bulk(symbol: string): Rule {
    return (lowering) => {
        lowering.ssa.effect("call", lowering.popMany(3), 0, symbol);
    };
}
