/** exec by the only node of a group (sm-dsm 2, vmm-policy 7.4): the new image begins with an empty region. */

import { describe, expect, it } from "vitest";
import { SWITCHES } from "../../configs/switches.ts";
import { compiledGuest } from "./harness/guest.ts";
import { framesKept, nothingLeft, runConfig } from "./harness/run.ts";

describe.each(SWITCHES.dsmManager.values)("%s managers", (dsmManager) => {
    it.each([0, 2])(
        "2: three images of one node in cluster %i each find the region empty, and nothing is left",
        async (cluster) => {
            const outcome = await runConfig({
                machine: { mesh: [3, 1], hartsPerCluster: 2, bankSize: "4MiB" },
                kernel: { dsmManager },
                programs: [{ path: await compiledGuest("exec-node"), cluster }],
            });
            const [program] = outcome.report.programs;
            expect(program?.output).toBe("third image\n");
            expect(program?.exit.code).toBe(0);
            expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
        },
    );
});
