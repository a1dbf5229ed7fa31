// The harts that a thread of P may run on, asked for and set by its id, from any cluster (sched_getaffinity, sched_setaffinity). A thread
// stays on the hart where it began. So a set is taken that has this hart, or for one that has not begun, a hart of its cluster.

import { EINVAL, ESRCH } from "../abi/errno";
import { RPC_THREAD_ASK } from "../abi/rpc-ops";
import {
    THREAD_ASK_ERROR,
    THREAD_ASK_ID,
    THREAD_ASK_MOVED,
    THREAD_ASK_PID,
    THREAD_ASK_SET,
    THREAD_ASK_WHAT,
} from "../abi/rpc-words";
import { remote_store64 } from "../hal/hal";
import { cluster_count, copy_bytes, harts_per_cluster, local_cxy, xptr_local, xptr_t } from "../hal/platform";
import { has_instance } from "../hal/topology";
import { process_hold, process_release, process_t } from "../mm/process-table";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { hart_t, thread_t } from "../sched/thread";
import { hart_set_bytes, hart_set_count, hart_set_has, thread_bind, thread_set } from "./hart-set";
import { moved_to } from "./moved";
import { clones_stay } from "./placement";
import { user_thread_of } from "./thread-end";

/** What is asked of a thread. */
const ASK_BIND: u32 = 0;
const ASK_HARTS: u32 = 1;

export function affinity_init(): void {
    const ask: (desc: xptr_t) => void = serve_ask;
    rpc_register(RPC_THREAD_ASK, <u32>ask.index);
}

/** Binds the thread `id` of P to a set. Returns 0, -ESRCH without such a thread, or -EINVAL when the set has not the hart where it is. */
export function affinity_bind(process: process_t, id: u32, set: xptr_t): i64 {
    return ask_in(id >> 16, process.pid, id, ASK_BIND, set);
}

/**
 * Writes the harts where the thread `id` of P, and the threads that it makes, may run into `set`: its own set, or all of its cluster's if its
 * clones stay there, or all. Returns 0 or -ESRCH.
 */
export function affinity_harts(process: process_t, id: u32, set: xptr_t): i64 {
    return ask_in(id >> 16, process.pid, id, ASK_HARTS, set);
}

function ask_in(cxy: u32, pid: u32, id: u32, what: u32, set: xptr_t): i64 {
    if (!has_instance(cxy)) return -ESRCH;
    const desc = rpc_arguments();
    desc.set(THREAD_ASK_PID, pid);
    desc.set(THREAD_ASK_ID, id);
    desc.set(THREAD_ASK_WHAT, what);
    desc.set(THREAD_ASK_SET, set);
    if (is_local(cxy)) serve_ask(xptr_local(changetype<usize>(desc)));
    else rpc_send(cxy, LEVEL_LEAF, RPC_THREAD_ASK);
    const moved = <u32>desc.get(THREAD_ASK_MOVED);
    return moved == 0 ? <i64>desc.get(THREAD_ASK_ERROR) : ask_in(moved - 1, pid, id, what, set);
}

function serve_ask(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, THREAD_ASK_PID)));
    const id = <u32>rpc_get(desc, THREAD_ASK_ID);
    const what = <u32>rpc_get(desc, THREAD_ASK_WHAT);
    const set = rpc_get(desc, THREAD_ASK_SET);
    let error: i64 = -ESRCH;
    let moved: u32 = 0;
    if (changetype<usize>(process) != 0) {
        vmm_lock(process);
        const at = living(process, id);
        if (at == 0) moved = moved_to(process, id);
        else error = answer(changetype<thread_t>(at), what, set);
        vmm_unlock(process);
        process_release(process);
    }
    rpc_set(desc, THREAD_ASK_ERROR, <u64>error);
    rpc_set(desc, THREAD_ASK_MOVED, moved);
}

/** The thread of that id that has not ended, or 0. The caller holds the VMM's lock, as for the functions below. */
function living(process: process_t, id: u32): usize {
    const at = user_thread_of(process, id);
    return at != 0 && changetype<thread_t>(at).ending == 0 ? at : 0;
}

function answer(thread: thread_t, what: u32, set: xptr_t): i64 {
    if (what == ASK_BIND) return bind_here(thread, set);
    tell_harts(thread, set);
    return 0;
}

function bind_here(thread: thread_t, set: xptr_t): i64 {
    const good =
        thread.hart != 0 ? hart_set_has(set, changetype<hart_t>(thread.hart).id) : hart_set_count(set, local_cxy) != 0;
    if (!good) return -EINVAL;
    thread_bind(thread, set);
    return 0;
}

function tell_harts(thread: thread_t, to: xptr_t): void {
    const set = thread_set(xptr_local(changetype<usize>(thread)));
    if (set == 0) affinity_all(to, clones_stay(thread));
    else copy_bytes(to, set, hart_set_bytes());
}

/** Writes all harts of the machine, or of this cluster, into a set. */
export function affinity_all(to: xptr_t, only_here: bool): void {
    for (let word: u32 = 0; word < hart_set_bytes() >> 3; word++) {
        let bits: u64 = 0;
        for (let bit: u32 = 0; bit < 64; bit++) {
            const cxy = ((word << 6) + bit) / harts_per_cluster;
            if (cxy < cluster_count && (only_here ? cxy == local_cxy : has_instance(cxy))) bits |= (<u64>1) << bit;
        }
        remote_store64(to + <u64>(word << 3), bits);
    }
}
