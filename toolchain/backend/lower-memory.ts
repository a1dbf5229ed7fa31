/** Memory instructions of Wasm: loads, stores, globals, bulk memory, atomics (threads proposal). */
import type { Lowering } from "./lower.ts";
import { lowWord } from "./simplify.ts";
import type { WasmInstruction } from "./wasm-body.ts";

/** Indexed by opcode minus 0x28. */
const LOADS = "lw ld flw fld lb lbu lh lhu lb lbu lh lhu lw lwu".split(" ");
/** Indexed by opcode minus 0x36. */
const STORES = "sw sd fsw fsd sb sh sb sh sw".split(" ");

export const fits12 = (value: number): boolean => value >= -2048 && value <= 2047;

/** The part of an address that lui can make, so that the rest fits a 12-bit offset. */
export function upperPart(value: number): number {
    return Math.floor((value + 0x800) / 0x1000) * 0x1000;
}

export interface Address {
    readonly base: number;
    readonly imm: number;
}

/**
 * base + imm with imm of 12 bits, for the access at `pointer` + `offset`. Constants added to the pointer move into the
 * offset; as all memory is below 2 GiB, that holds for 32-bit additions too (docs/compiler.md, "Addresses").
 */
export function addressOf(lowering: Lowering, pointer: number, offset: number): Address {
    const { ssa } = lowering;
    let base = pointer;
    let imm = offset;
    for (;;) {
        const definition = ssa.definition(base);
        if (definition?.op !== "add" && definition?.op !== "addw") break;
        const added = ssa.constantOf(definition.args[1] ?? 0);
        if (added === undefined || !fits12(imm + Number(added))) break;
        imm += Number(added);
        base = definition.args[0] ?? 0;
    }
    const constant = ssa.constantOf(base);
    if (constant !== undefined) {
        const absolute = Number(BigInt.asIntN(64, constant)) + imm;
        if (!Number.isSafeInteger(absolute)) return { base, imm };
        const upper = upperPart(absolute);
        return { base: ssa.integer(upper), imm: absolute - upper };
    }
    if (fits12(imm)) return { base, imm };
    const upper = upperPart(imm);
    return { base: ssa.pure("add", base, ssa.integer(upper)), imm: imm - upper };
}

/** A Wasm access: constant addresses are unsigned 32-bit numbers there. */
function linear(lowering: Lowering, pointer: number, offset: number): Address {
    const { ssa } = lowering;
    const constant = ssa.constantOf(pointer);
    if (constant === undefined) return addressOf(lowering, pointer, offset);
    return addressOf(lowering, ssa.constant(BigInt.asUintN(32, constant)), offset);
}

/** Translates a memory instruction; false when it is none. */
export function lowerMemory(lowering: Lowering, instruction: WasmInstruction): boolean {
    const { op, a } = instruction;
    if (op >= 0x28 && op <= 0x3e) return lowerAccess(lowering, op, a);
    if (op === 0x23 || op === 0x24) return lowerGlobal(lowering, op, a);
    if (op === 0xfc0a || op === 0xfc0b) return lowerBulk(lowering, op);
    if (op >= 0xfe00) return lowerAtomic(lowering, op - 0xfe00, a);
    if (op === 0x3f || op === 0x40) lowering.fail("memory.size and memory.grow: linear memory does not grow here");
    return false;
}

function lowerAccess(lowering: Lowering, op: number, offset: number): boolean {
    const { ssa } = lowering;
    const load = LOADS[op - 0x28];
    const store = STORES[op - 0x36];
    if (load !== undefined) {
        const { base, imm } = linear(lowering, lowering.pop(), offset);
        lowering.push(ssa.result(load, [base], imm));
    } else if (store !== undefined) {
        const value = lowering.pop();
        const { base, imm } = linear(lowering, lowering.pop(), offset);
        const whole = store === "sd" || store.startsWith("f");
        ssa.effect(store, [base, whole ? value : lowWord(ssa, value)], imm);
    }
    return true;
}

/** Load, store, and for floats what makes one of its bits. */
const GLOBAL_ACCESS: Readonly<Record<string, readonly [load: string, store: string, toFloat?: string]>> = {
    i32: ["lw", "sw"],
    i64: ["ld", "sd"],
    f32: ["flw", "fsw", "fmv.w.x"],
    f64: ["fld", "fsd", "fmv.d.x"],
};

/** Mutable globals lie in wasm_globals, 8 bytes each; others are constants. */
function lowerGlobal(lowering: Lowering, op: number, index: number): boolean {
    const { ssa } = lowering;
    const global = lowering.module.globals[index] ?? lowering.fail(`global ${index} does not exist`);
    const [load, store, toFloat] = GLOBAL_ACCESS[global.type] ?? lowering.fail(`global ${global.name} is no number`);
    const word = global.type === "i32";
    if (op === 0x23 && !global.mutable) {
        const constant = ssa.constant(BigInt.asIntN(64, global.initial));
        lowering.push(toFloat === undefined ? constant : ssa.pure(toFloat, constant));
        return true;
    }
    const base = ssa.result("lui", [], 0, true, "wasm_globals");
    if (op === 0x23) lowering.push(ssa.result(load, [base], index * 8, word, "wasm_globals"));
    else ssa.effect(store, [base, lowering.pop()], index * 8, "wasm_globals");
    return true;
}

