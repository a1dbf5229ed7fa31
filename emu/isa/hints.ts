/** Hints (unprivileged ISA, "Integer Register-Immediate Instructions") that mean something here. Assembler and disassembler know them by what they are. */
import type { Decoded } from "./decode.ts";
import type { InstructionRow } from "./row.ts";

/** `slti x0, x0, n` is for the host: a region of interest begins (n is not 0) or ends (0). It changes nothing. */
export const MARK: InstructionRow = {
    name: "slti",
    format: "I",
    match: 0x2013,
    mask: 0x000fffff,
    extension: "I",
    operands: "rd, rs1, imm",
    semantics: (g) => g.system("mark"),
};

/** What is executed of a decoded instruction. */
export function executed(decoded: Decoded): Decoded {
    const { row, rd, rs1 } = decoded;
    return row.name === MARK.name && rd === 0 && rs1 === 0 ? { ...decoded, row: MARK } : decoded;
}
