/** `archipel report`: documents of runs and results of sweeps as one page, as pictures and tables, and on paper. */

import { CommandError, EXITS } from "../report/exit-codes.ts";
import type { Command, Values } from "./options.ts";
import { checkWritable, type Streams } from "./output.ts";

export const REPORT_COMMAND: Command = {
    name: "report",
    usage: [
        "report RUN.json [-o FILE] [--svg DIR] [--pdf FILE]",
        "report BEFORE.json AFTER.json [-o FILE] [--svg DIR] [--pdf FILE]",
        "report RESULTS... [--base PATH=VALUE]... [--pareto METRIC,METRIC] [-o FILE] [--svg DIR] [--pdf FILE]",
    ],
    summary:
        "Makes one HTML page of what boot --json wrote: what stands out, where memory went, who uses which bank, when things\n" +
        "happened and what they cost. Of two runs it shows what differs; of a sweep's results (a folder, a cells.jsonl, three\n" +
        "runs and more) every metric over every axis (docs/report.md). The page loads nothing and needs no scripts.",
    maxPositionals: Number.POSITIVE_INFINITY,
    options: [
        { name: "output", short: "o", value: "FILE", default: "report.html", help: "the page" },
        {
            name: "base",
            value: "PATH=VALUE",
            repeatable: true,
            help: "of results: cells with this value are what speed-ups are over (default: the smallest of the axis)",
        },
        {
            name: "pareto",
            value: "METRIC,METRIC",
            help: "of results: show which cells none beats in both; less is better, of +METRIC more",
        },
        { name: "svg", value: "DIR", help: "write each figure there, too: a picture (SVG) and its table (CSV)" },
        { name: "pdf", value: "FILE", help: "print the page to this file, by an installed Chromium" },
    ],
};

export async function reportCommand(values: Values, streams: Streams): Promise<number> {
    const files = values.positionals;
    if (files.length === 0) throw new CommandError("usage", "RUN.json is missing; see archipel report --help");
    const output = values.text("output") ?? "";
    checkWritable("--output", output);
    const pdf = values.text("pdf");
    if (pdf !== undefined) checkWritable("--pdf", pdf);
    // The pictures' code is loaded when it is needed: other commands start without it.
    const { readInputs } = await import("./report/inputs.ts");
    const { findBrowser, printPdf } = await import("./report/pdf.ts");
    const browser = pdf === undefined ? "" : findBrowser(process.env);
    const { reportOf } = await import("./report/reports.ts");
    const { writePage, writeFigures } = await import("./report/write.ts");
    const report = reportOf(readInputs(files), values);
    writePage(report, output, `--output ${output}`);
    streams.out(`${output}\n`);
    const folder = values.text("svg");
    if (folder !== undefined) streams.out(`${writeFigures(report, folder)}\n`);
    if (pdf !== undefined) {
        await printPdf(browser, output, pdf);
        streams.out(`${pdf}\n`);
    }
    return EXITS.ok.code;
}
