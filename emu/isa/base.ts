/** Rows of RV32I and RV64I (RISC-V unprivileged ISA, chapters 2 and 4), FENCE.I, PAUSE and CBO.ZERO. */
import type { InstructionRow } from "./row.ts";
import type { Semantics, Width } from "./semantics.ts";

const MASK_OPCODE = 0x7f;
const MASK_FUNCT3 = 0x707f;
const MASK_FUNCT7 = 0xfe00707f;
const MASK_SHIFT6 = 0xfc00707f;

export const BASE: readonly InstructionRow[] = [
    upper("lui", 0x37, (g) => g.set(g.imm)),
    upper("auipc", 0x17, (g) => g.set(g.add(g.pc, g.imm))),
    {
        name: "jal",
        format: "J",
        match: 0x6f,
        mask: MASK_OPCODE,
        extension: "I",
        operands: "rd, offset",
        semantics: (g) => g.jump(),
    },
    {
        name: "jalr",
        format: "I",
        match: 0x67,
        mask: MASK_FUNCT3,
        extension: "I",
        operands: "rd, imm(rs1)",
        semantics: (g) => g.jumpRegister(g.add(g.rs1, g.imm)),
    },
    branch("beq", 0, (g) => g.branch(g.eq(g.rs1, g.rs2))),
    branch("bne", 1, (g) => g.branch(g.ne(g.rs1, g.rs2))),
    branch("blt", 4, (g) => g.branch(g.ltS(g.rs1, g.rs2))),
    branch("bge", 5, (g) => g.branch(g.geS(g.rs1, g.rs2))),
    branch("bltu", 6, (g) => g.branch(g.ltU(g.rs1, g.rs2))),
    branch("bgeu", 7, (g) => g.branch(g.geU(g.rs1, g.rs2))),
    load("lb", 0, 1, true),
    load("lh", 1, 2, true),
    load("lw", 2, 4, true),
    load("ld", 3, 8, true),
    load("lbu", 4, 1, false),
    load("lhu", 5, 2, false),
    load("lwu", 6, 4, false),
    store("sb", 0, 1),
    store("sh", 1, 2),
    store("sw", 2, 4),
    store("sd", 3, 8),
    arithmetic("addi", 0x13, 0, (g) => g.set(g.add(g.rs1, g.imm))),
    arithmetic("slti", 0x13, 2, (g) => g.set(g.bool(g.ltS(g.rs1, g.imm)))),
    arithmetic("sltiu", 0x13, 3, (g) => g.set(g.bool(g.ltU(g.rs1, g.imm)))),
    arithmetic("xori", 0x13, 4, (g) => g.set(g.xor(g.rs1, g.imm))),
    arithmetic("ori", 0x13, 6, (g) => g.set(g.or(g.rs1, g.imm))),
    arithmetic("andi", 0x13, 7, (g) => g.set(g.and(g.rs1, g.imm))),
    shift("slli", "SHIFT6", 0x1013, (g) => g.set(g.shl(g.rs1, g.imm))),
    shift("srli", "SHIFT6", 0x5013, (g) => g.set(g.shrU(g.rs1, g.imm))),
    shift("srai", "SHIFT6", 0x40005013, (g) => g.set(g.shrS(g.rs1, g.imm))),
    register("add", 0x33, (g) => g.set(g.add(g.rs1, g.rs2))),
    register("sub", 0x40000033, (g) => g.set(g.sub(g.rs1, g.rs2))),
    register("sll", 0x1033, (g) => g.set(g.shl(g.rs1, g.rs2))),
    register("slt", 0x2033, (g) => g.set(g.bool(g.ltS(g.rs1, g.rs2)))),
    register("sltu", 0x3033, (g) => g.set(g.bool(g.ltU(g.rs1, g.rs2)))),
    register("xor", 0x4033, (g) => g.set(g.xor(g.rs1, g.rs2))),
    register("srl", 0x5033, (g) => g.set(g.shrU(g.rs1, g.rs2))),
    register("sra", 0x40005033, (g) => g.set(g.shrS(g.rs1, g.rs2))),
    register("or", 0x6033, (g) => g.set(g.or(g.rs1, g.rs2))),
    register("and", 0x7033, (g) => g.set(g.and(g.rs1, g.rs2))),
    arithmetic("addiw", 0x1b, 0, (g) => g.set(g.sext32(g.add(g.rs1, g.imm)))),
    shift("slliw", "SHIFT5", 0x101b, (g) => g.set(g.shl32(g.rs1, g.imm))),
    shift("srliw", "SHIFT5", 0x501b, (g) => g.set(g.shrU32(g.rs1, g.imm))),
    shift("sraiw", "SHIFT5", 0x4000501b, (g) => g.set(g.shrS32(g.rs1, g.imm))),
    register("addw", 0x3b, (g) => g.set(g.sext32(g.add(g.rs1, g.rs2)))),
    register("subw", 0x4000003b, (g) => g.set(g.sext32(g.sub(g.rs1, g.rs2)))),
    register("sllw", 0x103b, (g) => g.set(g.shl32(g.rs1, g.rs2))),
    register("srlw", 0x503b, (g) => g.set(g.shrU32(g.rs1, g.rs2))),
    register("sraw", 0x4000503b, (g) => g.set(g.shrS32(g.rs1, g.rs2))),
    /** A FENCE with predecessor set W and an empty successor set, so it must be looked up before FENCE. */
    {
        name: "pause",
        format: "NONE",
        match: 0x0100000f,
        mask: 0xffffffff,
        extension: "Zihintpause",
        operands: "",
        semantics: (g) => g.system("pause"),
    },
    {
        name: "fence",
        format: "FENCE",
        match: 0x0f,
        mask: MASK_FUNCT3,
        extension: "I",
        operands: "pred, succ",
        semantics: (g) => g.system("fence"),
    },
    {
        name: "fence.i",
        format: "I",
        match: 0x100f,
        mask: MASK_FUNCT3,
        extension: "Zifencei",
        operands: "",
        semantics: (g) => g.system("fence.i"),
    },
    {
        name: "cbo.zero",
        format: "BLOCK",
        match: 0x0040200f,
        mask: 0xfff07fff,
        extension: "Zicboz",
        operands: "(rs1)",
        semantics: (g) => g.zeroBlock(g.rs1),
    },
];

