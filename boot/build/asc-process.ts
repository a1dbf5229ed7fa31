/**
 * asc in a process of its own, one for all jobs that come close together. Importing asc here would cost seconds and a hundred megabytes in
 * every run, also where nothing is compiled.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { interruption, onWayOut } from "../interruption.ts";
import { packageFile } from "../package-root.ts";

export interface AscJob {
    /** As on asc's command line. */
    readonly args: readonly string[];
    /** The folder that names of sources are relative to. */
    readonly root: string;
    /** For the transforms (boot/build/transforms). */
    readonly environment: Readonly<Record<string, string>>;
}

export interface AscEnd {
    readonly failed: boolean;
    /** This process ended the job, because it had been asked to end itself. */
    readonly interrupted: boolean;
    /** What asc printed, or what became of its process. */
    readonly output: string;
}

/** A process without a job ends after this time. */
const IDLE_MS = 1000;

let worker: ChildProcess | undefined;
let last: Promise<unknown> = Promise.resolve();

/** Runs the job when those before it are done. */
export function runAsc(job: AscJob): Promise<AscEnd> {
    const result = last.then(() => run(job));
    last = result;
    return result;
}

function run(job: AscJob): Promise<AscEnd> {
    if (interruption.requested) return Promise.resolve({ failed: true, interrupted: true, output: "" });
    worker ??= start();
    const child = worker;
    child.ref();
    child.channel?.ref();
    const watch = interruption.watch(() => void child.kill("SIGTERM"));
    return new Promise((done) => {
        const finish = (end: Omit<AscEnd, "interrupted">): void => {
            child.removeAllListeners("message").removeAllListeners("exit").removeAllListeners("error");
            watch.release();
            done({ ...end, interrupted: watch.requested });
        };
        child.once("message", (end) => {
            rest(child);
            finish(end as Omit<AscEnd, "interrupted">);
        });
        child.once("error", ({ message }) => gone(message));
        child.once("exit", (code, signal) => gone(`its process ended with ${signal ?? code}`));
        const gone = (output: string): void => {
            worker = undefined;
            finish({ failed: true, output });
        };
        child.send(job);
    });
}

function start(): ChildProcess {
    const child = spawn(process.execPath, [packageFile("boot", "build", "asc-worker.mjs")], {
        stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const release = onWayOut(() => void child.kill("SIGTERM"));
    child.on("close", release);
    return child;
}

/** Keeps the process for the next job, but keeps nobody from ending for its sake. */
function rest(child: ChildProcess): void {
    child.unref();
    child.channel?.unref();
    const timer = setTimeout(() => {
        if (worker !== child || child.listenerCount("message") > 0) return;
        worker = undefined;
        child.disconnect();
    }, IDLE_MS);
    timer.unref();
}
