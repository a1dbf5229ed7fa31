/**
 * Schema of "machine": the mesh, its harts and its banks (DESIGN 2). `rule` completes "must be ..." in error lines and
 * `examples[0]` is the fix they offer; `unit` and `size` are ours too (configs/validate.ts).
 */

import { SIZE_PATTERN } from "../size.ts";

/** Bounds that rules across fields share with this schema. */
export const MAX_CLUSTERS = 256;
export const MAX_HARTS = 1024;

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
        quantum: {
            type: "integer",
            description: "Cycles each hart runs in one round before the next hart's turn (DESIGN 2.6).",
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
            enum: ["rounds", "instruction"],
            description:
                "rounds: a turn ends at a branch back; instruction (tests): at any instruction, chosen by the seed.",
            rule: '"rounds" or "instruction"',
            examples: ["rounds"],
            default: "rounds",
        },
    },
} as const;
