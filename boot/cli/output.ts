/** The command's streams (interface.md 2), and files written whole or not at all. What cannot be written is exit 71. */

import { closeSync, openSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CommandError } from "../report/exit-codes.ts";

export interface Streams {
    /** Guest console and summary; the UART's bytes with --elf. Throws CommandError ("output", "closed"). */
    out(data: string | Uint8Array): void;
    /** Progress and errors. What cannot be written is lost. */
    err(data: string): void;
    readonly outIsTerminal: boolean;
    readonly errIsTerminal: boolean;
    /** `out` may have colours. */
    readonly color: boolean;
    /** Columns of a line of `out`; of what is no terminal without end. */
    readonly columns: number;
}

const [STDOUT, STDERR] = [1, 2] as const;

/** The process's own streams. Written at once, so that an error is that of the write and nothing is lost at the end. */
export function processStreams(): Streams {
    const outIsTerminal = process.stdout.isTTY === true;
    return {
        out: (data) => {
            try {
                writeAll(STDOUT, data);
            } catch (error) {
                if (codeOf(error) === "EPIPE") throw new CommandError("closed");
                throw outputError("stdout", error);
            }
        },
        err: (data) => {
            try {
                writeAll(STDERR, data);
            } catch {
                // There is nobody left to tell.
            }
        },
        outIsTerminal,
        errIsTerminal: process.stderr.isTTY === true,
        color: wantsColor(outIsTerminal, process.env),
        columns: outIsTerminal ? Math.max(process.stdout.columns ?? 0, FEWEST_COLUMNS) : Number.POSITIVE_INFINITY,
    };
}

/** A narrower terminal is taken for one of so many. */
const FEWEST_COLUMNS = 40;

/** Colours on a terminal, and anywhere with FORCE_COLOR (force-color.org), but never where NO_COLOR is there and not empty (no-color.org). */
export function wantsColor(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
    if ((env.NO_COLOR ?? "") !== "") return false;
    return isTerminal || !["", "0"].includes(env.FORCE_COLOR ?? "");
}

/** Milliseconds between two tries on a stream that somebody else made non-blocking and that is full. */
const FULL_PAUSE_MS = 2;

function writeAll(fd: number, data: string | Uint8Array): void {
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    for (let at = 0; at < bytes.length; ) {
        try {
            at += writeSync(fd, bytes, at);
        } catch (error) {
            if (codeOf(error) !== "EAGAIN") throw error;
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PAUSE_MS);
        }
    }
}

/** What an error of the host's file system is to the user: `WHAT: cannot be written (CODE)`. */
export function outputError(what: string, error: unknown): CommandError {
    return new CommandError("output", `${what}: cannot be written (${codeOf(error) ?? String(error)})`);
}

function codeOf(error: unknown): string | undefined {
    return (error as NodeJS.ErrnoException).code;
}

/** Prints each line as `archipel: error: LINE`. */
export function printErrors(streams: Streams, lines: readonly string[]): void {
    for (const line of lines) streams.err(`archipel: error: ${line.replace(/\s*\n\s*/g, " ")}\n`);
}

/** Refuses, before a long run, a file that could not be written after it; `option` is how it was asked for. Throws CommandError. */
export function checkWritable(option: string, file: string): void {
    try {
        if (isSpecial(file)) return;
        const probe = temporaryName(file);
        closeSync(openSync(probe, "wx"));
        rmSync(probe);
    } catch (error) {
        throw outputError(`${option} ${file}`, error);
    }
}

/** Writes the file by rename, so that a reader sees the old content or the whole new one. `what` names it in a CommandError. */
export function writeWhole(file: string, text: string | Uint8Array, what = file): void {
    try {
        if (isSpecial(file)) writeFileSync(file, text);
        else replace(file, text);
    } catch (error) {
        throw outputError(what, error);
    }
}

function replace(file: string, text: string | Uint8Array): void {
    const partial = temporaryName(file);
    try {
        writeFileSync(partial, text);
        renameSync(partial, file);
    } catch (error) {
        rmSync(partial, { force: true });
        throw error;
    }
}

/** Devices and pipes (/dev/null, /dev/fd/3) are written to directly. A directory is refused. */
function isSpecial(file: string): boolean {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat?.isDirectory()) throw Object.assign(new Error("is a directory"), { code: "EISDIR" });
    return stat !== undefined && !stat.isFile();
}

function temporaryName(file: string): string {
    return join(dirname(file), `.${basename(file)}.${process.pid}.tmp`);
}
