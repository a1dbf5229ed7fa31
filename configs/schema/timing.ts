/** Schema of the keys of "machine" that fidelity "timing" has alone (docs/spec/timing.md, section 9). Other fidelities do not look at them. */
import { TIMING_PARAMETERS } from "../../emu/host/timing-parameters.ts";
import { formatSize, SIZE_PATTERN } from "../size.ts";

type Parameter = keyof typeof TIMING_PARAMETERS;

function integer<const D extends string>(name: Parameter, description: D) {
    const { from, to, default: value } = TIMING_PARAMETERS[name];
    return {
        type: "integer",
        description,
        rule: `an integer from ${from} to ${to}`,
        examples: [value],
        minimum: from,
        maximum: to,
        default: value,
    } as const;
}

function cycles<const D extends string>(name: Parameter, description: D) {
    return { ...integer(name, description), unit: "cycles" } as const;
}

function ways<const D extends string>(name: Parameter, description: D) {
    return { ...integer(name, description), unit: "ways" } as const;
}

function cacheSize<const D extends string>(name: Parameter, description: D) {
    const { from, to, default: value } = TIMING_PARAMETERS[name];
    return {
        type: ["string", "integer"],
        format: "size",
        pattern: SIZE_PATTERN,
        size: { minimum: from, maximum: to, powerOfTwo: true },
        description,
        unit: "bytes",
        rule: `a power of two from ${formatSize(from)} to ${formatSize(to)}`,
        examples: [formatSize(value)],
        default: formatSize(value),
    } as const;
}

export const TIMING_SCHEMA = {
    lineSize: {
        type: "integer",
        enum: [32, 64, 128],
        description: "Fidelity timing: bytes of a cache line.",
        unit: "bytes",
        rule: "32, 64 or 128",
        examples: [TIMING_PARAMETERS.lineSize.default],
        default: TIMING_PARAMETERS.lineSize.default,
    },
    flitBytes: {
        type: "integer",
        enum: [8, 16, 32, 64],
        description:
            "Fidelity timing: bytes that a link carries in a cycle; a line travels as 1 + lineSize / flitBytes flits.",
        unit: "bytes",
        rule: "8, 16, 32 or 64",
        examples: [TIMING_PARAMETERS.flitBytes.default],
        default: TIMING_PARAMETERS.flitBytes.default,
    },
    l1iSize: cacheSize("l1iSize", "Fidelity timing: each hart's cache of instructions."),
    l1iWays: ways("l1iWays", "Fidelity timing: ways of a set of it."),
    l1dSize: cacheSize("l1dSize", "Fidelity timing: each hart's cache of data."),
    l1dWays: ways("l1dWays", "Fidelity timing: ways of a set of it."),
    l2Size: cacheSize(
        "l2Size",
        "Fidelity timing: each cluster's L2, which has lines of the own bank and the directory.",
    ),
    l2Ways: ways("l2Ways", "Fidelity timing: ways of a set of it."),
    l2Cycles: cycles("l2Cycles", "Fidelity timing: an access of L2, behind its port."),
    l2PortCycles: cycles("l2PortCycles", "Fidelity timing: for which a request occupies the port of L2."),
    l1ProbeCycles: cycles(
        "l1ProbeCycles",
        "Fidelity timing: that a cache takes to answer an invalidation or a forwarded request.",
    ),
    memoryCycles: cycles("memoryCycles", "Fidelity timing: that memory takes to give a line that L2 lacks."),
    memoryOccupancy: cycles("memoryOccupancy", "Fidelity timing: for which a line occupies the memory channel."),
    hopCycles: cycles("hopCycles", "Fidelity timing: of each hop of a message."),
    localCycles: cycles("localCycles", "Fidelity timing: of a message within a cluster."),
    linkContention: {
        type: "boolean",
        description: "Fidelity timing: messages wait for links; if not, for L2 ports and memory channels only.",
        rule: "true or false",
        examples: [true],
        default: true,
    },
    directoryPointers: {
        ...integer("directoryPointers", "Fidelity timing: sharers of a line that its directory entry names."),
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
    lookahead: cycles("lookahead", "Fidelity timing: that a hart may run ahead of the others without a miss."),
    pauseCycles: cycles("pauseCycles", "Fidelity timing: that pause waits."),
    fenceICycles: cycles("fenceICycles", "Fidelity timing: that fence.i waits."),
} as const;
