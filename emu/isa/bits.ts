/** Rows of Zba, Zbb, Zbs and Zicond (RISC-V unprivileged ISA, chapters 30 and 12): address sums, bit counts, single bits, conditional zero. */
import type { Extension, FormatName, InstructionRow } from "./row.ts";
import type { Generator, Semantics } from "./semantics.ts";

const MASK_FUNCT7 = 0xfe00707f;
const MASK_SHIFT6 = 0xfc00707f;
/** Of instructions with one operand, which have more of the opcode in place of rs2. */
const MASK_UNARY = 0xfff0707f;
const OP = 0x33;
const OP_32 = 0x3b;
const OP_IMM = 0x13;
const OP_IMM_32 = 0x1b;
const EVEN_BYTES = 0x00ff_00ff_00ff_00ffn;
const EVEN_HALVES = 0x0000_ffff_0000_ffffn;
const LOW_SEVEN = 0x7f7f_7f7f_7f7f_7f7fn;
const TOP_BITS = ~LOW_SEVEN;

const ADDRESSES: readonly InstructionRow[] = [
    register("Zba", "add.uw", OP_32, 0x04, 0, (g) => g.set(g.add(zext32(g, g.rs1), g.rs2))),
    ...[1, 2, 3].flatMap((shift) => [
        register("Zba", `sh${shift}add`, OP, 0x10, 2 * shift, (g) => g.set(scaled(g, g.rs1, shift))),
        register("Zba", `sh${shift}add.uw`, OP_32, 0x10, 2 * shift, (g) => g.set(scaled(g, zext32(g, g.rs1), shift))),
    ]),
    shift("Zba", "slli.uw", OP_IMM_32, 0x04, 1, (g) => g.set(g.shl(zext32(g, g.rs1), g.imm))),
];

const LOGIC: readonly InstructionRow[] = [
    register("Zbb", "andn", OP, 0x20, 7, (g) => g.set(g.and(g.rs1, not(g, g.rs2)))),
    register("Zbb", "orn", OP, 0x20, 6, (g) => g.set(g.or(g.rs1, not(g, g.rs2)))),
    register("Zbb", "xnor", OP, 0x20, 4, (g) => g.set(not(g, g.xor(g.rs1, g.rs2)))),
    register("Zbb", "max", OP, 0x05, 6, (g) => g.set(g.select(g.ltS(g.rs1, g.rs2), g.rs2, g.rs1))),
    register("Zbb", "maxu", OP, 0x05, 7, (g) => g.set(g.select(g.ltU(g.rs1, g.rs2), g.rs2, g.rs1))),
    register("Zbb", "min", OP, 0x05, 4, (g) => g.set(g.select(g.ltS(g.rs1, g.rs2), g.rs1, g.rs2))),
    register("Zbb", "minu", OP, 0x05, 5, (g) => g.set(g.select(g.ltU(g.rs1, g.rs2), g.rs1, g.rs2))),
    register("Zbb", "rol", OP, 0x30, 1, (g) => g.set(g.rotl(g.rs1, g.rs2))),
    register("Zbb", "ror", OP, 0x30, 5, (g) => g.set(g.rotr(g.rs1, g.rs2))),
    shift("Zbb", "rori", OP_IMM, 0x30, 5, (g) => g.set(g.rotr(g.rs1, g.imm))),
    register("Zbb", "rolw", OP_32, 0x30, 1, (g) => g.set(g.rotl32(g.rs1, g.rs2))),
    register("Zbb", "rorw", OP_32, 0x30, 5, (g) => g.set(g.rotr32(g.rs1, g.rs2))),
    {
        ...shift("Zbb", "roriw", OP_IMM_32, 0x30, 5, (g) => g.set(g.rotr32(g.rs1, g.imm))),
        format: "SHIFT5",
        mask: MASK_FUNCT7,
    },
];

/** Of a word the counts stop at a bit put in above it. */
const COUNTS: readonly InstructionRow[] = [
    unary("clz", OP_IMM, 0x600, 1, (g) => g.set(g.clz(g.rs1))),
    unary("ctz", OP_IMM, 0x601, 1, (g) => g.set(g.ctz(g.rs1))),
    unary("cpop", OP_IMM, 0x602, 1, (g) => g.set(g.popcnt(g.rs1))),
    unary("clzw", OP_IMM_32, 0x600, 1, (g) => g.set(g.sub(g.clz(zext32(g, g.rs1)), g.constant(32n)))),
    unary("ctzw", OP_IMM_32, 0x601, 1, (g) => g.set(g.ctz(g.or(g.rs1, g.constant(1n << 32n))))),
    unary("cpopw", OP_IMM_32, 0x602, 1, (g) => g.set(g.popcnt(zext32(g, g.rs1)))),
    unary("sext.b", OP_IMM, 0x604, 1, (g) => g.set(g.shrS(g.shl(g.rs1, g.constant(56n)), g.constant(56n)))),
    unary("sext.h", OP_IMM, 0x605, 1, (g) => g.set(g.shrS(g.shl(g.rs1, g.constant(48n)), g.constant(48n)))),
    unary("zext.h", OP_32, 0x080, 4, (g) => g.set(g.and(g.rs1, g.constant(0xffffn)))),
    unary("orc.b", OP_IMM, 0x287, 5, (g) => g.set(filledBytes(g, g.rs1))),
    unary("rev8", OP_IMM, 0x6b8, 5, (g) =>
        g.set(g.rotl(swapped(g, swapped(g, g.rs1, EVEN_BYTES, 8n), EVEN_HALVES, 16n), g.constant(32n))),
    ),
];

