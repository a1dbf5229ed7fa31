/**
 * What the code of a region is made with: its locals, the state of the hart in them, and the ways out. Every way out lies behind the body,
 * so that code that goes on has no stores of registers in it. A way out stores what is dirty there, PC and BUDGET.
 */
import { EXIT, EXIT_PC_SET, L0_FETCH } from "../../state/hart-layout.ts";
import { WasmFunction } from "../../wasm/function.ts";
import { OP } from "../../wasm/opcodes.ts";
import { I32, I64 } from "../../wasm/types.ts";
import { AccessEmitter } from "../access-emitter.ts";
import { emitFetchIndex } from "../l0-lookup.ts";
import type { Variant } from "../variant.ts";
import { emitHeatOfOffset } from "./dispatch.ts";
import { FloatCode, type Value } from "./float-code.ts";
import { HartState } from "./hart-state.ts";
import type { Instruction } from "./instruction.ts";
import { MemoryAccess } from "./memory-access.ts";
import type { Ranges } from "./ranges.ts";
import type { Block } from "./region.ts";
import {
    LEFT_AT_PC,
    LEFT_BY_SLOW_PATH,
    LEFT_TO_INTERPRETER,
    LEFT_TURN,
    MOST_NESTED,
    REGION,
    type RegionImports,
} from "./region-type.ts";
import { NO_REGISTERS, type RegisterSet } from "./register-set.ts";

const PAGE_BYTES = 4096;
const PAGE_MASK = -4096;

export interface RegionOptions {
    readonly variant: Variant;
    readonly imports: RegionImports;
    /** Of a region for code without translation. */
    readonly ranges: Ranges | undefined;
    /** True for the offset of an access that is not to be left to the interpreter. */
    readonly isSlow: (offset: number) => boolean;
}

export class RegionCode {
    readonly f = new WasmFunction(REGION.parameters.length);
    /** Parameters (region-type.ts). */
    readonly hart = 0;
    readonly base = 1;
    readonly page = 2;
    readonly depth = 3;
    /** i32: budget left, scratch. */
    readonly budget = this.f.local(I32);
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
    readonly #hasFloats: boolean;
    readonly #slow: (offset: number) => boolean;
    protected readonly state = new HartState(this.f, this.hart);
    /** The code of each way out, in order. */
    protected readonly exits: (() => void)[] = [];
    /** Where emission is: registers dirty before the instruction, instructions executed but not yet charged, float state asked for. */
    protected dirty = NO_REGISTERS;
    protected uncharged = 0;
    protected asked = false;

    constructor(blocks: readonly Block[], { variant, imports, ranges, isSlow }: RegionOptions) {
        this.imports = imports;
        this.#slow = isSlow;
        this.#hasFloats = blocks.some(({ instructions }) => instructions.some(({ isFloat }) => isFloat));
        this.accesses = new AccessEmitter(this.f, variant, this.hart, this.budget);
        this.memory = new MemoryAccess(this, blocks, ranges, (instruction) => this.isSlow(instruction));
        this.floats = new FloatCode(this);
    }

    /** The local that holds a register. */
    local(register: number, isFloat: boolean): number {
        return this.state.local(register, isFloat);
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
        const [dirty, uncharged] = [this.dirty, this.uncharged];
        this.exit(true, () => {
            this.accesses.charge(uncharged);
            this.leave(dirty, () => this.emitPc(offset));
            if (kind === "access") {
                this.f.get(this.base);
                this.f.i32(offset);
                this.f.call(this.imports.indexOf("left_by_access"));
            }
            this.return(LEFT_TO_INTERPRETER);
        });
    }

