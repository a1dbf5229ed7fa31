// Traps, delegation, interrupts and returns from traps (RISC-V privileged ISA, 3.1.6 to 3.1.9, 3.3.2, 12.1).
import {
    ENTERED_USER,
    EXIT,
    EXIT_MAY_END,
    EXIT_PC_SET,
    GRANTED,
    INSTRET_BIAS,
    LEFT_USER,
    MCAUSE,
    MEDELEG,
    MEPC,
    MIDELEG,
    MIE,
    MSTATUS,
    MTVAL,
    MTVEC,
    PC,
    PRIVILEGE,
    PRIVILEGE_M,
    PRIVILEGE_S,
    PRIVILEGE_U,
    RAISED,
    RESERVATION,
    SCAUSE,
    SEPC,
    STVAL,
    STVEC,
    TRAPPED,
} from "../state/hart-layout";
import {
    CAUSE_INSTRUCTION_ACCESS_FAULT,
    CAUSE_INSTRUCTION_PAGE_FAULT,
    CAUSE_INTERRUPT,
    INTERRUPT_MACHINE_EXTERNAL,
    INTERRUPT_MACHINE_SOFTWARE,
    INTERRUPT_MACHINE_TIMER,
    INTERRUPT_SUPERVISOR_EXTERNAL,
    INTERRUPT_SUPERVISOR_SOFTWARE,
    INTERRUPT_SUPERVISOR_TIMER,
    MIP_MEIP,
    MIP_MSIP,
    MIP_MTIP,
    MIP_SEIP,
    MIP_SSIP,
} from "./cause";
import {
    MSTATUS_MIE,
    MSTATUS_MPIE,
    MSTATUS_MPP,
    MSTATUS_MPP_SHIFT,
    MSTATUS_MPRV,
    MSTATUS_SIE,
    MSTATUS_SPIE,
    MSTATUS_SPP,
    MSTATUS_SPP_SHIFT,
} from "./csr/mstatus";
import { selectRegimes } from "./l0";
import { clockOf, pendingOf } from "./time";

/** Raises an exception of the instruction at PC. The instruction is not retired, but costs its cycle, so that no trap loop is free. */
export function raise(h: usize, cause: u64, tval: u64): void {
    store<u64>(h, load<u64>(h, INSTRET_BIAS) - 1, INSTRET_BIAS);
    store<u64>(h, load<u64>(h, RAISED) + 1, RAISED);
    if (cause != CAUSE_INSTRUCTION_ACCESS_FAULT && cause != CAUSE_INSTRUCTION_PAGE_FAULT) {
        store<u64>(h, load<u64>(h, TRAPPED) + 1, TRAPPED);
    }
    const privilege = load<i32>(h, PRIVILEGE);
    enter(h, cause, tval, privilege != PRIVILEGE_M && ((load<u64>(h, MEDELEG) >> cause) & 1) != 0);
}

function enter(h: usize, cause: u64, tval: u64, toSupervisor: bool): void {
    const privilege = <u64>load<u32>(h, PRIVILEGE);
    const status = load<u64>(h, MSTATUS);
    const pc = load<u64>(h, PC);
    let vector: u64;
    if (privilege == PRIVILEGE_U) store<u64>(h, clockOf(h), LEFT_USER);
    // An instruction that has given way does not come next (timing.md 2.1).
    store<u32>(h, 0, GRANTED);
    if (toSupervisor) {
        const enabled: u64 = status & MSTATUS_SIE ? MSTATUS_SPIE : 0;
        const kept = status & ~(MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP);
        store<u64>(h, kept | enabled | (privilege << MSTATUS_SPP_SHIFT), MSTATUS);
        store<u64>(h, pc, SEPC);
        store<u64>(h, cause, SCAUSE);
        store<u64>(h, tval, STVAL);
        store<u32>(h, PRIVILEGE_S, PRIVILEGE);
        vector = load<u64>(h, STVEC);
    } else {
        const enabled: u64 = status & MSTATUS_MIE ? MSTATUS_MPIE : 0;
        const kept = status & ~(MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP);
        store<u64>(h, kept | enabled | (privilege << MSTATUS_MPP_SHIFT), MSTATUS);
        store<u64>(h, pc, MEPC);
        store<u64>(h, cause, MCAUSE);
        store<u64>(h, tval, MTVAL);
        store<u32>(h, PRIVILEGE_M, PRIVILEGE);
        vector = load<u64>(h, MTVEC);
    }
    const base = vector & ~(<u64>3);
    const vectored = (vector & 3) == 1 && (cause & CAUSE_INTERRUPT) != 0;
    store<u64>(h, vectored ? base + ((cause & 63) << 2) : base, PC);
    store<u32>(h, 0, RESERVATION);
    selectRegimes(h);
    store<u32>(h, load<u32>(h, EXIT) | EXIT_PC_SET | EXIT_MAY_END, EXIT);
}

