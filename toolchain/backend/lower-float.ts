/** Floating-point operations of Wasm (core specification 4.3.3) as operations of F and D. Every NaN result is the canonical one. */
import { FA0 } from "./ir.ts";
import type { Lowering, Rule, Rules } from "./lower.ts";
import { OPERATIONS, type Operation } from "./operations.ts";
import type { Ssa } from "./ssa.ts";
import type { FloatType } from "./wasm-parse.ts";

/** Rounding towards zero, as `imm` of the instruction has it. */
const RTZ = 1;

export function floatOfBits(ssa: Ssa, type: FloatType, bits: number): number {
    return ssa.pure(type === "f32" ? "fmv.w.x" : "fmv.d.x", bits);
}

export function bitsOfFloat(ssa: Ssa, type: FloatType, value: number): number {
    return ssa.pure(type === "f32" ? "fmv.x.w" : "fmv.x.d", value);
}

/** An operation that traps, rounds to an integral float or treats NaNs specially is a routine of runtime-float.ts. */
export const FLOAT = {
    f32Const: ({ ssa, stack }, { value = 0n }) => {
        stack.push(floatOfBits(ssa, "f32", ssa.constant(value)));
    },
    f64Const: ({ ssa, stack }, { value = 0n }) => {
        stack.push(floatOfBits(ssa, "f64", ssa.constant(value)));
    },

    f32Eq: compare("feq.s"),
    f32Ne: compare("feq.s", "inverted"),
    f32Lt: compare("flt.s"),
    f32Gt: compare("flt.s", "swapped"),
    f32Le: compare("fle.s"),
    f32Ge: compare("fle.s", "swapped"),
    f32Abs: onItself("fsgnjx.s"),
    f32Neg: onItself("fsgnjn.s"),
    f32Ceil: routine("wasm_ceil_s", 1),
    f32Floor: routine("wasm_floor_s", 1),
    f32Trunc: routine("wasm_trunc_s", 1),
    f32Nearest: routine("wasm_nearest_s", 1),
    f32Sqrt: "fsqrt.s",
    f32Add: "fadd.s",
    f32Sub: "fsub.s",
    f32Mul: "fmul.s",
    f32Div: "fdiv.s",
    f32Min: routine("wasm_min_s", 2),
    f32Max: routine("wasm_max_s", 2),
    f32Copysign: "fsgnj.s",

    f64Eq: compare("feq.d"),
    f64Ne: compare("feq.d", "inverted"),
    f64Lt: compare("flt.d"),
    f64Gt: compare("flt.d", "swapped"),
    f64Le: compare("fle.d"),
    f64Ge: compare("fle.d", "swapped"),
    f64Abs: onItself("fsgnjx.d"),
    f64Neg: onItself("fsgnjn.d"),
    f64Ceil: routine("wasm_ceil_d", 1),
    f64Floor: routine("wasm_floor_d", 1),
    f64Trunc: routine("wasm_trunc_d", 1),
    f64Nearest: routine("wasm_nearest_d", 1),
    f64Sqrt: "fsqrt.d",
    f64Add: "fadd.d",
    f64Sub: "fsub.d",
    f64Mul: "fmul.d",
    f64Div: "fdiv.d",
    f64Min: routine("wasm_min_d", 2),
    f64Max: routine("wasm_max_d", 2),
    f64Copysign: "fsgnj.d",

    i32TruncF32S: truncate("wasm_trunc_w_s", true),
    i32TruncF32U: truncate("wasm_trunc_wu_s", true),
    i32TruncF64S: truncate("wasm_trunc_w_d", true),
    i32TruncF64U: truncate("wasm_trunc_wu_d", true),
    i64TruncF32S: truncate("wasm_trunc_l_s", false),
    i64TruncF32U: truncate("wasm_trunc_lu_s", false),
    i64TruncF64S: truncate("wasm_trunc_l_d", false),
    i64TruncF64U: truncate("wasm_trunc_lu_d", false),
    f32ConvertI32S: "fcvt.s.w",
    f32ConvertI32U: "fcvt.s.wu",
    f32ConvertI64S: "fcvt.s.l",
    f32ConvertI64U: "fcvt.s.lu",
    f64ConvertI32S: "fcvt.d.w",
    f64ConvertI32U: "fcvt.d.wu",
    f64ConvertI64S: "fcvt.d.l",
    f64ConvertI64U: "fcvt.d.lu",
    f32DemoteF64: "fcvt.s.d",
    f64PromoteF32: "fcvt.d.s",
    i32ReinterpretF32: "fmv.x.w",
    i64ReinterpretF64: "fmv.x.d",
    f32ReinterpretI32: "fmv.w.x",
    f64ReinterpretI64: "fmv.d.x",
    i32TruncSatF32S: saturate("fcvt.w.s", "feq.s"),
    i32TruncSatF32U: saturate("fcvt.wu.s", "feq.s"),
    i32TruncSatF64S: saturate("fcvt.w.d", "feq.d"),
    i32TruncSatF64U: saturate("fcvt.wu.d", "feq.d"),
    i64TruncSatF32S: saturate("fcvt.l.s", "feq.s"),
    i64TruncSatF32U: saturate("fcvt.lu.s", "feq.s"),
    i64TruncSatF64S: saturate("fcvt.l.d", "feq.d"),
    i64TruncSatF64U: saturate("fcvt.lu.d", "feq.d"),
} satisfies Rules;

function compare(op: Operation, change?: "swapped" | "inverted"): Rule {
    return (lowering) => {
        const { ssa } = lowering;
        const b = lowering.pop();
        const a = lowering.pop();
        const result = ssa.pure(op, ...(change === "swapped" ? [b, a] : [a, b]));
        ssa.setFact(result, { bits: 1, word: true });
        lowering.push(change === "inverted" ? ssa.pure("xor", result, ssa.constant(1n)) : result);
    };
}

/** Sign injection from the operand itself. */
function onItself(op: Operation): Rule {
    return (lowering) => {
        const a = lowering.pop();
        lowering.push(lowering.ssa.pure(op, a, a));
    };
}

/** A call with floats as operands and result. */
function routine(symbol: string, operands: number): Rule {
    return (lowering) => {
        const args = lowering.popMany(operands);
        const result = lowering.ssa.result("call", args, 0, false, symbol);
        lowering.ssa.markFloat(result);
        placeInFloats(lowering, result, operands);
        lowering.push(result);
    };
}

/** A call that makes an integer of a float, or traps. */
function truncate(symbol: string, word: boolean): Rule {
    return (lowering) => {
        const result = lowering.ssa.result("call", [lowering.pop()], 0, word, symbol);
        placeInFloats(lowering, result, 1);
        lowering.push(result);
    };
}

function placeInFloats({ ssa }: Lowering, result: number, count: number): void {
    const made = ssa.definition(result);
    if (made !== undefined) made.places = Array.from({ length: count }, (_, i) => FA0 + i);
}

/** The instruction saturates as Wasm does, except for NaNs, which become 0 in Wasm. */
function saturate(convert: Operation, equal: Operation): Rule {
    return (lowering) => {
        const { ssa } = lowering;
        const a = lowering.pop();
        const converted = ssa.result(convert, [a], RTZ, OPERATIONS[convert].result === "word");
        const ordered = ssa.pure(equal, a, a);
        lowering.push(ssa.pure("and", converted, ssa.pure("sub", ssa.constant(0n), ordered)));
    };
}
