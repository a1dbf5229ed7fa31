/** The values that are live at the block boundaries, as bit sets over value numbers. */
import { type Block, FIRST_FLOAT, type Instruction, type IrFunction, isCall } from "./ir.ts";

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
/** ft0-ft7, fa0-fa7, ft8-ft11. */
const FLOAT_CALLER_SAVED = [...range(0, 7), ...range(10, 17), ...range(28, 31)].map((f) => FIRST_FLOAT + f);
/** Registers that a call may change: ra, t0-t6, a0-a7, and these (RISC-V ELF psABI). */
export const CALLER_SAVED: readonly number[] = [
    1,
    ...range(5, 7),
    ...range(10, 17),
    ...range(28, 31),
    ...FLOAT_CALLER_SAVED,
];
const NONE: readonly number[] = [];

export interface Liveness {
    readonly words: number;
    readonly liveIn: ReadonlyMap<Block, Uint32Array>;
    readonly liveOut: ReadonlyMap<Block, Uint32Array>;
}

/** Registers that the instruction writes besides `d`. */
export function clobbers(instruction: Instruction): readonly number[] {
    if (isCall(instruction)) return CALLER_SAVED;
    return instruction.temporaries ?? NONE;
}

/** Liveness does not track sp, gp, tp and x0. */
export function isTracked(value: number): boolean {
    return value >= 5 || value === 1;
}

export function setBit(set: Uint32Array, value: number): void {
    set[value >> 5] = (set[value >> 5] as number) | (1 << (value & 31));
}

export function clearBit(set: Uint32Array, value: number): void {
    set[value >> 5] = (set[value >> 5] as number) & ~(1 << (value & 31));
}

/** Goes back over one instruction: updates `live`. */
export function stepBack(live: Uint32Array, instruction: Instruction): void {
    if (instruction.d >= 0) clearBit(live, instruction.d);
    for (const register of clobbers(instruction)) clearBit(live, register);
    for (const arg of instruction.args) if (isTracked(arg)) setBit(live, arg);
}

export function analyseLiveness(fn: IrFunction): Liveness {
    const words = (fn.nextValue + 31) >> 5;
    const liveIn = new Map<Block, Uint32Array>();
    const liveOut = new Map<Block, Uint32Array>();
    const uses = new Map<Block, Uint32Array>();
    const kept = new Map<Block, Uint32Array>();
    for (const block of fn.blocks) {
        liveIn.set(block, new Uint32Array(words));
        liveOut.set(block, new Uint32Array(words));
        const [use, keep] = summarise(block, words);
        uses.set(block, use);
        kept.set(block, keep);
    }
    for (let changed = true; changed; ) {
        changed = false;
        for (let i = fn.blocks.length - 1; i >= 0; i--) {
            const block = fn.blocks[i] as Block;
            const out = liveOut.get(block) as Uint32Array;
            for (const target of block.end.targets) {
                const below = liveIn.get(target) as Uint32Array;
                for (let w = 0; w < words; w++) out[w] = (out[w] as number) | (below[w] as number);
            }
            const [use, keep, into] = [uses.get(block), kept.get(block), liveIn.get(block)] as [
                Uint32Array,
                Uint32Array,
                Uint32Array,
            ];
            for (let w = 0; w < words; w++) {
                const now = ((out[w] as number) & (keep[w] as number)) | (use[w] as number);
                if (now >>> 0 === (into[w] as number)) continue;
                into[w] = now;
                changed = true;
            }
        }
    }
    return { words, liveIn, liveOut };
}

/** The values used before any definition, and the complement of the defined values. */
function summarise(block: Block, words: number): [Uint32Array, Uint32Array] {
    const use = new Uint32Array(words);
    const keep = new Uint32Array(words).fill(0xffffffff);
    for (const arg of block.end.args) if (isTracked(arg)) setBit(use, arg);
    for (let i = block.code.length - 1; i >= 0; i--) {
        const instruction = block.code[i] as Instruction;
        stepBack(use, instruction);
        if (instruction.d >= 0) clearBit(keep, instruction.d);
        for (const register of clobbers(instruction)) clearBit(keep, register);
    }
    return [use, keep];
}
