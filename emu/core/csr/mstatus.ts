// Fields of mstatus (RISC-V privileged ISA, 3.1.6).
//
//   63  35 34 33 32  22  21 20  19  18  17   14 13 12 11  8   7    5    3   1
//   SD | SXL | UXL |TSR|TW|TVM|MXR|SUM|MPRV| FS   | MPP |SPP|MPIE|SPIE|MIE|SIE

export const MSTATUS_SIE: u64 = 1 << 1;
export const MSTATUS_MIE: u64 = 1 << 3;
export const MSTATUS_SPIE: u64 = 1 << 5;
export const MSTATUS_MPIE: u64 = 1 << 7;
export const MSTATUS_SPP: u64 = 1 << 8;
export const MSTATUS_SPP_SHIFT: u64 = 8;
export const MSTATUS_MPP: u64 = 3 << 11;
export const MSTATUS_MPP_SHIFT: u64 = 11;
/** FS: Off, Initial, Clean, Dirty. SD is read-only: FS is Dirty. */
export const MSTATUS_FS: u64 = 3 << 13;
export const MSTATUS_SD: u64 = (<u64>1) << 63;
export const MSTATUS_MPRV: u64 = 1 << 17;
export const MSTATUS_SUM: u64 = 1 << 18;
export const MSTATUS_MXR: u64 = 1 << 19;
export const MSTATUS_TVM: u64 = 1 << 20;
export const MSTATUS_TW: u64 = 1 << 21;
export const MSTATUS_TSR: u64 = 1 << 22;
/** UXL = 2 and SXL = 2: 64 bits, fixed. */
export const MSTATUS_UXL_64: u64 = (<u64>2) << 32;
export const MSTATUS_SXL_64: u64 = (<u64>2) << 34;

/** What mstatus and sstatus let software write. */
export const MSTATUS_WRITABLE: u64 =
    MSTATUS_SIE |
    MSTATUS_MIE |
    MSTATUS_SPIE |
    MSTATUS_MPIE |
    MSTATUS_SPP |
    MSTATUS_MPP |
    MSTATUS_FS |
    MSTATUS_MPRV |
    MSTATUS_SUM |
    MSTATUS_MXR |
    MSTATUS_TVM |
    MSTATUS_TW |
    MSTATUS_TSR;
export const SSTATUS_WRITABLE: u64 = MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_FS | MSTATUS_SUM | MSTATUS_MXR;
