/**
 * The intermediate representation: basic blocks of instructions over 64-bit values. An i32 is kept sign-extended, as the lp64d ABI does.
 * Values 0..31 are the registers x0..x31, 32..63 are f0..f31. Every other value is virtual, and belongs to the f registers if `floats` has
 * it. Up to `select` the form is SSA (one definition a value, phis); `destruct` leaves it; `allocate` replaces virtual values by registers.
 * operations.ts describes the operations.
 */
import { type Branch, isPure, OPERATIONS, type Operation } from "./operations.ts";

export const FIRST_FLOAT = 32;
export const FIRST_VIRTUAL = 64;
export const ZERO = 0;
export const RA = 1;
export const SP = 2;
export const TP = 4;
export const A0 = 10;
export const FA0 = FIRST_FLOAT + 10;

export interface Instruction {
    op: Operation;
    /** The value that the instruction defines; -1 for none. */
    d: number;
    args: number[];
    imm: number;
    /** Call target, or symbol of a relocated address (`imm` is added). */
    symbol: string;
    /** Offset in the Wasm module, for line information. */
    at: number;
    /** The constant of `li` (sign-extended 64 bits). */
    value?: bigint;
    /** Scratch values of LR/SC loops, which are written while operands are still needed. */
    temporaries?: number[];
    /** The places in which the arguments of call and callr travel (calling-convention.ts). Without it, all are integers. */
    places?: readonly number[];
    /** The Wasm type that callr calls. */
    signature?: string;
    /** Set for accesses and calls that must stay exactly as they are. */
    volatile?: boolean;
}

export interface Phi {
    d: number;
    /** One per predecessor, in the order of `Block.predecessors`. */
    args: number[];
}

interface End {
    args: number[];
    targets: Block[];
    at: number;
}

/** Goes to targets[0] when `op` holds between the two args, else to targets[1]. */
export interface BranchEnd extends End {
    kind: "branch";
    op: Branch;
}

/** In a `switch`, args[0] indexes targets, and the last target is the default. */
export interface OtherEnd extends End {
    kind: "jump" | "switch" | "return" | "trap";
}

export type Terminator = BranchEnd | OtherEnd;

export interface Block {
    readonly id: number;
    phis: Phi[];
    code: Instruction[];
    end: Terminator;
    predecessors: Block[];
    /** Number of loops around the block; set by findLoops. */
    depth: number;
}

export interface IrFunction {
    readonly name: string;
    /** Offset of the first instruction in the Wasm module. */
    readonly at: number;
    readonly parameters: number;
    /** In layout order; the first is the entry, which has no predecessors. */
    blocks: Block[];
    /** The next free virtual value. */
    nextValue: number;
    nextBlock: number;
    /** Constants of the SSA form. They belong to no block until select places them. */
    readonly constants: Map<number, bigint>;
    /** Virtual values that belong to f registers. */
    readonly floats: Set<number>;
}

export function newInstruction(op: Operation, d: number, args: number[], imm = 0, at = 0, symbol = ""): Instruction {
    return { op, d, args, imm, symbol, at };
}

export function newBlock(fn: IrFunction): Block {
    const end: Terminator = { kind: "trap", args: [], targets: [], at: 0 };
    return { id: fn.nextBlock++, phis: [], code: [], end, predecessors: [], depth: 0 };
}

/** True when the instruction may be removed if its result is unused. */
export function isRemovable(instruction: Instruction): boolean {
    return instruction.volatile !== true && (isPure(instruction.op) || OPERATIONS[instruction.op].effect === "load");
}

export function isCall(instruction: Instruction): boolean {
    return OPERATIONS[instruction.op].effect === "call";
}

/** Recomputes the predecessor lists. No phis may exist any more, because the order of their arguments would be lost. */
export function linkPredecessors(fn: IrFunction): void {
    for (const block of fn.blocks) block.predecessors = [];
    for (const block of fn.blocks) for (const target of block.end.targets) target.predecessors.push(block);
}

/** True when the value, virtual or a register, belongs to the f registers. */
export function isFloatValue(fn: IrFunction, value: number): boolean {
    return value < FIRST_VIRTUAL ? value >= FIRST_FLOAT : fn.floats.has(value);
}
