/** `sweep FILE --submit slurm|parallel`: cells by a Slurm array or by GNU parallel; DIR/submit has the script and what the tasks said. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onWayOut, runChild } from "../../interruption.ts";
import { CommandError } from "../../report/exit-codes.ts";
import { outputError, writeWhole } from "../output.ts";
import type { Experiment } from "./experiment.ts";
import { jobScript } from "./job-script.ts";
import { type CellRunner, type ChildEnd, cellCommand } from "./pool.ts";
import type { NamedCell } from "./results.ts";

export const SUBMITTERS = ["slurm", "parallel"] as const;
export type Submitter = (typeof SUBMITTERS)[number];

const PROGRAMS: Readonly<Record<Submitter, { readonly program: string; readonly debian: string }>> = {
    slurm: { program: "sbatch", debian: "slurm-client" },
    parallel: { program: "parallel", debian: "parallel" },
};

/** Between two looks for cells that have ended. */
const POLL_MS = 300;

/** Throws CommandError (input) when what submits is in no folder of `path`. */
export function findSubmitter(submitter: Submitter, path: string): void {
    const { program, debian } = PROGRAMS[submitter];
    if (path.split(":").some((folder) => folder !== "" && existsSync(join(folder, program)))) return;
    throw new CommandError("input", `--submit ${submitter}: there is no ${program}: apt-get install ${debian}`);
}

export interface Submitted {
    readonly experiment: Experiment;
    readonly cells: readonly NamedCell[];
    /** Absolute. */
    readonly directory: string;
    /** Cells at a time. */
    readonly jobs: number | undefined;
}

export class Submission implements CellRunner {
    readonly #submitter: Submitter;
    readonly #submitted: Submitted;
    readonly #folder: string;
    #client: ChildProcess | undefined;
    /** Slurm's number of the array. */
    #job: string | undefined;
    #stopped = false;

    constructor(submitter: Submitter, submitted: Submitted) {
        this.#submitter = submitter;
        this.#submitted = submitted;
        this.#folder = join(submitted.directory, "submit");
    }

