/** Where the kernel's sources name words of requests, as far as text tells it: what each function sets, sends, gets and serves. */

import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { packageRoot } from "../../../boot/package-root.ts";

const KERNEL = join(packageRoot(), "kernel");

/** The kernel's sources and the patches with its mutants, by path below kernel/. */
export function kernelTexts(): [path: string, text: string][] {
    const paths = readdirSync(KERNEL, { recursive: true }).map(String);
    return paths
        .filter((path) => /\.(?:ts|patch)$/.test(path))
        .map((path) => [path.split(sep).join("/"), readFileSync(join(KERNEL, path), "utf8")]);
}

interface NamedWords {
    /** "mm/hold.ts promise_end". */
    readonly key: string;
    /** Each operation that it sends, with the words that it sets before. */
    readonly sent: readonly { readonly op: string; readonly set: readonly string[] }[];
    /** Words that it sets and then sends nothing. */
    readonly answered: readonly string[];
    /** Words of its own request that it reads. */
    readonly got: readonly string[];
    /** Words of a request that it serves: the arguments that it reads, and the results that it sets. */
    readonly read: readonly string[];
    readonly written: readonly string[];
    /** All constants that it names. */
    readonly names: ReadonlySet<string>;
}

const STEP =
    /\.set\(\s*(?<set>[A-Z]\w*),|\.get\((?<got>[A-Z]\w*)\)|\bLEVEL_\w+,\s*(?<op>RPC_\w+)\)|\brpc_get\(\s*\w+,\s*(?<read>\w+)|\brpc_set\(\s*\w+,\s*(?<written>\w+)/g;

/** The functions of a source file; a member of a class is none. */
export function namedWords(path: string, source: string): NamedWords[] {
    const text = source.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "");
    const starts = [...text.matchAll(/^(?:export )?function (\w+)/gm)];
    return starts.map((start, i) => {
        const body = text.slice(start.index, starts[i + 1]?.index);
        const sent: { op: string; set: string[] }[] = [];
        const words = { got: [] as string[], read: [] as string[], written: [] as string[] };
        let set: string[] = [];
        for (const { groups = {} } of body.matchAll(STEP)) {
            if (groups["set"] !== undefined) set.push(groups["set"]);
            if (groups["op"] !== undefined) {
                sent.push({ op: groups["op"], set });
                set = [];
            }
            for (const each of ["got", "read", "written"] as const) {
                const word = groups[each];
                if (word !== undefined) words[each].push(word);
            }
        }
        const names = new Set(body.match(/\b[A-Z][A-Z0-9_]+\b/g));
        return { key: `${path} ${start[1]}`, sent, answered: set, ...words, names };
    });
}
