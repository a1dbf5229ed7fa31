/** What a run is expected to have come to: a list in a config and in an experiment. */

import type { FromSchema } from "json-schema-to-ts";

export const EXPECT_SCHEMA = {
    type: "array",
    description: "What the run's --json must hold; else the exit code is 1.",
    rule: "a list of expectations",
    examples: [[{ value: "/clusters/*/dsm/readFaults", sum: 6 }]],
    default: [],
    items: {
        type: "object",
        description: "A value of the document, and one of is, min, max, sum, within.",
        rule: "an object of value and one of is, min, max, sum, within",
        examples: [{ value: "/machine/cycles", max: 1_000_000 }],
        additionalProperties: false,
        required: ["value"],
        minProperties: 2,
        maxProperties: 2,
        properties: {
            value: {
                type: "string",
                description: "A JSON pointer into the document; * is every element. A figure stands for its value.",
                rule: "a JSON pointer",
                examples: ["/clusters/*/dsm/readFaults"],
                pattern: "^/",
            },
            is: {
                type: ["string", "number", "boolean", "null"],
                description: "Each value is this one.",
                rule: "a string, a number, true, false or null",
                examples: [0],
            },
            min: { type: "number", description: "No value is less.", rule: "a number", examples: [1] },
            max: { type: "number", description: "No value is greater.", rule: "a number", examples: [1_000_000] },
            sum: { type: "number", description: "The sum of the values.", rule: "a number", examples: [6] },
            within: {
                type: "array",
                description: "Each value is from the first to the second, both included.",
                rule: "two numbers, the smaller one first",
                examples: [[10, 20]],
                items: { type: "number" },
                minItems: 2,
                maxItems: 2,
            },
        },
    },
} as const;

export type Expectations = FromSchema<typeof EXPECT_SCHEMA>;
export type Expectation = Expectations[number];
