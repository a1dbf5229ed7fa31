/** The summary's text against checked-in files (npm run test:update rewrites them). */

import { expect, it } from "vitest";
import { renderFalseSharing } from "../../boot/report/summary/false-sharing.ts";
import { renderMesh } from "../../boot/report/summary/mesh.ts";
import { renderSummary } from "../../boot/report/summary/summary.ts";
import { type Column, folded, grouped, PLAIN_LOOK, renderTable, scaled } from "../../boot/report/summary/table.ts";
import { balance, renderTraffic } from "../../boot/report/summary/traffic.ts";
import { parseConfig } from "../../configs/check.ts";
import { CRASHED, fakeReport, fakeSharing, fakeTraffic, HELLO, SHARE } from "./fake-report.ts";

function summary(
    mesh: [number, number],
    harts: number,
    programs = [HELLO, SHARE, CRASHED],
    look = { width: Number.POSITIVE_INFINITY, verbose: true },
): string {
    const machine = { mesh, hartsPerCluster: harts, bankSize: "4MiB" };
    const clusters = mesh[0] * mesh[1];
    return renderSummary({
        config: parseConfig(JSON.stringify({ machine }), "test"),
        totals: { clusters, harts: clusters * harts, instructions: 4_944_268, cycles: 2_000_003 },
        report: fakeReport(clusters, programs, harts),
        ending: "all well",
        good: true,
        color: false,
        ...look,
    });
}

it.each([
    [1, 1, 4],
    [2, 2, 2],
    [16, 16, 1],
    [256, 1, 1],
])("the summary of a %d x %d mesh with %d harts a cluster is the checked-in one", async (columns, rows, harts) => {
    await expect(summary([columns, rows], harts)).toMatchFileSnapshot(`golden/summary-${columns}x${rows}.txt`);
});

it.each([1, 4, 256])("traffic of %d clusters is the checked-in one, in at most 130 columns", async (clusters) => {
    const lines = renderTraffic(fakeTraffic(clusters), clusters, PLAIN_LOOK);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(130);
    await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(`golden/traffic-${clusters}.txt`);
});

it.each([0, 1, 12])("false sharing on %d pages is the checked-in one, in at most 130 columns", async (pages) => {
    const report = { falseSharing: fakeSharing(pages), programs: [SHARE] };
    const lines = renderFalseSharing(report, PLAIN_LOOK);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(130);
    await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(`golden/false-sharing-${pages}.txt`);
});

it("the balance is max/mean over all banks, those without accesses too", () => {
    const row = { source: 0, mode: "user", kind: "DATA", operation: "load" } as const;
    const traffic = [
        { ...row, home: 0, count: 300 },
        { ...row, home: 1, count: 100 },
        { ...row, home: null, count: 999 },
    ];
    expect(balance(traffic, 4)).toBe("imbalance of the banks (max/mean accesses) 3.00, local fraction 75.0%");
    expect(balance([], 4)).toBe("imbalance of the banks (max/mean accesses) -, local fraction -");
});

it("no line of the summary is wider than a wide terminal", () => {
    for (const mesh of [
        [2, 2],
        [8, 8],
        [16, 16],
        [256, 1],
        [1, 256],
    ] as [number, number][]) {
        const widest = Math.max(
            ...summary(mesh, 2)
                .split("\n")
                .map((line) => line.length),
        );
        expect(widest, `${mesh}`).toBeLessThanOrEqual(130);
    }
});

it.each([40, 80, 100, 130])("a summary for %d columns has no wider line that could be folded or cut", (width) => {
    for (const [columns, rows, harts] of [
        [2, 2, 2],
        [8, 8, 2],
        [16, 16, 1],
        [256, 1, 1],
    ] as const) {
        const lines = summary([columns, rows], harts, [HELLO], { width, verbose: false }).split("\n");
        const wide = lines.filter((line) => line.length > width && line.trim().includes(" "));
        expect(wide).toEqual([]);
    }
});

it("a table that is too wide is cut into several, each with the first column, and no figure is lost", () => {
    const columns: Column<number>[] = Array.from({ length: 7 }, (_, i) => {
        return { title: `column${i}`, align: "right", cell: (row) => `${row}.${i}` };
    });
    const look = { ...PLAIN_LOOK, width: 30 };
    expect(renderTable(columns, [1, 2], { indent: 2, look })).toEqual([
        "  column0  column1  column2",
        "      1.0      1.1      1.2",
        "      2.0      2.1      2.2",
        "",
        "  column0  column3  column4",
        "      1.0      1.3      1.4",
        "      2.0      2.3      2.4",
        "",
        "  column0  column5  column6",
        "      1.0      1.5      1.6",
        "      2.0      2.5      2.6",
    ]);
    const [, row] = renderTable([{ title: "a", align: "left", cell: () => "x".repeat(40) }], [1], { look });
    expect(row).toBe(`${"x".repeat(29)}\u2026`);
});

it("a line is broken between words, and what follows is indented", () => {
    expect(folded("  one two three four", 12)).toEqual(["  one two", "      three", "          four"]);
    expect(folded("x".repeat(20), 12)).toEqual(["x".repeat(20)]);
});

it("of many clusters the busiest are shown, and how many are not", () => {
    const lines = summary([16, 16], 1, [HELLO], { width: Number.POSITIVE_INFINITY, verbose: false }).split("\n");
    expect(
        lines.filter((line) => line === "  (those with most instructions; 224 more with --verbose, and all in --json)"),
    ).toHaveLength(2);
    expect(lines.filter((line) => line.startsWith("    total "))).toHaveLength(2);
});

it("every cluster has its row, and what no cluster exercised reads -", () => {
    const lines = summary([16, 16], 1).split("\n");
    for (const cxy of [0, 100, 255])
        expect(lines.filter((line) => line.startsWith(`${String(cxy).padStart(9)} `))).toHaveLength(2);
    expect(lines.find((line) => line.startsWith("        0 ") && line.includes("4/0/1"))).toContain(" - ");
});

it("a program's control characters do not reach the terminal", () =>
    expect(summary([1, 1], 1)).not.toContain("\u001b"));

it("colours only when asked", () => {
    const input = { config: parseConfig("{}", "t"), totals: { clusters: 1, harts: 1, instructions: 1, cycles: 1 } };
    const report = fakeReport(1, []);
    const text = (color: boolean): string =>
        renderSummary({ ...input, report, ending: "all well", good: true, color, width: 80, verbose: false });
    expect(text(true)).toContain("\u001b[");
    expect(text(false)).not.toContain("\u001b[");
});

it("the picture of an 8 x 8 mesh still has boxes", () => {
    const { clusters } = fakeReport(64, []);
    expect(renderMesh({ columns: 8, rows: 8, clusters }, PLAIN_LOOK)[0]).toContain("+-----------+   +-----------+");
});

it("figures are grouped and scaled", () => {
    expect([0, 999, 1000, 1234567].map(grouped)).toEqual(["0", "999", "1,000", "1,234,567"]);
    expect([9999, 12345, 1.5e6, 250e6, 3e9].map(scaled)).toEqual(["9999", "12.3k", "1.5M", "250M", "3.0G"]);
});

it("long tables repeat their header", () => {
    const column = { title: "n", align: "right", cell: (n: number) => String(n) } as const;
    expect(renderTable([column], [1, 2, 3], { repeatHeader: 2 })).toEqual(["n", "1", "2", "n", "3"]);
});
