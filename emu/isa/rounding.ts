/** Rounding modes (RISC-V unprivileged ISA, 20.2): the rm field of an instruction, and frm. */

/** Names by number; undefined: reserved. DYN stands in instructions only and means frm. */
export const ROUNDING_MODES: readonly (string | undefined)[] = [
    "rne",
    "rtz",
    "rdn",
    "rup",
    "rmm",
    undefined,
    undefined,
    "dyn",
];

/** What an instruction without a written mode has. */
export const DYNAMIC_ROUNDING = 7;

/** Number of a mode by name; undefined if there is none. */
export function roundingNumber(name: string): number | undefined {
    const number = ROUNDING_MODES.indexOf(name);
    return number < 0 ? undefined : number;
}
