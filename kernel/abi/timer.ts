// What RPC_TIMER_CALL does with a timer (proc/timer-calls.ts).
export const TIMER_CREATE = 0;
export const TIMER_SET = 1;
export const TIMER_GET = 2;
export const TIMER_DELETE = 3;

/** How a timer notifies: its signal goes to the process, to no one, or to one thread. */
export const SIGEV_SIGNAL = 0;
export const SIGEV_NONE = 1;
export const SIGEV_THREAD = 2;
export const SIGEV_THREAD_ID = 4;
/** As SIGEV_SIGNAL, with the number of the timer for a value. */
export const OWN_VALUE = 0x100;
