/** Walks stacks without a frame pointer. The frame table says how far sp is lowered at each pc, and where ra lies. */
import type { ImageFrame } from "./image.ts";

export interface UnwindStart {
    readonly pc: number;
    readonly sp: number;
    readonly ra: number;
}

/** The longest chain reported. A corrupt stack could go round in circles. */
export const DEEPEST_BACKTRACE = 64;

/**
 * The pc and then the return addresses, innermost first. The list ends where no frame entry covers the pc, where ra is 0, or where
 * readMemory (8 bytes at an address) gives undefined. It has at most `deepest` entries.
 */
export function unwind(
    frames: readonly ImageFrame[],
    start: UnwindStart,
    readMemory: (address: number) => number | undefined,
    deepest = DEEPEST_BACKTRACE,
): number[] {
    const trace = [start.pc];
    let { pc, sp, ra } = start;
    while (trace.length < deepest) {
        // A return address may lie just behind a function that never returns: look up the call before it.
        const frame = findFrame(frames, trace.length === 1 ? pc : pc - 1);
        if (frame === undefined) {
            // After a wild call the callee has not run, so ra is the caller's address and sp is as the caller left it.
            if (trace.length > 1 || ra === 0 || findFrame(frames, ra - 1) === undefined) break;
            trace.push(ra);
            [pc, ra] = [ra, 0];
            continue;
        }
        const lowered = pc >= frame.bodyStart;
        const saved = lowered && frame.raOffset >= 0;
        if (!saved && trace.length > 1) break;
        const next = saved ? readMemory(sp + frame.raOffset) : ra;
        if (next === undefined || next === 0) break;
        if (lowered) sp += frame.size;
        trace.push(next);
        [pc, ra] = [next, 0];
    }
    return trace;
}

function findFrame(frames: readonly ImageFrame[], pc: number): ImageFrame | undefined {
    let low = 0;
    let high = frames.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if ((frames[middle] as ImageFrame).start <= pc) low = middle + 1;
        else high = middle;
    }
    const found = frames[low - 1];
    return found !== undefined && pc < found.end ? found : undefined;
}
