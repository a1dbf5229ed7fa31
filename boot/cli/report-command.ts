/** `archipel report`: documents of runs and results of sweeps as one page, as pictures and tables, and on paper. */

import { CommandError, EXITS } from "../report/exit-codes.ts";
import type { Command, Values } from "./options.ts";
import { checkWritable, type Streams } from "./output.ts";

export const REPORT_COMMAND: Command = {
    name: "report",
    usage: ["report RUN.json [-o FILE] [--svg DIR]"],
    summary:
        "Makes one HTML page of what boot --json wrote: what stands out, where memory went, who uses which bank, when things\n" +
        "happened and what they cost (docs/report.md). The page loads nothing, and can be read without scripts and printed.",
    maxPositionals: Number.POSITIVE_INFINITY,
    options: [
        { name: "output", short: "o", value: "FILE", default: "report.html", help: "the page" },
        { name: "svg", value: "DIR", help: "write each figure there, too: a picture (SVG) and its table (CSV)" },
    ],
};

export async function reportCommand(values: Values, streams: Streams): Promise<number> {
    const files = values.positionals;
    if (files.length === 0) throw new CommandError("usage", "RUN.json is missing; see archipel report --help");
    const output = values.text("output") ?? "";
    checkWritable("--output", output);
    // The pictures' code is loaded when it is needed: other commands start without it.
    const { readInputs, reportOf } = await import("./report/inputs.ts");
    const { writePage, writeFigures } = await import("./report/write.ts");
    const report = reportOf(readInputs(files));
    writePage(report, output, `--output ${output}`);
    streams.out(`${output}\n`);
    const folder = values.text("svg");
    if (folder !== undefined) streams.out(`${writeFigures(report, folder)}\n`);
    return EXITS.ok.code;
}
