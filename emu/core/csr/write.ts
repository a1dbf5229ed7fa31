// The effect of a write to each CSR. WARL fields keep only legal values (RISC-V privileged ISA, chapters 3 and 12).
import {
    CYCLE_FROZEN,
    CYCLE_OFFSET,
    FCSR,
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
    MIP_SOFTWARE,
    MSCRATCH,
    MSTATUS,
    MTVAL,
    MTVEC,
    SATP,
    SCAUSE,
    SCOUNTEREN,
    SENVCFG,
    SEPC,
    SSCRATCH,
    STIMECMP,
    STVAL,
    STVEC,
    TSELECT,
} from "../../state/hart-layout";
import { PMP_ENTRIES } from "../../state/machine-layout";
import { MIP_STIP } from "../cause";
import { FCSR_FLAGS, FCSR_ROUNDING_SHIFT, floatStateChanged, writeFcsr } from "../float/state";
import { writePmpAddress, writePmpCfgs } from "../pmp";
import { SATP_MODE_SHIFT } from "../pte";
import { clockOf, retiredBy } from "../time";
import { writeTrigger, writeTriggerAddress } from "../triggers";
import {
    MCOUNTEREN_WRITABLE,
    MCOUNTINHIBIT_WRITABLE,
    MEDELEG_WRITABLE,
    MENVCFG_STCE,
    MENVCFG_WRITABLE,
    MEPC_WRITABLE,
    MIDELEG_WRITABLE,
    MIE_WRITABLE,
    MIP_WRITABLE,
    MSTATUS_WRITABLE,
    MTVEC_WRITABLE,
    PMPADDR0_WRITABLE,
    SCOUNTEREN_WRITABLE,
    SENVCFG_WRITABLE,
    SEPC_WRITABLE,
    SIP_WRITABLE,
    SSTATUS_WRITABLE,
    STVEC_WRITABLE,
    TSELECT_WRITABLE,
} from "./masks";
import { MSTATUS_MPP, MSTATUS_MPP_SHIFT } from "./mstatus";
import * as n from "./numbers";
import { INHIBIT_CYCLE, INHIBIT_INSTRET } from "./read";

const SATP_SV39: u64 = 8;

export function writeCsr(h: usize, number: u32, value: u64): void {
    if (number < 0x200) writeSupervisor(h, number, value);
    else writeMachine(h, number, value);
}

function writeSupervisor(h: usize, number: u32, value: u64): void {
    switch (number) {
        case n.CSR_FFLAGS:
            writeFcsr(h, (load<u32>(h, FCSR) & ~FCSR_FLAGS) | (<u32>value & FCSR_FLAGS));
            return;
        case n.CSR_FRM:
            writeFcsr(h, (load<u32>(h, FCSR) & FCSR_FLAGS) | ((<u32>value) << FCSR_ROUNDING_SHIFT));
            return;
        case n.CSR_FCSR:
            writeFcsr(h, <u32>value);
            return;
        case n.CSR_SSTATUS:
            replace(h + MSTATUS, SSTATUS_WRITABLE, value);
            floatStateChanged(h);
            return;
        case n.CSR_SIE:
            replace(h + MIE, load<u64>(h, MIDELEG), value);
            return;
        case n.CSR_SIP:
            replace(h + MIP_SOFTWARE, load<u64>(h, MIDELEG) & SIP_WRITABLE, value);
            return;
        case n.CSR_STVEC:
            store<u64>(h, value & STVEC_WRITABLE, STVEC);
            return;
        case n.CSR_SCOUNTEREN:
            store<u64>(h, value & SCOUNTEREN_WRITABLE, SCOUNTEREN);
            return;
        case n.CSR_SENVCFG:
            store<u64>(h, value & SENVCFG_WRITABLE, SENVCFG);
            return;
        case n.CSR_SSCRATCH:
            store<u64>(h, value, SSCRATCH);
            return;
        case n.CSR_SEPC:
            store<u64>(h, value & SEPC_WRITABLE, SEPC);
            return;
        case n.CSR_SCAUSE:
            store<u64>(h, value, SCAUSE);
            return;
        case n.CSR_STVAL:
            store<u64>(h, value, STVAL);
            return;
        case n.CSR_STIMECMP:
            store<u64>(h, value, STIMECMP);
            return;
        case n.CSR_SATP: {
            // A mode that does not exist leaves the whole register as it was (12.1.11).
            const mode = value >> SATP_MODE_SHIFT;
            if (mode == 0 || mode == SATP_SV39) store<u64>(h, value, SATP);
            return;
        }
    }
}

