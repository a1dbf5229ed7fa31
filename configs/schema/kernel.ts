/** Schema of "kernel": the limits and policy switches that the kernel reads from boot_info (vmm-policy 6, 9). */

import { SIZE_PATTERN } from "../size.ts";

/** A part of the utils zone (vmm-policy 6.1): 0x4000..0xffff holds args and envs. */
function utilsSize<const D extends string>(description: D) {
    return {
        type: ["string", "integer"],
        format: "size",
        pattern: SIZE_PATTERN,
        size: { minimum: 4096, maximum: 11 * 4096, multipleOf: 4096 },
        description,
        unit: "bytes",
        rule: "a multiple of 4KiB from 4KiB to 44KiB",
        examples: ["16KiB"],
        default: "16KiB",
    } as const;
}

export const KERNEL_SCHEMA = {
    type: "object",
    description: "Limits and policy switches of the kernel.",
    rule: "an object",
    examples: [{ vspaceStackSize: "64KiB" }],
    additionalProperties: false,
    default: {},
    properties: {
        vspaceStackSize: {
            type: ["string", "integer"],
            format: "size",
            pattern: SIZE_PATTERN,
            size: { minimum: 8192, maximum: 2 ** 24, multipleOf: 4096 },
            description: "CONFIG_VSPACE_STACK_SIZE: one thread's stack slot, its guard page included.",
            unit: "bytes",
            rule: "a multiple of 4KiB from 8KiB to 16MiB",
            examples: ["64KiB"],
            default: "64KiB",
        },
        pthreadMaxNr: {
            type: "integer",
            description: "CONFIG_PTHREAD_MAX_NR: threads (stack slots) of one process in one cluster.",
            unit: "threads",
            rule: "an integer from 1 to 64",
            examples: [32],
            minimum: 1,
            maximum: 64,
            default: 32,
        },
        checkStacks: {
            type: "boolean",
            description:
                "Stack slots have different addresses in all clusters, so that a thread that uses another cluster's stack is found.",
            rule: "true or false",
            examples: [true],
            default: false,
        },
        vspaceArgsSize: utilsSize("CONFIG_VSPACE_ARGS_SIZE: room for a program's arguments; more are E2BIG."),
        vspaceEnvsSize: utilsSize("CONFIG_VSPACE_ENVS_SIZE: room for a program's environment; more is E2BIG."),
        timeSliceCycles: {
            type: "integer",
            description: "Cycles a thread runs before the timer preempts it.",
            unit: "cycles",
            rule: "an integer from 1000 to 1000000000",
            examples: [100_000],
            minimum: 1000,
            maximum: 1_000_000_000,
            default: 100_000,
        },
        code: {
            type: "string",
            enum: ["replicate", "reference"],
            description: "CODE: a copy in every active cluster, or one in the reference cluster.",
            rule: '"replicate" or "reference"',
            examples: ["replicate"],
            default: "replicate",
        },
        data: {
            type: "string",
            enum: ["lsb", "reference", "first-touch", "skew", "prime", "xor"],
            description:
                "Cluster of a DATA page: VPN mod C, the reference cluster, who touches first, or a mix of VPN digits.",
            rule: '"lsb", "reference", "first-touch", "skew", "prime" or "xor"',
            examples: ["lsb"],
            default: "lsb",
        },
        heap: {
            type: "string",
            enum: ["lsb", "reference", "first-touch", "skew", "prime", "xor"],
            description: "Cluster of a HEAP page, as for data.",
            rule: '"lsb", "reference", "first-touch", "skew", "prime" or "xor"',
            examples: ["lsb"],
            default: "lsb",
        },
        stack: {
            type: "string",
            enum: ["local", "reference"],
            description: "Frames of STACK: in the thread's cluster, or in the reference cluster.",
            rule: '"local" or "reference"',
            examples: ["local"],
            default: "local",
        },
        gpt: {
            type: "string",
            enum: ["on-demand", "eager", "reference"],
            description:
                "Entries of public pages reach the other replicas when they fault, or at once; or the heap zone has the reference cluster's leaf tables only.",
            rule: '"on-demand", "eager" or "reference"',
            examples: ["on-demand"],
            default: "on-demand",
        },
        registration: {
            type: "string",
            enum: ["first-thread", "lazy"],
            description: "CODE and DATA are registered with a cluster's first thread, or when first touched.",
            rule: '"first-thread" or "lazy"',
            examples: ["first-thread"],
            default: "first-thread",
        },
        protocol: {
            type: "string",
            enum: ["rpc", "direct"],
            description:
                "How a cluster learns what the reference cluster has mapped: it asks, or it reads VSL and GPT there by itself.",
            rule: '"rpc" or "direct"',
            examples: ["rpc"],
            default: "rpc",
        },
        dsmManager: {
            type: "string",
            enum: ["central", "fixed", "dynamic"],
            description:
                "Who grants a DSM page: node 0's cluster, the cluster of node VPN mod n, or its owner, found by way of probable owners.",
            rule: '"central", "fixed" or "dynamic"',
            examples: ["central"],
            default: "central",
        },
        dsmConsistency: {
            type: "string",
            enum: ["sequential", "release"],
            description:
                "What sm_malloc gives: pages that one node writes at a time, or pages that several may write between locks and barriers.",
            rule: '"sequential" or "release"',
            examples: ["sequential"],
            default: "sequential",
        },
        dsmPrefetch: {
            type: "integer",
            description: "Following pages of which a DSM read fault takes copies, too.",
            unit: "pages",
            rule: "an integer from 0 to 64",
            examples: [4],
            minimum: 0,
            maximum: 64,
            default: 0,
        },
        rpcJitter: {
            type: "integer",
            description:
                "Turns that a request between kernel instances may be late, from the seed; 0: none is. For tests of other orders of arrival.",
            unit: "turns",
            rule: "an integer from 0 to 1000",
            examples: [8],
            minimum: 0,
            maximum: 1000,
            default: 0,
        },
        livelockCycles: {
            type: "integer",
            description:
                "Ends a run in which, for so many cycles, harts only poll; 0: never. The run itself is the same for every value.",
            unit: "cycles",
            rule: "0, or an integer up to 1000000000000",
            examples: [50_000_000],
            minimum: 0,
            maximum: 1_000_000_000_000,
            default: 50_000_000,
        },
        kernelText: {
            type: "string",
            enum: ["replicate", "single"],
            description:
                "KCODE and kentry's text: each cluster executes its own bank's copy, or all execute that of bank 0.",
            rule: '"replicate" or "single"',
            examples: ["replicate"],
            default: "replicate",
        },
    },
} as const;
