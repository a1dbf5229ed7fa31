/** The table of RPC operations (boot/abi/operations.ts), against docs/waits.md, which test/docs/waits.test.ts compares with the senders. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MOST_WORDS, operationConstant, operationRows, operationWords } from "../../../boot/abi/operations.ts";
import { packageRoot } from "../../../boot/package-root.ts";
import { readDocument } from "../../docs/waits/document.ts";

const ROWS = [...operationRows()];
const KERNEL = join(packageRoot(), "kernel");

/** The kernel's sources and the patches with its mutants, by path below kernel/. */
function kernelTexts(): [path: string, text: string][] {
    const paths = readdirSync(KERNEL, { recursive: true }).map(String);
    return paths
        .filter((path) => /\.(?:ts|patch)$/.test(path))
        .map((path) => [path, readFileSync(join(KERNEL, path), "utf8")]);
}

/** A request's word that a number names, as the second argument. */
const BARE_POSITION = /\brpc_(?:get|set)\(\s*\w+,\s*\d/;

describe("the operations of RPC", () => {
    it("5.9: each has a number of its own", () => {
        const numbers = ROWS.map(([, { number }]) => number);
        expect(numbers.filter((number, i) => numbers.indexOf(number) !== i)).toEqual([]);
    });

    it("5.9: each is in docs/waits.md, at the level of its row", () => {
        const { requests } = readDocument(readFileSync(join(packageRoot(), "docs", "waits.md"), "utf8"));
        const levels = [...requests].map(([name, [, level]]) => [name, level]).sort();
        expect(ROWS.map(([name, { level }]) => [name, level]).sort()).toEqual(levels);
    });

    it("fit into the words of a request", () => {
        const words = ROWS.flatMap(([name, { args, results }]) => [args, results].map((list) => [name, list] as const));
        const long = words.filter(([, list]) => typeof list !== "string" && list.length > MOST_WORDS);
        expect(long).toEqual([]);
    });

    it("that have the results of another one name one that has its own", () => {
        const rows = operationRows();
        const named = ROWS.flatMap(([, { results }]) => (typeof results === "string" ? [results] : []));
        const lost = named.filter((name) => !Array.isArray(rows.get(operationConstant(name))?.results));
        expect(lost).toEqual([]);
    });

    it("give no two words one name", () => {
        const names = [...operationWords().matchAll(/^export const (\w+)/gm)].map(([, name]) => name);
        expect(names.length).toBeGreaterThan(250);
        expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    });

    it("are served by handlers that name the words of a request", () => {
        expect(BARE_POSITION.test("rpc_set(\n    desc,\n    0,")).toBe(true);
        const bare = kernelTexts().filter(([, text]) => BARE_POSITION.test(text));
        expect(bare.map(([path]) => path)).toEqual([]);
    });
});
