/** What integer instructions compute, said with BigInts: shares nothing with the table (docs/style.md, "Tests"). */

const s64 = (v: bigint) => BigInt.asIntN(64, v);
const u64 = (v: bigint) => BigInt.asUintN(64, v);
const s32 = (v: bigint) => BigInt.asIntN(32, v);
const u32 = (v: bigint) => BigInt.asUintN(32, v);
const bool = (v: boolean) => (v ? 1n : 0n);

/** Division as the manual's table 13.1 has it, for operands already of the right width and sign. */
const quotient = (a: bigint, b: bigint) => (b === 0n ? -1n : a / b);
const remainder = (a: bigint, b: bigint) => (b === 0n ? a : a % b);

/** Result of `name` on two register values (or a register and an immediate), before truncation to 64 bits. */
const OPERATIONS: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
    add: (a, b) => a + b,
    sub: (a, b) => a - b,
    sll: (a, b) => a << (b & 63n),
    srl: (a, b) => u64(a) >> (b & 63n),
    sra: (a, b) => s64(a) >> (b & 63n),
    slt: (a, b) => bool(s64(a) < s64(b)),
    sltu: (a, b) => bool(u64(a) < u64(b)),
    xor: (a, b) => a ^ b,
    or: (a, b) => a | b,
    and: (a, b) => a & b,
    addw: (a, b) => s32(a + b),
    subw: (a, b) => s32(a - b),
    sllw: (a, b) => s32(a << (b & 31n)),
    srlw: (a, b) => s32(u32(a) >> (b & 31n)),
    sraw: (a, b) => s32(a) >> (b & 31n),
    mul: (a, b) => a * b,
    mulh: (a, b) => (s64(a) * s64(b)) >> 64n,
    mulhsu: (a, b) => (s64(a) * u64(b)) >> 64n,
    mulhu: (a, b) => (u64(a) * u64(b)) >> 64n,
    div: (a, b) => quotient(s64(a), s64(b)),
    divu: (a, b) => quotient(u64(a), u64(b)),
    rem: (a, b) => remainder(s64(a), s64(b)),
    remu: (a, b) => remainder(u64(a), u64(b)),
    mulw: (a, b) => s32(a * b),
    divw: (a, b) => s32(quotient(s32(a), s32(b))),
    divuw: (a, b) => s32(quotient(u32(a), u32(b))),
    remw: (a, b) => s32(remainder(s32(a), s32(b))),
    remuw: (a, b) => s32(remainder(u32(a), u32(b))),
};

/** Immediate forms, named after the register form with the same effect. */
const IMMEDIATE: Readonly<Record<string, string>> = {
    addi: "add",
    slti: "slt",
    sltiu: "sltu",
    xori: "xor",
    ori: "or",
    andi: "and",
    slli: "sll",
    srli: "srl",
    srai: "sra",
    addiw: "addw",
    slliw: "sllw",
    srliw: "srlw",
    sraiw: "sraw",
};

export const REGISTER_NAMES = Object.keys(OPERATIONS);
export const IMMEDIATE_NAMES = Object.keys(IMMEDIATE);

/** rd's value as an unsigned 64-bit number. */
export function compute(name: string, a: bigint, b: bigint): bigint {
    const operation = OPERATIONS[IMMEDIATE[name] ?? name];
    if (operation === undefined) throw new Error(`no oracle for ${name}`);
    return u64(operation(a, b));
}
