// The levels of requests (vmm-policy 5.9). A handler sends only to lower levels.

/** Runs in the interrupt handler; sends nothing. */
export const LEVEL_LEAF: u32 = 0;
/** DSM at a node's reference cluster. */
export const LEVEL_NODE: u32 = 1;
/** DSM manager. */
export const LEVEL_MANAGER: u32 = 2;
/** Services of a process's reference cluster. */
export const LEVEL_REFERENCE: u32 = 3;
/** Processes and threads. */
export const LEVEL_PROCESS: u32 = 4;
export const LEVELS: u32 = 5;