function lowerBulk(lowering: Lowering, op: number): boolean {
    const length = lowering.pop();
    const second = lowering.pop();
    const destination = lowering.pop();
    const symbol = op === 0xfc0a ? "wasm_memory_copy" : "wasm_memory_fill";
    lowering.ssa.effect("call", [destination, second, length], 0, symbol);
    return true;
}

// ---- atomics: sequentially consistent, as in the RISC-V unprivileged ISA, table A.6

/** Access widths in the order of the opcodes of one operation: i32, i64, i32.8, i32.16, i64.8, i64.16, i64.32. */
const WIDTHS = [4, 8, 1, 2, 1, 2, 4];
const IS_WORD = [true, false, true, true, false, false, false];
const UNSIGNED_LOADS: Readonly<Record<number, string>> = { 1: "lbu", 2: "lhu", 4: "lwu", 8: "ld" };
const PLAIN_STORES: Readonly<Record<number, string>> = { 1: "sb", 2: "sh", 4: "sw", 8: "sd" };
export const FENCE_ALL = 0x33;
const FENCE_READ_ALL = 0x23;
const FENCE_ALL_WRITE = 0x31;
const READ_MODIFY_WRITE = ["add", "sub", "and", "or", "xor", "swap", "cas"];

function lowerAtomic(lowering: Lowering, code: number, offset: number): boolean {
    const { ssa } = lowering;
    if (code === 0x03) {
        fence(lowering, FENCE_ALL);
        return true;
    }
    if (code < 0x10 || code > 0x4e)
        lowering.fail("memory.atomic.wait and notify are not supported by the RV64 backend");
    const kind = Math.floor((code - 0x10) / 7);
    const width = WIDTHS[(code - 0x10) % 7] as number;
    const word = IS_WORD[(code - 0x10) % 7] as boolean;
    if (kind === 0) {
        const { base, imm } = linear(lowering, lowering.pop(), offset);
        fence(lowering, FENCE_ALL);
        const load = word && width === 4 ? "lw" : (UNSIGNED_LOADS[width] as string);
        lowering.push(volatileLoad(lowering, load, base, imm));
        fence(lowering, FENCE_READ_ALL);
        return true;
    }
    const operands = kind === 8 ? [lowering.pop(), lowering.pop()].reverse() : [lowering.pop()];
    const { base, imm } = linear(lowering, lowering.pop(), offset);
    if (kind === 1) {
        fence(lowering, FENCE_ALL_WRITE);
        ssa.effect(PLAIN_STORES[width] as string, [base, ...operands], imm).volatile = true;
        return true;
    }
    const address = imm === 0 ? base : ssa.pure("add", base, ssa.integer(imm));
    const operation = READ_MODIFY_WRITE[kind - 2] as string;
    lowering.push(readModifyWrite(lowering, operation, width, word, address, operands));
    return true;
}

function fence(lowering: Lowering, sets: number): void {
    lowering.ssa.effect("fence", [], sets).volatile = true;
}

export function volatileLoad(lowering: Lowering, op: string, base: number, imm: number): number {
    const value = lowering.ssa.result(op, [base], imm);
    const definition = lowering.ssa.definition(value);
    if (definition !== undefined) definition.volatile = true;
    return value;
}

/**
 * The old value, zero-extended from `width` bytes except that a 32-bit result (`word`) is sign-extended as every i32 is.
 * `operation` is add sub and or xor swap, or cas with operands [expected, desired].
 */
export function readModifyWrite(
    lowering: Lowering,
    operation: string,
    width: number,
    word: boolean,
    address: number,
    operands: readonly number[],
): number {
    const { ssa } = lowering;
    const [first = 0, desired = 0] = operands;
    if (width < 4) return narrow(lowering, operation, width, address, operands);
    const suffix = width === 4 ? "w" : "d";
    const extend = (value: number) => (width === 4 && !word ? ssa.pure("zextw", value) : value);
    if (operation === "cas") {
        // lr.w sign-extends, so a 64-bit expectation must be compared in that form (and cannot match beyond 32 bits).
        const expected = width === 4 ? ssa.pure("sextw", first) : first;
        const old = ssa.result(`cas.${suffix}`, [address, expected, desired], 0, width === 4);
        return extend(old);
    }
    const value = operation === "sub" ? ssa.pure("sub", ssa.constant(0n), first) : first;
    const op = operation === "sub" ? "add" : operation;
    return extend(ssa.result(`amo${op}.${suffix}`, [address, value], 0, width === 4));
}

/** 8 and 16 bits: an LR/SC loop on the word around them; shifts and masks are made here, once. */
function narrow(
    lowering: Lowering,
    operation: string,
    width: number,
    address: number,
    operands: readonly number[],
): number {
    const { ssa } = lowering;
    const all = ssa.integer(width === 1 ? 0xff : 0xffff);
    const aligned = ssa.pure("and", address, ssa.constant(-4n));
    const shift = ssa.pure("sll", ssa.pure("and", address, ssa.constant(3n)), ssa.constant(3n));
    const mask = ssa.pure("sllw", all, shift);
    const place = (value: number) => ssa.pure("sllw", ssa.pure("and", value, all), shift);
    const [first = 0, desired = 0] = operands;
    const op = operation === "sub" ? "add" : operation;
    const value = operation === "sub" ? ssa.pure("sub", ssa.constant(0n), first) : first;
    const args = [aligned, mask, place(value)];
    if (operation === "cas") args.push(place(desired));
    const old = ssa.result(`narrow.${op}`, args, 0, true);
    return ssa.pure("and", ssa.pure("srlw", old, shift), all);
}
