/** Writes small Wasm modules for tests: one memory, one table of all functions, functions given as code bytes. */

export type IntegerType = "i32" | "i64";
export type FloatType = "f32" | "f64";
export type Type = IntegerType | FloatType;

export interface TestFunction {
    readonly params: readonly Type[];
    readonly result?: Type;
    readonly locals: readonly Type[];
    readonly code: readonly number[];
}

export const TYPE_CODE = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c } as const;

export function isFloatType(type: Type): type is FloatType {
    return type === "f32" || type === "f64";
}

export function unsigned(value: number): number[] {
    const out: number[] = [];
    let rest = value;
    while (rest >= 128) {
        out.push((rest % 128) | 128);
        rest = Math.floor(rest / 128);
    }
    return [...out, rest];
}

export function signed(value: bigint): number[] {
    const out: number[] = [];
    for (let rest = value; ; ) {
        const low = Number(rest & 127n);
        rest >>= 7n;
        const last = (rest === 0n && (low & 64) === 0) || (rest === -1n && (low & 64) !== 0);
        out.push(last ? low : low | 128);
        if (last) return out;
    }
}

/** The instruction that pushes a number, rounded to the type. */
export function floatConstant(type: FloatType, value: number): number[] {
    if (type === "f32") return [0x43, ...new Uint8Array(Float32Array.of(value).buffer)];
    return [0x44, ...new Uint8Array(Float64Array.of(value).buffer)];
}

function zero(type: Type): number[] {
    if (isFloatType(type)) return floatConstant(type, 0);
    return [type === "i32" ? 0x41 : 0x42, 0];
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
    const body = [...unsigned(items.length), ...items.flat()];
    return [id, ...unsigned(body.length), ...body];
}

function name(text: string): number[] {
    const bytes = [...new TextEncoder().encode(text)];
    return [...unsigned(bytes.length), ...bytes];
}

/** Exports f0, f1, ..., the memory (one page), and mutable globals g0.. of the given types (initially 0). */
export function buildModule(functions: readonly TestFunction[], globals: readonly Type[] = []): Uint8Array {
    const types = functions.map(({ params, result }) => [
        0x60,
        ...unsigned(params.length),
        ...params.map((type) => TYPE_CODE[type]),
        ...(result === undefined ? [0] : [1, TYPE_CODE[result]]),
    ]);
    const bodies = functions.map(({ locals, code }) => {
        const body = [...unsigned(locals.length), ...locals.flatMap((type) => [1, TYPE_CODE[type]]), ...code, 0x0b];
        return [...unsigned(body.length), ...body];
    });
    const indexes = functions.map((_, i) => unsigned(i));
    return Uint8Array.from([
        ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
        ...section(1, types),
        ...section(3, indexes),
        ...section(4, [[0x70, 0, ...unsigned(functions.length)]]),
        ...section(5, [[0, 1]]),
        ...section(
            6,
            globals.map((type) => [TYPE_CODE[type], 1, ...zero(type), 0x0b]),
        ),
        ...section(7, [
            ...functions.map((_, i) => [...name(`f${i}`), 0, ...unsigned(i)]),
            [...name("memory"), 2, 0],
            [...name("table"), 1, 0],
        ]),
        ...section(9, [[0, 0x41, 0, 0x0b, ...unsigned(functions.length), ...indexes.flat()]]),
        ...section(10, bodies),
    ]);
}
