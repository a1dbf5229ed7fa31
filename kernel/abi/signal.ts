// Signals, by Linux's numbers.
/** In place of a signal: the process is ending already, nothing is to be said. */
export const ENDING = 63;
export const SIGILL = 4;
export const SIGTRAP = 5;
export const SIGABRT = 6;
export const SIGBUS = 7;
export const SIGKILL = 9;
export const SIGSEGV = 11;
