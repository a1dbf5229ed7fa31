/** The command's streams (interface.md 2), and files written whole or not at all. */

import { closeSync, openSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CommandError } from "./exit-codes.ts";

export interface Streams {
    /** Guest console and summary; the UART's bytes with --elf. */
    out(data: string | Uint8Array): void;
    /** Progress and errors. */
    err(data: string): void;
    readonly outIsTerminal: boolean;
    readonly errIsTerminal: boolean;
}

/** The process's own streams. A reader that goes away (EPIPE) loses the rest of the output; the run keeps its exit code. */
export function processStreams(): Streams {
    for (const stream of [process.stdout, process.stderr]) {
        stream.on("error", (error: NodeJS.ErrnoException) => {
            if (error.code !== "EPIPE") throw error;
        });
    }
    return {
        out: (data) => void process.stdout.write(data),
        err: (data) => void process.stderr.write(data),
        outIsTerminal: process.stdout.isTTY === true,
        errIsTerminal: process.stderr.isTTY === true,
    };
}

/** Prints each line as `archipel: error: LINE`. */
export function printErrors(streams: Streams, lines: readonly string[]): void {
    for (const line of lines) streams.err(`archipel: error: ${line.replace(/\s*\n\s*/g, " ")}\n`);
}

/** Refuses, before a long run, a file that could not be written after it. Throws CommandError (usage). */
export function checkWritable(option: string, file: string): void {
    try {
        if (isSpecial(file)) return;
        const probe = temporaryName(file);
        closeSync(openSync(probe, "wx"));
        rmSync(probe);
    } catch (error) {
        const reason = (error as NodeJS.ErrnoException).code ?? String(error);
        throw new CommandError("usage", `${option} ${file}: cannot be written (${reason})`);
    }
}

/** Writes the file by rename, so that a reader sees the old content or the whole new one. */
export function writeWhole(file: string, text: string): void {
    const direct = isSpecial(file);
    const target = direct ? file : temporaryName(file);
    writeFileSync(target, text);
    if (!direct) renameSync(target, file);
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
