/** Schema of "kernel": the limits that the kernel reads from boot_info (vmm-policy 6). */

import { SIZE_PATTERN } from "../size.ts";

export const KERNEL_SCHEMA = {
    type: "object",
    description: "Limits of the kernel.",
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
    },
} as const;
