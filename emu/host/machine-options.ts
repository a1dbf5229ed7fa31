/** The options that a machine is made with, and the ends of a run. */
import { type DriveOptions, SECTOR_BYTES } from "../dev/drive.ts";
import type { BankRange } from "../mem/geometry.ts";
import { MAX_HARTS } from "../mem/map.ts";
import { SHARED_RANGES } from "../state/machine-layout.ts";
import { type MachineSize, PAGE_BYTES } from "../state/plan.ts";
import { type TimingOptions, timingModelOf } from "./timing-parameters.ts";
import type { WatchedPage } from "./watch.ts";

/** Says how accesses are counted and timed (emu/host/accounts.ts). All of it is off by default and then costs nothing. */
export interface ModelOptions extends TimingOptions {
    /** "accesses" counts every access by source, home, operation and kind of frame. */
    readonly accounting?: "off" | "accesses";
    /**
     * "latency" stalls the hart of every access by its distance; there are no caches and no contention. "timing" has caches, coherence, a
     * mesh and banks that can be full (docs/spec/timing.md). Default "functional".
     */
    readonly fidelity?: "functional" | "latency" | "timing";
    /** The stall of an access of the own cluster's bank. Default 10. */
    readonly localLatencyCycles?: number;
    /** The cycles that each hop adds to that, way and way back. They are the whole stall of an instruction fetch. Default 4. */
    readonly hopLatencyCycles?: number;
    /** The stall of a device access. Default 20. */
    readonly deviceLatencyCycles?: number;
    /** Entries of each of a hart's two TLBs (fetch, data), and ways of a set. Both are powers of two. Default 64 and 4. */
    readonly tlbEntries?: number;
    readonly tlbWays?: number;
}

export const ENGINES = ["interpreter", "jit", "auto"] as const;
export type EngineName = (typeof ENGINES)[number];

/** What runs the guest. No guest sees it (docs/spec/turns.md). */
export interface EngineOptions {
    /**
     * "interpreter", or one that compiles too: "jit" whatever is run, "auto" what is run often. Machines with `watched`, or another
     * scheduler than "rounds", are interpreted. Default "auto".
     */
    readonly engine?: EngineName | undefined;
    /** Arrivals at a place before it is compiled, or "never". Default 1 for "jit", 8000 for "auto". */
    readonly jitThreshold?: number | "never" | undefined;
    /** Guest instructions in a compiled region, 1 to 400, or a few more. Default 200. */
    readonly jitRegion?: number | undefined;
}

export const MEMORY_MODELS = ["sc", "tso", "pso"] as const;
export type MemoryModel = (typeof MEMORY_MODELS)[number];
const DEFAULT_STORE_BUFFER = 8;
export const MOST_BUFFERED = 64;

export const PMP_ENTRIES = [0, 16] as const;
export type PmpEntries = (typeof PMP_ENTRIES)[number];

