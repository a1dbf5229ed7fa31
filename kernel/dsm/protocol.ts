// The words of the protocol between managers and nodes: downgrades, their answers, and grants.
/**
 * Downgrades (3.4). REVOKE: to read-only. INVALIDATE: the copy goes. HAND_OVER: the copy goes, but the frame lives on for the new writer to
 * copy and free. SHARE, under release consistency: to read-only and without atomics (4.9).
 */
export const DOWNGRADE_REVOKE: u32 = 0;
export const DOWNGRADE_INVALIDATE: u32 = 1;
export const DOWNGRADE_HAND_OVER: u32 = 2;
export const DOWNGRADE_SHARE: u32 = 3;
/** As DOWNGRADE_INVALIDATE, for a page of which others still have copies, maybe older ones: the node's writes are noted (4.5). */
export const DOWNGRADE_LEAVE: u32 = 4;

/**
 * Answers of a downgrade beside the node's frame, and 0 when the node has not touched the page. LOST: its process has ended. NO_MEMORY: it
 * has no frame to spare.
 */
export const DOWNGRADE_LOST: u64 = 0xffff_ffff_ffff_ffff;
export const DOWNGRADE_NO_MEMORY: u64 = 0xffff_ffff_ffff_fffe;
/** The value for no answer: the request is parked until the page is not held any more. */
export const DOWNGRADE_PARKED: u64 = 0xffff_ffff_ffff_fffd;

/** A grant: flags, and in the upper bits the frame to copy from (ppn << GRANT_PPN_SHIFT; 0: the page is all zero). */
export const GRANT_REFUSED: u64 = 0;
export const GRANT_OK: u64 = 1;
export const GRANT_WRITE: u64 = 2;
/** The node's own copy is current. */
export const GRANT_KEEP: u64 = 4;
/** The node frees the frame after the copy. */
export const GRANT_FREE: u64 = 8;
/** The group is ending. */
export const GRANT_DEAD: u64 = 16;
/** Dynamic: the node asked does not own the page; the upper bits are the node to ask next. */
export const GRANT_FORWARD: u64 = 32;
export const GRANT_NO_MEMORY: u64 = 64;
/** As GRANT_REFUSED: the page was given back while the request waited, or its content is gone with its node. */
export const GRANT_GONE: u64 = 128;
/** Release consistency: others may have copies, and the upper bits' frame is the reference copy (4.3). */
export const GRANT_SHARED: u64 = 256;
/** The node may write beside others. TWIN: with a twin. NOTE: in the reference copy itself. */
export const GRANT_TWIN: u64 = 512;
export const GRANT_NOTE: u64 = 1024;
/** The value for no answer: the request is parked until its turn at the page (turn.ts). */
export const GRANT_PARKED: u64 = 2048;
export const GRANT_PPN_SHIFT: u64 = 12;
/** The node whose manager grants; it is told when the page is installed. */
export const GRANT_BY_SHIFT: u64 = 44;

export function grant_ppn(grant: u64): u64 {
    return (grant & (((<u64>1) << GRANT_BY_SHIFT) - 1)) >> GRANT_PPN_SHIFT;
}

export function grant_by(grant: u64): u32 {
    return <u32>(grant >> GRANT_BY_SHIFT);
}
