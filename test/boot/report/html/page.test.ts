/** The page of a report: markup that is whole, a policy that lets in one script, and documents that cannot break out. */

import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { reportPage } from "../../../../boot/report/html/page.ts";
import { csvOf } from "../../../../boot/report/html/plot.ts";
import { readRun } from "../../../../boot/report/html/run-file.ts";
import { runReport } from "../../../../boot/report/html/run-report.ts";
import { escaped, svgFile } from "../../../../boot/report/html/svg.ts";
import { CRASHED, HELLO } from "../../../cli/fake-report.ts";
import { elementsOf, fullReport, sampleDocument, sampleRun } from "./sample.ts";

const ORIGIN = { name: "run.json", version: "1.2.3" };
const HOSTILE = `"><script>alert(1)</script>&lt;'\u0000\u0007</title></style>`;

describe.each([4, 16, 64, 256])("a run of %i clusters", (clusters) => {
    const report = runReport(sampleRun(fullReport(clusters)), ORIGIN);
    const plots = report.sections.flatMap((section) => section.plots);

    it("has a figure for all that it tells, each with its own id", () => {
        const ids = plots.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        for (const id of [
            ...["placement", "traffic-programs", "traffic-kernel", "timeline-faults", "timeline-dsm", "fault-cost"],
            ...["cycle-stacks", "bank-use", "link-use", "false-sharing-1", "programs", "numastat", "numa-maps"],
        ]) {
            expect(ids).toContain(id);
        }
    });

    it("the page is whole, and so is each picture as a file of its own", () => {
        const found = elementsOf(reportPage(report));
        expect(found.get("figure")).toBe(plots.length);
        expect(found.get("svg")).toBe(plots.filter(({ picture }) => picture !== undefined).length);
        for (const { picture, title } of plots) {
            if (picture !== undefined) expect(elementsOf(svgFile(picture, title)).get("svg")).toBe(1);
        }
    });

    it("no number of a picture is lost, and nothing is drawn outside of it", () => {
        for (const { id, picture } of plots) {
            if (picture === undefined) continue;
            expect(picture.body, id).not.toMatch(/NaN|Infinity|undefined/);
            for (const [, x, y, width, height] of picture.body.matchAll(
                /<rect x="([^"]*)" y="([^"]*)" width="([^"]*)" height="([^"]*)"/g,
            )) {
                expect(Math.min(Number(x), Number(y), Number(width), Number(height)), id).toBeGreaterThanOrEqual(0);
                expect(Number(x) + Number(width), id).toBeLessThanOrEqual(picture.width + 1);
                expect(Number(y) + Number(height), id).toBeLessThanOrEqual(picture.height + 1);
            }
        }
    });

    it("each table has a cell for every column, and a CSV line a row", () => {
        for (const { id, table } of plots) {
            for (const row of table.rows) expect(row.length, id).toBe(table.columns.length);
            if (id !== "programs") expect(csvOf(table).split("\r\n").length, id).toBe(table.rows.length + 2);
        }
    });
});