function upper(name: string, match: number, semantics: Semantics): InstructionRow {
    return { name, format: "U", match, mask: MASK_OPCODE, extension: "I", operands: "rd, uimm20", semantics };
}

function branch(name: string, funct3: number, semantics: Semantics): InstructionRow {
    const match = 0x63 | (funct3 << 12);
    return { name, format: "B", match, mask: MASK_FUNCT3, extension: "I", operands: "rs1, rs2, offset", semantics };
}

function load(name: string, funct3: number, width: Width, signed: boolean): InstructionRow {
    const match = 0x03 | (funct3 << 12);
    const semantics: Semantics = (g) => g.load(width, signed, g.add(g.rs1, g.imm));
    return { name, format: "I", match, mask: MASK_FUNCT3, extension: "I", operands: "rd, imm(rs1)", semantics };
}

function store(name: string, funct3: number, width: Width): InstructionRow {
    const match = 0x23 | (funct3 << 12);
    const semantics: Semantics = (g) => g.store(width, g.add(g.rs1, g.imm), g.rs2);
    return { name, format: "S", match, mask: MASK_FUNCT3, extension: "I", operands: "rs2, imm(rs1)", semantics };
}

function arithmetic(name: string, opcode: number, funct3: number, semantics: Semantics): InstructionRow {
    const match = opcode | (funct3 << 12);
    return { name, format: "I", match, mask: MASK_FUNCT3, extension: "I", operands: "rd, rs1, imm", semantics };
}

function shift(name: string, format: "SHIFT6" | "SHIFT5", match: number, semantics: Semantics): InstructionRow {
    const mask = format === "SHIFT6" ? MASK_SHIFT6 : MASK_FUNCT7;
    return { name, format, match, mask, extension: "I", operands: "rd, rs1, shamt", semantics };
}

function register(name: string, match: number, semantics: Semantics): InstructionRow {
    return { name, format: "R", match, mask: MASK_FUNCT7, extension: "I", operands: "rd, rs1, rs2", semantics };
}
