/** The rules of waits (vmm-policy 5.9, 5.9.3-5.9.5) on the kernel's call graph, with what docs/waits.md says each wait needs. */

import { type Graph, LEVELS, type Reached, type Wait } from "./graph.ts";
import { heldAcross } from "./locks.ts";
import { callsOf, type SourceFunction, type Statement } from "./source.ts";

/** What must go on for a wait to end, the least first; servers of a level may wait for what stands before their own name. */
export const NEEDS = ["nothing", "end", "access", "leaf", "node", "manager", "reference", "process", "user"] as const;
export type Need = (typeof NEEDS)[number];

/** Contexts by the functions in which they begin; those of servers come from the level of their requests. */
const ENTRY_CONTEXTS: Readonly<Record<string, string>> = {
    "trap.ts trap_from_user": "user",
    "trap.ts user_thread_start": "user",
    "proc/rpc-servers.ts rpc_server": "idle server",
    "proc/reaper.ts reaper_main": "reaper",
    "init.ts init_main": "init",
    "main.ts kernel_main": "idle",
};
const KERNEL_THREADS: readonly string[] = ["reaper", "init", "idle", "idle server"];
const ORDER: readonly string[] = ["leaf", "node", "manager", "reference", "process", "user", ...KERNEL_THREADS];

/** A function for the running user thread only; `guard`: the one function of servers, too, that calls it, after it has looked. */
export interface UserOnly {
    readonly function: string;
    readonly guard: string | undefined;
    /** What the guard looks at. */
    readonly by: string;
}

export interface Context {
    readonly name: string;
    /** The operation, of a server's. */
    readonly op: string | undefined;
    readonly reached: Reached;
}

export function levelName(level: string): string {
    return level.replace("LEVEL_", "").toLowerCase();
}

/** Where a level, or what a wait needs, stands among NEEDS. */
function rank(name: string): number {
    return NEEDS.indexOf(name as Need);
}

/** Levels at which an operation is sent. */
export function levelsOf(graph: Graph, op: string): string[] {
    return [...new Set(graph.sends.filter((each) => each.op === op).map(({ level }) => level))].sort();
}

/** Everything that runs: each handler at each of its levels, and each kind of thread. */
export function contextsOf(graph: Graph, userOnly: readonly UserOnly[]): Context[] {
    const guards = new Set(userOnly.map((each) => `${each.guard} > ${each.function}`));
    const cut = (from: SourceFunction, to: SourceFunction) => guards.has(`${from.key} > ${to.key}`);
    const handlers = [...graph.handlers].flatMap(([op, handler]) => {
        const reached = graph.reach(handler, "request", cut);
        return levelsOf(graph, op).map((level) => ({ name: levelName(level), op, reached }));
    });
    const threads = Object.entries(ENTRY_CONTEXTS)
        .filter(([entry]) => graph.functions.has(entry))
        .map(([entry, name]) => {
            const reached = graph.reach(entry, "thread", name === "user" ? undefined : cut);
            return { name, op: undefined, reached };
        });
    return [...handlers, ...threads];
}

/** Contexts of each wait, in their order; "any" for what waits are made of (rpc_send ...), "parked" where only requests come. */
export function contextsOfWaits(graph: Graph, contexts: readonly Context[]): Map<string, string> {
    return new Map(
        [...graph.waits.values()].map(({ place, primitive }) => {
            const names = new Set(
                contexts
                    .filter(({ reached }) => reached.waits.some((each) => each.place === place))
                    .map(({ name }) => name),
            );
            const found = ORDER.filter((name) => names.has(name));
            const never = primitive === "vmm_wait" ? "parked" : "any";
            return [place, found.length === 0 ? never : found.join(", ")];
        }),
    );
}

/** Every breach of a rule, told in a line that names rule, place and way there. */
export function breaches(graph: Graph, userOnly: readonly UserOnly[], needs: ReadonlyMap<string, string>): string[] {
    const contexts = contextsOf(graph, userOnly);
    return [
        ...ofRequests(graph),
        ...contexts.flatMap((context) => ofServer(graph, context, needs)),
        ...contexts.flatMap((context) => ofUserOnly(context, userOnly)),
        ...ofUserWaits(graph, contexts, needs),
        ...heldAcross(graph, placesOf(needs, "nothing", "end")).map((each) => `5.9 no lock across a wait: ${each}`),
        ...userOnly.flatMap((each) => ofGuard(graph, each)),
        ...graph.entries
            .filter((each) => ENTRY_CONTEXTS[each] === undefined)
            .map((each) => `5.9 a thread of no known context: ${each}`),
    ].sort();
}

function placesOf(needs: ReadonlyMap<string, string>, ...values: readonly string[]): Set<string> {
    return new Set([...needs].filter(([, need]) => values.includes(need)).map(([place]) => place));
}

