/** `--report FILE` of boot and dsm: the page of the run, written at its end. */

import { sourceCommit } from "../../build/commit.ts";
import { packageVersion } from "../../package-root.ts";
import { readRun } from "../../report/html/run-file.ts";
import { runReport } from "../../report/html/run-report.ts";
import { writePage } from "./write.ts";

/** What writes the page of a run's document. `command` is the command line, `name` what the machine comes from. */
export function pageWriter(file: string, name: string, command: string): (document: object) => void {
    return (document) => {
        // As a reader of --json gets it.
        const run = readRun(JSON.parse(JSON.stringify(document)), name);
        if (typeof run === "string") throw new Error(run);
        const origin = { name, command, commit: sourceCommit() ?? undefined, version: packageVersion() };
        writePage(runReport(run, origin), file, `--report ${file}`);
    };
}