    /** Submits the cells and leaves them; says what it started. Throws CommandError (input, output, interrupted). */
    async detach(indexes: readonly number[]): Promise<string> {
        this.#write(indexes);
        if (this.#submitter === "slurm") {
            const { code, interrupted, output } = await runChild("sbatch", ["--parsable", "cells.sh"], {
                cwd: this.#folder,
            });
            if (interrupted) throw new CommandError("interrupted", "interrupted");
            const job = jobOf(output);
            if (code !== 0 || job === undefined) throw this.#refused(output);
            return `job ${job} of ${indexes.length} cells submitted`;
        }
        const client = spawn("parallel", this.#parallelArguments(), {
            cwd: this.#folder,
            detached: true,
            stdio: "ignore",
        });
        client.unref();
        return `process ${client.pid} runs ${indexes.length} cells`;
    }

    async run(indexes: readonly number[], onEnd: (index: number, end: ChildEnd) => void): Promise<void> {
        if (this.#stopped || indexes.length === 0) return;
        this.#write(indexes);
        const args = this.#submitter === "slurm" ? ["--parsable", "--wait", "cells.sh"] : this.#parallelArguments();
        const { program } = PROGRAMS[this.#submitter];
        // In a group of its own: a terminal's Ctrl-C is for this process, which cancels the tasks in order.
        const client = spawn(program, args, { cwd: this.#folder, detached: true, stdio: ["ignore", "pipe", "pipe"] });
        this.#client = client;
        const release = onWayOut(() => this.#cancel());
        try {
            await this.#wait(client, new Set(indexes), onEnd);
        } finally {
            release();
        }
    }

    stop(): void {
        this.#stopped = true;
        this.#cancel();
    }

    /** Until all cells have ended, or nobody is left who runs them. */
    #wait(client: ChildProcess, waiting: Set<number>, onEnd: (index: number, end: ChildEnd) => void): Promise<void> {
        let output = "";
        let failure: string | undefined;
        client.stdout?.setEncoding("utf8").on("data", (text: string) => {
            output += text;
            if (this.#submitter !== "slurm" || this.#job !== undefined) return;
            this.#job = jobOf(output);
            // It was stopped before the array had a number.
            if (this.#stopped) this.#cancel();
        });
        let said = "";
        client.stderr?.setEncoding("utf8").on("data", (text: string) => {
            said += text;
        });
        const look = (): void => {
            for (const index of this.#stopped ? [] : waiting) {
                const code = this.#exitOf(index);
                if (code === undefined) continue;
                waiting.delete(index);
                onEnd(index, { code, signal: null, errors: this.#text(`${index}.err`) });
            }
        };
        return new Promise((resolve, reject) => {
            const timer = setInterval(() => {
                look();
                // sbatch --wait asks Slurm seldom; of an array that was cancelled it need not hear.
                if (this.#submitter === "slurm" && (waiting.size === 0 || this.#stopped) && this.#job !== undefined)
                    client.kill("SIGTERM");
                // A first signal lets parallel's children end, a second one ends them.
                else if (this.#stopped) this.#cancel();
            }, POLL_MS);
            client.on("error", (error) => {
                failure = error.message;
            });
            client.on("close", () => {
                clearInterval(timer);
                look();
                if (failure !== undefined || (this.#submitter === "slurm" && this.#job === undefined && !this.#stopped))
                    return reject(this.#refused(failure ?? said));
                for (const index of this.#stopped ? [] : waiting) onEnd(index, this.#lost(index, said));
                resolve();
            });
        });
    }

    /** The end of a cell that did not come to write its exit. */
    #lost(index: number, said: string): ChildEnd {
        const errors =
            this.#text(`${index}.err`) + (this.#submitter === "slurm" ? this.#text(`slurm-${index}.txt`) : said);
        return { code: null, signal: this.#submitter, errors };
    }

    #cancel(): void {
        if (this.#submitter === "parallel") this.#client?.kill("SIGTERM");
        else if (this.#job !== undefined)
            spawn("scancel", [this.#job], { stdio: "ignore", detached: true })
                .on("error", () => {})
                .unref();
    }

    #refused(output: string): CommandError {
        const { program } = PROGRAMS[this.#submitter];
        const line = output.trim().split("\n").at(-1) ?? "";
        return new CommandError("input", `--submit ${this.#submitter}: ${program} refuses the cells: ${line}`);
    }

    #parallelArguments(): string[] {
        const { jobs } = this.#submitted;
        const atATime = jobs === undefined ? [] : ["--jobs", String(jobs)];
        // Children get the time to finish the file that they write.
        return ["--will-cite", "--termseq", "TERM,5000,KILL", ...atATime, "--arg-file", "cells", "sh", "cells.sh"];
    }

    /** Writes the script and the list of cells; what an earlier submission left of them goes. */
    #write(indexes: readonly number[]): void {
        const { experiment, directory, jobs } = this.#submitted;
        const cells = this.#submitted.cells.filter(({ index }) => indexes.includes(index));
        const [folder, command] = [this.#folder, cellCommand(experiment.path, directory)];
        try {
            mkdirSync(folder, { recursive: true });
            for (const index of indexes)
                for (const name of [`${index}.exit`, `${index}.err`, `slurm-${index}.txt`])
                    rmSync(join(folder, name), { force: true });
        } catch (error) {
            throw outputError(folder, error);
        }
        writeWhole(join(folder, "cells"), indexes.map((index) => `${index}\n`).join(""));
        writeWhole(join(folder, "cells.sh"), jobScript({ experiment, cells, command, jobs, folder }));
    }

    #exitOf(index: number): number | undefined {
        const text = this.#text(`${index}.exit`).trim();
        return text === "" ? undefined : Number(text);
    }

    #text(name: string): string {
        try {
            return readFileSync(join(this.#folder, name), "utf8");
        } catch {
            // Not written yet.
            return "";
        }
    }
}

/** sbatch --parsable prints NUMBER or NUMBER;CLUSTER. */
function jobOf(output: string): string | undefined {
    return output.match(/^([0-9]+)(;\S+)?$/m)?.[1];
}
