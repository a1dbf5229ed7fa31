/** The cells of an experiment: every combination of its axes that meets its conditions, in a fixed order. */

import { parseConfig, parseDocument } from "../../../configs/check.ts";
import type { LoadedConfig } from "../../../configs/load.ts";
import { applyOverrides, type Overrides } from "../../../configs/overrides.ts";
import { fillDefaults } from "../../../configs/validate.ts";
import { ConfigError } from "../../../configs/violation.ts";
import { evaluate } from "./evaluate.ts";
import { type Experiment, expressionProblem } from "./experiment.ts";
import { ExpressionError } from "./expression.ts";

export interface Cell {
    /** Its place in the list, from 0: what --cell takes. */
    readonly index: number;
    /** Config path and value, in the order of the axes. */
    readonly values: readonly (readonly [string, unknown])[];
    readonly loaded: LoadedConfig;
}

/** A typing error in the grid must not enumerate for hours. */
const MAX_CELLS = 100_000;
/** A bad base config is the same error in each cell. */
const MAX_LINES = 10;

/** Checks every cell's config; the last axis varies fastest. Throws ConfigError. */
export function enumerateCells(experiment: Experiment): Cell[] {
    const size = experiment.axes.reduce((product, { rows }) => product * rows.length, 1);
    if (size > MAX_CELLS) {
        throw new ConfigError([
            `${experiment.file}: /grid gives ${size} cells; must give at most ${MAX_CELLS} (split the experiment)`,
        ]);
    }
    const kept = combinations(experiment).filter((values) => meetsConditions(experiment, values));
    if (kept.length === 0) throw new ConfigError([`${experiment.file}: /where leaves no cell; must keep one or more`]);
    const problems: string[] = [];
    const cells = kept.flatMap((values, index) => {
        try {
            return [{ index, values, loaded: load(experiment, values, index) }];
        } catch (error) {
            if (!(error instanceof ConfigError)) throw error;
            problems.push(...error.problems);
            return [];
        }
    });
    if (problems.length > MAX_LINES) {
        const more = `${experiment.file}: ${problems.length - MAX_LINES} more such lines`;
        problems.splice(MAX_LINES, problems.length, more);
    }
    if (problems.length > 0) throw new ConfigError(problems);
    return cells;
}

/** Such as "machine.mesh=[2,2] seed=1". */
export function cellText({ values }: Pick<Cell, "values">): string {
    return values.map(([path, value]) => `${path}=${valueText(value)}`).join(" ");
}

/** Such as "cell 3 (seed=1)". */
export function cellName({ index, values }: Pick<Cell, "index" | "values">): string {
    const text = cellText({ values });
    return `cell ${index}${text === "" ? "" : ` (${text})`}`;
}

/** A config value as `--set` takes it. */
export function valueText(value: unknown): string {
    return typeof value === "string" ? value : JSON.stringify(value);
}

function combinations({ axes }: Experiment): Cell["values"][] {
    let found: Cell["values"][] = [[]];
    for (const { paths, rows } of axes) {
        const options = rows.map((row) => paths.map((path, i) => [path, row[i]] as const));
        found = found.flatMap((before) => options.map((option) => [...before, ...option]));
    }
    return found;
}

function overridesOf(values: Cell["values"]): Overrides {
    return { sets: values.map(([path, value]) => `${path}=${JSON.stringify(value)}`), origin: "the grid" };
}

/** Conditions look at a config that need not be valid: they may be there to leave out just such cells. */
function meetsConditions({ file, base, where }: Experiment, values: Cell["values"]): boolean {
    if (where.length === 0) return true;
    const { document } = applyOverrides(fillDefaults(parseDocument(base.text, file)), overridesOf(values));
    return where.every(({ expression, pointer, text }) => {
        try {
            const { value } = evaluate(expression, document);
            if (typeof value === "boolean") return value;
            throw new ExpressionError(`${JSON.stringify(value)} is no condition; must be true or false`);
        } catch (error) {
            if (!(error instanceof ExpressionError)) throw error;
            throw new ConfigError([expressionProblem(file, pointer, text, error)]);
        }
    });
}

function load({ file, base }: Experiment, values: Cell["values"], index: number): LoadedConfig {
    const name = `${file}: ${cellName({ index, values })}`;
    try {
        return { config: parseConfig(base.text, name, overridesOf(values)), file, directory: base.directory };
    } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        // A value that has no place in the config is told as the option's error.
        const told = (line: string): string =>
            line.startsWith(name) ? line : `${name}: ${line.replace(/^--set /, "")}`;
        throw new ConfigError(error.problems.map(told));
    }
}