    /** True at the first float instruction of a block, which must ask whether they are legal now. */
    asksForFloat(): boolean {
        const asks = !this.asked;
        this.asked = true;
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
        const [dirty, charged] = [this.dirty, this.uncharged + 1];
        this.accesses.charge(charged);
        this.accesses.note();
        this.state.storePc(() => this.emitPc(instruction.offset));
        this.state.storeBudget(this.budget);
        call();
        this.state.loadBudget(this.budget);
        this.accesses.reload();
        // Charged again with the instructions around it.
        this.accesses.charge(-charged);
        f.get(this.hart);
        f.memory(OP.i32Load, EXIT);
        f.tee(this.result);
        const set = () => {
            if (!instruction.writes.isEmpty) this.setRegister(instruction, () => f.get(this.value));
        };
        this.exit(true, () => {
            this.state.store(dirty.without(instruction.writes));
            f.get(this.result);
            f.i32(EXIT_PC_SET);
            f.op(OP.i32And);
            f.if();
            this.state.store(dirty.and(instruction.writes));
            f.else();
            this.accesses.executed(total);
            set();
            this.state.store(instruction.writes);
            this.state.storePc(() => this.emitPc(instruction.offset + instruction.length));
            f.end();
            this.return(LEFT_BY_SLOW_PATH);
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

    protected refreshFloats(): void {
        if (this.#hasFloats) this.floats.refresh();
    }

    protected enter(): void {
        const { f } = this;
        this.state.loadBudget(this.budget);
        this.accesses.enter();
        this.accesses.enterPage(this.entry, () => {
            emitFetchIndex(f, this.page);
            f.get(this.hart);
            f.memory(OP.i32Load, L0_FETCH);
            f.op(OP.i32Add);
            f.set(this.entry);
        });
    }

    protected endTurnIfUsed(offset: number): void {
        const { f } = this;
        this.charge(0);
        f.get(this.budget);
        f.i32(0);
        f.op(OP.i32LeS);
        const dirty = this.dirty;
        this.exit(true, () => this.leave(dirty, () => this.emitPc(offset), LEFT_TURN));
    }

    /** Goes on at `offset` outside the region, in compiled code if there is some. */
    protected chain(conditional: boolean, offset: number): void {
        const [dirty, uncharged] = [this.dirty, this.uncharged];
        const { f } = this;
        this.exit(conditional, () => {
            this.accesses.charge(uncharged);
            this.leave(dirty, () => this.emitPc(offset));
            if (offset < 0 || offset >= PAGE_BYTES) return this.#dispatch();
            emitHeatOfOffset(f, this.base, () => f.i32(offset));
            this.#enterIfCompiled();
            this.return(LEFT_AT_PC);
        });
    }

    /** The code of the way out to local `pc`, where a JALR leads. */
    protected toRegister(returns: boolean): () => void {
        const dirty = this.dirty;
        const { f } = this;
        return () => {
            this.leave(dirty, () => f.get(this.pc));
            f.get(this.budget);
            f.i32(0);
            f.op(OP.i32LeS);
            f.if();
            this.return(LEFT_TURN);
            f.end();
            if (returns) {
                f.get(this.depth);
                f.i32(MOST_NESTED);
                f.op(OP.i32LtU);
                f.if();
                this.return(LEFT_AT_PC);
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
            this.return(LEFT_AT_PC);
            f.end();
            this.#dispatch();
        };
    }

    /** The heat of a slot is on the stack. */
    #enterIfCompiled(): void {
        const { f, hart, base, page, depth, entry } = this;
        f.tee(entry);
        f.i32(0);
        f.op(OP.i32LtS);
        f.if();
        for (const argument of [hart, base, page, depth, entry]) f.get(argument);
        f.returnCall(this.imports.indexOf("enter"));
        f.end();
    }

    #dispatch(): void {
        this.f.get(this.hart);
        this.f.get(this.depth);
        this.f.returnCall(this.imports.indexOf("dispatch"));
    }

    /** Charges what is not charged yet, and `more` instructions. */
    protected charge(more: number): void {
        this.accesses.charge(this.uncharged + more);
        this.uncharged = 0;
    }

    protected exit(conditional: boolean, code: () => void): void {
        this.f.brOut(this.exits.push(code) - 1, conditional);
    }

    /** Stores everything, and returns `result` if there is one. */
    protected leave(dirty: RegisterSet, pc: () => void, result?: number): void {
        this.storeState(dirty, pc);
        if (result !== undefined) this.return(result);
    }

    protected storeState(dirty: RegisterSet, pc: () => void): void {
        this.accesses.note();
        this.state.store(dirty);
        this.state.storePc(pc);
        this.state.storeBudget(this.budget);
    }

    protected return(result: number): void {
        this.f.i32(result);
        this.f.op(OP.return);
    }
}
