/**
 * Wasm to SSA. Wasm's structured control flow makes this one pass: at each branch the values of all locals are noted with
 * the edge; a merge gets a phi for each local in which its edges differ; a loop header gets one for each local that the
 * loop assigns. Operand stack entries are values and need no care.
 */

import { FIRST_STACK_PLACE, isFloatType, placesOf } from "./calling-convention.ts";
import { type Block, FIRST_FLOAT, type IrFunction, newBlock, type Terminator } from "./ir.ts";
import { lowerCall, lowerIndirectCall } from "./lower-call.ts";
import { lowerFloat } from "./lower-float.ts";
import { lowerMemory } from "./lower-memory.ts";
import { lowerNumeric } from "./lower-numeric.ts";
import { Ssa } from "./ssa.ts";
import { decodeBody, UnsupportedWasm, type WasmInstruction } from "./wasm-body.ts";
import type { FunctionType, ValueType, WasmFunction, WasmModule } from "./wasm-parse.ts";

/** The bits of an integer as a float. */
const TO_FLOAT: Readonly<Record<string, string>> = { f32: "fmv.w.x", f64: "fmv.d.x" };

export interface LowerOptions {
    /** Import modules that are intrinsics, and those that are external symbols. */
    readonly intrinsicModules: readonly string[];
    readonly externModules: readonly string[];
    readonly floats: boolean;
}

interface Edge {
    readonly from: Block;
    readonly locals: readonly number[];
    readonly values: readonly number[];
}

interface Label {
    readonly kind: "function" | "block" | "loop" | "if";
    readonly type: FunctionType;
    /** Operand stack height below the label's parameters. */
    readonly height: number;
    /** Where a branch to the label goes. */
    readonly target: Block;
    /** Of loops: the locals that have phis in the header, in order. */
    readonly assigned: readonly number[];
    readonly edges: Edge[];
    /** Of if: what else starts from. */
    otherwise?: { block: Block; locals: number[]; values: number[] } | undefined;
}

/** One function in SSA form. Throws UnsupportedWasm naming the function. */
export function lowerFunction(
    module: WasmModule,
    fn: WasmFunction,
    options: LowerOptions,
): { fn: IrFunction; ssa: Ssa } {
    return new Lowering(module, fn, options).run();
}

export class Lowering {
    readonly module: WasmModule;
    readonly fn: WasmFunction;
    readonly ssa: Ssa;
    readonly stack: number[] = [];
    readonly options: LowerOptions;
    private readonly body: readonly WasmInstruction[];
    private readonly labels: Label[] = [];
    private locals: number[] = [];
    /** False after a branch, until the next label. */
    private reachable = true;

    constructor(module: WasmModule, fn: WasmFunction, options: LowerOptions) {
        this.module = module;
        this.fn = fn;
        this.options = options;
        this.body = decodeBody(module, fn);
        this.ssa = new Ssa(fn.name, fn.type.params.length, this.body[0]?.at ?? fn.start);
    }

    fail(message: string): never {
        throw new UnsupportedWasm(`${this.fn.name}: ${message}`);
    }

    pop(): number {
        return this.stack.pop() ?? this.fail("operand stack underflow");
    }

    push(value: number): void {
        this.stack.push(value);
    }

    run(): { fn: IrFunction; ssa: Ssa } {
        const { ssa, fn } = this;
        for (const type of [...fn.locals, ...fn.type.results]) {
            if (type === "v128" || type === "ref") this.fail(`type ${type} is not supported by the RV64 backend`);
        }
        if (fn.type.results.length > 1) this.fail("more than one result is not supported by the RV64 backend");
        const places = placesOf(fn.type.params);
        this.locals = fn.locals.map((type, i) => {
            const place = places[i];
            return place === undefined ? this.zero(type) : this.parameter(type, place);
        });
        this.labels.push({ kind: "function", type: fn.type, height: 0, target: ssa.block, assigned: [], edges: [] });
        for (let i = 0; i < this.body.length; ) i = this.step(i);
        if (!this.options.floats && ssa.fn.floats.size > 0) this.fail("uses floating point, which this code must not");
        return { fn: ssa.fn, ssa };
    }

