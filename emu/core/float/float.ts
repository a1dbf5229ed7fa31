// Additions, multiplications, divisions, roots and fused operations on raw register contents. Engines call them.
//
// Wasm's own arithmetic rounds to nearest even and has no flags. So it serves where the mode is RNE, NX is raised already, and the result
// shows that no other flag can be (docs/lives/float.md): it is no NaN or infinity, and for products and quotients not subnormal. Fused
// operations are made of several (exact.ts). Software does all other cases.
import { FCSR } from "../../state/hart-layout";
import { softAdd, softDivide, softMultiply, softSquareRoot } from "./arithmetic";
import { fusedDouble, fusedDoubleServes, fusedSingle } from "./exact";
import { box, SIGN, takeRaised, unbox, widen } from "./format";
import { softFused } from "./fused";
import { DYN, FCSR_ROUNDING_SHIFT, NX, RNE, raiseFlags, roundingOf } from "./state";

const SIGN_S: u64 = 0x80000000;
/** NX, and the bits of frm. */
const QUICK_MASK: u32 = 0xe1;
const SMALLEST_NORMAL_D: f64 = 2.2250738585072014e-308;
const SMALLEST_NORMAL_S: f32 = 1.1754943508222875e-38;

/** Returns true when the mode is round to nearest even and NX is raised already. */
export function quick(h: usize, rm: u32): bool {
    const fcsr = load<u32>(h, FCSR);
    return ((rm == DYN ? fcsr : (fcsr & NX) | (rm << FCSR_ROUNDING_SHIFT)) & QUICK_MASK) == ((RNE << 5) | NX);
}

/** Returns true for a finite value. */
function plain<T extends number>(value: T): bool {
    return abs<T>(value) < <T>Infinity;
}

/** Returns true for a value that is finite and above the subnormal range, also before it was rounded. */
export function normal<T extends number>(value: T): bool {
    const smallest = <T>(sizeof<T>() == 4 ? SMALLEST_NORMAL_S : SMALLEST_NORMAL_D);
    return abs<T>(value) > smallest && abs<T>(value) < <T>Infinity;
}

function doubleOf(a: u64): f64 {
    return reinterpret<f64>(a);
}

function singleOf(a: u64): f32 {
    return reinterpret<f32>(unbox(a));
}

export function boxed(value: f32): u64 {
    return box(reinterpret<u32>(value));
}

/** Raises the flags of software arithmetic, and returns its result. */
function finishD(h: usize, bits: u64): u64 {
    raiseFlags(h, takeRaised());
    return bits;
}

export function finishS(h: usize, bits: u64): u64 {
    raiseFlags(h, takeRaised());
    return box(<u32>bits);
}

export function fadd_d(h: usize, rm: u32, a: u64, b: u64): u64 {
    if (quick(h, rm)) {
        const sum = doubleOf(a) + doubleOf(b);
        if (plain<f64>(sum)) return reinterpret<u64>(sum);
    }
    return finishD(h, softAdd(a, b, roundingOf(h, rm), false));
}

export function fsub_d(h: usize, rm: u32, a: u64, b: u64): u64 {
    return fadd_d(h, rm, a, b ^ SIGN);
}

export function fmul_d(h: usize, rm: u32, a: u64, b: u64): u64 {
    if (quick(h, rm)) {
        const product = doubleOf(a) * doubleOf(b);
        if (normal<f64>(product) || zeroTimesFinite<f64>(doubleOf(a), doubleOf(b))) return reinterpret<u64>(product);
    }
    return finishD(h, softMultiply(a, b, roundingOf(h, rm), false));
}

/** Returns true when one of them is zero and the other finite. */
function zeroTimesFinite<T extends number>(a: T, b: T): bool {
    return (a == 0 && plain<T>(b)) || (b == 0 && plain<T>(a));
}

export function fdiv_d(h: usize, rm: u32, a: u64, b: u64): u64 {
    if (quick(h, rm)) {
        const quotient = doubleOf(a) / doubleOf(b);
        if (doubleOf(b) != 0 && normal<f64>(quotient)) return reinterpret<u64>(quotient);
    }
    return finishD(h, softDivide(a, b, roundingOf(h, rm), false));
}

