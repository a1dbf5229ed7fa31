/** What integer instructions compute, said with BigInts: shares nothing with the table (docs/style.md, "Tests"). */

const s64 = (v: bigint) => BigInt.asIntN(64, v);
const u64 = (v: bigint) => BigInt.asUintN(64, v);
const s32 = (v: bigint) => BigInt.asIntN(32, v);
const u32 = (v: bigint) => BigInt.asUintN(32, v);
const bool = (v: boolean) => (v ? 1n : 0n);

/** Division as the manual's table 13.1 has it, for operands already of the right width and sign. */
const quotient = (a: bigint, b: bigint) => (b === 0n ? -1n : a / b);
const remainder = (a: bigint, b: bigint) => (b === 0n ? a : a % b);

const place = (b: bigint) => Number(b & 63n);
/** The bits of a, the lowest first. */
const bitsOf = (a: bigint) => [...u64(a).toString(2).padStart(64, "0")].reverse().map(Number);
const fromBits = (list: readonly number[]) => BigInt(`0b${[...list].reverse().join("")}`);
const bytesOf = (a: bigint) => Array.from({ length: 8 }, (_, i) => Number((u64(a) >> BigInt(8 * i)) & 255n));
const fromBytes = (list: readonly number[]) => list.reduce((sum, byte, i) => sum + (BigInt(byte) << BigInt(8 * i)), 0n);
const onesIn = (list: readonly number[]) => BigInt(list.filter((bit) => bit === 1).length);
const zerosBefore = (list: readonly number[]) => BigInt(list.includes(1) ? list.indexOf(1) : list.length);
/** The low `width` bits of a, written twice, from where the turn to the left ends. */
const turned = (a: bigint, b: bigint, width: number) => {
    const list = bitsOf(a).slice(0, width);
    const by = Number(BigInt.asUintN(64, b) % BigInt(width));
    return fromBits([...list, ...list].slice(width - by, 2 * width - by));
};

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
    "add.uw": (a, b) => u32(a) + b,
    sh1add: (a, b) => 2n * a + b,
    sh2add: (a, b) => 4n * a + b,
    sh3add: (a, b) => 8n * a + b,
    "sh1add.uw": (a, b) => 2n * u32(a) + b,
    "sh2add.uw": (a, b) => 4n * u32(a) + b,
    "sh3add.uw": (a, b) => 8n * u32(a) + b,
    andn: (a, b) => a & ~b,
    orn: (a, b) => a | ~b,
    xnor: (a, b) => ~(a ^ b),
    max: (a, b) => (s64(a) > s64(b) ? a : b),
    maxu: (a, b) => (u64(a) > u64(b) ? a : b),
    min: (a, b) => (s64(a) < s64(b) ? a : b),
    minu: (a, b) => (u64(a) < u64(b) ? a : b),
    rol: (a, b) => turned(a, b, 64),
    ror: (a, b) => turned(a, -b, 64),
    rolw: (a, b) => s32(turned(a, b, 32)),
    rorw: (a, b) => s32(turned(a, -b, 32)),
    bclr: (a, b) => fromBits(bitsOf(a).map((bit, i) => (i === place(b) ? 0 : bit))),
    bext: (a, b) => BigInt(bitsOf(a)[place(b)] as number),
    binv: (a, b) => fromBits(bitsOf(a).map((bit, i) => (i === place(b) ? 1 - bit : bit))),
    bset: (a, b) => fromBits(bitsOf(a).map((bit, i) => (i === place(b) ? 1 : bit))),
    "czero.eqz": (a, b) => (u64(b) === 0n ? 0n : a),
    "czero.nez": (a, b) => (u64(b) === 0n ? a : 0n),
};

/** Of one operand. */
const UNARY: Readonly<Record<string, (a: bigint) => bigint>> = {
    clz: (a) => zerosBefore(bitsOf(a).toReversed()),
    ctz: (a) => zerosBefore(bitsOf(a)),
    cpop: (a) => onesIn(bitsOf(a)),
    clzw: (a) => zerosBefore(bitsOf(a).slice(0, 32).toReversed()),
    ctzw: (a) => zerosBefore(bitsOf(a).slice(0, 32)),
    cpopw: (a) => onesIn(bitsOf(a).slice(0, 32)),
    "sext.b": (a) => BigInt.asIntN(8, a),
    "sext.h": (a) => BigInt.asIntN(16, a),
    "zext.h": (a) => BigInt.asUintN(16, a),
    "orc.b": (a) => fromBytes(bytesOf(a).map((byte) => (byte === 0 ? 0 : 255))),
    rev8: (a) => fromBytes(bytesOf(a).toReversed()),
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
    rori: "ror",
    roriw: "rorw",
    bclri: "bclr",
    bexti: "bext",
    binvi: "binv",
    bseti: "bset",
    "slli.uw": "slli.uw",
};
const IMMEDIATE_ONLY: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
    "slli.uw": (a, b) => u32(a) << b,
};

export const REGISTER_NAMES = Object.keys(OPERATIONS);
export const IMMEDIATE_NAMES = Object.keys(IMMEDIATE);
export const UNARY_NAMES = Object.keys(UNARY);

/** rd's value as an unsigned 64-bit number. */
export function compute(name: string, a: bigint, b: bigint): bigint {
    const operation = OPERATIONS[IMMEDIATE[name] ?? name] ?? IMMEDIATE_ONLY[name] ?? UNARY[name];
    if (operation === undefined) throw new Error(`no oracle for ${name}`);
    return u64(operation(a, b));
}
