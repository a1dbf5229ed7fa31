// Operations of futex(2), with the numbers of Linux, and their flags.
export const FUTEX_WAIT = 0;
export const FUTEX_WAKE = 1;
export const FUTEX_REQUEUE = 3;
export const FUTEX_CMP_REQUEUE = 4;
export const FUTEX_WAIT_BITSET = 9;
export const FUTEX_WAKE_BITSET = 10;
export const FUTEX_CLOCK_REALTIME = 256;
export const FUTEX_PRIVATE_FLAG = 128;
