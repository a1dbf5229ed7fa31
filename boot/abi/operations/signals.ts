/** Rows of ../operations.ts: signals and timers (docs/spec/signals.md). */

import type { OperationRows } from "./row.ts";

export const SIGNALS = {
    signalPost: {
        number: 81,
        level: "leaf",
        args: ["pid", "signal", "code", "sender", "value", "thread"],
        results: ["offer", "outcome", "active0", "active1", "active2", "active3", "parent", "round"],
        text: "makes a signal pending for a process, or with thread 1 only asks what becomes of it; outcome: POST_*; offer: the signals that a thread must be found for; active: the clusters to ask, one bit each; round: of SIGCONT 1 when a stopped process goes on, whose parent is then parent (parent_word), of a signal that stops the number of SIGCONT before it",
    },
    signalOffer: {
        number: 82,
        level: "leaf",
        args: ["pid", "set"],
        results: ["left"],
        text: "lets threads of the cluster look for these signals if they do not block them; left: those that all of them block",
    },
    signalThread: {
        number: 83,
        level: "leaf",
        args: ["pid", "id", "signal", "code", "sender", "value", "round"],
        results: ["error", "moved"],
        text: "makes a signal pending for one thread; signal 0 only asks whether the thread is there; moved: not 0, the thread is in cluster moved - 1",
    },
    signalTake: {
        number: 84,
        level: "leaf",
        args: ["pid", "blocked", "own", "only"],
        results: ["signal", "code", "sender", "value", "handler", "flags", "mask", "left"],
        text: "takes a pending signal of the process that is not blocked, with its action, or gives the action of the thread's own signal; only 1: the action does not count; left: what is pending still; mask: of a signal without a handler the number of SIGCONT so far",
    },
    signalAction: {
        number: 85,
        level: "leaf",
        args: ["pid", "signal", "handler", "flags", "mask", "set"],
        results: ["error", "oldHandler", "oldFlags", "oldMask"],
        text: "gives the action of a signal, and with set 1 replaces it",
    },
    processStop: {
        number: 92,
        level: "leaf",
        args: ["pid", "signal", "round"],
        results: "signalPost",
        text: "stops a process by the signal, unless it is stopped or has got a SIGCONT since round; round 1: it has stopped now; active: its clusters",
    },
    stopTell: {
        number: 93,
        level: "leaf",
        args: ["pid"],
        results: [],
        text: "lets the threads of the process in the cluster look whether it has stopped or goes on",
    },
    signalState: {
        number: 86,
        level: "leaf",
        args: ["pid"],
        results: "signalPost",
        text: "gives the pending signals of a process (offer), and its clusters",
    },
    signalMasks: {
        number: 87,
        level: "leaf",
        args: ["pid"],
        results: ["error"],
        text: "notes that threads of the process block signals",
    },
    signalsCopy: {
        number: 88,
        level: "leaf",
        args: ["pid", "to"],
        results: ["copied"],
        text: "copies the actions of a process to the frame at the xptr `to`; copied 0: they are the default ones",
    },
    timerCall: {
        number: 89,
        level: "leaf",
        args: ["pid", "what", "id", "first", "second", "third"],
        results: ["error", "left", "interval", "overrun"],
        text: "makes, sets, asks or deletes a timer of the process, TIMER_*; times are ticks of `time`; left: until it expires, 0: it does not run",
    },
} as const satisfies OperationRows;
