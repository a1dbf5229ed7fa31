/** The interference graph: the values that may not share a register, and the copies whose values should share one. */
import { type Block, type Instruction, type IrFunction, isFloatValue } from "./ir.ts";
import { analyseLiveness, clobbers, isTracked, setBit, stepBack } from "./liveness.ts";

/** A copy between two values, weighted by how often it runs. */
export interface Move {
    readonly a: number;
    readonly b: number;
    readonly weight: number;
}

export class InterferenceGraph {
    readonly size: number;
    readonly moves: Move[] = [];
    /** Definitions and uses weighted by loop depth: the cost of spilling the value. */
    readonly cost: Float64Array;
    readonly #words: number;
    readonly #matrix: Uint32Array;
    readonly #lists: number[][];
    /** 1 for a value of the f registers. */
    readonly #isFloat: Uint8Array;

    constructor(fn: IrFunction) {
        this.size = fn.nextValue;
        this.#words = (this.size + 31) >> 5;
        this.#matrix = new Uint32Array(this.size * this.#words);
        this.cost = new Float64Array(this.size);
        this.#lists = Array.from({ length: this.size }, () => []);
        this.#isFloat = Uint8Array.from({ length: this.size }, (_, value) => (isFloatValue(fn, value) ? 1 : 0));
        const { liveOut } = analyseLiveness(fn);
        for (const block of fn.blocks) this.#scan(block, (liveOut.get(block) as Uint32Array).slice());
    }

    interferes(a: number, b: number): boolean {
        return (((this.#matrix[a * this.#words + (b >> 5)] as number) >>> (b & 31)) & 1) !== 0;
    }

    neighbours(value: number): readonly number[] {
        return this.#lists[value] as number[];
    }

    degree(value: number): number {
        return (this.#lists[value] as number[]).length;
    }

    /** Values of different classes never share a register. */
    connect(a: number, b: number): void {
        if (a === b || this.#isFloat[a] !== this.#isFloat[b] || this.interferes(a, b)) return;
        this.#setOne(a, b);
        this.#setOne(b, a);
        (this.#lists[a] as number[]).push(b);
        (this.#lists[b] as number[]).push(a);
    }

    /** `gone` becomes part of `kept`. */
    merge(kept: number, gone: number): void {
        this.cost[kept] = (this.cost[kept] as number) + (this.cost[gone] as number);
        for (const neighbour of this.#lists[gone] as number[]) {
            const list = this.#lists[neighbour] as number[];
            list.splice(list.indexOf(gone), 1);
            const index = neighbour * this.#words + (gone >> 5);
            this.#matrix[index] = (this.#matrix[index] as number) & ~(1 << (gone & 31));
            this.connect(kept, neighbour);
        }
        this.#lists[gone] = [];
    }

    #setOne(a: number, b: number): void {
        const index = a * this.#words + (b >> 5);
        this.#matrix[index] = (this.#matrix[index] as number) | (1 << (b & 31));
    }

    #scan(block: Block, live: Uint32Array): void {
        const weight = 8 ** Math.min(block.depth, 6);
        this.#count(block.end.args, weight);
        for (const arg of block.end.args) if (isTracked(arg)) setBit(live, arg);
        for (let i = block.code.length - 1; i >= 0; i--) {
            const instruction = block.code[i] as Instruction;
            const source = instruction.op === "mv" ? (instruction.args[0] as number) : -1;
            if (instruction.d >= 0) this.#define(instruction.d, live, source);
            for (const register of clobbers(instruction)) this.#define(register, live, -1);
            this.#keepApart(instruction);
            if (source > 4 && instruction.d > 4) this.moves.push({ a: instruction.d, b: source, weight });
            this.#count(instruction.args, weight);
            if (instruction.d >= 0) this.cost[instruction.d] = (this.cost[instruction.d] as number) + weight;
            stepBack(live, instruction);
        }
    }

    #count(args: readonly number[], weight: number): void {
        for (const arg of args) this.cost[arg] = (this.cost[arg] as number) + weight;
    }

    /** A retry loop's result and scratch values are written while its operands are still read. */
    #keepApart(instruction: Instruction): void {
        const { temporaries } = instruction;
        if (temporaries === undefined) return;
        for (const temporary of temporaries) {
            this.cost[temporary] = Number.MAX_SAFE_INTEGER;
            for (const other of [...instruction.args, ...temporaries])
                if (isTracked(other)) this.connect(temporary, other);
        }
    }

    #define(value: number, live: Uint32Array, source: number): void {
        for (let w = 0; w < live.length; w++) {
            for (let bits = live[w] as number; bits !== 0; bits &= bits - 1) {
                const other = w * 32 + 31 - Math.clz32(bits & -bits);
                if (other !== source) this.connect(value, other);
            }
        }
    }
}