    private zero(type: ValueType): number {
        const zero = this.ssa.constant(0n);
        return isFloatType(type) ? this.ssa.pure(TO_FLOAT[type] as string, zero) : zero;
    }

    /** A float that found no f register comes as an integer. */
    private parameter(type: ValueType, place: number): number {
        const value = this.ssa.result("param", [], place, type === "i32");
        if (place >= FIRST_FLOAT && place < FIRST_STACK_PLACE) this.ssa.markFloat(value);
        else if (isFloatType(type)) return this.ssa.pure(TO_FLOAT[type] as string, value);
        return value;
    }

    /** Translates the instruction at `index`; returns the index of the next one. */
    private step(index: number): number {
        const instruction = this.body[index] as WasmInstruction;
        this.ssa.at = instruction.at;
        const { op, a } = instruction;
        switch (op) {
            case 0x00:
                this.terminate({ kind: "trap", op: "", args: [], targets: [], at: instruction.at });
                break;
            case 0x02:
            case 0x03:
            case 0x04:
                this.enter(op, instruction.blockType as FunctionType, index);
                break;
            case 0x05:
                this.elseArm();
                break;
            case 0x0b:
                this.leave();
                break;
            case 0x0c:
                this.branchTo(a);
                break;
            case 0x0d:
                this.branchIf(a);
                break;
            case 0x0e:
                this.branchTable(instruction.targets ?? []);
                break;
            case 0x0f:
                this.branchTo(this.labels.length - 1);
                break;
            case 0x10:
                lowerCall(this, a);
                break;
            case 0x11:
                lowerIndirectCall(this, a);
                break;
            default:
                this.plain(instruction);
        }
        return this.reachable ? index + 1 : this.skipDead(index + 1);
    }

    private plain(instruction: WasmInstruction): void {
        const { op, a } = instruction;
        const { ssa } = this;
        switch (op) {
            case 0x01:
                return;
            case 0x1a:
                this.pop();
                return;
            case 0x1b:
                return this.select();
            case 0x20:
                return this.push(this.locals[a] as number);
            case 0x21:
                this.locals[a] = this.pop();
                return;
            case 0x22:
                this.locals[a] = this.stack[this.stack.length - 1] as number;
                return;
            case 0x41:
                return this.push(ssa.integer(a));
            case 0x42:
                return this.push(ssa.constant(instruction.value ?? 0n));
        }
        if (lowerNumeric(this, op) || lowerFloat(this, op, instruction.value) || lowerMemory(this, instruction)) return;
        this.fail(`opcode 0x${op.toString(16)} is not supported by the RV64 backend`);
    }

    /** After a branch nothing is reachable up to the end (or else) of the innermost label. */
    private skipDead(index: number): number {
        let depth = 0;
        for (let i = index; i < this.body.length; i++) {
            const { op } = this.body[i] as WasmInstruction;
            if (op === 0x02 || op === 0x03 || op === 0x04) depth++;
            else if (op === 0x0b && depth-- === 0) return i;
            else if (op === 0x05 && depth === 0) return i;
        }
        return this.body.length;
    }

    // ---- blocks and edges

    private terminate(end: Terminator): void {
        this.ssa.block.end = end;
        this.reachable = false;
    }

    private startBlock(block: Block): void {
        this.ssa.fn.blocks.push(block);
        this.ssa.block = block;
        this.reachable = true;
    }

    private jump(target: Block): Terminator {
        return { kind: "jump", op: "", args: [], targets: [target], at: this.ssa.at };
    }

    private branch(condition: number, yes: Block, no: Block): Terminator {
        return { kind: "branch", op: "bne", args: [condition, 0], targets: [yes, no], at: this.ssa.at };
    }

