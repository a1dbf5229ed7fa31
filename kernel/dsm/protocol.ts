// What manager and nodes say to each other.
/** Downgrades (3.4): to read-only; away; away, but the frame lives on for the new writer to copy and free. */
export const DOWNGRADE_REVOKE: u32 = 0;
export const DOWNGRADE_INVALIDATE: u32 = 1;
export const DOWNGRADE_HAND_OVER: u32 = 2;

/** A grant: flags, and in the upper bits the frame to copy from (ppn << GRANT_PPN_SHIFT; 0: the page is all zero). */
export const GRANT_REFUSED: u64 = 0;
export const GRANT_OK: u64 = 1;
export const GRANT_WRITE: u64 = 2;
/** The node's own copy is current. */
export const GRANT_KEEP: u64 = 4;
/** The frame is the node's to free after the copy. */
export const GRANT_FREE: u64 = 8;
/** The group is ending. */
export const GRANT_DEAD: u64 = 16;
export const GRANT_PPN_SHIFT: u64 = 8;
