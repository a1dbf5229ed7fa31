/** The ranges of physical addresses that compiled code reaches without L0. */
import { RAM_FRAME } from "../../state/machine-layout.ts";
import { PAGE_BYTES } from "../../state/plan.ts";
import type { SharedMemory } from "../../state/shared-memory.ts";

/** Where memory without translation lies. Host addresses are modulo 2^32. */
export interface Ranges {
    /** Bytes of the local window; 0: there is none. */
    readonly window: number;
    /** Of all banks, and of one. */
    readonly bytes: number;
    readonly bankBytes: number;
    /** Host addresses of frame 0, of the first bank, and of the records of stores (stores-layout.ts). */
    readonly frames: number;
    readonly banks: number;
    readonly stores: number;
}

export function rangesOf(memory: SharedMemory, bankFrames: number, hasWindow: boolean): Ranges {
    const { frames, frameCount, stores } = memory.plan;
    const bankBytes = bankFrames * PAGE_BYTES;
    const banks = frames + RAM_FRAME * PAGE_BYTES;
    return {
        window: hasWindow ? bankBytes : 0,
        bytes: (frameCount - RAM_FRAME) * PAGE_BYTES,
        bankBytes,
        frames,
        banks,
        stores,
    };
}
