// Marks of a watched machine (emu/host/watch.ts): 16 bits for each 8 bytes of memory, a bit a byte in each half.
//
//      15              8 7               0
//     +-----------------+-----------------+
//     | closed: nobody  | unwritten: to   |    bit i of a half is of byte i; a store of the kernel clears `unwritten` of
//     | may touch it    | be stored first |    what it writes. 0: memory that nobody asked to have watched
//     +-----------------+-----------------+

export const MARKED_BYTES = 8;
export const MARK_BYTES = 2;
export const CLOSED_SHIFT = 8;

/** What the host is told of an access: the bytes in bits 6..0, and one of the kinds. */
export const ACCESS_WIDTH = 127;
export const ACCESS_LOAD = 128;
export const ACCESS_STORE = 256;
/** AMO, LR and SC. */
export const ACCESS_ATOMIC = 512;
