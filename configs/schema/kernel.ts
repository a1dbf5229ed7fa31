/** Schema of "kernel": the limits and policy switches that the kernel reads from boot_info (vmm-policy 6, 9). */

import { SIZE_PATTERN } from "../size.ts";
import { SWITCHES, type SwitchName } from "../switches.ts";

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

/** `"a", "b" or "c"`. */
function oneOf(values: readonly string[]): string {
    const quoted = values.map((value) => JSON.stringify(value));
    return `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

/** A policy switch as its row says. */
function switchOf<const N extends SwitchName>(name: N) {
    const { values, description } = SWITCHES[name];
    return {
        type: "string",
        enum: values as (typeof SWITCHES)[N]["values"],
        description,
        rule: oneOf(values),
        examples: [values[0]],
        default: values[0],
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
            description:
                "CONFIG_PTHREAD_MAX_NR: stack slots of one process in one cluster, each for a thread; those of C programs need none.",
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
        code: switchOf("code"),
        data: switchOf("data"),
        heap: switchOf("heap"),
        stack: switchOf("stack"),
        gpt: switchOf("gpt"),
        registration: switchOf("registration"),
        protocol: switchOf("protocol"),
        threadPlacement: switchOf("threadPlacement"),
        dsmManager: switchOf("dsmManager"),
        dsmConsistency: switchOf("dsmConsistency"),
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
        kernelText: switchOf("kernelText"),
    },
} as const;
