/** A disk's image file, read as the guest reads it; with ",write" the guest's writes reach it. */

import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { readFailure } from "../../configs/load.ts";
import { type DriveOptions, SECTOR_BYTES } from "../../emu/dev/drive.ts";
import { CommandError } from "../report/exit-codes.ts";

export type DriveMode = "overlay" | "readonly" | "write";

export interface DrivePath {
    readonly file: string;
    /** By default writes stay in the machine, over the file, and end with the run: so it can be run again. */
    readonly mode: DriveMode;
}

/** Opens the image. Throws CommandError("input"). The process's end closes it. */
export function openDrive({ file, mode }: DrivePath): DriveOptions {
    const descriptor = open(file, mode);
    const sizeBytes = sizeOf(file, descriptor);
    const read = (offset: number, length: number): Uint8Array => {
        const bytes = new Uint8Array(length);
        for (let done = 0; done < length; ) {
            const count = readSync(descriptor, bytes, done, length - done, offset + done);
            if (count === 0) throw new Error(`${file} became shorter`);
            done += count;
        }
        return bytes;
    };
    const write = (offset: number, bytes: Uint8Array): void => {
        for (let done = 0; done < bytes.length; )
            done += writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
    };
    const through = mode === "write" ? { write, flush: () => fsyncSync(descriptor) } : {};
    return { image: { sizeBytes, read, ...through }, readOnly: mode === "readonly" };
}

function open(file: string, mode: DriveMode): number {
    try {
        return openSync(file, mode === "write" ? "r+" : "r");
    } catch (error) {
        throw new CommandError(
            "input",
            `${file}: cannot be opened${mode === "write" ? " for writing" : ""}: ${readFailure(error)}`,
        );
    }
}

function sizeOf(file: string, descriptor: number): number {
    const stat = fstatSync(descriptor);
    const rule = `must be a file of whole sectors of ${SECTOR_BYTES} bytes (truncate -s makes one)`;
    if (stat.isFile() && stat.size > 0 && stat.size % SECTOR_BYTES === 0) return stat.size;
    closeSync(descriptor);
    throw new CommandError("input", `${file}: is ${stat.isFile() ? `of ${stat.size} bytes` : "no file"}; ${rule}`);
}
