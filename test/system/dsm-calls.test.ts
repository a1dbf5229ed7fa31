/** The sm_* calls one by one (sm-dsm.md 2): sm_free, locks, conditions, and what each says to bad input. No case hangs. */

import { describe, expect, it } from "vitest";
import { SWITCHES } from "../../configs/switches.ts";
import { EDEADLK, EFAULT, EINVAL, EPERM } from "../../kernel/abi/errno.ts";
import { DSM_BASE } from "../../kernel/abi/memory-map.ts";
import { guest, guestOf } from "./harness/guest.ts";
import { framesKept, nothingLeft, type Outcome, programAt, reported, runConfig } from "./harness/run.ts";

const MANAGERS = SWITCHES.dsmManager.values;
const CONSISTENCIES = SWITCHES.dsmConsistency.values;
/** Each manager with each consistency. */
const PROTOCOLS = MANAGERS.flatMap((manager) => CONSISTENCIES.map((consistency) => [manager, consistency] as const));
const MACHINE = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB" };

interface Options {
    readonly nodes: number;
    readonly seed?: number;
    readonly dsmManager?: (typeof MANAGERS)[number];
    readonly dsmConsistency?: (typeof CONSISTENCIES)[number];
    readonly audit?: "every";
}

function run(what: string, options: Options): Promise<Outcome> {
    const { nodes, seed = 1, dsmManager = "central", dsmConsistency = "sequential", audit } = options;
    const programs = [{ path: guest("sm"), args: [what], nodes }];
    const config = { machine: MACHINE, kernel: { dsmManager, dsmConsistency }, programs, seed };
    return runConfig(config, { limit: 100_000_000, ...(audit ? { audit } : {}) });
}

async function runWell(what: string, options: Options): Promise<Outcome> {
    const outcome = await run(what, options);
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    expect(programAt(outcome, 0).exit).toEqual({ code: 0, signal: null });
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    return outcome;
}

const results = (outcome: Outcome) => reported(programAt(outcome, 0)).result ?? [];
/** What the kernel said about calls. */
const said = ({ console }: Outcome) =>
    console.split("\n").flatMap((line) => /process \S+ ?, node \d+: (sm_.*)$/.exec(line)?.[1] ?? []);

describe("2: bad input is an error code, and one clear line on the console where there is no other answer", () => {
    it("sm_* before sm_node_init", async () => {
        const outcome = await runWell("before_init", { nodes: 1 });
        expect(results(outcome)).toEqual([0, ...Array(9).fill(-EPERM)]);
        const calls = [
            "malloc",
            "barrier",
            "bcast",
            "free",
            "lock",
            "unlock",
            "cond_wait",
            "cond_signal",
            "stats",
            "node_exit",
        ];
        expect(said(outcome)).toEqual(calls.map((call) => `sm_${call}: sm_node_init comes first`));
    });

    it("sm_malloc of nothing and of more than the region is NULL", async () => {
        expect(results(await runWell("bad_malloc", { nodes: 2 }))).toEqual([0, 0, 0]);
    });

    it("sm_free of what is no request, of a part of one, and a second time", async () => {
        const outcome = await runWell("bad_free", { nodes: 1 });
        expect(results(outcome)).toEqual([...Array(7).fill(-EINVAL), 0, -EINVAL, 0, -EINVAL]);
        const lines = said(outcome);
        expect(lines).toHaveLength(9);
        expect(lines[1]).toBe("sm_free: 0x20000000 is not a block of sm_malloc, or was freed before");
    });

    it("sm_bcast with a root that is no node", async () => {
        const outcome = await runWell("bad_root", { nodes: 3 });
        expect(results(outcome)).toEqual([-EINVAL, -EINVAL]);
        expect(said(outcome)).toEqual(
            ["3", "-1", "3", "-1", "3", "-1"].map((root) => `sm_bcast: root ${root} is not a node (0 to 2)`),
        );
    });

    it("sm_unlock by another node, of a free lock, sm_lock of an own one, sm_cond_wait without the lock", async () => {
        const outcome = await runWell("bad_unlock", { nodes: 2 });
        expect(results(outcome)).toEqual([-EPERM, -EPERM, -EPERM, 0, -EDEADLK, 0]);
        expect(said(outcome)).toEqual([
            "sm_unlock: lock 5 is not the thread's",
            "sm_cond_wait: lock 5 is not the thread's",
            "sm_unlock: lock 6 is not the thread's",
            "sm_lock: lock 6 is the thread's already",
        ]);
    });

    it("execve by a node of several, whose pages the others need", async () => {
        const exec = `
    .globl main
main:
    la a0, name
    li a1, 0
    li a2, 0
    li a7, SYS_EXECVE
    ecall
    mv a1, a0
    la a0, result
    call report
    li a0, 0
    j exit_group
    .data
name: .asciz "hello"
result: .asciz "result"
`;
        const programs = [{ path: guestOf("node_exec", exec), nodes: 2 }, { path: "hello" }];
        const outcome = await runConfig({ machine: MACHINE, programs });
        expect([outcome.end, results(outcome)]).toEqual(["halted", [-EPERM, -EPERM]]);
    });

    it("sm_stats to a bad address", async () => {
        expect(results(await runWell("bad_stats", { nodes: 1 }))).toEqual([-EFAULT]);
    });
});

