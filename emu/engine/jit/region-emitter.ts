/** The code of a region: flow of control is Wasm's own, after the tree of dominators. Calls of guest functions are calls of Wasm functions. */
import { PC } from "../../state/hart-layout.ts";
import type { Label, WasmFunction } from "../../wasm/function.ts";
import { OP } from "../../wasm/opcodes.ts";
import { emitHeatOfOffset } from "./dispatch.ts";
import { type Instruction, isReturn } from "./instruction.ts";
import { findRegisters, type Registers } from "./liveness.ts";
import type { Block, Edge, End } from "./region.ts";
import { RegionCode, type RegionOptions } from "./region-code.ts";
import { RegionGenerator } from "./region-generator.ts";
import { LEFT_TO_INTERPRETER } from "./region-type.ts";
import { NO_REGISTERS } from "./register-set.ts";

const PAGE_BYTES = 4096;

export function regionFunction(blocks: readonly Block[], options: RegionOptions): WasmFunction {
    return new RegionEmitter(blocks, options).emit();
}

export class RegionEmitter extends RegionCode {
    readonly #blocks: readonly Block[];
    readonly #generator: RegionGenerator;
    readonly #registers: ReadonlyMap<Block, Registers>;
    readonly #loops = new Map<Block, Label>();
    readonly #merges = new Map<Block, Label>();

    constructor(blocks: readonly Block[], options: RegionOptions) {
        super(blocks, options);
        this.#blocks = blocks;
        this.#generator = new RegionGenerator(this);
        this.#registers = findRegisters(blocks, (instruction) => this.#mayLeave(instruction));
    }

    emit(): WasmFunction {
        const { f } = this;
        const first = this.#blocks[0] as Block;
        const accesses = this.#blocks.flatMap(({ instructions }) =>
            instructions.filter(({ kind }) => kind === "access"),
        );
        this.memory.enter(first.offset, accesses);
        this.enter();
        this.refreshFloats();
        this.state.load(this.#of(first).live);
        this.#tree(first);
        f.op(OP.unreachable);
        f.enclose(this.exits.length);
        for (const exit of this.exits) {
            f.end();
            exit();
        }
        f.op(OP.unreachable);
        return f;
    }

    /** Ends the block with a branch; `condition` leaves an i32. */
    branch(end: End, condition: () => void): void {
        if (end.kind !== "branch") throw new Error(`a branch ends a block as ${end.kind}`);
        const { f } = this;
        condition();
        f.if();
        const uncharged = ++this.uncharged;
        const dirty = this.dirty;
        this.#edge(end.taken);
        f.else();
        this.uncharged = uncharged;
        this.dirty = dirty;
        this.#edge(end.edge);
        f.end();
        f.op(OP.unreachable);
    }

