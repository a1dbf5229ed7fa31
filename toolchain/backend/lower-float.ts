/** Floating-point operations of Wasm (core specification 4.3.3) as those of F and D. Every NaN result is the canonical one. */
import { FA0 } from "./ir.ts";
import type { Lowering } from "./lower.ts";

type Suffix = "s" | "d";

/** Compares by opcode minus 0x5b (f32) or 0x61 (f64): operation, operands swapped, result inverted. */
const COMPARES: readonly (readonly [string, boolean, boolean])[] = [
    ["feq", false, false],
    ["feq", false, true],
    ["flt", false, false],
    ["flt", true, false],
    ["fle", false, false],
    ["fle", true, false],
];
/** By opcode minus 0x8b or 0x99; those in capitals are routines of runtime.ts. */
const ARITHMETIC = "abs neg CEIL FLOOR TRUNC NEAREST sqrt add sub mul div MIN MAX copysign".split(" ");
const INTEGERS = ["w", "wu", "l", "lu"] as const;
/** Rounding mode in `imm`, as the instruction has it. */
const RNE = 0;
const RTZ = 1;

/** Translates an instruction on floats; false when `op` is none. */
export function lowerFloat(lowering: Lowering, op: number, value: bigint | undefined): boolean {
    const { ssa } = lowering;
    if (op === 0x43 || op === 0x44) {
        lowering.push(ssa.pure(op === 0x43 ? "fmv.w.x" : "fmv.d.x", ssa.constant(value ?? 0n)));
    } else if (op >= 0x5b && op <= 0x66) {
        compare(lowering, op < 0x61 ? "s" : "d", (op - 0x5b) % 6);
    } else if (op >= 0x8b && op <= 0xa6) {
        arithmetic(lowering, op < 0x99 ? "s" : "d", ARITHMETIC[(op - 0x8b) % 14] as string);
    } else if (op >= 0xfc00 && op <= 0xfc07) {
        const index = op - 0xfc00;
        saturate(lowering, index & 2 ? "d" : "s", (index >> 2) * 2 + (index & 1));
    } else {
        return lowerConversion(lowering, op);
    }
    return true;
}

function compare(lowering: Lowering, p: Suffix, index: number): void {
    const { ssa } = lowering;
    const [name, swapped, inverted] = COMPARES[index] as readonly [string, boolean, boolean];
    const b = lowering.pop();
    const a = lowering.pop();
    const result = ssa.pure(`${name}.${p}`, ...(swapped ? [b, a] : [a, b]));
    ssa.setFact(result, { bits: 1, word: true });
    lowering.push(inverted ? ssa.pure("xor", result, ssa.constant(1n)) : result);
}

function arithmetic(lowering: Lowering, p: Suffix, name: string): void {
    const { ssa } = lowering;
    const binary = /^(add|sub|mul|div|MIN|MAX|copysign)$/.test(name);
    const b = binary ? lowering.pop() : -1;
    const a = lowering.pop();
    if (name === "copysign") lowering.push(ssa.pure(`fsgnj.${p}`, a, b));
    else if (name === "neg") lowering.push(ssa.pure(`fsgnjn.${p}`, a, a));
    else if (name === "abs") lowering.push(ssa.pure(`fsgnjx.${p}`, a, a));
    else if (name !== name.toLowerCase()) lowering.push(routine(lowering, p, name, binary ? [a, b] : [a]));
    else lowering.push(ssa.pure(`f${name}.${p}`, ...(binary ? [a, b] : [a])));
}

/** A call of wasm_NAME_P, floats in and out. */
function routine(lowering: Lowering, p: Suffix, name: string, args: number[]): number {
    const result = lowering.ssa.result("call", args, 0, false, `wasm_${name.toLowerCase()}_${p}`);
    lowering.ssa.markFloat(result);
    placeInFloats(lowering, result, args.length);
    return result;
}

function placeInFloats(lowering: Lowering, result: number, count: number): void {
    const made = lowering.ssa.definition(result);
    if (made !== undefined) made.places = Array.from({ length: count }, (_, i) => FA0 + i);
}

/** The instruction saturates as Wasm does, but for NaNs, which are 0 there. */
function saturate(lowering: Lowering, p: Suffix, integer: number): void {
    const { ssa } = lowering;
    const a = lowering.pop();
    const converted = ssa.result(`fcvt.${INTEGERS[integer]}.${p}`, [a], RTZ, integer < 2);
    const ordered = ssa.pure(`feq.${p}`, a, a);
    lowering.push(ssa.pure("and", converted, ssa.pure("sub", ssa.constant(0n), ordered)));
}

/** Conversions that trap are routines. */
function lowerConversion(lowering: Lowering, op: number): boolean {
    const { ssa } = lowering;
    if ((op >= 0xa8 && op <= 0xab) || (op >= 0xae && op <= 0xb1)) {
        const index = op >= 0xae ? op - 0xae : op - 0xa8;
        const integer = INTEGERS[(op >= 0xae ? 2 : 0) + (index & 1)] as string;
        const name = `wasm_trunc_${integer}_${index & 2 ? "d" : "s"}`;
        const result = ssa.result("call", [lowering.pop()], 0, op < 0xae, name);
        placeInFloats(lowering, result, 1);
        lowering.push(result);
        return true;
    }
    if (op >= 0xb2 && op <= 0xbb && op !== 0xb6 && op !== 0xbb) {
        const [p, first] = op < 0xb6 ? ["s", 0xb2] : ["d", 0xb7];
        lowering.push(ssa.result(`fcvt.${p}.${INTEGERS[op - (first as number)]}`, [lowering.pop()], RNE));
        return true;
    }
    const moved = { 182: "fcvt.s.d", 187: "fcvt.d.s", 188: "fmv.x.w", 189: "fmv.x.d", 190: "fmv.w.x", 191: "fmv.d.x" }[
        op
    ];
    if (moved === undefined) return false;
    lowering.push(ssa.pure(moved, lowering.pop()));
    return true;
}
