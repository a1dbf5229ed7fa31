/** docs/waits.md: its tables, read, and written anew with what the sources say in the columns that are theirs. */

import { operationRows } from "../../../boot/abi/operations.ts";
import { type Graph, LEVELS } from "./graph.ts";
import { type Context, contextsOf, contextsOfWaits, levelName, levelsOf, type UserOnly } from "./rules.ts";

export interface WaitsDocument {
    readonly text: string;
    /** Cells by what stands in the first one. */
    readonly waits: ReadonlyMap<string, readonly string[]>;
    readonly requests: ReadonlyMap<string, readonly string[]>;
    readonly userOnly: readonly UserOnly[];
    /** Breaches that are known, as rules.ts tells them. */
    readonly known: readonly string[];
}

const WAITS = "| where | for what | ended by | needs | contexts |";
const REQUESTS = "| operation | level | handler | sent by |";
const USER_ONLY = "| function | why | guarded in |";
const KNOWN = "| breach | what is to be done |";

export function readDocument(text: string): WaitsDocument {
    return {
        text,
        waits: new Map(rowsOf(text, WAITS).map((cells) => [cells[0] ?? "", cells])),
        requests: new Map(rowsOf(text, REQUESTS).map((cells) => [cells[0] ?? "", cells])),
        userOnly: rowsOf(text, USER_ONLY).map(([name = "", , guarded = ""]) => {
            const [guard = "", by = "this_thread"] = guarded.split(" by ");
            return { function: name, guard: guard === "" ? undefined : guard, by };
        }),
        known: rowsOf(text, KNOWN).map(([breach = ""]) => breach),
    };
}

/** What each wait needs, by its place. */
export function needsOf(document: WaitsDocument): Map<string, string> {
    return new Map([...document.waits].map(([place, cells]) => [place, cells[3] ?? ""]));
}

/** The level of each operation, both by their numbers. */
export function requestLevels(): Map<number, number> {
    const names: readonly string[] = LEVELS.map(levelName);
    return new Map([...operationRows().values()].map(({ number, level }) => [number, names.indexOf(level)]));
}

/** The rows under a head, as cells without the quotes of code. */
function rowsOf(text: string, head: string): string[][] {
    const lines = text.split("\n");
    const at = lines.indexOf(head);
    if (at < 0) return [];
    const rows: string[][] = [];
    for (const line of lines.slice(at + 2)) {
        if (!line.startsWith("|")) break;
        const cells = line.split("|").slice(1, -1);
        rows.push(cells.map((cell) => cell.trim().replaceAll("`", "")));
    }
    return rows;
}

/**
 * The document as it must be: a row for every wait and every operation, in the order of the sources. What a person writes is kept; a new
 * row has "?" there.
 */
export function writtenAnew(document: WaitsDocument, graph: Graph): string {
    const contexts = contextsOf(graph, document.userOnly);
    const waits = waitRows(document, graph, contexts);
    return replaced(replaced(document.text, WAITS, waits), REQUESTS, requestRows(graph));
}

function waitRows(document: WaitsDocument, graph: Graph, contexts: readonly Context[]): string[] {
    const where = contextsOfWaits(graph, contexts);
    return [...graph.waits.keys()].sort().map((place) => {
        const [, what = "?", by = "?", need = "?"] = document.waits.get(place) ?? [];
        return `| \`${place}\` | ${what} | ${by} | ${need} | ${where.get(place) ?? ""} |`;
    });
}

function requestRows(graph: Graph): string[] {
    return [...graph.handlers.keys()].sort().map((op) => {
        const handler = graph.handlers.get(op) ?? "";
        const senders = graph.sends.filter((each) => each.op === op).map(({ from }) => `\`${from}\``);
        return `| \`${op}\` | ${levelsOf(graph, op).map(levelName).join(", ")} | \`${handler}\` | ${senders.sort().join(", ")} |`;
    });
}

function replaced(text: string, head: string, rows: readonly string[]): string {
    const lines = text.split("\n");
    const first = lines.indexOf(head) + 2;
    if (first < 2) throw new Error(`docs/waits.md has no table ${head}`);
    let end = first;
    while (lines[end]?.startsWith("|") === true) end++;
    return [...lines.slice(0, first), ...rows, ...lines.slice(end)].join("\n");
}
