// The harts of this cluster and their load, and the choice of the least loaded cluster (vmm-policy 7.5).
import { remote_load32 } from "../hal/hal";
import { harts_per_cluster, xptr_make } from "../hal/platform";
import { SHARED_LOAD } from "../hal/shared";
import { instance_cluster, instance_count } from "../hal/topology";
import { hart_t } from "./thread";

/** hart_t of every lid, HART_STRIDE bytes apart. */
const harts: usize = memory.data(64 * 64, 64);
const HART_STRIDE: usize = 64;

export function hart_of(lid: u32): hart_t {
    return changetype<hart_t>(harts + <usize>lid * HART_STRIDE);
}

export function cluster_load_add(threads: i32): void {
    atomic.add<u32>(SHARED_LOAD, <u32>threads);
}

/** The number of user threads of this cluster. */
export function cluster_load(): u32 {
    return atomic.load<u32>(SHARED_LOAD);
}

/** The cluster with the fewest user threads, the first one of equals. */
export function cluster_least_loaded(): u32 {
    let best: u32 = 0;
    let least: u32 = 0xffffffff;
    for (let i: u32 = 0; i < instance_count(); i++) {
        const cxy = instance_cluster(i);
        const threads = remote_load32(xptr_make(cxy, SHARED_LOAD));
        if (threads < least) {
            least = threads;
            best = cxy;
        }
    }
    return best;
}

/** The hart for a new user thread: in turn, by the number of user threads. */
export function cluster_pick_hart(): hart_t {
    return hart_of(cluster_load() % harts_per_cluster);
}