/** Each operation has one level, a handler and someone who sends it. */
function ofRequests(graph: Graph): string[] {
    const found: string[] = [];
    for (const op of graph.handlers.keys()) {
        const levels = levelsOf(graph, op);
        if (levels.length !== 1) found.push(`5.9 one level: ${op} is sent at ${levels.join(", ") || "none"}`);
    }
    for (const { op, level, from } of graph.sends) {
        if (!graph.handlers.has(op)) found.push(`5.9 one level: ${from} sends ${op}, which has no handler`);
        if (!LEVELS.some((each) => each === level)) found.push(`5.9 one level: ${from} sends ${op} at ${level}`);
    }
    return found;
}

/** A server sends to lower levels and waits for lower levels only; a leaf handler sends nothing and at most spins. */
function ofServer(graph: Graph, { name, op, reached }: Context, needs: ReadonlyMap<string, string>): string[] {
    if (op === undefined) return [];
    const level = rank(name);
    const found: string[] = [];
    for (const send of reached.sends) {
        if (rank(levelName(send.level)) < level || !send.awaited) continue;
        found.push(
            `5.9 lower levels only: ${op} (${name}) sends ${send.op} (${levelName(send.level)}) by ${reached.path(send.from)}`,
        );
    }
    for (const wait of reached.waits) {
        const need = needs.get(wait.place) ?? "user";
        const spins = wait.primitive === "pause" && rank(need) < rank("access");
        if (name === "leaf" ? spins : rank(need) < level) continue;
        found.push(
            `5.9.4 a server waits: ${op} (${name}) in ${wait.place}, which needs ${need}, by ${way(reached, wait)}`,
        );
    }
    return graph.handlers.has(op) ? found : [];
}

function way(reached: Reached, wait: Wait): string {
    return reached.path(wait.place.split(" ").slice(0, 2).join(" "));
}

/** Kind K4: what is written for the running user thread does not run in a server or a kernel thread. */
function ofUserOnly({ name, op, reached }: Context, userOnly: readonly UserOnly[]): string[] {
    if (name === "user") return [];
    return userOnly
        .filter((each) => reached.functions.has(each.function))
        .map(
            (each) =>
                `5.9.10 for user threads only: ${op ?? name} comes to ${each.function} by ${reached.path(each.function)}`,
        );
}

/** A wait for what a user's program does ends with a kill: sched_wait knows that of the reasons in BLOCKED_BY_USER. */
function ofUserWaits(graph: Graph, contexts: readonly Context[], needs: ReadonlyMap<string, string>): string[] {
    const found: string[] = [];
    for (const { place, reason } of graph.waits.values()) {
        const byUser = reason !== undefined && graph.ofUser.includes(reason);
        const need = needs.get(place);
        const names = contexts
            .filter(({ reached }) => reached.waits.some((each) => each.place === place))
            .map(({ name }) => name);
        const kernelOnly = names.every((name) => KERNEL_THREADS.includes(name));
        if (need === "user" && !byUser && !kernelOnly)
            found.push(`5.9.3 ends with a kill: ${place} is not in BLOCKED_BY_USER`);
        if (need !== "user" && byUser)
            found.push(`5.9.3 ends with a kill: ${place} needs ${need ?? "?"}, but is in BLOCKED_BY_USER`);
    }
    return found;
}

/** The guard asks whether it is the running thread's before it calls. */
function ofGuard(graph: Graph, { function: key, guard, by }: UserOnly): string[] {
    if (!graph.functions.has(key)) return [`5.9.10 for user threads only: there is no function ${key}`];
    if (guard === undefined) return [];
    const from = graph.functions.get(guard);
    const calls =
        from === undefined ? [] : [...callsOf(from.body)].filter((call) => graph.target(from, call.name)?.key === key);
    if (from !== undefined && calls.length > 0 && calls.length === guarded(graph, from, from.body, key, by)) return [];
    return [`5.9.10 for user threads only: ${guard} does not look at ${by} before ${key}`];
}

/** How many calls of `key` stand within a branch on `by`. */
function guarded(graph: Graph, from: SourceFunction, body: readonly Statement[], key: string, by: string): number {
    let count = 0;
    for (const statement of body) {
        if (statement.kind === "loop") count += guarded(graph, from, statement.body, key, by);
        if (statement.kind !== "branch") continue;
        if (statement.condition.includes(by)) {
            const calls = [...callsOf(statement.ways[0] ?? [])];
            count += calls.filter((call) => graph.target(from, call.name)?.key === key).length;
        } else for (const way_ of statement.ways) count += guarded(graph, from, way_, key, by);
    }
    return count;
}
