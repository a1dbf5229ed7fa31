/** Runs cells in child processes, a bounded number at a time; each is `archipel sweep FILE --cell I --out DIR`. */

import { type ChildProcess, spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { isPacked } from "../../build/packed.ts";
import { onWayOut } from "../../interruption.ts";
import { packageRoot } from "../../package-root.ts";

export interface ChildEnd {
    readonly code: number | null;
    readonly signal: string | null;
    /** The end of what it wrote to stderr. */
    readonly errors: string;
}

/** More of a child's stderr is not kept. */
const MAX_ERRORS = 10_000;

/** Starts one cell's child process. */
export type StartCell = (index: number) => ChildProcess;

/** What runs cells, on this host or elsewhere. */
export interface CellRunner {
    /** Runs the cells in order; `onEnd` hears of each as it ends, unless `stop` came before. Throws CommandError (input) when none can be run. */
    run(indexes: readonly number[], onEnd: (index: number, end: ChildEnd) => void): Promise<void>;
    /** No further cell is started, and those that run are told to end. */
    stop(): void;
}

/** The command line of a cell, but for its index, which is last. It runs this same program: the package's bundle, or the sources as they are. */
export function cellCommand(file: string, directory: string): string[] {
    const bundle = join(packageRoot(), "dist", "archipel.js");
    const isBundle = process.argv[1] !== undefined && realpathOf(process.argv[1]) === bundle;
    const program = isBundle || isPacked() ? bundle : join(packageRoot(), "boot", "start.mjs");
    return [process.execPath, program, "sweep", file, "--out", directory, "--cell"];
}

export function cellStarter(file: string, directory: string): StartCell {
    const [program = "", ...args] = cellCommand(file, directory);
    return (index) => spawn(program, [...args, String(index)], { stdio: ["ignore", "ignore", "pipe"] });
}

function realpathOf(path: string): string | undefined {
    try {
        return realpathSync(path);
    } catch {
        return undefined;
    }
}

export class Pool implements CellRunner {
    readonly #start: StartCell;
    readonly #jobs: number;
    readonly #running = new Set<ChildProcess>();
    #stopped = false;

    /** `jobs`: children at a time. */
    constructor(start: StartCell, jobs: number) {
        this.#start = start;
        this.#jobs = jobs;
    }

    async run(indexes: readonly number[], onEnd: (index: number, end: ChildEnd) => void): Promise<void> {
        const waiting = [...indexes];
        const worker = async (): Promise<void> => {
            for (let index = waiting.shift(); index !== undefined && !this.#stopped; index = waiting.shift()) {
                const end = await this.#runOne(index);
                if (!this.#stopped) onEnd(index, end);
            }
        };
        await Promise.all(Array.from({ length: Math.min(this.#jobs, indexes.length) }, worker));
    }

    /** Children finish the file that they write, and end. Those that still run when this process ends are killed. */
    stop(): void {
        for (const child of this.#running) child.kill("SIGTERM");
        this.#stopped = true;
    }

    #runOne(index: number): Promise<ChildEnd> {
        const child = this.#start(index);
        this.#running.add(child);
        const release = onWayOut(() => child.kill("SIGKILL"));
        let errors = "";
        child.stderr?.setEncoding("utf8").on("data", (text: string) => {
            errors = (errors + text).slice(-MAX_ERRORS);
        });
        return new Promise((resolve) => {
            const finish = (end: Omit<ChildEnd, "errors">, more = ""): void => {
                this.#running.delete(child);
                release();
                resolve({ ...end, errors: errors + more });
            };
            child.on("error", (error) => finish({ code: null, signal: null }, error.message));
            child.on("close", (code, signal) => finish({ code, signal }));
        });
    }
}
