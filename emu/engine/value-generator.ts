/**
 * The operations on values of an instruction's semantics (emu/isa/semantics.ts), as WebAssembly. A value is code that leaves an i64; a
 * condition is code that leaves an i32. Each engine decides where operands come from, so that engines share this code.
 */
import { FORMATS, type Format, type InstructionRow, isFloatField } from "../isa/row.ts";
import type { FloatOperation, Helper } from "../isa/semantics.ts";
import type { WasmFunction } from "../wasm/function.ts";
import { OP, type PlainOpcode } from "../wasm/opcodes.ts";

/** Emits an i64 or, for a condition, an i32. */
export type Emit = () => void;

/** The upper half of a NaN-boxed f32. */
const BOX = -(2 ** 32);

export abstract class ValueGenerator {
    readonly #f: WasmFunction;
    /** The local that has the hart's host address. */
    readonly #hart: number;
    /** Gives the index of a function of emu/core. */
    readonly #callee: (name: string) => number;

    constructor(f: WasmFunction, hart: number, callee: (name: string) => number) {
        this.#f = f;
        this.#hart = hart;
        this.#callee = callee;
    }

    /** Of the instruction. */
    protected abstract get row(): InstructionRow;

    /** Leaves the instruction's rm field as an i32. */
    protected abstract roundingMode(): void;

    add(a: Emit, b: Emit): Emit {
        return this.#binary(OP.i64Add, a, b);
    }

    sub(a: Emit, b: Emit): Emit {
        return this.#binary(OP.i64Sub, a, b);
    }

    mul(a: Emit, b: Emit): Emit {
        return this.#binary(OP.i64Mul, a, b);
    }

    and(a: Emit, b: Emit): Emit {
        return this.#binary(OP.i64And, a, b);
    }

    or(a: Emit, b: Emit): Emit {
        return this.#binary(OP.i64Or, a, b);
    }

    xor(a: Emit, b: Emit): Emit {
        return this.#binary(OP.i64Xor, a, b);
    }

    shl(a: Emit, b: Emit): Emit {
        return this.#binary(OP.i64Shl, a, b);
    }

    shrS(a: Emit, b: Emit): Emit {
        return this.#binary(OP.i64ShrS, a, b);
    }

    shrU(a: Emit, b: Emit): Emit {
        return this.#binary(OP.i64ShrU, a, b);
    }

    shl32(a: Emit, b: Emit): Emit {
        return this.#binary32(OP.i32Shl, a, b);
    }

    shrS32(a: Emit, b: Emit): Emit {
        return this.#binary32(OP.i32ShrS, a, b);
    }

    shrU32(a: Emit, b: Emit): Emit {
        return this.#binary32(OP.i32ShrU, a, b);
    }

    rotl(a: Emit, b: Emit): Emit {
        return this.#binary(OP.i64Rotl, a, b);
    }

    rotr(a: Emit, b: Emit): Emit {
        return this.#binary(OP.i64Rotr, a, b);
    }

    rotl32(a: Emit, b: Emit): Emit {
        return this.#binary32(OP.i32Rotl, a, b);
    }

    rotr32(a: Emit, b: Emit): Emit {
        return this.#binary32(OP.i32Rotr, a, b);
    }

    clz(a: Emit): Emit {
        return this.#unary(OP.i64Clz, a);
    }

    ctz(a: Emit): Emit {
        return this.#unary(OP.i64Ctz, a);
    }

    popcnt(a: Emit): Emit {
        return this.#unary(OP.i64Popcnt, a);
    }

    constant(value: bigint): Emit {
        return () => this.#f.i64(value);
    }

    select(c: Emit, a: Emit, b: Emit): Emit {
        return () => {
            a();
            b();
            c();
            this.#f.op(OP.select);
        };
    }

    eq(a: Emit, b: Emit): Emit {
        return this.#binary(OP.i64Eq, a, b);
    }

    ne(a: Emit, b: Emit): Emit {
        return this.#binary(OP.i64Ne, a, b);
    }

    ltS(a: Emit, b: Emit): Emit {
        return this.#binary(OP.i64LtS, a, b);
    }

    geS(a: Emit, b: Emit): Emit {
        return this.#binary(OP.i64GeS, a, b);
    }

    ltU(a: Emit, b: Emit): Emit {
        return this.#binary(OP.i64LtU, a, b);
    }

    geU(a: Emit, b: Emit): Emit {
        return this.#binary(OP.i64GeU, a, b);
    }

    sext32(a: Emit): Emit {
        return this.#unary(OP.i64Extend32S, a);
    }

    bool(c: Emit): Emit {
        return this.#unary(OP.i64ExtendI32U, c);
    }

    helper(name: Helper, a: Emit, b: Emit): Emit {
        return () => {
            a();
            b();
            this.#f.call(this.#callee(name));
        };
    }

    float(operation: FloatOperation, operands: readonly Emit[]): Emit {
        return () => {
            this.#f.get(this.#hart);
            if (roundsOf(this.row)) this.roundingMode();
            for (const operand of operands) operand();
            this.#f.call(this.#callee(operation));
        };
    }

    box(a: Emit): Emit {
        return this.or(a, () => this.#f.i64(BOX));
    }

    #unary(opcode: PlainOpcode, a: Emit): Emit {
        return () => {
            a();
            this.#f.op(opcode);
        };
    }

    #binary(opcode: PlainOpcode, a: Emit, b: Emit): Emit {
        return () => {
            a();
            b();
            this.#f.op(opcode);
        };
    }

    #binary32(opcode: PlainOpcode, a: Emit, b: Emit): Emit {
        return () => {
            a();
            this.#f.op(OP.i32WrapI64);
            b();
            this.#f.op(OP.i32WrapI64);
            this.#f.op(opcode);
            this.#f.op(OP.i64ExtendI32S);
        };
    }
}

/** True when the instruction has a rounding mode. */
export function roundsOf(row: InstructionRow): boolean {
    return (FORMATS[row.format] as Format).rounding === true;
}

/** True when the instruction may write an f register or raise a flag. Stores, FMV.X and FCLASS do neither. */
export function changesFloats(row: InstructionRow): boolean {
    return isFloatField(row, "rd") || (row.format !== "S" && row.format !== "R1");
}
