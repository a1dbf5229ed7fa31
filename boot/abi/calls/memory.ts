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
        does: "Private memory, or pages of a file, shared or private; at a place with MAP_FIXED and MAP_FIXED_NOREPLACE, in the heap zone.",
        refuses: { MAP_GROWSDOWN: "EINVAL", MAP_HUGETLB: "EINVAL", MAP_SHARED_ANONYMOUS: "EINVAL" },
        tests: ["system/rules", "system/files"],
    },
    mprotect: {
        number: 226,
        args: "address, bytes, prot",
        does: "Rights of a range (vmm-policy 7.1).",
        tests: ["system/rules", "kernel/changes"],
    },
} as const satisfies Readonly<Record<string, CallRow>>;
