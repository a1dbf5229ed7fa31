/** How the binary format names types (WebAssembly core specification 5.3). */

export const VALUE_TYPE = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

export const { i32: I32, i64: I64, f64: F64 } = VALUE_TYPE;

/** Comes before the parameters and results of a function. */
export const FUNCTION_TYPE = 0x60;

/** Of a block without parameters and results. */
export const EMPTY_BLOCK = 0x40;