    private edge(label: Label, from: Block): void {
        const count = label.kind === "loop" ? label.type.params.length : label.type.results.length;
        const values = this.stack.slice(this.stack.length - count);
        label.edges.push({ from, locals: this.locals.slice(), values });
    }

    private enter(op: number, type: FunctionType, index: number): void {
        const { ssa } = this;
        const condition = op === 0x04 ? this.pop() : 0;
        const height = this.stack.length - type.params.length;
        const target = newBlock(ssa.fn);
        if (op === 0x02) {
            this.labels.push({ kind: "block", type, height, target, assigned: [], edges: [] });
            return;
        }
        if (op === 0x03) return this.enterLoop(type, height, target, index);
        const then = newBlock(ssa.fn);
        const block = newBlock(ssa.fn);
        const constant = ssa.constantOf(condition);
        const otherwise = { block, locals: this.locals.slice(), values: this.stack.slice(height) };
        this.labels.push({ kind: "if", type, height, target, assigned: [], edges: [], otherwise });
        if (constant !== 0n) then.predecessors = [ssa.block];
        if (constant === undefined || constant === 0n) block.predecessors = [ssa.block];
        if (constant === undefined) this.terminate(this.branch(condition, then, block));
        else this.terminate(this.jump(constant === 0n ? block : then));
        this.startBlock(then);
    }

    /** The header's phis take the value on entry first; the back edges' values are added when the loop ends. */
    private enterLoop(type: FunctionType, height: number, header: Block, index: number): void {
        const assigned = this.assignedIn(index);
        const label: Label = { kind: "loop", type, height, target: header, assigned, edges: [] };
        this.edge(label, this.ssa.block);
        this.terminate(this.jump(header));
        this.startBlock(header);
        for (const local of assigned) this.locals[local] = this.phi(header, this.locals[local] as number);
        for (let i = height; i < this.stack.length; i++) this.stack[i] = this.phi(header, this.stack[i] as number);
        this.labels.push(label);
    }

    private phi(block: Block, first: number): number {
        const d = this.ssa.valueLike(first);
        block.phis.push({ d, args: [first] });
        return d;
    }

    /** Locals assigned between the loop instruction at `index` and its end. */
    private assignedIn(index: number): number[] {
        const found = new Set<number>();
        let depth = 0;
        for (let i = index; i < this.body.length; i++) {
            const { op, a } = this.body[i] as WasmInstruction;
            if (op === 0x21 || op === 0x22) found.add(a);
            else if (op === 0x02 || op === 0x03 || op === 0x04) depth++;
            else if (op === 0x0b && --depth === 0) break;
        }
        return [...found];
    }

    private elseArm(): void {
        const label = this.labels[this.labels.length - 1] as Label;
        if (this.reachable) {
            this.edge(label, this.ssa.block);
            this.terminate(this.jump(label.target));
        }
        this.startElse(label);
    }

    private startElse(label: Label): void {
        const { otherwise } = label;
        if (otherwise === undefined) return;
        this.startBlock(otherwise.block);
        this.locals = otherwise.locals;
        this.stack.length = label.height;
        this.stack.push(...otherwise.values);
        label.otherwise = undefined;
    }

    private leave(): void {
        const label = this.labels[this.labels.length - 1] as Label;
        if (label.kind === "function") {
            if (this.reachable) this.return();
            return;
        }
        if (label.kind === "loop") return this.leaveLoop(label);
        if (label.otherwise !== undefined) this.elseArm();
        if (this.reachable) {
            this.edge(label, this.ssa.block);
            this.terminate(this.jump(label.target));
        }
        this.labels.pop();
        this.stack.length = label.height;
        this.merge(label);
    }