describe("2: nodes that can never meet end with a message that says who waits where", () => {
    it.each([1, 2, 3, 4])("unequal barriers (seed %i)", async (seed) => {
        const outcome = await run("extra_barrier", { nodes: 4, seed });
        expect([outcome.end, programAt(outcome, 0).exit.signal]).toEqual(["halted", "SIGABRT"]);
        const meets =
            /^(sm_barrier: never meets sm_node_exit|sm_node_exit: never meets sm_barrier), where these nodes wait:( \d)+$/;
        expect(said(outcome)).toEqual([expect.stringMatching(meets)]);
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    });

    it.each([1, 2, 3])("broadcasts of two roots (seed %i)", async (seed) => {
        const outcome = await run("two_roots", { nodes: 3, seed });
        expect([outcome.end, programAt(outcome, 0).exit.signal]).toEqual(["halted", "SIGABRT"]);
        expect(said(outcome)).toEqual([
            expect.stringMatching(/^sm_bcast: never meets sm_bcast, where these nodes wait:( \d)+$/),
        ]);
    });

    it("a barrier whose nodes wait for a lock of one that is there", async () => {
        const outcome = await run("lock_and_meet", { nodes: 3 });
        expect(outcome.end).toBe("deadlock");
        expect(outcome.message).toMatch(
            /; for each other wait of \S+ node 0 in sm_barrier \(main, .*\), nodes 1 2 in sm_lock\(3\) \(lock_and_meet.*\) held by node 0$/,
        );
    });

    it("conditions that nobody signals", async () => {
        const outcome = await run("never_signalled", { nodes: 2 });
        expect(outcome.end).toBe("deadlock");
        expect(outcome.message).toMatch(
            / node [01] in sm_cond_wait\([01]\)( \(.*\))?, node [01] in sm_cond_wait\([01]\)( \(.*\))?$/,
        );
    });
});

describe("2: sm_malloc and sm_free", () => {
    it("100 calls of sm_malloc(16) on one node take one page", async () => {
        const outcome = await runWell("hundred", { nodes: 1 });
        const addresses = results(outcome);
        expect(addresses).toEqual(Array.from({ length: 100 }, (_, i) => DSM_BASE + 16 * i));
    });

    it.each(PROTOCOLS)(
        "3.8: an access to a freed page is a segmentation fault (%s, %s)",
        async (dsmManager, dsmConsistency) => {
            const outcome = await run("freed", { nodes: 3, dsmManager, dsmConsistency, audit: "every" });
            expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
            expect(programAt(outcome, 0).exit.signal).toBe("SIGSEGV");
            expect(programAt(outcome, 0).fault).toMatchObject({ vaddr: BigInt(DSM_BASE), access: "read" });
            expect(programAt(outcome, 0).dsm).toMatchObject({ invalidations: 0 });
            expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
        },
    );

    it.each(PROTOCOLS)(
        "pages that were freed are handed out again, to whichever node (%s, %s)",
        async (dsmManager, dsmConsistency) => {
            for (const seed of [1, 2])
                await runWell("reuse", { nodes: 4, seed, dsmManager, dsmConsistency, audit: "every" });
        },
    );
});

describe("2: locks and conditions", () => {
    it.each(CONSISTENCIES)("who waits for a lock gets it in the order of coming (%s)", async (dsmConsistency) => {
        for (const seed of [1, 2]) await runWell("ordered", { nodes: 5, seed, dsmConsistency });
    });

    it.each(PROTOCOLS)(
        "a bounded buffer loses no item and takes none twice (%s, %s)",
        async (dsmManager, dsmConsistency) => {
            for (const [nodes, seed] of [
                [1, 1],
                [2, 2],
                [5, 3],
                [8, 4],
            ] as const) {
                const programs = [{ path: "buffer", args: ["10"], nodes }];
                const outcome = await runConfig(
                    { machine: MACHINE, kernel: { dsmManager, dsmConsistency }, programs, seed },
                    { audit: "every" },
                );
                expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
                expect(programAt(outcome, 0)).toMatchObject({
                    exit: { code: 0 },
                    output: expect.stringContaining("buffer: ok"),
                });
                expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
            }
        },
    );
});
