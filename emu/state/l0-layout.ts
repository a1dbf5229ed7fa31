// The L0 sets: byte offsets, and sizes.
// Generated from emu/state/l0-table.ts by `npm run generate`.

/** u64. vaddr of the page. */
export const L0_TAG = 0;
/** u32. Data: host address = low 32 bits of vaddr + this. Fetch: the frame's number. */
export const L0_OFFSET = 8;
/** u16. Stall cycles. */
export const L0_STALL = 12;
/** u16. Of no meaning. */
export const L0_UNUSED = 14;

/** The tables in a set. */
export const SET_READ = 0;
export const SET_WRITE = 4096;
export const SET_FETCH = 8192;

/** Bytes of an entry. */
export const L0_ENTRY = 16;
export const L0_DATA_ENTRIES = 256;
export const L0_FETCH_ENTRIES = 64;
/** Entry address = table + (i & mask), with i = vaddr >>> L0_SHIFT for fetches, and for data i = (vaddr >>> L0_SHIFT) ^ (vaddr >>> L0_FOLD), because arrays often lie a power of two apart. */
export const L0_SHIFT = 8;
export const L0_FOLD = 16;
export const L0_DATA_MASK = 4080;
export const L0_FETCH_MASK = 1008;
/** Of another index than 0. */
export const INVALID_TAG_0 = 4096;
/** Bytes of a set. */
export const SET_STRIDE = 9216;
/** Machine mode, or satp bare: virtual address = physical address. */
export const REGIME_BARE = 0;
export const REGIME_SUPERVISOR = 1;
export const REGIME_USER = 2;
/** Supervisor data accesses with mstatus.SUM set. */
export const REGIME_SUM = 3;
export const REGIMES = 4;
/** Bytes of L0 a hart. */
export const L0_STRIDE = 36864;
