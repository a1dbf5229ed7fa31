/** Calls for time. */

import type { CallRow } from "./row.ts";

export const TIME_CALLS = {
    nanosleep: {
        number: 101,
        args: "request, rest",
        does: "Sleeps by the hart's timer.",
        tests: ["system/sleep"],
    },
    clock_gettime: {
        number: 113,
        args: "clock, time",
        does: "The clocks of the machine, from its start.",
        tests: ["system/library-calls"],
    },
    clock_getres: {
        number: 114,
        args: "clock, resolution",
        does: "The resolution of a clock.",
        tests: ["system/library-calls"],
    },
    clock_nanosleep: {
        number: 115,
        args: "clock, flags, request, rest",
        does: "As nanosleep, until a time with TIMER_ABSTIME.",
        tests: ["system/sleep"],
    },
    times: {
        number: 153,
        args: "times",
        does: "User time in ticks, and that of the children waited for.",
        tests: ["system/library-calls"],
    },
    gettimeofday: {
        number: 169,
        args: "time, zone",
        does: "As clock_gettime.",
        tests: ["system/library-calls"],
    },
} as const satisfies Readonly<Record<string, CallRow>>;
