/** Rows of the C extension for RV64 (RISC-V unprivileged ISA, chapter 26): each expands to one base instruction. */
import { type Immediate, immediate } from "./immediate.ts";

/**
 * Where a register of the base instruction comes from: a field of the halfword or a fixed number.
 * rd = bits 11:7, rs2 = bits 6:2; a prime marks the 3-bit fields for x8 to x15: rd' = bits 9:7, rs2' = bits 4:2.
 */
export type RegisterSource = "rd" | "rs2" | "rd'" | "rs2'" | number;

export interface CompressedRow {
    readonly name: string;
    readonly match: number;
    readonly mask: number;
    /** Name of the base instruction. */
    readonly base: string;
    readonly rd: RegisterSource;
    readonly rs1: RegisterSource;
    readonly rs2: RegisterSource;
    readonly immediate?: Immediate;
    /** Encodings excluded from this row: other rows or reserved. */
    readonly not?: {
        readonly rd?: readonly number[];
        readonly rs2?: readonly number[];
        readonly imm?: readonly number[];
    };
    /** Assembler syntax, as in InstructionRow. */
    readonly operands: string;
}

const CI = immediate("12,6:2", "5,4:0", true);
const SHAMT = immediate("12,6:2", "5,4:0", false);
const CL_W = immediate("12:10,6:5", "5:3,2,6", false);
const CL_D = immediate("12:10,6:5", "5:3,7:6", false);
const CI_SP_D = immediate("12,6:2", "5,4:3,8:6", false);
const CSS_D = immediate("12:7", "5:3,8:6", false);
const CB = immediate("12:10,6:2", "8,4:3,7:6,2:1,5", true);
const CJ = immediate("12:2", "11,4,9:8,10,6,7,3:1,5", true);

