/**
 * What documents and comments refer to: links, paths, rules, sections, decisions. `unresolved` lists those that lead nowhere, and mentions of
 * documents that are not in the repository. docs/style.md, "References" has the forms.
 */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative, sep } from "node:path";
import { packageRoot } from "../package-root.ts";

const FOLDERS = ["docs", "emu", "toolchain", "boot", "kernel", "userland", "configs", "experiments", "test", "bench"];
const DOCUMENT_FOLDERS = ["", "docs", "docs/spec", "docs/adr", "docs/lives"];
/** Names that stand for any, in paths that are examples. */
const PLACEHOLDER = /NAME|YOURS|FILE|HASH/;
/** Names of benchmarks that look like paths. */
const BENCHMARKS: ReadonlySet<string> = new Set(["boot/default"]);
/** Documents that only their authors have; no reader can look them up. */
const FOREIGN = /\b(?:DESIGN|STYLE) \d+(?:\.\d+)*|\bHOUSE(?:\.md)?\b|\b[Ii]ssue \d+/g;

/** A file's text as far as it is read for references. */
export interface Text {
    /** From the root, with forward slashes. */
    readonly path: string;
    /** A document: all of it. A source: its comments, one sentence a line wherever the comment breaks its lines. */
    readonly words: string;
    /** The whole file. */
    readonly whole: string;
}

/** The repository's files, and the documents that have been read for their headings and rules. */
export class References {
    readonly #paths: ReadonlySet<string>;
    readonly #headings = new Map<string, readonly string[]>();
    readonly #rules = new Map<string, ReadonlySet<string>>();
    readonly texts: readonly Text[];

    constructor() {
        const root = packageRoot();
        const files = [...filesOf(root, false), ...FOLDERS.flatMap((folder) => filesOf(join(root, folder), true))];
        const names = files.map((file) => relative(root, file).split(sep).join("/"));
        this.#paths = new Set(names.flatMap((name) => [name, ...parents(name)]));
        this.texts = names.filter((name) => /\.(?:md|ts|mjs|S|c|h|ld)$/.test(name)).map((name) => readText(root, name));
    }

    /** Every reference of `text` that leads nowhere, as "FILE: what is wrong with it". */
    unresolved(text: Text): string[] {
        const found = [
            ...(text.path.endsWith(".md") ? this.#links(text) : []),
            ...this.#places(text),
            ...this.#documents(text),
            ...this.#decisions(text),
            ...this.#sections(text),
            ...this.#numbers(text),
            ...[...text.whole.matchAll(FOREIGN)].map(([mention]) => `${mention} is not in the repository`),
        ];
        return found.map((problem) => `${text.path}: ${problem}`);
    }

    /** [words](target#anchor). */
    #links({ path, words }: Text): string[] {
        return [...words.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = ""]) => {
            if (/^https?:/.test(target)) return [];
            const [file = "", anchor] = target.split("#");
            const found =
                file === ""
                    ? path
                    : normalize(join(dirname(path), file))
                          .split(sep)
                          .join("/");
            if (!this.#paths.has(found)) return [`links to ${target}, which is not there`];
            if (anchor === undefined || this.#headingsOf(found).some((title) => slug(title) === anchor)) return [];
            return [`links to ${target}, a heading that is not there`];
        });
    }

