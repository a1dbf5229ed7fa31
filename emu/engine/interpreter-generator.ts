/** The generator over the fields of a micro-op: turns a row's semantics into an arm of the interpreter's loop. */
import type { InstructionRow } from "../isa/row.ts";
import {
    type AmoOperation,
    BLOCK_BYTES,
    type CsrOperation,
    type Generator,
    type SystemOperation,
    type Width,
} from "../isa/semantics.ts";
import { CELL_LOAD, CELL_STORE } from "../state/accounting-layout.ts";
import { SLOT_SHIFT, UOP_AUX, UOP_IMM, UOP_RD, UOP_RS1, UOP_RS2 } from "../state/code-layout.ts";
import {
    ATOMICS,
    BUDGET,
    EXIT,
    EXIT_PC_SET,
    FLOAT_ASKS,
    LOADS as LOADS_EXECUTED,
    PC,
    STORES as STORES_EXECUTED,
} from "../state/hart-layout.ts";
import { L0_OFFSET } from "../state/l0-layout.ts";
import { ACCESS_ATOMIC, ACCESS_LOAD, ACCESS_STORE } from "../state/watch-layout.ts";
import type { WasmFunction } from "../wasm/function.ts";
import { OP } from "../wasm/opcodes.ts";
import { AMO_OPERATIONS, CSR_OPERATIONS, SYSTEM_OPERATIONS } from "./access-opcodes.ts";
import type { Arm } from "./arms.ts";
import { coreFunction } from "./core-imports.ts";
import { emitEndTurn, emitPc, emitSync, type Frame } from "./frame.ts";
import { emitDataHit } from "./l0-lookup.ts";
import { changesFloats, type Emit, roundsOf, ValueGenerator } from "./value-generator.ts";

export class InterpreterGenerator extends ValueGenerator implements Generator<Emit, Emit> {
    readonly #frame: Frame;
    readonly #f: WasmFunction;
    readonly #arm: Arm;

    constructor(frame: Frame, arm: Arm) {
        super(frame.f, frame.hart, coreFunction);
        this.#frame = frame;
        this.#f = frame.f;
        this.#arm = arm;
        if (arm.row.extension === "F" || arm.row.extension === "D") this.#askForFloat();
    }

