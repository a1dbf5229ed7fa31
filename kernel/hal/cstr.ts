/** Address of the literal's UTF-8 bytes and a NUL in static data: replaced at compile time (boot/build/transforms/cstr.mjs). */
export declare function cstr(text: string): usize;
