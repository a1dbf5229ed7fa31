// The vseg types of vmm-policy section 3, in its order.
export const VSEG_CODE = 0;
export const VSEG_DATA = 1;
export const VSEG_STACK = 2;
export const VSEG_HEAP = 3;
export const VSEG_REMOTE = 4;
export const VSEG_FILE = 5;
export const VSEG_DSM = 6;
export const VSEG_TYPES = 7;
/** Frames that belong to no vseg: page tables, the kernel's own frames, and its threads (descriptor and kernel stack). */
export const FRAME_GPT = 7;
export const FRAME_KERNEL = 8;
export const FRAME_THREAD = 9;
