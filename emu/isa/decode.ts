/** Instruction words to fields, by the tables. */
import { COMPRESSED, type CompressedRow, type RegisterSource } from "./compressed.ts";
import { allowed } from "./encode.ts";
import { extract } from "./immediate.ts";
import { ROUNDING_MODES } from "./rounding.ts";
import { FORMATS, type Format, type InstructionRow } from "./row.ts";
import { INSTRUCTIONS, rowOf } from "./table.ts";

export interface Decoded {
    /** Always a row of the base table; a compressed instruction gives the one it expands to. */
    readonly row: InstructionRow;
    readonly rd: number;
    readonly rs1: number;
    readonly rs2: number;
    readonly rs3: number;
    /** Immediate, shift amount, CSR number or rounding mode; 0 if the format has none. */
    readonly imm: number;
    /** Bytes: 2 or 4. */
    readonly length: 2 | 4;
}

/** Rows by opcode, in the table's order. */
const byOpcode: InstructionRow[][] = Array.from({ length: 128 }, (_, opcode) =>
    INSTRUCTIONS.filter((row) => (row.match & 0x7f) === opcode),
);
/** Compressed rows by funct3 and quadrant. */
const byQuadrant: CompressedRow[][] = Array.from({ length: 32 }, (_, key) =>
    COMPRESSED.filter((row) => (((row.match >> 13) << 2) | (row.match & 3)) === key),
);

/** Is the instruction that starts with this halfword 4 bytes long? */
export function isLong(halfword: number): boolean {
    return (halfword & 3) === 3;
}

/** Fields of a word (or of the halfword in its low bits); undefined if it is no legal instruction. */
export function decode(word: number): Decoded | undefined {
    if (!isLong(word)) return decodeCompressed(word & 0xffff);
    const row = byOpcode[word & 0x7f]?.find((candidate) => (word & candidate.mask) >>> 0 === candidate.match);
    if (row === undefined) return undefined;
    const format: Format = FORMATS[row.format];
    const imm = format.immediate === undefined ? 0 : extract(format.immediate, word);
    if (format.rounding && ROUNDING_MODES[imm] === undefined) return undefined;
    return {
        row,
        rd: format.rd ? (word >>> 7) & 31 : 0,
        rs1: format.rs1 ? (word >>> 15) & 31 : 0,
        rs2: format.rs2 ? (word >>> 20) & 31 : 0,
        rs3: format.rs3 ? word >>> 27 : 0,
        imm,
        length: 4,
    };
}

/** The compressed row a halfword belongs to. */
export function compressedRowOf(halfword: number): CompressedRow | undefined {
    return byQuadrant[((halfword >> 13) << 2) | (halfword & 3)]?.find(
        (row) => (halfword & row.mask) === row.match && allowed(row, halfword, immediateOf(row, halfword)),
    );
}

function decodeCompressed(halfword: number): Decoded | undefined {
    const row = compressedRowOf(halfword);
    if (row === undefined) return undefined;
    return {
        row: rowOf(row.base),
        rd: registerOf(row.rd, halfword),
        rs1: registerOf(row.rs1, halfword),
        rs2: registerOf(row.rs2, halfword),
        rs3: 0,
        imm: immediateOf(row, halfword),
        length: 2,
    };
}

function immediateOf(row: CompressedRow, halfword: number): number {
    return row.immediate === undefined ? 0 : extract(row.immediate, halfword);
}

function registerOf(source: RegisterSource, halfword: number): number {
    switch (source) {
        case "rd":
            return (halfword >> 7) & 31;
        case "rs2":
            return (halfword >> 2) & 31;
        case "rd'":
            return 8 + ((halfword >> 7) & 7);
        case "rs2'":
            return 8 + ((halfword >> 2) & 7);
        default:
            return source;
    }
}
