/** Visits every state that a model of a protocol can reach, whatever the order of events. */

export class Broken extends Error {}

/** New names of nodes and pages, by their old ones. */
export interface Names {
    readonly node: readonly number[];
    readonly page: readonly number[];
}

export interface System<State> {
    readonly initial: State;
    /** Every state that one event makes of this one. Throws Broken for what must never be. */
    successors(state: State): Iterable<State>;
    /** Of every state. Throws Broken. */
    check(state: State): void;
    /** All threads are idle and no message is under way. */
    isQuiet(state: State): boolean;
    /** The state, told under other names: nodes and pages are alike. */
    key(state: State, names: Names): string;
    readonly sizes: { readonly nodes: number; readonly pages: number };
}

export interface Exploration<State> {
    readonly states: number;
    /** States in which the system is at rest. */
    readonly quiet: number;
    /** True for a state that was visited, under whichever names. */
    has(state: State): boolean;
}

/**
 * Throws Broken for a bad state, for a deadlock, and for a state from which rest cannot be reached. With `events` only states that so
 * many events lead to are visited, and checked to be good.
 */
export function explore<State>(system: System<State>, events = Number.POSITIVE_INFINITY): Exploration<State> {
    const names = permutations(system.sizes.nodes).flatMap((node) =>
        permutations(system.sizes.pages).map((page) => ({ node, page })),
    );
    const ids = new Map<string, number>();
    let layer: { id: number; state: State }[] = [];
    const before: number[][] = [];
    const quiet: number[] = [];
    const visit = (state: State, from: number): void => {
        const key = canonical(system, state, names);
        const known = ids.get(key);
        if (known !== undefined) {
            before[known]?.push(from);
            return;
        }
        system.check(state);
        const id = ids.size;
        ids.set(key, id);
        before.push(from < 0 ? [] : [from]);
        if (system.isQuiet(state)) quiet.push(id);
        layer.push({ id, state });
    };
    visit(system.initial, -1);
    for (let depth = 0; depth < events && layer.length > 0; depth++) {
        const last = layer;
        layer = [];
        for (const { id, state } of last) {
            let any = false;
            for (const successor of system.successors(state)) {
                any = true;
                visit(successor, id);
            }
            if (!any) throw new Broken(`deadlock: ${JSON.stringify(state)}`);
        }
    }
    if (layer.length === 0) checkRest(before, quiet);
    const has = (state: State) => ids.has(canonical(system, state, names));
    return { states: ids.size, quiet: quiet.length, has };
}

/** From everywhere the system can come to rest: nobody waits for ever whatever has happened. */
function checkRest(before: readonly number[][], quiet: readonly number[]): void {
    const reaches = new Set(quiet);
    const left = [...quiet];
    for (let at = left.pop(); at !== undefined; at = left.pop()) {
        for (const from of before[at] ?? []) {
            if (reaches.has(from)) continue;
            reaches.add(from);
            left.push(from);
        }
    }
    if (reaches.size < before.length) throw new Broken(`no way to rest from ${before.length - reaches.size} states`);
}

function canonical<State>(system: System<State>, state: State, names: readonly Names[]): string {
    let least = "";
    for (const each of names) {
        const key = system.key(state, each);
        if (least === "" || key < least) least = key;
    }
    return least;
}

/** All orders of 0 .. n - 1. */
function permutations(n: number): number[][] {
    if (n === 0) return [[]];
    return permutations(n - 1).flatMap((rest) =>
        Array.from({ length: n }, (_, at) => [...rest.slice(0, at), n - 1, ...rest.slice(at)]),
    );
}
