/**
 * Register allocation by graph colouring: conservative coalescing (Briggs; George for registers), optimistic colouring with move
 * preferences, spilling by cost over degree. Constants are made anew instead of reloaded. Sources: Briggs, Cooper and Torczon,
 * "Improvements to graph coloring register allocation"; George and Appel, "Iterated register coalescing".
 */
import { Dominators, findLoops } from "./control-flow.ts";
import { InterferenceGraph, type Move } from "./interference.ts";
import {
    type Block,
    FIRST_FLOAT,
    FIRST_VIRTUAL,
    type Instruction,
    type IrFunction,
    isFloatValue,
    newInstruction,
    SP,
} from "./ir.ts";
import { CALLER_SAVED } from "./liveness.ts";

/** In order of preference: registers that compressed instructions can name come first, saved ones last. */
const ALLOCATABLE = [
    15, 14, 13, 12, 11, 10, 16, 17, 5, 6, 7, 28, 29, 30, 31, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
];
/** fa and ft come first. They have no other use, so all of them may be given. */
const ALLOCATABLE_FLOATS = [
    15, 14, 13, 12, 11, 10, 16, 17, 0, 1, 2, 3, 4, 5, 6, 7, 28, 29, 30, 31, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26,
    27,
].map((register) => FIRST_FLOAT + register);
const IS_ALLOCATABLE: readonly boolean[] = Array.from(
    { length: FIRST_VIRTUAL },
    (_, r) => ALLOCATABLE.includes(r) || r >= FIRST_FLOAT,
);
const IS_CALLER_SAVED: readonly boolean[] = Array.from({ length: FIRST_VIRTUAL }, (_, r) => CALLER_SAVED.includes(r));
/** Each round spills at least one value of the original program. More rounds than this mean a bug. */
const MOST_ROUNDS = 30;

export interface Allocation {
    /** The number of 8-byte spill slots used, by the operations ld.slot, sd.slot, fld.slot and fsd.slot. */
    readonly slots: number;
    readonly savedRegisters: readonly number[];
}

/** Replaces every virtual value by a register. */
export function allocateRegisters(fn: IrFunction): Allocation {
    const unspillable = new Set<number>();
    let slots = 0;
    for (let round = 0; round < MOST_ROUNDS; round++) {
        renumber(fn, unspillable);
        findLoops(fn, new Dominators(fn));
        const colouring = new Colouring(fn, unspillable);
        const spilled = colouring.run();
        if (spilled.length === 0) {
            colouring.apply();
            return { slots, savedRegisters: [...colouring.saved].sort((a, b) => a - b) };
        }
        slots = spill(
            fn,
            new Set(spilled.flatMap((value) => colouring.members(value))),
            (v) => colouring.find(v),
            slots,
            unspillable,
        );
    }
    throw new Error(`${fn.name}: register allocation does not converge`);
}

/** Numbers the values in use densely, so that the bit sets stay small. */
function renumber(fn: IrFunction, unspillable: Set<number>): void {
    const names = new Map<number, number>();
    const rename = (value: number) => {
        if (value < FIRST_VIRTUAL) return value;
        let name = names.get(value);
        if (name === undefined) {
            name = FIRST_VIRTUAL + names.size;
            names.set(value, name);
        }
        return name;
    };
    for (const block of fn.blocks) {
        for (const instruction of block.code) {
            instruction.args = instruction.args.map(rename);
            instruction.d = rename(instruction.d);
            if (instruction.temporaries !== undefined) instruction.temporaries = instruction.temporaries.map(rename);
        }
        block.end.args = block.end.args.map(rename);
    }
    const kept = [...unspillable].map((value) => names.get(value)).filter((value) => value !== undefined);
    unspillable.clear();
    for (const value of kept) unspillable.add(value);
    const floats = [...fn.floats].map((value) => names.get(value)).filter((value) => value !== undefined);
    fn.floats.clear();
    for (const value of floats) fn.floats.add(value);
    fn.nextValue = FIRST_VIRTUAL + names.size;
}

class Colouring {
    readonly saved = new Set<number>();
    readonly #fn: IrFunction;
    readonly #graph: InterferenceGraph;
    readonly #unspillable: ReadonlySet<number>;
    readonly #alias: Int32Array;
    readonly #colour: Int32Array;
    readonly #movesOf = new Map<number, Move[]>();

    constructor(fn: IrFunction, unspillable: ReadonlySet<number>) {
        this.#fn = fn;
        this.#graph = new InterferenceGraph(fn);
        this.#unspillable = unspillable;
        this.#alias = Int32Array.from({ length: fn.nextValue }, (_, i) => i);
        this.#colour = Int32Array.from({ length: fn.nextValue }, (_, i) => (i < FIRST_VIRTUAL ? i : -1));
    }

