/** Assembly for tests of traps: a handler that logs cause, pc and value, then goes on in M mode at the address in s10. */
import type { Guest } from "./guest.ts";

/** Put at the start of a program; s10 and s11 are taken, and t0 is lost at each trap. */
export const TRAP_LOG_START = `
    la t0, handler
    csrw mtvec, t0
    la s11, log
`;

/** Put at the end of a program. */
export const TRAP_LOG_END = `
    .balign 4
handler:
    csrr t0, mcause
    sd t0, 0(s11)
    csrr t0, mepc
    sd t0, 8(s11)
    csrr t0, mtval
    sd t0, 16(s11)
    csrr t0, mstatus
    sd t0, 24(s11)
    addi s11, s11, 32
    csrw mepc, s10
    li t0, 0x1800
    csrs mstatus, t0
    mret
    .balign 4096
log: .zero 4096
`;

export interface LoggedTrap {
    readonly cause: bigint;
    readonly pc: bigint;
    readonly tval: bigint;
    readonly mstatus: bigint;
}

/** The traps logged so far, in order. */
export function trapsOf(guest: Guest): LoggedTrap[] {
    const count = Number(guest.x("s11") - guest.address("log")) / 32;
    return Array.from({ length: count }, (_, i) => ({
        cause: guest.memory64("log", 4 * i),
        pc: guest.memory64("log", 4 * i + 1),
        tval: guest.memory64("log", 4 * i + 2),
        mstatus: guest.memory64("log", 4 * i + 3),
    }));
}
