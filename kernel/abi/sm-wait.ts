// The calls in which a thread waits for the other nodes of its group.
export const SM_BARRIER = 1;
export const SM_BCAST = 2;
export const SM_EXIT = 3;
export const SM_LOCK = 4;
export const SM_COND = 5;
/** A normal end, without sm_node_exit before. */
export const SM_END = 6;
