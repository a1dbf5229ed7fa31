/**
 * Global value numbering on SSA: over the dominator tree for pure operations, along all paths for loads. Each operation is simplified again
 * with the facts known by then. Volatile accesses, atomics, fences, calls and hal operations are never merged, and end the knowledge of
 * memory.
 */
import { Dominators, findLoops, removeUnreachable } from "./control-flow.ts";
import type { Block, Instruction } from "./ir.ts";
import { isPure, OPERATIONS, type Operation } from "./operations.ts";
import { propagateFacts } from "./phi-facts.ts";
import { simplify } from "./simplify.ts";
import type { Ssa } from "./ssa.ts";

/** A value known to be in memory: the result of a load of `size` bytes by `op`. */
interface Known {
    readonly value: number;
    readonly base: number;
    readonly imm: number;
    readonly size: number;
    readonly symbol: string;
}

type Memory = Map<string, Known>;

export function numberValues(ssa: Ssa): void {
    removeUnreachable(ssa.fn);
    propagateFacts(ssa);
    new ValueNumbering(ssa).run();
}

class ValueNumbering {
    readonly #ssa: Ssa;
    readonly #dominators: Dominators;
    readonly #table = new Map<string, { value: number; block: Block }[]>();
    readonly #replaced = new Map<number, number>();
    readonly #memoryAfter = new Map<Block, Memory>();
    /** The headers of loops that change memory. */
    readonly #clobbering = new Set<Block>();