    /** Ends the block with a JAL, whose rd is set. */
    jump(end: End, instruction: Instruction): void {
        this.#executed(instruction);
        if (end.kind === "go") {
            this.#edge(end.edge);
            return;
        }
        if (end.kind !== "call") throw new Error(`a jump ends a block as ${end.kind}`);
        const { f } = this;
        const { callee } = end;
        const inPage = callee.offset >= 0 && callee.offset < PAGE_BYTES;
        if (callee.mayEnd) this.endTurnIfUsed(callee.offset);
        f.get(this.depth);
        f.op(OP.i32Eqz);
        if (inPage) {
            emitHeatOfOffset(f, this.base, () => f.i32(callee.offset));
            f.tee(this.entry);
            f.i32(0);
            f.op(OP.i32GeS);
            f.op(OP.i32Or);
        }
        this.chain(true, callee.offset);
        this.#call(
            end.edge,
            () => this.emitPc(callee.offset),
            () => {
                f.get(this.hart);
                if (inPage) {
                    f.get(this.base);
                    f.get(this.page);
                }
                this.#deeper();
                if (!inPage) return f.call(this.imports.indexOf("dispatch"));
                f.get(this.entry);
                f.call(this.imports.indexOf("enter"));
            },
        );
    }

    /** Ends the block with a JALR, whose target is in local `pc` and whose rd is set. */
    jumpRegister(end: End, instruction: Instruction): void {
        this.#executed(instruction);
        const { f } = this;
        this.charge(0);
        if (end.kind === "jumpRegister") {
            this.exit(false, this.toRegister(isReturn(instruction)));
            return;
        }
        if (end.kind !== "callRegister") throw new Error(`a JALR ends a block as ${end.kind}`);
        f.get(this.budget);
        f.i32(0);
        f.op(OP.i32LeS);
        f.get(this.depth);
        f.op(OP.i32Eqz);
        f.op(OP.i32Or);
        this.exit(true, this.toRegister(false));
        this.#call(
            end.edge,
            () => f.get(this.pc),
            () => {
                f.get(this.hart);
                this.#deeper();
                f.call(this.imports.indexOf("dispatch"));
            },
        );
    }

    /** The instruction has run: it is to be charged, and its rd is dirty. */
    #executed({ writes }: Instruction): void {
        this.uncharged++;
        this.dirty = this.dirty.or(writes);
    }

    #of(block: Block): Registers {
        return this.#registers.get(block) as Registers;
    }

    /** The block, and those it dominates. */
    #tree(block: Block): void {
        const merges = this.#blocks
            .filter((each) => each.dominator === block && each !== block && isMerge(each))
            .reverse();
        if (!block.predecessors.some(({ rank }) => rank >= block.rank)) return this.#within(block, merges);
        this.charge(0);
        this.#loops.set(block, this.f.loop());
        this.#within(block, merges);
        this.f.end();
        this.f.op(OP.unreachable);
    }

    /** The block inside Wasm blocks at whose ends its `merges` lie, the last first. */
    #within(block: Block, [outermost, ...rest]: readonly Block[]): void {
        if (outermost === undefined) return this.#block(block);
        this.#merges.set(outermost, this.f.block());
        this.#within(block, rest);
        this.f.end();
        this.uncharged = 0;
        this.#tree(outermost);
    }

    #block(block: Block): void {
        this.dirty = this.#of(block).dirty;
        this.asked = false;
        const { instructions, end } = block;
        for (const instruction of instructions) {
            this.#generator.emit(instruction, end);
            if (instruction.kind === "branch" || instruction.kind === "jump" || instruction.kind === "jumpRegister")
                return;
            this.#executed(instruction);
        }
        if (end.kind === "go") return this.#edge(end.edge);
        if (end.kind !== "leave") throw new Error(`a block without a jump ends as ${end.kind}`);
        const [dirty, uncharged] = [this.dirty, this.uncharged];
        this.exit(false, () => {
            this.accesses.charge(uncharged);
            this.leave(dirty, () => this.emitPc(end.offset), LEFT_TO_INTERPRETER);
        });
    }

    #edge(edge: Edge): void {
        if (edge.mayEnd) this.endTurnIfUsed(edge.offset);
        const { to } = edge;
        if (to === undefined) {
            this.chain(false, edge.offset);
            return;
        }
        const loop = this.#loops.get(to);
        const label = loop ?? this.#merges.get(to);
        if (label === undefined) return this.#tree(to);
        this.charge(0);
        this.f.br(label);
    }

    #deeper(): void {
        this.f.get(this.depth);
        this.f.i32(1);
        this.f.op(OP.i32Sub);
    }

    /** Calls a guest function, and goes on where it is to return to, if it does. */
    #call(back: Edge, target: () => void, call: () => void): void {
        const { f } = this;
        this.charge(0);
        this.storeState(this.dirty, target);
        call();
        f.tee(this.result);
        f.get(this.hart);
        f.memory(OP.i64Load, PC);
        this.emitPc(back.offset);
        f.op(OP.i64Ne);
        f.op(OP.i32Or);
        this.exit(true, () => {
            f.get(this.result);
            f.op(OP.return);
        });
        this.dirty = NO_REGISTERS;
        this.state.loadBudget(this.budget);
        this.accesses.reload();
        this.refreshFloats();
        this.state.load(this.#of(back.to as Block).live);
        this.#edge(back);
    }

    #mayLeave(instruction: Instruction): boolean {
        const { kind, isFloat } = instruction;
        if (kind === "access") return isFloat || this.memory.mayLeave(instruction);
        return kind === "slow" || isFloat;
    }
}

/** True where several ways come together from before. */
function isMerge(block: Block): boolean {
    return block.predecessors.filter(({ rank }) => rank < block.rank).length > 1;
}
