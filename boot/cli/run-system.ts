/** `boot [CONFIG]`: boots the kernel and the config's programs, then shows and writes what the run tells. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LoadedConfig } from "../../configs/load.ts";
import { memoryOf } from "../../configs/rules.ts";
import { formatSize } from "../../configs/size.ts";
import { ConfigError, describeViolation as describeProblem } from "../../configs/violation.ts";
import { type EngineOptions, engineOf } from "../../emu/host/machine-options.ts";
import { interruption, type Watch } from "../interruption.ts";
import { CommandError, EXITS, type ExitName } from "../report/exit-codes.ts";
import { expectAll, unmetText } from "../report/expect.ts";
import { junitText, type TestCase } from "../report/junit.ts";
import type { BootSystem, ProgramReport, RunEnd, SystemHooks, SystemReport, SystemRun } from "../report/report.ts";
import { factsDocument, type WholeFacts } from "../report/run-document.ts";
import { exitText, faultText } from "../report/summary/programs.ts";
import { renderSummary } from "../report/summary/summary.ts";
import { describeViolation, isWatched } from "../report/violation.ts";
import { type Bounds, drive } from "./drive.ts";
import { describeFailure } from "./failure.ts";
import { driveUnder, type GdbRequest } from "./gdb.ts";
import { outputError, printErrors, type Streams, writeWhole } from "./output.ts";
import { Progress } from "./progress.ts";
import { NOTHING_WRITTEN, type RunStreams } from "./run-streams.ts";
import { restoreRun, type SnapshotRequest, withSnapshots } from "./snapshots.ts";
import type { Screen } from "./top/screen.ts";
import { type TraceRequest, withTraces } from "./traces.ts";
import { Writing } from "./writing.ts";

export interface SystemRequest {
    readonly loaded: LoadedConfig;
    readonly bounds: Bounds;
    readonly maxMemory: number;
    readonly engine: EngineOptions;
    /** File, "-" for stdout, or undefined. */
    readonly json: string | undefined;
    /** Gets the document of --json, too, before that is written. May throw CommandError ("output"). */
    readonly onDocument?: ((document: object) => void) | undefined;
    /** File, or undefined. */
    readonly junit?: string | undefined;
    readonly snapshots?: SnapshotRequest | undefined;
    readonly traces?: TraceRequest | undefined;
    readonly gdb?: GdbRequest | undefined;
    /** The folder for ELF files. */
    readonly emitElf?: string | undefined;
    readonly audit?: SystemHooks["audit"];
    readonly falseSharing?: boolean | undefined;
    /** quiet: no summary and no progress; verbose: a summary with all clusters. */
    readonly telling?: "quiet" | "verbose" | undefined;
    /** Draws the run instead of its console. */
    readonly screen?: Screen;
    /** Who else hears the kernel's events. */
    readonly observers?: SystemHooks["observers"];
    /** What is written while the system runs. What cannot be written ends the run. */
    readonly written?: RunStreams;
}

/** What the run came to: the exit, and the lines that say why when it is not all well. */
interface Outcome {
    readonly exit: ExitName;
    readonly lines: readonly string[];
    readonly run: SystemRun | undefined;
}

/** Returns the exit code. Config and command line are sound by now: every exit writes --json. */
export async function runSystem(request: SystemRequest, boot: BootSystem, streams: Streams): Promise<number> {
    // With --json - stdout is the document and nothing else.
    const out = request.json === "-" ? (data: string | Uint8Array) => streams.err(asText(data)) : streams.out;
    const progress = new Progress(
        request.telling === "quiet" ? { ...streams, err: () => {}, errIsTerminal: false } : streams,
    );
    const watch = interruption.watch();
    try {
        const seen: Seen = {
            onConsole: (bytes) => {
                if (request.screen !== undefined) return;
                progress.clear();
                out(bytes);
            },
            onPhase: (name, done, total) => progress.phase(name, done, total),
            onStep: (instructions) => progress.running(instructions),
        };
        const outcome = await runToEnd(request, boot, seen, watch, streams.err);
        progress.clear();
        request.screen?.close(outcome.run);
        return conclude(request, outcome, streams, out);
    } finally {
        watch.release();
    }
}

/** What is shown of a run while it goes on. */
interface Seen extends Pick<SystemHooks, "onConsole" | "onPhase"> {
    onStep(instructions: number): void;
}

/** Runs without a word: what there is to tell of it. */
export async function runQuietly(
    request: SystemRequest,
    boot: BootSystem,
    onConsole: (bytes: Uint8Array) => void = () => {},
): Promise<WholeFacts> {
    const watch = interruption.watch();
    try {
        const seen: Seen = { onConsole, onPhase: () => {}, onStep: () => {} };
        const outcome = await runToEnd(request, boot, seen, watch, () => {});
        return concluded(request, outcome).facts;
    } finally {
        watch.release();
    }
}

