// Multiplications and divisions without a short Wasm form (RISC-V unprivileged ISA, 13.1 and 13.2). Engines call them.

export function mulhu(a: u64, b: u64): u64 {
    const aLow = a & 0xffffffff;
    const aHigh = a >> 32;
    const bLow = b & 0xffffffff;
    const bHigh = b >> 32;
    const middle = aHigh * bLow + ((aLow * bLow) >> 32);
    const carry = aLow * bHigh + (middle & 0xffffffff);
    return aHigh * bHigh + (middle >> 32) + (carry >> 32);
}

export function mulh(a: u64, b: u64): u64 {
    return mulhsu(a, b) - (<i64>b < 0 ? a : 0);
}

export function mulhsu(a: u64, b: u64): u64 {
    return mulhu(a, b) - (<i64>a < 0 ? b : 0);
}

export function div(a: u64, b: u64): u64 {
    if (b == 0) return ~(<u64>0);
    return b == ~(<u64>0) ? 0 - a : <u64>(<i64>a / <i64>b);
}

export function divu(a: u64, b: u64): u64 {
    return b == 0 ? ~(<u64>0) : a / b;
}

export function rem(a: u64, b: u64): u64 {
    if (b == 0) return a;
    return b == ~(<u64>0) ? 0 : <u64>(<i64>a % <i64>b);
}

export function remu(a: u64, b: u64): u64 {
    return b == 0 ? a : a % b;
}

export function divw(a: u64, b: u64): u64 {
    return sext32(div(sext32(a), sext32(b)));
}

export function divuw(a: u64, b: u64): u64 {
    return sext32(<u32>b == 0 ? ~(<u64>0) : <u64>(<u32>a / <u32>b));
}

export function remw(a: u64, b: u64): u64 {
    return sext32(rem(sext32(a), sext32(b)));
}

export function remuw(a: u64, b: u64): u64 {
    return sext32(<u32>b == 0 ? a : <u64>(<u32>a % <u32>b));
}

function sext32(a: u64): u64 {
    return <u64>(<i64>(<i32>a));
}
