/** Keeps the threads that wait for their DSM groups (the event smWait), to be named when the machine stands still (sm-dsm.md 2). */

import { SM_BARRIER, SM_BCAST, SM_EXIT, SM_LOCK } from "../../kernel/abi/sm-wait.ts";
import type { EventOf } from "../abi/events.ts";
import type { Handlers, Observer } from "./observer.ts";

interface Wait {
    readonly node: number;
    readonly leader: number;
    readonly thread: number;
    /** The operation that the thread waits in, as a line says it. */
    readonly text: string;
}

export class DsmWaits implements Observer {
    readonly on: Handlers = { exit: ({ pid }) => this.#forget(pid), smWait: (event) => this.#wait(event) };
    /** The waits, by pid and thread. */
    readonly #waits = new Map<string, Wait>();

    #wait({ pid, node, leader, reason, id, holder, thread }: EventOf<"smWait">): void {
        const key = `${pid} ${thread}`;
        if (reason === 0) this.#waits.delete(key);
        else this.#waits.set(key, { node, leader, thread, text: textOf(reason, id, holder) });
    }

    #forget(pid: number): void {
        for (const key of this.#waits.keys()) if (key.startsWith(`${pid} `)) this.#waits.delete(key);
    }

    /** One line; "" when no thread waits. `nameOf` names the program of a group by the pid of its node 0. */
    describe(nameOf: (leader: number) => string): string {
        const groups = groupBy([...this.#waits.values()], ({ leader }) => leader);
        return [...groups].map(([leader, waits]) => `of ${nameOf(leader)} ${places(waits)}`).join("; ");
    }
}

function textOf(reason: number, id: number, holder: number): string {
    switch (reason) {
        case SM_BARRIER:
            return "sm_barrier";
        case SM_BCAST:
            return `sm_bcast of root ${id}`;
        case SM_EXIT:
            return "sm_node_exit";
        case SM_LOCK:
            return `sm_lock(${id}) held by node ${holder}`;
        default:
            return `sm_cond_wait(${id})`;
    }
}

/** A line names so many nodes of a place and counts the others. */
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
