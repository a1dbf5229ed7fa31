/** Sweeps: axes, estimates over seeds, speed-up and efficiency, the front of two metrics; and two runs compared. */

import { describe, expect, it } from "vitest";
import { compareReport } from "../../../../boot/report/html/compare-report.ts";
import { reportPage } from "../../../../boot/report/html/page.ts";
import { type Objective, paretoFront } from "../../../../boot/report/html/pareto.ts";
import type { Plot, Report } from "../../../../boot/report/html/plot.ts";
import { configLeaves } from "../../../../boot/report/html/run-figures.ts";
import { estimate } from "../../../../boot/report/html/statistics.ts";
import { svgFile } from "../../../../boot/report/html/svg.ts";
import { axesOf, type SweepRow } from "../../../../boot/report/html/sweep-data.ts";
import { sweepReport } from "../../../../boot/report/html/sweep-report.ts";
import { valueScale } from "../../../../boot/report/html/value-scale.ts";
import { elementsOf, fullReport, sampleRun } from "./sample.ts";

function row(config: Record<string, unknown>, cycles: number | null, more: Partial<SweepRow> = {}): SweepRow {
    const metrics = { cycles: { value: cycles, unit: "cycles" }, rank: { value: 3, unit: "" } };
    return { config, metrics, error: null, ...more };
}

const MESHES = [
    [4, 4],
    [1, 1],
    [2, 2],
] as const;
/** Twice as fast on four clusters, half of that again on sixteen. */
const SPEED = new Map([
    [1, 1],
    [4, 2],
    [16, 3],
]);

function grid(seeds: readonly number[] = [1], path = "sort"): SweepRow[] {
    return MESHES.flatMap((mesh) =>
        seeds.map((seed) => {
            const size = mesh[0] * mesh[1];
            const config = { "programs.0.path": path, "machine.mesh": mesh, "programs.0.threads": size, seed };
            return row(config, 1_200_000 / (SPEED.get(size) ?? 1) + 100 * (seed - seeds.length));
        }),
    );
}

const OPTIONS = { title: "sweep", facts: [], base: new Map<string, string>(), pareto: undefined };

function plotOf({ sections }: Report, id: string): Plot {
    const found = sections.flatMap(({ plots }) => plots).find((plot) => plot.id === id);
    if (found === undefined) throw new Error(`no ${id}`);
    return found;
}

describe("axes", () => {
    it("are paths that vary and do not follow from the others; the first of those that vary together", () => {
        const rows = [...grid(), ...grid([1], "matmul")];
        expect(axesOf(rows).map(({ path }) => path)).toEqual(["programs.0.path", "machine.mesh"]);
    });

    it("a mesh counts its clusters, a list the number in which it differs, a size its bytes; names have no number", () => {
        const numbers = (path: string, values: readonly unknown[]) =>
            axesOf(values.map((value) => row({ [path]: value }, 1))).flatMap(({ values: all }) =>
                all.map(({ number }) => number),
            );
        expect(numbers("machine.mesh", MESHES)).toEqual([1, 4, 16]);
        expect(
            numbers("programs.0.args", [
                ["9", "4", "x"],
                ["9", "2", "x"],
            ]),
        ).toEqual([2, 4]);
        expect(numbers("machine.bankSize", ["4MiB", "2MiB"])).toEqual([2 ** 21, 2 ** 22]);
        expect(numbers("kernel.heap", ["lsb", "xor"])).toEqual([null, null]);
        expect(numbers("programs.0.args", [[], ["2"]])).toEqual([null, null]);
    });

    it("seeds are none", () => expect(axesOf(grid([1, 2, 3])).map(({ path }) => path)).toEqual(["machine.mesh"]));
});

describe("estimates", () => {
    it("have the median, and the range of fewer than three values", () => {
        expect(estimate([7])).toEqual({ median: 7, low: 7, high: 7, n: 1 });
        expect(estimate([3, 9])).toEqual({ median: 6, low: 3, high: 9, n: 2 });
    });

    it("have an interval by bootstrap of three and more, always the same", () => {
        const values = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 100];
        const found = estimate(values);
        expect(estimate([...values])).toEqual(found);
        expect(found.median).toBe(15);
        // One value that is far out does not widen the interval of the median.
        expect(found.low).toBeGreaterThan(10);
        expect(found.low).toBeLessThan(15);
        expect(found.high).toBeGreaterThan(15);
        expect(found.high).toBeLessThan(20);
        expect(estimate([5, 5, 5, 5])).toEqual({ median: 5, low: 5, high: 5, n: 4 });
    });
});

