/**
 * Returns the address of the literal's UTF-8 bytes and a NUL in static data. The compiler replaces the call
 * (boot/build/transforms/cstr.mjs).
 */
export declare function cstr(text: string): usize;
