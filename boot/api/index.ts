/**
 * Archipel as a library (docs/api.md): runs as functions. What a config, a program or a file is refused for is an ArchipelError, with the lines
 * and the exit code that the command line has for it.
 */

import { resolve } from "node:path";
import { parseConfig } from "../../configs/check.ts";
import { type LoadedConfig, loadConfig } from "../../configs/load.ts";
import type { Overrides } from "../../configs/overrides.ts";
import type { Listener } from "../abi/observer.ts";
import { compileCore } from "../build/core.ts";
import { buildAndBoot } from "../cli/build-and-boot.ts";
import { defaultMachine } from "../cli/dsm-machine.ts";
import { describeFailure } from "../cli/failure.ts";
import { runQuietly } from "../cli/run-system.ts";
import { enumerateCells } from "../cli/sweep/cells.ts";
import { loadExperiment } from "../cli/sweep/experiment.ts";
import { nameCells } from "../cli/sweep/results.ts";
import { makeRows } from "../cli/sweep/rows.ts";
import { EXITS } from "../report/exit-codes.ts";
import { runDocument } from "../report/run-document.ts";
import type { AuditName } from "../report/violation.ts";

export { Machine } from "../../emu/machine.ts";
export { EVENTS, type EventName, type EventOf } from "../abi/events.ts";
export type { Handlers, Listener as Observer } from "../abi/observer.ts";
export { RUN_SCHEMA } from "../report/run-schema.ts";

/** What was refused, as the command line says it. */
export class ArchipelError extends Error {
    override readonly name = "ArchipelError";
    /** As in docs/spec/interface.md 3. */
    readonly exitCode: number;
    readonly lines: readonly string[];

    constructor(exitCode: number, lines: readonly string[]) {
        super(lines.join("\n"));
        this.exitCode = exitCode;
        this.lines = lines;
    }
}

export interface RunOptions {
    /** Changes of the config, as --set has them: `machine.bankSize=4MiB`. */
    readonly set?: readonly string[];
    /** Instead of the config's programs, as --program has them: `sort 4096`. */
    readonly programs?: readonly string[];
    readonly seed?: number;
    readonly engine?: "auto" | "interpreter" | "jit";
    readonly audit?: readonly AuditName[];
    /** Hear the kernel's events while the machine runs. */
    readonly observers?: readonly Listener[];
    /** Receives bytes of the console, as they come. */
    onConsole?(bytes: Uint8Array): void;
    /** Default: 100,000,000,000 of all harts. */
    readonly maxInstructions?: number;
    /** Of the host's time. Default: 600. */
    readonly timeoutSeconds?: number;
}

/** The document of --json (docs/spec/interface.md 4; RUN_SCHEMA has all of it). */
export interface RunDocument {
    readonly format: "archipel-run/2";
    readonly exit: { readonly code: number; readonly reason: string; readonly message: string };
    readonly stateHash: string | null;
    readonly seed: number;
    // biome-ignore lint/suspicious/noExplicitAny: its shape is the schema's to say
    readonly [part: string]: any;
}

/** A run that has ended, well or not. */
export interface Run {
    /** All that was written to the machine's console. */
    readonly console: string;
    readonly document: RunDocument;
}

/** Boots a config: a file's name, or the config itself, whose programs' paths are relative to the working directory. */
export async function boot(config: string | object = {}, options: RunOptions = {}): Promise<Run> {
    return guarded(() => run(loaded(config, overridesOf(options)), options));
}

export interface DsmOptions extends Omit<RunOptions, "programs"> {
    /** Default: 1. */
    readonly nodes?: number;
    readonly args?: readonly string[];
    /** Default: the smallest square mesh, one hart a cluster, that holds the nodes. */
    readonly config?: string | object;
}

/** Runs a program, by its name or its ELF file, as a group of nodes (docs/spec/sm-dsm.md 1). */
export async function dsm(program: string, options: DsmOptions = {}): Promise<Run> {
    const { nodes = 1, args = [], config = { machine: defaultMachine(nodes) } } = options;
    return guarded(() => {
        const launch = { path: program, args, nodes, hosts: [] };
        return run(loaded(config, { ...overridesOf(options), launch }), options);
    });
}

/** One cell of an experiment. */
export interface Cell {
    readonly cell: number;
    readonly config: Readonly<Record<string, unknown>>;
    /** Null when it is well. */
    readonly error: string | null;
    readonly metrics: Readonly<Record<string, { readonly value: unknown; readonly unit: string }>>;
    readonly document: RunDocument;
}

/** Runs the cells of an experiment file one after another, here. `onCell` hears each as it ends. */
export async function sweep(file: string, onCell: (cell: Cell) => void = () => {}): Promise<Cell[]> {
    return guarded(async () => {
        const experiment = loadExperiment(file);
        const { limits } = experiment;
        const cells: Cell[] = [];
        for (const cell of nameCells(enumerateCells(experiment))) {
            const { document } = await run(cell.loaded, limits);
            const result = { format: "archipel-cell/1", ...cell, commit: null, run: document } as const;
            const { rows, problems } = makeRows(experiment, [{ cell, result, error: null }]);
            if (problems.length > 0) throw new ArchipelError(EXITS.usage.code, problems);
            const [row] = rows;
            const metrics = experiment.metrics.map(({ name }, i) => [name, row?.metrics[i]]);
            const ended: Cell = {
                cell: cell.index,
                config: Object.fromEntries(cell.values),
                error: row?.error ?? null,
                metrics: Object.fromEntries(metrics),
                document,
            };
            cells.push(ended);
            onCell(ended);
        }
        return cells;
    });
}

/** The emulator's core, which a Machine takes as its option `core`. */
export function core(): Promise<Uint8Array> {
    return guarded(compileCore);
}

function overridesOf({ set = [], programs, seed }: RunOptions): Overrides {
    return {
        sets: set,
        ...(programs === undefined ? {} : { programs }),
        ...(seed === undefined ? {} : { seed: String(seed) }),
    };
}

function loaded(config: string | object, overrides: Overrides): LoadedConfig {
    if (typeof config === "string") return loadConfig(config, overrides);
    const directory = resolve(".");
    return { config: parseConfig(JSON.stringify(config), "config", overrides), file: "config", directory };
}

const MAX_MEMORY = 2 ** 32;

async function run(config: LoadedConfig, options: RunOptions): Promise<Run> {
    let console = "";
    const decoder = new TextDecoder();
    const { maxInstructions = 1e11, timeoutSeconds = 600, engine, audit, observers } = options;
    const request = {
        loaded: config,
        bounds: { maxInstructions, timeoutSeconds },
        maxMemory: MAX_MEMORY,
        engine: engine === undefined ? {} : { engine },
        json: undefined,
        ...(audit === undefined ? {} : { audit }),
        ...(observers === undefined ? {} : { observers }),
    };
    const facts = await runQuietly(request, buildAndBoot, (bytes) => {
        console += decoder.decode(bytes, { stream: true });
        options.onConsole?.(bytes);
    });
    return { console, document: runDocument(facts) as unknown as RunDocument };
}

async function guarded<T>(act: () => Promise<T>): Promise<T> {
    try {
        return await act();
    } catch (error) {
        if (error instanceof ArchipelError) throw error;
        const { exit, lines } = describeFailure(error);
        if (exit === "internal") throw error;
        throw new ArchipelError(EXITS[exit].code, lines);
    }
}
