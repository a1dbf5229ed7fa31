/** System calls with bad arguments give an error, and the program goes on (vmm-policy 5.10, docs/kernel.md, "System calls"). */

import { beforeAll, describe, expect, it } from "vitest";
import * as errno from "../../kernel/abi/errno.ts";
import { PROBE_ENOSYS } from "../../kernel/abi/event.ts";
import { guest } from "./harness/guest.ts";
import { framesKept, nothingLeft, type Outcome, programAt, reported, runConfig } from "./harness/run.ts";

const { EFAULT, EBADF, ENOSYS, EINVAL, EAGAIN, ESRCH, EDEADLK, ENOMEM, ENODEV } = errno;
const MAX_THREADS = 5;
const MACHINE = { mesh: [2, 2], hartsPerCluster: 1, bankSize: "2MiB" };

/** Result by the guest's label (programs/calls.S). */
const RESULTS: readonly (readonly [label: string, rule: string, result: number])[] = [
    ["write_null", "5.10", -EFAULT],
    ["write_kentry", "6.1", -EFAULT],
    ["write_kernel", "8.1", -EFAULT],
    ["write_bank", "8.1", -EFAULT],
    ["write_end_of_user", "5.10", -EFAULT],
    ["write_huge_length", "5.10", -EFAULT],
    ["write_negative", "5.10", -EFAULT],
    ["write_bad_file", "Linux", -EBADF],
    ["write_nothing", "Linux", 0],
    ["time_to_code", "5.8", -EFAULT],
    ["time_to_null", "5.10", -EFAULT],
    ["time_to_data", "5.10", 0],
    ["unknown", "docs/kernel.md", -ENOSYS],
    ["unknown_again", "docs/kernel.md", -ENOSYS],
    ["negative", "docs/kernel.md", -ENOSYS],
    ["futex_odd", "Linux", -EINVAL],
    ["futex_null", "5.10", -EFAULT],
    ["futex_changed", "Linux", -EAGAIN],
    ["futex_operation", "Linux", -ENOSYS],
    ["futex_wake_nobody", "Linux", 0],
    ["thread_no_cluster", "7.5", -EINVAL],
    ["thread_negative_cluster", "7.5", -EINVAL],
    ["join_unknown", "pthread", -ESRCH],
    ["join_no_cluster", "pthread", -ESRCH],
    ["join_all_ones", "pthread", -ESRCH],
    ["join_self", "pthread", -EDEADLK],
    ["mmap_nothing", "Linux", -EINVAL],
    ["mmap_too_large", "Linux", -ENOMEM],
    ["mmap_no_gap", "Linux", -ENOMEM],
    ["mmap_all", "Linux", -ENOMEM],
    ["mmap_file", "Linux", -ENODEV],
    ["sm_malloc_nothing", "sm-dsm 2", 0],
    ["sm_malloc_too_large", "sm-dsm 2", 0],
    ["sm_bcast_root", "sm-dsm 2", -EINVAL],
    ["done", "it goes on", 0],
    ["joined", "pthread", 0],
];

let outcome: Outcome;
beforeAll(async () => {
    const calls = guest("calls");
    const manyThreads = guest("many-threads");
    const programs = [
        { path: calls, args: ["0"], cluster: 0 },
        { path: calls, args: ["3"], cluster: 0 },
        { path: manyThreads, cluster: 0 },
        { path: manyThreads, cluster: 2 },
        { path: "hello" },
    ];
    outcome = await runConfig({ machine: MACHINE, kernel: { pthreadMaxNr: MAX_THREADS }, programs });
});

it("all programs end with exit code 0, and nothing is left of them (7.4)", () => {
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    expect(outcome.report.programs.map(({ exit }) => exit.code)).toEqual([0, 0, 0, 0, 0]);
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
});

describe.each([
    ["in the reference cluster", 0],
    ["in a replica", 1],
])("%s", (_where, index) => {
    it.each(RESULTS)("%s (%s) gives %i", (label, _rule, result) => {
        expect(reported(programAt(outcome, index))[label]).toEqual([result]);
    });

    it("a second join of an ended thread is refused", () => {
        const [error = 0] = reported(programAt(outcome, index)).joined_again ?? [];
        expect([-ESRCH, -EINVAL]).toContain(error);
    });
});

it("the host hears of every unknown call: process and number", () => {
    const unknown = outcome.records.filter(({ words }) => words[0] === PROBE_ENOSYS);
    expect(unknown.map(({ words }) => words[2]).filter((number) => number === 9999)).toHaveLength(4);
});

it.each([2, 3])(
    "program %i: more threads than pthreadMaxNr in one cluster give EAGAIN; the blocked ones end with it",
    (index) => {
        const { created, error } = reported(programAt(outcome, index));
        expect([created, error]).toEqual([[MAX_THREADS - 1], [-EAGAIN]]);
    },
);
