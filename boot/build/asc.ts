/**
 * Compiles AssemblyScript to Wasm with asc, which runs in a child process (asc-process.ts). Its results are cached by content
 * (docs/compiler.md, "The way").
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { CompileError } from "../../toolchain/backend/compile-error.ts";
import type { SourceMap } from "../../toolchain/backend/source-map.ts";
import { STATIC_END_FUNCTION } from "../../toolchain/backend/symbols.ts";
import { decodeBody } from "../../toolchain/backend/wasm-body.ts";
import { parseWasm } from "../../toolchain/backend/wasm-parse.ts";
import type { StructLayout } from "../../toolchain/link/layout.ts";
import { scratchFolder } from "../interruption.ts";
import { CommandError } from "../report/exit-codes.ts";
import { runAsc } from "./asc-process.ts";
import { type CacheParts, readCache, writeCache } from "./cache.ts";
import { checkModule } from "./module-checks.ts";

export interface AscOptions {
    /** The entry file or files, absolute or relative to `root`. Their exports become global symbols. */
    readonly entry: string | readonly string[];
    /** The address where static data starts, in the address space of the program. */
    readonly memoryBase: number;
    /** The name of the result in messages and in the cache. */
    readonly name: string;
    /** The folder that source names are relative to. Default: the repository. */
    readonly root?: string;
    /** Integer constants, visible as globals of that name (asc --use). */
    readonly constants?: Readonly<Record<string, number>>;
    /** Other `--use` aliases, such as abort=kernel/panic/assertion_failed. */
    readonly aliases?: Readonly<Record<string, string>>;
    /** Keeps assert(), which needs an alias for abort. Default false. */
    readonly asserts?: boolean;
    /** Imports the memory as env.memory instead of defining it (native tests, emu/core). Default false. */
    readonly importMemory?: boolean;
    /** The import modules allowed. asc names a module after its file, without the folder. Default: hal and asm. */
    readonly importModules?: readonly string[];
    /** The functions, by their internal names, that are never inlined. */
    readonly noInline?: readonly string[];
    /** More asc options, such as `--sharedMemory`. Numbers are decimal, because asc reads 0x... as 0. */
    readonly extra?: readonly string[];
    /** Skips the checks of boot/build/module-checks.ts (emu/core is no RV64 code). Default false. */
    readonly unchecked?: boolean;
}

export interface AscResult {
    readonly name: string;
    readonly wasm: Uint8Array;
    readonly sourceMap: SourceMap;
    readonly layouts: readonly StructLayout[];
    /** Address after the last static datum, zeros included (asc's heap base). */
    readonly staticEnd: number;
}

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const TRANSFORMS = ["cstr.mjs", "layout.mjs", "no-inline.mjs"].map((file) =>
    join(REPOSITORY, "boot/build/transforms", file),
);
const DEFAULT_IMPORT_MODULES = ["hal", "asm"];
const CACHE_FORMAT = "5";

/**
 * Compiles `options.entry`. Throws a CompileError with asc's own output, or one that names the broken rule of boot/build/module-checks.ts.
 */
export async function compileAssemblyScript(options: AscOptions): Promise<AscResult> {
    const root = resolve(options.root ?? REPOSITORY);
    const entries = [options.entry].flat().map((file) => resolve(root, file));
    for (const file of entries) {
        if (!existsSync(file)) throw new CompileError(`${options.name}: no such source file: ${file}`);
    }
    const args = ascArguments(options, root, entries);
    const noInline = (options.noInline ?? []).join(",");
    const name = `asc-${options.name}-${cacheKey(root, entries, [...args, noInline])}`;
    let parts = readCache(name);
    if (parts === undefined) {
        parts = await build(options.name, root, args, noInline);
        writeCache(name, parts);
    }
    const result = resultOf(options.name, parts);
    if (options.unchecked !== true) {
        checkModule(result, options.memoryBase, options.importModules ?? DEFAULT_IMPORT_MODULES);
    }
    return result;
}

