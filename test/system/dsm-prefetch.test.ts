/** Prefetch of following pages (sm-dsm.md 3.9). */

import { describe, expect, it } from "vitest";
import { SWITCHES } from "../../configs/switches.ts";
import { DSM_PREFETCH } from "../../kernel/abi/dsm-action.ts";
import { PROBE_DSM } from "../../kernel/abi/event.ts";
import { guest } from "./harness/guest.ts";
import { framesKept, nothingLeft, type Outcome, programAt, runConfig } from "./harness/run.ts";

const MACHINE = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB" };
const MANAGERS = SWITCHES.dsmManager.values;

async function run(kernel: object, program: object, seed = 1, audit = false): Promise<Outcome> {
    const outcome = await runConfig(
        { machine: MACHINE, kernel, programs: [program], seed },
        audit ? { audit: "every" } : {},
    );
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    expect(programAt(outcome, 0).exit).toEqual({ code: 0, signal: null });
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    return outcome;
}

const prefetches = ({ records }: Outcome) =>
    records.filter(({ words }) => words[0] === PROBE_DSM && words[1] === DSM_PREFETCH).length;

describe.each(MANAGERS)("3.9: under %s managers", (dsmManager) => {
    it.each([
        [0, 16],
        [1, 8],
        [3, 4],
        [6, 3],
        [15, 1],
        [64, 1],
    ])(
        "16 pages read in order with %i pages ahead are %i read faults, and each page moves once",
        async (dsmPrefetch, faults) => {
            const program = { path: guest("sm"), args: ["sequential"], nodes: 2 };
            const outcome = await run({ dsmManager, dsmPrefetch }, program);
            const expected = { readFaults: faults, writeFaults: 0, invalidations: 0, revocations: 16 };
            expect(programAt(outcome, 0).dsm).toEqual(expected);
            expect(prefetches(outcome)).toBe(16 - faults);
        },
    );

    it.each(["counter", "replicas", "barriers"])("all invariants hold while nodes %s", async (what) => {
        await run({ dsmManager, dsmPrefetch: 4 }, { path: guest("dsm"), args: [what], nodes: 5 }, 2, true);
    });

    it("matmul is right with fewer faults, under --audit every", async () => {
        const program = { path: "matmul", args: ["48"], nodes: 4 };
        const plain = await run({ dsmManager }, program);
        const ahead = await run({ dsmManager, dsmPrefetch: 4 }, program, 1, true);
        const faults = (outcome: Outcome) => programAt(outcome, 0).dsm?.readFaults ?? 0;
        expect(faults(ahead)).toBeLessThan(faults(plain));
        expect(faults(ahead) + prefetches(ahead)).toBeGreaterThanOrEqual(faults(plain));
    });
});
