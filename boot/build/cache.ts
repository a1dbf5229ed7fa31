/**
 * The build cache keeps each compiled result by the hash of all that it depends on. It lies in the folder that ARCHIPEL_CACHE names, else
 * in $XDG_CACHE_HOME/archipel, else in ~/.cache/archipel. Where that cannot be written, it lies in a folder that ends with the process;
 * never in the package. A file carries the hash of its content and the name that it was written under. A file that is damaged, cut short or
 * of another name does not count, and is written anew.
 */

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheFolder } from "../cache-folder.mjs";
import { scratchFolder } from "../interruption.ts";
import { CommandError } from "../report/exit-codes.ts";

/** Named parts of one entry, such as a module and its source map. */
export type CacheParts = Readonly<Record<string, Uint8Array>>;

const FORMAT = "archipel-cache/1";
const SUFFIX = ".cached";
/** The least recently used entries beyond this many are removed. That is about 30 versions of every shipped program. */
const MOST_ENTRIES = 1024;

/** The entry of that name; undefined when there is none that is intact. */
export function readCache(name: string): CacheParts | undefined {
    const file = join(cacheFolder(), `${name}${SUFFIX}`);
    try {
        const parts = decode(readFileSync(file), name);
        if (parts !== undefined) touch(file, new Date());
        return parts;
    } catch {
        return undefined; // There is none, or it cannot be read: it is built.
    }
}

/** Keeps an entry. Throws CommandError ("output") when ARCHIPEL_CACHE names a folder that cannot be written. */
export function writeCache(name: string, parts: CacheParts): void {
    const bytes = encode(name, parts);
    try {
        store(cacheFolder(), name, bytes);
    } catch (error) {
        const named = process.env.ARCHIPEL_CACHE;
        const reason = (error as NodeJS.ErrnoException).code ?? String(error);
        if (named) throw new CommandError("output", `ARCHIPEL_CACHE ${named}: cannot be written (${reason})`);
        // From here on it holds for child processes, too, such as the cells of a sweep.
        process.env.ARCHIPEL_CACHE = scratchFolder(join(tmpdir(), "archipel-cache-")).path;
        writeCache(name, parts);
    }
}

/** Writes by rename, so that a reader sees the old file or the whole new one. */
function store(folder: string, name: string, bytes: Uint8Array): void {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name}${SUFFIX}`);
    const partial = `${file}.${process.pid}`;
    try {
        writeFileSync(partial, bytes);
        renameSync(partial, file);
    } catch (error) {
        rmSync(partial, { force: true });
        throw error;
    }
    prune(folder);
}

function touch(file: string, now: Date): void {
    try {
        utimesSync(file, now, now);
    } catch {
        // A cache that may only be read keeps no record of its use.
    }
}

function prune(folder: string): void {
    const names = readdirSync(folder).filter((name) => name.endsWith(SUFFIX));
    if (names.length <= MOST_ENTRIES) return;
    const used = (name: string): number => statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const oldest = names.map((name) => ({ name, at: used(name) })).sort((a, b) => a.at - b.at);
    for (const { name } of oldest.slice(0, names.length - MOST_ENTRIES)) rmSync(join(folder, name), { force: true });
}

/**
 * One line with the format and the SHA-256 of all bytes behind it, one line with the name and the parts' names and sizes, then the parts.
 */
function encode(name: string, parts: CacheParts): Buffer {
    const sizes = Object.entries(parts).map(([part, { length }]) => [part, length] as const);
    const body = [Buffer.from(`${JSON.stringify({ name, sizes })}\n`), ...Object.values(parts)];
    return Buffer.concat([Buffer.from(`${FORMAT} ${hashOf(body)}\n`), ...body]);
}

function decode(bytes: Buffer, name: string): CacheParts | undefined {
    const first = bytes.indexOf(10);
    const body = bytes.subarray(first + 1);
    if (first < 0 || bytes.toString("latin1", 0, first) !== `${FORMAT} ${hashOf([body])}`) return undefined;
    const second = body.indexOf(10);
    const header = JSON.parse(body.toString("utf8", 0, second)) as { name: string; sizes: [string, number][] };
    if (header.name !== name) return undefined;
    let at = second + 1;
    const parts = header.sizes.map(([part, size]) => {
        at += size;
        return [part, new Uint8Array(body.subarray(at - size, at))] as const;
    });
    return Object.fromEntries(parts);
}

function hashOf(parts: readonly Uint8Array[]): string {
    const hash = createHash("sha256");
    for (const part of parts) hash.update(part);
    return hash.digest("hex");
}
