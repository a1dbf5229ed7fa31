/**
 * What a memory model allows, told by axioms and not by buffers: some order of all accesses of all harts, which keeps the order that the
 * model says of each hart's own, and in which a load has the last store before it in that order or in its own program (RISC-V unprivileged
 * ISA, 17.1: the load value axiom). An atomic is one access.
 */

import { type Litmus, variablesOf } from "./litmus.ts";
import { type Access, parse } from "./litmus-notation.ts";

export type Model = "sc" | "tso" | "pso";

/** Every outcome, as observedOutcomes writes them. */
export function allowedOutcomes(litmus: Litmus, model: Model): Set<string> {
    const harts = litmus.harts.map(parse);
    const used = variablesOf(harts);
    const outcomes = new Set<string>();
    const seen = new Set<string>();
    const step = (placed: readonly number[], memory: readonly number[], results: readonly (number | undefined)[][]) => {
        const state = JSON.stringify([placed, memory, results]);
        if (seen.has(state)) return;
        seen.add(state);
        let ended = true;
        for (const [hart, accesses] of harts.entries()) {
            for (const [i, access] of accesses.entries()) {
                if (access.variable === undefined || isPlaced(placed, hart, i)) continue;
                ended = false;
                const waits = accesses.some(
                    (_, j) => j < i && !isPlaced(placed, hart, j) && isKept(accesses, j, i, model),
                );
                if (waits) continue;
                const { variable } = access;
                const own = accesses.findLast(
                    (a, j) => j < i && a.writes && a.variable === variable && !isPlaced(placed, hart, j),
                );
                const value = own?.value ?? memory[variable] ?? 0;
                const read = access.reads ? with_(results, hart, with_(results[hart] ?? [], i, value)) : results;
                const after = access.writes ? with_(memory, variable, access.value) : memory;
                step(with_(placed, hart, (placed[hart] ?? 0) | (1 << i)), after, read);
            }
        }
        if (ended)
            outcomes.add(
                textOf(
                    harts,
                    results,
                    used.map((variable) => memory[variable] ?? 0),
                ),
            );
    };
    step(
        harts.map(() => 0),
        [0, 0, 0],
        harts.map(() => []),
    );
    return outcomes;
}

function isPlaced(placed: readonly number[], hart: number, i: number): boolean {
    return (((placed[hart] ?? 0) >> i) & 1) === 1;
}

function with_<T>(list: readonly T[], at: number, value: T): T[] {
    const copy = [...list];
    copy[at] = value;
    return copy;
}

/** True when the model keeps the hart's access i before its later access j. */
function isKept(accesses: readonly Access[], i: number, j: number, model: Model): boolean {
    const [first, second] = [accesses[i] as Access, accesses[j] as Access];
    if (first.variable === undefined) return false;
    // Loads are in order with all that follows, and so are atomics, which load.
    if (model === "sc" || first.reads) return true;
    if (second.releases) return true;
    if (second.writes && (model === "tso" || first.variable === second.variable)) return true;
    const kinds = `${second.reads ? "r" : ""}${second.writes ? "w" : ""}`;
    const fences = accesses.slice(i + 1, j).filter(({ variable }) => variable === undefined);
    // What has drained for a load is before a store as well (memory-model.md 3.1).
    return fences.some(({ orders }) => orders.includes("wr") || [...kinds].some((kind) => orders.includes(`w${kind}`)));
}

function textOf(
    harts: readonly (readonly Access[])[],
    results: readonly (readonly (number | undefined)[])[],
    memory: readonly number[],
): string {
    const loads = harts.flatMap((accesses, hart) =>
        accesses.flatMap(({ reads }, i) => (reads ? [results[hart]?.[i] ?? 0] : [])),
    );
    return `${loads.join("")}/${memory.join("")}`;
}
