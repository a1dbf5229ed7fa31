/** Emits the body of one Wasm function; labels are counted, so that branches name them and not depths. */
import { WasmBuffer } from "./buffer.ts";

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F64 = 0x7c;
const EMPTY_BLOCK = 0x40;

/** Opcodes without immediates (WebAssembly core specification, 5.4). */
export const OP = {
    return: 0x0f,
    i32Eqz: 0x45,
    i32Eq: 0x46,
    i32Ne: 0x47,
    i32LtS: 0x48,
    i32LtU: 0x49,
    i32LeS: 0x4c,
    i32LeU: 0x4d,
    i64Eqz: 0x50,
    i64Eq: 0x51,
    i64Ne: 0x52,
    i64LtS: 0x53,
    i64LtU: 0x54,
    i64GeS: 0x59,
    i64GeU: 0x5a,
    i64LeU: 0x58,
    i32Add: 0x6a,
    i32Sub: 0x6b,
    i32And: 0x71,
    i32Or: 0x72,
    i32Xor: 0x73,
    i32Shl: 0x74,
    i32ShrS: 0x75,
    i32ShrU: 0x76,
    i64Add: 0x7c,
    i64Sub: 0x7d,
    i64Mul: 0x7e,
    i64And: 0x83,
    i64Or: 0x84,
    i64Xor: 0x85,
    i64Shl: 0x86,
    i64ShrS: 0x87,
    i64ShrU: 0x88,
    i32WrapI64: 0xa7,
    i64ExtendI32S: 0xac,
    i64ExtendI32U: 0xad,
    i64Extend32S: 0xc4,
    f64ConvertI64U: 0xba,
} as const;

/** Opcodes of memory accesses. */
export const MEMORY = {
    i32Load: 0x28,
    i64Load: 0x29,
    i64Load8S: 0x30,
    i64Load8U: 0x31,
    i64Load16S: 0x32,
    i64Load16U: 0x33,
    i64Load32S: 0x34,
    i64Load32U: 0x35,
    i32Load16U: 0x2f,
    i32Store: 0x36,
    i64Store: 0x37,
    i64Store8: 0x3c,
    i64Store16: 0x3d,
    i64Store32: 0x3e,
    i32Store16: 0x3b,
} as const;

export type Label = number;

export class WasmFunction {
    readonly #body = new WasmBuffer();
    readonly #locals: number[] = [];
    readonly #parameters: number;
    #depth = 0;

    constructor(parameterCount: number) {
        this.#parameters = parameterCount;
    }

    /** Index of a new local. */
    local(type: number): number {
        this.#locals.push(type);
        return this.#parameters + this.#locals.length - 1;
    }

    op(opcode: number): void {
        this.#body.byte(opcode);
    }

    get(local: number): void {
        this.#body.byte(0x20);
        this.#body.unsigned(local);
    }

    set(local: number): void {
        this.#body.byte(0x21);
        this.#body.unsigned(local);
    }

    tee(local: number): void {
        this.#body.byte(0x22);
        this.#body.unsigned(local);
    }

    i32(value: number): void {
        this.#body.byte(0x41);
        this.#body.signed32(value);
    }

    i64(value: number): void {
        this.#body.byte(0x42);
        this.#body.signed(value);
    }

    /** A load or store at the address on the stack plus `offset`; no alignment is promised. */
    memory(opcode: number, offset: number): void {
        this.#body.byte(opcode);
        this.#body.unsigned(0);
        this.#body.unsigned(offset);
    }

    call(functionIndex: number): void {
        this.#body.byte(0x10);
        this.#body.unsigned(functionIndex);
    }

    /** Opens a loop; a branch to its label goes to its start. */
    loop(): Label {
        return this.#open(0x03);
    }

    /** Opens a block; a branch to its label goes behind its end. */
    block(): Label {
        return this.#open(0x02);
    }

    /** Opens an `if` on the i32 on the stack. */
    if(): Label {
        return this.#open(0x04);
    }

    else(): void {
        this.#body.byte(0x05);
    }

    end(): void {
        this.#depth--;
        this.#body.byte(0x0b);
    }

    br(label: Label): void {
        this.#body.byte(0x0c);
        this.#body.unsigned(this.#depth - label);
    }

    brIf(label: Label): void {
        this.#body.byte(0x0d);
        this.#body.unsigned(this.#depth - label);
    }

    brTable(labels: readonly Label[], fallback: Label): void {
        this.#body.byte(0x0e);
        this.#body.unsigned(labels.length);
        for (const label of labels) this.#body.unsigned(this.#depth - label);
        this.#body.unsigned(this.#depth - fallback);
    }

    /** Locals and body as the code section holds them. */
    encode(): Uint8Array {
        const out = new WasmBuffer();
        out.unsigned(this.#locals.length);
        for (const type of this.#locals) {
            out.unsigned(1);
            out.byte(type);
        }
        out.append(this.#body.bytes());
        out.byte(0x0b);
        return out.bytes();
    }

    #open(opcode: number): Label {
        this.#body.byte(opcode);
        this.#body.byte(EMPTY_BLOCK);
        this.#depth++;
        return this.#depth;
    }
}
