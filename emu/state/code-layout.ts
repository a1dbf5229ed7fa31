// Layout of decoded code pages (docs/machine.md, "Decoded code"): one 16-byte micro-op for each halfword of a page, decoded when first run,
// then the page's content. A decoded page is shared by all frames with equal content; it holds no absolute address.
//
//      0    2    4     6     8         12        16
//     +----+----+-----+-----+---------+---------+
//     | op | rd | rs1 | rs2 | imm     | aux     |    registers as byte offsets from the hart; imm sign-extended 32 bits
//     +----+----+-----+-----+---------+---------+    aux: for branches inside the page, the distance in bytes of slots; else rs3

export const SLOT = 16;
export const SLOT_SHIFT = 3;
export const UOP_OP = 0;
export const UOP_RD = 2;
export const UOP_RS1 = 4;
export const UOP_RS2 = 6;
export const UOP_IMM = 8;
export const UOP_AUX = 12;

/** Ops that are no instruction. 0 must be the undecoded one. */
export const OP_UNDECODED = 0;
export const OP_PAGE_END = 1;
export const OP_CROSSING = 2;
export const OP_ILLEGAL = 3;
export const FIRST_OP = 4;
/** In the op of a watched machine's micro-op: the host hears of the instruction before it runs (emu/host/watch.ts). */
export const OP_HOOK = 0x8000;

/** Offsets in a decoded page: the slots, the end mark behind them, bookkeeping, the content. */
export const DECODED_END = 32768;
/** u32: frames that use this page. */
export const DECODED_USERS = 32784;
/** u32: host address of the next page in the same hash chain, or of the next free page. */
export const DECODED_NEXT = 32788;
/** u64 */
export const DECODED_HASH = 32792;
/** u32: 1 = content was stored to since decoding, so the page is in no hash chain. */
export const DECODED_PRIVATE = 32800;
/** u32: stores since it became private. */
export const DECODED_STORES = 32804;
export const DECODED_CONTENT = 32896;
export const DECODED_STRIDE = 36992;

/** Chains of the content hash. */
export const HASH_CHAINS = 1024;
