/**
 * Wasm's structured control flow as blocks. At each branch the values of all locals are noted with the edge. A merge gets a phi for each
 * local in which its edges differ. A loop header gets one for each local that the loop assigns.
 */
import type { OpcodeName } from "../../emu/wasm/opcodes.ts";
import { type Block, newBlock, type Terminator } from "./ir.ts";
import type { Lowering, Rules } from "./lower.ts";
import type { Ssa } from "./ssa.ts";
import type { WasmInstruction } from "./wasm-body.ts";
import type { FunctionType } from "./wasm-parse.ts";

interface Edge {
    readonly from: Block;
    readonly locals: readonly number[];
    readonly values: readonly number[];
}

interface Label {
    readonly kind: "function" | "block" | "loop" | "if";
    readonly type: FunctionType;
    /** The height of the operand stack below the label's parameters. */
    readonly height: number;
    /** The block that a branch to the label goes to. */
    readonly target: Block;
    /** The locals that have phis in the header of a loop, in order. */
    readonly assigned: readonly number[];
    readonly edges: Edge[];
    /** The state that the else of an `if` starts from. */
    otherwise?: { block: Block; locals: number[]; values: number[] } | undefined;
}

const OPENING: ReadonlySet<OpcodeName> = new Set(["block", "loop", "if"]);

export class ControlFlow {
    /** False after a branch, until the next label. */
    reachable = true;
    readonly #lowering: Lowering;
    readonly #ssa: Ssa;
    readonly #stack: number[];
    readonly #labels: Label[] = [];

    constructor(lowering: Lowering) {
        this.#lowering = lowering;
        this.#ssa = lowering.ssa;
        this.#stack = lowering.stack;
        const { type } = lowering.fn;
        this.#labels.push({ kind: "function", type, height: 0, target: this.#ssa.block, assigned: [], edges: [] });
    }

    /**
     * The index of the end (or else) of the innermost label, looked for from `index` on. After a branch nothing is reachable up to there.
     */
    endOfDead(index: number): number {
        const { body } = this.#lowering;
        let depth = 0;
        for (let i = index; i < body.length; i++) {
            const { op } = body[i] as WasmInstruction;
            if (OPENING.has(op)) depth++;
            else if (op === "end" && depth-- === 0) return i;
            else if (op === "else" && depth === 0) return i;
        }
        return body.length;
    }

    trap(): void {
        this.#terminate({ kind: "trap", args: [], targets: [], at: this.#ssa.at });
    }

    enter(kind: "block" | "loop" | "if", type: FunctionType): void {
        const condition = kind === "if" ? this.#lowering.pop() : 0;
        const height = this.#stack.length - type.params.length;
        const target = newBlock(this.#ssa.fn);
        if (kind === "loop") return this.#enterLoop(type, height, target);
        const otherwise = kind === "if" ? this.#enterIf(condition, height) : undefined;
        this.#labels.push({ kind, type, height, target, assigned: [], edges: [], otherwise });
    }

    /** Begins the then block, and returns the state that else starts from. */
    #enterIf(condition: number, height: number): Label["otherwise"] {
        const ssa = this.#ssa;
        const then = newBlock(ssa.fn);
        const block = newBlock(ssa.fn);
        const constant = ssa.constantOf(condition);
        const otherwise = { block, locals: this.#lowering.locals.slice(), values: this.#stack.slice(height) };
        if (constant !== 0n) then.predecessors = [ssa.block];
        if (constant === undefined || constant === 0n) block.predecessors = [ssa.block];
        if (constant === undefined) this.#terminate(this.#branch(condition, then, block));
        else this.#terminate(this.#jump(constant === 0n ? block : then));
        this.#startBlock(then);
        return otherwise;
    }

    /** The header's phis take the value on entry first. The values of the back edges are added when the loop ends. */
    #enterLoop(type: FunctionType, height: number, header: Block): void {
        const assigned = this.#assignedIn(this.#lowering.position);
        const label: Label = { kind: "loop", type, height, target: header, assigned, edges: [] };
        this.#edge(label, this.#ssa.block);
        this.#terminate(this.#jump(header));
        this.#startBlock(header);
        for (const local of assigned)
            this.#lowering.locals[local] = this.#phi(header, this.#lowering.locals[local] as number);
        for (let i = height; i < this.#stack.length; i++) this.#stack[i] = this.#phi(header, this.#stack[i] as number);
        this.#labels.push(label);
    }

    #phi(block: Block, first: number): number {
        const d = this.#ssa.valueLike(first);
        block.phis.push({ d, args: [first] });
        return d;
    }

