// Fused multiply-add by Wasm's own arithmetic, rounded to nearest even, is made of sums and products with their rounding errors.
//
// A rounded sum or product and its error are together the exact value, and the error is a float of the same format (Dekker 1971, Knuth).
// Rounding to odd takes an inexact value to the neighbour with the odd last bit. This keeps what a second rounding has to know, so that two
// roundings give what one does (Boldo and Melquiond 2008).

/** Exponents of factors, as fields: 2^-450 to 2^450. In this range no error term underflows, and no split factor overflows. */
const FACTOR_LOWEST: u64 = 1023 - 450;
const FACTOR_SPAN: u64 = 900;
/**
 * The exponent field of addends is below that of 2^1000, so that no sum overflows. It may be small, because sums lose nothing by underflow.
 */
const ADDEND_LIMIT: u64 = 1023 + 1000;
const EXPONENT_MASK: u64 = 0x7ff;
const FRACTION_BITS_D: u64 = 52;
/** 2^27 + 1 splits the 53 bits of an f64 into two halves, whose products are exact. */
const SPLITTER: f64 = 134217729.0;
/** The fraction bits of an f64 that an f32 does not have, and half of the last place that it has. */
const DROPPED_S: u64 = 0x1fffffff;
const TIE_S: u64 = 0x10000000;

/**
 * Returns a * b + c of f32, rounded to an f64 such that rounding that to f32 gives the fused result. It is zero only if the result is zero,
 * with the result's sign. It is infinite or a NaN if an operand is.
 */
export function fusedSingle(a: f32, b: f32, c: f32): f64 {
    // The product is exact: it has 48 bits, and no exponent is too small.
    const product = <f64>a * <f64>b;
    const addend = <f64>c;
    const sum = product + addend;
    // An error below the last place of the f64 matters only where the f64 is halfway between two f32.
    if ((reinterpret<u64>(sum) & DROPPED_S) != TIE_S) return sum;
    return toOdd(sum, sumError(product, addend, sum));
}

/** Returns whether `fusedDouble` may be called. If so, the result is zero or normal, and no step on the way loses anything. */
export function fusedDoubleServes(a: u64, b: u64, c: u64): bool {
    return isFactor(a) && isFactor(b) && exponentField(c) < ADDEND_LIMIT;
}

function isFactor(a: u64): bool {
    return exponentField(a) - FACTOR_LOWEST <= FACTOR_SPAN;
}

function exponentField(a: u64): u64 {
    return (a >> FRACTION_BITS_D) & EXPONENT_MASK;
}

/** Returns a * b + c, rounded once, where `fusedDoubleServes`. */
export function fusedDouble(a: f64, b: f64, c: f64): f64 {
    const product = a * b;
    const productRest = productError(a, b, product);
    const small = c + productRest;
    const smallRest = sumError(c, productRest, small);
    const large = product + small;
    const largeRest = sumError(product, small, large);
    const rest = smallRest + largeRest;
    return large + toOdd(rest, sumError(smallRest, largeRest, rest));
}

/** Returns what `sum`, which is a + b rounded, lacks of the exact sum. Either operand may be the larger. */
function sumError(a: f64, b: f64, sum: f64): f64 {
    const bPart = sum - a;
    return a - (sum - bPart) + (b - bPart);
}

/** Returns what `product`, which is a * b rounded, lacks of the exact product. */
function productError(a: f64, b: f64, product: f64): f64 {
    const aHigh = highHalf(a);
    const aLow = a - aHigh;
    const bHigh = highHalf(b);
    const bLow = b - bHigh;
    return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** Returns a rounded to 26 bits. The rest of a fits in 26 bits as well. */
function highHalf(a: f64): f64 {
    const scaled = a * SPLITTER;
    return scaled - (scaled - a);
}

/** Returns sum + error rounded to odd. `sum` is rounded to nearest, with that error. */
function toOdd(sum: f64, error: f64): f64 {
    const bits = reinterpret<u64>(sum);
    if (error == 0 || bits & 1) return sum;
    // A sum with an error is no zero. A step of its bits away from zero is a step of its magnitude.
    return reinterpret<f64>(error > 0 == sum > 0 ? bits + 1 : bits - 1);
}
