/**
 * Signals that ask the process to end (SIGINT, SIGTERM, SIGHUP), from its first moment on, and what is done on every way out of
 * it: children end, temporary files go. Who works on something that can be brought to an end by itself says so with `watch`; the
 * first signal then only asks, and a second one does not wait.
 */

import { type SpawnOptions, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** The exit code of every interruption (interface.md 3). */
const INTERRUPTED = 130;

/** One piece of work that a first signal asks to end. */
export interface Watch {
    /** It has been asked. */
    readonly requested: boolean;
    /** It is over: the next signal is not for it. */
    release(): void;
}

class Interruption {
    readonly #watches = new Set<{ requested: boolean; stop(): void }>();
    readonly #receive = (): void => this.request();

    /** For the process whose own signals these are: boot/cli/main.ts, before anything else. */
    install(): void {
        for (const signal of SIGNALS) process.on(signal, this.#receive);
    }

    /** Somebody who works has been asked to end. */
    get requested(): boolean {
        return [...this.#watches].some(({ requested }) => requested);
    }

    /** What a signal does. */
    request(): void {
        const all = [...this.#watches];
        if (all.length === 0 || this.requested) process.exit(INTERRUPTED);
        for (const each of all) each.requested = true;
        for (const each of all) each.stop();
    }

    /** Until it is released, a first signal calls `stop`, and the caller brings its work to an end. Part of work that has been asked is, too. */
    watch(stop: () => void = () => {}): Watch {
        const state = { requested: this.requested, stop };
        this.#watches.add(state);
        return {
            get requested() {
                return state.requested;
            },
            release: () => void this.#watches.delete(state),
        };
    }
}

export const interruption = new Interruption();

/** `action` is done when the process ends, on whatever way but SIGKILL, unless the returned function is called before. */
export function onWayOut(action: () => void): () => void {
    process.on("exit", action);
    return () => void process.off("exit", action);
}

/** A new folder whose name begins with `prefix`, and what removes it; it does not outlive the process. */
export function scratchFolder(prefix: string): { readonly path: string; remove(): void } {
    const path = mkdtempSync(prefix);
    const discard = (): void => rmSync(path, { recursive: true, force: true });
    const release = onWayOut(discard);
    return {
        path,
        remove() {
            release();
            discard();
        },
    };
}

/** What a child process came to; `code` and `signal` null: it could not be started, and `output` says why. */
export interface ChildEnd {
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    /** It was ended, or not even started, because this process had been asked to end. */
    readonly interrupted: boolean;
    /** Its stdout and stderr, as they came. */
    readonly output: string;
}

/** Runs a child to its end. It ends with this process, and by a signal that this process gets. */
export function runChild(program: string, args: readonly string[], options: SpawnOptions = {}): Promise<ChildEnd> {
    if (interruption.requested) return Promise.resolve({ code: null, signal: null, interrupted: true, output: "" });
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const end = (): void => void child.kill("SIGTERM");
    const watch = interruption.watch(end);
    const release = onWayOut(end);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding("utf8").on("data", (text: string) => {
            output += text;
        });
    }
    return new Promise((done) => {
        const finish = (code: number | null, signal: NodeJS.Signals | null, more = ""): void => {
            watch.release();
            release();
            done({ code, signal, interrupted: watch.requested, output: `${output}${more}` });
        };
        child.on("error", (error) => finish(null, null, `${error.message}\n`));
        child.on("close", (code, signal) => finish(code, signal));
    });
}