    /** Locals assigned between the loop instruction at `index` and its end. */
    #assignedIn(index: number): number[] {
        const found = new Set<number>();
        let depth = 0;
        for (let i = index; i < this.#lowering.body.length; i++) {
            const { op, a } = this.#lowering.body[i] as WasmInstruction;
            if (op === "localSet" || op === "localTee") found.add(a);
            else if (OPENING.has(op)) depth++;
            else if (op === "end" && --depth === 0) break;
        }
        return [...found];
    }

    elseArm(): void {
        const label = this.#labels[this.#labels.length - 1] as Label;
        if (this.reachable) {
            this.#edge(label, this.#ssa.block);
            this.#terminate(this.#jump(label.target));
        }
        this.#startElse(label);
    }

    #startElse(label: Label): void {
        const { otherwise } = label;
        if (otherwise === undefined) return;
        this.#startBlock(otherwise.block);
        this.#lowering.locals = otherwise.locals;
        this.#stack.length = label.height;
        this.#stack.push(...otherwise.values);
        label.otherwise = undefined;
    }

    leave(): void {
        const label = this.#labels[this.#labels.length - 1] as Label;
        if (label.kind === "function") {
            if (this.reachable) this.return();
            return;
        }
        if (label.kind === "loop") return this.#leaveLoop(label);
        if (label.otherwise !== undefined) this.elseArm();
        if (this.reachable) {
            this.#edge(label, this.#ssa.block);
            this.#terminate(this.#jump(label.target));
        }
        this.#labels.pop();
        this.#stack.length = label.height;
        this.#merge(label);
    }

    #leaveLoop(label: Label): void {
        this.#labels.pop();
        const header = label.target;
        header.predecessors = label.edges.map((edge) => edge.from);
        for (const edge of label.edges.slice(1)) {
            label.assigned.forEach((local, i) => {
                header.phis[i]?.args.push(edge.locals[local] as number);
            });
            edge.values.forEach((value, i) => {
                header.phis[label.assigned.length + i]?.args.push(value);
            });
        }
    }

    /** Goes on after a block or if: joins the values of the edges that reach its end. */
    #merge(label: Label): void {
        const { edges, target } = label;
        const [first] = edges;
        if (first === undefined) return;
        this.#startBlock(target);
        target.predecessors = edges.map((edge) => edge.from);
        const join = (read: (edge: Edge) => number): number => {
            const args = edges.map(read);
            if (args.every((arg) => arg === args[0])) return args[0] as number;
            const d = this.#ssa.valueLike(args[0] as number);
            target.phis.push({ d, args });
            return d;
        };
        this.#lowering.locals = first.locals.map((_, i) => join((edge) => edge.locals[i] as number));
        first.values.forEach((_, i) => {
            this.#lowering.push(join((edge) => edge.values[i] as number));
        });
    }

    // ---- branches

    return(): void {
        const args = this.#lowering.fn.type.results.length > 0 ? [this.#lowering.pop()] : [];
        this.#terminate({ kind: "return", args, targets: [], at: this.#ssa.at });
    }

    #labelAt(depth: number): Label {
        return (
            this.#labels[this.#labels.length - 1 - depth] ??
            this.#lowering.fail("branch to a label that does not exist")
        );
    }

    branchTo(depth: number): void {
        const label = this.#labelAt(depth);
        if (label.kind === "function") return this.return();
        this.#edge(label, this.#ssa.block);
        this.#terminate(this.#jump(label.target));
    }

    branchIf(depth: number): void {
        const condition = this.#lowering.pop();
        const constant = this.#ssa.constantOf(condition);
        if (constant === 0n) return;
        if (constant !== undefined) return this.branchTo(depth);
        const label = this.#labelAt(depth);
        const next = newBlock(this.#ssa.fn);
        if (label.kind === "function") {
            const leave = newBlock(this.#ssa.fn);
            leave.predecessors = [this.#ssa.block];
            next.predecessors = [this.#ssa.block];
            this.#terminate(this.#branch(condition, leave, next));
            const saved = this.#stack.slice();
            this.#startBlock(leave);
            this.return();
            this.#stack.splice(0, this.#stack.length, ...saved);
        } else {
            this.#edge(label, this.#ssa.block);
            next.predecessors = [this.#ssa.block];
            this.#terminate(this.#branch(condition, label.target, next));
        }
        this.#startBlock(next);
    }

    branchTable(depths: readonly number[]): void {
        const index = this.#lowering.pop();
        const from = this.#ssa.block;
        const at = this.#ssa.at;
        const known = new Map<number, Block>();
        for (const depth of depths) if (!known.has(depth)) known.set(depth, newBlock(this.#ssa.fn));
        const targets = depths.map((depth) => known.get(depth) as Block);
        this.#terminate({ kind: "switch", args: [index], targets, at });
        for (const [depth, block] of known) {
            block.predecessors = [from];
            const saved = this.#stack.slice();
            this.#startBlock(block);
            this.branchTo(depth);
            this.#stack.splice(0, this.#stack.length, ...saved);
        }
    }

    /** A branch around nothing, because one arm is empty after coalescing. */
    select(): void {
        const ssa = this.#ssa;
        const condition = this.#lowering.pop();
        const no = this.#lowering.pop();
        const yes = this.#lowering.pop();
        const constant = ssa.constantOf(condition);
        if (yes === no || constant !== undefined) return this.#lowering.push(constant === 0n ? no : yes);
        const flags = [ssa.constantOf(yes), ssa.constantOf(no)];
        if (flags[0] === 1n && flags[1] === 0n) return this.#lowering.push(ssa.pure("ne", condition, ssa.constant(0n)));
        if (flags[0] === 0n && flags[1] === 1n) return this.#lowering.push(ssa.pure("eq", condition, ssa.constant(0n)));
        const [yesBlock, noBlock, join] = [newBlock(ssa.fn), newBlock(ssa.fn), newBlock(ssa.fn)];
        this.#terminate(this.#branch(condition, yesBlock, noBlock));
        yesBlock.predecessors = [ssa.block];
        noBlock.predecessors = [ssa.block];
        for (const block of [yesBlock, noBlock]) {
            this.#startBlock(block);
            this.#terminate(this.#jump(join));
        }
        this.#startBlock(join);
        join.predecessors = [yesBlock, noBlock];
        const d = ssa.valueLike(yes);
        join.phis.push({ d, args: [yes, no] });
        this.#lowering.push(d);
    }

    // ---- blocks and edges

    #terminate(end: Terminator): void {
        this.#ssa.block.end = end;
        this.reachable = false;
    }

    #startBlock(block: Block): void {
        this.#ssa.fn.blocks.push(block);
        this.#ssa.block = block;
        this.reachable = true;
    }

    #jump(target: Block): Terminator {
        return { kind: "jump", args: [], targets: [target], at: this.#ssa.at };
    }

    #branch(condition: number, yes: Block, no: Block): Terminator {
        return { kind: "branch", op: "bne", args: [condition, 0], targets: [yes, no], at: this.#ssa.at };
    }

    #edge(label: Label, from: Block): void {
        const count = label.kind === "loop" ? label.type.params.length : label.type.results.length;
        const values = this.#stack.slice(this.#stack.length - count);
        label.edges.push({ from, locals: this.#lowering.locals.slice(), values });
    }
}

export const CONTROL = {
    unreachable: ({ control }) => control.trap(),
    nop: () => {},
    block: ({ control }, { blockType }) => control.enter("block", blockType as FunctionType),
    loop: ({ control }, { blockType }) => control.enter("loop", blockType as FunctionType),
    if: ({ control }, { blockType }) => control.enter("if", blockType as FunctionType),
    else: ({ control }) => control.elseArm(),
    end: ({ control }) => control.leave(),
    br: ({ control }, { a }) => control.branchTo(a),
    brIf: ({ control }, { a }) => control.branchIf(a),
    brTable: ({ control }, { targets = [] }) => control.branchTable(targets),
    return: ({ control }) => control.return(),
    select: ({ control }) => control.select(),
    selectTyped: ({ control }) => control.select(),
} satisfies Rules;
