/** The calls that C libraries make at a program's start and in common functions: results and errno as Linux gives them. */

import { describe, expect, it } from "vitest";
import { guest } from "./harness/guest.ts";
import { runConfig } from "./harness/run.ts";

const [ESRCH, EBADF, EFAULT, ENOENT, EINVAL, ENOTTY, ERANGE] = [3, 9, 14, 2, 22, 25, 34, 38].map((errno) => -errno);

const EXPECTED: Readonly<Record<string, number | undefined>> = {
    getuid: 0,
    geteuid: 0,
    getgid: 0,
    getegid: 0,
    ioctl_console: ENOTTY,
    ioctl_bad_file: EBADF,
    fcntl_getfd: 0,
    fcntl_setfd_none: 0,
    fcntl_setfd_cloexec: 0,
    fcntl_getfl: 2,
    fcntl_bad_file: EBADF,
    fcntl_unknown: EINVAL,
    uname: 0,
    uname_null: EFAULT,
    getcwd: 2,
    getcwd_small: ERANGE,
    readlink: ENOENT,
    readlink_root: EINVAL,
    access: 0,
    access_none: ENOENT,
    stat_root: 0,
    stat_root_mode: 0o40755,
    stat_none: ENOENT,
    stat_empty: 0,
    stat_empty_mode: 0o20620,
    stat_empty_path: ENOENT,
    stat_bad_address: EFAULT,
    prlimit_stack: 0,
    prlimit_stack_value: 65536,
    prlimit_set: 0,
    prlimit_unknown: EINVAL,
    prlimit_other: ESRCH,
    sigaction_default: 0,
    sigaction_handler: 0,
    sigaction_none: EINVAL,
    sigaction_kill: EINVAL,
    sigprocmask_query: 0,
    sigprocmask_nothing: 0,
    sigprocmask_block: 0,
    sigprocmask_size: EINVAL,
    getrandom: 1000,
    getrandom_null: EFAULT,
    clock_res: 0,
    clock_res_ns: 100,
    clock_unknown: EINVAL,
    gettimeofday_null: 0,
    getrusage_children: 0,
    getrusage_null: EFAULT,
    nanosleep_null: EFAULT,
    nanosleep_bad: EINVAL,
    writev: 7,
    writev_none: 0,
    writev_null: EFAULT,
    writev_many: EINVAL,
    writev_bad_file: EBADF,
    readv_bad_file: EBADF,
    tgkill_probe: ESRCH,
    robust_list: 0,
    affinity: 8,
    affinity_mask: 1,
    affinity_small: EINVAL,
    affinity_null: EFAULT,
    affinity_other: ESRCH,
    clock_sleep_cpu: EINVAL,
    clock_sleep_flags: EINVAL,
    clock_sleep_null: EFAULT,
    clock_sleep_past: 0,
    clock_sleep: 0,
    getrusage: 0,
    spun: 0,
    sleep: 0,
    cleared: 0,
};

describe("a program that makes C library calls", async () => {
    const machine = { mesh: [2, 1], hartsPerCluster: 1, bankSize: "4MiB", timebaseDivider: 10 };
    const kernel = { vspaceStackSize: "64KiB" };
    const programs = [{ path: guest("library-calls"), cluster: 0 }];
    const { console, report } = await runConfig({ machine, kernel, programs }, { audit: "every" });
    const results = new Map([...console.matchAll(/^(\w+) (-?\d+)$/gm)].map(([, name, value]) => [name, Number(value)]));

    it("ends well", () => expect(report.programs[0]?.exit).toEqual({ code: 0, signal: null }));

    it.each(Object.entries(EXPECTED))("%s gives %i", (name, value) => expect(results.get(name)).toBe(value));

    it("calls that are not there are named, each once", () => {
        const refused = report.programs[0]?.refused.map(({ call, what, errno }) => [call, what, errno]);
        expect(refused).toEqual([["clock_nanosleep", "CLOCK_PROCESS_CPUTIME_ID", "EINVAL"]]);
    });

    it("uname names Linux, whose calls these are", () => expect(console).toMatch(/^uname 0\nLinux$/m));

    it("getcwd: the one directory is /", () =>
        expect((results.get("getcwd_text") ?? 0) & 0xffff).toBe("/".charCodeAt(0)));

    it("writev writes its parts as one", () => expect(console).toMatch(/^gather\nwritev 7$/m));

    it("user time counts cycles of user mode: 400000 instructions are 40000 ticks of ten cycles", () => {
        // The calls between the two measurements execute some hundred instructions more.
        const microseconds = results.get("used") ?? 0;
        expect(microseconds).toBeGreaterThanOrEqual(4000);
        expect(microseconds).toBeLessThan(4200);
    });

    it("a process's first thread has its PID for an id", () => expect(results.get("tid")).toBe(results.get("pid")));

    it("clock_nanosleep sleeps until a time", () => expect(results.get("woken")).toBeGreaterThanOrEqual(50_000));

    it("nanosleep sleeps at least as long as asked", () => expect(results.get("slept")).toBeGreaterThanOrEqual(500));
});
