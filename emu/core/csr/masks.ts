// The bits of CSRs that a write changes, fields of menvcfg and pmpcfg, and misa.
// Generated from emu/isa/csr.ts by `npm run generate`.

export const FFLAGS_WRITABLE: u64 = 0x1f;
export const FRM_WRITABLE: u64 = 0x7;
export const FCSR_WRITABLE: u64 = 0xff;
export const SSTATUS_WRITABLE: u64 = 0xc6122;
export const SIE_WRITABLE: u64 = 0x222;
export const STVEC_WRITABLE: u64 = 0xfffffffffffffffd;
export const SCOUNTEREN_WRITABLE: u64 = 0xffffffff;
export const SENVCFG_WRITABLE: u64 = 0x81;
export const SEPC_WRITABLE: u64 = 0xfffffffffffffffe;
export const SIP_WRITABLE: u64 = 0x2;
export const MSTATUS_WRITABLE: u64 = 0x7e79aa;
export const MEDELEG_WRITABLE: u64 = 0xb3ff;
export const MIDELEG_WRITABLE: u64 = 0x222;
export const MIE_WRITABLE: u64 = 0xaaa;
export const MTVEC_WRITABLE: u64 = 0xfffffffffffffffd;
export const MCOUNTEREN_WRITABLE: u64 = 0xffffffff;
export const MENVCFG_WRITABLE: u64 = 0xe000000000000081;
export const MCOUNTINHIBIT_WRITABLE: u64 = 0x5;
export const MEPC_WRITABLE: u64 = 0xfffffffffffffffe;
export const MIP_WRITABLE: u64 = 0x222;
export const TSELECT_WRITABLE: u64 = 0x3;
export const TDATA1_WRITABLE: u64 = 0xf00000000040005f;
export const PMPCFG0_WRITABLE: u64 = 0x9f9f9f9f9f9f9f9f;
export const PMPADDR0_WRITABLE: u64 = 0x3fffffffffffff;

/** stimecmp is there for S, and drives STIP. */
export const MENVCFG_STCE: u64 = 0x8000000000000000;
/** Page table entries have memory types. */
export const MENVCFG_PBMTE: u64 = 0x4000000000000000;
/** The hardware sets A and D in page table entries. */
export const MENVCFG_ADUE: u64 = 0x2000000000000000;
/** In menvcfg for S and U, in senvcfg for U: blocks may be zeroed. */
export const ENVCFG_CBZE: u64 = 0x80;

export const PMPCFG_R: u64 = 0x1;
export const PMPCFG_W: u64 = 0x2;
export const PMPCFG_X: u64 = 0x4;
export const PMPCFG_A: u64 = 0x18;
export const PMPCFG_L: u64 = 0x80;
export const PMPCFG_A_SHIFT: u64 = 3;
/** Values of A: a range from the entry before on. */
export const PMP_TOR: u64 = 1;
/** A power of two. */
export const PMP_NAPOT: u64 = 3;

/** What misa reads as (emu/isa/extensions.ts). */
export const MISA: u64 = 0x800000000014112f;
