/** docs/policy.md maps every rule of the memory policy to code and tests that exist, and every rule has a test named by its number. */

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

/** Numbers of rules as the specification has them; sections 3, 9 and 10 are one rule each. */
const RULES = [
    ...[...read("docs", "spec", "vmm-policy.md").matchAll(/^(\d+\.\d+) /gm)].map(([, number = ""]) => number),
    ...Array.from({ length: 12 }, (_, i) => `I${i + 1}`),
    ...["3", "9", "10"],
];

/** Numbers at the beginning of a title, "7.2-7.4: ..." and "1.3, 6.3: ..." included. */
function numbersOf(title: string): string[] {
    const [head = ""] = /^(section )?(I?\d+(\.\d+)?)((, |-| and )I?\d+(\.\d+)?)*/.exec(title) ?? [];
    const numbers = head.match(/I?\d+(\.\d+)?/g) ?? [];
    const [from, to] = numbers;
    if (!head.includes("-") || from === undefined || to === undefined) return numbers;
    return RULES.filter((rule) => Number(from) <= Number(rule) && Number(rule) <= Number(to));
}

const TESTED = new Set(
    filesUnder(join(packageRoot(), "test")).flatMap((file) => {
        const text = readFileSync(file, "utf8");
        const titles = [...text.matchAll(/\b(?:it|describe)(?:\.each\(.*?\))?\(\s*["'`]([^"'`]*)/gs)];
        // Table-driven: the invariant is a column of the title.
        const rows = [...text.matchAll(/MUTANT_\w+: \["([^"]*)"/g)];
        return [...titles, ...rows].flatMap(([, title = ""]) => numbersOf(title));
    }),
);

const POLICY = read("docs", "policy.md");

describe("every rule", () => {
    it.each(RULES)("%s has a test whose title begins with it", (rule) => {
        expect(TESTED.has(rule)).toBe(true);
    });

    it.each(RULES)("%s has a row in docs/policy.md", (rule) => {
        const rows = POLICY.split("\n").filter((line) => line.startsWith("| "));
        const covers = rows.some((row) => {
            const [, first = ""] = row.split("|");
            const named: readonly string[] = first.match(/I?\d+(\.\d+)?/g) ?? [];
            if (named.includes(rule)) return true;
            return [...first.matchAll(/(I?)(\d+(?:\.\d+)?)-(I?)(\d+(?:\.\d+)?)/g)].some(([, letter, from, , to]) => {
                if (rule.startsWith("I") !== (letter === "I")) return false;
                const number = Number(rule.replace("I", ""));
                return Number(from) <= number && number <= Number(to);
            });
        });
        expect(covers).toBe(true);
    });
});

describe("docs/policy.md", () => {
    const cells = POLICY.split("\n")
        .filter((line) => line.startsWith("| ") && !line.startsWith("| rule"))
        .map((line) => line.split("|").map((cell) => cell.trim()));

    it("names files that are there", () => {
        const missing = cells.flatMap(([, , code = "", tests = ""]) => {
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
        expect(cells.flat().filter((cell) => /not yet/i.test(cell))).toEqual([]);
    });
});
