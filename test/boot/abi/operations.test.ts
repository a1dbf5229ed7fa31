/** The table of RPC operations (boot/abi/operations.ts), against docs/waits.md, which test/docs/waits.test.ts compares with the senders. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { constantName } from "../../../boot/abi/constant-name.ts";
import {
    MOST_WORDS,
    operationConstant,
    operationRows,
    operationWords,
    sharedWords,
} from "../../../boot/abi/operations.ts";
import { packageRoot } from "../../../boot/package-root.ts";
import { readDocument } from "../../docs/waits/document.ts";
import { kernelGraph } from "../../docs/waits/kernel.ts";
import { kernelTexts, namedWords } from "./requests.ts";

const ROWS = [...operationRows()];

/** A request's word that a number names, as the second argument. */
const BARE_POSITION = /\brpc_(?:get|set)\(\s*\w+,\s*\d|\.(?:get|set)\(\s*\d+\s*[,)]|\.(?:arg|word)[0-7]\b/;

interface Words {
    readonly args: readonly string[];
    readonly results: readonly string[];
}

/** The constants of an operation's words, by the constant of the operation. */
function wordsOf(op: string): Words {
    const row = operationRows().get(op);
    if (row === undefined) throw new Error(`there is no operation ${op}`);
    const { args, results } = row;
    const prefix = op.replace(/^RPC_/, "");
    return {
        args: constants(prefix, args),
        results: typeof results === "string" ? wordsOf(operationConstant(results)).results : constants(prefix, results),
    };
}

/** The constants of shared words; none for a name that has none. */
function sharedOf(name: string): Words {
    const { args = [], results = [] } = sharedWords().get(name) ?? {};
    const prefix = constantName(name);
    return { args: constants(prefix, args), results: constants(prefix, results) };
}

function constants(prefix: string, names: readonly string[]): string[] {
    return names.map((word) => `${prefix}_${constantName(word)}`);
}

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

    it("begin with the shared words that they name", () => {
        const words = sharedWords();
        const other = ROWS.filter(([, { begins = "", args, results }]) => {
            const shared = words.get(begins);
            if (shared === undefined) return begins !== "";
            return ![
                [shared.args, args],
                [shared.results, results],
            ].every(([first = [], all = []]) => [...first].every((word, i) => all[i] === word));
        });
        expect(other.map(([name]) => name)).toEqual([]);
        const used = new Set(ROWS.map(([, { begins }]) => begins));
        expect([...words.keys()].filter((name) => !used.has(name as never))).toEqual([]);
    });
});

describe("the words of requests in the kernel's sources", () => {
    const functions = kernelTexts().flatMap(([path, text]) => (path.endsWith(".ts") ? namedWords(path, text) : []));

    it("are told by names, never by positions", () => {
        const bare = [
            "rpc_set(\n    desc,\n    0,",
            "desc.set(3, pid);",
            "desc.get(0)",
            "desc.arg1 = vpn;",
            "desc.word7",
        ];
        expect(bare.filter((text) => !BARE_POSITION.test(text))).toEqual([]);
        const paths = kernelTexts().flatMap(([path, text]) => (BARE_POSITION.test(text) ? [path] : []));
        expect(paths).toEqual([]);
    });

    it("are read from a text", () => {
        const source =
            `function ask(): void { desc.set(HOLD_END_PID, a); desc.set(HOLD_END_VPN, b); // desc.set(FIRST, 0)
            rpc_send(0, LEVEL_LEAF, RPC_HOLD_END); desc.set(LAST, 0); desc.get(FREED); }
            export function serve(desc: xptr_t): void { rpc_set(desc, FOUND, <u32>rpc_get(desc, PID)); }`.replace(
                / {12}/g,
                "",
            );
        const [ask, serve] = namedWords("a.ts", source);
        expect(ask).toMatchObject({
            key: "a.ts ask",
            sent: [{ op: "RPC_HOLD_END", set: ["HOLD_END_PID", "HOLD_END_VPN"] }],
            answered: ["LAST"],
            got: ["FREED"],
        });
        expect(serve).toMatchObject({ key: "a.ts serve", read: ["PID"], written: ["FOUND"] });
    });

    it("before a request is sent are its arguments, each once and in their order", () => {
        const sends = functions.flatMap(({ key, sent }) =>
            sent.map(({ op, set }) => `${key} ${op}: ${set.join(", ")}`),
        );
        const right = functions.flatMap(({ key, sent }) =>
            sent.map(({ op }) => `${key} ${op}: ${wordsOf(op).args.join(", ")}`),
        );
        expect(sends).toEqual(right);
        const ops = new Set(functions.flatMap(({ sent }) => sent.map(({ op }) => op)));
        expect(ROWS.filter(([name]) => !ops.has(name)).map(([name]) => name)).toEqual([]);
    });

    it("that a sender reads are results of what it sends, and all others that a client sets are results", () => {
        const results = new Set(ROWS.flatMap(([name]) => wordsOf(name).results));
        const wrong = functions.flatMap(({ key, sent, got, answered }) => {
            const own = new Set(sent.flatMap(({ op }) => wordsOf(op).results));
            const foreign = got.filter((word) => !(sent.length === 0 ? results : own).has(word));
            return [...foreign, ...answered.filter((word) => !results.has(word))].map((word) => `${key}: ${word}`);
        });
        expect(wrong).toEqual([]);
    });

    it("that a handler names are its operation's own, or those that it begins with", () => {
        const { handlers } = kernelGraph();
        const byKey = new Map(functions.map((each) => [each.key, each]));
        const wrong = ROWS.flatMap(([op, { begins = "" }]) => {
            const { read = [], written = [] } = byKey.get(handlers.get(op) ?? "") ?? {};
            const args = [...wordsOf(op).args, ...sharedOf(begins).args];
            const results = [...wordsOf(op).results, ...sharedOf(begins).results];
            return [
                ...read.filter((word) => !args.includes(word)),
                ...written.filter((word) => !results.includes(word)),
            ].map((word) => `${op}: ${word}`);
        });
        expect(wrong).toEqual([]);
    });

    it("by shared names are reached by the handlers of all operations that begin with them, and of no others", () => {
        const graph = kernelGraph();
        const reached = new Map([...graph.handlers].map(([op, key]) => [op, graph.reach(key, "request").functions]));
        for (const name of sharedWords().keys()) {
            const { args, results } = sharedOf(name);
            const users = functions.filter(({ names }) => [...args, ...results].some((word) => names.has(word)));
            expect(users.length).toBeGreaterThan(0);
            const served = ROWS.filter(([op]) => users.some(({ key }) => reached.get(op)?.has(key)));
            const begun = ROWS.filter(([, { begins }]) => begins === name);
            expect(served.map(([op]) => op)).toEqual(begun.map(([op]) => op));
        }
    });
});
