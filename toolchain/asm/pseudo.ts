/**
 * Pseudo-instructions as text: operand pattern and expansion (RISC-V assembly programmer's manual, "Pseudo Instructions"). Patterns use the
 * syntax of the instruction table's `operands`. The names of a pattern are replaced in the expansion. `$here` is the address of the
 * expansion's first instruction. Families that follow from the instruction table are derived from it, not listed.
 */

import { INSTRUCTIONS } from "../../emu/isa/table.ts";

export interface PseudoRow {
    readonly name: string;
    readonly operands: string;
    readonly expansion: readonly string[];
}

const LISTED: readonly (readonly [name: string, operands: string, ...expansion: string[]])[] = [
    ["nop", "", "addi x0, x0, 0"],
    ["mv", "rd, rs", "addi rd, rs, 0"],
    ["move", "rd, rs", "addi rd, rs, 0"],
    ["not", "rd, rs", "xori rd, rs, -1"],
    ["neg", "rd, rs", "sub rd, x0, rs"],
    ["negw", "rd, rs", "subw rd, x0, rs"],
    ["sext.w", "rd, rs", "addiw rd, rs, 0"],
    ["zext.b", "rd, rs", "andi rd, rs, 255"],
    ["zext.w", "rd, rs", "add.uw rd, rs, x0"],
    ["seqz", "rd, rs", "sltiu rd, rs, 1"],
    ["snez", "rd, rs", "sltu rd, x0, rs"],
    ["sltz", "rd, rs", "slt rd, rs, x0"],
    ["sgtz", "rd, rs", "slt rd, x0, rs"],
    ["sgt", "rd, rs, rt", "slt rd, rt, rs"],
    ["sgtu", "rd, rs, rt", "sltu rd, rt, rs"],
    ["beqz", "rs, offset", "beq rs, x0, offset"],
    ["bnez", "rs, offset", "bne rs, x0, offset"],
    ["blez", "rs, offset", "bge x0, rs, offset"],
    ["bgez", "rs, offset", "bge rs, x0, offset"],
    ["bltz", "rs, offset", "blt rs, x0, offset"],
    ["bgtz", "rs, offset", "blt x0, rs, offset"],
    ["bgt", "rs, rt, offset", "blt rt, rs, offset"],
    ["ble", "rs, rt, offset", "bge rt, rs, offset"],
    ["bgtu", "rs, rt, offset", "bltu rt, rs, offset"],
    ["bleu", "rs, rt, offset", "bgeu rt, rs, offset"],
    ["j", "offset", "jal x0, offset"],
    ["jal", "offset", "jal x1, offset"],
    ["jr", "rs", "jalr x0, 0(rs)"],
    ["jr", "imm(rs)", "jalr x0, imm(rs)"],
    ["jr", "rs, imm", "jalr x0, imm(rs)"],
    ["jalr", "rs", "jalr x1, 0(rs)"],
    ["jalr", "imm(rs)", "jalr x1, imm(rs)"],
    ["jalr", "rs, imm", "jalr x1, imm(rs)"],
    ["jalr", "rd, rs", "jalr rd, 0(rs)"],
    ["jalr", "rd, rs, imm", "jalr rd, imm(rs)"],
    ["ret", "", "jalr x0, 0(x1)"],
    ["call", "symbol", "auipc x1, %call_hi(symbol)", "jalr x1, %call_lo(symbol)(x1)"],
    ["call", "rt, symbol", "auipc rt, %call_hi(symbol)", "jalr rt, %call_lo(symbol)(rt)"],
    ["tail", "symbol", "auipc x6, %call_hi(symbol)", "jalr x0, %call_lo(symbol)(x6)"],
    ["jump", "symbol, rt", "auipc rt, %call_hi(symbol)", "jalr x0, %call_lo(symbol)(rt)"],
    ["la", "rd, symbol", "auipc rd, %pcrel_hi(symbol)", "addi rd, rd, %pcrel_lo($here)"],
    ["lla", "rd, symbol", "auipc rd, %pcrel_hi(symbol)", "addi rd, rd, %pcrel_lo($here)"],
    ["csrr", "rd, csr", "csrrs rd, csr, x0"],
    ["csrw", "csr, rs", "csrrw x0, csr, rs"],
    ["csrs", "csr, rs", "csrrs x0, csr, rs"],
    ["csrc", "csr, rs", "csrrc x0, csr, rs"],
    ["csrw", "csr, zimm", "csrrwi x0, csr, zimm"],
    ["csrs", "csr, zimm", "csrrsi x0, csr, zimm"],
    ["csrc", "csr, zimm", "csrrci x0, csr, zimm"],
    ["csrwi", "csr, zimm", "csrrwi x0, csr, zimm"],
    ["csrsi", "csr, zimm", "csrrsi x0, csr, zimm"],
    ["csrci", "csr, zimm", "csrrci x0, csr, zimm"],
    ["csrrw", "rd, csr, zimm", "csrrwi rd, csr, zimm"],
    ["csrrs", "rd, csr, zimm", "csrrsi rd, csr, zimm"],
    ["csrrc", "rd, csr, zimm", "csrrci rd, csr, zimm"],
    ["rdcycle", "rd", "csrrs rd, cycle, x0"],
    ["rdtime", "rd", "csrrs rd, time, x0"],
    ["rdinstret", "rd", "csrrs rd, instret, x0"],
    ...floatForms("s"),
    ...floatForms("d"),
    ["frcsr", "rd", "csrrs rd, fcsr, x0"],
    ["fscsr", "rs", "csrrw x0, fcsr, rs"],
    ["fscsr", "rd, rs", "csrrw rd, fcsr, rs"],
    ["frrm", "rd", "csrrs rd, frm, x0"],
    ["fsrm", "rs", "csrrw x0, frm, rs"],
    ["fsrm", "rd, rs", "csrrw rd, frm, rs"],
    ["fsrmi", "zimm", "csrrwi x0, frm, zimm"],
    ["fsrmi", "rd, zimm", "csrrwi rd, frm, zimm"],
    ["frflags", "rd", "csrrs rd, fflags, x0"],
    ["fsflags", "rs", "csrrw x0, fflags, rs"],
    ["fsflags", "rd, rs", "csrrw rd, fflags, rs"],
    ["fsflagsi", "zimm", "csrrwi x0, fflags, zimm"],
    ["fsflagsi", "rd, zimm", "csrrwi rd, fflags, zimm"],
    ["fence", "", "fence iorw, iorw"],
    ["sfence.vma", "", "sfence.vma x0, x0"],
    ["sfence.vma", "rs", "sfence.vma rs, x0"],
    ["unimp", "", "csrrw x0, cycle, x0"],
];

