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
        does: "The clocks of the machine, all from its start: CLOCK_REALTIME to CLOCK_BOOTTIME, and CLOCK_TAI.",
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
        does: "As nanosleep, until a time with TIMER_ABSTIME. The raw and the coarse clocks are EOPNOTSUPP.",
        refuses: { CLOCK_PROCESS_CPUTIME_ID: "EINVAL" },
        tests: ["system/sleep"],
    },
    clock_settime: {
        number: 112,
        args: "clock, time",
        does: "Nothing.",
        refuses: { "setting a clock": "EPERM" },
        tests: ["linux/linux"],
    },
    settimeofday: {
        number: 170,
        args: "time, zone",
        does: "Nothing.",
        refuses: { "setting a clock": "EPERM" },
        tests: ["linux/linux"],
    },
    times: {
        number: 153,
        args: "times",
        does: "User and system time in ticks, and that of the children waited for.",
        tests: ["system/library-calls", "linux/linux"],
    },
    gettimeofday: {
        number: 169,
        args: "time, zone",
        does: "As clock_gettime.",
        tests: ["system/library-calls"],
    },
} as const satisfies Readonly<Record<string, CallRow>>;
