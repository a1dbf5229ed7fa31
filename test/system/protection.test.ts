/** machine.pmpEntries and machine.adue in kernel machines: the firmware opens all memory, and the kernel's entries all have A and D. */

import { describe, expect, it } from "vitest";
import type { Machine } from "../../emu/machine.ts";
import { runConfig } from "./harness/run.ts";

const PROGRAMS = [{ path: "threads" }, { path: "share", nodes: 4 }];

async function boot(machine: object): Promise<{ console: string; cycles: number; machine: Machine }> {
    let made: Machine | undefined;
    const { report, console, cycles } = await runConfig(
        { machine: { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB", ...machine }, programs: PROGRAMS },
        {
            audit: ["every", "memory", "waits", "contents"],
            betweenSteps: (machine) => {
                made = machine;
            },
        },
    );
    if (made === undefined) throw new Error("the run has only one step");
    expect(report.programs.map(({ exit }) => exit.code)).toEqual(PROGRAMS.map(() => 0));
    return { console, cycles, machine: made };
}

describe("a kernel machine with PMP, or without updates of A and D", () => {
    it("runs as the default one does", async () => {
        const plain = await boot({});
        const strict = await boot({ pmpEntries: 16, adue: false });
        expect([strict.console, strict.cycles]).toEqual([plain.console, plain.cycles]);
        const hart = strict.machine.hart(0);
        expect([hart.csr("pmpaddr0"), hart.csr("pmpcfg0")]).toEqual([(1n << 54n) - 1n, 0x1fn]);
        const ADUE = 1n << 61n;
        expect([hart.csr("menvcfg") & ADUE, plain.machine.hart(0).csr("menvcfg") & ADUE]).toEqual([0n, ADUE]);
    });
});
