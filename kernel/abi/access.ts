// The kinds of access.
export const ACCESS_FETCH = 0;
export const ACCESS_LOAD = 1;
export const ACCESS_STORE = 2;
/** Used between trap and fault handler only: a store or a load reserved that must be the page's only access. It is told as ACCESS_STORE. */
export const ACCESS_ATOMIC = 3;
