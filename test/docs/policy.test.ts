/**
 * docs/policy.md, docs/dsm.md, docs/files.md, docs/signals.md, docs/timing.md, docs/turns.md and
 * docs/memory-model.md map every rule of their specifications to code and tests that exist, and every rule has a
 * test named by its number.
 */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../boot/package-root.ts";

const read = (...path: string[]) => readFileSync(join(packageRoot(), ...path), "utf8");

function filesUnder(folder: string): string[] {
    return readdirSync(folder).flatMap((name) => {
        const path = join(folder, name);
        if (statSync(path).isDirectory()) return filesUnder(path);
        return name.endsWith(".test.ts") ? [path] : [];
    });
}

/** Numbers of rules as the specification has them; in the memory policy sections 3, 9 and 10 are one rule each, of sm_* sections 1 and 2. */
const numbered = (specification: string) =>
    [...read("docs", "spec", specification).matchAll(/^([FS]?\d+(?:\.\d+)+) /gm)].map(([, number = ""]) => number);
const POLICY_RULES = [
    ...numbered("vmm-policy.md"),
    ...Array.from({ length: 12 }, (_, i) => `I${i + 1}`),
    ...["3", "9", "10"],
];
const TEST_FOLDER = join(packageRoot(), "test");
const TEST_FILES = filesUnder(TEST_FOLDER);
/** Programs of test/linux, whose titles begin with the rules that their heads name. */
const PROGRAM_FOLDER = join(TEST_FOLDER, "linux", "programs");
const PROGRAM_RULES = readdirSync(PROGRAM_FOLDER)
    .filter((name) => name.endsWith(".c"))
    .flatMap((name) => readFileSync(join(PROGRAM_FOLDER, name), "utf8").match(/(?<=^\/\/ rules: ).*$/m) ?? []);
const isOfDsm = (file: string) => /[/\\]dsm\b/.test(file.slice(TEST_FOLDER.length));
const isOfTurns = (file: string) => /[/\\]turns\b/.test(file.slice(TEST_FOLDER.length));
const isOfTiming = (file: string) => /[/\\]timing\b/.test(file.slice(TEST_FOLDER.length));
const isOfMemoryModel = (file: string) => /[/\\]memory-model\b/.test(file.slice(TEST_FOLDER.length));
const TABLES = [
    {
        table: "policy.md",
        rules: POLICY_RULES,
        files: TEST_FILES.filter((file) => !isOfTurns(file) && !isOfTiming(file) && !isOfMemoryModel(file)),
    },
    { table: "dsm.md", rules: [...numbered("sm-dsm.md"), "1", "2"], files: TEST_FILES.filter(isOfDsm) },
    { table: "files.md", rules: numbered("files.md"), files: TEST_FILES },
    { table: "signals.md", rules: numbered("signals.md"), files: TEST_FILES },
    { table: "timing.md", rules: numbered("timing.md"), files: TEST_FILES.filter(isOfTiming) },
    { table: "memory-model.md", rules: numbered("memory-model.md"), files: TEST_FILES.filter(isOfMemoryModel) },
    { table: "turns.md", rules: numbered("turns.md"), files: TEST_FILES.filter(isOfTurns) },
];

/** Numbers at the beginning of a title, "7.2-7.4: ..." and "1.3, 6.3: ..." included. */
function numbersOf(title: string, rules: readonly string[]): string[] {
    const [head = ""] = /^(section )?([IFS]?\d+(\.\d+)*)((, |-| and )[IFS]?\d+(\.\d+)*)*/.exec(title) ?? [];
    const numbers = head.match(/[IFS]?\d+(\.\d+)*/g) ?? [];
    const [from, to] = numbers;
    if (!head.includes("-") || from === undefined || to === undefined) return numbers;
    return rules.filter((rule) => Number(from) <= Number(rule) && Number(rule) <= Number(to));
}

function testedIn(files: readonly string[], rules: readonly string[]): Set<string> {
    const numbers = files.flatMap((file) => {
        const text = readFileSync(file, "utf8");
        const titles = [...text.matchAll(/\b(?:it|describe)(?:\.each\(.*?\))?\(\s*["'`]([^"'`]*)/gs)];
        // Table-driven: the rule begins a column that is part of the title.
        const rows = [...text.matchAll(/MUTANT_\w+: \["([^"]*)"/g), ...text.matchAll(/\[\s*"([FS]\d[^"]*)"/g)];
        return [...titles, ...rows].flatMap(([, title = ""]) => numbersOf(title, rules));
    });
    return new Set(numbers);
}

describe.each(TABLES)("docs/$table", ({ table, rules, files }) => {
    const lines = read("docs", table).split("\n");
    const rows = lines
        .filter((line) => line.startsWith("| "))
        .map((line) => line.split("|").map((cell) => cell.trim()));
    const programs = table === "files.md" ? PROGRAM_RULES : [];
    const tested = new Set([...testedIn(files, rules), ...programs.flatMap((head) => numbersOf(head, rules))]);

    it.each(rules)("rule %s has a test whose title begins with it", (rule) => {
        expect(tested.has(rule)).toBe(true);
    });

    it.each(rules)("rule %s has a row", (rule) => {
        const covers = rows.some(([, first = ""]) => {
            const named: readonly string[] = first.match(/[IFS]?\d+(\.\d+)*/g) ?? [];
            if (named.includes(rule)) return true;
            return [...first.matchAll(/(I?)(\d+(?:\.\d+)?)-(I?)(\d+(?:\.\d+)?)/g)].some(([, letter, from, , to]) => {
                if (rule.startsWith("I") !== (letter === "I")) return false;
                const number = Number(rule.replace("I", ""));
                return Number(from) <= number && number <= Number(to);
            });
        });
        expect(covers).toBe(true);
    });

    it("names files that are there", () => {
        const missing = rows.flatMap(([, , code = "", tests = ""]) => {
            const paths = (text: string) => text.match(/[\w./-]+\.(?:ts|S)\b/g) ?? [];
            const exists = (...candidates: string[]) =>
                candidates.some((path) => statSync(join(packageRoot(), path), { throwIfNoEntry: false }) !== undefined);
            return [
                ...paths(code).filter((path) => !exists(path, join("kernel", path))),
                ...paths(tests).filter((path) => !exists(path, join("test", path))),
            ];
        });
        expect(missing).toEqual([]);
    });

    it("says of no rule that it is not built", () => {
        expect(rows.flat().filter((cell) => /not yet/i.test(cell))).toEqual([]);
    });
});
