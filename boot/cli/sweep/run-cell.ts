/** `sweep FILE --cell I`: runs one cell in this process and writes its result. */

import { sourceCommit } from "../../build/commit.ts";
import { interruption } from "../../interruption.ts";
import { EXITS } from "../../report/exit-codes.ts";
import type { BootSystem } from "../../report/report.ts";
import { runDocument } from "../../report/run-document.ts";
import { printErrors, type Streams } from "../output.ts";
import { runQuietly } from "../run-system.ts";
import { cellName } from "./cells.ts";
import type { Experiment } from "./experiment.ts";
import { failureText } from "./failure-text.ts";
import type { NamedCell, Results, RunDocument } from "./results.ts";
import { unmetOf } from "./rows.ts";

/** As boot's --max-memory. */
const MAX_MEMORY = 2 ** 32;

/** The exit code of the cell's run, or 1 for any failure but an interruption; a finished cell is not run. */
export async function runCell(
    experiment: Experiment,
    cell: NamedCell,
    results: Results,
    loadBootSystem: () => Promise<BootSystem>,
    streams: Streams,
): Promise<number> {
    const name = cellName(cell);
    if (results.finished(cell) !== undefined) {
        streams.out(`${name}: finished before\n`);
        return EXITS.ok.code;
    }
    // A signal comes between two events, never within the writing of a file; the run ends by itself.
    const watch = interruption.watch();
    try {
        results.forgetFailure(cell);
        const run = await runDocumentOf(experiment, cell, await loadBootSystem());
        if (run.exit.code === EXITS.interrupted.code) return EXITS.interrupted.code;
        results.save(cell, sourceCommit(), run);
        if (run.exit.code !== 0) {
            printErrors(streams, [`${name}: ${failureText(run)}`]);
            return EXITS.program.code;
        }
        const unmet = unmetOf(experiment, cell, run);
        if (unmet === null) streams.out(`${name}: ok\n`);
        else printErrors(streams, [`${name}: ${unmet}`]);
        return unmet === null ? EXITS.ok.code : EXITS.unmet.code;
    } finally {
        watch.release();
    }
}

/** What is expected of the cell is the sweep's to say: it may change, and a finished cell is not run. */
async function runDocumentOf(experiment: Experiment, cell: NamedCell, boot: BootSystem): Promise<RunDocument> {
    const { timeoutSeconds, maxInstructions } = experiment.limits;
    const bounds = { timeoutSeconds, maxInstructions };
    const loaded = { ...cell.loaded, config: { ...cell.loaded.config, expect: [] } };
    const facts = await runQuietly({ loaded, bounds, maxMemory: MAX_MEMORY, engine: {}, json: undefined }, boot);
    return runDocument(facts) as RunDocument;
}
