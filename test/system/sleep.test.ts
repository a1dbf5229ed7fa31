/**
 * Sleeps and time-outs are events of the hart's timer (vmm-policy 5.9.6): equal and ordered deadlines of many threads on few harts, long sleeps that
 * cost no instructions, sleepers that are killed, waits that end before their deadline.
 */

import { describe, expect, it } from "vitest";
import { ETIMEDOUT } from "../../kernel/abi/errno.ts";
import { compiledGuest } from "./harness/guest.ts";
import { framesKept, nothingLeft, type Outcome, programAt, reported, runConfig } from "./harness/run.ts";

const [MANY, LONG, KILLED, WOKEN] = [0, 1, 2, 3];

/** Mesh, harts a cluster, scheduler. */
type MachineText = readonly [x: number, y: number, harts: number, scheduler: string];
const MACHINES: MachineText[] = [
    [1, 1, 1, "rounds"],
    [2, 1, 2, "rounds"],
    [2, 2, 1, "instruction"],
];

async function sleepers(what: number, [x, y, hartsPerCluster, scheduler]: MachineText): Promise<Outcome> {
    const machine = { mesh: [x, y], hartsPerCluster, bankSize: "4MiB", scheduler };
    const programs = [{ path: await compiledGuest("sleepers"), args: [String(what)], cluster: 0 }];
    const outcome = await runConfig({ machine, kernel: { rpcJitter: 3 }, programs }, { audit: "every" });
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    expect(programAt(outcome, 0).exit).toEqual({ code: 0, signal: null });
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    return outcome;
}

describe.each(MACHINES)("5.9.6: on %i x %i clusters of %i harts, scheduler %s", (...machine) => {
    it("24 sleepers with one deadline all wake, none early; with deadlines in turn they wake in turn", async () => {
        const outcome = await sleepers(MANY, machine);
        expect(reported(programAt(outcome, 0))).toEqual({
            equal: [24],
            ordered: [24],
            out_of_turn: [0],
            early: [0, 0],
        });
    });

    it("an hour and a day of sleep take no instructions: idle time jumps", async () => {
        const outcome = await sleepers(LONG, machine);
        const long = { hour: [0], hour_passed: [1], day: [-ETIMEDOUT], day_passed: [1] };
        expect(reported(programAt(outcome, 0))).toEqual(long);
        // An hour is 36 million ticks of `time`, each more than a cycle: a poll a slice would show.
        expect(outcome.instructions).toBeLessThan(3_000_000 * outcome.report.clusters.length);
    });

    it("5.9.3: sleepers that are killed, or whose process exits, end at once", async () => {
        const outcome = await sleepers(KILLED, machine);
        const killed = { kill: [0], waited: [1, 1], status: [9, 7 << 8], at_once: [1, 1] };
        expect(reported(programAt(outcome, 0))).toEqual(killed);
    });

    it("who is woken before its deadline has none left", async () => {
        const outcome = await sleepers(WOKEN, machine);
        expect(reported(programAt(outcome, 0))).toEqual({ woken: [0], later_sleep: [1] });
        expect(outcome.cycles).toBeLessThan(1_000_000_000);
    });
});
