/** Operands of the float vectors: special values and random ones, as raw contents of registers. Both sides read them. */
import { random } from "../engine/guest.ts";

export type OperandKind = "s" | "d" | "x";
/** One operation's operands, first to last. */
export type Tuple = readonly bigint[];

const BOX = 0xffff_ffff_0000_0000n;
/** Sign in front of each: zero, subnormals, normals, infinity, NaNs; halfway cases and limits of conversions. */
const DOUBLES: readonly bigint[] = [
    0x0000000000000000n,
    0x0000000000000001n,
    0x0000000000000003n,
    0x0008000000000000n,
    0x000fffffffffffffn,
    0x0010000000000000n,
    0x0010000000000001n,
    0x3ff0000000000000n,
    0x3ff0000000000001n,
    0x3ff8000000000000n,
    0x4340000000000000n,
    0x7fe0000000000000n,
    0x7fefffffffffffffn,
    0x7ff0000000000000n,
    0x7ff8000000000000n,
    0x7ff8000000000123n,
    0x7ff0000000000001n,
    0x7ff4000000000000n,
    0x3cb0000000000000n,
    0x3ca0000000000000n,
];
const SINGLES: readonly bigint[] = [
    0x00000000n,
    0x00000001n,
    0x00000003n,
    0x00400000n,
    0x007fffffn,
    0x00800000n,
    0x00800001n,
    0x3f800000n,
    0x3f800001n,
    0x3fc00000n,
    0x4b800000n,
    0x7f000000n,
    0x7f7fffffn,
    0x7f800000n,
    0x7fc00000n,
    0x7fc00123n,
    0x7f800001n,
    0x7fa00000n,
    0x34000000n,
    0x33800000n,
];
/** Fractions around integers, limits of w, wu, l and lu, and of f32 as an f64 sees them. */
const CONVERTED: readonly number[] = [
    ...[
        0.25,
        0.5,
        0.75,
        1.25,
        1.5,
        2.5,
        3.5,
        2 ** 52 + 0.5,
        2 ** 52 - 0.5,
        2 ** 51 + 0.5,
        2 ** 23 + 0.5,
        2 ** 22 + 0.5,
    ],
    ...[31, 32, 63, 64].flatMap((n) => [
        2 ** n,
        2 ** n - 0.5,
        2 ** n - 1,
        2 ** n + 0.5,
        2 ** n + 1,
        2 ** n * (1 - 2 ** -53),
    ]),
    ...[31, 32, 63, 64].map((n) => 2 ** n * (1 - 2 ** -24)),
    ...[1 + 2 ** -24, 1 + 3 * 2 ** -24, 1 + 2 ** -24 + 2 ** -50, 1 + 2 ** -23 - 2 ** -52],
    ...[2 ** 128, 2 ** 128 - 2 ** 104, 2 ** 128 - 2 ** 103, 2 ** 128 - 2 ** 103 - 2 ** 76, 2 ** 127],
    ...[2 ** -149, 2 ** -150, 2 ** -150 * (1 + 2 ** -50), 2 ** -151, 3 * 2 ** -150, 2 ** -126, 2 ** -126 - 2 ** -150],
    ...[2 ** -126 - 2 ** -151, 2 ** -126 - 2 ** -152, 2 ** -126 - 2 ** -150 + 2 ** -170, 2 ** -126 + 2 ** -151],
];
/** No boxed f32: they count as the canonical NaN. */
const UNBOXED: readonly bigint[] = [0x000000003f800000n, 0xffff_fffe_3f80_0000n];
const INTEGERS: readonly bigint[] = [0n, 1n, 0xffn, 24n, 25n, 31n, 32n, 52n, 53n, 54n, 62n, 63n].flatMap((n) => {
    const power = n > 1n && n < 64n ? 1n << n : n;
    return [
        power,
        power - 1n,
        power + 1n,
        -power,
        power + (power >> 24n),
        power + (power >> 25n),
        power + (power >> 53n),
    ];
});

const scratch = new DataView(new ArrayBuffer(8));

export function bitsOf(value: number): bigint {
    scratch.setFloat64(0, value);
    return scratch.getBigUint64(0);
}

function numberOf(kind: OperandKind, bits: bigint): number {
    scratch.setBigUint64(0, bits);
    return kind === "d" ? scratch.getFloat64(0) : scratch.getFloat32(4);
}

