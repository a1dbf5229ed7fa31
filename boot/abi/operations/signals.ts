/** Rows of ../operations.ts: signals and timers (docs/spec/signals.md). */

import type { OperationRows } from "./row.ts";

export const SIGNALS = {
    signalPost: {
        number: 81,
        level: "leaf",
        args: ["pid", "signal", "code", "sender", "value", "thread"],
        results: ["offer", "outcome", "active0", "active1", "active2", "active3"],
        text: "makes a signal pending for a process, or with thread 1 only asks what becomes of it; outcome: POST_*; offer: the signals that a thread must be found for; active: the clusters to ask, one bit each",
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
        args: ["pid", "id", "signal", "code", "sender", "value"],
        results: ["error", "moved"],
        text: "makes a signal pending for one thread; signal 0 only asks whether the thread is there; moved: not 0, the thread is in cluster moved - 1",
    },
    signalTake: {
        number: 84,
        level: "leaf",
        args: ["pid", "blocked", "own", "only"],
        results: ["signal", "code", "sender", "value", "handler", "flags", "mask", "left"],
        text: "takes a pending signal of the process that is not blocked, with its action, or gives the action of the thread's own signal; only 1: the action does not count; left: what is pending still",
    },
    signalAction: {
        number: 85,
        level: "leaf",
        args: ["pid", "signal", "handler", "flags", "mask", "set"],
        results: ["error", "oldHandler", "oldFlags", "oldMask"],
        text: "gives the action of a signal, and with set 1 replaces it",
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
