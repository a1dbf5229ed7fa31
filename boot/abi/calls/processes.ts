/** Calls for processes and threads, and what they ask about themselves. */

import type { CallRow } from "./row.ts";

export const PROCESSES_CALLS = {
    exit: {
        number: 93,
        args: "status",
        does: "Ends the thread. The last thread's status is that of the process.",
        tests: ["system/threads", "linux/linux"],
    },
    exit_group: {
        number: 94,
        args: "status",
        does: "Ends the process.",
        tests: ["system/lifecycle"],
    },
    set_tid_address: {
        number: 96,
        args: "word",
        does: "The word becomes 0, with a futex wake, at the thread's end.",
        tests: ["system/clone"],
    },
    futex: {
        number: 98,
        args: "word, operation, value, timeout, word2, value3",
        does: "WAIT, WAKE, REQUEUE, CMP_REQUEUE, WAKE_OP, WAIT_BITSET and WAKE_BITSET; a word in a shared mapping is one for all processes.",
        refuses: {
            FUTEX_LOCK_PI: "ENOSYS",
            FUTEX_UNLOCK_PI: "ENOSYS",
            FUTEX_TRYLOCK_PI: "ENOSYS",
            FUTEX_WAIT_REQUEUE_PI: "ENOSYS",
            FUTEX_CMP_REQUEUE_PI: "ENOSYS",
            FUTEX_LOCK_PI2: "ENOSYS",
        },
        tests: ["system/futex", "linux/linux"],
    },
    sched_getaffinity: {
        number: 123,
        args: "thread, bytes, set",
        does: "All harts of the thread's cluster.",
        tests: ["system/library-calls"],
    },
    sched_yield: {
        number: 124,
        args: "",
        does: "Another thread of the hart runs.",
        tests: ["system/threads"],
    },
    uname: {
        number: 160,
        args: "names",
        does: "The names of the system.",
        tests: ["system/library-calls"],
    },
    getrusage: {
        number: 165,
        args: "whose, usage",
        does: "User time; the other fields are 0.",
        tests: ["system/library-calls"],
    },
    getpid: {
        number: 172,
        args: "",
        does: "The PID.",
        tests: ["system/clone"],
    },
    getppid: {
        number: 173,
        args: "",
        does: "The PID of the parent, 0 when it has ended.",
        tests: ["system/lifecycle"],
    },
    getuid: {
        number: 174,
        args: "",
        does: "The one user is root.",
        tests: ["system/library-calls"],
    },
    geteuid: {
        number: 175,
        args: "",
        does: "The one user is root.",
        tests: ["system/library-calls"],
    },
    getgid: {
        number: 176,
        args: "",
        does: "The one user is root.",
        tests: ["system/library-calls"],
    },
    getegid: {
        number: 177,
        args: "",
        does: "The one user is root.",
        tests: ["system/library-calls"],
    },
    gettid: {
        number: 178,
        args: "",
        does: "The thread's id.",
        tests: ["system/clone"],
    },
    clone: {
        number: 220,
        args: "flags, stack, parent word, tls, child word",
        does: "A fork without a stack, a thread with one.",
        tests: ["system/clone", "system/lifecycle"],
    },
    execve: {
        number: 221,
        args: "path, arguments, environment",
        does: "A new image; the PID stays.",
        tests: ["system/lifecycle"],
    },
    wait4: {
        number: 260,
        args: "pid, status, options, usage",
        does: "A child that has ended; WNOHANG.",
        tests: ["system/lifecycle"],
    },
    prlimit64: {
        number: 261,
        args: "pid, resource, new, old",
        does: "Tells limits, which cannot be changed.",
        tests: ["system/library-calls"],
    },
    getrandom: {
        number: 278,
        args: "buffer, bytes, flags",
        does: "A function of the seed.",
        tests: ["system/library-calls"],
    },
} as const satisfies Readonly<Record<string, CallRow>>;
