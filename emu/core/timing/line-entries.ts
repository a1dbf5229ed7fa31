// Entries of L0 in fidelity "timing": of one line for data, with a bit a line for fetches (docs/spec/timing.md 3.3, 3.5).
import { HART_ID, L0_FETCH, L0_LINES, L0_READY } from "../../state/hart-layout";
import {
    INVALID_TAG_0,
    L0_DATA_ENTRIES,
    L0_ENTRY,
    L0_FETCH_ENTRIES,
    L0_FETCH_MASK,
    L0_OFFSET,
    L0_SHIFT,
    L0_STRIDE,
    REGIME_BARE,
    REGIME_SUM,
    REGIMES,
    SET_FETCH,
    SET_READ,
    SET_STRIDE,
    SET_WRITE,
} from "../../state/l0-layout";
import { FRAMES_BASE, L0_BASE } from "../../state/machine-layout";
import { FETCH_LINES, LINE_BYTES_OF_ENTRY, LINE_SHIFT } from "../../state/timing-layout";

const PAGE_BYTES: u32 = 4096;
const ENTRY_SHIFT: u32 = 4;

/** Returns the offset in a table for data of the entry of the line of vaddr. */
export function lineIndex(vaddr: u64): usize {
    return (<usize>(vaddr >> load<u32>(LINE_SHIFT)) & (L0_DATA_ENTRIES - 1)) << ENTRY_SHIFT;
}

export function forgetReadLine(h: usize, host: usize): void {
    forgetLine(h, SET_READ, host);
}

export function forgetWriteLine(h: usize, host: usize): void {
    forgetLine(h, SET_WRITE, host);
}

/** Compares the entries whose index agrees in the bits within a page: the others are of other lines. */
function forgetLine(h: usize, tableOfSet: usize, host: usize): void {
    const shift = load<u32>(LINE_SHIFT);
    const ready = load<u32>(h, L0_READY);
    const set = <usize>load<u32>(L0_BASE) + <usize>load<u32>(h, HART_ID) * L0_STRIDE + tableOfSet;
    const step = (PAGE_BYTES >> shift) << ENTRY_SHIFT;
    const first = ((<u32>host & (PAGE_BYTES - 1)) >> shift) << ENTRY_SHIFT;
    for (let regime: i32 = REGIME_BARE; regime <= REGIME_SUM; regime++) {
        if (!(ready & (1 << regime))) continue;
        const table = set + <usize>regime * SET_STRIDE;
        for (let index = first; index < <u32>L0_DATA_ENTRIES * L0_ENTRY; index += step) {
            const entry = table + <usize>index;
            if (<u32>load<u64>(entry) + load<u32>(entry, L0_OFFSET) != <u32>host) continue;
            store<u64>(entry, index ? 0 : INVALID_TAG_0);
        }
    }
}

/** Returns the address of the bits of the lines of the entries for fetches of a regime, LINE_BYTES_OF_ENTRY an entry, as L0_ENTRY. */
export function linesTable(h: usize, regime: i32): usize {
    const index = <usize>load<u32>(h, HART_ID) * REGIMES + <usize>regime;
    return <usize>load<u32>(FETCH_LINES) + index * (L0_FETCH_ENTRIES * LINE_BYTES_OF_ENTRY);
}

/** Returns the address of the bits of the lines of the present fetch entry of the page of vaddr. */
function linesOf(h: usize, vaddr: u64): usize {
    const entry = <usize>load<u32>(h, L0_FETCH) + ((<usize>vaddr >> L0_SHIFT) & L0_FETCH_MASK);
    return entry + <usize>load<i32>(h, L0_LINES);
}

/** Returns the bit of a line in its byte. */
function bitOf(line: u32): u8 {
    const bit: u32 = 1 << (line & 7);
    return <u8>bit;
}

/** The fetch entry of the page is new: none of its lines is known to be in L1I. */
export function clearLines(h: usize, vaddr: u64): void {
    memory.fill(linesOf(h, vaddr), 0, LINE_BYTES_OF_ENTRY);
}

/** The line of vaddr is in L1I. */
export function setLine(h: usize, vaddr: u64): void {
    const line = (<u32>vaddr & (PAGE_BYTES - 1)) >> load<u32>(LINE_SHIFT);
    const bits = linesOf(h, vaddr) + <usize>(line >> 3);
    store<u8>(bits, load<u8>(bits) | bitOf(line));
}

export function forgetFetchLine(h: usize, host: usize): void {
    const ready = load<u32>(h, L0_READY);
    const frame = <u32>((host - <usize>load<u32>(FRAMES_BASE)) >> 12);
    const line = (<u32>host & (PAGE_BYTES - 1)) >> load<u32>(LINE_SHIFT);
    const set = <usize>load<u32>(L0_BASE) + <usize>load<u32>(h, HART_ID) * L0_STRIDE + SET_FETCH;
    for (let regime: i32 = REGIME_BARE; regime <= REGIME_SUM; regime++) {
        if (!(ready & (1 << regime))) continue;
        const table = set + <usize>regime * SET_STRIDE;
        for (let entry = table; entry < table + L0_FETCH_ENTRIES * L0_ENTRY; entry += L0_ENTRY) {
            if (load<u32>(entry, L0_OFFSET) != frame) continue;
            const bits = linesTable(h, regime) + (entry - table) + <usize>(line >> 3);
            store<u8>(bits, load<u8>(bits) & ~bitOf(line));
        }
    }
}
