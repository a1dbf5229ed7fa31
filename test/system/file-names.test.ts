/** What a program's file is called shows in no cost of a page fault (docs/machine.md, "Where the kernel lies"). */

import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { FaultCostReport } from "../../boot/report/report.ts";
import { GUEST_FOLDER, guest } from "./harness/guest.ts";
import { runConfig } from "./harness/run.ts";

/** One hart: between several, a few cycles more to compare a longer name would be another interleaving. */
const MACHINE = { mesh: [1, 1], hartsPerCluster: 1, bankSize: "2MiB" };

/** The same program under a name of that length. */
function named(length: number): string {
    const name = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz".slice(0, length);
    copyFileSync(join(GUEST_FOLDER, guest("many-threads")), join(GUEST_FOLDER, name));
    return name;
}

/** All CODE faults, whose pages come from the file. What else has the name is the program's own argv. */
async function codeFaults(path: string): Promise<readonly FaultCostReport[]> {
    const { end, report } = await runConfig({ machine: MACHINE, programs: [{ path }] });
    expect(end).toBe("halted");
    return report.faultCost.filter(({ type }) => type === "CODE");
}

it("names of up to 63 characters give the same cost of a CODE fault, to the cycle and phase by phase", async () => {
    const [first, ...others] = await Promise.all(
        [1, 2, 3, 4, 5, 6, 7, 8, 13, 52].map((length) => codeFaults(named(length))),
    );
    expect(first?.length).toBeGreaterThan(0);
    expect(others).toEqual(others.map(() => first));
});
