/** clone with a stack (Linux; docs/c-programs.md): what C libraries make threads with. */

import { describe, expect, it } from "vitest";
import { PROBE_END, PROBE_RPC_SENT, PROBE_THREAD } from "../../kernel/abi/event.ts";
import { OPERATION_THREAD_CREATE } from "../../kernel/abi/operation.ts";
import { RPC_ATTACH_VSEGS, RPC_THREAD_RESERVE } from "../../kernel/abi/rpc-ops.ts";
import { guest } from "./harness/guest.ts";
import { framesKept, nothingLeft, runConfig } from "./harness/run.ts";

const [EFAULT, EINVAL] = [14, 22];

describe("a thread made by clone", async () => {
    const machine = { mesh: [2, 1], hartsPerCluster: 1, bankSize: "4MiB" };
    const outcome = await runConfig({ machine, programs: [{ path: guest("clone"), cluster: 0 }] }, { audit: "every" });
    const results = new Map(
        [...outcome.console.matchAll(/^(\w+) (-?\d+)$/gm)].map(([, name, value]) => [name, Number(value)]),
    );

    it.each([
        ["parent_id", 0, "has its id written for its maker before it runs"],
        ["child_id", 0, "has that id"],
        ["child_tp", 0x1234, "has the tp that was asked for"],
        ["child_sp", 0, "has the stack that was given"],
        ["child_register", 77, "has its maker's other registers"],
        ["child_cluster", 0, "7.5: lives in its maker's cluster, whose private stacks it may use"],
        ["placed", 1, "7.5: lives where place_fork says"],
        ["half", -EINVAL, "shares all that a thread shares: flags for a part of it are refused"],
        ["bad_address", -EFAULT, "is not made when its id cannot be written"],
    ])("%s: %i: %s", (name, value) => expect(results.get(name)).toBe(value));

    it("7.5: is answered before the copy of the process in the other cluster is whole", () => {
        const { records } = outcome;
        const vsegs = records.findIndex(({ words }) => words[0] === PROBE_RPC_SENT && words[2] === RPC_ATTACH_VSEGS);
        const asked = records.findLastIndex(
            ({ words }, at) => at < vsegs && words[0] === PROBE_RPC_SENT && words[2] === RPC_THREAD_RESERVE,
        );
        const whole = records.findIndex(
            ({ hart, words }, at) =>
                at > vsegs && hart === 1 && words[0] === PROBE_END && words[2] === OPERATION_THREAD_CREATE,
        );
        const answered = records.findIndex(
            ({ hart, words }, at) =>
                at > asked && hart === 0 && words[0] === PROBE_END && words[2] === OPERATION_THREAD_CREATE,
        );
        expect(asked).toBeGreaterThan(0);
        expect(answered).toBeLessThan(whole);
        const begins = records.findIndex(({ hart, words }) => hart === 1 && words[0] === PROBE_THREAD);
        expect(begins).toBeGreaterThan(vsegs);
    });

    it("ends well, with every invariant kept, and leaves nothing", () => {
        expect(outcome.report.programs[0]?.exit).toEqual({ code: 0, signal: null });
        expect(outcome.report.audit?.violation).toBeNull();
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    });
});
