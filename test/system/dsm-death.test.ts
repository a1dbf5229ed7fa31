/** The end of DSM groups (sm-dsm.md 1, 3.8): a node that dies ends the others, says so, and nothing is left. */

import { expect, it } from "vitest";
import { compiledGuest, guest } from "./harness/guest.ts";
import { framesKept, nothingLeft, type Outcome, programAt, runConfig } from "./harness/run.ts";

const MACHINE = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB" };

/** Runs a group that fails, beside one that does not. */
async function failing(what: string, nodes: number, seed = 1): Promise<Outcome> {
    const programs = [{ path: guest("dsm"), args: [what], nodes }, { path: "share", nodes: 4 }, { path: "hello" }];
    const outcome = await runConfig({ machine: MACHINE, programs, seed }, { limit: 50_000_000 });
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    expect(outcome.report.programs.slice(1).map(({ exit }) => exit.code)).toEqual([0, 0]);
    expect(programAt(outcome, 1).dsm).toEqual({ readFaults: 6, writeFaults: 1, invalidations: 1, revocations: 2 });
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    return outcome;
}

function endedForIt({ console }: Outcome): number {
    return console.split("\n").filter((line) => /ended, because node process 0x\w+ of its group died/.test(line))
        .length;
}

it("an access outside every allocation is a segmentation fault of that node; the others are told (3.8)", async () => {
    const outcome = await failing("touch_nothing", 3);
    expect(programAt(outcome, 0)).toMatchObject({
        exit: { code: null, signal: "SIGSEGV" },
        fault: { vaddr: 0x2f000000n, access: "read", function: "touch_nothing", cluster: 1 },
    });
    expect(endedForIt(outcome)).toBe(2);
});

it("a node that segfaults ends its group while the others wait at a barrier", async () => {
    const outcome = await failing("segfault", 4);
    expect(programAt(outcome, 0)).toMatchObject({
        exit: { code: null, signal: "SIGSEGV" },
        fault: { vaddr: 0n, access: "write", function: "segfault" },
    });
    expect(endedForIt(outcome)).toBe(3);
});

it("a node that exits with 3 ends the others, which run in user mode; the program's exit code is 3", async () => {
    const outcome = await failing("exit_three", 4);
    expect(programAt(outcome, 0)).toMatchObject({ exit: { code: 3, signal: null }, fault: null });
    expect(endedForIt(outcome)).toBe(3);
});

it.each([1, 2, 3, 4])(
    "a node that dies while the others fight for a page: no request hangs (seed %i)",
    async (seed) => {
        const outcome = await failing("die_faulting", 6, seed);
        expect(programAt(outcome, 0).exit).toEqual({ code: null, signal: "SIGSEGV" });
    },
);

it("a node that ends without sm_node_exit while the others still meet: an end with a message, never a deadlock", async () => {
    const outcome = await failing("exit_early", 3);
    expect(programAt(outcome, 0).exit).not.toEqual({ code: null, signal: null });
});

/** test/system/guest/leave.ts on 4 nodes. */
async function leaving(what: string): Promise<Outcome> {
    const programs = [{ path: await compiledGuest("leave"), args: [what], nodes: 4 }];
    const outcome = await runConfig({ machine: MACHINE, programs }, { audit: "every" });
    expect([outcome.end, outcome.message, outcome.report.audit?.violation]).toEqual(["halted", "", null]);
    expect(endedForIt(outcome)).toBe(0);
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    return outcome;
}

it("a node that exits with 5 after all have left the group ends nobody else", async () => {
    const outcome = await leaving("code");
    expect(programAt(outcome, 0).exit).toEqual({ code: 5, signal: null });
    expect(outcome.console.match(/^ends$/gm)).toHaveLength(3);
});

it("after all have left, a page that the node does not have is a segmentation fault, never other content", async () => {
    const outcome = await leaving("read");
    expect(programAt(outcome, 0)).toMatchObject({
        exit: { code: null, signal: "SIGSEGV" },
        fault: { vaddr: 0x20001000n, access: "read", cluster: 1 },
    });
    expect(outcome.console).toContain("read what it has\n");
    expect(outcome.console).not.toContain("something else");
    expect(outcome.console.match(/^ends$/gm)).toHaveLength(2);
});

it("a node that cannot be started ends those that were (64 processes a cluster)", async () => {
    const machine = { mesh: [1, 1], hartsPerCluster: 64, bankSize: "8MiB" };
    const programs = [{ path: "hello" }, { path: "share", nodes: 64 }, { path: "hello" }];
    const outcome = await runConfig({ machine, programs }, { limit: 100_000_000 });
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    const [first, group, last] = outcome.report.programs;
    expect([first?.exit.code, last?.exit.code]).toEqual([0, 0]);
    if (group?.exit.code !== 0) expect(group?.exit).not.toEqual({ code: null, signal: null });
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
});

it("3.1: a node's child is no node: a touch of the region, whatever the instruction, is its segmentation fault and nobody else's", async () => {
    const programs = [{ path: await compiledGuest("fork-region") }];
    const outcome = await runConfig({ machine: MACHINE, programs }, { audit: "every" });
    expect([outcome.end, outcome.message, programAt(outcome, 0).exit.code]).toEqual(["halted", "", 0]);
    expect(outcome.console).toContain("killed: 3");
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
});
