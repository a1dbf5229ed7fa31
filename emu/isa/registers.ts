/** Names of the integer registers (RISC-V ABIs, Integer Register Convention). */

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
