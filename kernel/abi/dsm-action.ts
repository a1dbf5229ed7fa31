// Actions of the managers and the allocator of a DSM group (sm-dsm 3): what sm_stats counts, and the event dsm tells.
export const DSM_READ_FAULT = 0;
export const DSM_WRITE_FAULT = 1;
export const DSM_INVALIDATE = 2;
export const DSM_REVOKE = 3;
export const DSM_MALLOC = 4;
export const DSM_BARRIER = 5;
export const DSM_BCAST = 6;
export const DSM_FREE = 7;
/** Counted (sm_stats), not recorded. */
export const DSM_LOCK = 8;
export const DSM_PREFETCH = 9;
/** Release consistency: a written copy's bytes go to the reference copy; a copy is given up for its age. */
export const DSM_DIFF = 10;
export const DSM_DROP = 11;
