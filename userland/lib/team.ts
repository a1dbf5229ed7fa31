// A team: the same function in several threads, spread over the clusters.
import { malloc } from "./malloc";
import { thread_create, thread_join, worker_cluster } from "./thread";

/**
 * Runs `entry` (index of a function (index: u64) => u64) in `threads` threads, thread i in cluster i mod C, and returns when all
 * have ended. False: one could not be created, and those that could may wait for it for ever: end the program.
 */
export function team_run(entry: u32, threads: u32): bool {
    const ids = malloc(<u64>threads * 8);
    if (ids == 0) return false;
    for (let i: u32 = 0; i < threads; i++) {
        const id = thread_create(entry, i, <i32>worker_cluster(i));
        if (id < 0) return false;
        store<i64>(ids + (i << 3), id);
    }
    for (let i: u32 = 0; i < threads; i++) thread_join(load<i64>(ids + (i << 3)), 0);
    return true;
}
