// Privileged instructions and illegal ones (RISC-V privileged ISA, 3.3 and 12.2).
import {
    BUDGET,
    EXIT,
    EXIT_ENDS,
    EXIT_PC_SET,
    EXIT_REDISPATCH,
    EXIT_STOP,
    HART_ID,
    IDLE,
    INSTRET_BIAS,
    MIE,
    MSTATUS,
    PC,
    PRIVILEGE,
    PRIVILEGE_M,
    PRIVILEGE_S,
    PRIVILEGE_U,
    STATE,
    WAITING,
} from "../state/hart-layout";
import { MODELLED, SEMIHOSTING, STOP, TURN, TURN_EXTENDED, TURN_OVER, TURN_PAUSED } from "../state/machine-layout";
import { TIMING } from "../state/timing-layout";
import { CAUSE_BREAKPOINT, CAUSE_ECALL_FROM_U, CAUSE_ILLEGAL_INSTRUCTION } from "./cause";
import { MSTATUS_TSR, MSTATUS_TVM, MSTATUS_TW } from "./csr/mstatus";
import { hostOf } from "./frames";
import { mark, semihost } from "./host";
import { forgetTranslations } from "./l0";
import { fetchFrame } from "./memory";
import { drainAll, fenceStores } from "./store-buffer";
import { pendingOf } from "./time";
import { SLOTS_FETCH, stallFence, stallPause } from "./timing/access";
import { tlbFlush } from "./timing/tlb";
import { raise, returnFromMachine, returnFromSupervisor } from "./trap";

export const SYSTEM_ECALL: u32 = 0;
export const SYSTEM_EBREAK: u32 = 1;
export const SYSTEM_MRET: u32 = 2;
export const SYSTEM_SRET: u32 = 3;
export const SYSTEM_WFI: u32 = 4;
export const SYSTEM_SFENCE: u32 = 5;
export const SYSTEM_PAUSE: u32 = 6;
export const SYSTEM_ILLEGAL: u32 = 7;
/** With fidelity "timing" or store buffers. Elsewhere FENCE.I has nothing to do. */
export const SYSTEM_FENCE_I: u32 = 8;
/** sfence.w.inval and sfence.inval.ir. */
export const SYSTEM_SFENCE_INVAL: u32 = 9;
/** slti x0, x0, n: `rs1` is n. */
export const SYSTEM_MARK: u32 = 10;
/** With store buffers only: `rs1` is the fence's immediate. */
export const SYSTEM_FENCE: u32 = 11;

const INSTRUCTION_BYTES: u64 = 4;
const SEMIHOSTING_ENTRY: u32 = 0x01f01013;
const EBREAK: u32 = 0x00100073;
const SEMIHOSTING_EXIT: u32 = 0x40705013;
const RS1_SHIFT: u32 = 15;
const RS2_SHIFT: u32 = 20;

/** Returns the instruction at PC, for the rare cases that need it. It is not compressed unless it is illegal. */
export function wordAtPc(h: usize): u32 {
    const pc = load<u64>(h, PC);
    const low = <u32>halfwordAt(h, pc);
    if ((low & 3) != 3) return low;
    return low | ((<u32>halfwordAt(h, pc + 2)) << 16);
}

function halfwordAt(h: usize, pc: u64): u16 {
    const frame = fetchFrame(h, pc, SLOTS_FETCH);
    return frame < 0 ? 0 : load<u16>(hostOf(frame) + (<usize>pc & 4095));
}

export function raiseIllegal(h: usize): void {
    raise(h, CAUSE_ILLEGAL_INSTRUCTION, <u64>wordAtPc(h));
}

/** Engines call this function. */
export function system(h: usize, operation: u32, rs1: u64): void {
    const privilege = load<i32>(h, PRIVILEGE);
    switch (operation) {
        case SYSTEM_ECALL:
            raise(h, CAUSE_ECALL_FROM_U + <u64>privilege, 0);
            return;
        case SYSTEM_EBREAK:
            if (load<u32>(SEMIHOSTING) && asksHost(h)) answer(h);
            else raise(h, CAUSE_BREAKPOINT, load<u64>(h, PC));
            return;
        case SYSTEM_MRET:
            if (privilege < PRIVILEGE_M) raiseIllegal(h);
            else returnFromMachine(h);
            return;
        case SYSTEM_SRET:
            if (!supervisorMay(h, privilege, MSTATUS_TSR)) raiseIllegal(h);
            else returnFromSupervisor(h);
            return;
        case SYSTEM_WFI:
            if (!supervisorMay(h, privilege, MSTATUS_TW)) raiseIllegal(h);
            else waitForInterrupt(h);
            return;
        case SYSTEM_SFENCE:
            if (!supervisorMay(h, privilege, MSTATUS_TVM)) raiseIllegal(h);
            else fence(h, rs1);
            return;
        case SYSTEM_PAUSE:
            if (load<u32>(TIMING)) stallPause(h);
            endTurn(h, TURN_PAUSED);
            return;
        case SYSTEM_FENCE_I:
            drainAll(h);
            if (load<u32>(TIMING)) stallFence(h);
            return;
        case SYSTEM_SFENCE_INVAL:
            // Svinval (chapter 15): TVM does not trap them, and sinval.vma has done its work.
            if (privilege == PRIVILEGE_U) raiseIllegal(h);
            else drainAll(h);
            return;
        case SYSTEM_FENCE:
            fenceStores(h, <u32>rs1);
            return;
        case SYSTEM_MARK:
            mark(load<u32>(h, HART_ID), <i32>rs1);
            return;
        default:
            raiseIllegal(h);
    }
}

