/** The difference of two runs: their configs, their figures, and what a fault cost in each. */

import { PHASE_COLOURS, SERIES_COLOURS } from "../colours.ts";
import { PHASES } from "../report.ts";
import { type Bar, barPicture, nameWidthOf } from "./bars.ts";
import { faultName } from "./fault-cost.ts";
import { exact, percent, short } from "./numbers.ts";
import type { Cell, Plot, Report } from "./plot.ts";
import { configLeaves, figuresOf } from "./run-figures.ts";
import type { RunFile } from "./run-file.ts";
import { machineText, type Origin } from "./run-report.ts";
import { fitted, hint, lineFrom, type Picture, rectangle, textAt } from "./svg.ts";

export interface Side {
    readonly run: RunFile;
    readonly origin: Origin;
}

/** A figure of both; null where one has not got it. */
interface Difference {
    readonly name: string;
    readonly unit: string;
    readonly before: number | null;
    readonly after: number | null;
}

export function compareReport(before: Side, after: Side): Report {
    const differences = differencesOf(before.run, after.run);
    const changed = configPlot(before.run, after.run);
    const cost = costPlot(before.run, after.run);
    return {
        title: `${lastName(after)} against ${lastName(before)}`,
        verdict: verdictOf(before.run, after.run),
        facts: [
            ...factsOf("before", before),
            ...factsOf("after", after),
            ["report by", `archipel ${after.origin.version}`],
        ],
        headlines: headlinesOf(differences),
        findings: findingsOf(before.run, after.run, differences),
        sections: [
            { title: "What differs", plots: [...changed, ...ratioPlot(differences), ...cost] },
            { title: "Figures", plots: [figurePlot(differences)] },
        ],
        documents: [before.run, after.run],
    };
}

/** The name without its folders. */
function lastName({ origin }: Side): string {
    return origin.name.split("/").at(-1) ?? origin.name;
}

function verdictOf(before: RunFile, after: RunFile): Report["verdict"] {
    const good = before.exit.code === 0 && after.exit.code === 0;
    return { text: good ? "both all well" : `${before.exit.reason} before, ${after.exit.reason} after`, good };
}

function factsOf(name: string, { run, origin }: Side): [string, string][] {
    const commit = origin.commit === undefined ? [] : [[`${name}: commit`, origin.commit] as [string, string]];
    return [
        [name, `${origin.name} (${machineText(run)}, seed ${run.seed})`],
        [`${name}: state hash`, run.stateHash ?? "none"],
        ...commit,
    ];
}

function differencesOf(before: RunFile, after: RunFile): Difference[] {
    const [old, now] = [figuresOf(before), figuresOf(after)];
    const values = (list: typeof old) => new Map(list.map(({ name, value }) => [name, value]));
    const [oldValues, nowValues] = [values(old), values(now)];
    const names = new Map([...old, ...now].map(({ name, unit }) => [name, unit]));
    return [...names]
        .map(([name, unit]) => {
            return { name, unit, before: oldValues.get(name) ?? null, after: nowValues.get(name) ?? null };
        })
        .filter((each) => each.before !== null || each.after !== null);
}

/** Undefined where there is none. */
function ratioOf({ before, after }: Difference): number | undefined {
    return before === null || after === null || before <= 0 || after <= 0 ? undefined : after / before;
}

function headlinesOf(differences: readonly Difference[]): Report["headlines"] {
    return differences.slice(0, 7).flatMap((difference) => {
        const ratio = ratioOf(difference);
        if (ratio === undefined) return [];
        const { name, before, after } = difference;
        const value = ratio === 1 ? "the same" : `× ${short(ratio)}`;
        return [
            { value, text: `${name}: ${short(before ?? 0)} before, ${short(after ?? 0)} after`, notable: ratio > 1.1 },
        ];
    });
}

function findingsOf(before: RunFile, after: RunFile, differences: readonly Difference[]): string[] {
    if (before.stateHash !== null && before.stateHash === after.stateHash) {
        return ["Both runs end in the same state: their hashes are equal."];
    }
    const config = configDifferences(before, after);
    const paths = config.map(([path]) => path);
    const inputs =
        config.length === 0
            ? "The configs are the same: the runs differ in the sources, or in an option of the command line."
            : `The configs differ in ${paths.slice(0, 4).join(", ")}${paths.length > 4 ? ` and ${paths.length - 4} more` : ""}.`;
    const told = differences.slice(0, 2).flatMap((difference) => {
        const ratio = ratioOf(difference);
        if (ratio === undefined || ratio === 1) return [];
        const way = ratio < 1 ? "fewer" : "more";
        return [
            `The second run takes ${percent(Math.abs(ratio - 1))} ${way} ${difference.name} (${exact(difference.before ?? 0)} before, ${exact(difference.after ?? 0)} after).`,
        ];
    });
    const only = differences.filter((each) => (each.before === null) !== (each.after === null));
    const lone = only.length === 0 ? [] : [`${only.length} figures are of one run only.`];
    return [inputs, ...told, ...lone];
}

function configDifferences(
    before: RunFile,
    after: RunFile,
): [path: string, before: string | null, after: string | null][] {
    const leaves = ({ config }: RunFile) =>
        new Map(configLeaves(config).map(([path, value]) => [path, JSON.stringify(value)]));
    const [old, now] = [leaves(before), leaves(after)];
    return [...new Set([...old.keys(), ...now.keys()])]
        .filter((path) => old.get(path) !== now.get(path))
        .map((path) => [path, old.get(path) ?? null, now.get(path) ?? null]);
}

