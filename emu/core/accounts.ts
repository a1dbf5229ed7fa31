// Counts accesses and, with fidelity "latency", times them (docs/machine.md, "Accesses, counted and timed"). Engines do so for accesses
// that hit L0. All other accesses come here, each once, when it has succeeded. An access over two pages counts as one, of the page of its
// first byte.
import { CELL_IFETCH, CELL_WALK } from "../state/accounting-layout";
import { CELLS, PTE_READS, STALL_ROW } from "../state/hart-layout";
import {
    ACCOUNTING,
    BANK_FRAMES,
    CELL_OF_FRAME,
    DEVICE_CELL,
    DEVICE_STALL,
    LATENCY,
    LOCAL_STALL,
    MODELLED,
    RAM_FRAME,
    RAM_FRAMES,
} from "../state/machine-layout";
import { stall } from "./time";

/** Notes that the hart has accessed memory. `operation` is a CELL_* offset. */
export function accessed(h: usize, frame: i32, operation: usize): void {
    if (!load<u32>(MODELLED)) return;
    if (load<u32>(ACCOUNTING)) count(h, cellOf(frame), operation);
    if (load<u32>(LATENCY)) stall(h, stallOf(h, frame));
}

/** The probe (emu/mem/map.ts) is the machine's own measuring port: its stores must not cost what they measure. */
const PROBE_PAGE: u64 = 0x10200;

export function isProbe(paddr: u64): bool {
    return paddr >> 12 == PROBE_PAGE;
}

/** Notes that the hart has accessed the device at paddr. */
export function accessedDevice(h: usize, paddr: u64, operation: usize): void {
    if (!load<u32>(MODELLED)) return;
    if (load<u32>(ACCOUNTING)) count(h, <usize>load<u32>(DEVICE_CELL), operation);
    if (load<u32>(LATENCY) && !isProbe(paddr)) stall(h, load<u32>(DEVICE_STALL));
}

/** Notes that a page walk of the hart has read an entry of the page table in `frame`. */
export function walked(h: usize, frame: i32): void {
    accessed(h, frame, CELL_WALK);
    store<u64>(h, load<u64>(h, PTE_READS) + 1, PTE_READS);
}

/** Returns the cycles for which a data access of the frame stalls the hart. */
export function stallOf(h: usize, frame: i32): u32 {
    if (!load<u32>(LATENCY)) return 0;
    const size = load<u32>(BANK_FRAMES);
    const home = frame < RAM_FRAME ? load<u32>(RAM_FRAMES) / size : <u32>(frame - RAM_FRAME) / size;
    return <u32>load<u16>(<usize>load<u32>(h, STALL_ROW) + ((<usize>home) << 1));
}

/** Returns the cycles for which each instruction of the frame stalls the hart. Fetches are pipelined, so only distance is paid for. */
export function fetchStallOf(h: usize, frame: i32): u32 {
    return load<u32>(LATENCY) ? stallOf(h, frame) - load<u32>(LOCAL_STALL) : 0;
}

/** Counts an instruction of the frame as fetched, or with -1 takes that back. */
export function countFetch(h: usize, frame: i32, difference: i64): void {
    const counter = <usize>load<u32>(h, CELLS) + cellOf(frame) + CELL_IFETCH;
    store<u64>(counter, load<u64>(counter) + <u64>difference);
}

function cellOf(frame: i32): usize {
    return <usize>load<u32>(<usize>load<u32>(CELL_OF_FRAME) + ((<usize>frame) << 2));
}

function count(h: usize, cell: usize, operation: usize): void {
    const counter = <usize>load<u32>(h, CELLS) + cell + operation;
    store<u64>(counter, load<u64>(counter) + 1);
}
