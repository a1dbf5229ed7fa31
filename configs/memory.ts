/** What a machine needs of the one WebAssembly.Memory that holds all guest state (docs/machine.md, "One shared memory"; the plan is emu's). */

import { type ModelSize, planMemory } from "../emu/state/plan.ts";

/** Upper bounds of what emu/state plans per hart (registers, L0 sets), per frame, and for decoded code. */
const STATE_PER_HART = 48 * 1024;
const STATE_PER_FRAME = 8;
const STATE_FIXED = 80 * 2 ** 20;
const FRAME_SIZE = 4096;

export interface MachineMemory {
    readonly ram: number;
    /** Everything beside RAM: exact when the machine fits, else an upper bound. */
    readonly state: number;
    readonly total: number;
    readonly fits: boolean;
}

/** Bytes for `ram` bytes of banks and the state of `harts` harts, with `model` also of counters, distances and TLBs, `watched` of marks. */
export function machineMemory(ram: number, harts: number, model?: ModelSize, watched = false): MachineMemory {
    const exact = exactState(ram, harts, model, watched);
    const state = exact ?? STATE_FIXED + harts * STATE_PER_HART + (ram / FRAME_SIZE) * STATE_PER_FRAME;
    return { ram, state, total: ram + state, fits: exact !== undefined };
}

/** Undefined when the machine does not fit. */
function exactState(ram: number, harts: number, model: ModelSize | undefined, watched: boolean): number | undefined {
    try {
        return planMemory({ harts, ramBytes: ram, model, watched }).bytes - ram;
    } catch (error) {
        if (error instanceof RangeError) return undefined;
        throw error;
    }
}
