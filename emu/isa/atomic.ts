/** Rows of the A extension (RISC-V unprivileged ISA, chapter 14). Suffixes .aq, .rl and .aqrl set the ordering bits. */
import type { InstructionRow } from "./row.ts";
import type { AmoOperation, Semantics } from "./semantics.ts";

const MASK_AMO = 0xf800707f;
const MASK_LR = 0xf9f0707f;

export const ATOMIC: readonly InstructionRow[] = ([4, 8] as const).flatMap((width) => [
    row("lr", 0x02, width, (g) => g.loadReserved(width, g.rs1)),
    row("sc", 0x03, width, (g) => g.storeConditional(width, g.rs1, g.rs2)),
    amo("amoswap", 0x01, width, "swap"),
    amo("amoadd", 0x00, width, "add"),
    amo("amoxor", 0x04, width, "xor"),
    amo("amoand", 0x0c, width, "and"),
    amo("amoor", 0x08, width, "or"),
    amo("amomin", 0x10, width, "min"),
    amo("amomax", 0x14, width, "max"),
    amo("amominu", 0x18, width, "minu"),
    amo("amomaxu", 0x1c, width, "maxu"),
]);

function row(stem: string, funct5: number, width: 4 | 8, semantics: Semantics): InstructionRow {
    const isLoad = stem === "lr";
    return {
        name: `${stem}.${width === 4 ? "w" : "d"}`,
        format: isLoad ? "LR" : "AMO",
        match: ((funct5 << 27) | ((width === 4 ? 2 : 3) << 12) | 0x2f) >>> 0,
        mask: isLoad ? MASK_LR : MASK_AMO,
        extension: "A",
        operands: isLoad ? "rd, (rs1)" : "rd, rs2, (rs1)",
        semantics,
    };
}

function amo(stem: string, funct5: number, width: 4 | 8, operation: AmoOperation): InstructionRow {
    return row(stem, funct5, width, (g) => g.amo(operation, width, g.rs1, g.rs2));
}
