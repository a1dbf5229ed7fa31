/**
 * What a cell's result depends on, as a hash: its resolved config, the content of its programs and their inputs, and the sources that make,
 * run and report the machine. Same hash, same result: that is why a finished cell need not run again.
 */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { LoadedConfig } from "../../../configs/load.ts";
import { reachableSources } from "../../build/asc.ts";
import { provenance } from "../../build/packed.ts";
import { packageRoot } from "../../package-root.ts";

/** Where a cell's run begins: these files and all that they import. The rest of boot/cli shows a run and does not change it. */
const ENTRIES = ["boot/cli/build-and-boot.ts", "boot/cli/run-system.ts"];
/** Folders that asc compiles, not imported: the interpreter and the kernel, and the steps of their compiler. */
const FOLDERS = ["emu", "kernel", "toolchain"];
/** What every program of userland/programs is linked with. */
const PROGRAM_PARTS = ["userland/lib/start.S"];
const HASH_DIGITS = 32;

export interface Identity {
    /** Of all of it: the name of the result's file. */
    readonly resultHash: string;
    /** Of the resolved config alone. */
    readonly configHash: string;
}

export function identify({ config, directory }: LoadedConfig): Identity {
    const { $schema: _, expect: _expect, ...content } = config;
    const text = canonicalJson(content);
    const programs = config.programs.map(({ path }) => programHash(path, directory));
    const inputs = config.programs.flatMap(({ stdin }) => (stdin === undefined ? [] : [resolve(directory, stdin)]));
    return { configHash: hashOf([text]), resultHash: hashOf([text, sourcesHash(), ...programs, hashFiles(inputs)]) };
}

/** JSON whose keys are sorted, so that equal values have equal texts. */
export function canonicalJson(value: unknown): string {
    return JSON.stringify(value, (_key, inner: unknown) => {
        if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
        return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
    });
}

const memo = new Map<string, string>();

/** A shipped program is its sources, another the content of its file; one that does not exist fails when it is run. */
function programHash(path: string, directory: string): string {
    const source = join(packageRoot(), "userland/programs", `${path}.ts`);
    if (provenance()?.programs.includes(path)) return path;
    const key = existsSync(source) ? source : resolve(directory, path);
    let hash = memo.get(key);
    if (hash === undefined) {
        const parts = PROGRAM_PARTS.map((file) => join(packageRoot(), file));
        const files = key === source ? [...reachableSources([source, ...parts.filter(isScript)]), ...parts] : [key];
        hash = hashFiles(files);
        memo.set(key, hash);
    }
    return hash;
}

function sourcesHash(): string {
    const packed = provenance();
    if (packed !== undefined) return packed.hash;
    const known = memo.get("");
    if (known !== undefined) return known;
    const root = packageRoot();
    const files = [
        ...reachableSources(ENTRIES.map((name) => join(root, name))),
        ...FOLDERS.flatMap((name) => filesOf(join(root, name))),
    ];
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { devDependencies: object };
    const hash = hashOf([hashFiles(files), canonicalJson(manifest.devDependencies)]);
    memo.set("", hash);
    return hash;
}

function isScript(file: string): boolean {
    return file.endsWith(".ts");
}

function filesOf(folder: string): string[] {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));
}

/** Names (from the package's root) and contents, in any order; a file that is not there has none. */
function hashFiles(files: readonly string[]): string {
    const rows = [...new Set(files)].sort().flatMap((file): (string | Uint8Array)[] => {
        const isFile = statSync(file, { throwIfNoEntry: false })?.isFile() === true;
        const name = relative(packageRoot(), file);
        // A file from elsewhere is its content, wherever it lies.
        return [name.startsWith("..") ? "" : name, isFile ? readFileSync(file) : "none"];
    });
    return hashOf(rows);
}

function hashOf(parts: readonly (string | Uint8Array)[]): string {
    const hash = createHash("sha256");
    for (const part of parts) {
        hash.update(`${part.length}\n`);
        hash.update(part);
    }
    return hash.digest("hex").slice(0, HASH_DIGITS);
}