/** Takes the interrupt of highest priority that is pending and enabled, if there is one. PC must be that of the next instruction. */
export function sampleInterrupts(h: usize): void {
    const pending = pendingOf(h) & load<u64>(h, MIE);
    if (!pending) return;
    const privilege = load<i32>(h, PRIVILEGE);
    const status = load<u64>(h, MSTATUS);
    const delegated = load<u64>(h, MIDELEG);
    if (privilege < PRIVILEGE_M || status & MSTATUS_MIE) {
        const machine = pending & ~delegated;
        if (machine) {
            enter(h, CAUSE_INTERRUPT | highest(machine), 0, false);
            return;
        }
    }
    if (privilege < PRIVILEGE_S || (privilege == PRIVILEGE_S && status & MSTATUS_SIE)) {
        const supervisor = pending & delegated;
        if (supervisor) enter(h, CAUSE_INTERRUPT | highest(supervisor), 0, true);
    }
}

/** Returns the first in the order of 3.1.9: MEI, MSI, MTI, SEI, SSI, STI. */
function highest(pending: u64): u64 {
    if (pending & MIP_MEIP) return INTERRUPT_MACHINE_EXTERNAL;
    if (pending & MIP_MSIP) return INTERRUPT_MACHINE_SOFTWARE;
    if (pending & MIP_MTIP) return INTERRUPT_MACHINE_TIMER;
    if (pending & MIP_SEIP) return INTERRUPT_SUPERVISOR_EXTERNAL;
    if (pending & MIP_SSIP) return INTERRUPT_SUPERVISOR_SOFTWARE;
    return INTERRUPT_SUPERVISOR_TIMER;
}

export function returnFromMachine(h: usize): void {
    let status = load<u64>(h, MSTATUS);
    const to = (status & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT;
    status = status & MSTATUS_MPIE ? status | MSTATUS_MIE : status & ~MSTATUS_MIE;
    status = (status | MSTATUS_MPIE) & ~MSTATUS_MPP;
    if (to != PRIVILEGE_M) status &= ~MSTATUS_MPRV;
    returnTo(h, status, <i32>to, load<u64>(h, MEPC));
}

export function returnFromSupervisor(h: usize): void {
    let status = load<u64>(h, MSTATUS);
    const to = (status & MSTATUS_SPP) >> MSTATUS_SPP_SHIFT;
    status = status & MSTATUS_SPIE ? status | MSTATUS_SIE : status & ~MSTATUS_SIE;
    status = (status | MSTATUS_SPIE) & ~(MSTATUS_SPP | MSTATUS_MPRV);
    returnTo(h, status, <i32>to, load<u64>(h, SEPC));
}

function returnTo(h: usize, status: u64, privilege: i32, pc: u64): void {
    store<u64>(h, status, MSTATUS);
    store<u32>(h, privilege, PRIVILEGE);
    store<u64>(h, pc, PC);
    store<u32>(h, 0, RESERVATION);
    selectRegimes(h);
    if (privilege == PRIVILEGE_U && load<u64>(h, ENTERED_USER) == 0) store<u64>(h, clockOf(h), ENTERED_USER);
    store<u32>(h, load<u32>(h, EXIT) | EXIT_PC_SET, EXIT);
    sampleInterrupts(h);
}
