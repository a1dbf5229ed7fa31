/** Atomics of Wasm (threads proposal). They are sequentially consistent, as in the RISC-V unprivileged ISA, table A.6. */
import type { Lowering, Rule, Rules } from "./lower.ts";
import { linear } from "./lower-memory.ts";
import type { OfForm } from "./operations.ts";

export const FENCE_ALL = 0x33;
const FENCE_READ_ALL = 0x23;
const FENCE_ALL_WRITE = 0x31;

export type AtomicOperation = "add" | "sub" | "and" | "or" | "xor" | "swap" | "cas";

export const ATOMIC = {
    atomicFence: (lowering) => fence(lowering, FENCE_ALL),
    i32AtomicLoad: atomicLoad("lw"),
    i64AtomicLoad: atomicLoad("ld"),
    i32AtomicLoad8U: atomicLoad("lbu"),
    i32AtomicLoad16U: atomicLoad("lhu"),
    i64AtomicLoad8U: atomicLoad("lbu"),
    i64AtomicLoad16U: atomicLoad("lhu"),
    i64AtomicLoad32U: atomicLoad("lwu"),
    i32AtomicStore: atomicStore("sw"),
    i64AtomicStore: atomicStore("sd"),
    i32AtomicStore8: atomicStore("sb"),
    i32AtomicStore16: atomicStore("sh"),
    i64AtomicStore8: atomicStore("sb"),
    i64AtomicStore16: atomicStore("sh"),
    i64AtomicStore32: atomicStore("sw"),
    ...inEachWidth("Add", "add"),
    ...inEachWidth("Sub", "sub"),
    ...inEachWidth("And", "and"),
    ...inEachWidth("Or", "or"),
    ...inEachWidth("Xor", "xor"),
    ...inEachWidth("Xchg", "swap"),
    ...inEachWidth("Cmpxchg", "cas"),
} satisfies Rules;

function atomicLoad(op: OfForm<"load">): Rule {
    return (lowering, { a: offset }) => {
        const { base, imm } = linear(lowering, lowering.pop(), offset);
        fence(lowering, FENCE_ALL);
        lowering.push(volatileLoad(lowering, op, base, imm));
        fence(lowering, FENCE_READ_ALL);
    };
}

function atomicStore(op: OfForm<"store">): Rule {
    return (lowering, { a: offset }) => {
        const value = lowering.pop();
        const { base, imm } = linear(lowering, lowering.pop(), offset);
        fence(lowering, FENCE_ALL_WRITE);
        lowering.ssa.effect(op, [base, value], imm).volatile = true;
    };
}

/** The seven instructions of one operation. */
function inEachWidth<N extends string>(name: N, operation: AtomicOperation) {
    const rule = (width: 1 | 2 | 4 | 8, word: boolean): Rule => {
        return (lowering, { a: offset }) => {
            const { ssa } = lowering;
            const operands = lowering.popMany(operation === "cas" ? 2 : 1);
            const { base, imm } = linear(lowering, lowering.pop(), offset);
            const address = imm === 0 ? base : ssa.pure("add", base, ssa.integer(imm));
            lowering.push(readModifyWrite(lowering, operation, width, word, address, operands));
        };
    };
    return {
        [`i32AtomicRmw${name}`]: rule(4, true),
        [`i64AtomicRmw${name}`]: rule(8, false),
        [`i32AtomicRmw8${name}U`]: rule(1, true),
        [`i32AtomicRmw16${name}U`]: rule(2, true),
        [`i64AtomicRmw8${name}U`]: rule(1, false),
        [`i64AtomicRmw16${name}U`]: rule(2, false),
        [`i64AtomicRmw32${name}U`]: rule(4, false),
    } as Record<
        `i${"32" | "64"}AtomicRmw${N}` | `i${"32" | "64"}AtomicRmw${"8" | "16"}${N}U` | `i64AtomicRmw32${N}U`,
        Rule
    >;
}

function fence(lowering: Lowering, sets: number): void {
    lowering.ssa.effect("fence", [], sets).volatile = true;
}

export function volatileLoad(lowering: Lowering, op: OfForm<"load">, base: number, imm: number): number {
    const value = lowering.ssa.result(op, [base], imm);
    const definition = lowering.ssa.definition(value);
    if (definition !== undefined) definition.volatile = true;
    return value;
}

/**
 * The old value. It is zero-extended from `width` bytes, but a 32-bit result (`word`) is sign-extended as every i32 is. `operation` is add
 * sub and or xor swap, or cas with operands [expected, desired].
 */
export function readModifyWrite(
    lowering: Lowering,
    operation: AtomicOperation,
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
        // lr.w sign-extends, so a 64-bit expectation must be compared in that form. It cannot match beyond 32 bits.
        const expected = width === 4 ? ssa.pure("sextw", first) : first;
        const old = ssa.result(`cas.${suffix}`, [address, expected, desired], 0, width === 4);
        return extend(old);
    }
    const value = operation === "sub" ? ssa.pure("sub", ssa.constant(0n), first) : first;
    const op = operation === "sub" ? "add" : operation;
    return extend(ssa.result(`amo${op}.${suffix}`, [address, value], 0, width === 4));
}

/** An access of 8 or 16 bits is an LR/SC loop on the word around them. Shifts and masks are made here, once. */
function narrow(
    lowering: Lowering,
    operation: AtomicOperation,
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
