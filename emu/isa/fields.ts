/** Fields of mstatus, menvcfg, pmpcfg, satp and page table entries, as [high bit, low bit]; from them derive the masks and shifts of emu/core and kernel/abi. */

export type BitFields = Readonly<Record<string, readonly [high: number, low: number]>>;

/** Privileged ISA 3.1.6. */
export const MSTATUS_FIELDS = {
    SIE: [1, 1],
    MIE: [3, 3],
    SPIE: [5, 5],
    MPIE: [7, 7],
    SPP: [8, 8],
    MPP: [12, 11],
    /** Off, Initial, Clean, Dirty. */
    FS: [14, 13],
    MPRV: [17, 17],
    SUM: [18, 18],
    MXR: [19, 19],
    TVM: [20, 20],
    TW: [21, 21],
    TSR: [22, 22],
    UXL: [33, 32],
    SXL: [35, 34],
    /** Read-only: FS is Dirty. */
    SD: [63, 63],
} as const satisfies BitFields;

/** What UXL and SXL are fixed at: 64 bits. */
export const XL_64 = 2n;

/** Privileged ISA 3.1.18. */
export const MENVCFG_FIELDS = {
    FIOM: [0, 0],
    /** Less privileged modes may zero blocks (Zicboz); senvcfg has the same bit, for U. */
    CBZE: [7, 7],
    /** The hardware sets A and D (Svadu); else an entry that lacks them is a page fault. */
    ADUE: [61, 61],
    /** Page table entries have memory types (Svpbmt). */
    PBMTE: [62, 62],
    /** stimecmp is there for S, and drives STIP (Sstc). */
    STCE: [63, 63],
} as const satisfies BitFields;

/** The byte of an entry in pmpcfg, privileged ISA 3.7.1. */
export const PMPCFG_FIELDS = { R: [0, 0], W: [1, 1], X: [2, 2], A: [4, 3], L: [7, 7] } as const satisfies BitFields;

/** Values of A; the others are 0, off, and 2, four bytes. */
export const PMP_TOR = 1n;
export const PMP_NAPOT = 3n;

/** Privileged ISA 12.1.11. */
export const SATP_FIELDS = { MODE: [63, 60], ASID: [59, 44], PPN: [43, 0] } as const satisfies BitFields;

/** Sv39 page table entry, privileged ISA 12.4.1, with Svpbmt (chapter 14). */
export const PTE_FIELDS = {
    V: [0, 0],
    R: [1, 1],
    W: [2, 2],
    X: [3, 3],
    U: [4, 4],
    G: [5, 5],
    A: [6, 6],
    D: [7, 7],
    /** For software. */
    RSW: [9, 8],
    PPN: [53, 10],
    /** Bits that no extension gives a meaning. */
    RESERVED: [60, 54],
    PBMT: [62, 61],
    /** Svnapot's, which there is not. */
    N: [63, 63],
} as const satisfies BitFields;

/** Svpbmt's types: the memory's own attributes are 0, 3 is reserved. */
export const PBMT_NC = 1n;

/** The bits of some fields. */
export function maskOf<F extends BitFields>(fields: F, ...names: (keyof F & string)[]): bigint {
    return names.reduce((sum, name) => sum | (ones(fields, name) << shiftOf(fields, name)), 0n);
}

export function shiftOf<F extends BitFields>(fields: F, name: keyof F & string): bigint {
    return BigInt((fields[name] as readonly [number, number])[1]);
}

/** As many ones as the field has bits, from bit 0 on. */
export function ones<F extends BitFields>(fields: F, name: keyof F & string): bigint {
    const [high, low] = fields[name] as readonly [number, number];
    return (1n << BigInt(high - low + 1)) - 1n;
}
