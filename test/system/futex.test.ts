/** Futexes as C libraries use them (Linux; docs/c-programs.md): waits that end in time, waiters that are moved to another word. */

import { describe, expect, it } from "vitest";
import { EAGAIN, EFAULT, EINVAL, ENOSYS, ETIMEDOUT } from "../../kernel/abi/errno.ts";
import { compiledGuest } from "./harness/guest.ts";
import { framesKept, nothingLeft, runConfig } from "./harness/run.ts";

/** Lines of test/system/guest/futex.ts in their order: four threads wait. */
const EXPECTED = [
    ["requeue", 3],
    ["left", 1],
    ["moved", 2],
    ["results", 0],
    ["compare_other", -EAGAIN],
    ["compare", 4],
    ["compare_left", 0],
    ["compare_moved", 4],
    ["compare_results", 0],
    ["compare_nowhere", -EFAULT],
    ["misaligned", -EINVAL],
    ["unknown", -ENOSYS],
    ["private", 3],
    ["private_left", 1],
    ["private_results", 0],
    ["relative", -ETIMEDOUT],
    ["in_time", 1],
    ["nobody", 0],
    ["absolute", -ETIMEDOUT],
    ["in_time", 1],
    ["nobody", 0],
    ["past", -ETIMEDOUT],
    ["none_left", -ETIMEDOUT],
    ["other_value", -EAGAIN],
    ["no_time", -EINVAL],
    ["negative", -EINVAL],
    ["time_nowhere", -EFAULT],
    ["in_time_woken", 4],
    ["in_time_results", 0],
    ["late_results", 4 * -ETIMEDOUT],
] as const;

describe.each([
    [2, 1, "rounds"],
    [2, 2, "instruction"],
])("futexes on %i x %i clusters, scheduler %s", async (x, y, scheduler) => {
    const machine = { mesh: [x, y], hartsPerCluster: 1, bankSize: "4MiB", scheduler };
    const programs = [{ path: await compiledGuest("futex"), cluster: 0 }];
    const kernel = { rpcJitter: 3 };
    const outcome = await runConfig({ machine, kernel, programs }, { audit: "every" });
    const results = [...outcome.console.matchAll(/^(\w+) (-?\d+)$/gm)].map(([, name, value]) => [name, Number(value)]);

    it("7.7: wake, move and time out as on Linux", () => expect(results).toEqual(EXPECTED));

    it("end well, with every invariant kept, and leave nothing", () => {
        expect(outcome.report.programs[0]?.exit).toEqual({ code: 0, signal: null });
        expect(outcome.report.audit?.violation).toBeNull();
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    });
});
