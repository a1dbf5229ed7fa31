// The harts that a thread of P may run on, asked for and set by its id, from any cluster (sched_getaffinity, sched_setaffinity). A thread
// stays on the hart where it began. So a set is taken that has this hart, or for one that has not begun, a hart of its cluster.

import { EINVAL, ESRCH } from "../abi/errno";
import { RPC_THREAD_BIND, RPC_THREAD_HARTS } from "../abi/rpc-ops";
import {
    THREAD_BIND_ERROR,
    THREAD_BIND_ID,
    THREAD_BIND_MOVED,
    THREAD_BIND_PID,
    THREAD_BIND_SET,
    THREAD_HARTS_ERROR,
    THREAD_HARTS_ID,
    THREAD_HARTS_MOVED,
    THREAD_HARTS_PID,
    THREAD_HARTS_SET,
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

export function affinity_init(): void {
    const bind: (desc: xptr_t) => void = serve_bind;
    const harts: (desc: xptr_t) => void = serve_harts;
    rpc_register(RPC_THREAD_BIND, <u32>bind.index);
    rpc_register(RPC_THREAD_HARTS, <u32>harts.index);
}

/** Binds the thread `id` of P to a set. Returns 0, -ESRCH without such a thread, or -EINVAL when the set has not the hart where it is. */
export function affinity_bind(process: process_t, id: u32, set: xptr_t): i64 {
    return bind_in(id >> 16, process.pid, id, set);
}

function bind_in(cxy: u32, pid: u32, id: u32, set: xptr_t): i64 {
    if (!has_instance(cxy)) return -ESRCH;
    const desc = rpc_arguments();
    desc.set(THREAD_BIND_PID, pid);
    desc.set(THREAD_BIND_ID, id);
    desc.set(THREAD_BIND_SET, set);
    if (is_local(cxy)) serve_bind(xptr_local(changetype<usize>(desc)));
    else rpc_send(cxy, LEVEL_LEAF, RPC_THREAD_BIND);
    const moved = <u32>desc.get(THREAD_BIND_MOVED);
    return moved == 0 ? <i64>desc.get(THREAD_BIND_ERROR) : bind_in(moved - 1, pid, id, set);
}

function serve_bind(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, THREAD_BIND_PID)));
    const id = <u32>rpc_get(desc, THREAD_BIND_ID);
    const set = rpc_get(desc, THREAD_BIND_SET);
    let error: i64 = -ESRCH;
    let moved: u32 = 0;
    if (changetype<usize>(process) != 0) {
        vmm_lock(process);
        const at = living(process, id);
        if (at == 0) moved = moved_to(process, id);
        else error = bind_here(changetype<thread_t>(at), set);
        vmm_unlock(process);
        process_release(process);
    }
    rpc_set(desc, THREAD_BIND_ERROR, <u64>error);
    rpc_set(desc, THREAD_BIND_MOVED, moved);
}

/** The caller holds the VMM's lock. */
function bind_here(thread: thread_t, set: xptr_t): i64 {
    const good =
        thread.hart != 0 ? hart_set_has(set, changetype<hart_t>(thread.hart).id) : hart_set_count(set, local_cxy) != 0;
    if (!good) return -EINVAL;
    thread_bind(thread, set);
    return 0;
}

/** The thread of that id that has not ended, or 0. The caller holds the VMM's lock. */
function living(process: process_t, id: u32): usize {
    const at = user_thread_of(process, id);
    return at != 0 && changetype<thread_t>(at).ending == 0 ? at : 0;
}

/**
 * Writes the harts where the thread `id` of P, and the threads that it makes, may run into `set`: its own set, or all of its cluster's if its
 * clones stay there, or all. Returns 0 or -ESRCH.
 */
export function affinity_harts(process: process_t, id: u32, set: xptr_t): i64 {
    return harts_in(id >> 16, process.pid, id, set);
}

function harts_in(cxy: u32, pid: u32, id: u32, set: xptr_t): i64 {
    if (!has_instance(cxy)) return -ESRCH;
    const desc = rpc_arguments();
    desc.set(THREAD_HARTS_PID, pid);
    desc.set(THREAD_HARTS_ID, id);
    desc.set(THREAD_HARTS_SET, set);
    if (is_local(cxy)) serve_harts(xptr_local(changetype<usize>(desc)));
    else rpc_send(cxy, LEVEL_LEAF, RPC_THREAD_HARTS);
    const moved = <u32>desc.get(THREAD_HARTS_MOVED);
    return moved == 0 ? <i64>desc.get(THREAD_HARTS_ERROR) : harts_in(moved - 1, pid, id, set);
}

function serve_harts(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, THREAD_HARTS_PID)));
    const id = <u32>rpc_get(desc, THREAD_HARTS_ID);
    const set = rpc_get(desc, THREAD_HARTS_SET);
    let error: i64 = -ESRCH;
    let moved: u32 = 0;
    if (changetype<usize>(process) != 0) {
        vmm_lock(process);
        const at = living(process, id);
        if (at == 0) moved = moved_to(process, id);
        else {
            tell_harts(changetype<thread_t>(at), set);
            error = 0;
        }
        vmm_unlock(process);
        process_release(process);
    }
    rpc_set(desc, THREAD_HARTS_ERROR, <u64>error);
    rpc_set(desc, THREAD_HARTS_MOVED, moved);
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
