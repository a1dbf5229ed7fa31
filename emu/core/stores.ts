// Where compiled code may store without L0 (emu/state/stores-layout.ts). Pages that it may write count as written, so the state hash looks at
// them.
import { BANK_FRAMES, RAM_FRAME, RAM_FRAMES, STORES_BASE } from "../state/machine-layout";
import { STORES_GUARDED, STORES_LOW, STORES_SPAN, STORES_STRIDE, STORES_TOP } from "../state/stores-layout";
import { hostOf } from "./frames";

/** The range grows by this many frames at once. */
const CHUNK: i32 = 64;
/**
 * It does not grow over more than this many bytes at once. The state hash reads all of it, and the host has no memory yet for what was
 * never written: a word at the end of a huge bank is not worth that.
 */
const MOST_GROWN: u32 = 128 << 20;

function rangeOf(frame: i32): usize {
    return <usize>load<u32>(STORES_BASE) + <usize>((frame - RAM_FRAME) / load<i32>(BANK_FRAMES)) * STORES_STRIDE;
}

/** The frame holds decoded code from now on. */
export function storesBehind(frame: i32): void {
    if (frame < RAM_FRAME) return;
    const range = rangeOf(frame);
    const end = <u32>hostOf(frame + 1);
    if (end <= load<u32>(range, STORES_LOW)) return;
    store<u32>(range, end, STORES_LOW);
    measure(range);
}

/** The frame was written for the first time. */
export function storesUpTo(frame: i32): void {
    if (frame < RAM_FRAME) return;
    const range = rangeOf(frame);
    const index = frame - RAM_FRAME;
    const bank = load<i32>(BANK_FRAMES);
    const bankEnd = min<i32>((index / bank + 1) * bank, load<i32>(RAM_FRAMES));
    const end = <u32>hostOf(RAM_FRAME + min<i32>((index | (CHUNK - 1)) + 1, bankEnd));
    const top = load<u32>(range, STORES_TOP);
    if (end <= top || end - top > MOST_GROWN) return;
    store<u32>(range, end, STORES_TOP);
    measure(range);
}

function measure(range: usize): void {
    const low = load<u32>(range, STORES_LOW);
    const top = load<u32>(range, STORES_TOP);
    store<u32>(range, top > low ? top - low - STORES_GUARDED + 1 : 0, STORES_SPAN);
}
