/** Who waits for its DSM group (PROBE_SM_WAIT), to be told when the machine stands still for it (sm-dsm.md 2). */

import * as probe from "../../kernel/abi/probe.ts";

interface Wait {
    readonly node: number;
    readonly leader: number;
    readonly thread: number;
    /** What it waits in, as a line says it. */
    readonly text: string;
}

const NOBODY = 2 ** 64;

export class DsmWaits {
    /** By pid and thread. */
    readonly #waits = new Map<string, Wait>();

    record(word: (i: number) => number): void {
        if (word(0) === probe.PROBE_EXIT) this.#forget(word(1));
        if (word(0) !== probe.PROBE_SM_WAIT) return;
        const [pid, node, leader, reason, id, holder, thread] = [1, 2, 3, 4, 5, 6, 7].map(word);
        const key = `${pid} ${thread}`;
        if (reason === 0) this.#waits.delete(key);
        else
            this.#waits.set(key, {
                node: node ?? 0,
                leader: leader ?? 0,
                thread: thread ?? 0,
                text: textOf(reason, id, holder),
            });
    }

    #forget(pid: number): void {
        for (const key of this.#waits.keys()) if (key.startsWith(`${pid} `)) this.#waits.delete(key);
    }

    /** One line, "" when nobody waits. `nameOf` names the program of a group by the pid of its node 0. */
    describe(nameOf: (leader: number) => string): string {
        const groups = groupBy([...this.#waits.values()], ({ leader }) => leader);
        return [...groups].map(([leader, waits]) => `of ${nameOf(leader)} ${places(waits)}`).join("; ");
    }
}

function textOf(reason = 0, id = 0, holder = NOBODY): string {
    switch (reason) {
        case probe.SM_BARRIER:
            return "sm_barrier";
        case probe.SM_BCAST:
            return `sm_bcast of root ${id}`;
        case probe.SM_EXIT:
            return "sm_node_exit";
        case probe.SM_LOCK:
            return `sm_lock(${id}) held by node ${holder}`;
        default:
            return `sm_cond_wait(${id})`;
    }
}

/** Nodes that a place names; the others are counted. */
const NAMED = 16;

function places(waits: readonly Wait[]): string {
    const byText = groupBy(
        [...waits].sort((a, b) => a.node - b.node),
        ({ text }) => text,
    );
    return [...byText].map(([text, there]) => `${nodesText(there)} in ${text}`).join(", ");
}

function nodesText(waits: readonly Wait[]): string {
    const nodes = [...new Set(waits.map(({ node }) => node))];
    const more = nodes.length > NAMED ? ` and ${nodes.length - NAMED} more` : "";
    return `${nodes.length === 1 ? "node" : "nodes"} ${nodes.slice(0, NAMED).join(" ")}${more}`;
}

function groupBy<K>(waits: readonly Wait[], keyOf: (wait: Wait) => K): Map<K, Wait[]> {
    const groups = new Map<K, Wait[]>();
    for (const wait of waits) groups.set(keyOf(wait), [...(groups.get(keyOf(wait)) ?? []), wait]);
    return groups;
}
