/**
 * Schema of "machine": the mesh, its harts and its banks (docs/machine.md). `rule` completes "must be ..." in error lines and
 * `examples[0]` is the fix they offer; `unit` and `size` are ours too (configs/validate.ts).
 */

import { MEMORY_MODELS, MOST_BUFFERED, PMP_ENTRIES } from "../../emu/host/machine-options.ts";
import { SIZE_PATTERN } from "../size.ts";
import { TIMING_SCHEMA } from "./timing.ts";

/** Bounds that rules across fields share with this schema. */
export const MAX_CLUSTERS = 256;
export const MAX_HARTS = 1024;

/** A list of clusters; which ones there are is a rule across fields (configs/rules.ts). */
function clusterList<const D extends string>(description: D, example: readonly number[]) {
    return {
        type: "array",
        description,
        unit: "clusters",
        rule: `an array of different clusters, each from 0 to ${MAX_CLUSTERS - 1}`,
        examples: [example],
        items: { type: "integer", minimum: 0, maximum: MAX_CLUSTERS - 1 },
        uniqueItems: true,
        default: [],
    } as const;
}

export const MACHINE_SCHEMA = {
    type: "object",
    description: "The machine: a mesh of clusters, each with its harts and its memory bank.",
    rule: "an object",
    examples: [{ mesh: [2, 2], hartsPerCluster: 2, bankSize: "16MiB" }],
    additionalProperties: false,
    default: {},
    properties: {
        mesh: {
            type: "array",
            description: "Columns and rows of the mesh of clusters; cluster cxy = y * columns + x.",
            unit: "clusters",
            rule: `two integers [x, y], each from 1 to ${MAX_CLUSTERS}`,
            examples: [[2, 2]],
            items: [
                { type: "integer", minimum: 1, maximum: MAX_CLUSTERS },
                { type: "integer", minimum: 1, maximum: MAX_CLUSTERS },
            ],
            minItems: 2,
            maxItems: 2,
            additionalItems: false,
            default: [2, 2],
        },
        hartsPerCluster: {
            type: "integer",
            description: "Harts in each cluster; hart id = cxy * hartsPerCluster + lid.",
            unit: "harts",
            rule: "an integer from 1 to 64",
            examples: [2],
            minimum: 1,
            maximum: 64,
            default: 2,
        },
        bankSize: {
            type: ["string", "integer"],
            format: "size",
            pattern: SIZE_PATTERN,
            size: { minimum: 2 ** 20, powerOfTwo: true },
            description: "Memory of each cluster, at most 1GiB; bank k begins at 0x80000000 + k * bankSize.",
            unit: "bytes",
            rule: "a power of two of at least 1MiB",
            examples: ["1MiB"],
            default: "16MiB",
        },
        clustersWithoutHarts: clusterList(
            "Clusters that have memory and no harts; the nearest instance of the kernel manages their banks.",
            [3],
        ),
        clustersWithoutMemory: clusterList("Clusters that have no memory; they have no harts either.", [3]),
        quantum: {
            type: "integer",
            description: "Cycles each hart runs in one round before the next hart's turn (docs/spec/turns.md 1.1).",
            unit: "cycles",
            rule: "an integer from 1 to 1000000",
            examples: [1000],
            minimum: 1,
            maximum: 1_000_000,
            default: 1000,
        },
        timebaseDivider: {
            type: "integer",
            description: "Cycles in one tick of mtime.",
            unit: "cycles",
            rule: "an integer from 1 to 1000000",
            examples: [100],
            minimum: 1,
            maximum: 1_000_000,
            default: 100,
        },
        scheduler: {
            type: "string",
            enum: ["rounds", "instruction", "conflicts"],
            description:
                "rounds: a turn ends at a branch back; instruction (tests): at any instruction, chosen by the seed; " +
                "conflicts (tests): behind accesses of words that another hart accessed last, too.",
            rule: '"rounds", "instruction" or "conflicts"',
            examples: ["rounds"],
            default: "rounds",
        },
        preemption: {
            type: "boolean",
            description:
                "Scheduler rounds: some turns, chosen by the seed, end inside straight code, where a race would show.",
            rule: "true or false",
            examples: [true],
            default: true,
        },
        memoryModel: {
            type: "string",
            enum: MEMORY_MODELS,
            description:
                "When a hart's stores reach memory: sc: at once; tso: out of a buffer, in their order; pso: in any order that fences leave " +
                "open (docs/spec/memory-model.md).",
            rule: '"sc", "tso" or "pso"',
            examples: ["pso"],
            default: "sc",
        },
        storeBuffer: {
            type: "integer",
            description: "Memory models tso and pso: stores that a hart's buffer holds.",
            unit: "stores",
            rule: `an integer from 1 to ${MOST_BUFFERED}`,
            examples: [8],
            minimum: 1,
            maximum: MOST_BUFFERED,
            default: 8,
        },
        pmpEntries: {
            type: "integer",
            enum: PMP_ENTRIES,
            description:
                "Entries of physical memory protection; the firmware opens all memory. 0: the registers are 0, and nothing is protected.",
            rule: "0 or 16",
            examples: [16],
            default: 0,
        },
        adue: {
            type: "boolean",
            description:
                "menvcfg.ADUE at reset: the hardware sets A and D of page table entries (Svadu); else an entry that lacks them is a page fault.",
            rule: "true or false",
            examples: [false],
            default: true,
        },
        fidelity: {
            type: "string",
            enum: ["functional", "latency", "timing"],
            description:
                "functional: one cycle an instruction; latency: each access also stalls by its distance, no caches, no contention; " +
                "timing: caches, coherence, a mesh and banks that can be full (docs/spec/timing.md).",
            rule: '"functional", "latency" or "timing"',
            examples: ["functional"],
            default: "functional",
        },
        localLatency: {
            type: "integer",
            description:
                "Fidelity latency: stall of a load, store, atomic or page table read in the own cluster's bank.",
            unit: "cycles",
            rule: "an integer from 0 to 10000",
            examples: [10],
            minimum: 0,
            maximum: 10_000,
            default: 10,
        },
        hopLatency: {
            type: "integer",
            description:
                "Fidelity latency: what each hop adds, way and way back; all that an instruction's fetch stalls.",
            unit: "cycles",
            rule: "an integer from 0 to 200",
            examples: [4],
            minimum: 0,
            maximum: 200,
            default: 4,
        },
        deviceLatency: {
            type: "integer",
            description:
                "Fidelity latency and timing: stall of a device access; the probe, which is no hardware, stalls nothing.",
            unit: "cycles",
            rule: "an integer from 0 to 10000",
            examples: [20],
            minimum: 0,
            maximum: 10_000,
            default: 20,
        },
        tlbEntries: {
            type: "integer",
            enum: [16, 32, 64, 128, 256, 512, 1024],
            description:
                "Entries of each of a hart's two TLBs (fetch, data); they decide which page walks are counted and timed.",
            unit: "entries",
            rule: "a power of two from 16 to 1024",
            examples: [64],
            default: 64,
        },
        tlbWays: {
            type: "integer",
            enum: [1, 2, 4, 8],
            description: "Ways of each set of the TLBs.",
            unit: "ways",
            rule: "1, 2, 4 or 8",
            examples: [4],
            default: 4,
        },
        ...TIMING_SCHEMA,
    },
} as const;