function singleBits(value: number): bigint {
    scratch.setFloat32(0, value);
    return BOX | BigInt(scratch.getUint32(0));
}

/** Both signs of each. */
function signed(list: readonly bigint[], kind: "s" | "d"): bigint[] {
    const sign = kind === "d" ? 1n << 63n : 1n << 31n;
    return list.flatMap((bits) => (kind === "d" ? [bits, bits | sign] : [BOX | bits, BOX | bits | sign]));
}

function specials(kind: OperandKind): bigint[] {
    if (kind === "x") return INTEGERS.map((value) => BigInt.asUintN(64, value));
    return kind === "d" ? signed(DOUBLES, "d") : [...signed(SINGLES, "s"), ...UNBOXED];
}

/** Values made for conversions, in both signs. */
function converted(kind: OperandKind): bigint[] {
    if (kind === "x") return [];
    const values = CONVERTED.flatMap((value) => [value, -value]);
    return values.map(kind === "d" ? bitsOf : singleBits);
}

/** Random numbers of shapes that meet: near 1, near the subnormals and the largest, with few bits (ties), or anything. */
class Draw {
    readonly #next: () => number;

    constructor(seed: number) {
        this.#next = random(seed);
    }

    below(limit: number): number {
        return this.#next() % limit;
    }

    #word(): bigint {
        return (BigInt(this.#next()) << 32n) | BigInt(this.#next());
    }

    operand(kind: OperandKind): bigint {
        if (kind === "x") return BigInt.asUintN(64, BigInt.asIntN(64, this.#word()) >> BigInt(this.below(64)));
        const [fractionBits, bias] = kind === "d" ? [52n, 1023] : [23n, 127];
        const sparse =
            (1n << BigInt(this.below(Number(fractionBits)))) | (1n << BigInt(this.below(Number(fractionBits))));
        const any = this.#word() & ((1n << fractionBits) - 1n);
        const fraction = [any, any, sparse, ~sparse & ((1n << fractionBits) - 1n), 0n][this.below(5)] as bigint;
        const bits = (BigInt(this.below(2)) << (fractionBits + BigInt(kind === "d" ? 11 : 8))) | fraction;
        const field = BigInt(this.#exponent(bias)) << fractionBits;
        return kind === "d" ? bits | field : BOX | bits | field;
    }

    #exponent(bias: number): number {
        switch (this.below(8)) {
            case 0:
                return 0;
            case 1:
                return this.below(4);
            case 2:
                return 2 * bias - this.below(3);
            case 3:
                return (bias >> 1) + this.below(8) - 4;
            case 4:
                return this.below(2 * bias + 2);
            case 5:
                return bias + this.below(60) - 30;
            default:
                return bias + this.below(5) - 2;
        }
    }
}

/** Operands for one and two arguments: all specials, then random ones. */
export function tuples(kinds: readonly OperandKind[], seed: number): Tuple[] {
    const draw = new Draw(seed);
    const [first = "d", second, third] = kinds;
    if (second === undefined) {
        const known = [...specials(first), ...converted(first)].map((a) => [a]);
        return [...known, ...Array.from({ length: 1200 }, () => [draw.operand(first)])];
    }
    if (third !== undefined) return triples(first, draw);
    const known = specials(first).flatMap((a) => specials(second).map((b) => [a, b]));
    return [...known, ...Array.from({ length: 1200 }, () => [draw.operand(first), draw.operand(second)])];
}

/** Every fourth random addend nearly cancels the product. */
function triples(kind: OperandKind, draw: Draw): Tuple[] {
    const few = specials(kind).filter((_, i) => [0, 1, 2, 9, 10, 14, 15, 18, 25, 26, 29, 32].includes(i));
    const known = few.flatMap((a) => few.flatMap((b) => few.map((c) => [a, b, c])));
    const drawn = Array.from({ length: 1600 }, (_, i) => {
        const [a, b, c] = [draw.operand(kind), draw.operand(kind), draw.operand(kind)];
        if (i % 4 !== 0) return [a, b, c];
        const product = -numberOf(kind, a) * numberOf(kind, b);
        return [a, b, (kind === "d" ? bitsOf(product) : singleBits(product)) ^ BigInt(draw.below(4))];
    });
    return [...known, ...drawn];
}