/** The first 16 entries' registers, unless the machine has none; the others are 0. */
function writeProtection(h: usize, number: u32, value: u64): void {
    const entries = load<u32>(PMP_ENTRIES);
    if (number >= n.CSR_PMPADDR0) {
        const entry = number - n.CSR_PMPADDR0;
        if (entry < entries) writePmpAddress(h, entry, value & PMPADDR0_WRITABLE);
        return;
    }
    const first = (number - n.CSR_PMPCFG0) << 2;
    if (first < entries) writePmpCfgs(h, first, value);
}

function writeMachine(h: usize, number: u32, value: u64): void {
    if (number >= n.CSR_PMPCFG0 && number <= n.CSR_PMPADDR63) {
        writeProtection(h, number, value);
        return;
    }
    switch (number) {
        case n.CSR_MSTATUS:
            writeStatus(h, value);
            return;
        case n.CSR_MEDELEG:
            store<u64>(h, value & MEDELEG_WRITABLE, MEDELEG);
            return;
        case n.CSR_MIDELEG:
            store<u64>(h, value & MIDELEG_WRITABLE, MIDELEG);
            return;
        case n.CSR_MIE:
            store<u64>(h, value & MIE_WRITABLE, MIE);
            return;
        case n.CSR_MIP: {
            // With Sstc, STIP follows stimecmp and cannot be written.
            const fixed: u64 = load<u64>(h, MENVCFG) & MENVCFG_STCE ? MIP_STIP : 0;
            replace(h + MIP_SOFTWARE, MIP_WRITABLE & ~fixed, value);
            return;
        }
        case n.CSR_MTVEC:
            store<u64>(h, value & MTVEC_WRITABLE, MTVEC);
            return;
        case n.CSR_MCOUNTEREN:
            store<u64>(h, value & MCOUNTEREN_WRITABLE, MCOUNTEREN);
            return;
        case n.CSR_MENVCFG:
            store<u64>(h, value & MENVCFG_WRITABLE, MENVCFG);
            return;
        case n.CSR_MCOUNTINHIBIT:
            inhibit(h, value & MCOUNTINHIBIT_WRITABLE);
            return;
        case n.CSR_MSCRATCH:
            store<u64>(h, value, MSCRATCH);
            return;
        case n.CSR_MEPC:
            store<u64>(h, value & MEPC_WRITABLE, MEPC);
            return;
        case n.CSR_MCAUSE:
            store<u64>(h, value, MCAUSE);
            return;
        case n.CSR_MTVAL:
            store<u64>(h, value, MTVAL);
            return;
        case n.CSR_TSELECT:
            store<u32>(h, <u32>(value & TSELECT_WRITABLE), TSELECT);
            return;
        case n.CSR_TDATA1:
            writeTrigger(h, value);
            return;
        case n.CSR_TDATA2:
            writeTriggerAddress(h, value);
            return;
        case n.CSR_MCYCLE:
            store<u64>(h, value - clockOf(h), CYCLE_OFFSET);
            store<u64>(h, value, CYCLE_FROZEN);
            return;
        case n.CSR_MINSTRET:
            // The next instruction reads this value, because the writing instruction is not counted.
            store<u64>(h, value - retiredBy(h), INSTRET_OFFSET);
            store<u64>(h, value, INSTRET_FROZEN);
            return;
    }
}

function replace(address: usize, mask: u64, value: u64): void {
    store<u64>(address, (load<u64>(address) & ~mask) | (value & mask));
}

/** MPP = 2 is no privilege, so the field keeps its value. */
function writeStatus(h: usize, value: u64): void {
    const reserved = (value & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT == 2;
    replace(h + MSTATUS, reserved ? MSTATUS_WRITABLE & ~MSTATUS_MPP : MSTATUS_WRITABLE, value);
    floatStateChanged(h);
}

/** mcountinhibit: a counter that stops keeps its value, and a counter that starts goes on from it (3.1.12). */
function inhibit(h: usize, value: u64): void {
    const old = load<u64>(h, MCOUNTINHIBIT);
    const changed = old ^ value;
    if (changed & INHIBIT_CYCLE) {
        const clock = clockOf(h);
        if (value & INHIBIT_CYCLE) store<u64>(h, clock + load<u64>(h, CYCLE_OFFSET), CYCLE_FROZEN);
        else store<u64>(h, load<u64>(h, CYCLE_FROZEN) - clock, CYCLE_OFFSET);
    }
    if (changed & INHIBIT_INSTRET) {
        const retired = retiredBy(h);
        if (value & INHIBIT_INSTRET) store<u64>(h, retired + load<u64>(h, INSTRET_OFFSET), INSTRET_FROZEN);
        else store<u64>(h, load<u64>(h, INSTRET_FROZEN) - retired, INSTRET_OFFSET);
    }
    store<u64>(h, value, MCOUNTINHIBIT);
}
