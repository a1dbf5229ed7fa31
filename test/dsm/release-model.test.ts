/**
 * The protocol of release consistency, checked exhaustively (sm-dsm 4.3 to 4.6, 4.9). A node waits for one page at a time and holds none
 * meanwhile, and of a release or an acquire each step is about one page: so what happens to one of several pages is what could
 * happen to it alone, with pauses. All states of 3 nodes and one page therefore stand for any number of pages. That is checked, too: of
 * 3 nodes and 2 pages the orders of the first events are visited, and each page is always in a state that it has alone. Of 2 nodes
 * and 2 pages all states are visited (at night).
 */

import { describe, expect, it } from "vitest";
import * as rows from "../../kernel/abi/dsm-table.ts";
import { Broken, explore } from "./explore.ts";
import { type Bug, onePage, type ReleaseState, releaseSystem, TABLE } from "./release-model.ts";

const { DSM_COPY, DSM_GRANT_WRITE, DSM_INVALIDATE_OTHERS, DSM_KEEP, DSM_NOTE, DSM_REVOKE_OWNER, DSM_TWIN } = rows;
const NIGHT = process.env["ARCHIPEL_NIGHTLY"] !== undefined;

describe("4.2: who acquires sees what was released; 4.3: nobody beside a node alone; no deadlock, and always a way to rest", () => {
    it.each([
        [1, [0]],
        [2, [0]],
        [2, [1]],
    ])("%i nodes, a page of node 0's written by node %j", (nodes, writers) => {
        const { states, quiet } = explore(releaseSystem(nodes, writers));
        expect(states).toBeGreaterThan(quiet);
        expect(quiet).toBeGreaterThan(0);
    });

    const EVENTS = NIGHT ? 15 : 12;
    it(`3 nodes, 1 page; and 2 pages: for ${EVENTS} events each is as it could be alone`, () => {
        const alone = [0, 1].map((writer) => explore(releaseSystem(3, [writer])));
        for (const { states } of alone) expect(states).toBeGreaterThan(150_000);
        // Node 1 writes node 0's page, and its own.
        const two = releaseSystem(3, [1, 1]);
        const check = (state: ReleaseState) => {
            two.check(state);
            if (!alone[1]?.has(onePage(state, 0)) || !alone[0]?.has(onePage(state, 1)))
                throw new Broken(JSON.stringify(state));
        };
        expect(explore({ ...two, check }, EVENTS).states).toBeGreaterThan(40_000);
    });

    // Without atomics the asking node is never an owner whose page a third one has: the longest ways are theirs.
    it("4.9: with atomic accesses, 2 nodes; and 3 nodes for 13 events", () => {
        const system = (nodes: number, writer: number) => releaseSystem(nodes, [writer], TABLE, undefined, true);
        for (const writer of [0, 1]) {
            expect(explore(system(2, writer)).states).toBeGreaterThan(4_000);
            expect(explore(system(3, writer), NIGHT ? undefined : 13).states).toBeGreaterThan(20_000);
        }
    });

    it.runIf(NIGHT)("2 nodes, 2 pages", () => {
        expect(explore(releaseSystem(2, [0, 1])).states).toBeGreaterThan(400_000);
    });
});

describe("4.4: the table", () => {
    it("has a row for what can be", () => {
        const possible = [0, 1, 4, 5, 6, 7, 8, 9, 14, 15];
        const all = [...possible, ...possible.map((row) => row + rows.DSM_ALONE)];
        expect(TABLE.flatMap((actions, row) => (actions === 0 ? [] : [row]))).toEqual(all);
    });

    it("4.4: whoever writes beside others has a twin, or the reference copy", () => {
        for (const row of [1, 5, 9]) expect((TABLE[row] ?? 0) & DSM_TWIN).toBe(DSM_TWIN);
        expect((TABLE[7] ?? 0) & (DSM_TWIN | DSM_NOTE)).toBe(DSM_NOTE);
    });

    it.each([
        ["a reader copies before the one that has the page alone is revoked", 8, -DSM_REVOKE_OWNER],
        ["a writer copies before the one that has the page alone is revoked", 9, -DSM_REVOKE_OWNER],
        ["a reader gets no content", 0, -DSM_COPY],
        ["a writer gets no content", 1, -DSM_COPY],
        ["a writer beside others has no twin", 5, DSM_NOTE - DSM_TWIN],
        ["an absent writer beside others has no twin", 1, DSM_NOTE - DSM_TWIN],
        ["the owner's writes beside others are not noted", 7, DSM_GRANT_WRITE - DSM_NOTE],
        ["who takes the page keeps its own copy, which may be older", 21, DSM_KEEP - DSM_COPY],
        ["who takes the page leaves others their copies", 21, -DSM_INVALIDATE_OTHERS],
        ["who takes an absent page leaves others their copies", 17, -DSM_INVALIDATE_OTHERS],
        ["who takes the page from the one that has it alone leaves it there", 25, -DSM_INVALIDATE_OTHERS],
        ["who asks to write may only read", 5, -DSM_TWIN],
    ])("%s: the model finds it (row %i)", (_, row, change) => {
        const table = TABLE.map((actions, i) => (i === row ? actions + change : actions));
        expect(() => [0, 1].map((writer) => explore(releaseSystem(3, [writer], table)))).toThrow(Broken);
    });
});

describe("4.5, 4.6, 4.9: release, acquire, atomics", () => {
    it.each<[Bug, string]>([
        ["unsettled", "a release sends nothing"],
        ["unnoted", "a release posts no notice"],
        ["kept-right", "a release leaves the copy writable"],
        ["kept-copy", "an acquire gives up nothing"],
        ["stale", "a written copy that is taken away is not sent"],
        ["told-first", "a manager is told of a copy that is not given up yet"],
    ])("%s: the model finds that %s", (bug) => {
        expect(() => [0, 1].map((writer) => explore(releaseSystem(3, [writer], TABLE, bug)))).toThrow(Broken);
    });
});

describe("4.9: atomic accesses", () => {
    const withAtomics = (table: readonly number[], bug?: Bug) =>
        [0, 1].map((writer) => explore(releaseSystem(3, [writer], table, bug, true)));

    it.each<[Bug, string]>([
        ["unnoticed", "nobody is told what was written to a copy that is taken away before others' older ones"],
        ["unsent", "who takes a page has not sent what it wrote to its own copy"],
        ["shared", "an atomic access is granted a page that others have"],
    ])("%s: the model finds that %s", (bug) => {
        expect(() => withAtomics(TABLE, bug)).toThrow(Broken);
    });

    it("an owner that takes its page leaves others their copies: the model finds it (row 23)", () => {
        const table = TABLE.map((actions, i) => (i === 23 ? actions - DSM_INVALIDATE_OTHERS : actions));
        expect(() => withAtomics(table)).toThrow(Broken);
    });
});