    #allocatable(value: number): readonly number[] {
        return isFloatValue(this.#fn, value) ? ALLOCATABLE_FLOATS : ALLOCATABLE;
    }

    /** The values that found no register. The allocation is done when there are none. */
    run(): number[] {
        this.#coalesce();
        for (const move of this.#graph.moves) {
            for (const end of [this.find(move.a), this.find(move.b)]) {
                const list = this.#movesOf.get(end);
                if (list === undefined) this.#movesOf.set(end, [move]);
                else list.push(move);
            }
        }
        return this.#select(this.#simplify());
    }

    find(value: number): number {
        let current = value;
        while ((this.#alias[current] as number) !== current) current = this.#alias[current] as number;
        return current;
    }

    members(value: number): number[] {
        const all: number[] = [];
        for (let v = FIRST_VIRTUAL; v < this.#fn.nextValue; v++) if (this.find(v) === value) all.push(v);
        return all;
    }

    apply(): void {
        const register = (value: number) => (value < 0 ? value : (this.#colour[this.find(value)] as number));
        for (const block of this.#fn.blocks) {
            for (const instruction of block.code) {
                instruction.args = instruction.args.map(register);
                instruction.d = register(instruction.d);
                if (instruction.temporaries !== undefined)
                    instruction.temporaries = instruction.temporaries.map(register);
            }
            block.end.args = block.end.args.map(register);
            block.code = block.code.filter(({ op, d, args }) => op !== "mv" || d !== args[0]);
        }
    }

    #coalesce(): void {
        const moves = [...this.#graph.moves].sort((x, y) => y.weight - x.weight);
        for (let changed = true; changed; ) {
            changed = false;
            for (const move of moves) {
                let [kept, gone] = [this.find(move.a), this.find(move.b)];
                if (kept === gone || this.#graph.interferes(kept, gone)) continue;
                if (gone < FIRST_VIRTUAL) [kept, gone] = [gone, kept];
                if (gone < FIRST_VIRTUAL || !this.#isSafe(kept, gone)) continue;
                this.#alias[gone] = kept;
                this.#graph.merge(kept, gone);
                changed = true;
            }
        }
    }

    #isSafe(kept: number, gone: number): boolean {
        const graph = this.#graph;
        const colours = this.#allocatable(gone).length;
        if (kept < FIRST_VIRTUAL) {
            if (IS_ALLOCATABLE[kept] !== true) return false;
            return graph
                .neighbours(gone)
                .every((n) => n < FIRST_VIRTUAL || graph.interferes(n, kept) || graph.degree(n) < colours);
        }
        let significant = 0;
        for (const n of graph.neighbours(kept)) if (n < FIRST_VIRTUAL || graph.degree(n) >= colours) significant++;
        for (const n of graph.neighbours(gone)) {
            if (!graph.interferes(n, kept) && (n < FIRST_VIRTUAL || graph.degree(n) >= colours)) significant++;
        }
        return significant < colours;
    }

    /** The order in which values leave the graph. Colours are given in the opposite order. */
    #simplify(): number[] {
        const graph = this.#graph;
        const degree = new Int32Array(this.#fn.nextValue);
        const left = new Set<number>();
        const easy: number[] = [];
        for (let v = FIRST_VIRTUAL; v < this.#fn.nextValue; v++) {
            if (this.find(v) !== v) continue;
            left.add(v);
            degree[v] = graph.degree(v);
            if (graph.degree(v) < this.#allocatable(v).length) easy.push(v);
        }
        const order: number[] = [];
        while (left.size > 0) {
            const value = easy.pop() ?? this.#cheapest(left, degree);
            if (!left.delete(value)) continue;
            order.push(value);
            for (const n of graph.neighbours(value)) {
                if (!left.has(n)) continue;
                degree[n] = (degree[n] as number) - 1;
                if (degree[n] === this.#allocatable(n).length - 1) easy.push(n);
            }
        }
        return order;
    }

    #cheapest(left: ReadonlySet<number>, degree: Int32Array): number {
        let best = -1;
        let bestCost = Number.POSITIVE_INFINITY;
        for (const value of left) {
            if (best < 0) best = value;
            if (this.#unspillable.has(value)) continue;
            const cost = (this.#graph.cost[value] as number) / (degree[value] as number);
            if (cost < bestCost) [best, bestCost] = [value, cost];
        }
        return best;
    }

    #select(order: number[]): number[] {
        const spilled: number[] = [];
        for (let value = order.pop(); value !== undefined; value = order.pop()) {
            const taken = new Uint8Array(FIRST_VIRTUAL);
            for (const n of this.#graph.neighbours(value)) {
                const colour = this.#colour[n] as number;
                if (colour >= 0) taken[colour] = 1;
            }
            const colour = this.#preferred(value, taken) ?? this.#firstFree(this.#allocatable(value), taken);
            if (colour === undefined) {
                spilled.push(value);
                continue;
            }
            this.#colour[value] = colour;
            if (IS_CALLER_SAVED[colour] !== true) this.saved.add(colour);
        }
        return spilled;
    }

    /** The register of a value that this one is copied from or to, if that costs no save. */
    #preferred(value: number, taken: Uint8Array): number | undefined {
        for (const { a, b } of this.#movesOf.get(value) ?? []) {
            const other = this.find(a) === value ? this.find(b) : this.find(a);
            const colour = this.#colour[other] as number;
            if (colour < 0 || IS_ALLOCATABLE[colour] !== true || taken[colour] === 1) continue;
            if (this.#isFree(colour)) return colour;
        }
        return undefined;
    }

    #firstFree(allocatable: readonly number[], taken: Uint8Array): number | undefined {
        const free = allocatable.filter((register) => taken[register] === 0);
        return free.find((register) => this.#isFree(register)) ?? free[0];
    }

    #isFree(register: number): boolean {
        return IS_CALLER_SAVED[register] === true || this.saved.has(register);
    }
}

// ---- spilling

/** Gives the values memory slots; returns the number of slots used so far. */
function spill(
    fn: IrFunction,
    values: ReadonlySet<number>,
    group: (value: number) => number,
    firstSlot: number,
    unspillable: Set<number>,
): number {
    const constants = findConstants(fn, values);
    const slots = new Map<number, number>();
    const slotOf = (value: number): number => {
        const root = group(value);
        const known = slots.get(root);
        if (known !== undefined) return known * 8;
        slots.set(root, firstSlot + slots.size);
        return slotOf(value);
    };
    const fresh = (like: number): number => {
        unspillable.add(fn.nextValue);
        if (isFloatValue(fn, like)) fn.floats.add(fn.nextValue);
        return fn.nextValue++;
    };
    const reload = (value: number, code: Instruction[], at: number): number => {
        const d = fresh(value);
        const constant = constants.get(value);
        if (constant !== undefined) code.push({ ...newInstruction("li", d, [], 0, at), value: constant });
        else code.push(newInstruction(isFloatValue(fn, d) ? "fld.slot" : "ld.slot", d, [SP], slotOf(value), at));
        return d;
    };
    for (const block of fn.blocks) spillBlock(fn, block, values, constants, reload, slotOf, fresh);
    return firstSlot + slots.size;
}

/** Spilled values whose only definition is a constant. */
function findConstants(fn: IrFunction, values: ReadonlySet<number>): Map<number, bigint> {
    const constants = new Map<number, bigint>();
    const seen = new Set<number>();
    for (const block of fn.blocks) {
        for (const { d, value } of block.code) {
            if (!values.has(d)) continue;
            if (value !== undefined && !seen.has(d)) constants.set(d, value);
            else if (constants.get(d) !== value) constants.delete(d);
            seen.add(d);
        }
    }
    return constants;
}

function spillBlock(
    fn: IrFunction,
    block: Block,
    values: ReadonlySet<number>,
    constants: ReadonlyMap<number, bigint>,
    reload: (value: number, code: Instruction[], at: number) => number,
    slotOf: (value: number) => number,
    fresh: (like: number) => number,
): void {
    const code: Instruction[] = [];
    for (const instruction of block.code) {
        if (constants.has(instruction.d)) continue;
        const known = new Map<number, number>();
        instruction.args = instruction.args.map((arg) => {
            if (!values.has(arg)) return arg;
            const d = known.get(arg) ?? reload(arg, code, instruction.at);
            known.set(arg, d);
            return d;
        });
        code.push(instruction);
        if (!values.has(instruction.d)) continue;
        const slot = slotOf(instruction.d);
        const d = fresh(instruction.d);
        if (instruction.temporaries !== undefined) {
            instruction.temporaries = instruction.temporaries.map((value) => (value === instruction.d ? d : value));
        }
        instruction.d = d;
        code.push(newInstruction(isFloatValue(fn, d) ? "fsd.slot" : "sd.slot", -1, [SP, d], slot, instruction.at));
    }
    block.end.args = block.end.args.map((arg) => (values.has(arg) ? reload(arg, code, block.end.at) : arg));
    block.code = code;
}