describe("the report of a sweep", () => {
    it("speed-up is over the smallest machine, efficiency that over its growth", () => {
        const report = sweepReport(grid(), OPTIONS);
        const values = (id: string) => plotOf(report, id).table.rows.map(([, at, median]) => [at, median]);
        expect(values("speed-up-over-machine-mesh")).toEqual([
            ["1 × 1", 1],
            ["2 × 2", 2],
            ["4 × 4", 3],
        ]);
        expect(values("efficiency-over-machine-mesh")).toEqual([
            ["1 × 1", 1],
            ["2 × 2", 0.5],
            ["4 × 4", 0.1875],
        ]);
        expect(report.findings).toEqual(["The program is fastest at mesh 4 × 4: 3 times as fast as at 1 × 1."]);
    });

    it("a base of one's own is that of all cells", () => {
        const rows = [
            ...grid(),
            ...grid([1], "matmul").map((each) => ({ ...each, metrics: row({}, 600_000).metrics })),
        ];
        const base = new Map([["programs.0.path", "sort"]]);
        const { table } = plotOf(sweepReport(rows, { ...OPTIONS, base }), "speed-up-over-programs-0-path");
        expect(table.rows.filter(([, path]) => path === "matmul").map(([mesh, , speed]) => [mesh, speed])).toEqual([
            ["4 × 4", 2 / 3],
            ["1 × 1", 2],
            ["2 × 2", 1],
        ]);
    });

    it("many series are parted into panels; each picture is whole", () => {
        const rows = ["a", "b", "c", "d", "e", "f", "g", "h"].flatMap((path) =>
            [1, 2].flatMap((quantum) =>
                grid([1, 2, 3], path).map((each) => ({ ...each, config: { ...each.config, quantum } })),
            ),
        );
        const report = sweepReport(rows, OPTIONS);
        elementsOf(reportPage(report));
        for (const { id, picture, title } of report.sections.flatMap(({ plots }) => plots)) {
            if (picture === undefined) continue;
            elementsOf(svgFile(picture, title));
            expect(picture.body, id).not.toMatch(/NaN|Infinity|undefined/);
        }
        const { picture, table } = plotOf(report, "cycles-over-machine-mesh");
        expect(picture?.body.match(/<g transform/g)?.length).toBe(8);
        expect(table.rows.length).toBe(8 * 2 * 3);
        expect(table.rows[0]?.at(-1)).toBe(3);
    });

    it("tells of cells that failed, and leaves them out", () => {
        const [first, ...rest] = grid();
        const failed = { ...(first as SweepRow), error: "program sort exited with 1" };
        const report = sweepReport([failed, ...rest], OPTIONS);
        expect(report.verdict).toEqual({ text: "1 of 3 runs failed", good: false });
        expect(report.findings[0]).toBe("1 of 3 runs failed: program sort exited with 1.");
        expect(plotOf(report, "cells").table.rows.length).toBe(2);
    });

    it("tells how far other axes matter, and where no difference shows", () => {
        const over = (cycles: (heap: string, seed: number) => number) =>
            ["lsb", "xor"].flatMap((heap) =>
                [1, 2, 3].map((seed) => row({ "kernel.heap": heap, seed }, cycles(heap, seed))),
            );
        expect(
            sweepReport(
                over((heap, seed) => (heap === "lsb" ? 100 : 300) + seed / 10),
                OPTIONS,
            ).findings,
        ).toEqual(["kernel.heap makes “cycles” up to 3 times as large: at xor, compared with lsb."]);
        const same = sweepReport(
            over((heap, seed) => (heap === "lsb" ? 100 : 103) + 2 * seed),
            OPTIONS,
        ).findings;
        expect(same).toEqual(["Over kernel.heap no difference in cycles shows."]);
    });

    it("tells where seeds matter", () => {
        const wild = grid([1, 2]).map((each, i) => ({ ...each, metrics: row({}, i % 2 === 0 ? 100 : 200).metrics }));
        expect(sweepReport(wild, OPTIONS).findings).toContain(
            "Seeds matter: the interval of “cycles” is up to 66.7% of its median.",
        );
        expect(sweepReport(grid([1, 2]), OPTIONS).findings.join()).not.toContain("Seeds");
    });

    it("one cell, and cells without numbers, have a page", () => {
        for (const rows of [grid().slice(0, 1), [row({ seed: 1 }, null)], []])
            elementsOf(reportPage(sweepReport(rows, OPTIONS)));
    });

    it("names of axes, values and metrics are text", () => {
        const hostile = `<script>"'&\u0000`;
        const rows = [1, 2].map((value) => {
            return {
                ...row({ [hostile]: `${hostile}${value}` }, value),
                metrics: { [hostile]: { value, unit: hostile } },
                error: value === 1 ? hostile : null,
            };
        });
        expect(elementsOf(reportPage(sweepReport(rows, { ...OPTIONS, title: hostile }))).get("script")).toBe(3);
    });
});

