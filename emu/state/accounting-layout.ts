// Layout of the access counters (docs/machine.md, "Accesses, counted and timed"), in machines made with `accounting`: per source cluster and mode (S and M, then U) one cell for
// each pair of home and frame kind; a cell holds one u64 per operation. Homes are the clusters, then "none" (ROM and devices).
//
//     cell of (source, home, kind) = CELLS of a source's hart + (home * KINDS + kind) * CELL_STRIDE
//
//     +--------+------+-------+-----+------+---
//     | ifetch | load | store | amo | walk | -      u64 each
//     +--------+------+-------+-----+------+---
//
// A table with one u32 a frame holds the offset of the frame's cell, so that tagging a frame is one store, and is seen by
// the very next access: nothing else keeps a frame's kind.

/** Of a source: S and M, and behind them U. */
export const MODES = 2;
export const CELL_STRIDE = 64;
/** Byte offsets in a cell. */
export const CELL_IFETCH = 0;
export const CELL_LOAD = 8;
export const CELL_STORE = 16;
export const CELL_AMO = 24;
export const CELL_WALK = 32;

export const KINDS = 16;
/** A frame nobody has tagged. Kinds 1 to 13 mean what the host wants them to. */
export const KIND_OTHER = 0;
export const KIND_ROM = 14;
export const KIND_DEVICE = 15;
/** log2 of KINDS * CELL_STRIDE. */
export const HOME_SHIFT = 10;
