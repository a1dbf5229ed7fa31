// Decoded code pages: byte offsets, and what fields hold.
// Generated from emu/state/code-table.ts by `npm run generate`.

/** u16. An instruction's number, or OP_*. */
export const UOP_OP = 0;
/** u16 each. Registers as byte offsets from the hart. */
export const UOP_RD = 2;
export const UOP_RS1 = 4;
export const UOP_RS2 = 6;
/** u32. Sign-extended. */
export const UOP_IMM = 8;
/** u32. Of branches inside the page: the distance in bytes of slots; else rs3. */
export const UOP_AUX = 12;

/** The slots, a micro-op each. */
export const DECODED_SLOTS = 0;
/** The end mark behind them. */
export const DECODED_END = 32768;
/** u32. Frames that use this page. */
export const DECODED_USERS = 32784;
/** u32. Host address of the next page in the same hash chain, or of the next free page. */
export const DECODED_NEXT = 32788;
/** u64. Of the content. */
export const DECODED_HASH = 32792;
/** u32. 1: content was stored to since decoding, so the page is in no hash chain. */
export const DECODED_PRIVATE = 32800;
/** u32. Stores since it became private. */
export const DECODED_STORES = 32804;
/** u32. Differs each time the page is made anew, so that compiled code of earlier content is known. */
export const DECODED_GENERATION = 32808;
/** What was decoded. */
export const DECODED_CONTENT = 32896;
/** For each slot, how often control arrived there, or its compiled region (HEAT_*). */
export const DECODED_HEAT = 36992;

/** Bytes from one decoded page to the next. */
export const DECODED_STRIDE = 45184;
export const SLOT = 16;
/** Offset of an instruction's slot: its offset in the page << SLOT_SHIFT. */
export const SLOT_SHIFT = 3;
/** Ops that are no instruction. 0 must be the undecoded one. */
export const OP_UNDECODED = 0;
export const OP_PAGE_END = 1;
export const OP_CROSSING = 2;
export const OP_ILLEGAL = 3;
export const FIRST_OP = 4;
/** In the op of a micro-op that may be the first of its line, or lies in two, in machines of fidelity timing. */
export const OP_LINE_HEAD = 16384;
/** In the op of a watched machine's micro-op: the host hears of the instruction before it runs (emu/host/watch.ts). */
export const OP_HOOK = 32768;
/** Offset of a slot's heat: the slot's offset in the page >> HEAT_SHIFT. */
export const HEAT_SHIFT = 2;
/** With the index of the region's function in the table. */
export const HEAT_COMPILED = 2147483648;
/** Where a place that is not for the JIT counts on, above any sensible threshold. */
export const HEAT_NEVER = 1073741824;
/** Chains of the content hash. */
export const HASH_CHAINS = 1024;
