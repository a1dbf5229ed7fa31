/** No lock is held across a request or a wait (vmm-policy 5.9): each function is walked with "a lock is held" or not. */

import type { Graph } from "./graph.ts";
import { type Call, callsOf, type SourceFunction, type Statement } from "./source.ts";

/** vmm_wait gives the lock back before it waits. */
const TAKES = /^(lock_acquire|\w+_lock)$/;
const GIVES = /^(lock_release|\w+_unlock|vmm_wait)$/;

/** Calls under a lock that come to what waits, told as "function: call". `harmless` are places that wait for nothing a lock could keep. */
export function heldAcross(graph: Graph, harmless: ReadonlySet<string>): string[] {
    const found = new Set<string>();
    for (const each of graph.functions.values()) {
        // Who waits for its caller gives the caller's lock back and takes it again.
        walk(each.body, false, (call) => {
            if (!givesBack(graph, each, call) && waits(graph, each, call, harmless))
                found.add(`${each.key}: ${call.name} under a lock`);
        });
    }
    return [...found].sort();
}

/** The first thing that the called function does with a lock is to give one back. */
function givesBack(graph: Graph, from: SourceFunction, call: Call): boolean {
    const body = graph.target(from, call.name)?.body ?? [];
    const first = [...callsOf(body)].find(({ name }) => TAKES.test(name) || GIVES.test(name));
    return first !== undefined && GIVES.test(first.name);
}

function waits(graph: Graph, from: SourceFunction, call: Call, harmless: ReadonlySet<string>): boolean {
    const to = graph.target(from, call.name);
    if (to === undefined || GIVES.test(call.name)) return false;
    if (["rpc_send", "rpc_ask", "rpc_yield", "sched_wait", "sched_yield", "sched_wait_until"].includes(call.name))
        return true;
    const reached = graph.reach(to.key, "thread");
    return reached.sends.length > 0 || reached.waits.some(({ place }) => !harmless.has(place));
}

/** States in which control comes to the end of statements, and to the break of the loop around them. */
interface Ends {
    readonly next: ReadonlySet<boolean>;
    readonly breaks: ReadonlySet<boolean>;
}

function walk(body: readonly Statement[], held: boolean, see: (call: Call) => void): Ends {
    let states = new Set([held]);
    const breaks = new Set<boolean>();
    for (const statement of body) {
        const after = new Set<boolean>();
        for (const state of states) {
            const ends = step(statement, state, see);
            for (const each of ends.next) after.add(each);
            for (const each of ends.breaks) breaks.add(each);
        }
        states = after;
    }
    return { next: states, breaks };
}

function step(statement: Statement, held: boolean, see: (call: Call) => void): Ends {
    const now = through(statement.calls, held, see);
    const none = new Set<boolean>();
    if (statement.kind === "plain") {
        if (statement.leaves === undefined) return { next: new Set([now]), breaks: none };
        return { next: none, breaks: statement.leaves === "break" ? new Set([now]) : none };
    }
    if (statement.kind === "branch") {
        const ends = statement.ways.map((way) => walk(way, now, see));
        return {
            next: new Set(ends.flatMap(({ next }) => [...next])),
            breaks: new Set(ends.flatMap(({ breaks }) => [...breaks])),
        };
    }
    const { next, breaks } = walk(statement.body, now, see);
    return { next: new Set([...(statement.endless ? [] : [now, ...next]), ...breaks]), breaks: none };
}

function through(calls: readonly Call[], held: boolean, see: (call: Call) => void): boolean {
    let now = held;
    for (const call of calls) {
        if (now) see(call);
        if (TAKES.test(call.name)) now = true;
        else if (GIVES.test(call.name)) now = false;
    }
    return now;
}
