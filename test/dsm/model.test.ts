/** The page-grained DSM protocol, checked exhaustively (sm-dsm 3.3, 3.4): every order of events of 3 nodes and 2 pages. */

import { describe, expect, it } from "vitest";
import * as rows from "../../kernel/abi/dsm-table.ts";
import { Broken, explore } from "./explore.ts";
import { mrswSystem, TABLE } from "./model.ts";

const { DSM_COPY, DSM_GRANT_WRITE, DSM_INVALIDATE_OTHERS, DSM_KEEP, DSM_REVOKE_OWNER } = rows;

describe("3.3: many readers or one writer, no lost update, no deadlock, and always a way to rest", () => {
    it.each([
        [1, 1],
        [2, 1],
        [3, 1],
        [2, 2],
    ])("%i nodes, %i pages", (nodes, pages) => {
        const { states, quiet } = explore(mrswSystem(nodes, pages));
        expect(states).toBeGreaterThan(quiet);
        expect(quiet).toBeGreaterThan(0);
    });

    it("3 nodes, 2 pages: over 100,000 states, none bad", () => {
        expect(explore(mrswSystem(3, 2)).states).toBeGreaterThan(100_000);
    });
});

describe("3.4: the table", () => {
    it("has a row for what can be, and none for an owner without copy or a reader beside a writer", () => {
        const possible = [0, 1, 4, 5, 6, 7, 8, 9, 14, 15];
        expect(TABLE.map((actions, row) => (actions === 0 ? -1 : row)).filter((row) => row >= 0)).toEqual(possible);
    });

    it("3.4: a write to an absent page is one row, not a read and a write", () => {
        for (const row of [1, 9])
            expect((TABLE[row] ?? 0) & (DSM_COPY | DSM_GRANT_WRITE)).toBe(DSM_COPY | DSM_GRANT_WRITE);
    });

    /** What a row does, taken away or added, and is it then still a protocol? */
    it.each([
        ["a reader copies before the writer is revoked", 8, -DSM_REVOKE_OWNER],
        ["a reader gets no content", 0, -DSM_COPY],
        ["a reader may write", 0, DSM_GRANT_WRITE],
        ["a reader's first copy may be written", 8, DSM_GRANT_WRITE],
        ["a writer's others keep their copies (it has one)", 5, -DSM_INVALIDATE_OTHERS],
        ["the owner writes again beside its readers", 7, -DSM_INVALIDATE_OTHERS],
        ["a new writer's others keep their copies (it has none)", 1, -DSM_INVALIDATE_OTHERS],
        ["the old writer stays one", 9, -DSM_INVALIDATE_OTHERS],
        ["a new writer gets no content", 9, -DSM_COPY],
        ["who asks to write may only read", 5, -DSM_GRANT_WRITE],
        ["the owner's first touch loses its right", 15, -DSM_GRANT_WRITE],
        ["a writer's own copy is taken for lost", 7, DSM_COPY - DSM_KEEP],
    ])("%s: the model finds it (row %i)", (_, row, change) => {
        const table = TABLE.map((actions, i) => (i === row ? actions + change : actions));
        expect(() => explore(mrswSystem(3, 1, table))).toThrow(Broken);
    });
});
