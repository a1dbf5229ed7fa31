// Store buffers (docs/spec/memory-model.md, section 2): of each hart STORE_DEPTH entries, the oldest first.

/** Bytes of an entry. */
export const STORE_ENTRY = 24;
/** u64. The bytes that the store writes, the lowest first. */
export const STORE_VALUE = 0;
/** u32. Where it writes, in bytes behind FRAMES_BASE. */
export const STORE_PLACE = 8;
/** u32. How many bytes, 1 to 8. */
export const STORE_WIDTH = 12;
/** u32. Its fence: those of the buffer with a lower number go before it. */
export const STORE_FENCED = 16;
