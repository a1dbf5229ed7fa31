/** Layering: who may import whom, no cycles between files, and what emu, kernel and userland may not touch. */

import { describe, expect, it } from "vitest";
import {
    backArrows,
    cycles,
    type Folder,
    readSources,
    type Source,
    scanImports,
    targets,
} from "../boot/dev/sources.ts";

/** The folders each folder may import from, beside itself; a longer path allows only that part. */
const ALLOWED: Readonly<Record<Folder, readonly string[]>> = {
    emu: [],
    kernel: [],
    userland: ["kernel/abi", "kernel/hal"],
    configs: ["emu"],
    toolchain: ["emu/isa", "emu/wasm"],
    boot: ["emu", "toolchain", "configs", "kernel/abi"],
    view: [
        "emu",
        "toolchain",
        "configs",
        "boot/abi",
        "boot/api",
        "boot/observe",
        "boot/report",
        "boot/system",
        "kernel/abi",
    ],
    experiments: ["emu", "boot", "configs", "kernel/abi"],
    test: ["emu", "toolchain", "boot", "view", "configs", "experiments", "kernel", "userland"],
};

/** Sources that must be deterministic and run anywhere (docs/style.md, "Determinism"): no host. */
const HOSTLESS: readonly Folder[] = ["emu", "kernel", "userland"];
const HOST_NAMES =
    /\b(?:Date|performance|console|setTimeout|setInterval|setImmediate|queueMicrotask|require)\b\s*[.([]|\bMath\.random\b|\bgetRandomValues\b/;
/** In the kernel `process` is a process; what counts is Node's object. */
const NODE_PROCESS =
    /\bprocess\.(?:argv|cwd|env|exit|exitCode|hrtime|memoryUsage|nextTick|on|platform|stderr|stdin|stdout)\b/;

const sources = readSources();
const all = [...sources.values()];

/** The lines of sources that `is` holds of, with their places. */
function linesThat(list: readonly Source[], is: (line: string) => boolean): string[] {
    return list.flatMap(({ path, code }) =>
        code.split("\n").flatMap((line, index) => (is(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
    );
}

describe("layering", () => {
    it("every import goes to a folder that its own may use", () => {
        const bad = all.flatMap((source) =>
            targets(source)
                .filter(({ path }) => !mayImport(source.folder, path))
                .map(({ path }) => `${source.path} imports ${path}`),
        );
        expect(bad).toEqual([]);
    });

    it("no import runs up the stair of its folder", () => expect(backArrows(sources)).toEqual([]));

    it("no cycles between files", () => expect(cycles(sources)).toEqual([]));

    it("emu, kernel and userland import no packages and no node modules", () => {
        const bad = all
            .filter(({ folder }) => HOSTLESS.includes(folder))
            .flatMap(({ path, imports }) =>
                imports
                    .filter(({ specifier }) => !mayBeHostless(specifier))
                    .map(({ specifier }) => `${path} imports ${specifier}`),
            );
        expect(bad).toEqual([]);
    });

    it("emu, kernel and userland use no clock, chance, console, process or timer", () => {
        const hostless = all.filter(({ folder }) => HOSTLESS.includes(folder));
        expect(linesThat(hostless, (line) => HOST_NAMES.test(line) || NODE_PROCESS.test(line))).toEqual([]);
    });

    it("what only a class uses has a name with # (docs/style.md)", () => {
        // AssemblyScript has no such names.
        const scripts = all.filter(
            ({ folder, path }) => folder !== "kernel" && folder !== "userland" && !/\bguest\b/.test(path),
        );
        expect(linesThat(scripts, (line) => /^\s*(?:private|.*\(private) /.test(line))).toEqual([]);
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
