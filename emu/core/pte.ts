// Fields of Sv39 page table entries (RISC-V privileged ISA, 12.4.1, and chapter 14), and of satp (12.1.11).
// Generated from emu/isa/fields.ts by `npm run generate`.

export const PTE_V: u64 = 0x1;
export const PTE_R: u64 = 0x2;
export const PTE_W: u64 = 0x4;
export const PTE_X: u64 = 0x8;
export const PTE_U: u64 = 0x10;
export const PTE_G: u64 = 0x20;
export const PTE_A: u64 = 0x40;
export const PTE_D: u64 = 0x80;
export const PTE_RSW: u64 = 0x300;
export const PTE_PPN: u64 = 0x3ffffffffffc00;
export const PTE_RESERVED: u64 = 0x1fc0000000000000;
export const PTE_PBMT: u64 = 0x6000000000000000;
export const PTE_N: u64 = 0x8000000000000000;

export const PTE_PPN_SHIFT: u64 = 10;
export const PPN_MASK: u64 = 0xfffffffffff;

export const SATP_MODE_SHIFT: u64 = 60;
export const SATP_PPN: u64 = 0xfffffffffff;
