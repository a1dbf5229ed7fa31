// Software arithmetic takes f64 bits, gives bits of f32 (`single`) or f64, and raises flags through raiseLater. One algorithm serves both
// formats, because every operand is an f64 and every result is rounded once.

import { mulhu } from "../arithmetic";
import {
    bitOf,
    exponentOut,
    infinityOf,
    invalid,
    isInfinite,
    isNaN64,
    isSignaling,
    isZero,
    LEADING,
    nanOf,
    raiseLater,
    roundPack,
    SIGN,
    shiftRightJam,
    unpack,
    zeroOf,
} from "./format";
import { DZ, NV, RDN } from "./state";

/** The bits of a quotient or root that are worked out. The remainder decides the sticky bit. At least two more bits than an f64 has. */
const DIGITS: i32 = 57;

function isNegative(a: u64): bool {
    return a >> 63 != 0;
}

/** Returns the canonical NaN, for a NaN among the operands. */
function propagate(a: u64, b: u64, single: bool): u64 {
    if (isSignaling(a) || isSignaling(b)) raiseLater(NV);
    return nanOf(single);
}

/** Returns the same value in the format asked for, which can hold it. */
function exact(a: u64, rm: u32, single: bool): u64 {
    if (isZero(a)) return zeroOf(isNegative(a), single);
    const significand = unpack(a);
    return roundPack(isNegative(a), exponentOut, significand, rm, single);
}

export function softAdd(a: u64, b: u64, rm: u32, single: bool): u64 {
    if (isNaN64(a) || isNaN64(b)) return propagate(a, b, single);
    if (isInfinite(a)) {
        if (isInfinite(b) && a != b) return invalid(single);
        return infinityOf(isNegative(a), single);
    }
    if (isInfinite(b)) return infinityOf(isNegative(b), single);
    if (isZero(a) && isZero(b)) return zeroOf(a == b ? isNegative(a) : rm == RDN, single);
    if (isZero(a)) return exact(b, rm, single);
    if (isZero(b)) return exact(a, rm, single);
    // The f64 of larger magnitude has the larger bits.
    return (a & ~SIGN) >= (b & ~SIGN) ? addFinite(a, b, rm, single) : addFinite(b, a, rm, single);
}

function addFinite(large: u64, small: u64, rm: u32, single: bool): u64 {
    const significand = unpack(large);
    const exponent = exponentOut;
    const other = unpack(small);
    const aligned = shiftRightJam(other, exponent - exponentOut);
    const negative = isNegative(large);
    if (negative == isNegative(small)) return normalizeRound(negative, exponent, significand + aligned, rm, single);
    const difference = significand - aligned;
    if (!difference) return zeroOf(rm == RDN, single);
    return normalizeRound(negative, exponent, difference, rm, single);
}

/** Rounds a nonzero significand whose leading bit may be anywhere. `exponent` is that of bit 62. */
export function normalizeRound(negative: bool, exponent: i32, significand: u64, rm: u32, single: bool): u64 {
    if (significand & SIGN) return roundPack(negative, exponent + 1, shiftRightJam(significand, 1), rm, single);
    const shift = <i32>clz<u64>(significand) - 1;
    return roundPack(negative, exponent - shift, significand << shift, rm, single);
}

export function softMultiply(a: u64, b: u64, rm: u32, single: bool): u64 {
    const negative = isNegative(a ^ b);
    if (isNaN64(a) || isNaN64(b)) return propagate(a, b, single);
    if (isInfinite(a) || isInfinite(b)) {
        if (isZero(a) || isZero(b)) return invalid(single);
        return infinityOf(negative, single);
    }
    if (isZero(a) || isZero(b)) return zeroOf(negative, single);
    const x = unpack(a);
    let exponent = exponentOut;
    const y = unpack(b);
    exponent += exponentOut;
    // The product's leading bit is 124 or 125.
    const low = x * y;
    const product = (mulhu(x, y) << 2) | (low >> LEADING) | bitOf(low << 2 != 0);
    return normalizeRound(negative, exponent, product, rm, single);
}

export function softDivide(a: u64, b: u64, rm: u32, single: bool): u64 {
    const negative = isNegative(a ^ b);
    if (isNaN64(a) || isNaN64(b)) return propagate(a, b, single);
    if (isInfinite(a)) return isInfinite(b) ? invalid(single) : infinityOf(negative, single);
    if (isInfinite(b)) return zeroOf(negative, single);
    if (isZero(b)) {
        if (isZero(a)) return invalid(single);
        raiseLater(DZ);
        return infinityOf(negative, single);
    }
    if (isZero(a)) return zeroOf(negative, single);
    let rest = unpack(a);
    let exponent = exponentOut;
    const divisor = unpack(b);
    exponent -= exponentOut;
    if (rest < divisor) {
        rest <<= 1;
        exponent--;
    }
    let quotient: u64 = 0;
    for (let i = 0; i < DIGITS; i++) {
        quotient <<= 1;
        if (rest >= divisor) {
            rest -= divisor;
            quotient |= 1;
        }
        rest <<= 1;
    }
    const significand = (quotient << (LEADING + 1 - DIGITS)) | bitOf(rest != 0);
    return roundPack(negative, exponent, significand, rm, single);
}

export function softSquareRoot(a: u64, rm: u32, single: bool): u64 {
    if (isNaN64(a)) return propagate(a, a, single);
    if (isZero(a)) return zeroOf(isNegative(a), single);
    if (isNegative(a)) return invalid(single);
    if (isInfinite(a)) return infinityOf(false, single);
    let radicand = unpack(a);
    let exponent = exponentOut;
    if (exponent & 1) {
        radicand <<= 1;
        exponent--;
    }
    let root: u64 = 0;
    let rest: u64 = 0;
    for (let i = 0; i < DIGITS; i++) {
        rest = (rest << 2) | (radicand >> LEADING);
        radicand <<= 2;
        const trial = (root << 2) | 1;
        root <<= 1;
        if (rest >= trial) {
            rest -= trial;
            root |= 1;
        }
    }
    const significand = (root << (LEADING + 1 - DIGITS)) | bitOf((rest | radicand) != 0);
    return roundPack(false, exponent >> 1, significand, rm, single);
}
