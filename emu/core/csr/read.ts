// The value that each CSR reads as.
import {
    CYCLE_FROZEN,
    CYCLE_OFFSET,
    FCSR,
    HART_ID,
    INSTRET_FROZEN,
    INSTRET_OFFSET,
    MCAUSE,
    MCOUNTEREN,
    MCOUNTINHIBIT,
    MEDELEG,
    MENVCFG,
    MEPC,
    MIDELEG,
    MIE,
    MSCRATCH,
    MSTATUS,
    MTVAL,
    MTVEC,
    PMPADDR0,
    PMPCFG0,
    PMPCFG2,
    SATP,
    SCAUSE,
    SCOUNTEREN,
    SENVCFG,
    SEPC,
    SSCRATCH,
    STIMECMP,
    STVAL,
    STVEC,
    TDATA1,
    TDATA2,
    TSELECT,
} from "../../state/hart-layout";
import { FCSR_FLAGS, FCSR_ROUNDING_SHIFT } from "../float/state";
import { clockOf, pendingOf, retiredBy, timeOf } from "../time";
import { readTrigger, TINFO } from "../triggers";
import { MISA, SSTATUS_WRITABLE } from "./masks";
import { MSTATUS_FS, MSTATUS_SD, MSTATUS_SXL_64, MSTATUS_UXL_64 } from "./mstatus";
import * as n from "./numbers";

const MOST_PMP_ENTRIES: u32 = 16;
export const INHIBIT_CYCLE: u64 = 1;
export const INHIBIT_INSTRET: u64 = 4;

/** Tells whether the last readCsr met a number that is no CSR. */
export let unknownCsr: bool = false;

export function readCsr(h: usize, number: u32): u64 {
    unknownCsr = false;
    if (number < 0x200) return readSupervisor(h, number);
    if (number == n.CSR_CYCLE || number == n.CSR_MCYCLE) return cycles(h);
    if (number == n.CSR_INSTRET || number == n.CSR_MINSTRET) return instructions(h);
    if (number == n.CSR_TIME) return timeOf(h);
    if (number > n.CSR_INSTRET && number <= n.CSR_HPMCOUNTER31) return 0;
    if (number >= n.CSR_MHPMCOUNTER3 && number <= n.CSR_MHPMCOUNTER31) return 0;
    if (number >= n.CSR_MHPMEVENT3 && number <= n.CSR_MHPMEVENT31) return 0;
    if (number >= n.CSR_PMPCFG0 && number <= n.CSR_PMPADDR63) return readProtection(h, number);
    return readMachine(h, number);
}

/** PMP registers exist without entries, too, and are 0 then. RV64 has only the even pmpcfg. */
function readProtection(h: usize, number: u32): u64 {
    if (number >= n.CSR_PMPADDR0) {
        const entry = number - n.CSR_PMPADDR0;
        return entry < MOST_PMP_ENTRIES ? load<u64>(h + ((<usize>entry) << 3), PMPADDR0) : 0;
    }
    if (number == n.CSR_PMPCFG0) return load<u64>(h, PMPCFG0);
    if (number == n.CSR_PMPCFG0 + 2) return load<u64>(h, PMPCFG2);
    unknownCsr = (number & 1) != 0;
    return 0;
}

function readSupervisor(h: usize, number: u32): u64 {
    switch (number) {
        case n.CSR_FFLAGS:
            return <u64>(load<u32>(h, FCSR) & FCSR_FLAGS);
        case n.CSR_FRM:
            return <u64>(load<u32>(h, FCSR) >> FCSR_ROUNDING_SHIFT);
        case n.CSR_FCSR:
            return <u64>load<u32>(h, FCSR);
        case n.CSR_SSTATUS:
            return (load<u64>(h, MSTATUS) & SSTATUS_WRITABLE) | dirty(h) | MSTATUS_UXL_64;
        case n.CSR_SIE:
            return load<u64>(h, MIE) & load<u64>(h, MIDELEG);
        case n.CSR_SIP:
            return pendingOf(h) & load<u64>(h, MIDELEG);
        case n.CSR_STVEC:
            return load<u64>(h, STVEC);
        case n.CSR_SCOUNTEREN:
            return load<u64>(h, SCOUNTEREN);
        case n.CSR_SENVCFG:
            return load<u64>(h, SENVCFG);
        case n.CSR_SSCRATCH:
            return load<u64>(h, SSCRATCH);
        case n.CSR_SEPC:
            return load<u64>(h, SEPC);
        case n.CSR_SCAUSE:
            return load<u64>(h, SCAUSE);
        case n.CSR_STVAL:
            return load<u64>(h, STVAL);
        case n.CSR_STIMECMP:
            return load<u64>(h, STIMECMP);
        case n.CSR_SATP:
            return load<u64>(h, SATP);
        default:
            unknownCsr = true;
            return 0;
    }
}

/** Returns the SD bit. */
function dirty(h: usize): u64 {
    return (load<u64>(h, MSTATUS) & MSTATUS_FS) == MSTATUS_FS ? MSTATUS_SD : 0;
}

function readMachine(h: usize, number: u32): u64 {
    switch (number) {
        case n.CSR_MVENDORID:
        case n.CSR_MARCHID:
        case n.CSR_MIMPID:
        case n.CSR_MCONFIGPTR:
            return 0;
        case n.CSR_MHARTID:
            return <u64>load<u32>(h, HART_ID);
        case n.CSR_MSTATUS:
            return load<u64>(h, MSTATUS) | dirty(h) | MSTATUS_UXL_64 | MSTATUS_SXL_64;
        case n.CSR_MISA:
            return MISA;
        case n.CSR_MEDELEG:
            return load<u64>(h, MEDELEG);
        case n.CSR_MIDELEG:
            return load<u64>(h, MIDELEG);
        case n.CSR_MIE:
            return load<u64>(h, MIE);
        case n.CSR_MIP:
            return pendingOf(h);
        case n.CSR_MTVEC:
            return load<u64>(h, MTVEC);
        case n.CSR_MCOUNTEREN:
            return load<u64>(h, MCOUNTEREN);
        case n.CSR_MENVCFG:
            return load<u64>(h, MENVCFG);
        case n.CSR_MCOUNTINHIBIT:
            return load<u64>(h, MCOUNTINHIBIT);
        case n.CSR_MSCRATCH:
            return load<u64>(h, MSCRATCH);
        case n.CSR_MEPC:
            return load<u64>(h, MEPC);
        case n.CSR_MCAUSE:
            return load<u64>(h, MCAUSE);
        case n.CSR_MTVAL:
            return load<u64>(h, MTVAL);
        case n.CSR_TSELECT:
            return <u64>load<u32>(h, TSELECT);
        case n.CSR_TDATA1:
            return readTrigger(h, TDATA1);
        case n.CSR_TDATA2:
            return readTrigger(h, TDATA2);
        case n.CSR_TINFO:
            return TINFO;
        default:
            unknownCsr = true;
            return 0;
    }
}

/** The instruction in progress is not counted yet, though BUDGET already counts it. */
function cycles(h: usize): u64 {
    if (load<u64>(h, MCOUNTINHIBIT) & INHIBIT_CYCLE) return load<u64>(h, CYCLE_FROZEN);
    return clockOf(h) - 1 + load<u64>(h, CYCLE_OFFSET);
}

function instructions(h: usize): u64 {
    if (load<u64>(h, MCOUNTINHIBIT) & INHIBIT_INSTRET) return load<u64>(h, INSTRET_FROZEN);
    return retiredBy(h) - 1 + load<u64>(h, INSTRET_OFFSET);
}
