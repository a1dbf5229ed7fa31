/** The table of system calls (kernel/syscalls/table.ts): every number of kernel/abi/syscalls.ts has one row, and every row is registered. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../boot/package-root.ts";
import * as refusals from "../../kernel/abi/refusals.ts";
import * as abi from "../../kernel/abi/syscalls.ts";

const FOLDER = join(packageRoot(), "kernel", "syscalls");
const sources = readdirSync(FOLDER).map((file) => ({ file, text: readFileSync(join(FOLDER, file), "utf8") }));
const numbers = Object.entries(abi).filter(([name]) => name.startsWith("SYS_"));

/** The matches of a pattern's first group, from all sources. */
function all(pattern: RegExp): string[] {
    return sources.flatMap(({ text }) => [...text.matchAll(pattern)].map(([, found = ""]) => found)).sort();
}

describe("the table of system calls", () => {
    const registered = all(/^ {4}call_register\((\w+), \w+\);$/gm);

    it("has one row for every SYS_* number", () => {
        expect(registered).toEqual(numbers.map(([name]) => name).sort());
        expect(new Set(registered).size).toBe(registered.length);
    });

    it("no two calls have the same number, and each number is below the table's end", () => {
        expect(new Set(numbers.map(([, number]) => number)).size).toBe(numbers.length);
        const [rows = ""] = all(/^const CALLS: u32 = (\d+);$/gm);
        expect(Math.max(...numbers.map(([, number]) => number))).toBeLessThan(Number(rows));
        // memory.data takes a literal only.
        expect(all(/^const handlers: usize = memory\.data\((\d+) \* 2, 2\);$/gm)).toEqual([rows]);
    });

    it("refuses each request that a row says is refused, and no other", () => {
        const bodies = sources.map(({ text }) => text.replace(/^import [^;]*;$/gm, ""));
        const used = new Set(bodies.flatMap((body) => body.match(/\bREFUSED_\w+/g) ?? []));
        expect([...used].sort()).toEqual(Object.keys(refusals).sort());
    });

    it("is filled by every file that registers calls", () => {
        const fillers = sources.filter(({ file, text }) => file !== "table.ts" && text.includes("call_register("));
        const called = [
            ...(sources.find(({ file }) => file === "init.ts")?.text ?? "").matchAll(/^ {4}(\w+_calls)\(\);$/gm),
        ];
        expect(called.map(([, name]) => name).sort()).toEqual(all(/^export function (\w+_calls)\(/gm));
        expect(called.length).toBe(fillers.length);
    });
});
