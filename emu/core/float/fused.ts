// Fused multiply-add in software: the product is exact in 128 bits, and the sum is rounded once.
import { mulhu } from "../arithmetic";
import { normalizeRound, softAdd } from "./arithmetic";
import {
    bitOf,
    exponentOut,
    infinityOf,
    invalid,
    isInfinite,
    isNaN64,
    isSignaling,
    isZero,
    nanOf,
    raiseLater,
    SIGN,
    unpack,
    zeroOf,
} from "./format";
import { NV, RDN } from "./state";

/** The low half of the last result of shiftRightJam128. */
let low128: u64 = 0;

/** Returns a * b + c of f64 bits, as bits of f32 (`single`) or f64. Infinity times zero is invalid even if c is a quiet NaN. */
export function softFused(a: u64, b: u64, c: u64, rm: u32, single: bool): u64 {
    const invalidProduct = (isInfinite(a) && isZero(b)) || (isZero(a) && isInfinite(b));
    if (isNaN64(a) || isNaN64(b) || isNaN64(c)) {
        if (invalidProduct || isSignaling(a) || isSignaling(b) || isSignaling(c)) raiseLater(NV);
        return nanOf(single);
    }
    if (invalidProduct) return invalid(single);
    const sign = (a ^ b) & SIGN;
    if (isInfinite(a) || isInfinite(b)) {
        if (isInfinite(c) && (c & SIGN) != sign) return invalid(single);
        return infinityOf(sign != 0, single);
    }
    // A zero product adds like a zero, and an infinite c like itself.
    if (isZero(a) || isZero(b) || isInfinite(c)) return softAdd(sign, c, rm, single);
    return fuseFinite(a, b, c, rm, single);
}

/** Product and c have their leading bit at 124. Both are 128 bits wide. */
function fuseFinite(a: u64, b: u64, c: u64, rm: u32, single: bool): u64 {
    const negative = (a ^ b) >> 63 != 0;
    const x = unpack(a);
    let exponent = exponentOut;
    const y = unpack(b);
    exponent += exponentOut;
    let high = mulhu(x, y);
    let lower = x * y;
    if (high >> 61) {
        // The shift is exact: both factors end in ten zeros.
        lower = (lower >> 1) | (high << 63);
        high >>= 1;
        exponent++;
    }
    if (isZero(c)) return round(negative, exponent, high, lower, rm, single);
    const z = unpack(c);
    const distance = exponent - exponentOut;
    const cNegative = c >> 63 != 0;
    let cHigh = z >> 2;
    let cLow = z << 62;
    if (distance > 0) {
        cHigh = shiftRightJam128(cHigh, cLow, distance);
        cLow = low128;
    } else if (distance < 0) {
        exponent = exponentOut;
        high = shiftRightJam128(high, lower, -distance);
        lower = low128;
    }
    if (negative == cNegative) {
        const sum = lower + cLow;
        return round(negative, exponent, high + cHigh + bitOf(sum < lower), sum, rm, single);
    }
    return subtract(negative, exponent, high, lower, cHigh, cLow, rm, single);
}

function subtract(
    negative: bool,
    exponent: i32,
    high: u64,
    lower: u64,
    cHigh: u64,
    cLow: u64,
    rm: u32,
    single: bool,
): u64 {
    if (high == cHigh && lower == cLow) return zeroOf(rm == RDN, single);
    if (high > cHigh || (high == cHigh && lower > cLow)) {
        return round(negative, exponent, high - cHigh - bitOf(lower < cLow), lower - cLow, rm, single);
    }
    return round(!negative, exponent, cHigh - high - bitOf(cLow < lower), cLow - lower, rm, single);
}

/** Rounds a nonzero 128-bit significand whose bit 124 has that exponent. */
function round(negative: bool, exponent: i32, high: u64, lower: u64, rm: u32, single: bool): u64 {
    if (!high) return normalizeRound(negative, exponent - 62, lower, rm, single);
    const shift = clz<u64>(high);
    const top = shift ? (high << shift) | (lower >> (64 - shift)) : high;
    const sticky = bitOf(lower << shift != 0);
    // Bit 63 of top stands for bit 127 - shift.
    return normalizeRound(negative, exponent + 2 - <i32>shift, top | sticky, rm, single);
}

/** Returns the high half of high:lower >> count, with every lost bit in bit 0. low128 is the low half. */
function shiftRightJam128(high: u64, lower: u64, count: i32): u64 {
    if (count >= 128) {
        low128 = bitOf((high | lower) != 0);
        return 0;
    }
    if (count >= 64) {
        const rest = count - 64;
        const lost = rest ? (high << (64 - rest)) | lower : lower;
        low128 = (high >> rest) | bitOf(lost != 0);
        return 0;
    }
    const lost = lower << (64 - count);
    low128 = (high << (64 - count)) | (lower >> count) | bitOf(lost != 0);
    return high >> count;
}