describe("the page", () => {
    const page = reportPage(
        runReport(sampleRun(fullReport(4)), { ...ORIGIN, command: "archipel boot", commit: "abc" }),
    );

    it("cites the run: command, seed, hash, commit, version", () => {
        for (const fact of ["archipel boot", "seed 1", "0123456789abcdef".repeat(4), "abc", "archipel 1.2.3"]) {
            expect(page).toContain(fact);
        }
    });

    it("loads nothing, and lets a browser run its own script alone", () => {
        expect(page).not.toMatch(/(?:src|href)="|url\(|@import|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
        const script = /<script>([\s\S]*?)<\/script>/.exec(page)?.[1] ?? "";
        const hash = createHash("sha256").update(script).digest("base64");
        expect(page).toContain(escaped(`default-src 'none'`));
        expect(page).toContain(escaped(`script-src 'sha256-${hash}'`));
    });

    it("embeds the document", () => {
        const text = /id="archipel-data">([\s\S]*?)<\/script>/.exec(page)?.[1] ?? "";
        expect(JSON.parse(text).documents[0]).toEqual(sampleRun(fullReport(4)));
    });

    it("has light and dark, and a form for paper", () => {
        expect(page).toContain("prefers-color-scheme:dark");
        expect(page).toContain("@media print");
    });
});

it("names, outputs and places of a document are text, wherever they stand", () => {
    const fault = { ...(CRASHED.fault as NonNullable<typeof CRASHED.fault>), function: HOSTILE, file: HOSTILE };
    const refused = [{ call: HOSTILE, what: HOSTILE, errno: HOSTILE, pid: 1 }];
    const program = { ...CRASHED, name: HOSTILE, output: HOSTILE, fault, refused };
    const run = sampleRun(fullReport(4, [program, HELLO]), 1, { programs: [{ path: HOSTILE, args: [HOSTILE] }] });
    const hostile = { ...run, exit: { ...run.exit, code: 1, message: HOSTILE } };
    const report = runReport(hostile, { name: HOSTILE, command: HOSTILE, commit: HOSTILE, version: HOSTILE });
    const found = elementsOf(reportPage(report));
    expect(found.get("script")).toBe(3);
    expect(found.get("title")).toBe(elementsOf(reportPage(runReport(sampleRun(fullReport(4)), ORIGIN))).get("title"));
    for (const { picture } of report.sections.flatMap(({ plots }) => plots)) {
        if (picture !== undefined) elementsOf(svgFile(picture, HOSTILE));
    }
});

/** The document with the value in place of number `index`, counted as they stand; `seen` says how many there are. */
function withNumber(document: unknown, index: number, value: number): { changed: unknown; seen: number } {
    let seen = 0;
    const changed = JSON.parse(JSON.stringify(document), (_key, each: unknown) => {
        return typeof each === "number" && seen++ === index ? value : each;
    });
    return { changed, seen };
}

it("whatever number stands in a document, it has a whole page or is refused in a line", () => {
    const document = sampleDocument(fullReport(4));
    const { seen } = withNumber(document, -1, 0);
    expect(seen).toBeGreaterThan(900);
    for (let index = 0; index < seen; index += 19) {
        for (const value of [-1, 0, 0.5, 1e15]) {
            const run = readRun(withNumber(document, index, value).changed, "run.json");
            if (typeof run === "string") expect(run).toMatch(/^run\.json: [^\n]*$/);
            else elementsOf(reportPage(runReport(run, ORIGIN)));
        }
    }
});

it.each([
    [
        "more clusters than a machine has",
        { clusters: Array.from({ length: 300 }) },
        "/clusters has 300; must be at most 256",
    ],
    [
        "a timeline without length",
        { timeline: { binCycles: 0, rows: [] } },
        "/timeline/binCycles is 0; must be at least 1",
    ],
    [
        "a time that no run has",
        { timeline: { binCycles: 1, rows: [{ cxy: 0, event: "dsm", what: "x", bins: [1e9], counts: [1] }] } },
        "/timeline/rows/0 is of a cluster or a part of the run that is not there",
    ],
])("%s is refused", (_, change, line) => {
    const document = sampleDocument(fullReport(4)) as { clusters: object[] };
    const clusters =
        "clusters" in change
            ? { clusters: change.clusters.map((_each, i) => ({ ...document.clusters[0], cxy: i })) }
            : {};
    expect(readRun({ ...document, ...change, ...clusters }, "run.json")).toBe(`run.json: ${line}`);
});

it("the reader of markup sees what is broken", () => {
    for (const bad of ["<p><b></p></b>", "<p>", "<p x=1></p>", "<p>a & b</p>", '<p x="<">']) {
        expect(() => elementsOf(bad), bad).toThrow();
    }
});
