// Lines of memory (docs/spec/timing.md, before section 1): those of RAM by their global address, those of ROM behind them.

import { HART_ID } from "../../state/hart-layout";
import { HARTS_PER_CLUSTER, RAM_FRAME } from "../../state/machine-layout";
import { BANK_LINES, LINE_SHIFT, RAM_LINES } from "../../state/timing-layout";
import { hostOf } from "../frames";

const PAGE_SHIFT: u32 = 12;

/** Returns the line of the byte at `offset` of the frame. */
export function lineOf(frame: i32, offset: u32): u32 {
    const shift = load<u32>(LINE_SHIFT);
    const page =
        frame < RAM_FRAME ? (load<u32>(RAM_LINES) >> (PAGE_SHIFT - shift)) + <u32>frame : <u32>(frame - RAM_FRAME);
    return (page << (PAGE_SHIFT - shift)) + (offset >> shift);
}

export function isRom(line: u32): bool {
    return line >= load<u32>(RAM_LINES);
}

/** Returns the host address of the line's first byte. */
export function hostOfLine(line: u32): usize {
    const shift = load<u32>(LINE_SHIFT);
    if (isRom(line)) return hostOf(0) + ((<usize>(line - load<u32>(RAM_LINES))) << shift);
    return hostOf(RAM_FRAME) + ((<usize>line) << shift);
}

export function clusterOf(h: usize): u32 {
    return load<u32>(h, HART_ID) / load<u32>(HARTS_PER_CLUSTER);
}

/** Returns the cluster whose bank has the line. ROM is at hand in every cluster. */
export function homeOf(line: u32, own: u32): u32 {
    return isRom(line) ? own : line / load<u32>(BANK_LINES);
}
