/**
 * The code of a region. Guest registers are locals; flow of control is Wasm's own, after the tree of dominators. Every way out lies behind
 * the body, so that code that goes on has no stores of registers in it. A way out stores what is dirty there, PC and BUDGET.
 */
import { BUDGET, EXIT, EXIT_PC_SET, F, L0_FETCH, L0_READ, L0_WRITE, PC, X } from "../../state/hart-layout.ts";
import { L0_FETCH_MASK, L0_SHIFT } from "../../state/l0-layout.ts";
import { type Label, WasmFunction } from "../../wasm/function.ts";
import { OP } from "../../wasm/opcodes.ts";
import { F64, I32, I64 } from "../../wasm/types.ts";
import { AccessEmitter } from "../access-emitter.ts";
import type { Variant } from "../variant.ts";
import { emitEnterRegion, emitHeatOfOffset } from "./dispatch.ts";
import { FloatCode, type Value } from "./float-code.ts";
import { type Instruction, isReturn } from "./instruction.ts";
import { findRegisters, isCallEnd, type Registers } from "./liveness.ts";
import { MemoryAccess, type Ranges } from "./memory-access.ts";
import type { Block, Edge, End } from "./region.ts";
import { RegionGenerator } from "./region-generator.ts";
import {
    LEFT_AT_PC,
    LEFT_BY_SLOW_PATH,
    LEFT_TO_INTERPRETER,
    LEFT_TURN,
    MOST_NESTED,
    REGION,
    type RegionImports,
} from "./region-type.ts";
import { NO_REGISTERS, type RegisterSet, registers } from "./register-set.ts";

const PAGE_BYTES = 4096;
const REGISTER_BYTES = 8;
const PAGE_MASK = -4096;

export interface RegionOptions {
    readonly variant: Variant;
    readonly imports: RegionImports;
    /** Of a region for code without translation. */
    readonly ranges: Ranges | undefined;
    /** True for the offset of an access that is not to be left to the interpreter. */
    readonly isSlow: (offset: number) => boolean;
}

export function regionFunction(blocks: readonly Block[], options: RegionOptions): WasmFunction {
    return new RegionEmitter(blocks, options).emit();
}

export class RegionEmitter {
    readonly f = new WasmFunction(REGION.parameters.length);
    /** Parameters (region-type.ts). */
    readonly hart = 0;
    readonly base = 1;
    readonly page = 2;
    readonly depth = 3;
    /** i32: budget left, L0 tables, scratch. */
    readonly budget = this.f.local(I32);
    readonly readTable = this.f.local(I32);
    readonly writeTable = this.f.local(I32);
    readonly entry = this.f.local(I32);
    readonly result = this.f.local(I32);
    /** i64: scratch address and value, a target. */
    readonly address = this.f.local(I64);
    readonly value = this.f.local(I64);
    readonly pc = this.f.local(I64);
    readonly accesses: AccessEmitter;
    readonly memory: MemoryAccess;
    readonly floats: FloatCode;
    readonly imports: RegionImports;
    readonly #blocks: readonly Block[];
    readonly #generator: RegionGenerator;
    readonly #hasFloats: boolean;
    readonly #slow: (offset: number) => boolean;
    readonly #registers: ReadonlyMap<Block, Registers>;
    readonly #locals: number[] = [];
    readonly #loops = new Map<Block, Label>();
    readonly #merges = new Map<Block, Label>();
    /** The code of each way out, in order. */
    readonly #exits: (() => void)[] = [];
    /** Where emission is: registers dirty before the instruction, and instructions executed but not yet charged. */
    #dirty = NO_REGISTERS;
    #uncharged = 0;
    #asked = false;

    constructor(blocks: readonly Block[], { variant, imports, ranges, isSlow }: RegionOptions) {
        this.#blocks = blocks;
        this.imports = imports;
        this.#slow = isSlow;
        this.#hasFloats = blocks.some(({ instructions }) => instructions.some(({ isFloat }) => isFloat));
        this.accesses = new AccessEmitter(this.f, variant, this.hart, this.budget);
        this.memory = new MemoryAccess(this, blocks, ranges, (instruction) => this.isSlow(instruction));
        this.floats = new FloatCode(this);
        this.#generator = new RegionGenerator(this);
        this.#registers = findRegisters(blocks, (instruction) => this.#mayLeave(instruction));
    }

