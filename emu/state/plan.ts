/** Where everything lies in the one WebAssembly.Memory (DESIGN 2.2), for a machine of a given size. */
import { DECODED_STRIDE, HASH_CHAINS } from "./code-layout.ts";
import { HART_STRIDE } from "./hart-layout.ts";
import { L0_STRIDE } from "./l0-layout.ts";
import { RAM_FRAME } from "./machine-layout.ts";

export interface MachineSize {
    readonly harts: number;
    readonly ramBytes: number;
}

/** Host addresses; `bytes` is the end of everything. */
export interface MemoryPlan {
    readonly harts: number;
    readonly l0: number;
    readonly runnable: number;
    readonly code: number;
    readonly owner: number;
    readonly chains: number;
    readonly decoded: number;
    readonly decodedCount: number;
    readonly frames: number;
    readonly frameCount: number;
    readonly bytes: number;
}

export const PAGE_BYTES = 4096;
/** One 64 KiB page less than 4 GiB, because Node 20 makes no Uint8Array of 2^32 bytes. */
export const MEMORY_LIMIT = 65535 * 65536;
const FIRST_FREE = 65536;
/** Decoded pages: enough for a Linux kernel and its programs; with less RAM fewer can exist. */
const DECODED_PAGES = 2048;

/** The plan; throws when the machine does not fit into one memory. */
export function planMemory(size: MachineSize): MemoryPlan {
    const frameCount = RAM_FRAME + size.ramBytes / PAGE_BYTES;
    const decodedCount = Math.min(DECODED_PAGES, frameCount);
    let next = FIRST_FREE;
    const take = (bytes: number): number => {
        const at = next;
        next = Math.ceil((next + bytes) / PAGE_BYTES) * PAGE_BYTES;
        return at;
    };
    const harts = take(size.harts * HART_STRIDE);
    const l0 = take(size.harts * L0_STRIDE);
    const runnable = take(Math.ceil(size.harts / 64) * 8);
    const code = take(frameCount * 4);
    const owner = take(frameCount * 2);
    const chains = take(HASH_CHAINS * 4);
    const decoded = take(decodedCount * DECODED_STRIDE);
    const frames = take(frameCount * PAGE_BYTES);
    if (next > MEMORY_LIMIT) {
        const most = Math.floor((MEMORY_LIMIT - (next - size.ramBytes)) / 1048576);
        throw new RangeError(`a machine with ${size.ramBytes / 1048576} MiB of RAM does not fit; at most ${most} MiB`);
    }
    return { harts, l0, runnable, code, owner, chains, decoded, decodedCount, frames, frameCount, bytes: next };
}
