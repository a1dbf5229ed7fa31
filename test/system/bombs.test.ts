/**
 * Programs that take all there is of one thing, from several clusters at once: each is refused in the end by the error that says so, a program beside
 * it is right, the kernel lives, and every frame comes back (vmm-policy 5.7, 5.9.8, 5.9.9, 7.4).
 */

import { describe, expect, it } from "vitest";
import { compiledGuest } from "./harness/guest.ts";
import { framesKept, nothingLeft, programAt, reported, runConfig } from "./harness/run.ts";

const path = await compiledGuest("bomb");
const [REFUSED, MANY] = [{ wrong: [0] }, { more_than_20: [1], wrong: [0] }];

/** What, its name, the lines it prints. */
const BOMBS = [
    { what: 0, name: "descriptors", lines: MANY, nodes: 1 },
    { what: 1, name: "mmaps", lines: MANY, nodes: 1 },
    { what: 2, name: "threads", lines: MANY, nodes: 1 },
    { what: 3, name: "futex waiters", lines: MANY, nodes: 1 },
    { what: 4, name: "forks", lines: REFUSED, nodes: 1 },
    { what: 6, name: "sm_locks", lines: {}, nodes: 2 },
];

const MACHINES = [
    { mesh: [3, 1], hartsPerCluster: 2, bankSize: "4MiB" },
    { mesh: [2, 1], hartsPerCluster: 1, bankSize: "4MiB", scheduler: "instruction" },
] as const;

describe.each(MACHINES.map((machine, index) => ({ machine, index })))("on machine $index", ({ machine, index }) => {
    it.each(BOMBS)("5.9.8, 5.9.9: a bomb of $name is refused, and leaves nothing", async ({ what, lines, nodes }) => {
        const outcome = await runConfig(
            {
                machine,
                kernel: { rpcJitter: 3 * index },
                programs: [
                    { path: "sort", args: ["2000"], threads: 2 },
                    { path, args: [String(what)], nodes },
                ],
                seed: 1 + index,
            },
            { audit: "end", limit: 1_000_000_000 },
        );
        expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
        expect(programAt(outcome, 0).output).toBe("sort: 2000 numbers, 2 threads\nsort: ok\n");
        expect([programAt(outcome, 1).exit.signal, reported(programAt(outcome, 1))]).toEqual([null, lines]);
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    });

    it("5.7: a process that fills all banks is killed or refused, and its pages serve the next program", async () => {
        const program = { path, args: ["5"] };
        const outcome = await runConfig({ machine, programs: [program, program] }, { audit: "end" });
        expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
        // One may be in the other's way: then it is that one's frame that is missing.
        const filled = [0, 1].map((i) => programAt(outcome, i)).filter(({ exit }) => exit.signal !== "SIGKILL");
        for (const each of filled) expect(reported(each)).toEqual({ killed_or_refused: [1] });
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    });
});
