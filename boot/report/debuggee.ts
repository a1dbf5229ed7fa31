/** A run as those see it who look into it: traces and the debugger. */

import type { Machine } from "../../emu/machine.ts";

export interface Debuggee {
    readonly machine: Machine;
    /** The function that the hart's present code has at pc; undefined where no names are known. */
    functionAt(hart: number, pc: bigint): string | undefined;
}
