// CSRs that the kernel and programs may use (RISC-V privileged ISA, 2.2), and fields of sstatus, sip and sie.
// Generated from emu/isa/csr.ts by `npm run generate`.

export const CSR_FFLAGS = 0x001;
export const CSR_FRM = 0x002;
export const CSR_FCSR = 0x003;
export const CSR_CYCLE = 0xc00;
export const CSR_TIME = 0xc01;
export const CSR_INSTRET = 0xc02;
export const CSR_SSTATUS = 0x100;
export const CSR_SIE = 0x104;
export const CSR_STVEC = 0x105;
export const CSR_SCOUNTEREN = 0x106;
export const CSR_SENVCFG = 0x10a;
export const CSR_SSCRATCH = 0x140;
export const CSR_SEPC = 0x141;
export const CSR_SCAUSE = 0x142;
export const CSR_STVAL = 0x143;
export const CSR_SIP = 0x144;
export const CSR_STIMECMP = 0x14d;
export const CSR_SATP = 0x180;
export const CSR_HPMCOUNTER3 = 0xc03;
export const CSR_HPMCOUNTER31 = 0xc1f;

export const SSTATUS_SIE = 0x2;
export const SSTATUS_SPIE = 0x20;
export const SSTATUS_SPP = 0x100;
export const SSTATUS_FS = 0x6000;
export const SSTATUS_SUM = 0x40000;
export const SSTATUS_MXR = 0x80000;

export const SIP_SSIP = 0x2;
export const SIP_STIP = 0x20;
export const SIP_SEIP = 0x200;

/** What cbo.zero makes zero (Zicboz). */
export const BLOCK_BYTES = 64;
