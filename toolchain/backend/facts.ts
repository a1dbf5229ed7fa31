/** The facts known about a value: how many bits it has as an unsigned number, and whether it is a sign-extended 32-bit number. */
import type { Instruction } from "./ir.ts";
import { OPERATIONS, type Operation } from "./operations.ts";

/** Bits of a value with no known facts. */
export const ANY = 64;

export interface Fact {
    /** The value lies in [0, 2^bits). For 64 nothing is known; the value may be negative. */
    readonly bits: number;
    /** The value equals its low 32 bits, sign-extended. */
    readonly word: boolean;
}

const UNKNOWN: Fact = { bits: ANY, word: false };
const WORD: Fact = { bits: ANY, word: true };

export function factOfConstant(value: bigint): Fact {
    const bits = value < 0n ? ANY : value.toString(2).length;
    return { bits: value === 0n ? 0 : bits, word: BigInt.asIntN(32, value) === value };
}

export function joinFacts(a: Fact, b: Fact): Fact {
    return { bits: Math.max(a.bits, b.bits), word: a.word && b.word };
}

function ofBits(bits: number, word = false): Fact {
    return bits > 63 ? (word ? WORD : UNKNOWN) : { bits, word: word || bits <= 31 };
}

/** Does the same as ofBits for a result that is cut to 32 bits and sign-extended. */
function ofWordBits(bits: number): Fact {
    return bits <= 31 ? { bits, word: true } : WORD;
}

/** The fact of an instruction's result. `fact` gives the facts of the operands, `constant` an operand's value if it is a constant. */
export function factOf(
    instruction: Instruction,
    fact: (value: number) => Fact,
    constant: (value: number) => bigint | undefined,
): Fact {
    const { op, args } = instruction;
    const [a = 0, b = 0] = args;
    const shift = () => {
        const amount = constant(b);
        return amount === undefined ? undefined : Number(amount & 63n);
    };
    switch (op) {
        case "sextw":
            return fact(a).bits <= 31 ? ofBits(fact(a).bits) : WORD;
        case "zextw":
            return ofBits(Math.min(32, fact(a).bits));
        case "and":
            return ofBits(Math.min(fact(a).bits, fact(b).bits), fact(a).word && fact(b).word);
        case "or":
        case "xor":
            return ofBits(Math.max(fact(a).bits, fact(b).bits), fact(a).word && fact(b).word);
        case "add":
            return ofBits(Math.max(fact(a).bits, fact(b).bits) + 1);
        case "addw":
            return ofWordBits(Math.max(fact(a).bits, fact(b).bits) + 1);
        case "mul":
            return ofBits(fact(a).bits + fact(b).bits);
        case "mulw":
            return ofWordBits(fact(a).bits + fact(b).bits);
        case "sll":
            return ofBits(fact(a).bits + (shift() ?? ANY));
        case "sllw":
            return shift() === undefined ? WORD : ofWordBits(fact(a).bits + ((shift() ?? 0) & 31));
        case "srl":
            return ofBits(Math.max(0, fact(a).bits - (shift() ?? 0)));
        case "srlw": {
            const amount = (shift() ?? 0) & 31;
            return ofWordBits(Math.max(0, Math.min(32, fact(a).bits) - amount));
        }
        case "sra":
            return fact(a).bits <= 63 ? ofBits(fact(a).bits) : { bits: ANY, word: fact(a).word };
        case "sraw":
            return ofWordBits(fact(a).bits);
        case "divu":
        case "remu":
            return constant(b) === undefined || constant(b) === 0n ? UNKNOWN : remainderFact(op, fact(a), fact(b));
        case "divuw":
        case "remuw":
            return constant(b) === undefined || constant(b) === 0n ? WORD : wordOf(remainderFact(op, fact(a), fact(b)));
    }
    return factOfResult(op);
}

/** The fact that the operation gives with any operands. */
function factOfResult(op: Operation): Fact {
    const { result, width, zeroExtends } = OPERATIONS[op];
    if (result === "flag") return ofBits(1);
    if (zeroExtends && width !== undefined) return ofBits(8 * width);
    return result === "word" ? WORD : UNKNOWN;
}

function remainderFact(op: Operation, dividend: Fact, divisor: Fact): Fact {
    return ofBits(op.startsWith("rem") ? Math.min(dividend.bits, divisor.bits) : dividend.bits);
}

function wordOf(fact: Fact): Fact {
    return fact.bits <= 31 ? fact : WORD;
}
