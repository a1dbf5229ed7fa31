// The cluster of a thread that clone makes (vmm-policy 7.5, kernel.threadPlacement).

import { BI_THREAD_PLACEMENT } from "../abi/boot-info";
import { PLACEMENT_LEAST_LOADED, PLACEMENT_MAKER, PLACEMENT_SPREAD } from "../abi/policy";
import { cstr } from "../hal/cstr";
import { remote_add32 } from "../hal/hal";
import { boot_info, local_cxy, xptr_local, xptr_t } from "../hal/platform";
import { instance_cluster, instance_count } from "../hal/topology";
import { process_at_z, process_t } from "../mm/process-table";
import { NO_SLOT } from "../mm/stack-slot";
import { assert_kernel } from "../panic";
import { cluster_least_loaded } from "../sched/cluster";
import { this_thread, thread_t } from "../sched/thread";
import { hart_set_count, thread_set } from "./hart-set";

/** True when the thread's clones stay in its cluster. */
export function clones_stay(thread: thread_t): bool {
    const maker = <u32>boot_info(BI_THREAD_PLACEMENT) == PLACEMENT_MAKER;
    return maker || thread.stack_slot != <u32>NO_SLOT;
}

/**
 * The cluster of the running thread's next clone. A maker on a private STACK keeps its clones with it, for it may give them pointers to
 * that stack. The clones of one that is bound to a set of harts are spread over the clusters of the set.
 */
export function clone_place(process: process_t): u32 {
    const thread = this_thread();
    if (clones_stay(thread)) return local_cxy;
    const set = thread_set(xptr_local(changetype<usize>(thread)));
    if (set != 0) return spread(process, set);
    switch (<u32>boot_info(BI_THREAD_PLACEMENT)) {
        case PLACEMENT_SPREAD:
            return spread(process, 0);
        case PLACEMENT_LEAST_LOADED:
            return cluster_least_loaded();
        default:
            assert_kernel(false, cstr("placement: a value that is not known"));
            return local_cxy;
    }
}

/** Clusters in turn, beginning behind Z, where the first thread is; with a set, those that have a hart of it, as this one has. */
function spread(process: process_t, set: xptr_t): u32 {
    const turn = remote_add32(process_at_z(process) + offsetof<process_t>("spread"), 1) + 1;
    let rank: u32 = 0;
    while (instance_cluster(rank) != process.reference) rank++;
    let at = (rank + turn) % instance_count();
    while (set != 0 && hart_set_count(set, instance_cluster(at)) == 0) at = (at + 1) % instance_count();
    return instance_cluster(at);
}
