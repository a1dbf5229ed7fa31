/** Who manages DSM pages (sm-dsm.md 3.6): the same results and counts under each manager, and where their load is. */

import { describe, expect, it } from "vitest";
import { SWITCHES } from "../../configs/switches.ts";
import { DSM_WRITE_FAULT } from "../../kernel/abi/dsm-action.ts";
import { PROBE_DSM } from "../../kernel/abi/event.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { guest } from "./harness/guest.ts";
import { framesKept, nothingLeft, type Outcome, programAt, runConfig } from "./harness/run.ts";

const MANAGERS = SWITCHES.dsmManager.values;
type Manager = (typeof MANAGERS)[number];

interface Options {
    readonly args?: readonly string[];
    readonly nodes: number;
    readonly mesh?: readonly [number, number];
    readonly seed?: number;
    readonly audit?: "every";
}

async function run(dsmManager: Manager, path: string, options: Options): Promise<Outcome> {
    const { args = [], nodes, mesh = [2, 2], seed = 1, audit } = options;
    const machine = { mesh, hartsPerCluster: 2, bankSize: "4MiB" };
    const programs = [{ path, args, nodes }];
    const outcome = await runConfig({ machine, kernel: { dsmManager }, programs, seed }, audit ? { audit } : {});
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    expect(programAt(outcome, 0).exit).toEqual({ code: 0, signal: null });
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    return outcome;
}

describe.each(MANAGERS)("3.6: under %s managers", (manager) => {
    it.each([2, 5, 8])("3.5: share on %i nodes has the same counts", async (nodes) => {
        const outcome = await run(manager, "share", { nodes, seed: nodes });
        const expected = { readFaults: 2 * (nodes - 1), writeFaults: 1, invalidations: 1, revocations: 2 };
        expect(programAt(outcome, 0).dsm).toEqual(expected);
    });

    it.each(["counter", "replicas", "barriers", "broadcasts", "small_requests"])(
        "all invariants hold while nodes %s",
        async (what) => {
            for (const seed of [1, 2, 3])
                await run(manager, guest("dsm"), { args: [what], nodes: 5, seed, audit: "every" });
        },
    );

    it.each([[1, 1] as const, [3, 1] as const, [4, 2] as const])(
        "matmul checks its result on a mesh of %j",
        async (...mesh) => {
            await run(manager, "matmul", { args: ["32"], nodes: Math.min(mesh[0] * mesh[1] * 2, 7), mesh });
        },
    );

    it.each(["segfault", "die_faulting"])("3.8: a node that dies ends its group (%s)", async (what) => {
        const machine = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB" };
        for (const seed of [1, 2, 3]) {
            const programs = [{ path: guest("dsm"), args: [what], nodes: 6 }];
            const outcome = await runConfig(
                { machine, kernel: { dsmManager: manager }, programs, seed },
                { audit: "every" },
            );
            expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
            expect(programAt(outcome, 0).exit.signal).toBe("SIGSEGV");
            expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
        }
    });
});

describe("3.6: where the faults are served", () => {
    const managed = (outcome: Outcome) => outcome.report.clusters.map(({ dsm }) => dsm.managed);
    const faults = (outcome: Outcome) => {
        const { readFaults = 0, writeFaults = 0 } = programAt(outcome, 0).dsm ?? {};
        return readFaults + writeFaults;
    };
    /** Pages and nodes of the read and write faults. */
    const served = (outcome: Outcome) =>
        outcome.records.flatMap(({ hart, words: [event, action = -1, address = 0, , from = 0] }) => {
            if (event !== PROBE_DSM || action > DSM_WRITE_FAULT) return [];
            return [{ cluster: Math.floor(hart / 2), vpn: Math.floor(address / PAGE_SIZE), owner: from }];
        });

    it.each(MANAGERS)("%s: the clusters' loads sum up to the faults", async (manager) => {
        const outcome = await run(manager, "matmul", { args: ["32"], nodes: 4 });
        expect(faults(outcome)).toBeGreaterThan(0);
        expect(managed(outcome).reduce((sum, load) => sum + load, 0)).toBe(faults(outcome));
    });

    it("central: node 0's cluster serves all", async () => {
        const outcome = await run("central", "matmul", { args: ["32"], nodes: 4 });
        expect(managed(outcome)).toEqual([faults(outcome), 0, 0, 0]);
    });

    it("fixed: the cluster of node VPN mod n serves the page", async () => {
        const outcome = await run("fixed", "matmul", { args: ["32"], nodes: 4 });
        expect(served(outcome).length).toBe(faults(outcome));
        for (const { cluster, vpn } of served(outcome)) expect(cluster).toBe(vpn % 4);
        expect(managed(outcome).filter((load) => load > 0).length).toBeGreaterThan(2);
    });

    it("dynamic: the owner's cluster serves the page", async () => {
        const outcome = await run("dynamic", guest("dsm"), { args: ["counter"], nodes: 4 });
        expect(served(outcome).length).toBe(faults(outcome));
        for (const { cluster, owner } of served(outcome)) expect(cluster).toBe(owner);
        expect(managed(outcome).filter((load) => load > 0).length).toBeGreaterThan(2);
    });
});