function floatForms(p: "s" | "d"): (typeof LISTED)[number][] {
    return [
        [`fmv.${p}`, "frd, frs", `fsgnj.${p} frd, frs, frs`],
        [`fneg.${p}`, "frd, frs", `fsgnjn.${p} frd, frs, frs`],
        [`fabs.${p}`, "frd, frs", `fsgnjx.${p} frd, frs, frs`],
        [`fgt.${p}`, "rd, frs, frt", `flt.${p} rd, frt, frs`],
        [`fge.${p}`, "rd, frs, frt", `fle.${p} rd, frt, frs`],
    ];
}

/**
 * Derives rows from the instruction table: operations without a rounding mode, which round dynamically; loads and stores of symbols;
 * register operations with a constant where an immediate form exists.
 */
function derived(): PseudoRow[] {
    const patterns = new Map(INSTRUCTIONS.map((row) => [row.name, row.operands]));
    return INSTRUCTIONS.flatMap(({ name, format, operands }): PseudoRow[] => {
        if (operands === "rd, imm(rs1)" && name !== "jalr") {
            const expansion = ["auipc rd, %pcrel_hi(symbol)", `${name} rd, %pcrel_lo($here)(rd)`];
            return [{ name, operands: "rd, symbol", expansion }];
        }
        if (operands === "frd, imm(rs1)") {
            const expansion = ["auipc rt, %pcrel_hi(symbol)", `${name} frd, %pcrel_lo($here)(rt)`];
            return [{ name, operands: "frd, symbol, rt", expansion }];
        }
        if (operands === "frs2, imm(rs1)") {
            const expansion = ["auipc rt, %pcrel_hi(symbol)", `${name} frs2, %pcrel_lo($here)(rt)`];
            return [{ name, operands: "frs2, symbol, rt", expansion }];
        }
        if (operands.endsWith(", rm")) {
            const without = operands.replace(", rm", "");
            return [{ name, operands: without, expansion: [`${name} ${without}, dyn`] }];
        }
        if (operands === "rs2, imm(rs1)") {
            const expansion = ["auipc rt, %pcrel_hi(symbol)", `${name} rs2, %pcrel_lo($here)(rt)`];
            return [{ name, operands: "rs2, symbol, rt", expansion }];
        }
        const immediateName = immediateForm(name);
        const pattern = patterns.get(immediateName);
        if (format !== "R" || pattern === undefined) return [];
        return [{ name, operands: pattern, expansion: [`${immediateName} ${pattern}`] }];
    });
}

/** add -> addi, addw -> addiw, sltu -> sltiu. */
function immediateForm(name: string): string {
    return name.replace(/([wu]?)$/, "i$1");
}

export const PSEUDO: readonly PseudoRow[] = [
    ...LISTED.map(([name, operands, ...expansion]) => ({ name, operands, expansion })),
    ...derived(),
];