async function runToEnd(
    request: SystemRequest,
    boot: BootSystem,
    seen: Seen,
    watch: Watch,
    err: Streams["err"],
): Promise<Outcome> {
    const {
        loaded,
        bounds,
        maxMemory,
        engine,
        audit,
        falseSharing,
        observers = request.screen?.observers ?? [],
        snapshots,
        traces,
        gdb,
        written = NOTHING_WRITTEN,
    } = request;
    let run: SystemRun | undefined;
    try {
        checkMemory(loaded, maxMemory, isWatched(audit));
        checkMemoryModel(loaded, engine, audit);
        const booted = await boot(loaded, {
            audit,
            falseSharing,
            engine,
            observers,
            ...written.hooks,
            ...(request.emitElf === undefined ? {} : { onElf: elfWriter(request.emitElf) }),
            onConsole: (bytes) => seen.onConsole(bytes),
            onPhase: (name, done, total) => seen.onPhase(name, done, total),
        });
        run = booted;
        restoreRun(booted, snapshots, err);
        const traced = withTraces(booted, traces);
        if (watch.requested) throw new CommandError("interrupted", "interrupted");
        const steps = request.screen?.follow(traced, booted) ?? withSnapshots(traced, snapshots, err);
        const onStep = () => {
            seen.onStep(booted.instructions());
            request.screen?.stepped(booted);
            written.flush();
        };
        const { end, message } =
            gdb === undefined ? await drive(steps, bounds, onStep) : await driveUnder(gdb, booted, bounds, err, onStep);
        booted.finish();
        written.close();
        traced.close();
        const outcome = end === "halted" ? verdict(run.report().programs) : early(end, message, bounds);
        // counts that do not add up are a bug of ours and spoil the whole report, however the run itself ended
        const wrong = run.accountErrors();
        if (wrong.length > 0) return { exit: "violation", lines: [...wrong, ...outcome.lines], run };
        return { ...outcome, run };
    } catch (error) {
        return { ...describeFailure(error), run: undefined };
    }
}

/** Writes into the folder, which is made. Throws CommandError("output"). */
function elfWriter(folder: string): (name: string, elf: Uint8Array) => void {
    return (name, elf) => {
        const file = join(folder, name);
        try {
            mkdirSync(folder, { recursive: true });
            writeFileSync(file, elf);
        } catch (error) {
            throw outputError(`--emit-elf ${file}`, error);
        }
    };
}

function checkMemory({ config }: LoadedConfig, maxMemory: number, watched: boolean): void {
    const { total, ram } = memoryOf(config, watched);
    if (total <= maxMemory) return;
    const needs = `the machine needs ${formatSize(total)} (${formatSize(ram)} of it RAM)`;
    throw new CommandError("maxMemory", `${needs}, more than --max-memory ${formatSize(maxMemory)}`);
}

/** Store buffers are interpreted, and what looks at memory within a turn would not see what they hold (docs/spec/memory-model.md 1.4). */
function checkMemoryModel(
    { file, config }: LoadedConfig,
    { engine }: EngineOptions,
    audit: SystemRequest["audit"],
): void {
    const { memoryModel: value } = config.machine;
    if (value === "sc") return;
    const looks = [audit ?? []].flat().some((name) => name === "memory" || name === "contents");
    const problems = [
        ...(engine === "jit" ? [{ must: "--engine jit, which has no store buffers", hint: "or --engine auto" }] : []),
        ...(looks
            ? [{ must: "--audit memory and contents, which look into turns", hint: "or --audit every,waits" }]
            : []),
    ].map(({ must, hint }) => ({ pointer: "/machine/memoryModel", value, must: `must be "sc" with ${must}`, hint }));
    if (problems.length > 0) throw new ConfigError(problems.map((problem) => describeProblem(file, problem)));
}

/** All programs ended well, or a line for each that did not. */
function verdict(programs: readonly ProgramReport[]): { exit: ExitName; lines: string[] } {
    const failed = programs.filter(({ exit }) => exit.code !== 0);
    return { exit: failed.length === 0 ? "ok" : "program", lines: failed.map(failureLine) };
}

function failureLine(program: ProgramReport): string {
    const text = exitText(program);
    const ended =
        program.exit.signal !== null
            ? `was killed by ${text}`
            : program.exit.code !== null
              ? `exited with ${text}`
              : text;
    const reason = program.fault === null ? "" : `: ${faultText(program.fault).trim()}`;
    return `program ${program.name} ${ended}${reason}`;
}

