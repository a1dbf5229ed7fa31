/** Values of the pure operations on constants: 64-bit two's complement, RISC-V's meaning (no traps on division). */

type Binary = (a: bigint, b: bigint) => bigint;

const signed = (value: bigint) => BigInt.asIntN(64, value);
const unsigned = (value: bigint) => BigInt.asUintN(64, value);
const word = (value: bigint) => BigInt.asIntN(32, value);
const unsignedWord = (value: bigint) => BigInt.asUintN(32, value);
const flag = (value: boolean) => (value ? 1n : 0n);
const onWords =
    (op: Binary): Binary =>
    (a, b) =>
        word(op(word(a), word(b)));

const divide: Binary = (a, b) => (b === 0n ? -1n : a / b);
const remainder: Binary = (a, b) => (b === 0n ? a : a % b);

const BINARY: Readonly<Record<string, Binary>> = {
    add: (a, b) => signed(a + b),
    sub: (a, b) => signed(a - b),
    mul: (a, b) => signed(a * b),
    and: (a, b) => a & b,
    or: (a, b) => a | b,
    xor: (a, b) => a ^ b,
    sll: (a, b) => signed(a << (b & 63n)),
    srl: (a, b) => signed(unsigned(a) >> (b & 63n)),
    sra: (a, b) => a >> (b & 63n),
    div: (a, b) => signed(divide(a, b)),
    divu: (a, b) => signed(divide(unsigned(a), unsigned(b))),
    rem: (a, b) => signed(remainder(a, b)),
    remu: (a, b) => signed(remainder(unsigned(a), unsigned(b))),
    mulhu: (a, b) => signed((unsigned(a) * unsigned(b)) >> 64n),
    addw: onWords((a, b) => a + b),
    subw: onWords((a, b) => a - b),
    mulw: onWords((a, b) => a * b),
    sllw: onWords((a, b) => a << (b & 31n)),
    srlw: onWords((a, b) => unsignedWord(a) >> (b & 31n)),
    sraw: onWords((a, b) => a >> (b & 31n)),
    divw: onWords(divide),
    remw: onWords(remainder),
    divuw: onWords((a, b) => divide(unsignedWord(a), unsignedWord(b))),
    remuw: onWords((a, b) => remainder(unsignedWord(a), unsignedWord(b))),
    eq: (a, b) => flag(a === b),
    ne: (a, b) => flag(a !== b),
    lt: (a, b) => flag(a < b),
    ge: (a, b) => flag(a >= b),
    ltu: (a, b) => flag(unsigned(a) < unsigned(b)),
    geu: (a, b) => flag(unsigned(a) >= unsigned(b)),
};

const UNARY: Readonly<Record<string, (a: bigint) => bigint>> = {
    sextw: word,
    zextw: unsignedWord,
    sextb: (a) => BigInt.asIntN(8, a),
    sexth: (a) => BigInt.asIntN(16, a),
};

/** The result as a sign-extended 64-bit number; undefined when `op` is no pure operation on one or two values. */
export function evaluate(op: string, a: bigint, b: bigint | undefined): bigint | undefined {
    if (b === undefined) return UNARY[op]?.(a);
    return BINARY[op]?.(a, b);
}