    private leaveLoop(label: Label): void {
        this.labels.pop();
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
    private merge(label: Label): void {
        const { edges, target } = label;
        const [first] = edges;
        if (first === undefined) return;
        this.startBlock(target);
        target.predecessors = edges.map((edge) => edge.from);
        const join = (read: (edge: Edge) => number): number => {
            const args = edges.map(read);
            if (args.every((arg) => arg === args[0])) return args[0] as number;
            const d = this.ssa.valueLike(args[0] as number);
            target.phis.push({ d, args });
            return d;
        };
        this.locals = first.locals.map((_, i) => join((edge) => edge.locals[i] as number));
        first.values.forEach((_, i) => {
            this.push(join((edge) => edge.values[i] as number));
        });
    }

    // ---- branches

    private return(): void {
        const args = this.fn.type.results.length > 0 ? [this.pop()] : [];
        this.terminate({ kind: "return", op: "", args, targets: [], at: this.ssa.at });
    }

    private labelAt(depth: number): Label {
        return this.labels[this.labels.length - 1 - depth] ?? this.fail("branch to a label that does not exist");
    }

    private branchTo(depth: number): void {
        const label = this.labelAt(depth);
        if (label.kind === "function") return this.return();
        this.edge(label, this.ssa.block);
        this.terminate(this.jump(label.target));
    }

    private branchIf(depth: number): void {
        const condition = this.pop();
        const constant = this.ssa.constantOf(condition);
        if (constant === 0n) return;
        if (constant !== undefined) return this.branchTo(depth);
        const label = this.labelAt(depth);
        const next = newBlock(this.ssa.fn);
        if (label.kind === "function") {
            const leave = newBlock(this.ssa.fn);
            leave.predecessors = [this.ssa.block];
            next.predecessors = [this.ssa.block];
            this.terminate(this.branch(condition, leave, next));
            const saved = this.stack.slice();
            this.startBlock(leave);
            this.return();
            this.stack.splice(0, this.stack.length, ...saved);
        } else {
            this.edge(label, this.ssa.block);
            next.predecessors = [this.ssa.block];
            this.terminate(this.branch(condition, label.target, next));
        }
        this.startBlock(next);
    }

    private branchTable(depths: readonly number[]): void {
        const index = this.pop();
        const from = this.ssa.block;
        const at = this.ssa.at;
        const known = new Map<number, Block>();
        for (const depth of depths) if (!known.has(depth)) known.set(depth, newBlock(this.ssa.fn));
        const targets = depths.map((depth) => known.get(depth) as Block);
        this.terminate({ kind: "switch", op: "", args: [index], targets, at });
        for (const [depth, block] of known) {
            block.predecessors = [from];
            const saved = this.stack.slice();
            this.startBlock(block);
            this.branchTo(depth);
            this.stack.splice(0, this.stack.length, ...saved);
        }
    }

    /** A branch around nothing: after coalescing one arm is empty. */
    private select(): void {
        const { ssa } = this;
        const condition = this.pop();
        const no = this.pop();
        const yes = this.pop();
        const constant = ssa.constantOf(condition);
        if (yes === no || constant !== undefined) return this.push(constant === 0n ? no : yes);
        const flags = [ssa.constantOf(yes), ssa.constantOf(no)];
        if (flags[0] === 1n && flags[1] === 0n) return this.push(ssa.pure("ne", condition, ssa.constant(0n)));
        if (flags[0] === 0n && flags[1] === 1n) return this.push(ssa.pure("eq", condition, ssa.constant(0n)));
        const [yesBlock, noBlock, join] = [newBlock(ssa.fn), newBlock(ssa.fn), newBlock(ssa.fn)];
        this.terminate(this.branch(condition, yesBlock, noBlock));
        yesBlock.predecessors = [ssa.block];
        noBlock.predecessors = [ssa.block];
        for (const block of [yesBlock, noBlock]) {
            this.startBlock(block);
            this.terminate(this.jump(join));
        }
        this.startBlock(join);
        join.predecessors = [yesBlock, noBlock];
        const d = ssa.valueLike(yes);
        join.phis.push({ d, args: [yes, no] });
        this.push(d);
    }
}
