/** The bench command: rows, table, JSON, skipped peers. */

import { expect, it } from "vitest";
import { spread } from "../../../boot/cli/bench/statistics.ts";
import { type Benchmark, measuredRow, skippedRow } from "../../../boot/cli/bench/types.ts";
import { BENCH_COMMAND, runBenchmarks } from "../../../boot/cli/bench-command.ts";
import { parseCommandLine } from "../../../boot/cli/options.ts";
import { keptStreams } from "../fake-report.ts";

const FAST: Benchmark = {
    name: "fake/fast",
    run: async (note) => {
        note("sample 1 of 3");
        return [
            measuredRow("fake/fast", "ours", "MIPS", [3, 1, 2], [0.5, 0.25, 1]),
            skippedRow("fake/fast", "peer", "MIPS", "not installed"),
        ];
    },
};
const OTHER: Benchmark = { name: "other", run: async () => [measuredRow("other", "ours", "s", [1])] };

it("the table shows median, spread, n, ratio, and why a peer is skipped", async () => {
    const streams = keptStreams();
    expect(await runBenchmarks(parseCommandLine(BENCH_COMMAND, []), [FAST, OTHER], streams)).toBe(0);
    expect(streams.kept.out.split("\n")).toEqual([
        "benchmark  engine  median  min  max  n  unit  ratio",
        "fake/fast  ours         2    1    3  3  MIPS  0.5 (0.25 to 1)",
        "fake/fast  peer         -    -    -  0  MIPS  skipped: not installed",
        "other      ours         1    1    1  1  s",
        "",
    ]);
    expect(streams.kept.err).toBe("archipel: fake/fast: sample 1 of 3\n");
});

it("--filter keeps what it names, and --json - writes the rows to stdout", async () => {
    const streams = keptStreams();
    await runBenchmarks(parseCommandLine(BENCH_COMMAND, ["--filter", "other", "--json", "-"]), [FAST, OTHER], streams);
    expect(JSON.parse(streams.kept.out)).toEqual({
        rows: [{ name: "other", engine: "ours", median: 1, min: 1, max: 1, n: 1, unit: "s", ratio: null }],
    });
});

it("a filter that keeps nothing is a usage error", async () => {
    const values = parseCommandLine(BENCH_COMMAND, ["--filter", "x/y"]);
    await expect(runBenchmarks(values, [FAST], keptStreams())).rejects.toThrow(
        "--filter x/y: no such benchmark; there are fake/fast",
    );
});

it("the median of an even number of samples is the mean of the middle two", () => {
    expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
    expect(spread([5])).toEqual({ median: 5, min: 5, max: 5 });
});
