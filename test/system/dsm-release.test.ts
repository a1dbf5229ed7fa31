/** Release consistency as programs see it (sm-dsm.md 4): what it costs, by allocation and by config, and that it ends cleanly. */

import { describe, expect, it } from "vitest";
import { SWITCHES } from "../../configs/switches.ts";
import { DSM_DIFF, DSM_DROP } from "../../kernel/abi/dsm-action.ts";
import { PROBE_DSM } from "../../kernel/abi/event.ts";
import { DSM_BASE, PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { guest, guestOf } from "./harness/guest.ts";
import { framesKept, nothingLeft, type Outcome, programAt, reported, runConfig } from "./harness/run.ts";

const MACHINE = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB" };
const MANAGERS = SWITCHES.dsmManager.values;

async function run(program: object, kernel: object = {}, machine: object = {}): Promise<Outcome> {
    const programs = [{ nodes: 4, cluster: 0, ...program }];
    return runConfig({ machine: { ...MACHINE, ...machine }, kernel, programs }, { audit: "every", limit: 200_000_000 });
}

async function neighbours(how: string, kernel: object = {}): Promise<Outcome> {
    const outcome = await run({ path: "neighbours", args: [how, "6"] }, kernel);
    expect([outcome.end, outcome.message, programAt(outcome, 0).exit.code]).toEqual(["halted", "", 0]);
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    return outcome;
}

const costs = (outcome: Outcome) => programAt(outcome, 0).dsm ?? { writeFaults: 0, invalidations: 0 };
const actions = ({ records }: Outcome, action: number) =>
    records.filter(({ words }) => words[0] === PROBE_DSM && words[1] === action).length;

describe.each(MANAGERS)("under %s managers", (dsmManager) => {
    it("4.1, 4.4: sm_malloc_as decides for its pages, kernel.dsmConsistency for the others", async () => {
        const [packed, released, byConfig] = [
            await neighbours("packed", { dsmManager }),
            await neighbours("released", { dsmManager }),
            await neighbours("packed", { dsmManager, dsmConsistency: "release" }),
        ];
        expect(costs(packed).invalidations).toBeGreaterThan(20);
        for (const each of [released, byConfig]) expect(costs(each).invalidations).toBeLessThan(8);
    });

    it("4.5, 4.6, 4.8: diffs and drops are counted by cluster, and logged", async () => {
        const outcome = await neighbours("released", { dsmManager });
        const { clusters } = outcome.report;
        const sum = (key: "diffs" | "drops") => clusters.reduce((total, { dsm }) => total + dsm[key], 0);
        expect(sum("diffs")).toBeGreaterThanOrEqual(3 * 5);
        expect([sum("diffs"), sum("drops")]).toEqual([actions(outcome, DSM_DIFF), actions(outcome, DSM_DROP)]);
    });

    it.each([{}, { scheduler: "instruction", quantum: 70 }])(
        "4.2, 4.5: threads of every node in every cluster count under a lock (%j)",
        async (machine) => {
            const program = { path: guest("dsm"), args: ["locked_replicas"], nodes: 3 };
            const outcome = await run(program, { dsmManager, dsmConsistency: "release" }, machine);
            expect([outcome.end, outcome.message, programAt(outcome, 0).exit.code]).toEqual(["halted", "", 0]);
            expect(reported(programAt(outcome, 0)).total).toEqual([3 * 4 * 20]);
            expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
        },
    );

    it("4.2: all nodes count in one word under a lock", async () => {
        await neighbours("counter", { dsmManager, dsmConsistency: "release" });
    });
});

it("3.7: 256 nodes write one page at once: more requests than a FIFO holds, from nodes that must answer meanwhile", async () => {
    const machine = { mesh: [8, 8], hartsPerCluster: 4, bankSize: "8MiB" };
    const programs = [{ path: "neighbours", args: ["released", "1"], nodes: 256 }];
    const outcome = await runConfig({ machine, programs }, { limit: 500_000_000 });
    expect([outcome.end, outcome.message, programAt(outcome, 0).exit.code]).toEqual(["halted", "", 0]);
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
});

/** Every node writes its own words of one page under a lock of its own, for ever; node 0 exits with 3 after some rounds. */
const DYING = guestOf(
    "dying",
    `
    .macro sm number, a0=zero, a1=zero
    mv a0, \\a0
    mv a1, \\a1
    li a7, \\number
    ecall
    .endm
    .globl main
main:
    ld a0, 8(a1)
    lbu s3, (a0)
    addi s3, s3, -'0'
    slli s3, s3, 4
    la s0, counts
    addi t0, s0, 4
    sm SYS_SM_INIT, s0, t0
    lw s1, 4(s0)
    li s2, 0
    bnez s1, 1f
    li t0, 4096
    sm SYS_SM_MALLOC, t0
    mv s2, a0
1:  sm SYS_SM_BCAST, s2, zero
    slli t0, s1, 3
    add s2, a0, t0
round:
    sm SYS_SM_LOCK, s1
    ld t0, (s2)
    addi t0, t0, 1
    sd t0, (s2)
    sm SYS_SM_UNLOCK, s1
    bnez s1, round
    addi s3, s3, -1
    bgez s3, round
    li a0, 3
    j exit_group
    .data
    .balign 8
counts: .word 0, 0
`,
);

it("3.8: a node dies while others send it what they wrote", async () => {
    let diffs = 0;
    for (const rounds of [1, 2, 3, 4, 5, 6, 7, 8]) {
        const programs = [
            { path: DYING, args: [String(rounds)], nodes: 4, cluster: 0 },
            { path: "sort", cluster: 0 },
        ];
        const kernel = { dsmConsistency: "release", rpcJitter: rounds };
        const config = { machine: MACHINE, kernel, programs, seed: rounds };
        const outcome = await runConfig(config, { audit: "every", limit: 200_000_000 });
        expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
        expect([0, 1].map((i) => programAt(outcome, i).exit.code)).toEqual([3, 0]);
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
        diffs += actions(outcome, DSM_DIFF);
    }
    expect(diffs).toBeGreaterThan(10);
});

/** Calls sm_malloc_as(s0, s1) for pairs of a table, after sm_node_init, and reports the results. */
function allocations(pairs: readonly (readonly [size: number, consistency: number])[]): string {
    return guestOf(
        "malloc_as",
        `
    .globl main
main:
    la t0, counts
    mv a0, t0
    addi a1, t0, 4
    li a7, SYS_SM_INIT
    ecall
    la s0, table
next:
    ld a0, (s0)
    bltz a0, done
    ld a1, 8(s0)
    li a7, SYS_SM_MALLOC_AS
    ecall
    mv a1, a0
    la a0, result
    call report
    addi s0, s0, 16
    j next
done:
    li a0, 0
    j exit_group
    .data
    .balign 8
table:
${pairs.map(([size, consistency]) => `    .dword ${size}, ${consistency}`).join("\n")}
    .dword -1, 0
counts: .word 0, 0
result: .asciz "result"
`,
    );
}

it("4.1: a consistency there is none of is NULL, with a line that says so; the right ones share no page", async () => {
    const outcome = await run({
        path: allocations([
            [16, 2],
            [16, 4294967295],
            [16, 0],
            [16, 1],
            [16, 0],
            [16, 1],
            [0, 1],
        ]),
        nodes: 1,
    });
    expect(reported(programAt(outcome, 0)).result).toEqual([
        0,
        0,
        DSM_BASE,
        DSM_BASE + PAGE_SIZE,
        DSM_BASE + 16,
        DSM_BASE + PAGE_SIZE + 16,
        0,
    ]);
    expect(
        outcome.console.match(/sm_malloc_as: consistency \d+ is not SM_SEQUENTIAL \(0\) or SM_RELEASE \(1\)/g),
    ).toHaveLength(2);
});
