// Floats through the backend: every operation of Wasm on raw bits, and shapes that need calls, spills, phis, globals, memory.

function d(bits: u64): f64 {
    return reinterpret<f64>(bits);
}

function s(bits: u64): f32 {
    return reinterpret<f32>(<u32>bits);
}

/** The bits of a float. NaNs differ between machines: all are one here. */
function out<T extends number>(value: T): u64 {
    if (sizeof<T>() == 4) {
        // biome-ignore lint/suspicious/noGlobalIsNan: AssemblyScript has no other
        return isNaN<f32>(<f32>value) ? 0x7fc00000 : <u64>reinterpret<u32>(<f32>value);
    }
    // biome-ignore lint/suspicious/noGlobalIsNan: AssemblyScript has no other
    return isNaN<f64>(<f64>value) ? 0x7ff8000000000000 : reinterpret<u64>(<f64>value);
}

export function double_operation(operation: u32, a: u64, b: u64): u64 {
    return apply<f64>(operation, d(a), d(b), a);
}

export function single_operation(operation: u32, a: u64, b: u64): u64 {
    return apply<f32>(operation, s(a), s(b), a);
}

/** Conversions from integers take the raw bits `a`. */
function apply<T extends number>(operation: u32, x: T, y: T, a: u64): u64 {
    switch (operation) {
        case 0:
            return out<T>(<T>(x + y));
        case 1:
            return out<T>(<T>(x - y));
        case 2:
            return out<T>(<T>(x * y));
        case 3:
            return out<T>(<T>(x / y));
        case 4:
            return out<T>(min<T>(x, y));
        case 5:
            return out<T>(max<T>(x, y));
        case 6:
            return out<T>(copysign<T>(x, y));
        case 7:
            return out<T>(sqrt<T>(x));
        case 8:
            return out<T>(ceil<T>(x));
        case 9:
            return out<T>(floor<T>(x));
        case 10:
            return out<T>(trunc<T>(x));
        case 11:
            return out<T>(nearest<T>(x));
        case 12:
            return out<T>(abs<T>(x));
        case 13:
            return out<T>(<T>-x);
        case 14:
            return (
                (x == y ? 1 : 0) |
                (x != y ? 2 : 0) |
                (x < y ? 4 : 0) |
                (x > y ? 8 : 0) |
                (x <= y ? 16 : 0) |
                (x >= y ? 32 : 0)
            );
        case 15:
            return sizeof<T>() == 4 ? out<f64>(<f64>x) : out<f32>(<f32>x);
        case 16:
            return <u64>(<u32>(<i32>x));
        case 17:
            return <u64>(<u32>(<u32>x));
        case 18:
            return <u64>(<i64>x);
        case 19:
            return <u64>x;
        case 20:
            return out<T>(<T>(<i32>a));
        case 21:
            return out<T>(<T>(<u32>a));
        case 22:
            return out<T>(<T>(<i64>a));
        case 23:
            return out<T>(<T>a);
        default:
            return 0;
    }
}

let total: f64 = 0.25;
let count: f32 = 1.5;
const weights: usize = memory.data<f64>([0.5, 1.25, -3.0, 1e300, 4.9e-324, 2.0, 7.0, -0.0]);
const room: usize = memory.data(256, 8);

/** Twelve floats of both kinds and six integers: registers of both classes and the stack. */
function mixed(
    a: f64,
    b: f32,
    c: i32,
    e: f64,
    f: f32,
    g: i64,
    h: f64,
    i: f32,
    j: f64,
    k: f32,
    l: f64,
    m: f32,
    n: i32,
    o: f64,
    p: i64,
    q: f32,
    r: i64,
    t: i32,
    u: i64,
    v: i32,
    w: i64,
): f64 {
    return (
        a -
        <f64>b * <f64>c +
        e / <f64>f -
        <f64>g +
        h * <f64>i -
        j * <f64>k +
        l -
        <f64>m * <f64>n +
        o * <f64>p -
        <f64>q +
        <f64>r * 3.0 -
        <f64>t +
        <f64>u -
        <f64>v * 0.5 +
        <f64>w
    );
}

export function calls(a: u64, b: u64): u64 {
    const x = d(a);
    const y = s(b);
    return out<f64>(
        mixed(
            x,
            y,
            3,
            x * 2.0,
            y + 1.0,
            5,
            x - 1.0,
            y * 2.0,
            x + 0.5,
            y - 3.0,
            x / 3.0,
            y / 7.0,
            -4,
            x * x,
            9,
            y * y,
            11,
            12,
            -13,
            14,
            -15,
        ),
    );
}