/** Semihosting's ebreak, not compressed, is between slli x0, x0, 0x1f and srai x0, x0, 7, all in one page (RISC-V Semihosting 0.4). */
function asksHost(h: usize): bool {
    const pc = load<u64>(h, PC);
    const offset = <u32>pc & 4095;
    if (offset < <u32>INSTRUCTION_BYTES || offset > 4096 - 2 * <u32>INSTRUCTION_BYTES) return false;
    const frame = fetchFrame(h, pc, SLOTS_FETCH);
    if (frame < 0) return false;
    const host = hostOf(frame) + <usize>offset;
    return (
        load<u32>(host - 4) == SEMIHOSTING_ENTRY && load<u32>(host) == EBREAK && load<u32>(host, 4) == SEMIHOSTING_EXIT
    );
}

function answer(h: usize): void {
    drainAll(h);
    semihost(load<u32>(h, HART_ID));
    store<u64>(h, load<u64>(h, PC) + INSTRUCTION_BYTES, PC);
    store<u32>(h, load<u32>(h, EXIT) | EXIT_PC_SET | (load<u32>(STOP) ? EXIT_STOP : 0), EXIT);
}

/** Returns false in U mode, and in S mode when that mstatus bit is set. */
function supervisorMay(h: usize, privilege: i32, trapBit: u64): bool {
    if (privilege == PRIVILEGE_U) return false;
    return privilege != PRIVILEGE_S || !(load<u64>(h, MSTATUS) & trapBit);
}

/** WFI is a no-op when an interrupt is already pending and enabled in mie (3.3.3). */
function waitForInterrupt(h: usize): void {
    if (pendingOf(h) & load<u64>(h, MIE)) return;
    drainAll(h);
    store<u32>(h, WAITING, STATE);
    endTurn(h, TURN_OVER);
}

/**
 * Ends the turn, with `state` as the state of the turn, or TURN_OVER in an extension. The rest of the budget is idle time, the rest of an
 * extension is not (turns.md 2.3). With fidelity "timing" neither takes more time than it takes (timing.md 2.4).
 */
function endTurn(h: usize, state: u32): void {
    const left = load<i32>(h, BUDGET);
    const extended = load<u32>(TURN) == TURN_EXTENDED;
    store<u32>(TURN, extended ? TURN_OVER : state);
    if (left > 0 && !extended && !load<u32>(TIMING)) {
        store<u64>(h, load<u64>(h, INSTRET_BIAS) - <u64>left, INSTRET_BIAS);
        store<u64>(h, load<u64>(h, IDLE) + <u64>left, IDLE);
        store<i32>(h, 0, BUDGET);
    }
    store<u64>(h, load<u64>(h, PC) + INSTRUCTION_BYTES, PC);
    store<u32>(h, load<u32>(h, EXIT) | EXIT_PC_SET | EXIT_ENDS, EXIT);
}

/**
 * sfence.vma: the numbers of the operand registers, not their values, tell whether all addresses are meant. An L0 set serves one address
 * space, so another ASID than its own could be skipped; emptying too much is always right.
 */
function fence(h: usize, rs1: u64): void {
    const word = wordAtPc(h);
    const onePage = ((word >> RS1_SHIFT) & 31) != 0;
    const rs2 = <usize>((word >> RS2_SHIFT) & 31);
    drainAll(h);
    forgetTranslations(h, onePage, rs1);
    if (load<u32>(MODELLED)) tlbFlush(h, onePage, rs1, rs2 != 0, load<u64>(h + (rs2 << 3)));
    // The next fetch is translated anew.
    store<u32>(h, load<u32>(h, EXIT) | EXIT_REDISPATCH, EXIT);
}
