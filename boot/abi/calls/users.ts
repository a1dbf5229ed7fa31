/** Calls for users and groups. */

import type { CallRow } from "./row.ts";

export const USERS_CALLS = {
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
    setregid: {
        number: 143,
        args: "real, effective",
        does: "Root stays root.",
        refuses: { "another group than root's": "EPERM" },
        tests: ["linux/linux"],
    },
    setgid: {
        number: 144,
        args: "group",
        does: "Root stays root.",
        refuses: { "another group than root's": "EPERM" },
        tests: ["linux/linux"],
    },
    setreuid: {
        number: 145,
        args: "real, effective",
        does: "Root stays root.",
        refuses: { "another user than root": "EPERM" },
        tests: ["linux/linux"],
    },
    setuid: {
        number: 146,
        args: "user",
        does: "Root stays root.",
        refuses: { "another user than root": "EPERM" },
        tests: ["linux/linux"],
    },
    setresuid: {
        number: 147,
        args: "real, effective, saved",
        does: "Root stays root.",
        refuses: { "another user than root": "EPERM" },
        tests: ["linux/linux"],
    },
    getresuid: {
        number: 148,
        args: "real, effective, saved",
        does: "The one user is root.",
        tests: ["linux/linux"],
    },
    setresgid: {
        number: 149,
        args: "real, effective, saved",
        does: "Root stays root.",
        refuses: { "another group than root's": "EPERM" },
        tests: ["linux/linux"],
    },
    getresgid: {
        number: 150,
        args: "real, effective, saved",
        does: "The one user is root.",
        tests: ["linux/linux"],
    },
    setfsuid: {
        number: 151,
        args: "user",
        does: "Returns root, who stays.",
        tests: ["linux/linux"],
    },
    setfsgid: {
        number: 152,
        args: "group",
        does: "Returns the group of root, which stays.",
        tests: ["linux/linux"],
    },
    getgroups: {
        number: 158,
        args: "count, groups",
        does: "No further groups.",
        tests: ["linux/linux"],
    },
    setgroups: {
        number: 159,
        args: "count, groups",
        does: "No further groups.",
        refuses: { "further groups": "EPERM" },
        tests: ["linux/linux"],
    },
} as const satisfies Readonly<Record<string, CallRow>>;
