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
        refuses: { MAP_GROWSDOWN: "EINVAL", MAP_HUGETLB: "EINVAL" },
        tests: ["system/rules", "system/files"],
    },
    mprotect: {
        number: 226,
        args: "address, bytes, prot",
        does: "Rights of a range (vmm-policy 7.1).",
        tests: ["system/rules", "kernel/changes"],
    },
    mremap: {
        number: 216,
        args: "address, bytes, new bytes, flags, new address",
        does: "Another length, in place or with MREMAP_MAYMOVE elsewhere, or at a place with MREMAP_FIXED.",
        refuses: { MREMAP_DONTUNMAP: "EINVAL" },
        tests: ["linux/linux"],
    },
    msync: {
        number: 227,
        args: "address, bytes, flags",
        does: "Nothing: mappings and files are one.",
        tests: ["linux/linux"],
    },
    mincore: {
        number: 232,
        args: "address, bytes, vector",
        does: "Tells which pages have a frame.",
        tests: ["linux/linux"],
    },
    madvise: {
        number: 233,
        args: "address, bytes, advice",
        does: "MADV_DONTNEED and MADV_FREE take pages away; advice on reading, large pages and dumps asks for nothing.",
        refuses: { advice: "EINVAL" },
        tests: ["linux/linux"],
    },
} as const satisfies Readonly<Record<string, CallRow>>;
