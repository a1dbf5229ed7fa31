/** The generator over constants: turns a row's semantics into the code of one instruction of a region. */
import type { InstructionRow } from "../../isa/row.ts";
import type { AmoOperation, FloatOperation, Generator, Helper, SystemOperation, Width } from "../../isa/semantics.ts";
import { ATOMICS, FLOAT_ASKS, STORES } from "../../state/hart-layout.ts";
import type { WasmFunction } from "../../wasm/function.ts";
import { OP } from "../../wasm/opcodes.ts";
import { AMO_OPERATIONS } from "../access-opcodes.ts";
import { type Emit, ValueGenerator } from "../value-generator.ts";
import type { Value } from "./float-code.ts";
import type { Instruction } from "./instruction.ts";
import type { End } from "./region.ts";
import type { RegionEmitter } from "./region-emitter.ts";

export class RegionGenerator extends ValueGenerator implements Generator<Value, Emit> {
    readonly #region: RegionEmitter;
    readonly #f: WasmFunction;
    #instruction!: Instruction;
    #end!: End;

    constructor(region: RegionEmitter) {
        super(region.f, region.hart, region.imports.indexOf);
        this.#region = region;
        this.#f = region.f;
    }

    /** Emits the instruction. `end` is that of its block, which it makes if it is a branch or jump. */
    emit(instruction: Instruction, end: End): void {
        this.#instruction = instruction;
        this.#end = end;
        if (instruction.isFloat && this.#region.asksForFloat()) this.#askForFloat();
        instruction.row.semantics(this);
    }

    protected get row(): InstructionRow {
        return this.#instruction.row;
    }

    get imm(): Emit {
        const { imm } = this.#instruction;
        return () => this.#f.i64(imm);
    }

    get pc(): Emit {
        const { offset } = this.#instruction;
        return () => this.#region.emitPc(offset);
    }

    get rs1(): Value {
        return this.#register("rs1");
    }

    get rs2(): Value {
        return this.#register("rs2");
    }

    get rs3(): Value {
        return this.#register("rs3");
    }

    override float(operation: FloatOperation, operands: readonly Value[]): Value {
        return this.#region.floats.float(operation, this.#instruction.imm, operands, super.float(operation, operands));
    }

    override helper(name: Helper, a: Value, b: Value): Value {
        const { rs1, rs2 } = this.#instruction;
        return this.#region.floats.sign(name, a, b, rs1 === rs2) ?? super.helper(name, a, b);
    }

    set(value: Value): void {
        this.#region.setRegister(this.#instruction, value);
    }

    load(width: Width, signed: boolean, address: Emit): void {
        this.#region.memory.load(this.#instruction, width, signed, address, (loaded) => loaded);
    }

    loadBoxed(address: Emit): void {
        this.#region.memory.load(this.#instruction, 4, false, address, (loaded) => this.box(loaded));
    }

    store(width: Width, address: Emit, value: Value): void {
        this.#region.memory.store(this.#instruction, width, address, value);
    }

    zeroBlock(address: Emit): void {
        const { f, hart, imports } = this.#region;
        this.#region.callSlowPath(this.#instruction, STORES, () => {
            f.get(hart);
            address();
            f.call(imports.indexOf("zero_block"));
        });
    }

    branch(condition: Emit): void {
        this.#region.branch(this.#end, condition);
    }

    jump(): void {
        this.set(() => this.#nextPc());
        this.#region.jump(this.#end, this.#instruction);
    }

    jumpRegister(target: Emit): void {
        const { f, pc } = this.#region;
        target();
        f.i64(-2);
        f.op(OP.i64And);
        f.set(pc);
        this.set(() => this.#nextPc());
        this.#region.jumpRegister(this.#end, this.#instruction);
    }

    loadReserved(width: 4 | 8, address: Emit): void {
        this.#atomic("load_reserved", address, () => this.#f.i32(width));
    }

    storeConditional(width: 4 | 8, address: Emit, value: Emit): void {
        this.#atomic("store_conditional", address, () => {
            this.#f.i32(width);
            value();
        });
    }

    amo(operation: AmoOperation, width: 4 | 8, address: Emit, value: Emit): void {
        this.#atomic("amo", address, () => {
            this.#f.i32(width);
            this.#f.i32(AMO_OPERATIONS.indexOf(operation));
            value();
        });
    }

    csr(): void {
        throw new Error("CSR instructions are left to the interpreter");
    }

    /** Fences have nothing to do (interpreter-generator.ts). */
    system(operation: SystemOperation): void {
        if (operation !== "fence" && operation !== "fence.i")
            throw new Error(`${operation} is left to the interpreter`);
    }

    protected roundingMode(): void {
        this.#f.i32(this.#instruction.imm);
    }

    /** The interpreter asks the core, unless FS is Dirty and frm valid. */
    #askForFloat(): void {
        this.#f.get(this.#region.hart);
        this.#f.memory(OP.i32Load, FLOAT_ASKS);
        this.#region.leaveIf(this.#instruction);
    }

    #register(field: "rs1" | "rs2" | "rs3"): Value {
        const number = this.#instruction[field];
        const region = this.#region;
        const f = region.f;
        if (!this.#instruction.floats[field]) {
            return number === 0 ? () => f.i64(0) : () => f.get(region.local(number, false));
        }
        const double = () => f.get(region.local(number, true));
        return Object.assign(
            () => {
                double();
                f.op(OP.i64ReinterpretF64);
            },
            { double },
        );
    }

    #nextPc(): void {
        this.#region.emitPc(this.#instruction.offset + this.#instruction.length);
    }

    #atomic(name: string, address: Emit, rest: Emit): void {
        const { f, hart, address: va, value } = this.#region;
        address();
        f.set(va);
        this.#region.callSlowPath(this.#instruction, ATOMICS, () => {
            f.get(hart);
            f.get(va);
            rest();
            f.call(this.#region.imports.indexOf(name));
            f.set(value);
        });
    }
}
