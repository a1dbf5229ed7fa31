/**
 * What the kernel's assembly and its AssemblyScript both know: a trap's frame, kentry's save area, the registers of a context switch, and the f
 * registers of a thread. The tables of kernel/abi/trap-frame.ts and kernel/hal/layout.S.
 */

import { type Field, type Fields, layOut, roundUp, u64, value } from "../../emu/state/layout.ts";

/** Of registers in this order, by their names in assembly. */
function registers<N extends string>(names: readonly N[]): Readonly<Record<Uppercase<N>, Field>> {
    return Object.fromEntries(names.map((name) => [name.toUpperCase(), u64()])) as Record<Uppercase<N>, Field>;
}

const CALLEE_SAVED = ["s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11"] as const;

/** x0 to x31: FRAME_PC begins them, as x[i] lies at FRAME_PC + 8 * i. */
export const FRAME_FIELDS = {
    PC: u64("User registers, x[i] at FRAME_PC + 8*i; pc is in x0's place."),
    ...registers(["ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1"]),
    ...registers(["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7"]),
    ...registers(["s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"]),
} as const satisfies Fields;

export const FRAME = layOut(FRAME_FIELDS);

export const SAVE_FIELDS = {
    A0: u64("A hart's save area (kernel/hal/kentry.S): the user's a0 and a1."),
    A1: u64(),
    FRAME: u64("Frame of the current thread, its kernel sp, and tp."),
    SP: u64(),
    TP: u64(),
    SATP: u64("On the way out: satp, and the user's t0."),
    T0: u64(),
} as const satisfies Fields;

export const SAVE = layOut(SAVE_FIELDS);

/** Of context_t (kernel/sched/thread.ts), by its fields' names in upper case. */
export const CONTEXT_FIELDS = {
    RA: u64("Registers across context_switch."),
    SP: u64(),
    ...registers(CALLEE_SAVED),
} as const satisfies Fields;

export const CONTEXT = layOut(CONTEXT_FIELDS);

export const FSTATE_FIELDS = {
    F: u64("f0 to f31, and fcsr.", { count: 32 }),
    FCSR: u64(),
} as const satisfies Fields;

export const FSTATE = layOut(FSTATE_FIELDS);

/** The stack pointer's alignment, which a frame at the end of a block must leave. */
const STACK_ALIGNMENT = 16;
/** Save areas stay within a line of their own. */
const LINE = 64;

export const FRAME_VALUES = {
    THREAD_BLOCK_SIZE: value(
        8192,
        "A thread's block of frames: its descriptor begins it, and its user registers, as the last trap left them, end it.",
    ),
    FRAME_SIZE: value(roundUp(FRAME.size, STACK_ALIGNMENT)),
    SAVE_AREA_SIZE: value(roundUp(SAVE.size, LINE)),
    FSTATE_SIZE: value(FSTATE.size),
} as const;
