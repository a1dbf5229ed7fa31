/** `sweep FILE --cell I`: runs one cell in this process and writes its result. */

import { interruption } from "../../interruption.ts";
import { EXITS } from "../../report/exit-codes.ts";
import type { BootSystem } from "../../report/report.ts";
import { printErrors, type Streams } from "../output.ts";
import { runSystem } from "../run-system.ts";
import { cellName } from "./cells.ts";
import type { Experiment } from "./experiment.ts";
import { sourceCommit } from "./identity.ts";
import type { NamedCell, Results, RunDocument } from "./results.ts";

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
        streams.out(`${name}: ok\n`);
        return EXITS.ok.code;
    } finally {
        watch.release();
    }
}

/** Why a run failed, such as "program sort exited with 1 (exit code 1)". */
export function failureText({ exit }: RunDocument): string {
    const { message, reason, code } = exit;
    return `${message === "" ? reason : message} (exit code ${code})`;
}

/** Boots the cell's config as `boot --json -` does. */
async function runDocumentOf(experiment: Experiment, cell: NamedCell, boot: BootSystem): Promise<RunDocument> {
    let text = "";
    const streams: Streams = {
        out: (data) => {
            text += typeof data === "string" ? data : new TextDecoder().decode(data);
        },
        err: () => {},
        outIsTerminal: false,
        errIsTerminal: false,
        color: false,
    };
    const { timeoutSeconds, maxInstructions } = experiment.limits;
    const bounds = { timeoutSeconds, maxInstructions };
    await runSystem({ loaded: cell.loaded, bounds, maxMemory: MAX_MEMORY, engine: {}, json: "-" }, boot, streams);
    return JSON.parse(text) as RunDocument;
}
