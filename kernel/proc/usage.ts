// User time of threads and processes, in cycles of the harts (getrusage, CLOCK_PROCESS_CPUTIME_ID). The time of a thread grows at its
// traps, so the time of the other threads since their last traps is missing.
import { CSR_CYCLE } from "../abi/csr";
import { RPC_USAGE, RPC_USAGE_HERE } from "../abi/rpc-ops";
import { USAGE_CHILDREN, USAGE_CYCLES, USAGE_HERE_CYCLES, USAGE_HERE_PID, USAGE_PID } from "../abi/rpc-words";
import { csr_read } from "../hal/hal";
import { cluster_count, xptr_t } from "../hal/platform";
import { process_hold, process_is_active, process_release, process_t } from "../mm/process-table";
import { vmm_is_reference, vmm_lock, vmm_unlock } from "../mm/vmm";
import { LEVEL_LEAF, LEVEL_REFERENCE } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { thread_t } from "../sched/thread";

export function usage_init(): void {
    const usage: (desc: xptr_t) => void = serve_usage;
    const here: (desc: xptr_t) => void = serve_here;
    rpc_register(RPC_USAGE, <u32>usage.index);
    rpc_register(RPC_USAGE_HERE, <u32>here.index);
}

/** Notes the cycle at which the thread goes to user mode. */
export function usage_enter(thread: thread_t): void {
    thread.entered_user = csr_read(CSR_CYCLE);
}

/** Adds the user cycles since usage_enter. */
export function usage_leave(thread: thread_t): void {
    thread.user_cycles += csr_read(CSR_CYCLE) - thread.entered_user;
}

/** Returns the user cycles of the children that P has waited for, and of those that they have. */
export function children_usage(process: process_t): u64 {
    if (vmm_is_reference(process)) return process.children_cycles;
    const desc = rpc_arguments();
    desc.set(USAGE_PID, process.pid);
    rpc_send(process.reference, LEVEL_REFERENCE, RPC_USAGE);
    return desc.get(USAGE_CHILDREN);
}

/** Returns the user cycles of all threads that P has had, in all clusters. */
export function process_usage(process: process_t): u64 {
    if (vmm_is_reference(process)) return sum(process);
    const desc = rpc_arguments();
    desc.set(USAGE_PID, process.pid);
    rpc_send(process.reference, LEVEL_REFERENCE, RPC_USAGE);
    return desc.get(USAGE_CYCLES);
}

function serve_usage(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, USAGE_PID)));
    rpc_set(desc, USAGE_CYCLES, 0);
    rpc_set(desc, USAGE_CHILDREN, 0);
    if (changetype<usize>(process) == 0) return;
    rpc_set(desc, USAGE_CYCLES, sum(process));
    rpc_set(desc, USAGE_CHILDREN, process.children_cycles);
    process_release(process);
}

/** Adds up the clusters' counts, at Z. */
function sum(process: process_t): u64 {
    let total: u64 = 0;
    for (let cxy: u32 = 0; cxy < cluster_count; cxy++) {
        if (!process_is_active(process, cxy)) continue;
        if (is_local(cxy)) {
            total += usage_here(process);
            continue;
        }
        rpc_arguments().set(USAGE_HERE_PID, process.pid);
        rpc_send(cxy, LEVEL_LEAF, RPC_USAGE_HERE);
        total += rpc_arguments().get(USAGE_HERE_CYCLES);
    }
    return total;
}

function serve_here(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, USAGE_HERE_PID)));
    rpc_set(desc, USAGE_HERE_CYCLES, 0);
    if (changetype<usize>(process) == 0) return;
    rpc_set(desc, USAGE_HERE_CYCLES, usage_here(process));
    process_release(process);
}

/** Returns the user cycles of the threads that P has had in this cluster. */
function usage_here(process: process_t): u64 {
    vmm_lock(process);
    let total = process.ended_user_cycles;
    for (let at = process.threads; at != 0; at = changetype<thread_t>(at).sibling) {
        if (changetype<thread_t>(at).ending == 0) total += changetype<thread_t>(at).user_cycles;
    }
    vmm_unlock(process);
    return total;
}