export interface MachineOptions extends ModelOptions, EngineOptions {
    readonly meshX: number;
    readonly meshY: number;
    readonly hartsPerCluster: number;
    /** Bytes of each bank: a power of two of at least 1 MiB, or with one cluster any multiple of 4 KiB. */
    readonly bankSize: number;
    /** The harts of these clusters never run, whatever wakes them. Hart ids stay. Default none. */
    readonly clustersWithoutHarts?: readonly number[];
    /** The banks of these clusters do not answer: an access is an access fault. Default none. */
    readonly clustersWithoutMemory?: readonly number[];
    /** Cycles of a round. Default 1000. */
    readonly quantum?: number;
    /** The seed draws the jitter of turns. Default 0. */
    readonly seed?: number;
    /** True when the local window, the kentry alias, the firmware ROM and the probe exist. Default true. */
    readonly localWindow?: boolean;
    /** Parts of the window, and of the kentry alias, that show every hart bank 0 instead of its own. Default none, at most 2. */
    readonly sharedWindow?: readonly BankRange[];
    /** Cycles for each tick of mtime. Default 100. */
    readonly timebaseDivider?: number;
    /**
     * With "instruction" a turn may end after any instruction, chosen by the seed. With "conflicts" it may also end behind accesses of
     * words that another hart accessed last. Both are for tests. Default "rounds".
     */
    readonly scheduler?: "rounds" | "instruction" | "conflicts";
    /**
     * When a hart's stores reach memory (docs/spec/memory-model.md): at once, or out of a buffer, in their order ("tso") or in any that their
     * fences and bytes leave open ("pso"). Default "sc".
     */
    readonly memoryModel?: MemoryModel;
    /** Stores that a buffer holds, 1 to 64. Default 8. */
    readonly storeBuffer?: number;
    /** With scheduler "rounds" some turns, chosen by the seed, end inside straight code (turns.md 2.5). Default true. */
    readonly preemption?: boolean;
    /** Entries of physical memory protection (docs/machine.md, "Protection"): without any, S and U may access what there is. Default 0. */
    readonly pmpEntries?: PmpEntries;
    /**
     * Whether menvcfg.ADUE is set at reset: the hardware sets A and D of page table entries, and not the guest after a page fault. Default
     * true.
     */
    readonly adue?: boolean;
    /** The host watches the kernel (emu/host/watch.ts), with hooks in these pages. By default it does not. */
    readonly watched?: readonly WatchedPage[];
    /** True when harts may ask the host by semihosting (emu/dev/semihosting.ts). Default false: their ebreak is a breakpoint. */
    readonly semihosting?: boolean;
    /** Disks, in the first virtio slots. Default none, at most 7. */
    readonly drives?: readonly DriveOptions[];
    /** True when the last virtio slot has random numbers, by the seed. Default false. */
    readonly randomDevice?: boolean;
    /** The compiled slow paths, which boot/build/core.ts makes. */
    readonly core: Uint8Array;
}

/** For "refused" the guest asked the host for what is not there, and `message` says for what. For "instructions" and "rounds" a limit of this call is reached, and for "debug" a look has halted the run, and the run may go on. For "host" Machine.stop was called. */
export type StopKind =
    | "finisher"
    | "reset"
    | "htif"
    | "semihosting"
    | "refused"
    | "host"
    | "instructions"
    | "rounds"
    | "debug"
    | "deadlock";

export interface StopReason {
    readonly kind: StopKind;
    /** The exit code of finisher, htif and semihosting; never 0 for a failure. */
    readonly code?: number;
    readonly message?: string;
}

export interface RunOptions {
    /**
     * Stops at the end of the turn in which all harts together have executed this many more instructions, trapped ones included. 0 stops
     * before any turn.
     */
    readonly maxInstructions?: number;
    /** Stops after this many more rounds. */
    readonly maxRounds?: number;
}

const MIB = 1048576;
const MAX_CLUSTERS = 256;
const MAX_WINDOW = 1024 * MIB;

/** True when turns may end after any instruction. */
export function isStepping({ scheduler = "rounds" }: MachineOptions): boolean {
    return scheduler !== "rounds";
}

/** True when words have notes of the hart that accessed them last (turns.md 2.7). */
export function seesConflicts({ scheduler }: MachineOptions): boolean {
    return scheduler === "conflicts";
}

/** Entries of each hart's store buffer; 0 with memory model sc. */
export function storeDepth({ memoryModel = "sc", storeBuffer = DEFAULT_STORE_BUFFER }: MachineOptions): number {
    return memoryModel === "sc" ? 0 : storeBuffer;
}

/** What the shared memory has beside what every machine needs. */
export function extrasOf(options: MachineOptions): Pick<MachineSize, "watched" | "noted" | "storeDepth"> {
    const watched = options.watched !== undefined;
    return { watched, noted: seesConflicts(options), storeDepth: storeDepth(options) };
}

/** What machines use whose options do not say: tests set another. */
export const ENGINE_DEFAULTS: EngineOptions = { engine: "auto" };

