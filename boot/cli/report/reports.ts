/** Which report the files ask for: one run, two that are compared, or the cells of a grid. */

import { packageVersion } from "../../package-root.ts";
import { CommandError } from "../../report/exit-codes.ts";
import { compareReport } from "../../report/html/compare-report.ts";
import type { Objective } from "../../report/html/pareto.ts";
import type { Report } from "../../report/html/plot.ts";
import { runReport } from "../../report/html/run-report.ts";
import { axesOf, metricsOf, type SweepRow } from "../../report/html/sweep-data.ts";
import { type SweepOptions, sweepReport } from "../../report/html/sweep-report.ts";
import type { Values } from "../options.ts";
import { type Inputs, type RunInput, rowOfRun, sweepName } from "./inputs.ts";

export function reportOf({ runs, rows }: Inputs, values: Values): Report {
    const [first, second, ...more] = runs;
    const grid = rows.length > 0 || more.length > 0;
    for (const option of ["base", "pareto"]) {
        if (values.has(option) && !grid)
            throw new CommandError("usage", `--${option}: only for results of a sweep, or three runs and more`);
    }
    const version = packageVersion();
    const side = ({ name, run, commit }: RunInput) => ({ run, origin: { name, commit, version } });
    if (grid) {
        const all = [...rows, ...runs.map(rowOfRun)];
        const title = sweepName(values.positionals);
        const facts = [
            ["cells", values.positionals.join(", ")] as const,
            ["report by", `archipel ${version}`] as const,
        ];
        return sweepReport(all, { title, facts, base: baseOf(all, values), pareto: paretoOf(all, values) });
    }
    if (first === undefined) throw new Error("a report of nothing");
    if (second !== undefined) return compareReport(side(first), side(second));
    return runReport(first.run, side(first).origin);
}

/** PATH=VALUE, each an axis and one of its values. */
function baseOf(rows: readonly SweepRow[], values: Values): SweepOptions["base"] {
    const axes = axesOf(rows);
    return new Map(
        values.list("base").map((word): [string, string] => {
            const [path = "", value = ""] = [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)];
            const axis = axes.find((each) => each.path === path);
            if (axis === undefined)
                throw new CommandError(
                    "usage",
                    `--base ${word}: must be AXIS=VALUE, of ${axes.map((each) => each.path).join(", ")}`,
                );
            const found = axis.values.find(({ text, key }) => value === text || value === key);
            const known = axis.values.map(({ key }) => key).join(", ");
            if (found === undefined)
                throw new CommandError("usage", `--base ${word}: ${path} has no such value; it has ${known}`);
            return [path, found.text];
        }),
    );
}

/** "A,B": less is better; "+A": more is. */
function paretoOf(rows: readonly SweepRow[], values: Values): SweepOptions["pareto"] {
    const text = values.text("pareto");
    if (text === undefined) return undefined;
    const metrics = metricsOf(rows);
    const plain = (word: string) => word.replace(/^\+/, "");
    // Names of metrics may have commas in them.
    const cuts = [...text.matchAll(/,/g)].map(
        ({ index }) => [text.slice(0, index), text.slice(index + 1).trim()] as const,
    );
    const found = cuts.find((words) => words.every((word) => metrics.some(({ name }) => name === plain(word))));
    if (found === undefined) {
        const known = metrics.map(({ name }) => JSON.stringify(name)).join(", ");
        throw new CommandError(
            "usage",
            `--pareto is ${JSON.stringify(text)}; must be two of ${known}, as in A,B (+A: more is better)`,
        );
    }
    const objective = (word: string): Objective => {
        const { unit = "" } = metrics.find(({ name }) => name === plain(word)) ?? {};
        return { name: plain(word), unit, more: word.startsWith("+") };
    };
    return [objective(found[0]), objective(found[1])];
}
