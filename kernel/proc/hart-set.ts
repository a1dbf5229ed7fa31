// Sets of harts: a bit for each hart of the machine, cluster by cluster, in words of 64 (Linux's cpu_set_t). A thread that is bound has one,
// of harts of its cluster and perhaps of others: its clones inherit it.

import { cstr } from "../hal/cstr";
import { remote_load32, remote_load64 } from "../hal/hal";
import {
    cluster_count,
    copy_bytes,
    harts_per_cluster,
    local_cxy,
    xptr_cxy,
    xptr_local,
    xptr_make,
    xptr_t,
} from "../hal/platform";
import { has_instance } from "../hal/topology";
import { assert_kernel } from "../panic";
import { cluster_load, cluster_pick_hart, hart_of } from "../sched/cluster";
import { HART_SET_BYTES, hart_t, thread_t } from "../sched/thread";

export function hart_set_init(): void {
    assert_kernel(hart_set_bytes() <= HART_SET_BYTES, cstr("hart-set: a thread has too little room for its set"));
}

/** Bytes of a set on this machine. */
export function hart_set_bytes(): u32 {
    return ((cluster_count * harts_per_cluster + 63) >> 6) << 3;
}

export function hart_set_has(set: xptr_t, hart: u32): bool {
    return ((remote_load64(set + <u64>((hart >> 6) << 3)) >> (hart & 63)) & 1) != 0;
}

/** The number of harts of a cluster that the set has; 0 for a cluster without harts. */
export function hart_set_count(set: xptr_t, cxy: u32): u32 {
    let count: u32 = 0;
    if (!has_instance(cxy)) return 0;
    for (let lid: u32 = 0; lid < harts_per_cluster; lid++) {
        if (hart_set_has(set, cxy * harts_per_cluster + lid)) count++;
    }
    return count;
}

/** The first cluster of which the set has a hart, or cluster_count. */
export function hart_set_cluster(set: xptr_t): u32 {
    let cxy: u32 = 0;
    while (cxy < cluster_count && hart_set_count(set, cxy) == 0) cxy++;
    return cxy;
}

/** The set of a thread in any cluster, or 0 when it is not bound. */
export function thread_set(thread: xptr_t): xptr_t {
    if (remote_load32(thread + offsetof<thread_t>("bound")) == 0) return 0;
    return xptr_make(xptr_cxy(thread), <usize>remote_load32(thread + offsetof<thread_t>("harts")));
}

/** Binds a thread of this cluster to a set. */
export function thread_bind(thread: thread_t, set: xptr_t): void {
    copy_bytes(xptr_local(thread.harts), set, hart_set_bytes());
    thread.bound = 1;
}

/** The hart of this cluster on which a new thread begins: in turn, by the number of user threads, among those of its set. */
export function thread_pick_hart(thread: thread_t): hart_t {
    const set = thread_set(xptr_local(changetype<usize>(thread)));
    const count = set == 0 ? 0 : hart_set_count(set, local_cxy);
    if (count == 0) return cluster_pick_hart();
    let left = cluster_load() % count;
    let lid: u32 = 0;
    while (!hart_set_has(set, local_cxy * harts_per_cluster + lid) || left-- != 0) lid++;
    return hart_of(lid);
}
