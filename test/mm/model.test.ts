/**
 * The order of steps that keeps VSL, GPT, TLB and frames together (vmm-policy 4, 5.9, 7.1-7.3), checked exhaustively: every interleaving of
 * the model's threads. A step left out, or made in another order, is found.
 */

import { describe, expect, it } from "vitest";
import { explore } from "../dsm/explore.ts";
import { type Change, type ModelOptions, vmmSystem } from "./model.ts";

const NIGHTLY = process.env["ARCHIPEL_NIGHTLY"] !== undefined;

interface Size extends Partial<ModelOptions> {
    readonly events?: number;
    readonly clusters: number;
    readonly pages: number;
}

/** Seconds each. */
const SMALL: readonly Size[] = [
    { clusters: 2, pages: 1, operations: ["munmap", "mmap"] },
    { clusters: 2, pages: 1, operations: ["protect", "end"] },
    { clusters: 2, pages: 1, operations: ["fork"] },
    { clusters: 2, pages: 1, operations: ["protect"], detached: [1] },
    { clusters: 2, pages: 1, operations: ["protect"], servers: 1 },
    { clusters: 2, pages: 2, operations: [] },
    { clusters: 3, pages: 1, operations: [] },
];
/** Minutes, and hundreds of thousands of states; with `events` the states that so many steps lead to. */
const LARGE: readonly Size[] = [
    { clusters: 2, pages: 2, operations: ["munmap", "mmap"] },
    { clusters: 3, pages: 1, operations: ["munmap", "mmap"] },
    { clusters: 2, pages: 1, operations: ["munmap", "mmap", "protect", "fork", "end"], events: 24 },
    { clusters: 2, pages: 2, operations: ["protect"], events: 18 },
    { clusters: 2, pages: 2, operations: ["fork"], events: 18 },
    { clusters: 2, pages: 2, operations: ["protect"], detached: [1], events: 20 },
    { clusters: 3, pages: 1, operations: ["fork"], events: 18 },
    { clusters: 3, pages: 2, operations: ["munmap", "mmap", "protect", "fork"], events: 9 },
    { clusters: 3, pages: 1, operations: ["munmap"], detached: [1, 2], events: 20 },
];

const told = ({ clusters, pages, operations = [], detached, servers }: Size) =>
    `${clusters} clusters, ${pages} pages, ${operations.join(", ") || "faults only"}${detached ? ", attach" : ""}${servers ? `, ${servers} server` : ""}`;

describe("5.9: I1 to I12 as they apply, no use of what is freed, no wait without an end", () => {
    it.each((NIGHTLY ? [...SMALL, ...LARGE] : SMALL).map((size) => [told(size), size] as const))(
        "5.9: %s",
        { timeout: 3_600_000 },
        (_, size) => {
            const { states, quiet } = explore(vmmSystem({ operations: [], ...size }), size.events);
            expect(quiet).toBeGreaterThan(1);
            expect(states).toBeGreaterThan(quiet);
        },
    );
});

/** What is left out or done otherwise, with the operation that shows it, and what is then found. */
const FOUND: Readonly<Record<Change, readonly [found: RegExp, size: Omit<Size, "clusters" | "pages">]>> = {
    "no epoch": [/I9/, { operations: ["munmap", "mmap"] }],
    "no epoch bump": [/I9/, { operations: ["munmap", "mmap"] }],
    "answer before Z has the entry": [/I7/, {}],
    "sharer after the reply": [/I9/, { operations: ["protect"] }],
    "freed before the acknowledgements": [/I10/, { operations: ["munmap", "mmap"] }],
    "no busy mark": [/I7/, {}],
    "no wait for faults": [/a vseg goes that a fault uses/, { operations: ["munmap", "mmap"] }],
    "end of a freeze by a server": [/the end of a freeze needs a server/, { operations: ["fork"] }],
    "no parking": [/a server waits for a state that outlives a request/, { operations: ["protect"] }],
    "the end of a change wakes nobody": [/wait without end/, { operations: ["protect"] }],
    "the end of a fault wakes nobody": [/wait without end/, {}],
    "Z before the sharers": [/I7/, { operations: ["protect"] }],
    "no mark of a removal": [/I7/, { operations: ["fork"] }],
    "no shootdown": [/I10/, { operations: ["protect"] }],
    "two changes at once": [/I9/, { operations: ["protect"] }],
    "vseg gone before its sharers": [/I9/, { operations: ["munmap", "mmap"] }],
    "a fork leaves the sharers W": [/I7/, { operations: ["fork"] }],
    "a fork leaves Z W": [/writes what a child must find/, { operations: ["fork"] }],
    "registered during a change": [/I9/, { operations: ["munmap", "mmap"] }],
    "no look at the vseg after a wait": [/a vseg that is not there/, { operations: ["munmap", "mmap"] }],
    "attached without an epoch": [/I9/, { operations: ["protect"], detached: [1] }],
    "attached during a change": [/I9/, { operations: ["protect"], detached: [1] }],
    "fork counts no owner": [/I10/, { operations: ["fork"] }],
    "taken before it is frozen": [/writes what a child must find/, { operations: ["fork"] }],
};

describe("5.9: what if?", () => {
    it.each(Object.entries(FOUND).map(([change, [found, size]]) => [change, found, size] as const))(
        "5.9: %s: the model finds it",
        (change, found, size) => {
            const changed = { clusters: 2, pages: 1, operations: [], ...size, changes: [change as Change] };
            expect(() => explore(vmmSystem(changed))).toThrow(found);
        },
    );
});
