/**
 * Decoded code pages: the table of emu/state/code-layout.ts. One 16-byte micro-op for each halfword of a page, decoded when first run, then the
 * page's content. A decoded page is shared by all frames with equal content; it holds no absolute address.
 */

import { block, layOut, roundUp, u16, u32, u64, value } from "./layout.ts";

/** A micro-op. */
export const UOP_FIELDS = {
    UOP_OP: u16("An instruction's number, or OP_*."),
    UOP_RD: u16("Registers as byte offsets from the hart."),
    UOP_RS1: u16(),
    UOP_RS2: u16(),
    UOP_IMM: u32("Sign-extended."),
    UOP_AUX: u32("Of branches inside the page: the distance in bytes of slots; else rs3."),
} as const;

export const UOP = layOut(UOP_FIELDS);

const PAGE_BYTES = 4096;
const SLOT = UOP.size;
const HALFWORD = 2;
const LINE = 128;
const HEAT = 4;

export const DECODED_FIELDS = {
    DECODED_SLOTS: block(SLOT, "The slots, a micro-op each.", { count: PAGE_BYTES / HALFWORD }),
    DECODED_END: block(SLOT, "The end mark behind them."),
    DECODED_USERS: u32("Frames that use this page."),
    DECODED_NEXT: u32("Host address of the next page in the same hash chain, or of the next free page."),
    DECODED_HASH: u64("Of the content."),
    DECODED_PRIVATE: u32("1: content was stored to since decoding, so the page is in no hash chain."),
    DECODED_STORES: u32("Stores since it became private."),
    DECODED_GENERATION: u32(
        "Differs each time the page is made anew, so that compiled code of earlier content is known.",
    ),
    DECODED_CONTENT: block(PAGE_BYTES, "What was decoded.", { align: LINE }),
    DECODED_HEAT: block(HEAT, "For each slot, how often control arrived there, or its compiled region (HEAT_*).", {
        count: PAGE_BYTES / HALFWORD,
        align: LINE,
    }),
} as const;

export const DECODED = layOut(DECODED_FIELDS);

export const CODE_VALUES = {
    DECODED_STRIDE: value(roundUp(DECODED.size, LINE), "Bytes from one decoded page to the next."),
    SLOT: value(SLOT),
    SLOT_SHIFT: value(
        Math.log2(SLOT / HALFWORD),
        "Offset of an instruction's slot: its offset in the page << SLOT_SHIFT.",
    ),

    OP_UNDECODED: value(0, "Ops that are no instruction. 0 must be the undecoded one."),
    OP_PAGE_END: value(1),
    OP_CROSSING: value(2),
    OP_ILLEGAL: value(3),
    FIRST_OP: value(4),
    OP_LINE_HEAD: value(
        0x4000,
        "In the op of a micro-op that may be the first of its line, or lies in two, in machines of fidelity timing.",
    ),
    OP_HOOK: value(
        0x8000,
        "In the op of a watched machine's micro-op: the host hears of the instruction before it runs (emu/host/watch.ts).",
    ),

    HEAT_SHIFT: value(Math.log2(SLOT / HEAT), "Offset of a slot's heat: the slot's offset in the page >> HEAT_SHIFT."),
    HEAT_COMPILED: value(0x80000000, "With the index of the region's function in the table."),
    HEAT_NEVER: value(0x40000000, "Where a place that is not for the JIT counts on, above any sensible threshold."),

    HASH_CHAINS: value(1024, "Chains of the content hash."),
} as const;
