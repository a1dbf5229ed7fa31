/** Calls for signals and timers (docs/spec/signals.md). */

import type { CallRow } from "./row.ts";

export const SIGNALS_CALLS = {
    pselect6: {
        number: 72,
        args: "count, read, write, except, timeout, mask and bytes",
        does: "As ppoll, with sets of descriptors.",
        tests: ["linux/linux"],
    },
    ppoll: {
        number: 73,
        args: "descriptors, count, timeout, mask, bytes",
        does: "Waits until a descriptor can be read or written, for a signal or for the timeout, whose rest it tells.",
        tests: ["linux/linux"],
    },
    getitimer: {
        number: 102,
        args: "timer, value",
        does: "ITIMER_REAL.",
        refuses: { CPU_ITIMER: "EINVAL" },
        tests: ["linux/linux"],
    },
    setitimer: {
        number: 103,
        args: "timer, new, old",
        does: "ITIMER_REAL.",
        refuses: { CPU_ITIMER: "EINVAL" },
        tests: ["linux/linux"],
    },
    timer_create: {
        number: 107,
        args: "clock, event, timer",
        does: "CLOCK_REALTIME, CLOCK_MONOTONIC and CLOCK_BOOTTIME; at most 31 timers a process.",
        refuses: { CPU_CLOCK: "EINVAL" },
        tests: ["linux/linux"],
    },
    timer_gettime: {
        number: 108,
        args: "timer, value",
        does: "The time until a timer expires, and its interval.",
        tests: ["linux/linux"],
    },
    timer_getoverrun: {
        number: 109,
        args: "timer",
        does: "The overruns of the signal that was delivered last.",
        tests: ["linux/linux"],
    },
    timer_settime: {
        number: 110,
        args: "timer, flags, new, old",
        does: "Sets or stops a timer.",
        tests: ["linux/linux"],
    },
    timer_delete: {
        number: 111,
        args: "timer",
        does: "Deletes a timer.",
        tests: ["linux/linux"],
    },
    kill: {
        number: 129,
        args: "pid, signal",
        does: "A signal to a process, to a process group (0: the own one), or with -1 to every process but the own (docs/spec/signals.md).",
        tests: ["system/lifecycle", "linux/linux"],
    },
    tkill: {
        number: 130,
        args: "thread, signal",
        does: "A signal to a thread of the own process, or to the first one of another.",
        tests: ["system/library-calls", "linux/linux"],
    },
    tgkill: {
        number: 131,
        args: "pid, thread, signal",
        does: "A signal to a thread.",
        tests: ["system/library-calls", "linux/linux"],
    },
    sigaltstack: {
        number: 132,
        args: "new, old",
        does: "The stack for handlers with SA_ONSTACK.",
        tests: ["linux/linux"],
    },
    rt_sigsuspend: {
        number: 133,
        args: "mask, bytes",
        does: "Waits for a signal with another mask.",
        tests: ["linux/linux"],
    },
    rt_sigaction: {
        number: 134,
        args: "signal, new, old, bytes",
        does: "The action of a signal.",
        tests: ["system/library-calls", "linux/linux"],
    },
    rt_sigprocmask: {
        number: 135,
        args: "how, new, old, bytes",
        does: "The signals that the thread blocks.",
        tests: ["system/library-calls", "linux/linux"],
    },
    rt_sigpending: {
        number: 136,
        args: "set, bytes",
        does: "The blocked signals that are pending.",
        tests: ["linux/linux"],
    },
    rt_sigtimedwait: {
        number: 137,
        args: "set, siginfo, timeout, bytes",
        does: "Takes a pending signal, or waits for one.",
        tests: ["linux/linux"],
    },
    rt_sigqueueinfo: {
        number: 138,
        args: "pid, signal, siginfo",
        does: "As kill, with the given siginfo.",
        tests: ["linux/linux"],
    },
    rt_sigreturn: {
        number: 139,
        args: "",
        does: "The end of a handler.",
        tests: ["linux/linux"],
    },
    rt_tgsigqueueinfo: {
        number: 240,
        args: "pid, thread, signal, siginfo",
        does: "As tgkill, with the given siginfo.",
        tests: ["linux/linux"],
    },
} as const satisfies Readonly<Record<string, CallRow>>;
