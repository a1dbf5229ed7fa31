/** Calls for signals. */

import type { CallRow } from "./row.ts";

export const SIGNALS_CALLS = {
    kill: {
        number: 129,
        args: "pid, signal",
        does: "Any signal but 0 ends the process.",
        tests: ["system/lifecycle"],
    },
    tkill: {
        number: 130,
        args: "thread, signal",
        does: "As kill, for the own process.",
        tests: ["system/library-calls"],
    },
    tgkill: {
        number: 131,
        args: "pid, thread, signal",
        does: "As kill, for the own process.",
        tests: ["system/library-calls"],
    },
    rt_sigaction: {
        number: 134,
        args: "signal, new, old, bytes",
        does: "The default action alone.",
        tests: ["system/library-calls"],
    },
    rt_sigprocmask: {
        number: 135,
        args: "how, new, old, bytes",
        does: "The empty mask alone.",
        tests: ["system/library-calls"],
    },
} as const satisfies Readonly<Record<string, CallRow>>;
