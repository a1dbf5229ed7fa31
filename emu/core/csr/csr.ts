// CSR instructions check the access rules, then read and write (RISC-V privileged ISA, chapters 2, 3 and 12).
import {
    EXIT,
    EXIT_PC_SET,
    MCOUNTEREN,
    MENVCFG,
    MIP_SOFTWARE,
    MSTATUS,
    PC,
    PRIVILEGE,
    PRIVILEGE_M,
    PRIVILEGE_S,
    PRIVILEGE_U,
    SCOUNTEREN,
} from "../../state/hart-layout";
import { PMP_ENTRIES } from "../../state/machine-layout";
import { selectRegimes } from "../l0";
import { raiseIllegal } from "../system";
import { sampleInterrupts } from "../trap";
import { MENVCFG_STCE } from "./masks";
import { MSTATUS_FS, MSTATUS_TVM } from "./mstatus";
import {
    CSR_CYCLE,
    CSR_FCSR,
    CSR_FFLAGS,
    CSR_HPMCOUNTER31,
    CSR_MIDELEG,
    CSR_MIE,
    CSR_MIP,
    CSR_MSTATUS,
    CSR_PMPADDR0,
    CSR_PMPADDR63,
    CSR_PMPCFG0,
    CSR_SATP,
    CSR_SIE,
    CSR_SIP,
    CSR_SSTATUS,
    CSR_STIMECMP,
    CSR_TDATA1,
    CSR_TDATA2,
} from "./numbers";
import { readCsr, unknownCsr } from "./read";
import { writeCsr } from "./write";

export const CSR_WRITE: u32 = 0;
export const CSR_SET: u32 = 1;
export const CSR_CLEAR: u32 = 2;
const INSTRUCTION_BYTES: u64 = 4;
const COUNTER_TIME: u64 = 2;

/**
 * Puts the CSR into rd (at byte offset rd of the hart). The CSR changes by operand if `writes` is set. After a write that changes
 * translation or interrupts, PC is that of the next instruction or of a handler. Engines call this function.
 */
export function csr(h: usize, number: u32, operation: u32, operand: u64, writes: u32, rd: u32): void {
    const changes = operation == CSR_WRITE || writes != 0;
    if (!mayAccess(h, number, changes)) {
        raiseIllegal(h);
        return;
    }
    const old = readCsr(h, number);
    if (unknownCsr) {
        raiseIllegal(h);
        return;
    }
    if (changes) {
        let value = operand;
        if (operation == CSR_SET) value = forModify(h, number, old) | operand;
        else if (operation == CSR_CLEAR) value = forModify(h, number, old) & ~operand;
        writeCsr(h, number, value);
    }
    store<u64>(h + rd, old);
    if (changes && hasEffects(number)) {
        store<u64>(h, load<u64>(h, PC) + INSTRUCTION_BYTES, PC);
        store<u32>(h, load<u32>(h, EXIT) | EXIT_PC_SET, EXIT);
        selectRegimes(h);
        sampleInterrupts(h);
    }
}

/** A read-modify-write of mip or sip works on the software bits, not on the lines (privileged ISA, 3.1.9). */
function forModify(h: usize, number: u32, old: u64): u64 {
    if (number != CSR_MIP) return old;
    return load<u64>(h, MIP_SOFTWARE);
}

function mayAccess(h: usize, number: u32, changes: bool): bool {
    if (number <= CSR_FCSR && number >= CSR_FFLAGS && !(load<u64>(h, MSTATUS) & MSTATUS_FS)) return false;
    const privilege = load<i32>(h, PRIVILEGE);
    if (privilege < <i32>((number >> 8) & 3)) return false;
    if (changes && number >> 10 == 3) return false;
    if (number >= CSR_CYCLE && number <= CSR_HPMCOUNTER31) return counterVisible(h, privilege, <u64>(number & 31));
    if (privilege == PRIVILEGE_M) return true;
    if (number == CSR_SATP) return !(load<u64>(h, MSTATUS) & MSTATUS_TVM);
    if (number == CSR_STIMECMP) {
        return (load<u64>(h, MENVCFG) & MENVCFG_STCE) != 0 && (load<u64>(h, MCOUNTEREN) & COUNTER_TIME) != 0;
    }
    return true;
}

function counterVisible(h: usize, privilege: i32, index: u64): bool {
    if (privilege <= PRIVILEGE_S && !((load<u64>(h, MCOUNTEREN) >> index) & 1)) return false;
    return privilege != PRIVILEGE_U || ((load<u64>(h, SCOUNTEREN) >> index) & 1) != 0;
}

/** Returns whether the register is that of entries which the machine has. */
function hasEntries(number: u32): bool {
    const isConfiguration = number < CSR_PMPADDR0;
    const first = isConfiguration ? (number - CSR_PMPCFG0) << 2 : number - CSR_PMPADDR0;
    return first < load<u32>(PMP_ENTRIES);
}

/** After a write of these CSRs interrupts are sampled (docs/spec/turns.md 5.1), and regimes are chosen anew. */
function hasEffects(number: u32): bool {
    if (number >= CSR_PMPCFG0 && number <= CSR_PMPADDR63) return hasEntries(number);
    switch (number) {
        case CSR_MSTATUS:
        case CSR_SSTATUS:
        case CSR_MIE:
        case CSR_SIE:
        case CSR_MIP:
        case CSR_SIP:
        case CSR_MIDELEG:
        case CSR_STIMECMP:
        case CSR_SATP:
        case CSR_TDATA1:
        case CSR_TDATA2:
            return true;
        default:
            return false;
    }
}
