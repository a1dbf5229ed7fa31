/** Algebraic simplification of one pure operation over SSA values. Used while lowering and again by value numbering. */
import type { Instruction } from "./ir.ts";
import { evaluate, OPERATIONS, type Operation } from "./operations.ts";
import type { Ssa } from "./ssa.ts";

/**
 * An existing or new value equal to the instruction's result, or undefined when it must be made as it is. May replace the instruction's op
 * and args by equivalent ones.
 */
export function simplify(ssa: Ssa, instruction: Instruction): number | undefined {
    dropExtensions(ssa, instruction);
    const [a = 0, b] = instruction.args;
    const constantA = ssa.constantOf(a);
    const constantB = b === undefined ? undefined : ssa.constantOf(b);
    if (constantA !== undefined && (b === undefined || constantB !== undefined)) {
        const value = evaluate(instruction.op, constantA, constantB);
        if (value !== undefined) return ssa.constant(value);
    }
    if (b === undefined) return simplifyUnary(ssa, instruction.op, a);
    if (constantA !== undefined && OPERATIONS[instruction.op].commutes) {
        instruction.args = [b, a];
        return simplifyWithConstant(ssa, instruction, b, constantA);
    }
    if (constantB !== undefined) return simplifyWithConstant(ssa, instruction, a, constantB);
    const { same } = OPERATIONS[instruction.op];
    return a === b && same !== undefined ? ssa.constant(same) : undefined;
}

/** Drops extensions of operands of which only the low word is read. */
function dropExtensions(ssa: Ssa, instruction: Instruction): void {
    const { operands } = OPERATIONS[instruction.op];
    if (operands === "any") return;
    for (const [i, read] of operands.entries()) {
        if (read === "word" || read === "amount") instruction.args[i] = lowWord(ssa, instruction.args[i] ?? 0);
    }
}

/** `value` without extensions that change only its high half. */
export function lowWord(ssa: Ssa, value: number): number {
    const definition = ssa.definition(value);
    if (definition === undefined || (definition.op !== "sextw" && definition.op !== "zextw")) return value;
    return definition.args[0] ?? value;
}

function simplifyUnary(ssa: Ssa, op: Operation, a: number): number | undefined {
    const fact = ssa.fact(a);
    const definition = ssa.definition(a);
    if (op === "sextw") {
        if (fact.word) return a;
        const narrow = definition && OPERATIONS[definition.op].narrow;
        if (narrow !== undefined && definition !== undefined) return ssa.pure(narrow, ...definition.args);
        if (definition?.op === "sll" && (ssa.constantOf(definition.args[1] ?? 0) ?? 64n) < 32n) {
            return ssa.pure("sllw", ...definition.args);
        }
    }
    if (op === "zextw" && fact.bits <= 32) return a;
    if (op === "sextb" && fact.bits <= 7) return a;
    if (op === "sexth" && fact.bits <= 15) return a;
    return undefined;
}

function simplifyWithConstant(ssa: Ssa, instruction: Instruction, a: number, c: bigint): number | undefined {
    const { op } = instruction;
    switch (op) {
        case "sub":
        case "subw":
            return ssa.pure(op === "sub" ? "add" : "addw", a, ssa.constant(BigInt.asIntN(64, -c)));
        case "add":
        case "addw":
            return simplifyAdd(ssa, op, a, c);
        case "or":
        case "xor":
            return c === 0n ? a : undefined;
        case "and":
            return simplifyAnd(ssa, a, c);
        case "mul":
        case "mulw":
            return simplifyMultiply(ssa, op, a, c);
        case "divu":
        case "divuw":
        case "remu":
        case "remuw":
            return simplifyDivide(ssa, op, a, c);
        case "sll":
        case "srl":
        case "sra":
        case "sllw":
        case "srlw":
        case "sraw":
            return simplifyShift(ssa, instruction, a, c);
    }
    return OPERATIONS[op].form === "compare" ? simplifyCompare(ssa, op, a, c) : undefined;
}

function simplifyAdd(ssa: Ssa, op: "add" | "addw", a: number, c: bigint): number | undefined {
    if (op === "addw" && BigInt.asIntN(32, c) !== c) return ssa.pure("addw", a, ssa.constant(BigInt.asIntN(32, c)));
    if (c === 0n) return op === "add" ? a : ssa.pure("sextw", a);
    const inner = ssa.definition(a);
    if (inner === undefined || (inner.op !== op && !(op === "addw" && inner.op === "add"))) return undefined;
    const innerConstant = ssa.constantOf(inner.args[1] ?? 0);
    if (innerConstant === undefined) return undefined;
    const sum = BigInt.asIntN(op === "addw" ? 32 : 64, innerConstant + c);
    return ssa.pure(op, inner.args[0] ?? 0, ssa.constant(sum));
}

