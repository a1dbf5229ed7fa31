/** The shape of a row of the instruction table, and the formats rows refer to. */
import { type Immediate, immediate } from "./immediate.ts";
import type { Semantics } from "./semantics.ts";

export type Extension =
    | "I"
    | "M"
    | "A"
    | "C"
    | "F"
    | "D"
    | "Zicsr"
    | "Zifencei"
    | "Zihintpause"
    | "Zicboz"
    | "Zicond"
    | "Zba"
    | "Zbb"
    | "Zbs"
    | "Machine"
    | "Supervisor"
    | "Svinval";

/** Fields of a 32-bit format: which register fields count and where the immediate lies. */
export interface Format {
    readonly rd: boolean;
    readonly rs1: boolean;
    readonly rs2: boolean;
    readonly rs3?: boolean;
    readonly immediate?: Immediate;
    /** Has the aq and rl bits (26 and 25). */
    readonly ordering?: boolean;
    /** The immediate is a CSR number. */
    readonly csr?: boolean;
    /** The immediate is a rounding mode. */
    readonly rounding?: boolean;
}

/** RISC-V unprivileged ISA, 2.2 and 2.3; shift amounts, CSR numbers and fence sets count as immediates. */
export const FORMATS = {
    R: { rd: true, rs1: true, rs2: true },
    I: { rd: true, rs1: true, rs2: false, immediate: immediate("31:20", "11:0", true) },
    S: { rd: false, rs1: true, rs2: true, immediate: immediate("31:25,11:7", "11:5,4:0", true) },
    B: { rd: false, rs1: true, rs2: true, immediate: immediate("31:25,11:7", "12|10:5,4:1|11", true) },
    U: { rd: true, rs1: false, rs2: false, immediate: immediate("31:12", "31:12", true) },
    J: { rd: true, rs1: false, rs2: false, immediate: immediate("31:12", "20|10:1|11|19:12", true) },
    SHIFT6: { rd: true, rs1: true, rs2: false, immediate: immediate("25:20", "5:0", false) },
    SHIFT5: { rd: true, rs1: true, rs2: false, immediate: immediate("24:20", "4:0", false) },
    AMO: { rd: true, rs1: true, rs2: true, ordering: true },
    LR: { rd: true, rs1: true, rs2: false, ordering: true },
    CSR: { rd: true, rs1: true, rs2: false, immediate: immediate("31:20", "11:0", false), csr: true },
    /** fm, predecessor and successor sets in bits 31:20, as one number. */
    FENCE: { rd: true, rs1: true, rs2: false, immediate: immediate("31:20", "11:0", false) },
    /** Of a cache block's operations: the address alone. */
    BLOCK: { rd: false, rs1: true, rs2: false },
    SFENCE: { rd: false, rs1: true, rs2: true },
    ROUNDED: { rd: true, rs1: true, rs2: true, immediate: immediate("14:12", "2:0", false), rounding: true },
    ROUNDED1: { rd: true, rs1: true, rs2: false, immediate: immediate("14:12", "2:0", false), rounding: true },
    R4: { rd: true, rs1: true, rs2: true, rs3: true, immediate: immediate("14:12", "2:0", false), rounding: true },
    R1: { rd: true, rs1: true, rs2: false },
    NONE: { rd: false, rs1: false, rs2: false },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;

export interface InstructionRow {
    readonly name: string;
    readonly format: FormatName;
    /** A word is this instruction if (word & mask) equals match; both unsigned. */
    readonly match: number;
    readonly mask: number;
    readonly extension: Extension;
    /**
     * Assembler syntax: operand names rd rs1 rs2 rs3 imm shamt offset csr zimm pred succ uimm20 rm, and literal ( ) and commas.
     * An f before a register's name makes it an f register.
     */
    readonly operands: string;
    readonly semantics: Semantics;
}

/** Is that register field of the row's instructions the number of an f register? */
export function isFloatField(row: { readonly operands: string }, field: "rd" | "rs1" | "rs2" | "rs3"): boolean {
    return row.operands.includes(`f${field}`);
}
