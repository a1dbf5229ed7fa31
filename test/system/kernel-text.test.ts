/** The policy switch kernelText (vmm-policy 9): the same run, with the kernel's text in bank 0 only. */

import { beforeAll, describe, expect, it } from "vitest";
import type { Machine } from "../../emu/machine.ts";
import { BANK_BASE, KCODE_LOCAL, KDATA_LOCAL, SAVE_AREA_LOCAL, WINDOW_BASE } from "../../kernel/abi/memory-map.ts";
import { framesKept, nothingLeft, type Outcome, runConfig } from "./harness/run.ts";

const BANK = 4 << 20;
const CLUSTERS = 6;
const PROGRAMS = [{ path: "threads" }, { path: "family", cluster: 5 }, { path: "share", nodes: 4 }];

interface Run {
    readonly outcome: Outcome;
    readonly machine: Machine;
}

async function boot(kernelText: string, machine: object = {}): Promise<Run> {
    let made: Machine | undefined;
    const outcome = await runConfig(
        {
            machine: { mesh: [3, 2], hartsPerCluster: 2, bankSize: BANK, ...machine },
            kernel: { kernelText },
            programs: PROGRAMS,
            accounting: "accesses",
        },
        {
            betweenSteps: (machine) => {
                made = machine;
            },
        },
    );
    if (made === undefined) throw new Error("the run has only one step");
    expect(outcome.report.programs.map(({ exit }) => exit.code)).toEqual(PROGRAMS.map(() => 0));
    expect([framesKept(outcome), outcome.accountErrors]).toEqual([nothingLeft(outcome), []]);
    return { outcome, machine: made };
}

const text = (machine: Machine, cxy: number) => {
    const bank = BANK_BASE + cxy * BANK;
    const page = machine.readPhysical(bank, SAVE_AREA_LOCAL - WINDOW_BASE);
    const kcode = machine.readPhysical(bank + KCODE_LOCAL - WINDOW_BASE, KDATA_LOCAL - KCODE_LOCAL);
    return Buffer.concat([page, kcode]);
};

const rest = (machine: Machine, cxy: number) => {
    const bank = BANK_BASE + cxy * BANK;
    const below = machine.readPhysical(bank + SAVE_AREA_LOCAL - WINDOW_BASE, KCODE_LOCAL - SAVE_AREA_LOCAL);
    const offset = KDATA_LOCAL - WINDOW_BASE;
    return Buffer.concat([below, machine.readPhysical(bank + offset, BANK - offset)]);
};

describe("9: kernelText single", () => {
    let replicate: Run;
    let single: Run;
    beforeAll(async () => {
        [replicate, single] = [await boot("replicate"), await boot("single")];
    });

    it("is the same run in functional fidelity: console, instructions, cycles, probe records, counts", () => {
        const { traffic: _one, ...expected } = replicate.outcome.report;
        const { traffic: _two, ...report } = single.outcome.report;
        expect(report).toEqual(expected);
        for (const field of ["console", "instructions", "cycles", "records", "message"] as const)
            expect(single.outcome[field]).toEqual(replicate.outcome[field]);
    });

    it("leaves every bank as replicate does, but for the text that only bank 0 has", () => {
        const whole = text(replicate.machine, 0);
        expect(whole.some((byte) => byte !== 0)).toBe(true);
        for (let cxy = 0; cxy < CLUSTERS; cxy++) {
            expect(rest(single.machine, cxy).equals(rest(replicate.machine, cxy))).toBe(true);
            expect(text(replicate.machine, cxy).equals(whole)).toBe(true);
            expect(text(single.machine, cxy).equals(cxy === 0 ? whole : Buffer.alloc(whole.length))).toBe(true);
        }
    });

    it("fetches the kernel's text, and reads its constants, from bank 0 in every cluster, as often as replicate does", () => {
        const rows = ({ outcome }: Run) => (outcome.report.traffic ?? []).filter(({ kind }) => kind === "KCODE");
        const counts = (run: Run, operation: string) =>
            rows(run)
                .filter((row) => row.operation === operation)
                .map(({ source, count }) => [source, count])
                .sort(([a = 0], [b = 0]) => a - b);
        expect(new Set(rows(single).map(({ home }) => home))).toEqual(new Set([0]));
        expect(rows(replicate).every(({ source, home }) => source === home)).toBe(true);
        expect(counts(single, "ifetch")).toHaveLength(CLUSTERS);
        for (const operation of ["ifetch", "load"])
            expect(counts(single, operation)).toEqual(counts(replicate, operation));
    });
});

it.each([
    { mesh: [1, 1], dearer: false },
    { mesh: [2, 1], dearer: true },
    { mesh: [3, 2], dearer: true },
])("9: with latency kernelText single costs more cycles only where there are other clusters: $mesh", async (each) => {
    const machine = { mesh: each.mesh, fidelity: "latency" };
    const programs = [{ path: "threads" }];
    const run = (kernelText: string) => runConfig({ machine, kernel: { kernelText }, programs });
    const [replicate, single] = [await run("replicate"), await run("single")];
    expect(single.report.programs[0]?.exit.code).toBe(0);
    if (each.dearer) expect(single.cycles).toBeGreaterThan(1.2 * replicate.cycles);
    else expect(single.hash).toBe(replicate.hash);
});
