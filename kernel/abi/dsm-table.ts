// The manager's table of the page-grained DSM protocol (sm-dsm 3.3, 3.4): what a request does, by what the manager knows of the page
// and of the node that asks. The kernel's manager carries the rows out (kernel/dsm/manager.ts); the model of the protocol
// (test/dsm/model.ts) is made of the same rows.

/** Counts as a read or write fault of the protocol (3.5). */
export const DSM_COUNTED = 1;
/** The owner, who writes, keeps a copy to read. */
export const DSM_REVOKE_OWNER = 2;
/** Every other copy goes; the owner's frame is handed over when the asking node has none. */
export const DSM_INVALIDATE_OTHERS = 4;
/** The asking node copies the owner's frame, and the manager notes its copy. */
export const DSM_COPY = 8;
/** The asking node's own copy is current; the first touch by the owner has none yet. */
export const DSM_KEEP = 16;
/** The asking node may write, and is the owner from now on. */
export const DSM_GRANT_WRITE = 32;

/** A row's number: these of the page and the node, added. */
export const DSM_IS_WRITE = 1;
export const DSM_IS_OWNER = 2;
export const DSM_HAS_COPY = 4;
export const DSM_WRITER = 8;

// Rows 0 to 15. An owner always has a copy, and while somebody writes nobody else has one: what cannot be is 0, refused.
// reads                                         nobody writes
export const DSM_ROW_0 = DSM_COUNTED + DSM_COPY;
export const DSM_ROW_2 = 0;
export const DSM_ROW_4 = DSM_KEEP;
export const DSM_ROW_6 = DSM_KEEP;
// reads                                         the owner writes
export const DSM_ROW_8 = DSM_COUNTED + DSM_REVOKE_OWNER + DSM_COPY;
export const DSM_ROW_10 = 0;
export const DSM_ROW_12 = 0;
export const DSM_ROW_14 = DSM_KEEP + DSM_GRANT_WRITE;
// writes                                        nobody writes
export const DSM_ROW_1 = DSM_COUNTED + DSM_INVALIDATE_OTHERS + DSM_COPY + DSM_GRANT_WRITE;
export const DSM_ROW_3 = 0;
export const DSM_ROW_5 = DSM_COUNTED + DSM_INVALIDATE_OTHERS + DSM_KEEP + DSM_GRANT_WRITE;
export const DSM_ROW_7 = DSM_COUNTED + DSM_INVALIDATE_OTHERS + DSM_KEEP + DSM_GRANT_WRITE;
// writes                                        the owner writes
export const DSM_ROW_9 = DSM_COUNTED + DSM_INVALIDATE_OTHERS + DSM_COPY + DSM_GRANT_WRITE;
export const DSM_ROW_11 = 0;
export const DSM_ROW_13 = 0;
export const DSM_ROW_15 = DSM_KEEP + DSM_GRANT_WRITE;
