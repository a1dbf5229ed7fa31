// Threads on named clusters (vmm-policy 7.5).
import { ANY_CLUSTER, CLUSTER_MEMORY } from "../../kernel/abi/cluster";
import {
    SYS_CLUSTER_COUNT,
    SYS_CLUSTER_INFO,
    SYS_CLUSTER_SELF,
    SYS_PROGRAM_THREADS,
    SYS_THREAD_CREATE,
    SYS_THREAD_JOIN,
} from "../../kernel/abi/syscalls";
import { thread_entry_address } from "./asm";
import { ecall, function_address } from "./hal";
import { malloc } from "./malloc";

/** The kernel picks the least loaded cluster. */
export const ANYWHERE: i32 = ANY_CLUSTER;

/**
 * Starts a thread in cluster `cxy` with `entry` (index of a function (argument: u64) => u64). Its id, or -errno. The 16
 * bytes that carry function and argument stay allocated: a thread may start late.
 */
export function thread_create(entry: u32, argument: u64, cxy: i32): i64 {
    const start = malloc(16);
    if (start == 0) return -12;
    store<u64>(start, function_address(entry));
    store<u64>(start, argument, 8);
    return ecall(SYS_THREAD_CREATE, thread_entry_address(), start, <u64>(<i64>cxy), 0, 0, 0);
}

/** Waits for a thread's end and writes its value (u64) to `value`, unless that is 0. 0 or -errno. */
export function thread_join(id: i64, value: usize): i64 {
    return ecall(SYS_THREAD_JOIN, <u64>id, value, 0, 0, 0, 0);
}

export function cluster_count(): u32 {
    return <u32>ecall(SYS_CLUSTER_COUNT, 0, 0, 0, 0, 0, 0);
}

/** Harts of a cluster; 0: no thread can run there (vmm-policy 8.4). */
export function cluster_harts(cxy: u32): u32 {
    return <u32>ecall(SYS_CLUSTER_INFO, cxy, 0, 0, 0, 0, 0) & (CLUSTER_MEMORY - 1);
}

export function cluster_has_memory(cxy: u32): bool {
    return (<u32>ecall(SYS_CLUSTER_INFO, cxy, 0, 0, 0, 0, 0) & CLUSTER_MEMORY) != 0;
}

/** Clusters that have harts: how many, 0: not asked yet, and which (u16 each). */
const workers: usize = memory.data(4, 4);
const worker_list: usize = memory.data(256 * 2, 2);

/** How many clusters have harts. Asks the kernel once. */
export function worker_count(): u32 {
    const known = atomic.load<u32>(workers);
    if (known != 0) return known;
    let found: u32 = 0;
    for (let cxy: u32 = 0; cxy < cluster_count(); cxy++) {
        if (cluster_harts(cxy) != 0) store<u16>(worker_list + (found++ << 1), <u16>cxy);
    }
    atomic.store<u32>(workers, found);
    return found;
}

/** The i-th cluster that has harts, in turn: for programs that spread their threads. */
export function worker_cluster(i: u32): u32 {
    return load<u16>(worker_list + ((i % worker_count()) << 1));
}

export function cluster_self(): u32 {
    return <u32>ecall(SYS_CLUSTER_SELF, 0, 0, 0, 0, 0, 0);
}

/** Threads the config asks for; `otherwise` when it does not say. */
export function program_threads(otherwise: u32): u32 {
    const threads = <u32>ecall(SYS_PROGRAM_THREADS, 0, 0, 0, 0, 0, 0);
    return threads == 0 ? otherwise : threads;
}
