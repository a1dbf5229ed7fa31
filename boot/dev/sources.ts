/** The project's sources as a reader of the house sees them: folders, files, and who imports whom. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { packageRoot } from "../package-root.ts";

export const FOLDERS = [
    ...(["emu", "toolchain", "boot", "view", "kernel", "userland", "configs", "experiments", "test"] as const),
] as const;
export type Folder = (typeof FOLDERS)[number];

/**
 * The rooms of a folder as a stair: each imports from those before it only. Two on one step ("fs dsm") do not import each other. A room is
 * a sub-folder or a file; "." is every file of the folder itself that is no room of its own.
 */
export const STAIRS: Readonly<Partial<Record<Folder, readonly string[]>>> = {
    emu: ["isa", "wasm", "state", "mem", "dev", "engine", "core", "host", "."],
    boot: ["abi", ".", "report", "observe", "debug", "audit", "system", "build", "cli", "api", "dev"],
    toolchain: ["link", "asm", "backend"],
    view: ["questions", "protocol", "machine", "page"],
    kernel: [
        ...["abi", "hal", "probe", "panic", "console", "random", "sched", "trace", "rpc", "mm", "fs dsm", "proc"],
        ...["syscalls", "trap", "audit-roots", "switches", "init", "main", "mutants"],
    ],
};

export interface Source {
    /** Path from the root, with forward slashes. */
    readonly path: string;
    readonly folder: Folder;
    /** Text without comments and string contents. */
    readonly code: string;
    /** Specifiers of imports and exports with `from`, dynamic imports, and side-effect imports. */
    readonly imports: readonly Import[];
}

export interface Import {
    readonly specifier: string;
    readonly typeOnly: boolean;
}

/** All sources, by path. */
export function readSources(): ReadonlyMap<string, Source> {
    const all = FOLDERS.flatMap((folder) => listFiles(join(packageRoot(), folder)).map((file) => read(folder, file)));
    return new Map(all.map((source) => [source.path, source]));
}

function read(folder: Folder, file: string): Source {
    const text = readFileSync(file, "utf8");
    const path = relative(packageRoot(), file);
    return { path, folder, code: blank(text, true), imports: scanImports(text) };
}

/** Files of the project that `source` imports. */
export function targets(source: Source): { path: string; typeOnly: boolean }[] {
    const root = packageRoot();
    return source.imports.flatMap(({ specifier, typeOnly }) => {
        if (!specifier.startsWith(".")) return [];
        const file = resolve(root, dirname(source.path), specifier);
        const found = [file, `${file}.ts`, join(file, "index.ts")].find(
            (name) => existsSync(name) && /\.\w+$/.test(name),
        );
        return [{ path: relative(root, found ?? file), typeOnly }];
    });
}

export function scanImports(text: string): Import[] {
    const code = blank(text, false);
    // Positions come from the text with blank strings, so that imports quoted in strings do not count.
    const bare = blank(text, true);
    const pattern = /\b(?:(?:import|export)\b(\s+type\b)?[^;"'`()]*?\bfrom\s*|import\s*\(?\s*)(["'])/g;
    return [...bare.matchAll(pattern)].map((match) => {
        const start = match.index + match[0].length;
        return { specifier: code.slice(start, code.indexOf(match[2] ?? "", start)), typeOnly: match[1] !== undefined };
    });
}

/** The text with comments (and, if asked, the insides of strings) replaced by spaces; line breaks stay. */
function blank(text: string, strings: boolean): string {
    const tokens = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`/g;
    return text.replace(tokens, (token) => {
        const hollow = token.replace(/[^\n]/g, " ");
        if (token.startsWith("/")) return hollow;
        return strings ? token[0] + hollow.slice(1, -1) + token[0] : token;
    });
}

function listFiles(folder: string): string[] {
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name))
        .sort();
}

/** An import from a room into one above it. */
export interface BackArrow {
    readonly folder: Folder;
    readonly from: string;
    readonly to: string;
}

/** Imports that run up a folder's stair. */
export function backArrows(sources: ReadonlyMap<string, Source>): BackArrow[] {
    return [...sources.values()].flatMap((source) => {
        const { folder, path: from } = source;
        const stair = STAIRS[folder];
        if (stair === undefined) return [];
        const roomFrom = roomOf(from, folder, stair);
        const step = (room: string) => stair.findIndex((each) => each.split(" ").includes(room));
        return targets(source)
            .filter(({ path }) => {
                if (!path.startsWith(`${folder}/`)) return false;
                const room = roomOf(path, folder, stair);
                return room !== roomFrom && step(room) >= step(roomFrom);
            })
            .map(({ path }) => ({ folder, from, to: path }));
    });
}

function roomOf(path: string, folder: Folder, stair: readonly string[]): string {
    const inside = path.slice(folder.length + 1);
    const name = inside.includes("/") ? inside.slice(0, inside.indexOf("/")) : inside.replace(/\.\w+$/, "");
    if (stair.some((each) => each.split(" ").includes(name))) return name;
    if (inside.includes("/")) throw new Error(`${path}: the stair of ${folder}/ has no room ${name} (STAIRS)`);
    return ".";
}

/** Import cycles (imports of types alone are erased and make none), each once, as "a.ts -> b.ts -> a.ts". Depth-first search with colours. */
export function cycles(sources: ReadonlyMap<string, Source>): string[] {
    const state = new Map<string, "open" | "done">();
    const found: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
        if (state.get(path) === "done") return;
        if (state.get(path) === "open") {
            found.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
            return;
        }
        state.set(path, "open");
        const source = sources.get(path);
        const next = source === undefined ? [] : targets(source).filter(({ typeOnly }) => !typeOnly);
        for (const target of next) visit(target.path, [...trail, path]);
        state.set(path, "done");
    };
    for (const path of sources.keys()) visit(path, []);
    return found;
}
