/** The patches of kernel/mutants: each applies to the kernel's sources or fails, and each mutant is planted. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { applyPatch, type FilePatch, parsePatches } from "../../../boot/build/mutants.ts";
import { packageRoot } from "../../../boot/package-root.ts";
import * as observed from "../../../kernel/mutants/observed.ts";
import * as policy from "../../../kernel/mutants/policy.ts";
import * as rules from "../../../kernel/mutants/rules.ts";

const FOLDER = join(packageRoot(), "kernel/mutants");
const texts = readdirSync(FOLDER)
    .filter((file) => file.endsWith(".patch"))
    .map((file) => readFileSync(join(FOLDER, file), "utf8"));

const TEXT = [
    "file kernel/a.ts",
    'import { b } from "./b";',
    "@@",
    " one",
    "-two",
    "+2",
    "@@",
    " three",
    "+3",
    "",
].join("\n");

function patched(source: string): string {
    const [patch] = parsePatches(TEXT) as [FilePatch];
    return applyPatch(source, patch, "a.patch");
}

describe("patches", () => {
    it("are read: file, imports, and what each change finds and leaves", () => {
        expect(parsePatches(TEXT)).toEqual([
            {
                file: "kernel/a.ts",
                imports: ['import { b } from "./b";'],
                changes: [
                    { find: "one\ntwo\n", become: "one\n2\n" },
                    { find: "three\n", become: "three\n3\n" },
                ],
            },
        ]);
    });

    it("change their lines and no others", () => {
        expect(patched("zero\none\ntwo\nthree\nfour\n")).toBe("zero\none\n2\nthree\n3\nfour\n");
    });

    it.each([
        ["are gone", "one\n2\nthree\n", "not in kernel/a.ts:\none\ntwo"],
        ["occur twice", "one\ntwo\nthree\none\ntwo\n", "more than once in kernel/a.ts:\none\ntwo"],
        ["are parts of lines", "one\ntwo\nthree three\n", "not in kernel/a.ts:\nthree"],
    ])("fail when their lines %s", (_, source, message) => {
        expect(() => patched(source)).toThrow(message);
    });

    it("apply to the sources of the kernel, each of them", () => {
        for (const text of texts) {
            for (const patch of parsePatches(text)) {
                const source = readFileSync(join(packageRoot(), patch.file), "utf8");
                expect(applyPatch(source, patch, patch.file)).not.toBe(source);
            }
        }
    });

    it("plant every mutant, and none that has no number", () => {
        const planted = new Set(
            texts.flatMap((text) => [...text.matchAll(/Mutant\.on\((\w+)\)/g)].map(([, name]) => name)),
        );
        expect([...planted].sort()).toEqual([policy, observed, rules].flatMap(Object.keys).sort());
    });

    it("no two mutants have one number", () => {
        const numbers = [policy, observed, rules].flatMap((group) => Object.values(group));
        expect(new Set(numbers).size).toBe(numbers.length);
    });

    it("the kernel's own text knows nothing of them", () => {
        const sources = readdirSync(join(packageRoot(), "kernel"), { recursive: true, encoding: "utf8" });
        const text = sources.filter((file) => file.endsWith(".ts") && !file.startsWith("mutants/"));
        expect(
            text.filter((file) =>
                /\bMUTANT_|\bMutant\b/.test(readFileSync(join(packageRoot(), "kernel", file), "utf8")),
            ),
        ).toEqual([]);
    });
});