const SINGLE_BITS: readonly InstructionRow[] = [
    ...bitRows("bclr", 0x24, 1, (g, bit) => g.and(g.rs1, not(g, g.shl(g.constant(1n), bit)))),
    ...bitRows("bext", 0x24, 5, (g, bit) => g.and(g.shrU(g.rs1, bit), g.constant(1n))),
    ...bitRows("binv", 0x34, 1, (g, bit) => g.xor(g.rs1, g.shl(g.constant(1n), bit))),
    ...bitRows("bset", 0x14, 1, (g, bit) => g.or(g.rs1, g.shl(g.constant(1n), bit))),
];

const CONDITIONAL: readonly InstructionRow[] = [
    register("Zicond", "czero.eqz", OP, 0x07, 5, (g) =>
        g.set(g.select(g.eq(g.rs2, g.constant(0n)), g.constant(0n), g.rs1)),
    ),
    register("Zicond", "czero.nez", OP, 0x07, 7, (g) =>
        g.set(g.select(g.eq(g.rs2, g.constant(0n)), g.rs1, g.constant(0n))),
    ),
];

export const BITS: readonly InstructionRow[] = [...ADDRESSES, ...LOGIC, ...COUNTS, ...SINGLE_BITS, ...CONDITIONAL];

function zext32<V, C>(g: Generator<V, C>, a: V): V {
    return g.and(a, g.constant(0xffff_ffffn));
}

function not<V, C>(g: Generator<V, C>, a: V): V {
    return g.xor(a, g.constant(-1n));
}

function scaled<V, C>(g: Generator<V, C>, a: V, shift: number): V {
    return g.add(g.shl(a, g.constant(BigInt(shift))), g.rs2);
}

/** Each byte that is not 0 with all its bits: the sum carries into a byte's top bit when one of the others is set. */
function filledBytes<V, C>(g: Generator<V, C>, a: V): V {
    const carried = g.add(g.and(a, g.constant(LOW_SEVEN)), g.constant(LOW_SEVEN));
    const top = g.and(g.or(carried, a), g.constant(TOP_BITS));
    return g.mul(g.shrU(top, g.constant(7n)), g.constant(0xffn));
}

/** Neighbours of `bits` bits change places; `even` masks every other one. */
function swapped<V, C>(g: Generator<V, C>, a: V, even: bigint, bits: bigint): V {
    const up = g.shl(g.and(a, g.constant(even)), g.constant(bits));
    return g.or(up, g.and(g.shrU(a, g.constant(bits)), g.constant(even)));
}

function register(
    extension: Extension,
    name: string,
    opcode: number,
    funct7: number,
    funct3: number,
    semantics: Semantics,
): InstructionRow {
    const match = matchOf(opcode, funct7 << 5, funct3);
    return { name, format: "R", match, mask: MASK_FUNCT7, extension, operands: "rd, rs1, rs2", semantics };
}

function shift(
    extension: Extension,
    name: string,
    opcode: number,
    funct7: number,
    funct3: number,
    semantics: Semantics,
): InstructionRow {
    const format: FormatName = "SHIFT6";
    const match = matchOf(opcode, funct7 << 5, funct3);
    return { name, format, match, mask: MASK_SHIFT6, extension, operands: "rd, rs1, shamt", semantics };
}

function unary(name: string, opcode: number, funct12: number, funct3: number, semantics: Semantics): InstructionRow {
    const match = matchOf(opcode, funct12, funct3);
    return { name, format: "R1", match, mask: MASK_UNARY, extension: "Zbb", operands: "rd, rs1", semantics };
}

/** With the number of the bit in rs2, and with it as an immediate. */
function bitRows(
    name: string,
    funct7: number,
    funct3: number,
    value: <V, C>(g: Generator<V, C>, bit: V) => V,
): InstructionRow[] {
    return [
        register("Zbs", name, OP, funct7, funct3, (g) => g.set(value(g, g.rs2))),
        shift("Zbs", `${name}i`, OP_IMM, funct7, funct3, (g) => g.set(value(g, g.imm))),
    ];
}

function matchOf(opcode: number, funct12: number, funct3: number): number {
    return (opcode | (funct3 << 12) | (funct12 << 20)) >>> 0;
}
