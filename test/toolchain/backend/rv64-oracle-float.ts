/**
 * F and D for the reference interpreter, by JavaScript's numbers: doubles round to nearest even, and so does Math.fround, which
 * for one sum, product, quotient or root of two singles gives what a single rounding would. No flags; no other mode but in
 * conversions to integers; nothing fused.
 */

const BOX = 0xffffffff00000000n;
const CANONICAL = { s: 0xffffffff7fc00000n, d: 0x7ff8000000000000n } as const;
const SIGN = { s: 1n << 31n, d: 1n << 63n } as const;
/** By the rs2 field of conversions: width, signed. */
const INTEGERS = [
    [32, true],
    [32, false],
    [64, true],
    [64, false],
] as const;

export type Precision = "s" | "d";

const scratch = new DataView(new ArrayBuffer(8));

/** The number in an f register: a NaN if it is to be an f32 and is not boxed. */
export function floatValue(register: bigint, precision: Precision): number {
    scratch.setBigUint64(0, unboxed(register, precision));
    return precision === "d" ? scratch.getFloat64(0) : scratch.getFloat32(4);
}

/** The f register with a number, rounded to the precision; NaNs become the canonical one. */
export function floatRegister(value: number, precision: Precision): bigint {
    if (Number.isNaN(value)) return CANONICAL[precision];
    if (precision === "d") {
        scratch.setFloat64(0, value);
        return scratch.getBigUint64(0);
    }
    scratch.setFloat32(4, value);
    return BOX | BigInt(scratch.getUint32(4));
}

function unboxed(register: bigint, precision: Precision): bigint {
    return precision === "d" || register >= BOX ? register : CANONICAL.s;
}

/** Runs an instruction of opcode 0x53; the result is for x[rd] if there is one, else f[rd] has it. */
export function executeFloat(word: number, f: bigint[], x: readonly bigint[]): bigint | undefined {
    const precision = (word >>> 25) & 1 ? "d" : "s";
    const [rd, mode, rs1, rs2] = [(word >>> 7) & 31, (word >>> 12) & 7, (word >>> 15) & 31, (word >>> 20) & 31];
    const [rawA, rawB] = [f[rs1] as bigint, f[rs2] as bigint];
    const [a, b] = [floatValue(rawA, precision), floatValue(rawB, precision)];
    const set = (value: bigint): undefined => {
        f[rd] = value;
    };
    const give = (value: number) => set(floatRegister(value, precision));
    switch (word >>> 27) {
        case 0x00:
            return give(a + b);
        case 0x01:
            return give(a - b);
        case 0x02:
            return give(a * b);
        case 0x03:
            return give(a / b);
        case 0x0b:
            return give(Math.sqrt(a));
        case 0x04:
            return set(withSign(unboxed(rawA, precision), unboxed(rawB, precision), mode, SIGN[precision]));
        case 0x05:
            return give(extreme(a, b, mode === 0 ? Math.min : Math.max));
        case 0x08:
            return give(floatValue(rawA, rs2 === 1 ? "d" : "s"));
        case 0x14:
            return [a <= b, a < b, a === b][mode] ? 1n : 0n;
        case 0x18:
            return toInteger(a, mode, rs2);
        case 0x1a:
            return give(fromInteger(x[rs1] as bigint, rs2, precision));
        case 0x1c:
            return precision === "d" ? rawA : BigInt.asIntN(32, rawA);
        case 0x1e:
            return set(
                precision === "d" ? BigInt.asUintN(64, x[rs1] as bigint) : BOX | BigInt.asUintN(32, x[rs1] as bigint),
            );
    }
    throw new Error(`illegal float instruction 0x${word.toString(16)}`);
}

/** fsgnj, fsgnjn, fsgnjx by mode. */
function withSign(a: bigint, b: bigint, mode: number, sign: bigint): bigint {
    const wanted = [b, ~b, a ^ b][mode] as bigint;
    return (a & ~sign) | (wanted & sign);
}

/** A number before a NaN. */
function extreme(a: number, b: number, choose: (a: number, b: number) => number): number {
    if (Number.isNaN(a)) return b;
    return Number.isNaN(b) ? a : choose(a, b);
}

function toInteger(value: number, mode: number, kind: number): bigint {
    const [width, isSigned] = INTEGERS[kind] as (typeof INTEGERS)[number];
    const [low, high] = isSigned
        ? [-(1n << BigInt(width - 1)), (1n << BigInt(width - 1)) - 1n]
        : [0n, (1n << BigInt(width)) - 1n];
    const rounded = [nearestEven, Math.trunc, Math.floor, Math.ceil][mode]?.(value);
    if (rounded === undefined) throw new Error(`rounding mode ${mode}`);
    if (Number.isNaN(rounded) || rounded > Number(high)) return BigInt.asIntN(width, high);
    if (rounded < Number(low)) return low;
    const whole = BigInt(rounded);
    return BigInt.asIntN(width, whole > high ? high : whole);
}

function nearestEven(value: number): number {
    const below = Math.floor(value);
    const fraction = value - below;
    if (fraction !== 0.5) return fraction < 0.5 ? below : below + 1;
    return below % 2 === 0 ? below : below + 1;
}

/** The integer, rounded at most to what one more rounding to the precision cannot tell from it. */
function fromInteger(register: bigint, kind: number, precision: Precision): number {
    const [width, isSigned] = INTEGERS[kind] as (typeof INTEGERS)[number];
    const value = isSigned ? BigInt.asIntN(width, register) : BigInt.asUintN(width, register);
    if (precision === "d" || (value < 1n << 53n && value > -(1n << 53n))) return Number(value);
    // a double's 53 bits, the last of them set if anything was lost
    const kept = value >> 11n;
    return Number(kept << 11n === value ? kept : kept | 1n) * 2 ** 11;
}