/** The options of the engine, with what is left out. */
export function engineOf(options: EngineOptions): EngineOptions & { engine: EngineName } {
    const { engine, jitThreshold, jitRegion } = options;
    return {
        engine: engine ?? ENGINE_DEFAULTS.engine ?? "auto",
        jitThreshold: jitThreshold ?? ENGINE_DEFAULTS.jitThreshold,
        jitRegion: jitRegion ?? ENGINE_DEFAULTS.jitRegion,
    };
}

/** True when hot places are compiled: nothing has to see each instruction. */
export function hasJit(options: MachineOptions): boolean {
    const isSeen =
        options.watched !== undefined ||
        isStepping(options) ||
        options.fidelity === "timing" ||
        storeDepth(options) > 0;
    return engineOf(options).engine !== "interpreter" && !isSeen;
}

/**
 * True when compiled code may reach memory by its physical address alone: all of it answers, at one place, and nothing has to see
 * accesses.
 */
export function hasRanges(options: MachineOptions): boolean {
    const isWhole = (options.sharedWindow ?? []).length === 0 && (options.clustersWithoutMemory ?? []).length === 0;
    const isPlain = options.accounting !== "accesses" && options.fidelity !== "latency";
    return hasJit(options) && isWhole && isPlain;
}

/** Throws a RangeError that names the option and its rule. The config check says the same to people. */
export function checkOptions(options: MachineOptions): void {
    const { meshX, meshY, hartsPerCluster, bankSize, quantum = 1, timebaseDivider = 1 } = options;
    for (const [name, value] of Object.entries({ meshX, meshY, hartsPerCluster, quantum, timebaseDivider })) {
        if (!Number.isInteger(value) || value < 1) throw new RangeError(`${name} is ${value}; must be an integer >= 1`);
    }
    const clusters = meshX * meshY;
    if (clusters > MAX_CLUSTERS) throw new RangeError(`${clusters} clusters; at most ${MAX_CLUSTERS}`);
    const harts = clusters * hartsPerCluster;
    if (harts > MAX_HARTS) throw new RangeError(`${harts} harts; at most ${MAX_HARTS}`);
    if (quantum > MIB) throw new RangeError(`quantum is ${quantum}; at most ${MIB}`);
    const isPower = bankSize >= MIB && Number.isInteger(Math.log2(bankSize));
    const isPages = clusters === 1 && bankSize > 0 && bankSize % PAGE_BYTES === 0;
    if (!isPower && !isPages) throw new RangeError(`bankSize is ${bankSize}; must be a power of two of at least 1 MiB`);
    if (options.localWindow !== false && bankSize > MAX_WINDOW)
        throw new RangeError(`bankSize is ${bankSize}; at most 1 GiB`);
    for (const cxy of [...(options.clustersWithoutHarts ?? []), ...(options.clustersWithoutMemory ?? [])]) {
        if (!Number.isInteger(cxy) || cxy < 0 || cxy >= clusters) throw new RangeError(`there is no cluster ${cxy}`);
    }
    if (options.pmpEntries !== undefined && !PMP_ENTRIES.includes(options.pmpEntries))
        throw new RangeError(`pmpEntries is ${options.pmpEntries}; must be ${PMP_ENTRIES.join(" or ")}`);
    checkSharedWindow(options);
    checkDrives(options.drives ?? []);
    checkModel(options, clusters);
    if (options.fidelity === "timing" && seesConflicts(options))
        throw new RangeError("scheduler is conflicts; with fidelity timing there are no rounds for conflicts to part");
    checkMemoryModel(options);
    checkEngine(options);
}

