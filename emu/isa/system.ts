/** Rows of Zicsr and of the privileged instructions (RISC-V unprivileged ISA, chapter 6; privileged ISA, 3.3, 12.2 and 15). */
import type { Extension, InstructionRow } from "./row.ts";
import type { CsrOperation, SystemOperation } from "./semantics.ts";

export const SYSTEM: readonly InstructionRow[] = [
    csr("csrrw", 1, "write", "rs1"),
    csr("csrrs", 2, "set", "rs1"),
    csr("csrrc", 3, "clear", "rs1"),
    csr("csrrwi", 5, "write", "immediate"),
    csr("csrrsi", 6, "set", "immediate"),
    csr("csrrci", 7, "clear", "immediate"),
    plain("ecall", 0x00000073, "I", "ecall"),
    plain("ebreak", 0x00100073, "I", "ebreak"),
    plain("mret", 0x30200073, "Machine", "mret"),
    plain("sret", 0x10200073, "Supervisor", "sret"),
    plain("wfi", 0x10500073, "Machine", "wfi"),
    fence("sfence.vma", 0x12000073, "Supervisor", "sfence.vma"),
    // All that it may do later it does at once, so that the fences around it have nothing left to do.
    fence("sinval.vma", 0x16000073, "Svinval", "sfence.vma"),
    plain("sfence.w.inval", 0x18000073, "Svinval", "sfence.inval"),
    plain("sfence.inval.ir", 0x18100073, "Svinval", "sfence.inval"),
];

function csr(name: string, funct3: number, operation: CsrOperation, operand: "rs1" | "immediate"): InstructionRow {
    return {
        name,
        format: "CSR",
        match: 0x73 | (funct3 << 12),
        mask: 0x707f,
        extension: "Zicsr",
        operands: operand === "rs1" ? "rd, csr, rs1" : "rd, csr, zimm",
        semantics: (g) => g.csr(operation, operand),
    };
}

/** Of translations: rs1 has an address, rs2 an ASID. */
function fence(name: string, match: number, extension: Extension, operation: SystemOperation): InstructionRow {
    return {
        name,
        format: "SFENCE",
        match,
        mask: 0xfe007fff,
        extension,
        operands: "rs1, rs2",
        semantics: (g) => g.system(operation),
    };
}

function plain(name: string, match: number, extension: Extension, operation: SystemOperation): InstructionRow {
    return {
        name,
        format: "NONE",
        match,
        mask: 0xffffffff,
        extension,
        operands: "",
        semantics: (g) => g.system(operation),
    };
}
