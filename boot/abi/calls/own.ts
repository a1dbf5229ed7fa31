/** Archipel's own calls. Their numbers begin at 1024, behind those of Linux. */

import type { CallRow } from "./row.ts";

export const OWN_CALLS = {
    thread_create: {
        number: 1024,
        args: "entry, argument, cxy",
        does: "A thread in a cluster; -1: the least loaded one.",
        tests: ["system/threads"],
    },
    thread_join: {
        number: 1025,
        args: "thread, value",
        does: "Waits for a thread.",
        tests: ["system/threads"],
    },
    cluster_count: {
        number: 1026,
        args: "",
        does: "The number of clusters.",
        tests: ["system/topology"],
    },
    cluster_self: {
        number: 1027,
        args: "",
        does: "The caller's cluster.",
        tests: ["system/topology"],
    },
    program_threads: {
        number: 1028,
        args: "",
        does: "The number of threads that the config wants.",
        tests: ["system/threads"],
    },
    remote_malloc: {
        number: 1029,
        args: "bytes, cxy",
        does: "REMOTE memory in a cluster.",
        tests: ["system/rules"],
    },
    place_fork: {
        number: 1030,
        args: "cxy",
        does: "The cluster of the thread's next fork or clone.",
        tests: ["system/lifecycle"],
    },
    cluster_info: {
        number: 1031,
        args: "cxy",
        does: "The number of harts, with CLUSTER_MEMORY when it has a bank.",
        tests: ["system/topology"],
    },
    get_home: {
        number: 1032,
        args: "address",
        does: "The cluster of the page's frame; EFAULT where nothing is mapped, EAGAIN for a page that nobody has touched.",
        tests: ["linux/linux"],
    },
    sm_init: {
        number: 1040,
        args: "",
        does: "sm_node_init (sm-dsm 2).",
        tests: ["system/dsm-calls"],
    },
    sm_exit: {
        number: 1041,
        args: "",
        does: "sm_node_exit.",
        tests: ["system/dsm-calls"],
    },
    sm_malloc: {
        number: 1042,
        args: "bytes",
        does: "sm_malloc.",
        tests: ["system/dsm-calls"],
    },
    sm_barrier: {
        number: 1043,
        args: "",
        does: "sm_barrier.",
        tests: ["system/dsm-calls"],
    },
    sm_bcast: {
        number: 1044,
        args: "value, root",
        does: "sm_bcast.",
        tests: ["system/dsm-calls"],
    },
    sm_free: {
        number: 1045,
        args: "address",
        does: "sm_free.",
        tests: ["system/dsm-calls"],
    },
    sm_lock: {
        number: 1046,
        args: "lock",
        does: "sm_lock.",
        tests: ["system/dsm-calls"],
    },
    sm_unlock: {
        number: 1047,
        args: "lock",
        does: "sm_unlock.",
        tests: ["system/dsm-calls"],
    },
    sm_cond_wait: {
        number: 1048,
        args: "condition, lock",
        does: "sm_cond_wait.",
        tests: ["system/dsm-calls"],
    },
    sm_cond_wake: {
        number: 1049,
        args: "condition, all",
        does: "0 wakes one thread that waits for the condition, 1 wakes all.",
        tests: ["system/dsm-calls"],
    },
    sm_stats: {
        number: 1050,
        args: "counts",
        does: "The DSM counts of the node.",
        tests: ["system/dsm-calls"],
    },
    sm_malloc_as: {
        number: 1051,
        args: "bytes, consistency",
        does: "sm_malloc with a consistency, DSM_* of abi/policy.ts.",
        tests: ["system/dsm-release"],
    },
} as const satisfies Readonly<Record<string, CallRow>>;
