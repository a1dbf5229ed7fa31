/**
 * Part of `npm run check`: counts what makes a house hard to walk through, a line each: imports that run back up a stair, circles, long
 * functions, long files, references that lead nowhere, and how much of two much-read files is imports. Fails when one exceeds its bound.
 */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../package-root.ts";
import { References } from "./references.ts";
import { backArrows, cycles, FOLDERS, readSources, STAIRS } from "./sources.ts";

interface Count {
    readonly what: string;
    readonly count: number | string;
    /** The most that is allowed; undefined: only told. */
    readonly bound?: number;
    /** What there is too much of. */
    readonly which?: readonly string[];
}

const MAX_FUNCTION_LINES = 70;
const MAX_FILE_LINES = 400;
/** Where no file is longer. */
const SHORT_FILES = /^(?:kernel|emu)\//;
/** Whose share of import lines is told. */
const MUCH_READ = ["kernel/mm/fault.ts", "kernel/dsm/manager.ts"];

const sources = readSources();

function arrows(): Count[] {
    const all = backArrows(sources);
    return FOLDERS.filter((folder) => STAIRS[folder] !== undefined).map((folder) => {
        const which = all.filter((arrow) => arrow.folder === folder).map(({ from, to }) => `${from} imports ${to}`);
        return { what: `imports back up the stair of ${folder}`, count: which.length, bound: 0, which };
    });
}

function circles(): Count {
    const which = cycles(sources);
    return { what: "circles of imports", count: which.length, bound: 0, which };
}

interface Diagnostic {
    readonly message: string;
    readonly location: { readonly path: string };
}

/** Of all but the tests' describe blocks: biome counts the lines of bodies. */
function longFunctions(): Count {
    const biome = join(packageRoot(), "node_modules", ".bin", "biome");
    const rule = "complexity/noExcessiveLinesPerFunction";
    const args = ["lint", `--only=${rule}`, "--reporter=json", "--max-diagnostics=none", "."];
    const { stdout } = spawnSync(biome, args, { cwd: packageRoot(), encoding: "utf8", maxBuffer: 2 ** 28 });
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] };
    const which = diagnostics
        .map(({ location: { path }, message }) => ({ path, lines: Number(/\((\d+)\)/.exec(message)?.[1]) }))
        .filter(({ path, lines }) => !path.startsWith("test/") && !(lines <= MAX_FUNCTION_LINES))
        .map(({ path, lines }) => `${path}: ${lines} lines`);
    return { what: `functions of more than ${MAX_FUNCTION_LINES} lines`, count: which.length, bound: 0, which };
}

function longFiles(): Count[] {
    const read = (path: string) => readFileSync(join(packageRoot(), path), "utf8");
    // A generated file is as long as its table, which is counted.
    const isLong = (text: string) =>
        !text.startsWith("// Generated from ") && text.split("\n").length - 1 > MAX_FILE_LINES;
    const long = [...sources.keys()].filter((path) => isLong(read(path)));
    const [bad, told] = [true, false].map((short) => long.filter((path) => SHORT_FILES.test(path) === short));
    const what = `files of more than ${MAX_FILE_LINES} lines`;
    return [
        { what: `${what} in kernel and emu`, count: bad?.length ?? 0, bound: 0, which: bad ?? [] },
        { what: `${what} elsewhere (${told?.join(", ") ?? ""})`, count: told?.length ?? 0 },
    ];
}

function importShare(path: string): Count {
    const text = readFileSync(join(packageRoot(), path), "utf8");
    const imports = [...text.matchAll(/^import [^;]*;$/gm)].reduce((sum, [all]) => sum + all.split("\n").length, 0);
    const share = ((100 * imports) / text.split("\n").length).toFixed(0);
    return { what: `import lines of ${path}`, count: `${imports} (${share}%)` };
}

function lostReferences(): Count {
    const references = new References();
    const which = references.texts.flatMap((text) => references.unresolved(text));
    return { what: "references that lead nowhere", count: which.length, bound: 0, which };
}

/** What the root may hold: what runs leave there is soon committed with the rest. */
const ROOT_FILES =
    /^(?:\.gitignore|[A-Z]+(?:\.md)?|(?:biome|knip|package|package-lock|tsconfig(?:\.\w+)?)\.json|vitest\.config\.ts)$/;

function strayFiles(): Count {
    const { stdout } = spawnSync("git", ["ls-files"], { cwd: packageRoot(), encoding: "utf8", maxBuffer: 2 ** 28 });
    const which = stdout.split("\n").filter((path) => path !== "" && !path.includes("/") && !ROOT_FILES.test(path));
    return { what: "tracked files that the root has no place for", count: which.length, bound: 0, which };
}

const structure = [...arrows(), circles(), longFunctions(), ...longFiles()];
const counts = [...structure, lostReferences(), strayFiles(), ...MUCH_READ.map(importShare)];
for (const { what, count } of counts) process.stdout.write(`     ${what}: ${count}\n`);
const bad = counts.filter(({ count, bound }) => bound !== undefined && Number(count) > bound);
for (const { what, which } of bad)
    process.stdout.write(`${what}:\n${which?.map((each) => `  ${each}\n`).join("") ?? ""}`);
process.exitCode = bad.length === 0 ? 0 : 1;