function ascArguments(options: AscOptions, root: string, entries: readonly string[]): string[] {
    const args = entries.map((file) => relative(root, file));
    args.push("-O3", "--runtime", "stub", "--enable", "threads", "--exportTable", "--debug", "--sourceMap");
    args.push("--disableWarning", "235", "--memoryBase", String(options.memoryBase));
    if (options.asserts !== true) args.push("--noAssert");
    if (options.importMemory === true) args.push("--importMemory");
    for (const [name, value] of Object.entries({ ...options.constants, ...options.aliases })) {
        args.push("--use", `${name}=${value}`);
    }
    for (const transform of TRANSFORMS) args.push("--transform", transform);
    args.push(...(options.extra ?? []));
    return args;
}

/** A hash of everything the result depends on: sources (imports followed), options, asc's version, the transforms. */
function cacheKey(root: string, entries: readonly string[], args: readonly string[]): string {
    const hash = createHash("sha256");
    const relevant = args.map((arg) => (TRANSFORMS.includes(arg) ? "" : arg));
    hash.update(`${CACHE_FORMAT}\n${ascVersion()}\n${relevant.join("\n")}\n`);
    for (const transform of TRANSFORMS) hash.update(readFileSync(transform));
    for (const file of [...reachableSources(entries)].sort()) {
        hash.update(`\n${relative(root, file)}\n`).update(readFileSync(file));
    }
    return hash.digest("hex").slice(0, 24);
}

/** The files and all files that they import, by absolute path. */
export function reachableSources(entries: readonly string[]): Set<string> {
    const found = new Set<string>();
    const visit = (file: string) => {
        if (found.has(file)) return;
        found.add(file);
        const text = readFileSync(file, "utf8");
        for (const match of text.matchAll(/\b(?:from|import)\s*["'](\.[^"']*)["']/g)) {
            const target = resolve(dirname(file), match[1] ?? "");
            const source = [target, `${target}.ts`, join(target, "index.ts")].find(
                (path) => path.endsWith(".ts") && existsSync(path),
            );
            if (source !== undefined) visit(source);
        }
    };
    for (const file of entries) visit(file);
    return found;
}

let knownVersion: string | undefined;

function ascPackage(): string {
    return dirname(createRequire(import.meta.url).resolve("assemblyscript/package.json"));
}

function ascVersion(): string {
    knownVersion ??= (JSON.parse(readFileSync(join(ascPackage(), "package.json"), "utf8")) as { version: string })
        .version;
    return knownVersion;
}

/** The files that asc writes. */
const [WASM, SOURCE_MAP, LAYOUT] = ["out.wasm", "out.wasm.map", "layout.json"] as const;

async function build(name: string, root: string, args: readonly string[], noInline: string): Promise<CacheParts> {
    const scratch = scratchFolder(join(tmpdir(), "archipel-asc-"));
    const file = (part: string): string => join(scratch.path, part);
    try {
        const environment = { ARCHIPEL_LAYOUT_FILE: file(LAYOUT), ARCHIPEL_NO_INLINE: noInline };
        const out = ["-o", file(WASM), "--baseDir", root, "--noColors"];
        const { failed, interrupted, output } = await runAsc({ args: [...args, ...out], root, environment });
        if (interrupted) throw new CommandError("interrupted", "interrupted");
        if (failed || !existsSync(file(WASM))) {
            throw new CompileError(`${name}: AssemblyScript does not compile:\n${output.trim()}`);
        }
        return Object.fromEntries([WASM, SOURCE_MAP, LAYOUT].map((part) => [part, readFileSync(file(part))]));
    } finally {
        scratch.remove();
    }
}

function resultOf(name: string, parts: CacheParts): AscResult {
    const bytes = (part: string): Uint8Array => parts[part] ?? new Uint8Array();
    const json = (part: string): unknown => JSON.parse(new TextDecoder().decode(bytes(part)));
    const wasm = bytes(WASM);
    const layouts = json(LAYOUT) as StructLayout[];
    return { name, wasm, sourceMap: json(SOURCE_MAP) as SourceMap, layouts, staticEnd: readStaticEnd(wasm) };
}

/** The constant that the function added by transforms/layout.mjs returns. */
function readStaticEnd(wasm: Uint8Array): number {
    const module = parseWasm(wasm);
    const added = module.functions.find(({ name }) => name === STATIC_END_FUNCTION);
    const [first] = added === undefined ? [] : decodeBody(module, added);
    return first?.op === "i32Const" ? first.a >>> 0 : 0;
}