function checkMemoryModel({ memoryModel = "sc", storeBuffer, fidelity, engine }: MachineOptions): void {
    const isBuffer = storeBuffer === undefined || (Number.isInteger(storeBuffer) && storeBuffer >= 1);
    if (!isBuffer || (storeBuffer ?? 0) > MOST_BUFFERED)
        throw new RangeError(`storeBuffer is ${storeBuffer}; must be an integer from 1 to ${MOST_BUFFERED}`);
    if (memoryModel === "sc") return;
    if (fidelity === "timing")
        throw new RangeError(
            `memoryModel is ${memoryModel}; must be sc with fidelity timing, whose model has no store buffers`,
        );
    if (engine === "jit")
        throw new RangeError(`memoryModel is ${memoryModel}; must be sc with engine jit, which has no store buffers`);
}

export const MOST_REGION_INSTRUCTIONS = 400;

function checkEngine({ jitThreshold, jitRegion }: EngineOptions): void {
    if (typeof jitThreshold === "number" && !(Number.isInteger(jitThreshold) && jitThreshold >= 1))
        throw new RangeError(`jitThreshold is ${jitThreshold}; must be an integer >= 1, or "never"`);
    if (jitRegion === undefined) return;
    if (!Number.isInteger(jitRegion) || jitRegion < 1 || jitRegion > MOST_REGION_INSTRUCTIONS)
        throw new RangeError(`jitRegion is ${jitRegion}; must be an integer from 1 to ${MOST_REGION_INSTRUCTIONS}`);
}

export const MOST_DRIVES = 7;

function checkDrives(drives: readonly DriveOptions[]): void {
    if (drives.length > MOST_DRIVES) throw new RangeError(`${drives.length} drives; at most ${MOST_DRIVES}`);
    for (const { image } of drives) {
        const isDisk = image.sizeBytes > 0 && image.sizeBytes % SECTOR_BYTES === 0;
        if (!isDisk) throw new RangeError(`a drive of ${image.sizeBytes} bytes; must be a multiple of ${SECTOR_BYTES}`);
    }
}

function checkSharedWindow({ sharedWindow = [], bankSize }: MachineOptions): void {
    if (sharedWindow.length > SHARED_RANGES)
        throw new RangeError(`sharedWindow has ${sharedWindow.length} parts; at most ${SHARED_RANGES}`);
    for (const { offset, sizeBytes } of sharedWindow) {
        const isPages = offset >= 0 && offset % PAGE_BYTES === 0 && sizeBytes % PAGE_BYTES === 0;
        if (!isPages || sizeBytes <= 0 || offset + sizeBytes > bankSize)
            throw new RangeError(`sharedWindow at ${offset}, ${sizeBytes} bytes: must be whole pages of a bank`);
    }
}

/** A stall is 16 bits wide (emu/state/l0-layout.ts), and the longest way in a mesh has `clusters` - 1 hops at most. */
const MAX_STALL = 65535;
const MAX_TLB_ENTRIES = 4096;

function checkModel(options: ModelOptions, clusters: number): void {
    const { localLatencyCycles = 0, hopLatencyCycles = 0, deviceLatencyCycles = 0 } = options;
    for (const [name, value] of Object.entries({ localLatencyCycles, hopLatencyCycles, deviceLatencyCycles })) {
        if (!Number.isInteger(value) || value < 0) throw new RangeError(`${name} is ${value}; must be an integer >= 0`);
    }
    const longest = localLatencyCycles + hopLatencyCycles * (clusters - 1);
    if (Math.max(longest, deviceLatencyCycles) > MAX_STALL) {
        throw new RangeError(`the longest access would stall ${longest} cycles; at most ${MAX_STALL}`);
    }
    if (options.fidelity === "timing") timingModelOf(options, deviceLatencyCycles);
    const { tlbEntries = 64, tlbWays = 4 } = options;
    for (const [name, value] of Object.entries({ tlbEntries, tlbWays })) {
        if (!Number.isInteger(Math.log2(value))) throw new RangeError(`${name} is ${value}; must be a power of two`);
    }
    if (tlbEntries < 2 * tlbWays || tlbEntries > MAX_TLB_ENTRIES) {
        throw new RangeError(
            `tlbEntries is ${tlbEntries}; must be from two sets (${2 * tlbWays}) to ${MAX_TLB_ENTRIES}`,
        );
    }
}
