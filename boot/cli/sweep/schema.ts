/** Schema of an experiment file: the one truth from which type, editor file, checks and error lines derive. */

import type { FromSchema } from "json-schema-to-ts";
import { EXPECT_SCHEMA } from "../../../configs/schema/expect.ts";

const AXIS = {
    type: "object",
    description: "Config paths and their values; the paths of one axis vary together, so their lists are equally long.",
    rule: 'an object of config paths, each with a list of values (e.g. {"machine.hartsPerCluster": [1, 2]})',
    examples: [{ "machine.hartsPerCluster": [1, 2] }],
    minProperties: 1,
    additionalProperties: {
        type: "array",
        rule: "a list of one value or more",
        examples: [[1, 2]],
        minItems: 1,
    },
} as const;

const METRIC = {
    type: "object",
    description: "A column of the table: a figure computed from the document that `boot --json` writes.",
    rule: 'an object with a name and a value (e.g. {"name": "cycles", "value": "/machine/cycles"})',
    examples: [{ name: "cycles", value: "/machine/cycles" }],
    additionalProperties: false,
    required: ["name", "value"],
    properties: {
        name: {
            type: "string",
            description: "The column's title.",
            rule: "a short name",
            examples: ["cycles"],
            minLength: 1,
            maxLength: 40,
        },
        value: {
            type: "string",
            description: "An expression over the run's document: JSON pointers, + - * /, sum mean min max count.",
            rule: "an expression",
            examples: ["sum(/clusters/*/rpcs/sent)"],
            minLength: 1,
        },
        unit: {
            type: "string",
            description: "Unit to show; default: that of the figures in the expression.",
            rule: "a string",
            examples: ["%"],
        },
        description: {
            type: "string",
            description: "What the figure means.",
            rule: "a string",
            examples: ["furthest hart clock"],
        },
    },
} as const;

export const EXPERIMENT_SCHEMA = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Archipel experiment",
    description: "A grid of configs to run, and what to show of each run.",
    type: "object",
    rule: "an object",
    examples: [{ title: "...", base: "../configs/default.json", grid: [{ seed: [1, 2] }], metrics: [] }],
    additionalProperties: false,
    required: ["title", "base", "grid", "metrics"],
    properties: {
        $schema: {
            type: "string",
            description: "Where editors find this schema.",
            rule: "a string",
            examples: ["./experiment.schema.json"],
        },
        title: {
            type: "string",
            description: "One line above the table.",
            rule: "one line of text",
            examples: ["Cluster size"],
            minLength: 1,
        },
        text: {
            type: "string",
            description: "What is asked and how to read the table.",
            rule: "a string",
            examples: ["64 harts in clusters of different size"],
            default: "",
        },
        base: {
            type: ["string", "object"],
            description: "The config that the grid changes: a file, relative to this one, or the config itself.",
            rule: "a config file's path or a config",
            examples: ["../configs/default.json"],
        },
        grid: {
            type: "array",
            description: "Axes; every combination of them is a cell, and the last axis varies fastest.",
            rule: "a list of axes",
            examples: [[{ "machine.hartsPerCluster": [1, 2] }]],
            items: AXIS,
        },
        seeds: {
            type: "array",
            description: "Seeds: the last axis; the table shows the median over them, and the range.",
            rule: "a list of one seed or more, none twice",
            examples: [[1, 2, 3]],
            items: { type: "integer", minimum: 0, maximum: 0xffff_ffff },
            minItems: 1,
            uniqueItems: true,
        },
        where: {
            type: "array",
            description: "Conditions on a cell's config (as --set leaves it, defaults filled in); others are left out.",
            rule: "a list of conditions",
            examples: [["/machine/mesh/0 * /machine/mesh/1 * /machine/hartsPerCluster == 64"]],
            items: {
                type: "string",
                rule: "a condition",
                examples: ["/machine/hartsPerCluster > 1"],
                minLength: 1,
            },
            default: [],
        },
        metrics: {
            type: "array",
            description: "What the table shows of each run.",
            rule: "a list of metrics",
            examples: [[{ name: "cycles", value: "/machine/cycles" }]],
            items: METRIC,
        },
        expect: EXPECT_SCHEMA,
        limits: {
            type: "object",
            description: "When a cell is given up, and has failed.",
            rule: "an object",
            examples: [{ timeoutSeconds: 600 }],
            additionalProperties: false,
            default: {},
            properties: {
                timeoutSeconds: {
                    type: "number",
                    description: "Host time of a cell's run, as boot's --timeout.",
                    unit: "seconds",
                    rule: "a number above 0",
                    examples: [600],
                    exclusiveMinimum: 0,
                    default: 600,
                },
                maxInstructions: {
                    type: "integer",
                    description: "Instructions of all harts, as boot's --max-instructions.",
                    unit: "instructions",
                    rule: "an integer from 1 up",
                    examples: [100_000_000_000],
                    minimum: 1,
                    default: 100_000_000_000,
                },
            },
        },
    },
} as const;

/** An experiment file after loading: defaults filled in. */
export type ExperimentFile = FromSchema<typeof EXPERIMENT_SCHEMA>;
