// What the hardware gives a meaning in Sv39 page table entries; mm/pte.ts has the kernel's own bits.
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
/** Memory without atomics: LR, SC and AMOs on the page are access faults (sm-dsm 4.9). */
export const PTE_NC: u64 = 0x2000000000000000;