export const COMPRESSED: readonly CompressedRow[] = [
    {
        ...row("c.addi4spn", 0x0000, 0xe003, "addi", "rs2'", 2, 0, immediate("12:5", "5:4,9:6,2,3", false)),
        not: { imm: [0] },
        operands: "rd, sp, imm",
    },
    { ...row("c.fld", 0x2000, 0xe003, "fld", "rs2'", "rd'", 0, CL_D), operands: "frd, imm(rs1)" },
    { ...row("c.lw", 0x4000, 0xe003, "lw", "rs2'", "rd'", 0, CL_W), operands: "rd, imm(rs1)" },
    { ...row("c.ld", 0x6000, 0xe003, "ld", "rs2'", "rd'", 0, CL_D), operands: "rd, imm(rs1)" },
    { ...row("c.fsd", 0xa000, 0xe003, "fsd", 0, "rd'", "rs2'", CL_D), operands: "frs2, imm(rs1)" },
    { ...row("c.sw", 0xc000, 0xe003, "sw", 0, "rd'", "rs2'", CL_W), operands: "rs2, imm(rs1)" },
    { ...row("c.sd", 0xe000, 0xe003, "sd", 0, "rd'", "rs2'", CL_D), operands: "rs2, imm(rs1)" },
    { ...row("c.nop", 0x0001, 0xef83, "addi", 0, 0, 0, CI), operands: "" },
    { ...row("c.addi", 0x0001, 0xe003, "addi", "rd", "rd", 0, CI), not: { rd: [0] }, operands: "rd, imm" },
    { ...row("c.addiw", 0x2001, 0xe003, "addiw", "rd", "rd", 0, CI), not: { rd: [0] }, operands: "rd, imm" },
    { ...row("c.li", 0x4001, 0xe003, "addi", "rd", 0, 0, CI), operands: "rd, imm" },
    {
        ...row("c.addi16sp", 0x6101, 0xef83, "addi", 2, 2, 0, immediate("12,6:2", "9,4,6,8:7,5", true)),
        not: { imm: [0] },
        operands: "sp, imm",
    },
    {
        ...row("c.lui", 0x6001, 0xe003, "lui", "rd", 0, 0, immediate("12,6:2", "17,16:12", true)),
        not: { rd: [2], imm: [0] },
        operands: "rd, uimm20",
    },
    { ...row("c.srli", 0x8001, 0xec03, "srli", "rd'", "rd'", 0, SHAMT), operands: "rd, shamt" },
    { ...row("c.srai", 0x8401, 0xec03, "srai", "rd'", "rd'", 0, SHAMT), operands: "rd, shamt" },
    { ...row("c.andi", 0x8801, 0xec03, "andi", "rd'", "rd'", 0, CI), operands: "rd, imm" },
    { ...row("c.sub", 0x8c01, 0xfc63, "sub", "rd'", "rd'", "rs2'"), operands: "rd, rs2" },
    { ...row("c.xor", 0x8c21, 0xfc63, "xor", "rd'", "rd'", "rs2'"), operands: "rd, rs2" },
    { ...row("c.or", 0x8c41, 0xfc63, "or", "rd'", "rd'", "rs2'"), operands: "rd, rs2" },
    { ...row("c.and", 0x8c61, 0xfc63, "and", "rd'", "rd'", "rs2'"), operands: "rd, rs2" },
    { ...row("c.subw", 0x9c01, 0xfc63, "subw", "rd'", "rd'", "rs2'"), operands: "rd, rs2" },
    { ...row("c.addw", 0x9c21, 0xfc63, "addw", "rd'", "rd'", "rs2'"), operands: "rd, rs2" },
    { ...row("c.j", 0xa001, 0xe003, "jal", 0, 0, 0, CJ), operands: "offset" },
    { ...row("c.beqz", 0xc001, 0xe003, "beq", 0, "rd'", 0, CB), operands: "rs1, offset" },
    { ...row("c.bnez", 0xe001, 0xe003, "bne", 0, "rd'", 0, CB), operands: "rs1, offset" },
    { ...row("c.slli", 0x0002, 0xe003, "slli", "rd", "rd", 0, SHAMT), operands: "rd, shamt" },
    {
        ...row("c.fldsp", 0x2002, 0xe003, "fld", "rd", 2, 0, CI_SP_D),
        operands: "frd, imm(sp)",
    },
    {
        ...row("c.lwsp", 0x4002, 0xe003, "lw", "rd", 2, 0, immediate("12,6:2", "5,4:2,7:6", false)),
        not: { rd: [0] },
        operands: "rd, imm(sp)",
    },
    {
        ...row("c.ldsp", 0x6002, 0xe003, "ld", "rd", 2, 0, CI_SP_D),
        not: { rd: [0] },
        operands: "rd, imm(sp)",
    },
    { ...row("c.jr", 0x8002, 0xf07f, "jalr", 0, "rd", 0), not: { rd: [0] }, operands: "rs1" },
    { ...row("c.mv", 0x8002, 0xf003, "add", "rd", 0, "rs2"), not: { rs2: [0] }, operands: "rd, rs2" },
    { ...row("c.ebreak", 0x9002, 0xffff, "ebreak", 0, 0, 0), operands: "" },
    { ...row("c.jalr", 0x9002, 0xf07f, "jalr", 1, "rd", 0), not: { rd: [0] }, operands: "rs1" },
    { ...row("c.add", 0x9002, 0xf003, "add", "rd", "rd", "rs2"), not: { rs2: [0] }, operands: "rd, rs2" },
    { ...row("c.fsdsp", 0xa002, 0xe003, "fsd", 0, 2, "rs2", CSS_D), operands: "frs2, imm(sp)" },
    {
        ...row("c.swsp", 0xc002, 0xe003, "sw", 0, 2, "rs2", immediate("12:7", "5:2,7:6", false)),
        operands: "rs2, imm(sp)",
    },
    {
        ...row("c.sdsp", 0xe002, 0xe003, "sd", 0, 2, "rs2", CSS_D),
        operands: "rs2, imm(sp)",
    },
];

function row(
    name: string,
    match: number,
    mask: number,
    base: string,
    rd: RegisterSource,
    rs1: RegisterSource,
    rs2: RegisterSource,
    layout?: Immediate,
): Omit<CompressedRow, "operands"> {
    return { name, match, mask, base, rd, rs1, rs2, ...(layout && { immediate: layout }) };
}
