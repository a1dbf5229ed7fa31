// The outcome of a page fault in one word, so that the answer to a request carries it. It is a valid entry, or the signal that ends the
// process, or the reason why there is neither.

import { PTE_V } from "./pte";

export type outcome_t = u64;

/** There is no such entry yet. */
export const OUTCOME_NONE: outcome_t = 0;
/** The entry allows the access already; another thread's fault has set it. */
export const OUTCOME_SET: outcome_t = 2;
/** The vseg is not in this VSL any more. */
export const OUTCOME_GONE: outcome_t = 4;
/** The request is parked (vmm_wait). */
export const OUTCOME_PARKED: outcome_t = 6;
/** The low byte of an outcome that has the signal above it. */
const SIGNAL: outcome_t = 8;

/** The outcome for SIG* or ENDING. */
export function outcome_signal(signal: u32): outcome_t {
    return ((<u64>signal) << 8) | SIGNAL;
}

/** The signal of an outcome; 0 when it is something else. */
export function signal_of(outcome: outcome_t): u32 {
    return (outcome & 255) == SIGNAL ? <u32>(outcome >> 8) : 0;
}

/** The entry of an outcome; 0 when it is something else. */
export function entry_of(outcome: outcome_t): u64 {
    return (outcome & PTE_V) != 0 ? outcome : 0;
}
