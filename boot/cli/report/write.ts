/** Writes reports: the page, and each figure as a picture and as a table. What cannot be written is exit 71. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { reportPage } from "../../report/html/page.ts";
import { csvOf, type Report } from "../../report/html/plot.ts";
import { svgFile } from "../../report/html/svg.ts";
import { outputError, writeWhole } from "../output.ts";

/** `what` names the file in an error. */
export function writePage(report: Report, file: string, what: string): void {
    writeWhole(file, reportPage(report), what);
}

/** Writes ID.svg and ID.csv of each figure to the folder, and returns how many of them, in words. */
export function writeFigures({ sections }: Report, folder: string): string {
    try {
        mkdirSync(folder, { recursive: true });
    } catch (error) {
        throw outputError(`--svg ${folder}`, error);
    }
    const plots = sections.flatMap((section) => section.plots);
    for (const { id, title, picture, table } of plots) {
        if (picture !== undefined) writeWhole(join(folder, `${id}.svg`), svgFile(picture, title));
        writeWhole(join(folder, `${id}.csv`), csvOf(table));
    }
    const pictures = plots.filter(({ picture }) => picture !== undefined).length;
    return `${folder}: ${pictures} pictures, ${plots.length} tables`;
}
