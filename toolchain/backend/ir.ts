/**
 * The intermediate representation: basic blocks of instructions over 64-bit values. An i32 is kept sign-extended, as the
 * lp64d ABI does. Values 0..31 are the registers x0..x31, 32..63 are f0..f31; every other value is virtual, and one
 * of the f registers if `floats` has it. Up to `select` the form is SSA (one
 * definition a value, phis); `destruct` leaves it; `allocate` replaces virtual values by registers.
 *
 * Operations have the names of RV64 instructions where one does exactly that. Others, until select:
 *   eq ne ge geu (compares, 0 or 1; lt and ltu likewise), sextw zextw sextb sexth, param.
 * Memory: `lX args=[address]`, `sX args=[address, value]`, both with `imm`, and a relocation when `symbol` is set.
 */

import { isPureFloat } from "./float-operations.ts";

export const FIRST_FLOAT = 32;
export const FIRST_VIRTUAL = 64;
export const ZERO = 0;
export const RA = 1;
export const SP = 2;
export const TP = 4;
export const A0 = 10;
export const FA0 = FIRST_FLOAT + 10;

export interface Instruction {
    op: string;
    /** Value defined; -1: none. */
    d: number;
    args: number[];
    imm: number;
    /** Call target, or symbol of a relocated address (`imm` is added). */
    symbol: string;
    /** Offset in the Wasm module, for line info. */
    at: number;
    /** Constant of `li` (sign-extended 64 bits). */
    value?: bigint;
    /** Scratch values written while operands are still needed (LR/SC loops). */
    temporaries?: number[];
    /** Of call and callr: where the arguments travel (calling-convention.ts); missing: all are integers. */
    places?: readonly number[];
    /** Of callr: the Wasm type called. */
    signature?: string;
    /** Accesses and calls that must stay exactly as they are. */
    volatile?: boolean;
}

export interface Phi {
    d: number;
    /** One per predecessor, in the order of `Block.predecessors`. */
    args: number[];
}

/** `branch`: to targets[0] when `op` holds, else targets[1]. `switch`: args[0] indexes targets, the last is the default. */
export interface Terminator {
    kind: "jump" | "branch" | "switch" | "return" | "trap";
    op: string;
    args: number[];
    targets: Block[];
    at: number;
}

export interface Block {
    readonly id: number;
    phis: Phi[];
    code: Instruction[];
    end: Terminator;
    predecessors: Block[];
    /** Loops around the block; set by analyseLoops. */
    depth: number;
}

export interface IrFunction {
    readonly name: string;
    /** Offset of the first instruction in the Wasm module. */
    readonly at: number;
    readonly parameters: number;
    /** In layout order; the first is the entry, which has no predecessors. */
    blocks: Block[];
    /** Next free virtual value. */
    nextValue: number;
    nextBlock: number;
    /** Constants of the SSA form: they belong to no block until select places them. */
    readonly constants: Map<number, bigint>;
    /** Virtual values that belong to f registers. */
    readonly floats: Set<number>;
}

export function newInstruction(op: string, d: number, args: number[], imm = 0, at = 0, symbol = ""): Instruction {
    return { op, d, args, imm, symbol, at };
}

export function newBlock(fn: IrFunction): Block {
    const end: Terminator = { kind: "trap", op: "", args: [], targets: [], at: 0 };
    return { id: fn.nextBlock++, phis: [], code: [], end, predecessors: [], depth: 0 };
}

export const LOADS: ReadonlyMap<string, number> = new Map([
    ["lb", 1],
    ["lbu", 1],
    ["lh", 2],
    ["lhu", 2],
    ["lw", 4],
    ["lwu", 4],
    ["ld", 8],
    ["flw", 4],
    ["fld", 8],
]);

export const STORES: ReadonlyMap<string, number> = new Map([
    ["sb", 1],
    ["sh", 2],
    ["sw", 4],
    ["sd", 8],
    ["fsw", 4],
    ["fsd", 8],
]);

const PURE = new Set(
    (
        "li mv add addw sub subw mul mulw and or xor sll sllw srl srlw sra sraw div divw divu divuw rem remw remu remuw " +
        "mulhu eq ne lt ltu ge geu slt sltu sextw zextw sextb sexth addi addiw andi ori xori slti sltiu slli slliw srli srliw " +
        "srai sraiw lui param"
    ).split(" "),
);

/** No effect and no dependence on memory: may be merged, moved and removed. */
export function isPure(instruction: Instruction): boolean {
    return PURE.has(instruction.op) || isPureFloat(instruction.op);
}

/** May be removed when its result is unused. */
export function isRemovable(instruction: Instruction): boolean {
    return instruction.volatile !== true && (isPure(instruction) || LOADS.has(instruction.op));
}

export function isCall(instruction: Instruction): boolean {
    return instruction.op === "call" || instruction.op === "callr" || instruction.op === "ecall";
}

/** Recomputes the predecessor lists (phis must not exist any more, or the order of their arguments is lost). */
export function linkPredecessors(fn: IrFunction): void {
    for (const block of fn.blocks) block.predecessors = [];
    for (const block of fn.blocks) for (const target of block.end.targets) target.predecessors.push(block);
}

/** Does the value, virtual or a register, belong to the f registers? */
export function isFloatValue(fn: IrFunction, value: number): boolean {
    return value < FIRST_VIRTUAL ? value >= FIRST_FLOAT : fn.floats.has(value);
}