function simplifyAnd(ssa: Ssa, a: number, c: bigint): number | undefined {
    if (c === 0n) return ssa.constant(0n);
    if (c === -1n) return a;
    const inner = ssa.definition(a);
    const contiguous = c > 0n && (c & (c + 1n)) === 0n;
    if (contiguous && ssa.fact(a).bits <= c.toString(2).length) return a;
    if (c === 0xffffffffn) return ssa.pure("zextw", a);
    if (inner?.op === "and") {
        const innerConstant = ssa.constantOf(inner.args[1] ?? 0);
        if (innerConstant !== undefined) return ssa.pure("and", inner.args[0] ?? 0, ssa.constant(innerConstant & c));
    }
    if (c > 0n && c < 0x80000000n && (inner?.op === "sextw" || inner?.op === "zextw")) {
        return ssa.pure("and", inner.args[0] ?? 0, ssa.constant(c));
    }
    return undefined;
}

/** k when the value is 2^k, else undefined. */
function logarithm(value: bigint): bigint | undefined {
    if (value <= 0n || (value & (value - 1n)) !== 0n) return undefined;
    return BigInt(value.toString(2).length - 1);
}

function simplifyMultiply(ssa: Ssa, op: "mul" | "mulw", a: number, c: bigint): number | undefined {
    if (c === 0n) return ssa.constant(0n);
    const shift = logarithm(op === "mulw" ? BigInt.asUintN(32, c) : BigInt.asUintN(64, c));
    return shift === undefined ? undefined : ssa.pure(op === "mul" ? "sll" : "sllw", a, ssa.constant(shift));
}

function simplifyDivide(ssa: Ssa, op: "divu" | "divuw" | "remu" | "remuw", a: number, c: bigint): number | undefined {
    const word = OPERATIONS[op].result === "word";
    const divisor = BigInt.asUintN(word ? 32 : 64, c);
    const shift = logarithm(divisor);
    if (shift === undefined) return undefined;
    if (op === "divu" || op === "divuw") return ssa.pure(word ? "srlw" : "srl", a, ssa.constant(shift));
    const rest = ssa.pure("and", a, ssa.constant(BigInt.asIntN(64, divisor - 1n)));
    return word ? ssa.pure("sextw", rest) : rest;
}

function simplifyShift(ssa: Ssa, instruction: Instruction, a: number, c: bigint): number | undefined {
    const { op } = instruction;
    const word = OPERATIONS[op].result === "word";
    const amount = c & (word ? 31n : 63n);
    if (amount === 0n) return word ? ssa.pure("sextw", a) : a;
    if (amount !== c) instruction.args = [a, ssa.constant(amount)];
    const inner = ssa.definition(a);
    if (op === "srl" && inner?.op === "zextw" && amount < 32n)
        return ssa.pure("srlw", inner.args[0] ?? 0, ssa.constant(amount));
    if (inner?.op !== op || op === "sraw" || op === "sra") return undefined;
    const innerAmount = ssa.constantOf(inner.args[1] ?? 0);
    if (innerAmount === undefined) return undefined;
    const sum = innerAmount + amount;
    if (sum >= (word ? 32n : 64n)) return ssa.constant(0n);
    return ssa.pure(op, inner.args[0] ?? 0, ssa.constant(sum));
}

function simplifyCompare(ssa: Ssa, op: Operation, a: number, c: bigint): number | undefined {
    const { bits } = ssa.fact(a);
    const below = bits <= 63 && c >= 1n << BigInt(bits);
    const negative = bits <= 63 && c < 0n;
    const inner = ssa.definition(a);
    const inverse = inner && OPERATIONS[inner.op].inverse;
    switch (op) {
        case "eq":
            if (below || negative) return ssa.constant(0n);
            if (c === 0n && inverse !== undefined && inner !== undefined) return ssa.pure(inverse, ...inner.args);
            if (c === 1n && inverse !== undefined) return a;
            return c === 0n ? zeroOperand(ssa, op, a) : undefined;
        case "ne":
            if (below || negative) return ssa.constant(1n);
            if ((c === 0n && bits <= 1) || (inverse !== undefined && c === 0n)) return a;
            return c === 0n ? zeroOperand(ssa, op, a) : undefined;
        case "ltu":
            if (c === 0n) return ssa.constant(0n);
            if (c === 1n) return ssa.pure("eq", a, ssa.constant(0n));
            return below || negative ? ssa.constant(1n) : undefined;
        case "geu":
            if (c === 0n) return ssa.constant(1n);
            if (c === 1n) return ssa.pure("ne", a, ssa.constant(0n));
            return below || negative ? ssa.constant(0n) : undefined;
        case "lt":
            if (bits <= 63 && c <= 0n) return ssa.constant(0n);
            return below ? ssa.constant(1n) : undefined;
        case "ge":
            if (bits <= 63 && c <= 0n) return ssa.constant(1n);
            return below ? ssa.constant(0n) : undefined;
    }
    return undefined;
}

/** For a == 0, where a is x - y, x ^ y or an extension of a word: the compare of the operands themselves. */
function zeroOperand(ssa: Ssa, op: Operation, a: number): number | undefined {
    const inner = ssa.definition(a);
    if (inner === undefined) return undefined;
    const [x = 0, y = 0] = inner.args;
    if (inner.op === "xor" || inner.op === "sub") return ssa.pure(op, x, y);
    if (inner.op === "subw" && ssa.fact(x).word && ssa.fact(y).word) return ssa.pure(op, x, y);
    if (inner.op === "zextw" && ssa.fact(x).word) return ssa.pure(op, x, ssa.constant(0n));
    return undefined;
}
