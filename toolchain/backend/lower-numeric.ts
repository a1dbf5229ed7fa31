/** Integer operations of Wasm (core specification 4.3.2) as RV64 operations on sign-extended values. */
import type { Lowering } from "./lower.ts";

/** Operation and whether the operands change places; indexed by opcode minus 0x46 (i32) or 0x51 (i64). */
const COMPARES: readonly (readonly [string, boolean])[] = [
    ["eq", false],
    ["ne", false],
    ["lt", false],
    ["ltu", false],
    ["lt", true],
    ["ltu", true],
    ["ge", true],
    ["geu", true],
    ["ge", false],
    ["geu", false],
];

const ARITHMETIC = "add sub mul div divu rem remu and or xor sll sra srl".split(" ");
const BITWISE = new Set(["and", "or", "xor"]);

/** Translates a numeric instruction; false when `op` is none. */
export function lowerNumeric(lowering: Lowering, op: number): boolean {
    const { ssa } = lowering;
    if (op === 0x45 || op === 0x50) {
        lowering.push(ssa.pure("eq", lowering.pop(), ssa.constant(0n)));
    } else if ((op >= 0x46 && op <= 0x4f) || (op >= 0x51 && op <= 0x5a)) {
        const [name, swapped] = COMPARES[op - (op < 0x50 ? 0x46 : 0x51)] as readonly [string, boolean];
        const b = lowering.pop();
        const a = lowering.pop();
        lowering.push(swapped ? ssa.pure(name, b, a) : ssa.pure(name, a, b));
    } else if (op >= 0x67 && op <= 0x8a) {
        const word = op < 0x79;
        lowerArithmetic(lowering, op - (word ? 0x67 : 0x79), word);
    } else {
        return lowerConversion(lowering, op);
    }
    return true;
}

function lowerConversion(lowering: Lowering, op: number): boolean {
    const { ssa } = lowering;
    switch (op) {
        case 0xa7:
        case 0xc4:
            lowering.push(ssa.pure("sextw", lowering.pop()));
            return true;
        case 0xac:
            return true;
        case 0xad:
            lowering.push(ssa.pure("zextw", lowering.pop()));
            return true;
        case 0xc0:
        case 0xc2:
            lowering.push(ssa.pure("sextb", lowering.pop()));
            return true;
        case 0xc1:
        case 0xc3:
            lowering.push(ssa.pure("sexth", lowering.pop()));
            return true;
    }
    return false;
}

/** `index` counts from clz: clz ctz popcnt, then ARITHMETIC, then rotl rotr. */
function lowerArithmetic(lowering: Lowering, index: number, word: boolean): void {
    if (index < 3) return lowerBitCount(lowering, index, word);
    const { ssa } = lowering;
    const b = lowering.pop();
    const a = lowering.pop();
    const name = ARITHMETIC[index - 3];
    if (name === undefined) return lowering.push(rotate(lowering, a, b, index === 16, word));
    lowering.push(ssa.pure(word && !BITWISE.has(name) ? `${name}w` : name, a, b));
}

function rotate(lowering: Lowering, a: number, amount: number, left: boolean, word: boolean): number {
    const { ssa } = lowering;
    const suffix = word ? "w" : "";
    const opposite = ssa.pure("sub", ssa.constant(0n), amount);
    const one = ssa.pure(`${left ? "sll" : "srl"}${suffix}`, a, amount);
    const other = ssa.pure(`${left ? "srl" : "sll"}${suffix}`, a, opposite);
    return ssa.pure("or", one, other);
}

/** RV64GC has no bit counting (that is Zbb): calls of small routines, see runtime.ts. */
function lowerBitCount(lowering: Lowering, index: number, word: boolean): void {
    const { ssa } = lowering;
    let a = lowering.pop();
    if (word) a = index === 1 ? ssa.pure("or", a, ssa.constant(1n << 32n)) : ssa.pure("zextw", a);
    const count = ssa.result("call", [a], 0, true, ["wasm_clz", "wasm_ctz", "wasm_popcnt"][index]);
    ssa.setFact(count, { bits: 7, word: true });
    lowering.push(word && index === 0 ? ssa.pure("addw", count, ssa.constant(-32n)) : count);
}
