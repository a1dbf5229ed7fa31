// A thread's block, its trap frame, and kentry's save area: offsets and sizes in bytes.
// Generated from boot/abi/trap-frame.ts by `npm run generate`.

/** A thread's block of frames: its descriptor begins it, and its user registers, as the last trap left them, end it. */
export const THREAD_BLOCK_SIZE = 8192;
export const FRAME_SIZE = 256;
export const SAVE_AREA_SIZE = 64;
export const FSTATE_SIZE = 264;

/** u64 each. User registers, x[i] at FRAME_PC + 8*i; pc is in x0's place. */
export const FRAME_PC = 0;
export const FRAME_RA = 8;
export const FRAME_SP = 16;
export const FRAME_GP = 24;
export const FRAME_TP = 32;
export const FRAME_T0 = 40;
export const FRAME_T1 = 48;
export const FRAME_T2 = 56;
export const FRAME_S0 = 64;
export const FRAME_S1 = 72;
export const FRAME_A0 = 80;
export const FRAME_A1 = 88;
export const FRAME_A2 = 96;
export const FRAME_A3 = 104;
export const FRAME_A4 = 112;
export const FRAME_A5 = 120;
export const FRAME_A6 = 128;
export const FRAME_A7 = 136;
export const FRAME_S2 = 144;
export const FRAME_S3 = 152;
export const FRAME_S4 = 160;
export const FRAME_S5 = 168;
export const FRAME_S6 = 176;
export const FRAME_S7 = 184;
export const FRAME_S8 = 192;
export const FRAME_S9 = 200;
export const FRAME_S10 = 208;
export const FRAME_S11 = 216;
export const FRAME_T3 = 224;
export const FRAME_T4 = 232;
export const FRAME_T5 = 240;
export const FRAME_T6 = 248;
