// The phases of a page fault. The mark of each phase ends the phase before.
/** This phase lasts from the trap to PROBE_FAULT_BEGIN, the event faultBegin. */
export const PHASE_TRAP = 0;
export const PHASE_VSL = 1;
export const PHASE_RPC_OUT = 2;
export const PHASE_QUEUE = 3;
export const PHASE_SERVICE = 4;
export const PHASE_ALLOC = 5;
export const PHASE_FILL = 6;
export const PHASE_GPT = 7;
export const PHASE_RETURN = 8;
