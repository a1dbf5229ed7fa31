/** Which operations of the IR are those of F and D, and what they define. Names are RV64's; an f32 is kept boxed. */
const PURE_FLOAT =
    /^f(?:add|sub|mul|div|sqrt|min|max|sgnj|sgnjn|sgnjx|eq|lt|le|mv\.[xwd]|cvt\.(?:w|wu|l|lu|s|d))\.(?:[sdwlx]|wu|lu)$/;
const DEFINES_INTEGER = /^f(?:eq|lt|le|cvt\.[wl]|mv\.x)/;

/** Reads and writes registers only. Flags are of no interest to Wasm. */
export function isPureFloat(op: string): boolean {
    return PURE_FLOAT.test(op);
}

/** Is the result in an f register? Of calls, parameters and copies the operation does not tell. */
export function definesFloat(op: string): boolean {
    return op === "flw" || op === "fld" || (isPureFloat(op) && !DEFINES_INTEGER.test(op));
}