function early(end: Exclude<RunEnd, "halted"> | "timeout" | "interrupted", message: string, bounds: Bounds) {
    const said = (text: string): string[] => [message === "" ? text : message];
    switch (end) {
        case "max-instructions":
            return {
                exit: "maxInstructions",
                lines: said(`--max-instructions ${bounds.maxInstructions} reached`),
            } as const;
        case "deadlock":
            return { exit: "deadlock", lines: said("no hart can run") } as const;
        case "livelock":
            return { exit: "livelock", lines: said("harts only poll") } as const;
        case "violation":
            return { exit: "violation", lines: said("audit violation") } as const;
        case "panic":
            return { exit: "panic", lines: said("kernel panic") } as const;
        default:
            return { exit: end, lines: said(end) } as const;
    }
}

/** Summary, errors, the state hash, and last the documents: whatever becomes of one, the others are written. */
function conclude(request: SystemRequest, outcome: Outcome, streams: Streams, out: Streams["out"]): number {
    const { run } = outcome;
    const { facts, lines } = concluded(request, outcome);
    const { exit, code, stateHash, totals, report } = facts;
    const { config } = request.loaded;
    const writing = new Writing(exit, streams);
    writing.attempt(() => {
        if (totals === null || report === null || request.telling === "quiet") return;
        const ending = exit === "ok" ? "all well" : `${EXITS[exit].meaning} (exit code ${code})`;
        const color = streams.color && request.json !== "-";
        const verbose = request.telling === "verbose";
        const { columns: width } = streams;
        out(renderSummary({ config, totals, report, ending, good: exit === "ok", color, width, verbose }));
    });
    printErrors(streams, lines);
    if (run !== undefined && stateHash !== null) writing.attempt(() => out(`state hash: ${stateHash}\n`));
    const { junit } = request;
    if (junit !== undefined) writing.attempt(() => writeWhole(junit, junitOf(request, facts), `--junit ${junit}`));
    return writing.document(request.json, facts, request.onDocument);
}

/** What there is to tell of the run. One that was all well but is not what was expected of it ends with that. */
function concluded(
    request: SystemRequest,
    { exit, lines, run }: Outcome,
): { facts: WholeFacts; lines: readonly string[] } {
    const { config } = request.loaded;
    const report = run?.report() ?? null;
    // A run cut short by the host's clock ends anywhere: its hash would mean nothing.
    const stateHash = run === undefined || exit === "timeout" || exit === "interrupted" ? null : run.stateHash();
    const facts = {
        exit,
        code: EXITS[exit].code,
        message: lines.join("; "),
        stateHash,
        seed: config.seed,
        engine: engineOf(request.engine).engine,
        jit: run?.jit() ?? null,
        config,
        totals: run === undefined || report === null ? null : totalsOf(run, report),
        report,
    };
    const { expect: expectations } = config;
    const expect =
        expectations.length === 0 || run === undefined ? null : expectAll(expectations, factsDocument(facts));
    const unmet = (expect ?? []).filter(({ met }) => !met).map(unmetText);
    const all = [...lines, ...unmet];
    const ends = exit === "ok" && unmet.length > 0 ? ("unmet" as const) : exit;
    return { facts: { ...facts, exit: ends, code: EXITS[ends].code, message: all.join("; "), expect }, lines: all };
}

/** A test a program, one for the audit, one for the run when it did not end as programs do, and one an expectation. */
function junitOf({ loaded }: SystemRequest, { exit, message, report, expect }: WholeFacts): string {
    const programs = (report?.programs ?? []).map((program): TestCase => {
        const failure = program.exit.code === 0 ? undefined : failureLine(program);
        return { name: `program ${program.name}`, failure, output: program.output };
    });
    const ownEnd = exit === "ok" || exit === "program" || exit === "unmet";
    const violation = report?.audit?.violation ?? null;
    const audits: TestCase[] =
        report?.audit == null
            ? []
            : [{ name: "audit", failure: violation === null ? undefined : describeViolation(violation) }];
    const expected = (expect ?? []).map((each): TestCase => {
        return { name: `expect ${each.value} ${each.test}`, failure: each.met ? undefined : unmetText(each) };
    });
    const run: TestCase = { name: "run", failure: ownEnd ? undefined : `${EXITS[exit].reason}: ${message}` };
    return junitText(loaded.file, [run, ...programs, ...audits, ...expected]);
}

function totalsOf(run: SystemRun, report: SystemReport) {
    const harts = report.clusters.reduce((sum, cluster) => sum + cluster.harts, 0);
    return { clusters: report.clusters.length, harts, instructions: run.instructions(), cycles: run.cycles() };
}

function asText(data: string | Uint8Array): string {
    return typeof data === "string" ? data : new TextDecoder().decode(data);
}
