/**
 * The plots of docs/figures, from the results beside them, each the cells.jsonl of a sweep. `npm run generate` writes them, as all that derives from
 * tables.
 */

import { join } from "node:path";
import { readInputs } from "../cli/report/inputs.ts";
import { packageRoot } from "../package-root.ts";
import { svgFile } from "../report/html/svg.ts";
import { sweepReport } from "../report/html/sweep-report.ts";

/** Ids of the report's plots, by experiment. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
    scaling: ["speed-up-over-machine-mesh", "cycles-over-machine-mesh"],
    distribution: ["imbalance-over-programs-0-args"],
    "code-replication": ["walks-over-machine-mesh"],
    "page-tables": ["mapping-over-programs-0-args", "munmap-over-programs-0-args"],
    quantum: ["cycles-over-machine-quantum"],
};

/** What makes each file, by its path from the package's root. */
export function experimentPlots(): Record<string, () => string> {
    const plots = Object.entries(SHOWN).flatMap(([name, ids]) =>
        ids.map((id): [string, () => string] => [`docs/figures/${name}-${id}.svg`, () => plotOf(name, id)]),
    );
    return Object.fromEntries(plots);
}

function plotOf(name: string, id: string): string {
    const { rows } = readInputs([join(packageRoot(), "docs/figures", `${name}.jsonl`)]);
    const { sections } = sweepReport(rows, { title: name, facts: [], base: new Map(), pareto: undefined });
    const plot = sections.flatMap(({ plots }) => plots).find((each) => each.id === id);
    if (plot?.picture === undefined) throw new Error(`docs/figures/${name}.jsonl has no plot ${id}`);
    return svgFile(plot.picture, plot.title);
}