    constructor(ssa: Ssa) {
        this.#ssa = ssa;
        this.#dominators = new Dominators(ssa.fn);
        for (const loop of findLoops(ssa.fn, this.#dominators)) {
            if ([...loop.blocks].some((block) => block.code.some(changesMemory))) this.#clobbering.add(loop.header);
        }
    }

    run(): void {
        const { fn } = this.#ssa;
        this.#ssa.reuse = (instruction) => this.#reuse(instruction);
        this.#ssa.onMade = (instruction) => this.#enter(instruction);
        for (const block of fn.blocks) this.#block(block);
        this.#ssa.reuse = undefined;
        this.#ssa.onMade = undefined;
        for (const block of fn.blocks) {
            for (const phi of block.phis) phi.args = phi.args.map((arg) => this.#resolve(arg));
            for (const instruction of block.code) instruction.args = instruction.args.map((arg) => this.#resolve(arg));
            block.end.args = block.end.args.map((arg) => this.#resolve(arg));
        }
    }

    #resolve(value: number): number {
        let current = value;
        for (let next = this.#replaced.get(current); next !== undefined; next = this.#replaced.get(current))
            current = next;
        return current;
    }

    #block(block: Block): void {
        const ssa = this.#ssa;
        ssa.block = block;
        this.#simplifyPhis(block);
        const memory = this.#memoryBefore(block);
        const code = block.code;
        block.code = [];
        for (const instruction of code) {
            instruction.args = instruction.args.map((arg) => this.#resolve(arg));
            ssa.at = instruction.at;
            if (isPure(instruction.op)) this.#pure(instruction);
            else this.#access(instruction, memory);
        }
        this.#memoryAfter.set(block, memory);
        block.end.args = block.end.args.map((arg) => this.#resolve(arg));
        this.#foldBranch(block);
    }

    /** Makes a branch whose condition became constant a jump. removeUnreachable of the next pass removes what the other edge led to. */
    #foldBranch(block: Block): void {
        const { end } = block;
        if (end.kind !== "branch" || end.args[1] !== 0) return;
        const condition = this.#ssa.constantOf(end.args[0] ?? 0);
        const [yes, no] = end.targets;
        if (condition === undefined || yes === undefined || no === undefined) return;
        block.end = { ...end, kind: "jump", args: [], targets: [(condition !== 0n) === (end.op === "bne") ? yes : no] };
    }

    #simplifyPhis(block: Block): void {
        const seen = new Map<string, number>();
        block.phis = block.phis.filter((phi) => {
            phi.args = phi.args.map((arg) => this.#resolve(arg));
            const others = new Set(phi.args.filter((arg) => arg !== phi.d));
            const [only] = others;
            const key = phi.args.join();
            const twin = others.size === 1 ? only : seen.get(key);
            if (twin === undefined) {
                seen.set(key, phi.d);
                return true;
            }
            this.#replaced.set(phi.d, twin);
            return false;
        });
    }

    #pure(instruction: Instruction): void {
        const value = simplify(this.#ssa, instruction) ?? this.#reuse(instruction);
        if (value === undefined) this.#keep(instruction);
        else if (value !== instruction.d) this.#replaced.set(instruction.d, value);
    }

    #keep(instruction: Instruction): void {
        this.#ssa.block.code.push(instruction);
        this.#enter(instruction);
    }

    #enter(instruction: Instruction): void {
        const key = pureKey(instruction);
        const list = this.#table.get(key);
        const entry = { value: instruction.d, block: this.#ssa.block };
        if (list === undefined) this.#table.set(key, [entry]);
        else list.push(entry);
    }

    /** An older value of the same operation that dominates this place. */
    #reuse(instruction: Instruction): number | undefined {
        const list = this.#table.get(pureKey(instruction));
        return list?.find((entry) => this.#dominators.dominates(entry.block, this.#ssa.block))?.value;
    }

    #memoryBefore(block: Block): Memory {
        const before = block.predecessors.map((predecessor) => this.#memoryAfter.get(predecessor));
        if (before.includes(undefined) && this.#clobbering.has(block)) return new Map();
        const known = before.filter((memory) => memory !== undefined);
        const [first, ...rest] = known;
        const result: Memory = new Map();
        for (const [key, entry] of first ?? []) {
            if (rest.every((memory) => memory.get(key)?.value === entry.value)) result.set(key, entry);
        }
        return result;
    }

    #access(instruction: Instruction, memory: Memory): void {
        const { op, args, imm, symbol } = instruction;
        const [base = 0, stored = 0] = args;
        const { effect, width: size = 8, reload } = OPERATIONS[op];
        if (effect === "load" && instruction.volatile !== true) {
            const key = `${op},${base},${imm},${symbol}`;
            const known = memory.get(key);
            if (known !== undefined) {
                this.#replaced.set(instruction.d, known.value);
                return;
            }
            memory.set(key, { value: instruction.d, base, imm, size, symbol });
        } else if (effect === "store" && instruction.volatile !== true) {
            this.#store(memory, { value: stored, base, imm, size, symbol }, reload);
        } else if (changesMemory(instruction)) {
            memory.clear();
        }
        this.#ssa.block.code.push(instruction);
    }

    /** `reload` is the load that gives the stored value back. It is lw only if the value is a word. */
    #store(memory: Memory, stored: Known, reload: Operation | undefined): void {
        for (const [key, known] of memory) {
            if (this.#mayOverlap(known, stored)) memory.delete(key);
        }
        const { base, imm, symbol, value } = stored;
        const exact = stored.size === 8 || this.#ssa.fact(value).word;
        if (exact && reload !== undefined) memory.set(`${reload},${base},${imm},${symbol}`, stored);
    }

    #mayOverlap(a: Known, b: Known): boolean {
        if ((a.symbol === "") !== (b.symbol === "")) return false;
        const [addressA, addressB] = [this.#ssa.constantOf(a.base), this.#ssa.constantOf(b.base)];
        const constant = addressA !== undefined && addressB !== undefined;
        if (a.base !== b.base && !constant) return a.symbol === "" || a.symbol === b.symbol;
        const distance = constant ? Number(addressB - addressA) : 0;
        const start = b.imm + distance;
        return a.imm < start + b.size && start < a.imm + a.size;
    }
}

function pureKey(instruction: Instruction): string {
    return `${instruction.op},${instruction.args.join()},${instruction.imm},${instruction.symbol}`;
}

/** True for instructions that end the knowledge of memory: stores, calls, atomics, fences, volatile accesses, hal operations. */
export function changesMemory(instruction: Instruction): boolean {
    const { effect } = OPERATIONS[instruction.op];
    return effect === "load" ? instruction.volatile === true : effect !== "none";
}
