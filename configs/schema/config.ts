/** The config's schema: the one truth from which type, defaults, editor file, checks and error lines derive. */

import type { FromSchema } from "json-schema-to-ts";
import { EXPECT_SCHEMA } from "./expect.ts";
import { KERNEL_SCHEMA } from "./kernel.ts";
import { MACHINE_SCHEMA } from "./machine.ts";
import { PROGRAMS_SCHEMA } from "./programs.ts";

export const CONFIG_SCHEMA = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Archipel machine config",
    description: "A machine, its kernel's limits and the programs of a run.",
    type: "object",
    rule: "an object",
    examples: [{ machine: {}, programs: [] }],
    additionalProperties: false,
    properties: {
        $schema: {
            type: "string",
            description: "Where editors find this schema.",
            rule: "a string",
            examples: ["./archipel.schema.json"],
        },
        machine: MACHINE_SCHEMA,
        kernel: KERNEL_SCHEMA,
        programs: PROGRAMS_SCHEMA,
        seed: {
            type: "integer",
            description: "Jitters the quantum per hart and round: another seed, another legal interleaving.",
            rule: "an integer from 0 to 4294967295",
            examples: [1],
            minimum: 0,
            maximum: 0xffff_ffff,
            default: 1,
        },
        accounting: {
            type: "string",
            enum: ["off", "accesses"],
            description: "accesses: every access is counted by source cluster, home cluster, operation and segment.",
            rule: '"off" or "accesses"',
            examples: ["accesses"],
            default: "off",
        },
        expect: EXPECT_SCHEMA,
    },
} as const;

/** A config after loading: defaults filled in, sizes in bytes. */
export type Config = FromSchema<
    typeof CONFIG_SCHEMA,
    { deserialize: [{ pattern: { format: "size" }; output: number }] }
>;
