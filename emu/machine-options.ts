/** What a machine is made of, and how a run ends. */
import { MAX_HARTS } from "./mem/map.ts";
import { PAGE_BYTES } from "./state/plan.ts";

export interface MachineOptions {
    readonly meshX: number;
    readonly meshY: number;
    readonly hartsPerCluster: number;
    /** Bytes of each bank; a power of two of at least 1 MiB, or with one cluster any multiple of 4 KiB. */
    readonly bankSize: number;
    /** Cycles of a round; default 1000. */
    readonly quantum?: number;
    /** Draws the jitter of turns; default 0. */
    readonly seed?: number;
    /** The local window, the kentry alias, the firmware ROM and the probe exist; default true. */
    readonly localWindow?: boolean;
    /** Cycles for each tick of mtime; default 100. */
    readonly timebaseDivider?: number;
    /** "instruction": a turn may end after any instruction, chosen by the seed (tests); default "rounds". */
    readonly scheduler?: "rounds" | "instruction";
    /** The compiled slow paths (boot/image/core.ts makes them). */
    readonly core: Uint8Array;
}

/** "instructions" and "rounds": a limit of this call is reached, and the run may go on. "host": Machine.stop was called. */
export type StopKind = "finisher" | "reset" | "htif" | "host" | "instructions" | "rounds" | "deadlock";

export interface StopReason {
    readonly kind: StopKind;
    /** Exit code of finisher and htif; never 0 for a failure. */
    readonly code?: number;
    readonly message?: string;
}

export interface RunOptions {
    /** Stop at the end of the turn in which all harts together have executed this many more, trapped ones included. */
    readonly maxInstructions?: number;
    /** Stop after this many more rounds. */
    readonly maxRounds?: number;
}

const MIB = 1048576;
const MAX_CLUSTERS = 256;
const MAX_WINDOW = 1024 * MIB;

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
}