    /** As boot/dev/check.ts, kernel/abi, emu/state/*-layout.ts, kernel/mm/kcm/kcm_free (a function of a file). */
    #places({ path, words }: Text): string[] {
        const pattern = new RegExp(`(?<![\\w./~-])(?:${FOLDERS.join("|")})/[\\w./*-]*[\\w*]`, "g");
        const named = [...words.matchAll(pattern)].map(([name]) => name);
        const isThere = (name: string) =>
            this.#isPlace(name) || (path.endsWith(".md") && this.#isPlace(`test/${name}`));
        return named
            .filter((name) => !BENCHMARKS.has(name) && !isThere(name))
            .map((name) => `names ${name}, which is not there`);
    }

    #isPlace(name: string): boolean {
        if (PLACEHOLDER.test(name)) return true;
        if (name.includes("*")) {
            const pattern = new RegExp(`^${name.replace(/[.]/g, "\\.").replace(/\*/g, "[^/]*")}$`);
            return [...this.#paths].some((path) => pattern.test(path));
        }
        return [name, `${name}.ts`, `${dirname(name)}.ts`].some((path) => this.#paths.has(path));
    }

    /** Documents, with a folder or without. */
    #documents({ path, words }: Text): string[] {
        const named = [...words.matchAll(/(?<![\w./-])(?:\.\.\/|[\w-]+\/)*[\w-]+\.md\b/g)].map(([name]) => name);
        const folders = [dirname(path), ...DOCUMENT_FOLDERS];
        const exists = (name: string) =>
            folders.some((folder) => this.#paths.has(normalize(join(folder, name)).split(sep).join("/")));
        return named.filter((name) => !exists(name)).map((name) => `names ${name}, which is not there`);
    }

    /** As adr/0007. */
    #decisions({ words }: Text): string[] {
        const named = [...words.matchAll(/\badr[/ ](\d+)/g)];
        return named
            .filter(([, number]) => ![...this.#paths].some((path) => path.startsWith(`docs/adr/${number}-`)))
            .map(([mention]) => `names ${mention}, which is no decision`);
    }

    /** A heading in quotation marks behind its document's path. */
    #sections({ words }: Text): string[] {
        return [...words.matchAll(/(docs\/[\w/-]+\.md|CONTRIBUTING\.md),? \(?"([^"]+)"/g)].flatMap(
            ([, file = "", title = ""]) => {
                if (!this.#paths.has(file) || this.#headingsOf(file).includes(title)) return [];
                return [`names "${title}" of ${file}, which has no such heading`];
            },
        );
    }

    /** As vmm-policy 5.9.1-5.9.3, 7.2; docs/spec/turns.md, section 4; files.md F3. */
    #numbers({ words }: Text): string[] {
        const one = "[FIS]?\\d+(?:\\.\\d+)*";
        const list = `${one}(?:(?:-|, | and | to |; )(?:section )?${one})*`;
        const pattern = new RegExp(
            `\\b(vmm-policy|sm-dsm|(?:turns|interface|files|signals)(?=\\.md))(?:\\.md)?(?:\\]\\([^)]*\\))?,? (?:(?:section|rule)s? )?(${list})(?![\\w%])`,
            "g",
        );
        return [...words.matchAll(pattern)].flatMap(([, document = "", numbers = ""]) => {
            const rules = this.#rulesOf(`docs/spec/${document}.md`);
            const named = numbers.match(new RegExp(one, "g")) ?? [];
            return named.filter((n) => !rules.has(n)).map((n) => `names ${document} ${n}, which is no rule`);
        });
    }

    #headingsOf(path: string): readonly string[] {
        const known = this.#headings.get(path);
        if (known !== undefined) return known;
        const text = readFileSync(join(packageRoot(), path), "utf8").replace(/^```[\s\S]*?^```/gm, "");
        const found = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => title);
        this.#headings.set(path, found);
        return found;
    }

    /** Numbers of rules, of their sections, and of the groups that a prefix names. */
    #rulesOf(path: string): ReadonlySet<string> {
        const known = this.#rules.get(path);
        if (known !== undefined) return known;
        const text = readFileSync(join(packageRoot(), path), "utf8");
        const rules = [...text.matchAll(/^(?:## |- )?([FIS]?\d+(?:\.\d+)*)\.?\s/gm)].map(([, number = ""]) => number);
        const all = new Set(rules.flatMap((rule) => [rule, rule.replace(/\.\d+$/, ""), rule.replace(/\..*$/, "")]));
        this.#rules.set(path, all);
        return all;
    }
}

function filesOf(folder: string, recursive: boolean): string[] {
    return readdirSync(folder, { recursive, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((file) => statSync(file, { throwIfNoEntry: false }) !== undefined);
}

function parents(path: string): string[] {
    const parts = path.split("/");
    return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join("/"));
}

function readText(root: string, path: string): Text {
    const whole = readFileSync(join(root, path), "utf8");
    return { path, whole, words: path.endsWith(".md") ? whole : commentsOf(whole, path) };
}

/** The comments of a source, each with its lines joined; strings that look like comments are none. */
export function commentsOf(text: string, path: string): string {
    const line = path.endsWith(".S") ? "#" : "\\/\\/";
    const strings = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`/.source;
    const tokens = new RegExp(`\\/\\*[\\s\\S]*?\\*\\/|(?:^[ \\t]*${line}[^\\n]*\\n?)+|${line}[^\\n]*|${strings}`, "gm");
    const comments = [...text.matchAll(tokens)]
        .map(([token]) => token)
        .filter((token) => /^\s*(?:\/[/*]|#)/.test(token));
    return comments.map((comment) => comment.replace(/\s*\n\s*(?:\*(?!\/)|\/\/|#)?\s*/g, " ")).join("\n");
}

/** The anchor that a heading gets. */
function slug(title: string): string {
    return title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replace(/ /g, "-");
}
