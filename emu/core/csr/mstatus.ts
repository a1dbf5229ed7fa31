// Fields of mstatus (RISC-V privileged ISA, 3.1.6). FS: Off, Initial, Clean, Dirty; SD is read-only: FS is Dirty; UXL and SXL are fixed.
// Generated from emu/isa/fields.ts by `npm run generate`.

export const MSTATUS_SIE: u64 = 0x2;
export const MSTATUS_MIE: u64 = 0x8;
export const MSTATUS_SPIE: u64 = 0x20;
export const MSTATUS_MPIE: u64 = 0x80;
export const MSTATUS_SPP: u64 = 0x100;
export const MSTATUS_MPP: u64 = 0x1800;
export const MSTATUS_FS: u64 = 0x6000;
export const MSTATUS_MPRV: u64 = 0x20000;
export const MSTATUS_SUM: u64 = 0x40000;
export const MSTATUS_MXR: u64 = 0x80000;
export const MSTATUS_TVM: u64 = 0x100000;
export const MSTATUS_TW: u64 = 0x200000;
export const MSTATUS_TSR: u64 = 0x400000;
export const MSTATUS_UXL: u64 = 0x300000000;
export const MSTATUS_SXL: u64 = 0xc00000000;
export const MSTATUS_SD: u64 = 0x8000000000000000;

export const MSTATUS_SPP_SHIFT: u64 = 8;
export const MSTATUS_MPP_SHIFT: u64 = 11;

export const MSTATUS_UXL_64: u64 = 0x200000000;
export const MSTATUS_SXL_64: u64 = 0x800000000;
