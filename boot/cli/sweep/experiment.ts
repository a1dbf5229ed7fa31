/** Loads an experiment file: read, checked, its expressions parsed, its cells enumerated. Every problem is one line. */

import { readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseDocument } from "../../../configs/check.ts";
import { readFailure } from "../../../configs/load.ts";
import type { Expectation } from "../../../configs/schema/expect.ts";
import { type SchemaNode, schemaCheck } from "../../../configs/schema-check.ts";
import { ConfigError, describeViolation, type Violation } from "../../../configs/violation.ts";
import { type Expression, ExpressionError, parseExpression } from "./expression.ts";
import { EXPERIMENT_SCHEMA, type ExperimentFile } from "./schema.ts";

export interface Metric {
    readonly name: string;
    readonly value: Expression;
    /** As given; undefined: the expression's own. */
    readonly unit: string | undefined;
    /** Pointer of the expression in the file, for error lines. */
    readonly pointer: string;
    readonly text: string;
}

export interface Condition {
    readonly expression: Expression;
    readonly pointer: string;
    readonly text: string;
}

/** One axis: the paths that vary together, and a row of values for each position. */
export interface Axis {
    readonly paths: readonly string[];
    readonly rows: readonly (readonly unknown[])[];
}

export interface Experiment {
    /** The file's name as given, and the absolute path. */
    readonly file: string;
    readonly path: string;
    /** The file's name without folder and extension. */
    readonly name: string;
    readonly title: string;
    readonly text: string;
    /** Text of the base config, and where its programs' paths are relative to. */
    readonly base: { readonly text: string; readonly directory: string };
    readonly axes: readonly Axis[];
    readonly seeds: readonly number[];
    readonly where: readonly Condition[];
    readonly metrics: readonly Metric[];
    /** Of each cell, beside those of the base config. */
    readonly expect: readonly Expectation[];
    readonly limits: { readonly timeoutSeconds: number; readonly maxInstructions: number };
}

const check = schemaCheck(EXPERIMENT_SCHEMA as SchemaNode);
/** The axis of `seeds`. */
export const SEED_PATH = "seed";

/** Throws ConfigError. */
export function loadExperiment(file: string): Experiment {
    const document = parseDocument(readText(file, file), file);
    const violations = check(document);
    if (violations.length > 0) throw refusal(file, violations);
    const content = document as ExperimentFile;
    violations.push(...axisViolations(content), ...metricViolations(content));
    const { axes, seeds } = axesOf(content);
    const where = content.where.map((text, i) => ({ ...parsed(text, `/where/${i}`, violations), text }));
    const metrics = content.metrics.map(({ name, value, unit }, i) => {
        const { expression, pointer } = parsed(value, `/metrics/${i}/value`, violations);
        return { name, value: expression, unit, pointer, text: value };
    });
    if (violations.length > 0) throw refusal(file, violations);
    const { title, text, limits, expect } = content;
    const path = resolve(file);
    const name = basename(file).replace(/\.json$/, "");
    const base = readBase(content, file);
    return { file, path, name, title, text, base, axes, seeds, where, metrics, expect, limits };
}

function refusal(file: string, violations: readonly Violation[]): ConfigError {
    return new ConfigError(violations.map((violation) => describeViolation(file, violation)));
}

/** A problem with an expression of the file, in the words of a config error. */
export function expressionProblem(file: string, pointer: string, text: string, error: ExpressionError): string {
    const at = error.column > 0 ? `column ${error.column}: ` : "";
    return `${file}: ${pointer} is ${JSON.stringify(text)}; ${at}${error.message}`;
}

function parsed(text: string, pointer: string, violations: Violation[]): { expression: Expression; pointer: string } {
    try {
        return { expression: parseExpression(text), pointer };
    } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        const must = `must be an expression: column ${error.column}: ${error.message}`;
        violations.push({ pointer, value: text, must });
        return { expression: { kind: "literal", value: null }, pointer };
    }
}

function axesOf({ grid, seeds }: ExperimentFile): { axes: Axis[]; seeds: readonly number[] } {
    const axes = grid.map((axis): Axis => {
        const lists = Object.values(axis) as unknown[][];
        const rows = (lists[0] ?? []).map((_, row) => lists.map((list) => list[row]));
        return { paths: Object.keys(axis), rows };
    });
    if (seeds !== undefined) axes.push({ paths: [SEED_PATH], rows: seeds.map((seed) => [seed]) });
    return { axes, seeds: seeds ?? [] };
}

function axisViolations({ grid, seeds }: ExperimentFile): Violation[] {
    const violations: Violation[] = [];
    const seen = new Set<string>(seeds === undefined ? [] : [SEED_PATH]);
    for (const [index, axis] of grid.entries()) {
        const lengths = Object.values(axis).map((list) => (list as unknown[]).length);
        for (const [path, list] of Object.entries(axis) as [string, unknown[]][]) {
            const pointer = `/grid/${index}/${path}`;
            if (!/^\w+(\.\w+)*$/.test(path)) {
                violations.push({
                    pointer,
                    value: list,
                    must: "must be named by a config path",
                    example: "machine.mesh",
                });
            } else if (seen.has(path)) {
                const must = `must not be there: ${path} varies already`;
                violations.push({ pointer, value: list, must, hint: "remove one of the two" });
            } else if (list.length !== lengths[0]) {
                const must = `must have ${lengths[0]} values like the first path of its axis, and has ${list.length}`;
                violations.push({ pointer, value: list, must, hint: "or give it an axis of its own" });
            }
            seen.add(path);
        }
    }
    return violations;
}

/** Columns of cells.csv that are not paths or metrics. */
export const FIXED_COLUMNS = ["cell", "configHash", "resultHash", "commit", "exit", "error"] as const;

function metricViolations({ metrics, grid }: ExperimentFile): Violation[] {
    const taken = new Set<string>([...FIXED_COLUMNS, SEED_PATH, ...grid.flatMap((axis) => Object.keys(axis))]);
    return metrics.flatMap(({ name }, index) => {
        const isNew = !taken.has(name);
        taken.add(name);
        const must = "must be another name: there is a column of that name";
        return isNew ? [] : [{ pointer: `/metrics/${index}/name`, value: name, must, hint: "rename it" }];
    });
}

function readBase({ base }: ExperimentFile, file: string): Experiment["base"] {
    const folder = dirname(resolve(file));
    if (typeof base !== "string") return { text: JSON.stringify(base), directory: folder };
    const name = join(dirname(file), base);
    const text = readText(resolve(folder, base), name);
    parseDocument(text, name);
    return { text, directory: dirname(resolve(folder, base)) };
}

function readText(path: string, name: string): string {
    try {
        return readFileSync(path, "utf8");
    } catch (error) {
        throw new ConfigError([`${name}: cannot be read: ${readFailure(error)}`]);
    }
}
