/** `archipel bench`: runs the benchmarks, shows their rows, and writes them as JSON. */

import { isPacked } from "../build/packed.ts";
import { CommandError } from "../report/exit-codes.ts";
import { type Look, PLAIN_LOOK, renderTable } from "../report/summary/table.ts";
import type { Benchmark, BenchRow } from "./bench/types.ts";
import type { Command, Values } from "./options.ts";
import { checkWritable, type Streams, writeWhole } from "./output.ts";

export const BENCH_COMMAND: Command = {
    name: "bench",
    usage: ["bench [--filter TEXT] [--json FILE]"],
    summary:
        "Measures speed, beside peers that are installed: median, min and max of n samples, and the ratio to the peer.",
    maxPositionals: 0,
    options: [
        { name: "filter", value: "TEXT", help: "only benchmarks whose name contains TEXT" },
        { name: "json", value: "FILE|-", help: "write the rows as JSON; - is stdout instead of the table" },
    ],
};

export async function benchCommand(values: Values, streams: Streams): Promise<number> {
    if (isPacked()) {
        const why = "measures guests that it builds from sources, which the installed package does not have";
        throw new CommandError("usage", `bench ${why}; run it in a clone of the repository`);
    }
    const { BENCHMARKS } = await import("./bench/registry.ts");
    return runBenchmarks(values, BENCHMARKS, streams);
}

/** Runs those of `benchmarks` that --filter keeps. */
export async function runBenchmarks(
    values: Values,
    benchmarks: readonly Benchmark[],
    streams: Streams,
): Promise<number> {
    const filter = values.text("filter") ?? "";
    const json = values.text("json");
    if (json !== undefined && json !== "-") checkWritable("--json", json);
    const chosen = benchmarks.filter(({ name }) => name.includes(filter));
    if (chosen.length === 0) {
        const names = benchmarks.map(({ name }) => name).join(", ");
        throw new CommandError("usage", `--filter ${filter}: no such benchmark; there are ${names}`);
    }
    const rows: BenchRow[] = [];
    for (const benchmark of chosen) {
        rows.push(...(await benchmark.run((text) => streams.err(`archipel: ${benchmark.name}: ${text}\n`))));
    }
    const text = `${JSON.stringify({ rows }, null, 2)}\n`;
    if (json === "-") streams.out(text);
    else {
        streams.out(`${renderRows(rows, { ...PLAIN_LOOK, width: streams.columns }).join("\n")}\n`);
        if (json !== undefined) writeWhole(json, text);
    }
    return 0;
}

/** The table for the terminal. */
export function renderRows(rows: readonly BenchRow[], look: Look = PLAIN_LOOK): string[] {
    const figure = (value: number | null): string => (value === null ? "-" : Number(value.toPrecision(4)).toString());
    const ratio = ({ ratio: middle, ratioRange }: BenchRow): string => {
        if (middle === null) return "";
        return ratioRange === undefined ? figure(middle) : `${figure(middle)} (${ratioRange.map(figure).join(" to ")})`;
    };
    return renderTable(
        [
            { title: "benchmark", align: "left", cell: ({ name }) => name },
            { title: "engine", align: "left", cell: ({ engine }) => engine },
            { title: "median", align: "right", cell: ({ median }) => figure(median) },
            { title: "min", align: "right", cell: ({ min }) => figure(min) },
            { title: "max", align: "right", cell: ({ max }) => figure(max) },
            { title: "n", align: "right", cell: ({ n }) => String(n) },
            { title: "unit", align: "left", cell: ({ unit }) => unit },
            {
                title: "ratio",
                align: "left",
                cell: (row) => (row.skipped === undefined ? ratio(row) : `skipped: ${row.skipped}`),
            },
        ],
        rows,
        { look },
    );
}
