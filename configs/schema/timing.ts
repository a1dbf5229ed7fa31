/** Schema of the keys of "machine" that fidelity "timing" has alone (docs/spec/timing.md, section 9). Other fidelities do not look at them. */
import { SIZE_PATTERN } from "../size.ts";

function cycles<const D extends string>(description: D, minimum: number, maximum: number, value: number) {
    return { ...integer(description, minimum, maximum, value), unit: "cycles" } as const;
}

function integer<const D extends string>(description: D, minimum: number, maximum: number, value: number) {
    return {
        type: "integer",
        description,
        rule: `an integer from ${minimum} to ${maximum}`,
        examples: [value],
        minimum,
        maximum,
        default: value,
    } as const;
}

function ways<const D extends string>(description: D, value: number) {
    return { ...integer(description, 1, 16, value), unit: "ways" } as const;
}

function cacheSize<const D extends string>(description: D, range: readonly [from: string, to: string], value: string) {
    const bytes = (text: string) => Number.parseInt(text, 10) * 2 ** (text.endsWith("MiB") ? 20 : 10);
    return {
        type: ["string", "integer"],
        format: "size",
        pattern: SIZE_PATTERN,
        size: { minimum: bytes(range[0]), maximum: bytes(range[1]), powerOfTwo: true },
        description,
        unit: "bytes",
        rule: `a power of two from ${range[0]} to ${range[1]}`,
        examples: [value],
        default: value,
    } as const;
}

export const TIMING_SCHEMA = {
    lineSize: {
        type: "integer",
        enum: [32, 64, 128],
        description: "Fidelity timing: bytes of a cache line.",
        unit: "bytes",
        rule: "32, 64 or 128",
        examples: [64],
        default: 64,
    },
    flitBytes: {
        type: "integer",
        enum: [8, 16, 32, 64],
        description:
            "Fidelity timing: bytes that a link carries in a cycle; a line travels as 1 + lineSize / flitBytes flits.",
        unit: "bytes",
        rule: "8, 16, 32 or 64",
        examples: [16],
        default: 16,
    },
    l1iSize: cacheSize("Fidelity timing: each hart's cache of instructions.", ["1KiB", "256KiB"], "16KiB"),
    l1iWays: ways("Fidelity timing: ways of a set of it.", 4),
    l1dSize: cacheSize("Fidelity timing: each hart's cache of data.", ["1KiB", "256KiB"], "16KiB"),
    l1dWays: ways("Fidelity timing: ways of a set of it.", 4),
    l2Size: cacheSize(
        "Fidelity timing: each cluster's L2, which has lines of the own bank and the directory.",
        ["16KiB", "8MiB"],
        "256KiB",
    ),
    l2Ways: ways("Fidelity timing: ways of a set of it.", 16),
    l2Cycles: cycles("Fidelity timing: an access of L2, behind its port.", 0, 1000, 8),
    l2PortCycles: cycles("Fidelity timing: for which a request occupies the port of L2.", 1, 1000, 4),
    l1ProbeCycles: cycles(
        "Fidelity timing: that a cache takes to answer an invalidation or a forwarded request.",
        0,
        1000,
        1,
    ),
    memoryCycles: cycles("Fidelity timing: that memory takes to give a line that L2 lacks.", 0, 10_000, 60),
    memoryOccupancy: cycles("Fidelity timing: for which a line occupies the memory channel.", 1, 2000, 16),
    hopCycles: cycles("Fidelity timing: of each hop of a message.", 1, 100, 2),
    localCycles: cycles("Fidelity timing: of a message within a cluster.", 0, 100, 2),
    linkContention: {
        type: "boolean",
        description: "Fidelity timing: messages wait for links; if not, for L2 ports and memory channels only.",
        rule: "true or false",
        examples: [true],
        default: true,
    },
    directoryPointers: {
        ...integer("Fidelity timing: sharers of a line that its directory entry names.", 1, 4, 4),
        unit: "caches",
    },
    directoryOverflow: {
        type: "string",
        enum: ["map", "broadcast"],
        description:
            "Fidelity timing: what the directory does with more sharers: it has a map of them, or counts them and asks every cluster.",
        rule: '"map" or "broadcast"',
        examples: ["map"],
        default: "map",
    },
    lookahead: cycles("Fidelity timing: that a hart may run ahead of the others without a miss.", 1, 1_000_000, 100),
    pauseCycles: cycles("Fidelity timing: that pause waits.", 1, 10_000, 16),
    fenceICycles: cycles("Fidelity timing: that fence.i waits.", 0, 10_000, 1),
} as const;
