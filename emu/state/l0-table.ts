/**
 * The L0 sets: the table of emu/state/l0-layout.ts. Per hart one set for each translation regime, each with direct-mapped read, write and fetch
 * tables (L0_SHIFT says which entry is a page's).
 *
 * Stall cycles are of fidelity "latency", else 0: what each access, or each instruction of the page, costs beside its cycle.
 * An entry is invalid when its tag's page has another index, so no address ever hits it: tag 0, and INVALID_TAG_0 in
 * entry 0. Untouched memory is therefore nearly a valid empty set.
 */

import { block, layOut, u16, u32, u64, value } from "./layout.ts";

export const L0_ENTRY_FIELDS = {
    L0_TAG: u64("vaddr of the page."),
    L0_OFFSET: u32("Data: host address = low 32 bits of vaddr + this. Fetch: the frame's number."),
    L0_STALL: u16("Stall cycles."),
    L0_UNUSED: u16("Of no meaning."),
} as const;

export const L0_ENTRY = layOut(L0_ENTRY_FIELDS);

const ENTRY = L0_ENTRY.size;
const DATA_ENTRIES = 256;
const FETCH_ENTRIES = 64;
const REGIMES = 4;
const PAGE_SHIFT = 12;

export const L0_SET_FIELDS = {
    SET_READ: block(ENTRY, "The tables in a set.", { count: DATA_ENTRIES }),
    SET_WRITE: block(ENTRY, undefined, { count: DATA_ENTRIES }),
    SET_FETCH: block(ENTRY, undefined, { count: FETCH_ENTRIES }),
} as const;

export const L0_SET = layOut(L0_SET_FIELDS);

export const L0_VALUES = {
    L0_ENTRY: value(ENTRY, "Bytes of an entry."),
    L0_DATA_ENTRIES: value(DATA_ENTRIES),
    L0_FETCH_ENTRIES: value(FETCH_ENTRIES),
    L0_SHIFT: value(
        PAGE_SHIFT - Math.log2(ENTRY),
        "Entry address = table + (i & mask), with i = vaddr >>> L0_SHIFT for fetches, and for data i = (vaddr >>> L0_SHIFT) ^ (vaddr >>> L0_FOLD), because arrays often lie a power of two apart.",
    ),
    L0_FOLD: value(PAGE_SHIFT - Math.log2(ENTRY) + Math.log2(DATA_ENTRIES)),
    L0_DATA_MASK: value((DATA_ENTRIES - 1) * ENTRY),
    L0_FETCH_MASK: value((FETCH_ENTRIES - 1) * ENTRY),
    INVALID_TAG_0: value(1 << PAGE_SHIFT, "Of another index than 0."),
    SET_STRIDE: value(L0_SET.size, "Bytes of a set."),

    REGIME_BARE: value(0, "Machine mode, or satp bare: virtual address = physical address."),
    REGIME_SUPERVISOR: value(1),
    REGIME_USER: value(2),
    REGIME_SUM: value(3, "Supervisor data accesses with mstatus.SUM set."),
    REGIMES: value(REGIMES),
    L0_STRIDE: value(REGIMES * L0_SET.size, "Bytes of L0 a hart."),
} as const;
