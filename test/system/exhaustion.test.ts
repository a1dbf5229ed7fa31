/** Memory that runs out: the program is killed or gets ENOMEM, the kernel and the other programs live on (rule 5.7). */

import { expect, it } from "vitest";
import { guest } from "./harness/guest.ts";
import { framesKept, nothingLeft, programAt, runConfig } from "./harness/run.ts";

const MACHINE = { mesh: [2, 1], hartsPerCluster: 1, bankSize: "2MiB" };

it.each([0, 1])(
    "a program of cluster %i that touches heap without end is killed; its frames all come back (5.7, 7.4)",
    async (cluster) => {
        const outcome = await runConfig({ machine: MACHINE, programs: [{ path: guest("hog"), cluster }] });
        expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
        expect(programAt(outcome, 0)).toMatchObject({
            exit: { code: null, signal: "SIGKILL" },
            fault: { access: "write", function: "touch", cluster },
        });
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    },
);

it("programs that start before it, beside it and after it end well (5.7)", async () => {
    const programs = [
        { path: "hello", cluster: 1 },
        { path: guest("hog"), cluster: 0 },
        { path: "threads", cluster: 1 },
        { path: "hello", cluster: 0 },
    ];
    const outcome = await runConfig({ machine: MACHINE, programs });
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    expect(outcome.report.programs.map(({ exit }) => exit.code)).toEqual([0, null, 0, 0]);
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
});

it("several that fight for the last frames are all killed, and nothing hangs (5.7)", async () => {
    const hog = guest("hog");
    const programs = [0, 1, 0, 1].map((cluster) => ({ path: hog, cluster }));
    const outcome = await runConfig({ machine: MACHINE, programs });
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    expect(outcome.report.programs.map(({ exit }) => exit.signal)).toEqual(programs.map(() => "SIGKILL"));
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
});

it("a TypeScript program killed for memory is located by function, file and line", async () => {
    const machine = { mesh: [1, 1], hartsPerCluster: 1, bankSize: "1MiB" };
    const outcome = await runConfig({ machine, programs: [{ path: "matmul", args: ["160"] }, { path: "hello" }] });
    const [killed, hello] = outcome.report.programs;
    expect(killed).toMatchObject({
        exit: { code: null, signal: "SIGKILL" },
        fault: { access: "write", file: "userland/programs/matmul.ts", cluster: 0 },
    });
    expect(killed?.fault?.function).toMatch(/(fill|multiply|main)$/);
    expect(killed?.fault?.line).toBeGreaterThan(20);
    expect(hello?.exit.code).toBe(0);
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
});
