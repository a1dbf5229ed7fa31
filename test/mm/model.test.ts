/**
 * The order of steps that keeps VSL, GPT, TLB and frames together (vmm-policy 4, 5.9, 6.3, 6.4, 7.1-7.3, 7.5), checked exhaustively: every
 * interleaving of the model's threads, to the end. A step left out, or made in another order, is found.
 */

import { describe, expect, it } from "vitest";
import type { Change } from "./changes.ts";
import { exploreAll } from "./exploration.ts";
import { Model, type ModelOptions } from "./model.ts";
import { LARGE, SMALL, sizeName } from "./sizes.ts";

const NIGHTLY = process.env["ARCHIPEL_NIGHTLY"] !== undefined;
const HOUR_MS = 3_600_000;

describe("I1 to I12, no use of what is freed, no wait without an end", () => {
    it.each((NIGHTLY ? [...SMALL, ...LARGE] : SMALL).map((size) => [sizeName(size), size] as const))(
        "5.9: %s",
        { timeout: 2 * HOUR_MS },
        (_, size) => {
            const { states, quiet } = exploreAll(new Model(size));
            expect(quiet).toBeGreaterThan(1);
            expect(states).toBeGreaterThan(quiet);
        },
    );
});

const TWO: ModelOptions = { threads: [0, 1], kinds: ["heap"], operations: [] };
const MAP: ModelOptions = { ...TWO, operations: ["munmap", "mmap"] };
const PROTECT: ModelOptions = { ...TWO, operations: ["protect"] };
const FORK: ModelOptions = { ...TWO, operations: ["fork"] };
const ATTACH: ModelOptions = { ...PROTECT, kinds: ["data"], detached: [1] };
const PAGES: ModelOptions = { ...TWO, kinds: ["heap", "heap"] };
const RANGES: ModelOptions = { ...MAP, kinds: ["heap", "heap"], longest: 2 };
const STACKS: ModelOptions = { threads: [0, 1, 1], kinds: ["stack"], operations: ["life"] };
const CODE: ModelOptions = { ...TWO, kinds: ["code"] };

describe("what is made at once with another step makes no difference", () => {
    it.each([TWO, MAP, FORK, ATTACH, STACKS, { ...CODE, operations: ["life"], detached: [1] }] as const)(
        "5.9: step by step the same states at rest are reached: %j",
        (options) => {
            const few = exploreAll(new Model(options));
            const all = exploreAll(new Model({ ...options, single: true }));
            expect(few.states).toBeLessThan(all.states);
            expect(new Set(few.atRest())).toEqual(new Set(all.atRest()));
        },
    );
});

/** What is left out or done otherwise, what is then found, and where that shows. */
const FOUND: Readonly<Record<Change, readonly [found: RegExp, size: ModelOptions]>> = {
    "no epoch": [/^I9/, MAP],
    "no epoch bump": [/^I9/, MAP],
    "answer before Z has the entry": [/^I7/, TWO],
    "sharer after the reply": [/^I9/, PROTECT],
    "freed before the acknowledgements": [/^I10/, MAP],
    "no busy mark": [/^I6/, TWO],
    "no wait for faults": [/^5.9.2: a vseg goes that a fault uses/, MAP],
    "end of a freeze by a server": [/^5.9.5: the end of a freeze needs a server/, FORK],
    "no parking": [/^5.9.4: a server waits for a state that outlives a request/, PROTECT],
    "the end of a change wakes nobody": [/^wait without end/, PROTECT],
    "the end of a fault wakes nobody": [/^wait without end/, TWO],
    "Z before the sharers": [/^I7/, PROTECT],
    "no mark of a removal": [/^I7/, FORK],
    "no shootdown": [/^I10/, PROTECT],
    "two changes at once": [/^I3/, PROTECT],
    "vseg gone before its sharers": [/^I9/, MAP],
    "a fork leaves the sharers W": [/^I7/, FORK],
    "a fork leaves Z W": [/^7.2: .* a child must find it/, FORK],
    "registered during a change": [/^I9/, MAP],
    "no look at the vseg after a wait": [/^5.9.2: .* a vseg that is not there/, MAP],
    "attached without an epoch": [/^I9/, ATTACH],
    "attached during a change": [/^I9/, ATTACH],
    "fork counts no owner": [/^I10/, FORK],
    "taken before it is frozen": [/^7.2: .* a child must find it/, FORK],
    "Z answers with its own STACK": [/^(I1|I8|5.9.2)/, STACKS],
    "attached without CODE": [/^I1/, { ...CODE, detached: [1] }],
    "a thread runs before its STACK is registered": [/^I1/, STACKS],
    "attached with the HEAP": [/^I2/, { ...TWO, detached: [1] }],
    "a change forgets what is not its own": [/^I3/, RANGES],
    "Z keeps what it has unmapped": [/^I3/, MAP],
    "a STACK ends with its frames kept": [/^I4/, STACKS],
    "another page comes, too": [/^I5/, PAGES],
    "munmap keeps the frames": [/^I6/, MAP],
    "K allocates": [/^I8/, MAP],
    "a slot is free before its STACK is gone": [/^I8/, STACKS],
    "a cut loses the sharers": [/^5.9: .* is of no sharer/, RANGES],
    "rights lost on attach": [/^I9/, ATTACH],
    "a STACK is freed before its TLB is empty": [/^I10/, STACKS],
    "the old frame is freed before the sharers have let it go": [/^5.4: .* is an old copy/, FORK],
    "CODE is copied before Z has filled it": [/^I11/, CODE],
    "CODE is mapped without a copy": [/^I12/, CODE],
    "a STACK page lies in Z": [/^I12/, STACKS],
};

describe("5.9: what if?", () => {
    it.each(Object.entries(FOUND).map(([change, [found, size]]) => [change, found, size] as const))(
        "5.9: %s: the model finds it",
        (change, found, size) => {
            expect(() => exploreAll(new Model({ ...size, changes: [change as Change] }))).toThrow(found);
        },
    );

    it("4: each of I1 to I12 finds at least one of them", () => {
        const names = new Set(Object.values(FOUND).map(([found]) => /^\^(I\d+)$/.exec(found.source)?.[1]));
        for (let i = 1; i <= 12; i++) expect(names).toContain(`I${i}`);
    });
});
