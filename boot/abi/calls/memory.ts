/** Calls for the address space. */

import type { CallRow } from "./row.ts";

export const MEMORY_CALLS = {
    brk: {
        number: 214,
        args: "address",
        does: "Moves the break in the 64 MiB that are kept for it.",
        tests: ["system/rules", "system/library-calls"],
    },
    munmap: {
        number: 215,
        args: "address, bytes",
        does: "Whole vsegs or parts (vmm-policy 7.1).",
        tests: ["system/rules", "kernel/changes"],
    },
    mmap: {
        number: 222,
        args: "address, bytes, prot, flags, fd, offset",
        does: "Anonymous memory or pages of a file, where the kernel chooses.",
        refuses: { MAP_GROWSDOWN: "EINVAL", MAP_HUGETLB: "EINVAL" },
        tests: ["system/rules", "system/files"],
    },
    mprotect: {
        number: 226,
        args: "address, bytes, prot",
        does: "Rights of a range (vmm-policy 7.1).",
        tests: ["system/rules", "kernel/changes"],
    },
} as const satisfies Readonly<Record<string, CallRow>>;