describe("the front of two metrics", () => {
    const less = (name: string): Objective => ({ name, unit: "", more: false });
    const all = [
        [1, 9],
        [2, 5],
        [3, 5],
        [4, 1],
        [5, 4],
        [2, 5],
    ].map(([x = 0, y = 0], i) => ({ name: String(i), x, y }));

    it("has what none beats in both; equals stay", () => {
        expect(paretoFront(all, less("x"), less("y")).map(({ name }) => name)).toEqual(["0", "1", "5", "3"]);
    });

    it("turns with what is better", () => {
        expect(paretoFront(all, { ...less("x"), more: true }, less("y")).map(({ name }) => name)).toEqual(["3", "4"]);
    });
});

describe("scales", () => {
    it("are linear from zero on, and logarithmic where values differ by far", () => {
        expect(valueScale([10, 40], [100, 0]).log).toBe(false);
        expect(valueScale([10, 40], [100, 0]).place(0)).toBe(100);
        const far = valueScale([1, 1000], [300, 0]);
        expect([far.log, far.marks, far.place(10)]).toEqual([true, [1, 10, 100, 1000], 200]);
        expect(valueScale([1, 1000], [300, 0], true).log).toBe(false);
        expect(valueScale([0, 0], [100, 0]).place(0)).toBe(100);
    });
});

describe("two runs", () => {
    const origin = { name: "a.json", version: "1" };
    const before = { run: sampleRun(fullReport(4)), origin };

    it("differ in config, figures and costs", () => {
        const slow = fullReport(4);
        const faultCost = slow.faultCost.map((cost) => ({ ...cost, cycles: 2 * cost.cycles }));
        const run = sampleRun({ ...slow, faultCost }, 2);
        const after = { run: { ...run, stateHash: "f".repeat(64) }, origin: { ...origin, name: "b.json" } };
        const report = compareReport(before, after);
        expect(report.title).toBe("b.json against a.json");
        expect(report.findings[0]).toBe("The configs differ in seed.");
        expect(plotOf(report, "config").table.rows).toEqual([["seed", "1", "2"]]);
        const ratios = plotOf(report, "ratios").table.rows.map(([name, , , , ratio]) => [name, ratio]);
        expect(ratios).toContainEqual(["STACK local fault: mean", 2]);
        elementsOf(reportPage(report));
        for (const { picture, title } of report.sections.flatMap(({ plots }) => plots)) {
            if (picture !== undefined) elementsOf(svgFile(picture, title));
        }
    });

    it("that end in the same state are said to", () => {
        expect(compareReport(before, before).findings).toEqual([
            "Both runs end in the same state: their hashes are equal.",
        ]);
    });

    it("leaves of a config are values and plain lists", () => {
        const config = { $schema: "x", machine: { mesh: [1, 2] }, programs: [{ path: "a", args: [] }], empty: {} };
        expect(configLeaves(config)).toEqual([
            ["machine.mesh", [1, 2]],
            ["programs.0.path", "a"],
            ["programs.0.args", []],
            ["empty", {}],
        ]);
    });
});
