// What scause holds (RISC-V privileged ISA, 12.1.8).
// Generated from emu/isa/cause.ts by `npm run generate`.

export const CAUSE_INSTRUCTION_MISALIGNED: u64 = 0;
export const CAUSE_INSTRUCTION_ACCESS_FAULT: u64 = 1;
export const CAUSE_ILLEGAL_INSTRUCTION: u64 = 2;
export const CAUSE_BREAKPOINT: u64 = 3;
export const CAUSE_LOAD_MISALIGNED: u64 = 4;
export const CAUSE_LOAD_ACCESS_FAULT: u64 = 5;
export const CAUSE_STORE_MISALIGNED: u64 = 6;
export const CAUSE_STORE_ACCESS_FAULT: u64 = 7;
export const CAUSE_ECALL_FROM_U: u64 = 8;
export const CAUSE_ECALL_FROM_S: u64 = 9;
export const CAUSE_ECALL_FROM_M: u64 = 11;
export const CAUSE_INSTRUCTION_PAGE_FAULT: u64 = 12;
export const CAUSE_LOAD_PAGE_FAULT: u64 = 13;
export const CAUSE_STORE_PAGE_FAULT: u64 = 15;
/** With it: a number of INTERRUPT_*. */
export const CAUSE_INTERRUPT: u64 = 0x8000000000000000;

export const INTERRUPT_SUPERVISOR_SOFTWARE: u64 = 1;
export const INTERRUPT_MACHINE_SOFTWARE: u64 = 3;
export const INTERRUPT_SUPERVISOR_TIMER: u64 = 5;
export const INTERRUPT_MACHINE_TIMER: u64 = 7;
export const INTERRUPT_SUPERVISOR_EXTERNAL: u64 = 9;
export const INTERRUPT_MACHINE_EXTERNAL: u64 = 11;
