// The formats f32 and f64: classes, unpacking, rounding (IEEE 754-2019; RISC-V unprivileged ISA, 20.2 to 20.4).
//
// Software arithmetic works on f64 bits, which hold every f32 exactly, and rounds to the format asked for. A finite nonzero number has an
// exponent and a significand: significand * 2^(exponent - 62). The leading bit is 62, and bit 0 is sticky once bits were lost.
import { NV, NX, OF, RDN, RMM, RNE, RUP, UF } from "./state";

export const SIGN: u64 = 0x8000000000000000;
export const INFINITY_D: u64 = 0x7ff0000000000000;
export const NAN_D: u64 = 0x7ff8000000000000;
export const NAN_S: u32 = 0x7fc00000;
const INFINITY_S: u64 = 0x7f800000;
const QUIET_D: u64 = 0x0008000000000000;
const FRACTION_D: u64 = 0x000fffffffffffff;
const HIDDEN_D: u64 = 0x0010000000000000;
const BOX: u64 = 0xffffffff00000000;
/** The number of a significand's leading bit. */
export const LEADING: i32 = 62;

/** The flags raised by the operation in progress. */
let raised: u32 = 0;
/** The exponent found by the last `unpack`. */
export let exponentOut: i32 = 0;

export function raiseLater(flags: u32): void {
    raised |= flags;
}

/** Returns the flags since the last call. */
export function takeRaised(): u32 {
    const flags = raised;
    raised = 0;
    return flags;
}

export function bitOf(condition: bool): u64 {
    return condition ? 1 : 0;
}

/** Returns the f32 in an f register: the canonical NaN unless it is boxed. */
export function unbox(register: u64): u32 {
    return (register & BOX) == BOX ? <u32>register : NAN_S;
}

export function box(bits: u32): u64 {
    return BOX | <u64>bits;
}

/** Returns the f64 of the same value. A NaN keeps its sign, quiet bit and payload. */
export function widen(bits: u32): u64 {
    if ((bits & 0x7f800000) != 0x7f800000) return reinterpret<u64>(<f64>reinterpret<f32>(bits));
    return ((<u64>(bits & 0x80000000)) << 32) | INFINITY_D | ((<u64>(bits & 0x7fffff)) << 29);
}

export function isNaN64(a: u64): bool {
    return (a & ~SIGN) > INFINITY_D;
}

export function isSignaling(a: u64): bool {
    return isNaN64(a) && !(a & QUIET_D);
}

export function isInfinite(a: u64): bool {
    return (a & ~SIGN) == INFINITY_D;
}

export function isZero(a: u64): bool {
    return (a & ~SIGN) == 0;
}

/** nanOf, zeroOf and infinityOf give raw bits, not boxed, in the format asked for. */
export function nanOf(single: bool): u64 {
    return single ? <u64>NAN_S : NAN_D;
}

export function zeroOf(negative: bool, single: bool): u64 {
    return bitOf(negative) << (single ? 31 : 63);
}

export function infinityOf(negative: bool, single: bool): u64 {
    return zeroOf(negative, single) | (single ? INFINITY_S : INFINITY_D);
}

/** Raises NV for an invalid operation, and returns the canonical NaN. */
export function invalid(single: bool): u64 {
    raised |= NV;
    return nanOf(single);
}

/** Returns the significand of a finite nonzero f64. exponentOut is its exponent. */
export function unpack(a: u64): u64 {
    const field = <i32>((a >> 52) & 0x7ff);
    const fraction = a & FRACTION_D;
    if (field) {
        exponentOut = field - 1023;
        return (fraction | HIDDEN_D) << 10;
    }
    const shift = clz<u64>(fraction) - 1;
    exponentOut = -1012 - <i32>shift;
    return fraction << shift;
}

/** Returns a >> count, with every lost bit in bit 0. */
export function shiftRightJam(a: u64, count: i32): u64 {
    if (count <= 0) return a;
    if (count > 63) return bitOf(a != 0);
    return (a >> count) | bitOf(a << (64 - count) != 0);
}

/** Rounds to f32 or f64. Tininess is detected after rounding. */
export function roundPack(negative: bool, exponent: i32, significand: u64, rm: u32, single: bool): u64 {
    const fraction = single ? 23 : 52;
    const drop = <u64>(LEADING - fraction);
    const mask = ((<u64>1) << drop) - 1;
    const half = (<u64>1) << (drop - 1);
    const increment = incrementOf(negative, rm, mask, half);
    let field = exponent + (single ? 127 : 1023);
    let kept = significand;
    let tiny = false;
    if (field <= 0) {
        tiny = field < 0 || kept + increment < SIGN;
        kept = shiftRightJam(kept, 1 - field);
        field = 1;
    }
    const rest = kept & mask;
    let rounded = (kept + increment) >> drop;
    if (rm == RNE && rest == half) rounded &= ~(<u64>1);
    // The hidden bit and a carry both count up the exponent.
    const bits = ((<u64>(field - 1)) << fraction) + rounded;
    if (bits >> fraction >= <u64>(single ? 255 : 2047)) return overflow(negative, rm, single);
    if (rest) raised |= tiny ? NX | UF : NX;
    return bits | zeroOf(negative, single);
}

/** Returns the amount to add below the last place. */
export function incrementOf(negative: bool, rm: u32, mask: u64, half: u64): u64 {
    if (rm == RNE || rm == RMM) return half;
    if (rm == RDN) return negative ? mask : 0;
    if (rm == RUP) return negative ? 0 : mask;
    return 0;
}

function overflow(negative: bool, rm: u32, single: bool): u64 {
    raised |= OF | NX;
    const infinity = infinityOf(negative, single);
    return incrementOf(negative, rm, 1, 1) ? infinity : infinity - 1;
}
