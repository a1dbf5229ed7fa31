/** A source with every instruction and pseudo-instruction, derived from the tables. */

import type { InstructionRow } from "../../../emu/isa/row.ts";
import { INSTRUCTIONS } from "../../../emu/isa/table.ts";
import { PSEUDO } from "../../../toolchain/asm/pseudo.ts";

/** Values for the operand names of patterns; several per name, taken in turn. */
const SAMPLES: Readonly<Record<string, readonly string[]>> = {
    rd: ["a0", "t6", "x5", "s1"],
    rs1: ["a0", "s11", "sp", "a5"],
    rs2: ["a1", "t0", "s0", "x31"],
    rs: ["a2", "fp", "t4"],
    rt: ["t2", "a7"],
    rs3: ["a3", "t1"],
    frd: ["fa0", "ft11", "f5", "fs1"],
    frs1: ["fa0", "fs11", "ft2", "fa5"],
    frs2: ["fa1", "ft0", "fs0", "f31"],
    frs3: ["fa3", "f0", "ft8"],
    frs: ["fa2", "fs10", "ft4"],
    frt: ["ft2", "fa7"],
    rm: ["rne", "rtz", "rdn", "rup", "rmm", "dyn"],
    imm: ["0", "-1", "2047", "-2048", "24"],
    shamt: ["1", "31", "17"],
    uimm20: ["1", "0xfffff", "0x12345"],
    zimm: ["0", "31", "5"],
    csr: ["mstatus", "satp", "mhartid"],
    offset: ["backROUND", "aheadROUND"],
    symbol: ["backROUND", "aheadROUND"],
    pred: ["rw", "iorw", "w"],
    succ: ["rw", "iorw", "r"],
};
const ROUNDS = 5;

function sample(pattern: string, round: number): string {
    return pattern.replace(/[a-z][a-z0-9]*/g, (name) => {
        const values = SAMPLES[name];
        return values === undefined ? name : (values[round % values.length] ?? "").replace("ROUND", String(round));
    });
}

/**
 * One line per form and round, between two labels a round. Not the forms with %relocations, which GNU as leaves to its linker
 * even when it could resolve them. Of the instructions those that `isKnown` takes.
 */
export function everyForm(isKnown: (row: InstructionRow) => boolean = () => true): string {
    const lines: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
        lines.push(`back${round}:`);
        for (const { name, operands } of INSTRUCTIONS.filter(isKnown)) lines.push(`${name} ${sample(operands, round)}`);
        for (const { name, operands, expansion } of PSEUDO) {
            const relocated = expansion.some((step) => step.includes("%"));
            if (!relocated) lines.push(`${name} ${sample(operands, round)}`);
        }
        lines.push(`ahead${round}:`);
    }
    return `.text\n${lines.join("\n")}\n`;
}
