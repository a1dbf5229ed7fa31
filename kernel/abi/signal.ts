// Signals with the numbers of Linux.
/** In place of a signal: the process is ending already, and there is nothing to report. */
export const ENDING = 63;
export const SIGILL = 4;
export const SIGTRAP = 5;
export const SIGABRT = 6;
export const SIGBUS = 7;
export const SIGKILL = 9;
export const SIGSEGV = 11;
