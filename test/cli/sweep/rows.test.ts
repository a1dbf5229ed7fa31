/** What a sweep writes and shows: JSONL, CSV, table, progress. */

import { describe, expect, it } from "vitest";
import { enumerateCells } from "../../../boot/cli/sweep/cells.ts";
import { duration, SweepProgress } from "../../../boot/cli/sweep/progress.ts";
import { type CellResult, nameCells } from "../../../boot/cli/sweep/results.ts";
import { csvText, jsonLines, makeRows } from "../../../boot/cli/sweep/rows.ts";
import { renderSweep } from "../../../boot/cli/sweep/table.ts";
import { csvField } from "../../../boot/report/csv.ts";
import { keptStreams } from "../fake-report.ts";
import { CYCLES, experimentOf } from "./fixture.ts";

/** A result as boot would leave it: cycles, sent requests (or none exercised), exit code. */
function resultOf(cycles: number, sent: number | null, code = 0): CellResult {
    const requests = sent === null ? null : { value: sent, unit: "requests" };
    const run = {
        exit: { code, reason: code === 0 ? "ok" : "panic", message: code === 0 ? "" : 'frame "7", twice' },
        machine: { cycles: { value: cycles, unit: "cycles" } },
        clusters: [{ sent: requests }],
    };
    return { format: "archipel-cell/1", configHash: "c", resultHash: "r", commit: "abc-dirty", run };
}

const GRID = {
    text: "Why.",
    grid: [
        {
            "machine.mesh": [
                [1, 1],
                [2, 1],
            ],
            "programs.0.args": [['a "b"'], []],
        },
    ],
    seeds: [1, 2, 3],
    metrics: [
        CYCLES,
        { name: "sent, all", value: "sum(/clusters/*/sent)" },
        { name: "share", value: "50.5", unit: "%" },
    ],
};

function rowsOf(content: object, results: readonly (CellResult | undefined)[]) {
    const experiment = experimentOf(content);
    const cells = nameCells(enumerateCells(experiment));
    const outcomes = cells.map((cell, i) => {
        const result = results[i];
        const named = { ...cell, configHash: `config${i}`, resultHash: `result${i}` };
        return { cell: named, result, error: result === undefined ? "its process ended by SIGKILL" : null };
    });
    return { experiment, ...makeRows(experiment, outcomes) };
}

const RESULTS = [
    resultOf(1_000_000, null),
    resultOf(1_500_000, null),
    resultOf(1_200_000, null),
    resultOf(10, 5),
    resultOf(10, 5, 8),
    undefined,
];

describe("rows", () => {
    it("cells.jsonl is the checked-in one", async () => {
        const { experiment, rows } = rowsOf(GRID, RESULTS);
        await expect(jsonLines(experiment, rows)).toMatchFileSnapshot("../golden/sweep-cells.jsonl");
    });

    it("cells.csv is the checked-in one: a header and a row for each cell, ended by CR LF", async () => {
        const { experiment, rows } = rowsOf(GRID, RESULTS);
        const text = csvText(experiment, rows);
        expect(text.split("\r\n").length).toBe(RESULTS.length + 2);
        await expect(text.replaceAll("\r", "")).toMatchFileSnapshot("../golden/sweep-cells.csv");
    });

    it("the table, with a median over the seeds", async () => {
        const { experiment, rows } = rowsOf(GRID, RESULTS);
        await expect(`${renderSweep(experiment, rows).join("\n")}\n`).toMatchFileSnapshot("../golden/sweep-table.txt");
    });

    it("CSV fields are quoted only where they must be", () => {
        const values = ["plain", "a,b", 'say "x"', "two\nlines", [1, 2], { a: "b" }, 1.5, true, null, undefined, ""];
        expect(values.map(csvField)).toEqual([
            "plain",
            '"a,b"',
            '"say ""x"""',
            '"two\nlines"',
            '"[1,2]"',
            '"{""a"":""b""}"',
            "1.5",
            "true",
            "",
            "",
            "",
        ]);
    });

    it("a metric that no cell has is a problem; one that some have is null in the others", () => {
        const some = { ...RESULTS[0], run: { exit: { code: 0, reason: "ok", message: "" } } } as CellResult;
        const metrics = [CYCLES, { name: "bad", value: "/machine/cycle" }];
        const { rows, problems } = rowsOf({ seeds: [1, 2], metrics }, [some, resultOf(7, 1)]);
        expect(rows.map((row) => row.metrics[0]?.value)).toEqual([null, 7]);
        expect(problems.map((line) => line.replace(/^.*\//, ""))).toEqual(["cycle: there is no such value"]);
        expect(problems[0]).toMatch(
            /test\.json: \/metrics\/1\/value is "\/machine\/cycle"; \/machine\/cycle: there is/,
        );
    });
});

describe("progress", () => {
    it("plain lines say how much time is left", () => {
        const streams = keptStreams();
        let now = 0;
        const progress = new SweepProgress(streams, 3, () => now);
        now = 40_000;
        progress.ended("cell 0", null);
        now = 90_000;
        progress.ended("cell 2", "bad");
        progress.clear();
        expect(streams.kept.err.split("\n")).toEqual([
            "archipel: cell 0: ok (1/3, about 1 min 20 s left)",
            "archipel: cell 2: FAILED (2/3, 1 failed, about 45 s left)",
            "",
        ]);
    });

    it.each([
        [0.4, "0 s"],
        [59.6, "1 min 0 s"],
        [3600, "1 h 0 min"],
        [7380, "2 h 3 min"],
    ])("%d s is %s", (seconds, text) => expect(duration(seconds)).toBe(text));
});