    emit(): WasmFunction {
        const { f } = this;
        const first = this.#blocks[0] as Block;
        const accesses = this.#blocks.flatMap(({ instructions }) =>
            instructions.filter(({ kind }) => kind === "access"),
        );
        const stores = accesses.some(({ row }) => row.format === "S");
        const loads = accesses.some(({ row }) => row.format !== "S");
        this.memory.enter(first.offset, { loads, stores });
        this.#enter();
        this.#refreshFloats();
        this.#load(this.#of(first).live);
        this.#tree(first);
        f.op(OP.unreachable);
        f.enclose(this.#exits.length);
        for (const exit of this.#exits) {
            f.end();
            exit();
        }
        f.op(OP.unreachable);
        return f;
    }

    /** The local that holds a register. */
    local(register: number, isFloat: boolean): number {
        const key = isFloat ? register + 32 : register;
        this.#locals[key] ??= this.f.local(isFloat ? F64 : I64);
        return this.#locals[key];
    }

    /** Emits the address that lies `offset` behind the page's start. */
    emitPc(offset: number): void {
        this.f.get(this.page);
        if (offset === 0) return;
        this.f.i64(offset);
        this.f.op(OP.i64Add);
    }

    /** If the i32 on the stack is not 0, the interpreter executes the instruction. The JIT hears of an `access`. */
    leaveIf({ offset, kind }: Instruction): void {
        const [dirty, uncharged] = [this.#dirty, this.#uncharged];
        this.#exit(true, () => {
            this.accesses.charge(uncharged);
            this.#leave(dirty, () => this.emitPc(offset));
            if (kind === "access") {
                this.f.get(this.base);
                this.f.i32(offset);
                this.f.call(this.imports.indexOf("left_by_access"));
            }
            this.#return(LEFT_TO_INTERPRETER);
        });
    }

    /** True at the first float instruction of a block, which must ask whether they are legal now. */
    asksForFloat(): boolean {
        const asks = !this.#asked;
        this.#asked = true;
        return asks;
    }

    /** True for an access that is not to be left to the interpreter. */
    isSlow({ offset }: Instruction): boolean {
        return this.#slow(offset);
    }

    /**
     * Calls a slow path of the core. `call` leaves rd's new value, if there is one, in local `value`. Where EXIT is set then, the
     * interpreter looks everything up again; else rd is set and the region goes on. `total` counts such accesses.
     */
    callSlowPath(instruction: Instruction, total: number, call: () => void): void {
        const { f } = this;
        const [dirty, charged] = [this.#dirty, this.#uncharged + 1];
        this.accesses.charge(charged);
        this.accesses.note();
        this.#store64(PC, () => this.emitPc(instruction.offset));
        this.#storeBudget();
        call();
        this.#loadBudget();
        this.accesses.reload();
        // Charged again with the instructions around it.
        this.accesses.charge(-charged);
        f.get(this.hart);
        f.memory(OP.i32Load, EXIT);
        f.tee(this.result);
        const set = () => {
            if (!instruction.writes.isEmpty) this.setRegister(instruction, () => f.get(this.value));
        };
        this.#exit(true, () => {
            this.#storeRegisters(dirty.without(instruction.writes));
            f.get(this.result);
            f.i32(EXIT_PC_SET);
            f.op(OP.i32And);
            f.if();
            this.#storeRegisters(dirty.and(instruction.writes));
            f.else();
            this.accesses.executed(total);
            set();
            this.#storeRegisters(instruction.writes);
            this.#store64(PC, () => this.emitPc(instruction.offset + instruction.length));
            f.end();
            this.#return(LEFT_BY_SLOW_PATH);
        });
        this.accesses.executed(total);
        set();
    }

    /** rd = value. */
    setRegister({ writes, rd, floats }: Instruction, value: Value): void {
        if (!floats.rd) {
            value();
        } else if (value.double !== undefined) {
            value.double();
        } else {
            value();
            this.f.op(OP.f64ReinterpretI64);
        }
        if (writes.isEmpty) this.f.op(OP.drop);
        else this.f.set(this.local(rd, floats.rd));
    }

    /** Ends the block with a branch; `condition` leaves an i32. */
    branch(end: End, condition: () => void): void {
        if (end.kind !== "branch") throw new Error(`a branch ends a block as ${end.kind}`);
        const { f } = this;
        condition();
        f.if();
        const uncharged = ++this.#uncharged;
        const dirty = this.#dirty;
        this.#edge(end.taken);
        f.else();
        this.#uncharged = uncharged;
        this.#dirty = dirty;
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
        if (callee.mayEnd) this.#endTurnIfUsed(callee.offset);
        f.get(this.depth);
        f.op(OP.i32Eqz);
        if (inPage) {
            emitHeatOfOffset(f, this.base, () => f.i32(callee.offset));
            f.tee(this.entry);
            f.i32(0);
            f.op(OP.i32GeS);
            f.op(OP.i32Or);
        }
        this.#chainIf(callee.offset);
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
                f.i32(0x7fffffff);
                f.op(OP.i32And);
                f.callIndirect(0);
            },
        );
    }

    /** Ends the block with a JALR, whose target is in local `pc` and whose rd is set. */
    jumpRegister(end: End, instruction: Instruction): void {
        this.#executed(instruction);
        const { f } = this;
        this.#charge(0);
        if (end.kind === "jumpRegister") {
            this.#exit(false, this.#toRegister(isReturn(instruction)));
            return;
        }
        if (end.kind !== "callRegister") throw new Error(`a JALR ends a block as ${end.kind}`);
        f.get(this.budget);
        f.i32(0);
        f.op(OP.i32LeS);
        f.get(this.depth);
        f.op(OP.i32Eqz);
        f.op(OP.i32Or);
        this.#exit(true, this.#toRegister(false));
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
        this.#uncharged++;
        this.#dirty = this.#dirty.or(writes);
    }

    #of(block: Block): Registers {
        return this.#registers.get(block) as Registers;
    }

    #refreshFloats(): void {
        if (this.#hasFloats) this.floats.refresh();
    }

    #enter(): void {
        const { f } = this;
        this.#loadBudget();
        for (const [field, local] of [
            [L0_READ, this.readTable],
            [L0_WRITE, this.writeTable],
        ] as const) {
            f.get(this.hart);
            f.memory(OP.i32Load, field);
            f.set(local);
        }
        this.accesses.enter();
        this.accesses.enterPage(this.entry, () => {
            f.get(this.page);
            f.op(OP.i32WrapI64);
            f.i32(L0_SHIFT);
            f.op(OP.i32ShrU);
            f.i32(L0_FETCH_MASK);
            f.op(OP.i32And);
            f.get(this.hart);
            f.memory(OP.i32Load, L0_FETCH);
            f.op(OP.i32Add);
            f.set(this.entry);
        });
    }

    /** The block, and those it dominates. */
    #tree(block: Block): void {
        const merges = this.#blocks
            .filter((each) => each.dominator === block && each !== block && isMerge(each))
            .reverse();
        if (!block.predecessors.some(({ rank }) => rank >= block.rank)) return this.#within(block, merges);
        this.#charge(0);
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
        this.#uncharged = 0;
        this.#tree(outermost);
    }

    #block(block: Block): void {
        this.#dirty = this.#of(block).dirty;
        this.#asked = false;
        const { instructions, end } = block;
        for (const instruction of instructions) {
            this.#generator.emit(instruction, end);
            if (instruction.kind === "branch" || instruction.kind === "jump" || instruction.kind === "jumpRegister")
                return;
            this.#executed(instruction);
        }
        if (end.kind === "go") return this.#edge(end.edge);
        if (end.kind !== "leave") throw new Error(`a block without a jump ends as ${end.kind}`);
        const [dirty, uncharged] = [this.#dirty, this.#uncharged];
        this.#exit(false, () => {
            this.accesses.charge(uncharged);
            this.#leave(dirty, () => this.emitPc(end.offset), LEFT_TO_INTERPRETER);
        });
    }

    #edge(edge: Edge): void {
        if (edge.mayEnd) this.#endTurnIfUsed(edge.offset);
        const { to } = edge;
        if (to === undefined) {
            this.#chain(false, edge.offset);
            return;
        }
        const loop = this.#loops.get(to);
        const label = loop ?? this.#merges.get(to);
        if (label === undefined) return this.#tree(to);
        this.#charge(0);
        this.f.br(label);
    }

    #endTurnIfUsed(offset: number): void {
        const { f } = this;
        this.#charge(0);
        f.get(this.budget);
        f.i32(0);
        f.op(OP.i32LeS);
        const dirty = this.#dirty;
        this.#exit(true, () => this.#leave(dirty, () => this.emitPc(offset), LEFT_TURN));
    }

    #chainIf(offset: number): void {
        this.#chain(true, offset);
    }

    /** Goes on at `offset` outside the region, in compiled code if there is some. */
    #chain(conditional: boolean, offset: number): void {
        const [dirty, uncharged] = [this.#dirty, this.#uncharged];
        const { f } = this;
        this.#exit(conditional, () => {
            this.accesses.charge(uncharged);
            this.#leave(dirty, () => this.emitPc(offset));
            if (offset < 0 || offset >= PAGE_BYTES) return this.#dispatch();
            emitHeatOfOffset(f, this.base, () => f.i32(offset));
            this.#enterIfCompiled();
            this.#return(LEFT_AT_PC);
        });
    }

    /** The code of the way out to local `pc`, where a JALR leads. */
    #toRegister(returns: boolean): () => void {
        const dirty = this.#dirty;
        const { f } = this;
        return () => {
            this.#leave(dirty, () => f.get(this.pc));
            f.get(this.budget);
            f.i32(0);
            f.op(OP.i32LeS);
            f.if();
            this.#return(LEFT_TURN);
            f.end();
            if (returns) {
                f.get(this.depth);
                f.i32(MOST_NESTED);
                f.op(OP.i32LtU);
                f.if();
                this.#return(LEFT_AT_PC);
                f.end();
            }
            f.get(this.pc);
            f.i64(PAGE_MASK);
            f.op(OP.i64And);
            f.get(this.page);
            f.op(OP.i64Eq);
            f.if();
            emitHeatOfOffset(f, this.base, () => {
                f.get(this.pc);
                f.op(OP.i32WrapI64);
                f.i32(PAGE_BYTES - 2);
                f.op(OP.i32And);
            });
            this.#enterIfCompiled();
            this.#return(LEFT_AT_PC);
            f.end();
            this.#dispatch();
        };
    }

    /** The heat of a slot is on the stack. */
    #enterIfCompiled(): void {
        const { f, hart, base, depth, entry } = this;
        f.tee(entry);
        f.i32(0);
        f.op(OP.i32LtS);
        f.if();
        emitEnterRegion(f, { hart, base, depth, heat: entry }, () => f.get(this.page));
        f.end();
    }

    #dispatch(): void {
        this.f.get(this.hart);
        this.f.get(this.depth);
        this.f.returnCall(this.imports.indexOf("dispatch"));
    }

    #deeper(): void {
        this.f.get(this.depth);
        this.f.i32(1);
        this.f.op(OP.i32Sub);
    }

    /** Calls a guest function, and goes on where it is to return to, if it does. */
    #call(back: Edge, target: () => void, call: () => void): void {
        const { f } = this;
        this.#charge(0);
        this.#storeState(this.#dirty, target);
        call();
        f.tee(this.result);
        f.get(this.hart);
        f.memory(OP.i64Load, PC);
        this.emitPc(back.offset);
        f.op(OP.i64Ne);
        f.op(OP.i32Or);
        this.#exit(true, () => {
            f.get(this.result);
            f.op(OP.return);
        });
        this.#dirty = NO_REGISTERS;
        this.#loadBudget();
        this.accesses.reload();
        this.#refreshFloats();
        this.#load(this.#of(back.to as Block).live);
        this.#edge(back);
    }

    #mayLeave(instruction: Instruction): boolean {
        const { kind, isFloat } = instruction;
        if (kind === "access") return isFloat || this.memory.mayLeave(instruction);
        return kind === "atomic" || isFloat;
    }

    /** Charges what is not charged yet, and `more` instructions. */
    #charge(more: number): void {
        this.accesses.charge(this.#uncharged + more);
        this.#uncharged = 0;
    }

    #exit(conditional: boolean, code: () => void): void {
        this.f.brOut(this.#exits.push(code) - 1, conditional);
    }

    /** Stores everything, and returns `result` if there is one. */
    #leave(dirty: RegisterSet, pc: () => void, result?: number): void {
        this.#storeState(dirty, pc);
        if (result !== undefined) this.#return(result);
    }

    #storeState(dirty: RegisterSet, pc: () => void): void {
        this.accesses.note();
        this.#storeRegisters(dirty);
        this.#store64(PC, pc);
        this.#storeBudget();
    }

    #return(result: number): void {
        this.f.i32(result);
        this.f.op(OP.return);
    }

    #load(set: RegisterSet): void {
        set.forEach((register, isFloat) => {
            this.f.get(this.hart);
            this.f.memory(isFloat ? OP.f64Load : OP.i64Load, fieldOf(register, isFloat));
            this.f.set(this.local(register, isFloat));
        });
    }

    #storeRegisters(set: RegisterSet): void {
        set.forEach((register, isFloat) => {
            this.f.get(this.hart);
            this.f.get(this.local(register, isFloat));
            this.f.memory(isFloat ? OP.f64Store : OP.i64Store, fieldOf(register, isFloat));
        });
    }

    #store64(field: number, value: () => void): void {
        this.f.get(this.hart);
        value();
        this.f.memory(OP.i64Store, field);
    }

    #storeBudget(): void {
        this.f.get(this.hart);
        this.f.get(this.budget);
        this.f.memory(OP.i32Store, BUDGET);
    }

    #loadBudget(): void {
        this.f.get(this.hart);
        this.f.memory(OP.i32Load, BUDGET);
        this.f.set(this.budget);
    }
}

function fieldOf(register: number, isFloat: boolean): number {
    return (isFloat ? F : X) + register * REGISTER_BYTES;
}

/** True where several ways come together from before. */
function isMerge(block: Block): boolean {
    return block.predecessors.filter(({ rank }) => rank < block.rank).length > 1;
}
