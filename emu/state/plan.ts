/** Where everything lies in the one WebAssembly.Memory (docs/machine.md, "One shared memory"), for a machine of a given size. */
import { CELL_STRIDE, KINDS, MODES } from "./accounting-layout.ts";
import { DECODED_STRIDE, HASH_CHAINS } from "./code-layout.ts";
import { HART_STRIDE } from "./hart-layout.ts";
import { L0_STRIDE } from "./l0-layout.ts";
import { LOOK_BYTES } from "./look-layout.ts";
import { RAM_FRAME } from "./machine-layout.ts";
import { NOTE_BYTES, NOTED_BYTES } from "./note-layout.ts";
import { STORE_ENTRY } from "./store-buffer-layout.ts";
import { STORES_STRIDE } from "./stores-layout.ts";
import { planTiming, type TimingPlan, type TimingSize } from "./timing-plan.ts";
import { TLB_ENTRY } from "./tlb-layout.ts";
import { MARK_BYTES, MARKED_BYTES } from "./watch-layout.ts";

/** Machines that count or time accesses have a TLB model a hart, and what that needs of counters and distances. */
export interface ModelSize {
    readonly clusters: number;
    readonly accounting: boolean;
    readonly latency: boolean;
    readonly tlbEntries: number;
    readonly tlbWays: number;
    /** Of fidelity "timing". */
    readonly timing?: TimingSize | undefined;
}

export interface MachineSize {
    readonly harts: number;
    readonly ramBytes: number;
    readonly model?: ModelSize | undefined;
    /** Memory has marks (watch-layout.ts). */
    readonly watched?: boolean | undefined;
    /** Words have notes (note-layout.ts). */
    readonly noted?: boolean | undefined;
    /** Entries of each hart's store buffer (store-buffer-layout.ts); 0 or undefined: it has none. */
    readonly storeDepth?: number | undefined;
}

/** Host addresses; `bytes` is the end of everything. */
export interface MemoryPlan {
    readonly harts: number;
    readonly l0: number;
    readonly runnable: number;
    readonly code: number;
    readonly owner: number;
    /** STORES_* a bank. */
    readonly stores: number;
    /** LOOK_BYTES. */
    readonly looks: number;
    /** PROBE_PORT_BYTES a hart. */
    readonly probe: number;
    /** Of the models: 0 where the machine has none. Rows of `cells` and `stalls` are a source cluster's. */
    readonly tlb: number;
    readonly tlbBytes: number;
    readonly tlbTotal: number;
    readonly cellOfFrame: number;
    readonly cells: number;
    /** Of a mode; a cluster has MODES of them. */
    readonly cellsRow: number;
    readonly stalls: number;
    readonly stallsRow: number;
    /** Of fidelity "timing". */
    readonly timing: TimingPlan | undefined;
    /** Marks of frame 0; 0 where the machine has none. */
    readonly marks: number;
    /** Notes of frame 0; 0 where the machine has none. */
    readonly notes: number;
    /** Store buffers; 0 where the machine has none. */
    readonly storeBuffers: number;
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
const MOST_BANKS = 256;
/** Of a hart's port of the probe: eight words of 64 bits. */
export const PROBE_PORT_BYTES = 64;
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
    const stores = take(MOST_BANKS * STORES_STRIDE);
    const looks = take(LOOK_BYTES);
    const probe = take(size.harts * PROBE_PORT_BYTES);
    const model = planModel(size, frameCount, take);
    const timing = size.model?.timing && planTiming(size.model.timing, size.harts, take);
    const marks = size.watched ? take((frameCount * PAGE_BYTES * MARK_BYTES) / MARKED_BYTES) : 0;
    const notes = size.noted ? take((frameCount * PAGE_BYTES * NOTE_BYTES) / NOTED_BYTES) : 0;
    const storeBuffers = size.storeDepth ? take(size.harts * size.storeDepth * STORE_ENTRY) : 0;
    const chains = take(HASH_CHAINS * 4);
    const decoded = take(decodedCount * DECODED_STRIDE);
    const frames = take(frameCount * PAGE_BYTES);
    if (next > MEMORY_LIMIT) {
        const most = Math.floor((MEMORY_LIMIT - (next - size.ramBytes)) / 1048576);
        throw new RangeError(`a machine with ${size.ramBytes / 1048576} MiB of RAM does not fit; at most ${most} MiB`);
    }
    const state = { harts, l0, runnable, code, owner, stores, looks, probe, ...model, timing, marks };
    return { ...state, notes, storeBuffers, chains, decoded, decodedCount, frames, frameCount, bytes: next };
}

function planModel({ harts, model }: MachineSize, frameCount: number, take: (bytes: number) => number) {
    const clusters = model?.clusters ?? 0;
    const tlbBytes = model === undefined ? 0 : bytesOfTlb(model);
    const cellsRow = model?.accounting ? (clusters + 1) * KINDS * CELL_STRIDE : 0;
    const stallsRow = model?.latency ? Math.ceil((clusters + 1) / 4) * 8 : 0;
    return {
        tlb: tlbBytes === 0 ? 0 : take(harts * 2 * tlbBytes),
        tlbBytes,
        tlbTotal: harts * 2 * tlbBytes,
        cellOfFrame: cellsRow === 0 ? 0 : take(frameCount * 4),
        cells: cellsRow === 0 ? 0 : take(clusters * MODES * cellsRow),
        cellsRow,
        stalls: stallsRow === 0 ? 0 : take(clusters * stallsRow),
        stallsRow,
    };
}

/** One TLB of the two a hart has: its entries, and a byte a set. */
function bytesOfTlb({ tlbEntries, tlbWays }: ModelSize): number {
    return tlbEntries * TLB_ENTRY + Math.ceil(tlbEntries / tlbWays / 8) * 8;
}
