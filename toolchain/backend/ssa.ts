/** Builds SSA: hands out values, keeps their definitions and facts, and simplifies each operation as it is made. */

import { ANY, type Fact, factOf, factOfConstant, joinFacts } from "./facts.ts";
import {
    type Block,
    FIRST_VIRTUAL,
    type Instruction,
    type IrFunction,
    isFloatValue,
    newBlock,
    newInstruction,
    TP,
    ZERO,
} from "./ir.ts";
import { OPERATIONS, type Operation } from "./operations.ts";
import { simplify } from "./simplify.ts";

const WORD: Fact = { bits: ANY, word: true };
const POINTER: Fact = { bits: 31, word: true };

export class Ssa {
    readonly fn: IrFunction;
    /** The block that receives instructions. */
    block: Block;
    /** Offset in the Wasm module of the instruction that is being translated. */
    at = 0;
    /** Set by value numbering. Returns an older value equal to the instruction's result, if there is one. */
    reuse: ((instruction: Instruction) => number | undefined) | undefined;
    onMade: ((instruction: Instruction) => void) | undefined;
    readonly #definitions: (Instruction | undefined)[] = [];
    readonly #facts: (Fact | undefined)[] = [];
    readonly #constantValues = new Map<bigint, number>();

    constructor(name: string, parameters: number, at: number) {
        const blocks: Block[] = [];
        this.fn = {
            name,
            at,
            parameters,
            blocks,
            nextValue: FIRST_VIRTUAL,
            nextBlock: 0,
            constants: new Map(),
            floats: new Set(),
        };
        this.block = newBlock(this.fn);
        blocks.push(this.block);
        this.#facts[TP] = POINTER;
        this.#facts[ZERO] = factOfConstant(0n);
    }

    newValue(fact?: Fact): number {
        const value = this.fn.nextValue++;
        this.#facts[value] = fact;
        return value;
    }

    /** A value of the same class of registers as `other`. */
    valueLike(other: number): number {
        const value = this.newValue();
        if (isFloatValue(this.fn, other)) this.markFloat(value);
        return value;
    }

    markFloat(value: number): void {
        this.fn.floats.add(value);
    }

    /** The value of a constant, sign-extended to 64 bits. */
    constant(value: bigint): number {
        const known = this.#constantValues.get(value);
        if (known !== undefined) return known;
        const made = this.newValue(factOfConstant(value));
        this.#constantValues.set(value, made);
        this.fn.constants.set(made, value);
        return made;
    }

    integer(value: number): number {
        return this.constant(BigInt(value));
    }

    constantOf(value: number): bigint | undefined {
        return value === ZERO ? 0n : this.fn.constants.get(value);
    }

    definition(value: number): Instruction | undefined {
        return this.#definitions[value];
    }

    fact(value: number): Fact {
        return this.#facts[value] ?? { bits: ANY, word: false };
    }

    setFact(value: number, fact: Fact): void {
        this.#facts[value] = fact;
    }

    /** The result of a pure operation, simplified. It may be an older value. */
    pure(op: Operation, ...args: number[]): number {
        const instruction = newInstruction(op, -1, args, 0, this.at);
        const simpler = simplify(this, instruction) ?? this.reuse?.(instruction);
        if (simpler !== undefined) return simpler;
        const value = this.append(instruction);
        this.onMade?.(instruction);
        return value;
    }

    /** An instruction with a result, not simplified. `word` says that the result is an i32. */
    result(op: Operation, args: number[], imm = 0, word = false, symbol = ""): number {
        const value = this.append(newInstruction(op, -1, args, imm, this.at, symbol));
        if (word) this.#facts[value] = joinFacts(WORD, { ...this.fact(value), word: true });
        return value;
    }

    append(instruction: Instruction): number {
        const fact = factOf(
            instruction,
            (value) => this.fact(value),
            (value) => this.constantOf(value),
        );
        const value = this.newValue(fact);
        instruction.d = value;
        if (OPERATIONS[instruction.op].result === "float") this.markFloat(value);
        this.#definitions[value] = instruction;
        this.block.code.push(instruction);
        return value;
    }

    /** An instruction without a result. */
    effect(op: Operation, args: number[], imm = 0, symbol = ""): Instruction {
        const instruction = newInstruction(op, -1, args, imm, this.at, symbol);
        this.block.code.push(instruction);
        return instruction;
    }
}
