/** Emits the body of one Wasm function; labels are counted, so that branches name them and not depths. */
import { WasmBuffer } from "./buffer.ts";
import { type AccessOpcode, OP, type PlainOpcode } from "./opcodes.ts";
import { EMPTY_BLOCK } from "./types.ts";

export type Label = number;

/** Before the opcodes of vector instructions (WebAssembly SIMD and relaxed SIMD). */
const VECTOR_PREFIX = 0xfd;

export class WasmFunction {
    readonly #body = new WasmBuffer();
    readonly #locals: number[] = [];
    readonly #parameters: number;
    #depth = 0;
    #enclosing = 0;

    constructor(parameterCount: number) {
        this.#parameters = parameterCount;
    }

    /** Index of a new local. */
    local(type: number): number {
        this.#locals.push(type);
        return this.#parameters + this.#locals.length - 1;
    }

    op(opcode: PlainOpcode): void {
        this.#opcode(opcode);
    }

    get(local: number): void {
        this.#body.byte(OP.localGet);
        this.#body.unsigned(local);
    }

    set(local: number): void {
        this.#body.byte(OP.localSet);
        this.#body.unsigned(local);
    }

    tee(local: number): void {
        this.#body.byte(OP.localTee);
        this.#body.unsigned(local);
    }

    i32(value: number): void {
        this.#body.byte(OP.i32Const);
        this.#body.signed32(value);
    }

    i64(value: number | bigint): void {
        this.#body.byte(OP.i64Const);
        if (typeof value === "number") this.#body.signed(value);
        else this.#body.signed64(value);
    }

    f64(value: number): void {
        this.#body.byte(OP.f64Const);
        this.#body.append(new Uint8Array(Float64Array.of(value).buffer));
    }

    /** Makes a vector of the f64 on the stack twice (f64x2.splat). */
    splatDouble(): void {
        this.#vector(0x14);
    }

    /** a * b + c of three vectors of f64, rounded once or twice as the host likes (f64x2.relaxed_madd). */
    relaxedMadd(): void {
        this.#vector(0x107);
    }

    /** The first f64 of a vector (f64x2.extract_lane 0). */
    firstDouble(): void {
        this.#vector(0x21);
        this.#body.byte(0);
    }

    /** A load or store at the address on the stack plus `offset`; no alignment is promised. */
    memory(opcode: AccessOpcode, offset: number): void {
        this.#opcode(opcode);
        this.#body.unsigned(0);
        this.#body.unsigned(offset);
    }

    call(functionIndex: number): void {
        this.#body.byte(OP.call);
        this.#body.unsigned(functionIndex);
    }

    returnCall(functionIndex: number): void {
        this.#body.byte(OP.returnCall);
        this.#body.unsigned(functionIndex);
    }

    /** Calls the function of table 0 whose index is on the stack. */
    callIndirect(typeIndex: number): void {
        this.#body.byte(OP.callIndirect);
        this.#body.unsigned(typeIndex);
        this.#body.unsigned(0);
    }

    returnCallIndirect(typeIndex: number): void {
        this.#body.byte(OP.returnCallIndirect);
        this.#body.unsigned(typeIndex);
        this.#body.unsigned(0);
    }

    /** Opens a loop; a branch to its label goes to its start. */
    loop(): Label {
        return this.#open(OP.loop);
    }

    /** Opens a block; a branch to its label goes behind its end. */
    block(): Label {
        return this.#open(OP.block);
    }

    /** Opens an `if` on the i32 on the stack. */
    if(): Label {
        return this.#open(OP.if);
    }

    else(): void {
        this.#body.byte(OP.else);
    }

    end(): void {
        this.#depth--;
        this.#body.byte(OP.end);
    }

    br(label: Label): void {
        this.#body.byte(OP.br);
        this.#body.unsigned(this.#depth - label);
    }

    brIf(label: Label): void {
        this.#body.byte(OP.brIf);
        this.#body.unsigned(this.#depth - label);
    }

    /**
     * Branches to the end of a block that `enclose` puts around everything: number 0 is the innermost. With `conditional` only if the i32
     * on the stack is not 0.
     */
    brOut(number: number, conditional: boolean): void {
        this.#body.byte(conditional ? OP.brIf : OP.br);
        this.#body.unsigned(this.#depth + number);
    }

    /** Puts `count` blocks around everything from the function's start on. Their ends are up to the code that follows. */
    enclose(count: number): void {
        this.#enclosing += count;
    }

    brTable(labels: readonly Label[], fallback: Label): void {
        this.#body.byte(OP.brTable);
        this.#body.unsigned(labels.length);
        for (const label of labels) this.#body.unsigned(this.#depth - label);
        this.#body.unsigned(this.#depth - fallback);
    }

    /** Locals and body as the code section holds them. */
    encode(): Uint8Array {
        const out = new WasmBuffer();
        const groups = groupsOf(this.#locals);
        out.unsigned(groups.length);
        for (const [count, type] of groups) {
            out.unsigned(count);
            out.byte(type);
        }
        for (let i = 0; i < this.#enclosing; i++) out.append([OP.block, EMPTY_BLOCK]);
        out.append(this.#body.bytes());
        out.byte(OP.end);
        return out.bytes();
    }

    #vector(opcode: number): void {
        this.#body.byte(VECTOR_PREFIX);
        this.#body.unsigned(opcode);
    }

    #opcode(opcode: number): void {
        if (opcode <= 0xff) return this.#body.byte(opcode);
        this.#body.byte(opcode >> 8);
        this.#body.unsigned(opcode & 0xff);
    }

    #open(opcode: number): Label {
        this.#body.byte(opcode);
        this.#body.byte(EMPTY_BLOCK);
        this.#depth++;
        return this.#depth;
    }
}

/** Neighbours of the same type as [count, type]. */
function groupsOf(types: readonly number[]): [number, number][] {
    const groups: [number, number][] = [];
    for (const type of types) {
        const last = groups.at(-1);
        if (last?.[1] === type) last[0]++;
        else groups.push([1, type]);
    }
    return groups;
}