    readonly rs1: Emit = () => this.#register(UOP_RS1);
    readonly rs2: Emit = () => this.#register(UOP_RS2);
    readonly rs3: Emit = () => this.#register(UOP_AUX);
    readonly imm: Emit = () => {
        this.#f.get(this.#frame.uop);
        this.#f.memory(OP.i64Load32S, UOP_IMM);
    };
    readonly pc: Emit = () => emitPc(this.#frame);

    set(value: Emit): void {
        this.#setRegister(value);
        this.#advance();
    }

    load(width: Width, signed: boolean, address: Emit): void {
        this.#load(width, signed, address, (loaded) => loaded);
    }

    loadBoxed(address: Emit): void {
        this.#load(4, false, address, (loaded) => this.box(loaded));
    }

    /** Sets rd to the value that `convert` makes of memory[address]. */
    #load(width: Width, signed: boolean, address: Emit, convert: (loaded: Emit) => Emit): void {
        const { f, hart, address: va, value } = this.#frame;
        this.#ifHit(this.#frame.readTable, ACCESS_LOAD, width, address);
        this.#frame.accesses.hit(this.#frame.entry, () => this.#hostAddress(), CELL_LOAD, LOADS_EXECUTED);
        this.#frame.watch.hit(this.#frame, ACCESS_LOAD, width, () => this.#hostAddress());
        this.#frame.conflicts.hit(this.#frame, false, () => this.#hostAddress());
        this.#setRegister(convert(() => this.#frame.buffers.load(value, width, signed, () => this.#hostAddress())));
        this.#advance();
        f.else();
        emitSync(this.#frame);
        this.#frame.watch.slow(this.#frame, ACCESS_LOAD, width);
        f.get(hart);
        f.get(va);
        f.i32(width);
        f.i32(signed ? 1 : 0);
        convert(() => f.call(coreFunction("load_slow")))();
        f.set(value);
        this.#complete(true, LOADS_EXECUTED);
        f.end();
    }

    store(width: Width, address: Emit, value: Emit): void {
        const { f, hart, address: va } = this.#frame;
        this.#ifHit(this.#frame.writeTable, ACCESS_STORE, width, address);
        this.#frame.accesses.hit(this.#frame.entry, () => this.#hostAddress(), CELL_STORE, STORES_EXECUTED);
        this.#frame.watch.hit(this.#frame, ACCESS_STORE, width, () => this.#hostAddress());
        this.#frame.conflicts.hit(this.#frame, true, () => this.#hostAddress());
        const asks = this.#frame.buffers.store(this.#frame, width, () => this.#hostAddress(), value);
        if (asks) this.#complete(false);
        else this.#advance();
        f.else();
        emitSync(this.#frame);
        this.#frame.watch.slow(this.#frame, ACCESS_STORE, width);
        f.get(hart);
        f.get(va);
        f.i32(width);
        value();
        f.call(coreFunction("store_slow"));
        this.#complete(false, STORES_EXECUTED);
        f.end();
    }

    zeroBlock(address: Emit): void {
        const { f, hart, address: va, watch, looks } = this.#frame;
        emitSync(this.#frame);
        address();
        f.i64(-BLOCK_BYTES);
        f.op(OP.i64And);
        f.set(va);
        for (let at = 0; at < BLOCK_BYTES; at += 8) looks.access(this.#frame, ACCESS_STORE, 8, at);
        watch.slow(this.#frame, ACCESS_STORE, BLOCK_BYTES);
        f.get(hart);
        address();
        f.call(coreFunction("zero_block"));
        this.#complete(false, STORES_EXECUTED);
    }

    branch(condition: Emit): void {
        condition();
        this.#f.if();
        this.#goto();
        this.#f.end();
        this.#advance();
    }

    jump(): void {
        this.#setRegister(() => this.#nextPc());
        this.#goto();
    }

    jumpRegister(target: Emit): void {
        const { f, pc, fetch, budget } = this.#frame;
        target();
        f.i64(-2);
        f.op(OP.i64And);
        f.set(pc);
        this.#setRegister(() => this.#nextPc());
        f.get(budget);
        f.i32(0);
        f.op(OP.i32LeS);
        f.if();
        emitEndTurn(this.#frame, () => f.get(pc));
        f.end();
        this.#look(() => f.get(pc));
        f.br(fetch);
    }

    loadReserved(width: 4 | 8, address: Emit): void {
        this.#slowValue("load_reserved", width, address, () => this.#f.i32(width));
    }

    storeConditional(width: 4 | 8, address: Emit, value: Emit): void {
        this.#slowValue("store_conditional", width, address, () => {
            this.#f.i32(width);
            value();
        });
    }

    amo(operation: AmoOperation, width: 4 | 8, address: Emit, value: Emit): void {
        this.#slowValue("amo", width, address, () => {
            this.#f.i32(width);
            this.#f.i32(AMO_OPERATIONS.indexOf(operation));
            value();
        });
    }

    csr(operation: CsrOperation, operand: "rs1" | "immediate"): void {
        const { f, hart, uop } = this.#frame;
        emitSync(this.#frame);
        f.get(hart);
        f.get(uop);
        f.memory(OP.i32Load, UOP_IMM);
        f.i32(CSR_OPERATIONS.indexOf(operation));
        if (operand === "rs1") {
            this.rs1();
        } else {
            // The field holds 8 times the register number, which here is the operand itself.
            f.get(uop);
            f.memory(OP.i64Load16U, UOP_RS1);
            f.i64(3);
            f.op(OP.i64ShrU);
        }
        f.get(uop);
        f.memory(OP.i32Load16U, UOP_RS1);
        f.get(uop);
        f.memory(OP.i32Load16U, UOP_RD);
        f.call(coreFunction("csr"));
        this.#complete(false);
    }

    system(operation: SystemOperation | "illegal"): void {
        // The next fetch sees stores in any case (docs/machine.md, "Decoded code"), and turns make memory sequentially consistent.
        const { lines, buffers } = this.#frame;
        const isFence = operation === "fence" || (operation === "fence.i" && !lines.enabled);
        if (isFence && !buffers.enabled) {
            this.#advance();
            return;
        }
        emitSync(this.#frame);
        this.#f.get(this.#frame.hart);
        this.#f.i32(SYSTEM_OPERATIONS.indexOf(operation));
        if (operation === "mark" || operation === "fence") this.imm();
        else this.rs1();
        this.#f.call(coreFunction("system"));
        this.#complete(false);
    }

    /** Unless FS is Dirty and frm valid, the core says whether the instruction is legal, and makes FS Dirty. */
    #askForFloat(): void {
        const { f, hart, outer } = this.#frame;
        const { row } = this.#arm;
        f.get(hart);
        f.memory(OP.i32Load, FLOAT_ASKS);
        f.if();
        emitSync(this.#frame);
        f.get(hart);
        if (roundsOf(row)) this.roundingMode();
        else f.i32(0);
        f.i32(changesFloats(row) ? 1 : 0);
        f.call(coreFunction("float_ask"));
        f.get(hart);
        f.memory(OP.i32Load, EXIT);
        f.brIf(outer);
        f.end();
    }

    protected get row(): InstructionRow {
        return this.#arm.row;
    }

    protected roundingMode(): void {
        this.#f.get(this.#frame.uop);
        this.#f.memory(OP.i32Load, UOP_IMM);
    }

    #register(field: number): void {
        const { f, hart, uop } = this.#frame;
        f.get(hart);
        f.get(uop);
        f.memory(OP.i32Load16U, field);
        f.op(OP.i32Add);
        f.memory(OP.i64Load, 0);
    }

    #setRegister(value: Emit): void {
        const { f, hart, uop } = this.#frame;
        f.get(hart);
        f.get(uop);
        f.memory(OP.i32Load16U, UOP_RD);
        f.op(OP.i32Add);
        value();
        f.memory(OP.i64Store, 0);
    }

    /** Emits if (hit). */
    #ifHit(table: number, access: number, width: Width, address: Emit): void {
        const { f, address: va, entry, looks } = this.#frame;
        address();
        f.set(va);
        looks.access(this.#frame, access, width);
        emitDataHit(f, { address: va, table, entry }, width, this.#frame.lines.shift);
        f.if();
    }

    #hostAddress(): void {
        const { f, address, entry } = this.#frame;
        f.get(address);
        f.op(OP.i32WrapI64);
        f.get(entry);
        f.memory(OP.i32Load, L0_OFFSET);
        f.op(OP.i32Add);
    }

    /** Takes the branch or jump, by the arm's reach. Only backward ones may end the turn (turns.md 2.1). */
    #goto(): void {
        const { f, uop, pc, next, arrive, fetch, budget } = this.#frame;
        const { reach } = this.#arm;
        if (reach === "far") {
            emitPc(this.#frame);
            this.imm();
            f.op(OP.i64Add);
            f.set(pc);
            f.get(budget);
            f.i32(0);
            f.op(OP.i32LeS);
            if (!this.#frame.stepping) {
                f.get(uop);
                f.memory(OP.i32Load, UOP_IMM);
                f.i32(0);
                f.op(OP.i32LeS);
                f.op(OP.i32And);
            }
            f.if();
            emitEndTurn(this.#frame, () => f.get(pc));
            f.end();
            this.#look(() => f.get(pc));
            f.br(fetch);
            return;
        }
        f.get(uop);
        f.get(uop);
        f.memory(OP.i32Load, UOP_AUX);
        f.op(OP.i32Add);
        f.set(uop);
        if (reach === "backward" || this.#frame.stepping) this.#endTurnIfUsed();
        this.#look();
        const arrives = reach === "backward" || this.#arm.row.format === "J" || this.#frame.lines.enabled;
        f.br(arrives ? arrive : next);
    }

    #nextPc(): void {
        emitPc(this.#frame);
        this.#f.i64(this.#arm.length);
        this.#f.op(OP.i64Add);
    }

    /** Goes to the next instruction in line. */
    #advance(): void {
        const { f, uop, next } = this.#frame;
        f.get(uop);
        f.i32(this.#arm.length << SLOT_SHIFT);
        f.op(OP.i32Add);
        f.set(uop);
        if (this.#frame.stepping) this.#endTurnIfUsed();
        this.#look();
        f.br(next);
    }

    #look(pc = () => emitPc(this.#frame)): void {
        this.#frame.looks.next(this.#frame, pc);
    }

    #endTurnIfUsed(): void {
        const { f, budget } = this.#frame;
        f.get(budget);
        f.i32(0);
        f.op(OP.i32LeS);
        f.if();
        emitEndTurn(this.#frame, () => emitPc(this.#frame));
        f.end();
    }

    /** Emits value = core function(hart, address, ...), an atomic; rd = value. */
    #slowValue(name: string, width: 4 | 8, address: Emit, rest: Emit): void {
        emitSync(this.#frame);
        address();
        this.#f.set(this.#frame.address);
        this.#frame.looks.access(this.#frame, ACCESS_ATOMIC, width);
        this.#frame.watch.slow(this.#frame, ACCESS_ATOMIC, width);
        this.#f.get(this.#frame.hart);
        this.#f.get(this.#frame.address);
        rest();
        this.#f.call(coreFunction(name));
        this.#f.set(this.#frame.value);
        this.#complete(true, ATOMICS);
    }

    /**
     * Follows a slow path: sets rd to value if it has one, then goes on, or to the outer loop if the slow path asked for that. `total` is
     * the field of the hart that counts such accesses, where there is one.
     */
    #complete(hasValue: boolean, total?: number): void {
        const { f, hart, budget, value, entry, outer, accesses } = this.#frame;
        f.get(hart);
        f.memory(OP.i32Load, BUDGET);
        f.set(budget);
        accesses.reload();
        f.get(hart);
        f.memory(OP.i32Load, EXIT);
        f.tee(entry);
        f.if();
        f.get(entry);
        f.i32(EXIT_PC_SET);
        f.op(OP.i32And);
        f.brIf(outer);
        accesses.executed(total);
        if (hasValue) this.#setRegister(() => f.get(value));
        f.get(hart);
        this.#nextPc();
        f.memory(OP.i64Store, PC);
        f.br(outer);
        f.end();
        accesses.executed(total);
        if (hasValue) this.#setRegister(() => f.get(value));
        this.#advance();
    }
}
