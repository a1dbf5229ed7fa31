// Layout of the TLB model (docs/machine.md, "L0 and the TLB model"), in machines that count or time page walks: per hart one TLB for fetches and one
// for data, each of TLB_SETS sets of TLB_WAYS entries. Entries are of 4 KiB, pieces of superpages too.
//
//      0              8
//     +--------------+--------------+
//     | vaddr of the | satp         |    low bits of the first word: TLB_VALID, TLB_DIRTY (stores need no walk)
//     | page         |              |
//     +--------------+--------------+
//
// Behind the entries of each TLB, one byte a set: the way that is replaced next.

export const TLB_ENTRY = 16;
export const TLB_SATP = 8;
export const TLB_VALID = 1;
export const TLB_DIRTY = 2;