export function fsqrt_d(h: usize, rm: u32, a: u64): u64 {
    if (quick(h, rm)) {
        const root = sqrt<f64>(doubleOf(a));
        if (plain<f64>(root)) return reinterpret<u64>(root);
    }
    return finishD(h, softSquareRoot(a, roundingOf(h, rm), false));
}

export function fmadd_d(h: usize, rm: u32, a: u64, b: u64, c: u64): u64 {
    if (quick(h, rm)) {
        if (fusedDoubleServes(a, b, c)) return reinterpret<u64>(fusedDouble(doubleOf(a), doubleOf(b), doubleOf(c)));
        // A sum with a zero is exact.
        if (zeroTimesFinite<f64>(doubleOf(a), doubleOf(b)) && plain<f64>(doubleOf(c))) {
            return reinterpret<u64>(doubleOf(a) * doubleOf(b) + doubleOf(c));
        }
    }
    return finishD(h, softFused(a, b, c, roundingOf(h, rm), false));
}

export function fmsub_d(h: usize, rm: u32, a: u64, b: u64, c: u64): u64 {
    return fmadd_d(h, rm, a, b, c ^ SIGN);
}

export function fnmsub_d(h: usize, rm: u32, a: u64, b: u64, c: u64): u64 {
    return fmadd_d(h, rm, a ^ SIGN, b, c);
}

export function fnmadd_d(h: usize, rm: u32, a: u64, b: u64, c: u64): u64 {
    return fmadd_d(h, rm, a ^ SIGN, b, c ^ SIGN);
}

export function fadd_s(h: usize, rm: u32, a: u64, b: u64): u64 {
    if (quick(h, rm)) {
        const sum = singleOf(a) + singleOf(b);
        if (plain<f32>(sum)) return boxed(sum);
    }
    return finishS(h, softAdd(widen(unbox(a)), widen(unbox(b)), roundingOf(h, rm), true));
}

/** A flipped sign in a register that is not boxed leaves it not boxed. */
export function fsub_s(h: usize, rm: u32, a: u64, b: u64): u64 {
    return fadd_s(h, rm, a, b ^ SIGN_S);
}

export function fmul_s(h: usize, rm: u32, a: u64, b: u64): u64 {
    if (quick(h, rm)) {
        const product = singleOf(a) * singleOf(b);
        if (normal<f32>(product) || zeroTimesFinite<f32>(singleOf(a), singleOf(b))) return boxed(product);
    }
    return finishS(h, softMultiply(widen(unbox(a)), widen(unbox(b)), roundingOf(h, rm), true));
}

export function fdiv_s(h: usize, rm: u32, a: u64, b: u64): u64 {
    if (quick(h, rm)) {
        const quotient = singleOf(a) / singleOf(b);
        if (singleOf(b) != 0 && normal<f32>(quotient)) return boxed(quotient);
    }
    return finishS(h, softDivide(widen(unbox(a)), widen(unbox(b)), roundingOf(h, rm), true));
}

export function fsqrt_s(h: usize, rm: u32, a: u64): u64 {
    if (quick(h, rm)) {
        const root = sqrt<f32>(singleOf(a));
        if (plain<f32>(root)) return boxed(root);
    }
    return finishS(h, softSquareRoot(widen(unbox(a)), roundingOf(h, rm), true));
}

export function fmadd_s(h: usize, rm: u32, a: u64, b: u64, c: u64): u64 {
    if (quick(h, rm)) {
        const wide = fusedSingle(singleOf(a), singleOf(b), singleOf(c));
        const result = <f32>wide;
        if (normal<f32>(result) || wide == 0) return boxed(result);
    }
    return finishS(h, softFused(widen(unbox(a)), widen(unbox(b)), widen(unbox(c)), roundingOf(h, rm), true));
}

export function fmsub_s(h: usize, rm: u32, a: u64, b: u64, c: u64): u64 {
    return fmadd_s(h, rm, a, b, c ^ SIGN_S);
}

export function fnmsub_s(h: usize, rm: u32, a: u64, b: u64, c: u64): u64 {
    return fmadd_s(h, rm, a ^ SIGN_S, b, c);
}

export function fnmadd_s(h: usize, rm: u32, a: u64, b: u64, c: u64): u64 {
    return fmadd_s(h, rm, a ^ SIGN_S, b, c ^ SIGN_S);
}
