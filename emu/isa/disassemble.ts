/** Instruction words to assembly text, by the tables. */
import { csrName } from "./csr.ts";
import { compressedRowOf, type Decoded, decode, isLong } from "./decode.ts";
import { floatRegisterName, registerName } from "./registers.ts";
import { DYNAMIC_ROUNDING, ROUNDING_MODES } from "./rounding.ts";
import { FORMATS, type Format } from "./row.ts";

/** The text of an instruction; with its address, branch targets are absolute. An illegal word gives `.word` or `.half`. */
export function disassemble(word: number, pc?: number): string {
    const decoded = decode(word);
    if (decoded === undefined) return isLong(word) ? `.word ${hex(word >>> 0)}` : `.half ${hex(word & 0xffff)}`;
    const short = isLong(word) ? undefined : compressedRowOf(word & 0xffff);
    const name = short?.name ?? decoded.row.name + ordering(decoded, word);
    const written = short?.operands ?? decoded.row.operands;
    const operands = decoded.imm === DYNAMIC_ROUNDING ? written.replace(", rm", "") : written;
    return `${name} ${operands.replace(/[a-z][a-z0-9]*/g, (symbol) => operand(symbol, decoded, pc))}`.trim();
}

function ordering(decoded: Decoded, word: number): string {
    const format: Format = FORMATS[decoded.row.format];
    if (!format.ordering) return "";
    return ["", ".rl", ".aq", ".aqrl"][(word >>> 25) & 3] ?? "";
}

function operand(symbol: string, decoded: Decoded, pc: number | undefined): string {
    switch (symbol) {
        case "rd":
            return registerName(decoded.rd);
        case "rs1":
            return registerName(decoded.rs1);
        case "rs2":
            return registerName(decoded.rs2);
        case "frd":
            return floatRegisterName(decoded.rd);
        case "frs1":
            return floatRegisterName(decoded.rs1);
        case "frs2":
            return floatRegisterName(decoded.rs2);
        case "frs3":
            return floatRegisterName(decoded.rs3);
        case "rm":
            return ROUNDING_MODES[decoded.imm] ?? String(decoded.imm);
        case "zimm":
            return String(decoded.rs1);
        case "csr":
            return csrName(decoded.imm) ?? hex(decoded.imm);
        case "imm":
        case "shamt":
            return String(decoded.imm);
        case "uimm20":
            return hex((decoded.imm >>> 12) & 0xfffff);
        case "offset":
            return pc === undefined
                ? `. ${decoded.imm < 0 ? "-" : "+"} ${Math.abs(decoded.imm)}`
                : hex(pc + decoded.imm);
        case "pred":
            return fenceSet(decoded.imm >> 4);
        case "succ":
            return fenceSet(decoded.imm);
        default:
            return symbol;
    }
}

function fenceSet(bits: number): string {
    return [..."iorw"].filter((_, i) => bits & (8 >> i)).join("") || "0";
}

function hex(value: number): string {
    return `0x${value.toString(16)}`;
}
