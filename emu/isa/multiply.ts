/** Rows of the M extension (RISC-V unprivileged ISA, chapter 13). */
import type { InstructionRow } from "./row.ts";
import type { Semantics } from "./semantics.ts";

export const MULTIPLY: readonly InstructionRow[] = [
    row("mul", 0x33, 0, (g) => g.set(g.mul(g.rs1, g.rs2))),
    row("mulh", 0x33, 1, (g) => g.set(g.helper("mulh", g.rs1, g.rs2))),
    row("mulhsu", 0x33, 2, (g) => g.set(g.helper("mulhsu", g.rs1, g.rs2))),
    row("mulhu", 0x33, 3, (g) => g.set(g.helper("mulhu", g.rs1, g.rs2))),
    row("div", 0x33, 4, (g) => g.set(g.helper("div", g.rs1, g.rs2))),
    row("divu", 0x33, 5, (g) => g.set(g.helper("divu", g.rs1, g.rs2))),
    row("rem", 0x33, 6, (g) => g.set(g.helper("rem", g.rs1, g.rs2))),
    row("remu", 0x33, 7, (g) => g.set(g.helper("remu", g.rs1, g.rs2))),
    row("mulw", 0x3b, 0, (g) => g.set(g.sext32(g.mul(g.rs1, g.rs2)))),
    row("divw", 0x3b, 4, (g) => g.set(g.helper("divw", g.rs1, g.rs2))),
    row("divuw", 0x3b, 5, (g) => g.set(g.helper("divuw", g.rs1, g.rs2))),
    row("remw", 0x3b, 6, (g) => g.set(g.helper("remw", g.rs1, g.rs2))),
    row("remuw", 0x3b, 7, (g) => g.set(g.helper("remuw", g.rs1, g.rs2))),
];

function row(name: string, opcode: number, funct3: number, semantics: Semantics): InstructionRow {
    const match = 0x02000000 | opcode | (funct3 << 12);
    return { name, format: "R", match, mask: 0xfe00707f, extension: "M", operands: "rd, rs1, rs2", semantics };
}
