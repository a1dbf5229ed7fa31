// The manager's tables of the two page-grained DSM protocols (sm-dsm 3.3, 3.4, 4.3, 4.4). A row says what a request does, by what the
// manager knows of the page and of the node that asks. The kernel's manager carries the rows out (kernel/dsm/grant.ts). The models of the
// protocols (test/dsm/model.ts, test/dsm/release-model.ts) are made of the same rows.

/** Counts as a read or write fault of the protocol (3.5). */
export const DSM_COUNTED = 1;
/** The writing owner keeps a copy to read. */
export const DSM_REVOKE_OWNER = 2;
/** Every other copy goes. The owner's frame is handed over when the asking node has none. */
export const DSM_INVALIDATE_OTHERS = 4;
/** The asking node copies the owner's frame, and the manager notes its copy. */
export const DSM_COPY = 8;
/** The asking node's own copy is current. At the first touch by the owner there is no copy yet. */
export const DSM_KEEP = 16;
/** The asking node may write, and is the owner from now on. */
export const DSM_GRANT_WRITE = 32;
/** Release consistency: the asking node may write beside others. It keeps a twin of its copy. */
export const DSM_TWIN = 64;
/** Does as DSM_TWIN for the owner, whose frame is the reference copy and needs no twin. */
export const DSM_NOTE = 128;

/** A row's number is the sum of the facts about the page and the node. */
export const DSM_IS_WRITE = 1;
export const DSM_IS_OWNER = 2;
export const DSM_HAS_COPY = 4;
export const DSM_WRITER = 8;
/**
 * Release consistency: the page had better be the node's alone. For a write this is a guess (rule 4.4), and either row is right; but for
 * the owner only when no other node has a copy. An atomic access must have the page alone (rule 4.9).
 */
export const DSM_ALONE = 16;

// Sequential consistency: rows 0 to 15. An owner always has a copy, and while a node writes no other has one. An impossible row is 0,
// refused.
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

// Release consistency: rows 0 to 31.
// reads                                         shared: the owner's frame is the reference copy
export const RELEASE_ROW_0 = DSM_COUNTED + DSM_COPY;
export const RELEASE_ROW_2 = 0;
export const RELEASE_ROW_4 = DSM_KEEP;
export const RELEASE_ROW_6 = DSM_KEEP;
// reads                                         the owner has the page alone
export const RELEASE_ROW_8 = DSM_COUNTED + DSM_REVOKE_OWNER + DSM_COPY;
export const RELEASE_ROW_10 = 0;
export const RELEASE_ROW_12 = 0;
export const RELEASE_ROW_14 = DSM_KEEP + DSM_GRANT_WRITE;
// writes                                        shared
export const RELEASE_ROW_1 = DSM_COUNTED + DSM_COPY + DSM_TWIN;
export const RELEASE_ROW_3 = 0;
export const RELEASE_ROW_5 = DSM_COUNTED + DSM_KEEP + DSM_TWIN;
export const RELEASE_ROW_7 = DSM_COUNTED + DSM_KEEP + DSM_NOTE;
// writes                                        the owner has the page alone
export const RELEASE_ROW_9 = DSM_COUNTED + DSM_REVOKE_OWNER + DSM_COPY + DSM_TWIN;
export const RELEASE_ROW_11 = 0;
export const RELEASE_ROW_13 = 0;
export const RELEASE_ROW_15 = DSM_KEEP + DSM_GRANT_WRITE;
// The same with DSM_ALONE. A node that takes the page copies the reference copy even if it has a copy of its own, which may be older.
export const RELEASE_ROW_16 = RELEASE_ROW_0;
export const RELEASE_ROW_18 = 0;
export const RELEASE_ROW_20 = RELEASE_ROW_4;
export const RELEASE_ROW_22 = RELEASE_ROW_6;
export const RELEASE_ROW_24 = RELEASE_ROW_8;
export const RELEASE_ROW_26 = 0;
export const RELEASE_ROW_28 = 0;
export const RELEASE_ROW_30 = RELEASE_ROW_14;
export const RELEASE_ROW_17 = DSM_COUNTED + DSM_INVALIDATE_OTHERS + DSM_COPY + DSM_GRANT_WRITE;
export const RELEASE_ROW_19 = 0;
export const RELEASE_ROW_21 = DSM_COUNTED + DSM_INVALIDATE_OTHERS + DSM_COPY + DSM_GRANT_WRITE;
export const RELEASE_ROW_23 = DSM_COUNTED + DSM_INVALIDATE_OTHERS + DSM_KEEP + DSM_GRANT_WRITE;
export const RELEASE_ROW_25 = DSM_COUNTED + DSM_INVALIDATE_OTHERS + DSM_COPY + DSM_GRANT_WRITE;
export const RELEASE_ROW_27 = 0;
export const RELEASE_ROW_29 = 0;
export const RELEASE_ROW_31 = RELEASE_ROW_15;
