/** `archipel sweep`: its options, and which of list, one cell and all cells they ask for. */

import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import type { LoadedConfig } from "../../configs/load.ts";
import { CommandError, EXITS } from "../report/exit-codes.ts";
import type { BootSystem } from "../report/report.ts";
import type { Command, Values } from "./options.ts";
import { checkWritable, type Streams } from "./output.ts";
import { type Cell, cellText, enumerateCells } from "./sweep/cells.ts";
import { type Experiment, loadExperiment } from "./sweep/experiment.ts";
import { type CellRunner, cellStarter, Pool } from "./sweep/pool.ts";
import { makeFolders, type NamedCell, nameCells, Results } from "./sweep/results.ts";
import { runAll, type SweepRun, unfinished } from "./sweep/run-all.ts";
import { runCell } from "./sweep/run-cell.ts";
import { findSubmitter, SUBMITTERS, Submission } from "./sweep/submit.ts";

export const SWEEP_COMMAND: Command = {
    name: "sweep",
    usage: [
        "sweep FILE [--jobs N] [--out DIR] [--junit FILE]",
        "sweep FILE --submit slurm|parallel [--detach] [--jobs N] [--out DIR]",
        "sweep FILE --cell I [--out DIR]",
        "sweep FILE --list",
    ],
    summary:
        "Runs an experiment: every cell of a grid of configs, in parallel, and shows a table of its metrics.\n\n" +
        "DIR gets cells.jsonl, cells.csv and each cell's whole result. What is finished there is not run again, so an\n" +
        "interrupted sweep goes on where it was, and cells may be run by a Slurm array or GNU parallel (docs/experiments.md).",
    examples: [
        ["sweep experiments/scaling.json", "all cells, as many at a time as there are cores"],
        ["sweep experiments/scaling.json --list", "which cells there are"],
        ["sweep experiments/scaling.json --submit slurm --out /shared/results", "all cells as a Slurm array"],
        ["sweep experiments/scaling.json --cell 3 --out /shared/results", "one cell, as a job array runs it"],
    ],
    exits: ["program", "unmet", "input"],
    exitNote: "1 when any cell failed: each has an error line with its own exit.",
    maxPositionals: 1,
    options: [
        { name: "jobs", value: "N", help: "cells at a time (default: the cores; with --submit slurm: as Slurm likes)" },
        { name: "submit", value: "WHERE", help: "slurm: as one job array; parallel: by GNU parallel" },
        { name: "detach", help: "with --submit: do not wait for the cells" },
        { name: "cell", value: "I", help: "run this cell only, counted from 0, and show no table" },
        { name: "list", help: "print the cells, one a line, and run none" },
        { name: "junit", value: "FILE", help: "write the cells as JUnit XML: a test each" },
        { name: "report", value: "FILE", help: "write them as one HTML page: every metric over every axis" },
        { name: "out", value: "DIR", help: "where results are kept (default: results/ and FILE's name)" },
    ],
};

/** What the composition root gives: loaded only when needed. */
export interface SweepParts {
    loadBootSystem(): Promise<BootSystem>;
    /** What fills the build cache for a config. */
    loadPrebuild(): Promise<(loaded: LoadedConfig) => Promise<unknown>>;
}

