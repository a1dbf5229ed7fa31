// A thread's block of frames: its descriptor begins it, and its user registers, as the last trap left them, end it. Known to
// kernel/hal/kentry.S, and to the host, which finds the pc of a fault there.

export const THREAD_BLOCK_SIZE = 8192;
/** Of its descriptor: the global id of the thread's hart, behind the registers of context_t (sched/thread.ts). */
export const THREAD_HART_ID = 112;
/** User registers: x[i] at 8*i, pc in x0's place. */
export const FRAME_SIZE = 256;
export const FRAME_PC = 0;
export const FRAME_SP = 16;
export const FRAME_TP = 32;
export const FRAME_A0 = 80;
export const FRAME_A7 = 136;
