// The time of processes on their harts, in cycles (getrusage, CLOCK_PROCESS_CPUTIME_ID): the threads' counts (sched/usage.ts) of all clusters.
import { RPC_USAGE, RPC_USAGE_HERE } from "../abi/rpc-ops";
import {
    USAGE_CHILDREN_SYSTEM,
    USAGE_CHILDREN_USER,
    USAGE_HERE_PID,
    USAGE_HERE_SYSTEM,
    USAGE_HERE_USER,
    USAGE_PID,
    USAGE_SYSTEM,
    USAGE_USER,
} from "../abi/rpc-words";
import { cluster_count, xptr_local, xptr_t } from "../hal/platform";
import { process_hold, process_is_active, process_release, process_t } from "../mm/process-table";
import { vmm_is_reference, vmm_lock, vmm_unlock } from "../mm/vmm";
import { LEVEL_LEAF, LEVEL_REFERENCE } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { this_thread, thread_t } from "../sched/thread";
import { usage_count } from "../sched/usage";

export function usage_init(): void {
    const usage: (desc: xptr_t) => void = serve_usage;
    const here: (desc: xptr_t) => void = serve_here;
    rpc_register(RPC_USAGE, <u32>usage.index);
    rpc_register(RPC_USAGE_HERE, <u32>here.index);
}

/**
 * Puts the cycles of all threads that P has had, in all clusters, into the running thread's request: the results of RPC_USAGE. The time of the
 * other threads since their last traps is missing.
 */
export function process_usage(process: process_t): void {
    const desc = rpc_arguments();
    usage_count(this_thread());
    desc.set(USAGE_PID, process.pid);
    if (vmm_is_reference(process)) tell(process, xptr_local(changetype<usize>(desc)));
    else rpc_send(process.reference, LEVEL_REFERENCE, RPC_USAGE);
}

/** Returns the cycles of all threads that P has had, as process_usage has them. */
export function process_cycles(process: process_t): u64 {
    process_usage(process);
    return rpc_arguments().get(USAGE_USER) + rpc_arguments().get(USAGE_SYSTEM);
}

/** Returns the cycles of the running thread. */
export function thread_cycles(thread: thread_t): u64 {
    usage_count(thread);
    return thread.user_cycles + thread.system_cycles;
}

function serve_usage(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, USAGE_PID)));
    rpc_set(desc, USAGE_USER, 0);
    rpc_set(desc, USAGE_SYSTEM, 0);
    rpc_set(desc, USAGE_CHILDREN_USER, 0);
    rpc_set(desc, USAGE_CHILDREN_SYSTEM, 0);
    if (changetype<usize>(process) == 0) return;
    tell(process, desc);
    process_release(process);
}

/** Adds up the clusters' counts, at Z. */
function tell(process: process_t, to: xptr_t): void {
    const desc = rpc_arguments();
    let user: u64 = 0;
    let system: u64 = 0;
    for (let cxy: u32 = 0; cxy < cluster_count; cxy++) {
        if (!process_is_active(process, cxy)) continue;
        desc.set(USAGE_HERE_PID, process.pid);
        if (is_local(cxy)) serve_here(xptr_local(changetype<usize>(desc)));
        else rpc_send(cxy, LEVEL_LEAF, RPC_USAGE_HERE);
        user += desc.get(USAGE_HERE_USER);
        system += desc.get(USAGE_HERE_SYSTEM);
    }
    rpc_set(to, USAGE_USER, user);
    rpc_set(to, USAGE_SYSTEM, system);
    rpc_set(to, USAGE_CHILDREN_USER, process.children_user_cycles);
    rpc_set(to, USAGE_CHILDREN_SYSTEM, process.children_system_cycles);
}

function serve_here(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, USAGE_HERE_PID)));
    let user: u64 = 0;
    let system: u64 = 0;
    if (changetype<usize>(process) != 0) {
        vmm_lock(process);
        user = process.ended_user_cycles;
        system = process.ended_system_cycles;
        for (let at = process.threads; at != 0; at = changetype<thread_t>(at).sibling) {
            if (changetype<thread_t>(at).ending != 0) continue;
            user += changetype<thread_t>(at).user_cycles;
            system += changetype<thread_t>(at).system_cycles;
        }
        vmm_unlock(process);
        process_release(process);
    }
    rpc_set(desc, USAGE_HERE_USER, user);
    rpc_set(desc, USAGE_HERE_SYSTEM, system);
}