function configPlot(before: RunFile, after: RunFile): Plot[] {
    const rows: Cell[][] = configDifferences(before, after);
    if (rows.length === 0) return [];
    const columns = [{ name: "path" }, { name: "before" }, { name: "after" }];
    return [{ id: "config", title: "Config", text: "What the configs have that differs.", table: { columns, rows } }];
}

const MOST_RATIOS = 28;
const [WIDTH, ROW, TOP] = [620, 20, 22];
/** Figures that stand for very little say nothing by their ratio. */
const LEAST = 10;

/** The largest ratios, each figure of both runs a bar to the left (less) or to the right (more). */
function ratioPlot(differences: readonly Difference[]): Plot[] {
    const rows = differences
        .flatMap((each) => {
            const ratio = ratioOf(each);
            const small =
                Math.max(each.before ?? 0, each.after ?? 0) < LEAST &&
                each.unit !== "" &&
                !each.unit.startsWith("cycles per");
            return ratio === undefined || ratio === 1 || small ? [] : [{ ...each, ratio, log: Math.log2(ratio) }];
        })
        .sort((a, b) => Math.abs(b.log) - Math.abs(a.log))
        .slice(0, MOST_RATIOS);
    if (rows.length === 0) return [];
    const columns = [
        { name: "figure" },
        { name: "unit" },
        { name: "before" },
        { name: "after" },
        { name: "after/before" },
    ];
    return [
        {
            id: "ratios",
            title: "What changed the most",
            text: "Figures of the second run over those of the first, on a logarithmic scale: to the left there is less, to the right more.",
            picture: ratioPicture(rows),
            table: {
                columns,
                rows: rows.map(({ name, unit, before, after, ratio }) => [name, unit, before, after, ratio]),
            },
        },
    ];
}

function ratioPicture(rows: readonly (Difference & { readonly ratio: number; readonly log: number })[]): Picture {
    const left = nameWidthOf(rows.map(({ name }) => name));
    const most = Math.max(0.1, ...rows.map(({ log }) => Math.abs(log)));
    const half = (WIDTH - left - 60) / 2;
    const x = (log: number) => left + half + (log / most) * half;
    const bottom = TOP + rows.length * ROW;
    const grid = [-most, -most / 2, 0, most / 2, most].map((log) => {
        const words = log === 0 ? "1" : short(2 ** log);
        return (
            lineFrom(x(log), TOP - 4, x(log), bottom) +
            textAt(x(log), TOP - 8, words, { class: "soft", anchor: "middle" })
        );
    });
    const bars = rows.map(({ name, unit, before, after, ratio, log }, i) => {
        const y = TOP + i * ROW;
        const [from, to] = log < 0 ? [x(log), x(0)] : [x(0), x(log)];
        const text = hint(`${name}: ${exact(before ?? 0)} before, ${exact(after ?? 0)} after ${unit}`);
        const fill = log < 0 ? SERIES_COLOURS[0] : SERIES_COLOURS[1];
        const bar = rectangle(from, y + 2, Math.max(0.5, to - from), ROW - 7, { fill }, text);
        const label = textAt(WIDTH - 4, y + 12, `× ${short(ratio)}`, { anchor: "end" });
        return textAt(left - 8, y + 12, fitted(name, left - 8), { anchor: "end" }) + bar + label;
    });
    return { width: WIDTH, height: bottom + 6, body: [...grid, ...bars].join("") };
}

/** A bar of each run for each kind of fault. */
function costPlot(before: RunFile, after: RunFile): Plot[] {
    const kinds = [...new Set([before, after].flatMap(({ faultCost }) => (faultCost ?? []).map(faultName)))];
    if (kinds.length === 0) return [];
    const rows = kinds.flatMap((kind) =>
        (
            [
                ["before", before],
                ["after", after],
            ] as const
        ).flatMap(([when, { faultCost }]) => {
            const row = (faultCost ?? []).find((each) => faultName(each) === kind);
            return row === undefined ? [] : [{ kind, when, row }];
        }),
    );
    const bars = rows.map(({ kind, when, row }): Bar => {
        const name = `${when === "before" || !rows.some((each) => each.kind === kind && each.when === "before") ? `${kind}, ` : ""}${when}`;
        return { name, parts: PHASES.map((phase) => row.phases[phase].mean.value) };
    });
    const keys = PHASES.map((name) => ({ name, colour: PHASE_COLOURS[name] }));
    const picture = barPicture(bars, {
        keys,
        unit: "cycles",
        whole: "mean",
        width: WIDTH,
        nameWidth: nameWidthOf(bars.map(({ name }) => name)),
    });
    const columns = [
        { name: "fault" },
        { name: "run" },
        { name: "count", unit: "faults" },
        ...PHASES.map((name) => ({ name, unit: "cycles" })),
    ];
    const table = {
        columns,
        rows: rows.map(({ kind, when, row }) => [
            kind,
            when,
            row.count.value,
            ...PHASES.map((phase) => row.phases[phase].mean.value),
        ]),
    };
    return [
        {
            id: "fault-cost",
            title: "What a page fault costs",
            text: "Mean cycles by phase, before and after.",
            picture,
            table,
        },
    ];
}

function figurePlot(differences: readonly Difference[]): Plot {
    return {
        id: "figures",
        title: "All figures",
        text: "Sums over clusters, and costs of faults; what neither run exercised is left out.",
        wide: true,
        table: {
            columns: [
                { name: "figure" },
                { name: "unit" },
                { name: "before" },
                { name: "after" },
                { name: "after/before" },
            ],
            rows: differences.map((each) => [each.name, each.unit, each.before, each.after, ratioOf(each) ?? null]),
        },
    };
}
