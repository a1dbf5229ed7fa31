/** Layering (DESIGN 1): who may import whom, no cycles between files, and what emu, kernel and userland may not touch. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["emu", "boot", "kernel", "userland", "configs", "experiments", "test"] as const;
type Folder = (typeof FOLDERS)[number];

/** The folders each folder may import from, beside itself; a longer path allows only that part. */
const ALLOWED: Readonly<Record<Folder, readonly string[]>> = {
    emu: [],
    kernel: [],
    userland: ["kernel/abi", "kernel/hal"],
    configs: ["emu"],
    boot: ["emu", "configs", "kernel/abi"],
    experiments: ["emu", "boot", "configs", "kernel/abi"],
    test: ["emu", "boot", "configs", "experiments", "kernel", "userland"],
};

/** Sources that must be deterministic and run anywhere (STYLE 18): no host. */
const HOSTLESS: readonly Folder[] = ["emu", "kernel", "userland"];
const HOST_NAMES =
    /\b(?:Date|performance|console|setTimeout|setInterval|setImmediate|queueMicrotask|require)\b\s*[.([]|\bMath\.random\b|\bgetRandomValues\b/;
/** In the kernel `process` is a process; what counts is Node's object. */
const NODE_PROCESS =
    /\bprocess\.(?:argv|cwd|env|exit|exitCode|hrtime|memoryUsage|nextTick|on|platform|stderr|stdin|stdout)\b/;

interface Source {
    /** Path from the root, with forward slashes. */
    readonly path: string;
    readonly folder: Folder;
    /** Text without comments and string contents. */
    readonly code: string;
    /** Specifiers of imports and exports with `from`, dynamic imports, and side-effect imports. */
    readonly imports: readonly { readonly specifier: string; readonly typeOnly: boolean }[];
}

const sources = FOLDERS.flatMap((folder) => listFiles(join(ROOT, folder)).map((file) => readSource(folder, file)));
const byPath = new Map(sources.map((source) => [source.path, source]));

describe("layering", () => {
    it("every import goes where DESIGN section 1 allows", () => {
        const bad = sources.flatMap((source) =>
            targets(source)
                .filter(({ path }) => !mayImport(source.folder, path))
                .map(({ path }) => `${source.path} imports ${path}`),
        );
        expect(bad).toEqual([]);
    });

    it("no cycles between files", () => expect(cycles()).toEqual([]));

    it("emu, kernel and userland import no packages and no node modules", () => {
        const bad = sources
            .filter(({ folder }) => HOSTLESS.includes(folder))
            .flatMap(({ path, imports }) =>
                imports
                    .filter(({ specifier }) => !mayBeHostless(specifier))
                    .map(({ specifier }) => `${path} imports ${specifier}`),
            );
        expect(bad).toEqual([]);
    });

    it("emu, kernel and userland use no clock, chance, console, process or timer", () => {
        const bad = sources
            .filter(({ folder }) => HOSTLESS.includes(folder))
            .flatMap(({ path, code }) =>
                code
                    .split("\n")
                    .flatMap((line, index) =>
                        HOST_NAMES.test(line) || NODE_PROCESS.test(line)
                            ? [`${path}:${index + 1}: ${line.trim()}`]
                            : [],
                    ),
            );
        expect(bad).toEqual([]);
    });

    it("the scanner sees every kind of import", () => {
        const text = [
            'import { a } from "./a.ts";',
            'import type { B } from "./b.ts";',
            "import {\n    c,\n} from './c.ts';",
            'export * from "./d.ts";',
            'const e = await import("./e.ts");',
            'import "./f.ts";',
            '// import { g } from "./g.ts";',
            "const text = \"import { h } from './h.ts'\";",
        ].join("\n");
        expect(scanImports(text).map(({ specifier }) => specifier)).toEqual([
            "./a.ts",
            "./b.ts",
            "./c.ts",
            "./d.ts",
            "./e.ts",
            "./f.ts",
        ]);
    });
});

function mayImport(folder: Folder, target: string): boolean {
    return [folder, ...ALLOWED[folder]].some((allowed) => target.startsWith(`${allowed}/`));
}

/** Pure computation only: the hash functions of @noble/hashes use nothing of the host. */
function mayBeHostless(specifier: string): boolean {
    return specifier.startsWith(".") || specifier.startsWith("@noble/hashes/");
}

/** Files of the project that `source` imports. */
function targets(source: Source): { path: string; typeOnly: boolean }[] {
    return source.imports.flatMap(({ specifier, typeOnly }) => {
        if (!specifier.startsWith(".")) return [];
        const file = resolve(ROOT, dirname(source.path), specifier);
        const found = [file, `${file}.ts`, join(file, "index.ts")].find(
            (name) => existsSync(name) && /\.\w+$/.test(name),
        );
        return [{ path: relative(ROOT, found ?? file), typeOnly }];
    });
}

/** Import cycles (imports of types alone are erased and make none), each once, as "a.ts -> b.ts -> a.ts". Depth-first search with colours. */
function cycles(): string[] {
    const state = new Map<string, "open" | "done">();
    const found: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
        if (state.get(path) === "done") return;
        if (state.get(path) === "open") {
            found.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
            return;
        }
        state.set(path, "open");
        const source = byPath.get(path);
        const next = source === undefined ? [] : targets(source).filter(({ typeOnly }) => !typeOnly);
        for (const target of next) visit(target.path, [...trail, path]);
        state.set(path, "done");
    };
    for (const { path } of sources) visit(path, []);
    return found;
}

function readSource(folder: Folder, file: string): Source {
    const text = readFileSync(file, "utf8");
    return { path: relative(ROOT, file), folder, code: blank(text, true), imports: scanImports(text) };
}

function scanImports(text: string): { specifier: string; typeOnly: boolean }[] {
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
