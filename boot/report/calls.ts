/** The text of nodes' sm_* calls: which nodes are in which call, and where the program makes it. */

import type { NodeCall, SourcePlace } from "./report.ts";

/** A line names so many nodes of a call and counts the others. */
const NAMED = 16;

/** " (main, a.c:5)" as far as it is known. */
export function placeText({ function: name, file, line }: SourcePlace): string {
    const place = file === null ? "" : `, ${file}${line === null ? "" : `:${line}`}`;
    return name === null ? "" : ` (${name}${place})`;
}

/** `more` is said behind the place. */
type SaidCall = Omit<NodeCall, "pc"> & { readonly more?: string };

/** `nodes 0 1 in sm_barrier (main, a.c:5), node 2 in sm_lock(3) (main, a.c:7) held by node 0`. */
export function callsText(calls: readonly SaidCall[]): string {
    const byText = new Map<string, number[]>();
    for (const call of [...calls].sort((a, b) => a.node - b.node)) {
        const text = `${call.call}${placeText(call)}${call.more ?? ""}`;
        byText.set(text, [...(byText.get(text) ?? []), call.node]);
    }
    return [...byText].map(([text, nodes]) => `${nodesText(nodes)} in ${text}`).join(", ");
}

function nodesText(all: readonly number[]): string {
    const nodes = [...new Set(all)];
    const more = nodes.length > NAMED ? ` and ${nodes.length - NAMED} more` : "";
    return `${nodes.length === 1 ? "node" : "nodes"} ${nodes.slice(0, NAMED).join(" ")}${more}`;
}
