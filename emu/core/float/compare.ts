// Comparisons, minimum and maximum, classes and sign injection on raw register contents (RISC-V unprivileged ISA, 20.6, 20.8, 20.9).
// Engines call them.
import { bitOf, box, isInfinite, isNaN64, isSignaling, isZero, NAN_D, SIGN, unbox, widen } from "./format";
import { NV, raiseFlags } from "./state";

const SIGN_S: u32 = 0x80000000;
const EXPONENT_D: u64 = 0x7ff0000000000000;
const EXPONENT_S: u32 = 0x7f800000;

export function feq_d(h: usize, a: u64, b: u64): u64 {
    if (isNaN64(a) || isNaN64(b)) return unordered(h, isSignaling(a) || isSignaling(b));
    return bitOf(reinterpret<f64>(a) == reinterpret<f64>(b));
}

export function flt_d(h: usize, a: u64, b: u64): u64 {
    if (isNaN64(a) || isNaN64(b)) return unordered(h, true);
    return bitOf(reinterpret<f64>(a) < reinterpret<f64>(b));
}

export function fle_d(h: usize, a: u64, b: u64): u64 {
    if (isNaN64(a) || isNaN64(b)) return unordered(h, true);
    return bitOf(reinterpret<f64>(a) <= reinterpret<f64>(b));
}

function unordered(h: usize, invalid: bool): u64 {
    if (invalid) raiseFlags(h, NV);
    return 0;
}

export function feq_s(h: usize, a: u64, b: u64): u64 {
    return feq_d(h, widen(unbox(a)), widen(unbox(b)));
}

export function flt_s(h: usize, a: u64, b: u64): u64 {
    return flt_d(h, widen(unbox(a)), widen(unbox(b)));
}

export function fle_s(h: usize, a: u64, b: u64): u64 {
    return fle_d(h, widen(unbox(a)), widen(unbox(b)));
}

/** minimumNumber gives the number of a NaN and a number. -0 is below +0. */
export function fmin_d(h: usize, a: u64, b: u64): u64 {
    return select(h, a, b, precedes(a, b));
}

/** maximumNumber gives the number of a NaN and a number. +0 is above -0. */
export function fmax_d(h: usize, a: u64, b: u64): u64 {
    return select(h, a, b, precedes(b, a));
}

export function fmin_s(h: usize, a: u64, b: u64): u64 {
    return narrow(fmin_d(h, widen(unbox(a)), widen(unbox(b))));
}

export function fmax_s(h: usize, a: u64, b: u64): u64 {
    return narrow(fmax_d(h, widen(unbox(a)), widen(unbox(b))));
}

function precedes(a: u64, b: u64): bool {
    if (isZero(a) && isZero(b)) return a > b;
    return reinterpret<f64>(a) < reinterpret<f64>(b);
}

/** Returns a if `first`, else b, but a number before a NaN. Two NaNs give the canonical NaN. */
function select(h: usize, a: u64, b: u64, first: bool): u64 {
    if (isSignaling(a) || isSignaling(b)) raiseFlags(h, NV);
    if (isNaN64(a)) return isNaN64(b) ? NAN_D : b;
    return first || isNaN64(b) ? a : b;
}

/** Returns the f32 of the same value, boxed. */
function narrow(a: u64): u64 {
    if (isNaN64(a)) return box(0x7fc00000);
    return box(reinterpret<u32>(<f32>reinterpret<f64>(a)));
}

/** Returns one bit of ten: -inf, -normal, -subnormal, -0, +0, +subnormal, +normal, +inf, signaling NaN, quiet NaN. */
export function fclass_d(_h: usize, a: u64): u64 {
    if (isNaN64(a)) return isSignaling(a) ? 0x100 : 0x200;
    return ranked(a >> 63 != 0, isInfinite(a), isZero(a), (a & EXPONENT_D) == 0);
}

export function fclass_s(_h: usize, a: u64): u64 {
    const bits = unbox(a);
    const wide = widen(bits);
    if (isNaN64(wide)) return isSignaling(wide) ? 0x100 : 0x200;
    return ranked(wide >> 63 != 0, isInfinite(wide), isZero(wide), (bits & EXPONENT_S) == 0);
}

function ranked(negative: bool, infinite: bool, zero: bool, subnormal: bool): u64 {
    const rank: u64 = infinite ? 0 : zero ? 3 : subnormal ? 2 : 1;
    return (<u64>1) << (negative ? rank : 7 - rank);
}

export function fsgnj_d(a: u64, b: u64): u64 {
    return (a & ~SIGN) | (b & SIGN);
}

export function fsgnjn_d(a: u64, b: u64): u64 {
    return (a & ~SIGN) | (~b & SIGN);
}

export function fsgnjx_d(a: u64, b: u64): u64 {
    return a ^ (b & SIGN);
}

export function fsgnj_s(a: u64, b: u64): u64 {
    return box((unbox(a) & ~SIGN_S) | (unbox(b) & SIGN_S));
}

export function fsgnjn_s(a: u64, b: u64): u64 {
    return box((unbox(a) & ~SIGN_S) | (~unbox(b) & SIGN_S));
}

export function fsgnjx_s(a: u64, b: u64): u64 {
    return box(unbox(a) ^ (unbox(b) & SIGN_S));
}
