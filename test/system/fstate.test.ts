/** f registers and fcsr of user threads: lazily switched by kernel/sched/fstate.ts. */
import { describe, expect, it } from "vitest";
import { guest } from "./harness/guest.ts";
import { framesKept, nothingLeft, type Outcome, programAt, reported, runConfig } from "./harness/run.ts";

const MACHINE = { mesh: [2, 2], hartsPerCluster: 1, bankSize: "2MiB" };
const KERNEL = { timeSliceCycles: 3000 };
const LIMIT = { limit: 100_000_000 };

function program(what: string, cluster = 0): object {
    return { path: guest("fstate"), args: [what], cluster };
}

async function run(programs: readonly object[], machine: object = MACHINE, seed = 1): Promise<Outcome> {
    const outcome = await runConfig({ machine, kernel: KERNEL, programs, seed }, LIMIT);
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    return outcome;
}

describe("a thread's f registers", () => {
    it.each([
        [1, 1],
        [2, 2],
    ])("survive others on its hart, those of its process and of another: %i harts, seed %i", async (harts, seed) => {
        const outcome = await run([program("crowd"), program("crowd")], { ...MACHINE, hartsPerCluster: harts }, seed);
        for (const i of [0, 1]) expect(reported(programAt(outcome, i))).toEqual({ differing: [0] });
    });

    it("are zero at its start, whoever had the hart before", async () => {
        expect(reported(programAt(await run([program("succession")]), 0))).toEqual({ differing: [0] });
    });

    it("7.2: are copied by fork, into any cluster", async () => {
        const outcome = await run([program("fork"), program("crowd")]);
        for (const i of [0, 1]) expect(reported(programAt(outcome, i))).toEqual({ differing: [0] });
    });
});

it("an illegal instruction that is no float instruction ends its program, once it has had the registers", async () => {
    const outcome = await run([program("illegal"), program("crowd")]);
    expect(programAt(outcome, 0).exit).toEqual({ code: null, signal: "SIGILL" });
    expect(programAt(outcome, 1).exit.code).toBe(0);
});

it("programs with floats run the same twice", async () => {
    const programs = [program("crowd"), program("fork", 1)];
    const hashes = [await run(programs), await run(programs)].map((outcome) => outcome.hash);
    expect(hashes[0]).toBe(hashes[1]);
});
