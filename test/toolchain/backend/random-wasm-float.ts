/**
 * Floats of random Wasm functions. Wasm leaves open which NaN an operation gives, so what shows its bits (stores, copysign,
 * reinterpretations) gets bits that never were a result, or a value whose NaN was made one.
 */
import type { Random } from "./random-wasm.ts";
import { type FloatType, floatConstant, type IntegerType, type Type, unsigned } from "./wasm-builder.ts";

/** What the generator of functions does for this one. */
export interface Emitter {
    readonly random: Random;
    emit(...bytes: number[]): void;
    expression(type: Type, depth: number): void;
    load(type: Type): void;
    /** A local of the type that anyone may write. */
    scratch(type: Type): number;
}

const FLOATS: readonly FloatType[] = ["f32", "f64"];
/** Limits of the integers, halves, powers where fractions end, limits of both formats. */
export const INTERESTING_FLOATS = [
    ...[0, 0.5, 1, 1.5, 2, 2.5, 3, 7, 0.1, 100.75, 2 ** 22 + 0.5, 2 ** 23 + 1, 2 ** 51 + 0.5, 2 ** 52 + 1],
    ...[2 ** 31, 2 ** 31 - 1, 2 ** 32, 2 ** 32 - 1, 2 ** 63, 2 ** 64, 2 ** 64 - 2048],
    ...[
        3.4028234663852886e38,
        2 ** 128,
        2 ** -126,
        2 ** -149,
        2 ** -150,
        1.7976931348623157e308,
        2 ** -1022,
        2 ** -1074,
    ],
    ...[Number.POSITIVE_INFINITY, Number.NaN],
];
const FIRST_OPERATION = { f32: 0x8b, f64: 0x99 } as const;
const UNARY = [0, 1, 2, 3, 4, 5, 6];
const BINARY = [7, 7, 8, 8, 9, 9, 10, 11, 12];
const COPYSIGN = 13;
const ABS = 0;
const FIRST_COMPARE = { f32: 0x5b, f64: 0x61 } as const;
const EQUAL = 0;
const LESS = 2;
const SELECT = 0x1b;
const LOCAL_GET = 0x20;
const LOCAL_TEE = 0x22;

export class FloatGenerator {
    readonly #to: Emitter;
    readonly #random: Random;

    constructor(to: Emitter) {
        this.#to = to;
        this.#random = to.random;
    }

    constant(type: FloatType): void {
        const value = this.#random.pick(INTERESTING_FLOATS) * (this.#random.below(2) ? 1 : -1);
        this.#to.emit(...floatConstant(type, this.#random.below(4) ? value : value * this.#random.next() * 2 ** -32));
    }

    /** An operation that gives a float. */
    operation(type: FloatType, depth: number): void {
        const choice = this.#random.below(10);
        if (choice < 4) this.#binary(type, depth);
        else if (choice < 7) this.#unary(type, depth);
        else if (choice < 8) this.#copysign(type, depth);
        else this.#fromOther(type, depth);
    }

    /** An i32: two floats compared. */
    compare(type: FloatType, depth: number): void {
        this.#to.expression(type, depth - 1);
        this.#to.expression(type, depth - 1);
        this.#to.emit(FIRST_COMPARE[type] + this.#random.below(6));
    }

    /** An integer made of a float. */
    toInteger(type: IntegerType, depth: number): void {
        const choice = this.#random.below(4);
        if (choice === 0) {
            this.shown(type === "i32" ? "f32" : "f64", depth - 1);
            this.#to.emit(type === "i32" ? 0xbc : 0xbd);
            return;
        }
        const from = this.#random.pick(FLOATS);
        const variant = this.#random.below(2) + (from === "f64" ? 2 : 0);
        this.#to.expression(from, depth - 1);
        if (choice === 1) this.#toSmall(from, variant % 2 === 0);
        if (choice === 1) this.#to.emit((type === "i32" ? 0xa8 : 0xae) + variant);
        else this.#to.emit(0xfc, variant + (type === "i32" ? 0 : 4));
    }

    /** A float whose bits Wasm says. */
    shown(type: FloatType, depth: number): void {
        const choice = this.#random.below(4);
        if (choice === 0) this.#to.load(type);
        else if (choice === 1) this.#reinterpreted(type, depth);
        else this.#canonical(type, depth);
    }

    #binary(type: FloatType, depth: number): void {
        this.#to.expression(type, depth - 1);
        this.#to.expression(type, depth - 1);
        this.#to.emit(FIRST_OPERATION[type] + this.#random.pick(BINARY));
    }

    #unary(type: FloatType, depth: number): void {
        this.#to.expression(type, depth - 1);
        this.#to.emit(FIRST_OPERATION[type] + this.#random.pick(UNARY));
    }

    #copysign(type: FloatType, depth: number): void {
        this.#to.expression(type, depth - 1);
        this.shown(type, depth - 1);
        this.#to.emit(FIRST_OPERATION[type] + COPYSIGN);
    }

    #fromOther(type: FloatType, depth: number): void {
        const choice = this.#random.below(4);
        if (choice === 0) {
            this.#to.expression(type === "f32" ? "f64" : "f32", depth - 1);
            this.#to.emit(type === "f32" ? 0xb6 : 0xbb);
        } else if (choice === 1) this.#reinterpreted(type, depth);
        else {
            const variant = this.#random.below(4);
            this.#to.expression(variant < 2 ? "i32" : "i64", depth - 1);
            this.#to.emit((type === "f32" ? 0xb2 : 0xb7) + variant);
        }
    }

    #reinterpreted(type: FloatType, depth: number): void {
        this.#to.expression(type === "f32" ? "i32" : "i64", depth - 1);
        this.#to.emit(type === "f32" ? 0xbe : 0xbf);
    }

    /** Any value; for a NaN the constant one. */
    #canonical(type: FloatType, depth: number): void {
        this.#to.expression(type, depth);
        const local = unsigned(this.#to.scratch(type));
        this.#to.emit(LOCAL_TEE, ...local, ...floatConstant(type, Number.NaN));
        this.#to.emit(LOCAL_GET, ...local, LOCAL_GET, ...local, FIRST_COMPARE[type] + EQUAL, SELECT);
    }

    /** For a conversion that traps: 1 instead of what is no number of magnitude below 2^31, and of negative ones if `!isSigned`. */
    #toSmall(type: FloatType, isSigned: boolean): void {
        const local = unsigned(this.#to.scratch(type));
        this.#to.emit(LOCAL_TEE, ...local, ...floatConstant(type, 1), LOCAL_GET, ...local);
        this.#to.emit(FIRST_OPERATION[type] + ABS, ...floatConstant(type, 2 ** 31), FIRST_COMPARE[type] + LESS);
        if (!isSigned) this.#to.emit(...floatConstant(type, -1), LOCAL_GET, ...local, FIRST_COMPARE[type] + LESS, 0x71);
        this.#to.emit(SELECT);
    }
}
