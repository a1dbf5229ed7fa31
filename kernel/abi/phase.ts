// Phases of a page fault; the mark of each ends the one before. PHASE_TRAP lasts from the trap to the event faultBegin.
/** Phases of a fault; each mark ends the one before. 0: from the trap to PROBE_FAULT_BEGIN. */
export const PHASE_TRAP = 0;
export const PHASE_VSL = 1;
export const PHASE_RPC_OUT = 2;
export const PHASE_QUEUE = 3;
export const PHASE_SERVICE = 4;
export const PHASE_ALLOC = 5;
export const PHASE_FILL = 6;
export const PHASE_GPT = 7;
export const PHASE_RETURN = 8;
