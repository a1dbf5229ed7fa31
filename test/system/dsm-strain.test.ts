/**
 * What protocols of one page and one thread forget (sm-dsm 2, 3.4, 3.10, 4.6, 4.9): test/system/guest/strain.ts, under every manager, both
 * consistencies, both schedulers, delayed requests and several seeds. The auditor looks on in the shorter runs.
 */

import { describe, expect, it } from "vitest";
import { SWITCHES } from "../../configs/switches.ts";
import { compiledGuest, guestOf } from "./harness/guest.ts";
import { framesKept, nothingLeft, type Outcome, programAt, reported, runConfig } from "./harness/run.ts";

const NIGHTLY = process.env.ARCHIPEL_NIGHTLY !== undefined;
const MANAGERS = SWITCHES.dsmManager.values;
const CONSISTENCIES = SWITCHES.dsmConsistency.values;
const EVERY = MANAGERS.flatMap((dsmManager) => CONSISTENCIES.map((dsmConsistency) => ({ dsmManager, dsmConsistency })));

interface Setting {
    readonly nodes?: number;
    readonly machine?: object;
    readonly kernel?: object;
    readonly seed?: number;
    readonly audited?: boolean;
}

async function strain(args: readonly string[], setting: Setting): Promise<Outcome> {
    const { nodes = 2, machine = {}, kernel = {}, seed = 1, audited = false } = setting;
    const programs = [{ path: await compiledGuest("strain"), args, nodes, cluster: 0 }];
    const mesh = { mesh: [4, 1], hartsPerCluster: 2, bankSize: "4MiB", ...machine };
    const options = { limit: 300_000_000, ...(audited ? { audit: "every" as const } : {}) };
    const outcome = await runConfig({ machine: mesh, kernel, programs, seed }, options);
    const { exit, output } = programAt(outcome, 0);
    expect([outcome.end, outcome.message, exit.code, output]).toEqual(["halted", "", 0, ""]);
    expect(outcome.report.audit?.violation ?? null).toBeNull();
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    return outcome;
}

describe("3.4: who holds a promised page waits for nothing, so the page always comes free again", () => {
    const seeds = Array.from({ length: NIGHTLY ? 200 : 4 }, (_, i) => i + 1);
    const machine = { hartsPerCluster: 4, scheduler: "instruction" };

    it.each(seeds)("seed %i: threads of one cluster ask for a page that one of them was promised", async (seed) => {
        const kernel = EVERY[seed % EVERY.length] as object;
        await strain(["promises", "60"], { machine, seed, kernel });
        await strain(["promises", "60"], {
            machine: { hartsPerCluster: 4 },
            seed,
            kernel: { ...kernel, rpcJitter: 5 },
        });
    });

    it("under every manager and consistency the auditor finds nothing", async () => {
        for (const kernel of EVERY) await strain(["promises", "6"], { kernel, audited: true });
    });
});

it.each(MANAGERS)(
    "2: a node that ends its process while a thread of it waits in sm_node_exit waits, too: its pages are read (%s)",
    async (dsmManager) => {
        for (const seed of [1, 2, 3])
            await strain(["leave"], { kernel: { dsmManager, rpcJitter: 3 }, seed, audited: true });
    },
);

describe("3.10: accesses that lie over two pages end, and each part is right", () => {
    it.each(EVERY)("%o", async (kernel) => {
        for (const nodes of [2, 3, 5]) await strain(["across", "8"], { nodes, kernel, audited: nodes === 3 });
        const machine = { scheduler: "instruction" };
        await strain(["across", "8"], { nodes: 3, kernel: { ...kernel, rpcJitter: 4 }, machine, seed: 2 });
    });
});

describe("4.9: atomics of all threads of all nodes count, beside plain writes to the same page", () => {
    it.each(EVERY)("%o", async (kernel) => {
        for (const nodes of [2, 4]) await strain(["atomics", "20"], { nodes, kernel, audited: true });
        const seeds = NIGHTLY ? 50 : 2;
        for (let seed = 1; seed <= seeds; seed++) {
            const machine = { scheduler: "instruction" };
            await strain(["atomics", "10"], { nodes: 3, kernel: { ...kernel, rpcJitter: seed }, machine, seed });
        }
    });
});

describe("4.6: every notice is acted on, however many wait", () => {
    // A reading has room for 63, a posting for 128 (kernel/dsm/notices.ts): at the limit, one more, twice as many.
    it.each([63, 64, 126, 127, 128, 129, 256, 257])("%i pages", async (pages) => {
        const dsmManager = MANAGERS[pages % 3];
        const kernel = { dsmManager, dsmConsistency: "release" };
        await strain(["notices", String(pages)], { nodes: 2 + (pages % 2), kernel });
    });
});

/** clone into cluster 1 with the words for the thread's id in a page of the region. */
const CLONE = guestOf(
    "clone_dsm",
    `
    .globl main
main:
    la a0, counts
    addi a1, a0, 4
    li a7, SYS_SM_INIT
    ecall
    li a0, 4096
    li a7, SYS_SM_MALLOC
    ecall
    mv s0, a0
    li a0, 1
    li a7, SYS_PLACE_FORK
    ecall
    li a0, 0x1110f00            # a thread; PARENT_SETTID, CHILD_SETTID
    la a1, stack_end
    addi a2, s0, 8
    addi a4, s0, 16
    li a7, SYS_CLONE
    ecall
    bnez a0, 1f
    li a7, SYS_EXIT
    ecall
1:  mv s1, a0
    lw t0, 8(s0)
    sub a1, t0, s1
    la a0, parent
    call report
    lw t0, 16(s0)
    sub a1, t0, s1
    la a0, child
    call report
    srli a1, s1, 16
    la a0, cluster
    call report
    li a0, 0
    j exit_group
    .data
    .balign 8
counts: .word 0, 0
parent: .asciz "parent"
child: .asciz "child"
cluster: .asciz "cluster"
    .balign 16
stack: .zero 1024
stack_end:
`,
);

it("3.4: clone into another cluster writes the id into pages of the region: its maker does, never a server", async () => {
    for (const rpcJitter of [0, 4]) {
        const machine = { mesh: [2, 1], hartsPerCluster: 1, bankSize: "4MiB" };
        const outcome = await runConfig(
            { machine, kernel: { rpcJitter }, programs: [{ path: CLONE, cluster: 0 }] },
            { audit: "every" },
        );
        expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
        expect(reported(programAt(outcome, 0))).toEqual({ parent: [0], child: [0], cluster: [1] });
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    }
});
