/** Names of the registers (RISC-V ABIs, Integer and Floating-point Register Convention). */

/** ABI name of x0 to x31. */
export const REGISTER_NAMES: readonly string[] = [
    ...["zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1"],
    ...["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7"],
    ...["s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11"],
    ...["t3", "t4", "t5", "t6"],
];

const numbers = new Map<string, number>([
    ...REGISTER_NAMES.map((name, number) => [name, number] as const),
    ...REGISTER_NAMES.map((_, number) => [`x${number}`, number] as const),
    ["fp", 8],
]);

/** Number of a register by ABI name, x-name or fp; undefined if there is none. */
export function registerNumber(name: string): number | undefined {
    return numbers.get(name);
}

/** ABI name of register `number`. */
export function registerName(number: number): string {
    return REGISTER_NAMES[number] ?? `x${number}`;
}

/** ABI name of f0 to f31. */
const FLOAT_REGISTER_NAMES: readonly string[] = [
    ...["ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0", "fs1"],
    ...["fa0", "fa1", "fa2", "fa3", "fa4", "fa5", "fa6", "fa7"],
    ...["fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9", "fs10", "fs11"],
    ...["ft8", "ft9", "ft10", "ft11"],
];

const floatNumbers = new Map<string, number>([
    ...FLOAT_REGISTER_NAMES.map((name, number) => [name, number] as const),
    ...FLOAT_REGISTER_NAMES.map((_, number) => [`f${number}`, number] as const),
]);

/** Number of an f register by ABI name or f-name; undefined if there is none. */
export function floatRegisterNumber(name: string): number | undefined {
    return floatNumbers.get(name);
}

/** ABI name of f register `number`. */
export function floatRegisterName(number: number): string {
    return FLOAT_REGISTER_NAMES[number] ?? `f${number}`;
}
