// Layout of the L0 sets (docs/machine.md, "L0 and the TLB model"): per hart one set for each translation regime, each with direct-mapped read, write
// and fetch tables of 16-byte entries. Index = virtual page number modulo the table's size.
//
//      0               8              12       14       16
//     +---------------+--------------+--------+--------+
//     | tag: vaddr of | host offset  | stall  | unused |    data entry: host address = low 32 bits of vaddr + offset
//     | the page      | or frame     | cycles |        |    fetch entry: frame number
//     +---------------+--------------+--------+--------+
//
// Stall cycles are of fidelity "latency", else 0: what each access, or each instruction of the page, costs beside its cycle.
// An entry is invalid when its tag's page has another index, so no address ever hits it: tag 0, and INVALID_TAG_0 in
// entry 0. Untouched memory is therefore nearly a valid empty set.

export const L0_ENTRY = 16;
export const L0_DATA_ENTRIES = 256;
export const L0_FETCH_ENTRIES = 64;
/** Entry address = table + ((vaddr >>> L0_SHIFT) & mask). */
export const L0_SHIFT = 8;
export const L0_DATA_MASK = 4080;
export const L0_FETCH_MASK = 1008;
export const L0_OFFSET = 8;
export const L0_STALL = 12;
export const INVALID_TAG_0 = 4096;

/** Offsets of the tables in a set, and the size of a set. */
export const SET_READ = 0;
export const SET_WRITE = 4096;
export const SET_FETCH = 8192;
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
