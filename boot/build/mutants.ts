/**
 * The kernel with mutants: its sources with the patches of kernel/mutants, each a change of exact lines. A patch file has, for each source,
 * a line `file PATH`, the imports that its changes need, and changes behind `@@`. Lines that begin with a space stay, lines with `-` go,
 * and lines with `+` come. The lines that stay or go must stand in the source exactly once. Otherwise the build fails, so a patch never
 * misses silently.
 */

import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { CompileError } from "../../toolchain/backend/compile-error.ts";
import { packageRoot } from "../package-root.ts";

const FOLDER = "kernel/mutants";

export interface FilePatch {
    /** The path of the source, from the package's root. */
    readonly file: string;
    /** Import statements that the changes need. */
    readonly imports: readonly string[];
    readonly changes: readonly Change[];
}

export interface Change {
    readonly find: string;
    readonly become: string;
}

/** Writes the kernel's sources with every patch into `folder`. Throws a CompileError for a patch that does not apply. */
export function writeMutantKernel(folder: string): void {
    cpSync(join(packageRoot(), "kernel"), join(folder, "kernel"), { recursive: true });
    const names = mutantNames();
    for (const patchFile of readdirSync(join(packageRoot(), FOLDER)).filter((file) => file.endsWith(".patch"))) {
        for (const patch of parsePatches(readFileSync(join(packageRoot(), FOLDER, patchFile), "utf8"))) {
            const path = join(folder, patch.file);
            const text = applyPatch(readFileSync(path, "utf8"), patch, `${FOLDER}/${patchFile}`);
            writeFileSync(path, withImports(text, patch, names));
        }
    }
}

/** The module, without extension, of each export of the folder's modules, by the name of the export. */
function mutantNames(): Map<string, string> {
    const names = new Map<string, string>();
    for (const file of readdirSync(join(packageRoot(), FOLDER)).filter((each) => each.endsWith(".ts"))) {
        const text = readFileSync(join(packageRoot(), FOLDER, file), "utf8");
        for (const [, name = ""] of text.matchAll(/export (?:const|class) (\w+)/g)) names.set(name, file.slice(0, -3));
    }
    return names;
}

export function parsePatches(text: string): FilePatch[] {
    return text
        .split(/^file /m)
        .slice(1)
        .map((part) => {
            const [head = "", ...changes] = part.split(/^@@\n/m);
            const [file = "", ...imports] = head.split("\n").filter((line) => line !== "");
            return { file, imports, changes: changes.map(parseChange) };
        });
}

function parseChange(text: string): Change {
    const lines = text.split("\n").filter((line) => line !== "");
    const side = (other: string) =>
        lines
            .filter((line) => !line.startsWith(other))
            .map((line) => `${line.slice(1)}\n`)
            .join("");
    return { find: side("+"), become: side("-") };
}

/** `origin` names the patch in messages. */
export function applyPatch(source: string, { file, changes }: FilePatch, origin: string): string {
    let text = source;
    for (const { find, become } of changes) {
        const at = `\n${text}`.indexOf(`\n${find}`);
        if (find === "" || at < 0 || `\n${text}`.indexOf(`\n${find}`, at + 1) >= 0) {
            const times = at < 0 ? "not" : "more than once";
            throw new CompileError(`${origin}: no longer applies: these lines are ${times} in ${file}:\n${find}`);
        }
        text = text.slice(0, at) + become + text.slice(at + find.length);
    }
    return text;
}

/** Adds imports to the first line that has one, so that lines keep their numbers as far as they can. */
function withImports(text: string, { file, imports }: FilePatch, names: ReadonlyMap<string, string>): string {
    const used = new Map<string, Set<string>>();
    for (const [word] of text.matchAll(/\b(?:Mutant|Injection)(?=\.)|(?<=Mutant\.on\()\w+/g)) {
        const module = names.get(word);
        if (module === undefined) throw new CompileError(`${file}: no mutant is called ${word}`);
        used.set(module, (used.get(module) ?? new Set()).add(word));
    }
    const added = [...used].map(([module, words]) => {
        const path = relative(dirname(file), `${FOLDER}/${module}`);
        return `import { ${[...words].join(", ")} } from "${path.startsWith(".") ? path : `./${path}`}";`;
    });
    return text.replace(/^import /m, `${[...imports, ...added].join(" ")} import `);
}