export async function sweepCommand(values: Values, parts: SweepParts, streams: Streams): Promise<number> {
    const file = values.positionals[0];
    if (file === undefined) throw new CommandError("usage", "FILE is missing; see archipel sweep --help");
    for (const [one, other] of [
        ["list", "cell"],
        ["list", "jobs"],
        ["cell", "jobs"],
        ["list", "junit"],
        ["cell", "junit"],
        ["list", "report"],
        ["cell", "report"],
        ["list", "submit"],
        ["cell", "submit"],
        ["detach", "junit"],
        ["detach", "report"],
    ] as const) {
        if (values.has(one) && values.has(other))
            throw new CommandError("usage", `--${one} and --${other} exclude each other`);
    }
    const junit = values.text("junit");
    if (junit !== undefined) checkWritable("--junit", junit);
    const report = values.text("report");
    if (report !== undefined) checkWritable("--report", report);
    if (values.has("detach") && !values.has("submit")) throw new CommandError("usage", "--detach needs --submit");
    const jobs = values.has("jobs") ? values.number("jobs", 1) : undefined;
    const experiment = loadExperiment(file);
    const cells = enumerateCells(experiment);
    if (values.has("list")) {
        streams.out(cells.map((cell) => `${cell.index} ${cellText(cell)}`.trimEnd().concat("\n")).join(""));
        return EXITS.ok.code;
    }
    const chosen = values.has("cell") ? chooseCell(cells, values.number("cell", 0)) : cells;
    const directory = values.text("out") ?? join("results", experiment.name);
    makeFolders(directory);
    const named = nameCells(chosen);
    const results = new Results(directory);
    const [first] = named;
    if (values.has("cell") && first !== undefined) {
        return runCell(experiment, first, results, parts.loadBootSystem, streams);
    }
    const prepare = (todo: readonly Cell[]) => prepareBuild(todo, parts, streams);
    const submission = submissionOf(values, experiment, directory, named, jobs);
    if (submission !== undefined && values.has("detach"))
        return detach(submission, unfinished(named, results), prepare, streams);
    const runner: CellRunner =
        submission ?? new Pool(cellStarter(experiment.path, resolve(directory)), jobs ?? availableParallelism());
    const onWritten = await pageOf(values, experiment);
    return runAll({ experiment, cells: named, results, directory, runner, prepare, junit, onWritten }, streams);
}

/** What --submit asks for. Throws CommandError (input) when it is not installed. */
function submissionOf(
    values: Values,
    experiment: Experiment,
    directory: string,
    cells: readonly NamedCell[],
    jobs: number | undefined,
): Submission | undefined {
    if (!values.has("submit")) return undefined;
    const submitter = values.choice("submit", SUBMITTERS);
    findSubmitter(submitter, process.env.PATH ?? "");
    return new Submission(submitter, { experiment, cells, directory: resolve(directory), jobs });
}

/** Submits the cells that are not finished, and says what gathers them. */
async function detach(
    submission: Submission,
    todo: readonly NamedCell[],
    prepare: (todo: readonly NamedCell[]) => Promise<void>,
    streams: Streams,
): Promise<number> {
    if (todo.length > 0) await prepare(todo);
    const what = todo.length === 0 ? "all cells are finished" : await submission.detach(todo.map(({ index }) => index));
    streams.err(`archipel: ${what}; the same command without --submit and --detach gathers what they leave\n`);
    return EXITS.ok.code;
}

/** What writes --report, if it is asked for. */
async function pageOf(values: Values, experiment: Experiment): Promise<SweepRun["onWritten"]> {
    const file = values.text("report");
    if (file === undefined) return undefined;
    // The pictures' code is loaded when it is needed.
    const { sweepPageWriter } = await import("./report/run-page.ts");
    return sweepPageWriter(file, experiment, values.line);
}

function chooseCell(cells: readonly Cell[], index: number): Cell[] {
    const cell = cells[index];
    if (cell !== undefined) return [cell];
    throw new CommandError("usage", `--cell is ${index}; must be from 0 to ${cells.length - 1} (see --list)`);
}

/** Builds all that the cells need, so that they do not all do it at once; what cannot be built is theirs to tell. */
async function prepareBuild(cells: readonly Cell[], parts: SweepParts, streams: Streams): Promise<void> {
    const [first] = cells;
    if (first === undefined) return;
    streams.err("archipel: building emulator core, kernel and programs, if they are not in the cache\n");
    const all = new Map(cells.flatMap(({ loaded }) => loaded.config.programs.map((row) => [row.path, row])));
    const prebuild = await parts.loadPrebuild();
    try {
        await prebuild({ ...first.loaded, config: { ...first.loaded.config, programs: [...all.values()] } });
    } catch (error) {
        if (!(error instanceof CommandError)) throw error;
    }
}
