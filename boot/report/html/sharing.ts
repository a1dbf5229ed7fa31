/** Pages that nodes share falsely (--false-sharing): the bytes of a page by the node that writes them. */

import { seriesColour } from "../colours.ts";
import { exact, plural } from "./numbers.ts";
import type { Plot } from "./plot.ts";
import type { RunFile, SharedPageFile } from "./run-file.ts";
import { hint, lineFrom, type Picture, rectangle, textAt } from "./svg.ts";

const MOST_PAGES = 6;
const PAGE_BYTES = 4096;
const [WIDTH, LEFT, ROW] = [620, 64, 15];

/** The costliest pages, a plot each. */
export function sharingPlots({ falseSharing }: RunFile): Plot[] {
    return (falseSharing ?? []).slice(0, MOST_PAGES).map((page, i) => ({
        id: `false-sharing-${i + 1}`,
        title: `False sharing: page ${page.page.replace(/^0x0*/, "0x")} of ${page.program}`,
        text: `${cost(page)} Advice: ${page.advice}.`,
        picture: picture(page),
        table: {
            columns: [{ name: "node" }, { name: "from", unit: "bytes" }, { name: "to", unit: "bytes" }],
            rows: page.nodes.flatMap(({ node, ranges }) => ranges.map(({ from, to }) => [node, from, to])),
        },
    }));
}

function cost({ cycles, readFaults, writeFaults, phases }: SharedPageFile): string {
    const faults = plural(readFaults.value + writeFaults.value, "DSM fault");
    return `${faults} and ${exact(cycles.value)} cycles of waiting in ${plural(phases.value, "phase")}.`;
}

function picture({ nodes }: SharedPageFile): Picture {
    const x = (byte: number) => LEFT + (byte / PAGE_BYTES) * (WIDTH - LEFT - 16);
    const bottom = 6 + nodes.length * ROW;
    const grid = [0, 1024, 2048, 3072, PAGE_BYTES].map(
        (byte) =>
            lineFrom(x(byte), 4, x(byte), bottom + 3) +
            textAt(x(byte), bottom + 15, String(byte), { class: "soft", anchor: "middle" }),
    );
    const rows = nodes.map(({ node, bytes, ranges, lines }, i) => {
        const y = 6 + i * ROW;
        const place =
            lines[0] === undefined ? "" : `, ${lines[0].file ?? lines[0].function ?? "?"}:${lines[0].line ?? "?"}`;
        const parts = ranges.map(({ from, to }) => {
            const text = hint(
                `node ${node} writes bytes ${from} to ${to} (${exact(bytes.value)} bytes in all${place})`,
            );
            return rectangle(x(from), y, Math.max(1, x(to + 1) - x(from)), ROW - 3, { fill: seriesColour(i) }, text);
        });
        return textAt(LEFT - 6, y + 10, `node ${node}`, { class: "soft", anchor: "end" }) + parts.join("");
    });
    const title = textAt(WIDTH / 2 + LEFT / 2, bottom + 29, "byte of the page", { class: "soft", anchor: "middle" });
    return { width: WIDTH, height: bottom + 34, body: grid.join("") + rows.join("") + title };
}
