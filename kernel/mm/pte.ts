// Sv39 page table entries (privileged specification, Sv39 and Svpbmt), and the two software bits the kernel uses.
//   63 0 | 62..61 PBMT | 60..54 0 | 53..10 PPN | 9..8 RSW | 7 D | 6 A | 5 G | 4 U | 3 X | 2 W | 1 R | 0 V

import { PPN_MASK, PTE_A, PTE_D, PTE_PPN_SHIFT, PTE_R, PTE_U, PTE_V, PTE_W, PTE_X } from "../hal/pte";

export { PTE_A, PTE_D, PTE_NC, PTE_PPN_SHIFT, PTE_R, PTE_U, PTE_V, PTE_W, PTE_X } from "../hal/pte";

/** RSW 0: a thread of this cluster is resolving a fault on the page, and other threads wait. */
export const PTE_BUSY: u64 = 256;
/** RSW 1, at Z: the page is being taken from its sharers, and a thread that faults on it waits (5.9). */
export const PTE_REMOVING: u64 = 512;
/** RSW 0 of a level-1 entry: it points to a leaf table of the reference cluster (mm/linked.ts). */
export const PTE_LINK: u64 = 256;

/** A leaf for user memory; A and D are preset, so the walker never writes a table (I7). */
export function pte_user(ppn: u64, rights: u64): u64 {
    return (ppn << PTE_PPN_SHIFT) | rights | PTE_U | PTE_A | PTE_D | PTE_V;
}

export function pte_ppn(pte: u64): u64 {
    return (pte >> PTE_PPN_SHIFT) & PPN_MASK;
}

/** True when the entry owns a frame: it is valid, or parked without rights (PROT_NONE, V = 0). */
export function pte_has_frame(pte: u64): bool {
    return pte_ppn(pte) != 0;
}

/** The leaf for a frame with these rights. Without any right it is parked: V = 0, and the frame is kept. */
export function pte_make(ppn: u64, rights: u64): u64 {
    return rights == 0 ? ppn << PTE_PPN_SHIFT : pte_user(ppn, rights);
}

/** The entry with only those of its rights that are in `rights`. */
export function pte_restrict(pte: u64, rights: u64): u64 {
    return pte_make(pte_ppn(pte), pte & rights & (PTE_R | PTE_W | PTE_X));
}