/** More live floats than registers, across a call and through loops. */
export function pressure(a: u64, turns: u32): u64 {
    const x = d(a);
    let v0 = x + 1.0,
        v1 = x - 1.5,
        v2 = x * 1.25,
        v3 = x / 3.0,
        v4 = x + 7.0,
        v5 = x - 9.0,
        v6 = x * 0.1,
        v7 = x * 0.3,
        v8 = x + 0.7;
    let w0 = x + 2.0,
        w1 = x - 2.5,
        w2 = x * 2.25,
        w3 = x / 2.0,
        w4 = x + 2.7,
        w5 = x - 2.9,
        w6 = x * 2.1,
        w7 = x * 2.3,
        w8 = x + 2.75;
    let y0 = x + 3.0,
        y1 = x - 3.5,
        y2 = x * 3.25,
        y3 = x / 3.5,
        y4 = x + 3.7,
        y5 = x - 3.9,
        y6 = x * 3.1,
        y7 = x * 3.3,
        y8 = x + 3.75;
    let z0 = x + 4.0,
        z1 = x - 4.5,
        z2 = x * 4.25,
        z3 = x / 4.0,
        z4 = x + 4.7,
        z5 = x - 4.9,
        z6 = x * 4.1,
        z7 = x * 4.3,
        z8 = x + 4.75;
    for (let i: u32 = 0; i < turns; i++) {
        const swap = v0;
        v0 = w1 * 0.5 + v1;
        v1 = w2 - v2 * 0.25;
        v2 = y3 + v3;
        v3 = v4 * 0.5;
        v4 = z5 - v5;
        v5 = v6;
        v6 = v7 + 0.1;
        v7 = v8;
        v8 = swap;
        w0 += v0 * 0.125;
        w1 -= y1;
        w2 = floor<f64>(w3) + w2 * 0.5;
        w3 = y4 - w4;
        w4 = -w5;
        w5 = w6 * 0.75;
        w6 = abs<f64>(w7);
        w7 = w8;
        w8 = z0;
        y0 = z1 + y0 * 0.5;
        y1 = y2 * 0.3;
        y2 = y3;
        y3 = nearest<f64>(y4 * 0.7);
        y4 = y5 - y6;
        y5 = z7 * 0.9;
        y6 = y7;
        y7 = y8 * 0.2;
        y8 = w0;
        z0 = z1 * 0.4;
        z1 = z2 - v0;
        z2 = z3 * 0.6;
        z3 = z4;
        z4 = z5 + y0;
        z5 = z6 * 0.8;
        z6 = z7;
        z7 = min<f64>(z8, 1000.0);
        z8 = y8 * 0.5;
    }
    return out<f64>(
        v0 +
            v1 -
            v2 +
            v3 -
            v4 +
            v5 -
            v6 +
            v7 -
            v8 +
            w0 -
            w1 +
            w2 -
            w3 +
            w4 -
            w5 +
            w6 -
            w7 +
            w8 +
            y0 -
            y1 +
            y2 -
            y3 +
            y4 -
            y5 +
            y6 -
            y7 +
            y8 -
            z0 +
            z1 -
            z2 +
            z3 -
            z4 +
            z5 -
            z6 +
            z7 -
            z8,
    );
}

/** Globals, loads, stores, selects, recursion through the table. */
export function state(a: u64, b: u64): u64 {
    const x = d(a);
    for (let i: usize = 0; i < 8; i++) {
        const weight = load<f64>(weights + (i << 3));
        store<f64>(room + (i << 3), weight * x);
        store<f32>(room + 64 + (i << 2), <f32>(weight + x));
        total += load<f64>(room + (i << 3)) * 0.001;
        count = count * <f32>0.5 + load<f32>(room + 64 + (i << 2));
    }
    const pick = b & 1 ? total : <f64>count;
    const descend: (depth: u32, value: f64, factor: f32) => f64 = recurse;
    return (
        out<f64>(call_indirect<f64>(<u32>descend.index, <u32>b & 7, pick, count)) ^ out<f64>(total) ^ out<f32>(count)
    );
}

function recurse(depth: u32, value: f64, factor: f32): f64 {
    if (depth == 0) return value;
    const deeper: (depth: u32, value: f64, factor: f32) => f64 = recurse;
    return value * 0.5 + call_indirect<f64>(<u32>deeper.index, depth - 1, value - <f64>factor, -factor) * 0.25;
}
