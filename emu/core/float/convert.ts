// Conversions on raw register contents (RISC-V unprivileged ISA, 20.7, 21.5). Engines call them.

import { normalizeRound } from "./arithmetic";
import { boxed, finishS, normal, quick } from "./float";
import {
    exponentOut,
    infinityOf,
    isInfinite,
    isNaN64,
    isSignaling,
    isZero,
    LEADING,
    NAN_D,
    nanOf,
    raiseLater,
    roundPack,
    takeRaised,
    unbox,
    unpack,
    widen,
    zeroOf,
} from "./format";
import { NV, NX, RDN, RNE, RTZ, RUP, raiseFlags, roundingOf } from "./state";

const TWO_31: f64 = 2147483648.0;
const TWO_32: f64 = 4294967296.0;
const TWO_63: f64 = 9223372036854775808.0;
const TWO_64: f64 = 18446744073709551616.0;
const MAXIMUM_L: u64 = 0x7fffffffffffffff;
const MAXIMUM_W: u64 = 0x7fffffff;
const ALL: u64 = 0xffffffffffffffff;

/** Returns the integral value next to x by the rounding mode, or x itself if it is infinite or a NaN. Wasm does all modes but RMM. */
function integral(x: f64, rm: u32): f64 {
    if (rm == RNE) return nearest<f64>(x);
    if (rm == RTZ) return trunc<f64>(x);
    if (rm == RDN) return floor<f64>(x);
    if (rm == RUP) return ceil<f64>(x);
    const toZero = trunc<f64>(x);
    // The difference is exact, because a fraction is left only below 2^52.
    return abs<f64>(x - toZero) >= 0.5 ? toZero + copysign<f64>(1.0, x) : toZero;
}

/**
 * Returns x as an integer in [lowest, limit), in the low bits. Below that range the result is `low`, above it and for a NaN `high`, both
 * with NV. Raises NX if a fraction was lost.
 */
function toInteger(h: usize, rm: u32, x: f64, lowest: f64, limit: f64, low: u64, high: u64): u64 {
    const value = integral(x, roundingOf(h, rm));
    if (!(value < limit)) return outside(h, high);
    if (value < lowest) return outside(h, low);
    if (value != x) raiseFlags(h, NX);
    return value < TWO_63 ? <u64>(<i64>value) : <u64>value;
}

function outside(h: usize, value: u64): u64 {
    raiseFlags(h, NV);
    return value;
}

function sext32(value: u64): u64 {
    return <u64>(<i64>(<i32>value));
}

function singleValue(a: u64): f64 {
    return <f64>reinterpret<f32>(unbox(a));
}

export function fcvt_w_d(h: usize, rm: u32, a: u64): u64 {
    return toInteger(h, rm, reinterpret<f64>(a), -TWO_31, TWO_31, ~MAXIMUM_W, MAXIMUM_W);
}

export function fcvt_wu_d(h: usize, rm: u32, a: u64): u64 {
    return sext32(toInteger(h, rm, reinterpret<f64>(a), 0, TWO_32, 0, ALL));
}

export function fcvt_l_d(h: usize, rm: u32, a: u64): u64 {
    return toInteger(h, rm, reinterpret<f64>(a), -TWO_63, TWO_63, ~MAXIMUM_L, MAXIMUM_L);
}

export function fcvt_lu_d(h: usize, rm: u32, a: u64): u64 {
    return toInteger(h, rm, reinterpret<f64>(a), 0, TWO_64, 0, ALL);
}

export function fcvt_w_s(h: usize, rm: u32, a: u64): u64 {
    return toInteger(h, rm, singleValue(a), -TWO_31, TWO_31, ~MAXIMUM_W, MAXIMUM_W);
}

export function fcvt_wu_s(h: usize, rm: u32, a: u64): u64 {
    return sext32(toInteger(h, rm, singleValue(a), 0, TWO_32, 0, ALL));
}

export function fcvt_l_s(h: usize, rm: u32, a: u64): u64 {
    return toInteger(h, rm, singleValue(a), -TWO_63, TWO_63, ~MAXIMUM_L, MAXIMUM_L);
}

export function fcvt_lu_s(h: usize, rm: u32, a: u64): u64 {
    return toInteger(h, rm, singleValue(a), 0, TWO_64, 0, ALL);
}

/** Rounds the magnitude, with its sign. */
function fromInteger(h: usize, rm: u32, negative: bool, magnitude: u64, single: bool): u64 {
    if (!magnitude) return zeroOf(false, single);
    const bits = normalizeRound(negative, LEADING, magnitude, roundingOf(h, rm), single);
    raiseFlags(h, takeRaised());
    return bits;
}

function fromSigned(h: usize, rm: u32, value: i64, single: bool): u64 {
    return fromInteger(h, rm, value < 0, <u64>(value < 0 ? -value : value), single);
}

export function fcvt_d_w(_h: usize, _rm: u32, a: u64): u64 {
    return reinterpret<u64>(<f64>(<i32>a));
}

export function fcvt_d_wu(_h: usize, _rm: u32, a: u64): u64 {
    return reinterpret<u64>(<f64>(<u32>a));
}

export function fcvt_d_l(h: usize, rm: u32, a: u64): u64 {
    return quick(h, rm) ? reinterpret<u64>(<f64>(<i64>a)) : fromSigned(h, rm, <i64>a, false);
}

export function fcvt_d_lu(h: usize, rm: u32, a: u64): u64 {
    return quick(h, rm) ? reinterpret<u64>(<f64>a) : fromInteger(h, rm, false, a, false);
}

export function fcvt_s_w(h: usize, rm: u32, a: u64): u64 {
    return fcvt_s_l(h, rm, sext32(a));
}

export function fcvt_s_wu(h: usize, rm: u32, a: u64): u64 {
    return fcvt_s_lu(h, rm, a & 0xffffffff);
}

export function fcvt_s_l(h: usize, rm: u32, a: u64): u64 {
    return quick(h, rm) ? boxed(<f32>(<i64>a)) : finishS(h, fromSigned(h, rm, <i64>a, true));
}

export function fcvt_s_lu(h: usize, rm: u32, a: u64): u64 {
    return quick(h, rm) ? boxed(<f32>a) : finishS(h, fromInteger(h, rm, false, a, true));
}

export function fcvt_s_d(h: usize, rm: u32, a: u64): u64 {
    if (quick(h, rm)) {
        const value = <f32>reinterpret<f64>(a);
        if (normal<f32>(value)) return boxed(value);
    }
    return finishS(h, narrow(a, roundingOf(h, rm)));
}

function narrow(a: u64, rm: u32): u64 {
    const negative = a >> 63 != 0;
    if (isNaN64(a)) {
        if (isSignaling(a)) raiseLater(NV);
        return nanOf(true);
    }
    if (isInfinite(a)) return infinityOf(negative, true);
    if (isZero(a)) return zeroOf(negative, true);
    const significand = unpack(a);
    return roundPack(negative, exponentOut, significand, rm, true);
}

/** This conversion never rounds. */
export function fcvt_d_s(h: usize, _rm: u32, a: u64): u64 {
    const value = widen(unbox(a));
    if (!isNaN64(value)) return value;
    if (isSignaling(value)) raiseFlags(h, NV);
    return NAN_D;
}
