// Actions of the managers and the allocator of a DSM group (sm-dsm 3). sm_stats counts them, and the event dsm tells them.
export const DSM_READ_FAULT = 0;
export const DSM_WRITE_FAULT = 1;
export const DSM_INVALIDATE = 2;
export const DSM_REVOKE = 3;
export const DSM_MALLOC = 4;
export const DSM_BARRIER = 5;
export const DSM_BCAST = 6;
export const DSM_FREE = 7;
/** These two are counted (sm_stats), but not recorded. */
export const DSM_LOCK = 8;
export const DSM_PREFETCH = 9;
/** Release consistency: DSM_DIFF sends a written copy's bytes to the reference copy. DSM_DROP gives a copy up for its age. */
export const DSM_DIFF = 10;
export const DSM_DROP = 11;
