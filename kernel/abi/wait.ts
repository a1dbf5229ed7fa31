// wait4's options and statuses with the numbers of Linux (kernel/proc/family.ts, kernel/syscalls/wait.ts).
export const WNOHANG = 1;
/** A child that has stopped; waitid calls it WSTOPPED. */
export const WUNTRACED = 2;
export const WEXITED = 4;
export const WCONTINUED = 8;
export const WNOWAIT = 0x1000000;
/** The status of a child that goes on. */
export const STATUS_CONTINUED = 0xffff;
/** The low byte of the status of a child that has stopped; the signal is in the second byte. */
export const STATUS_STOPPED = 0x7f;
