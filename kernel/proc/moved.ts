// Threads that began in another cluster than the one that gave them their number (newborn.ts). The high half of a thread's id is the cluster
// that gave it, whose copy of P keeps a record of where the thread is until it ends.

import { RPC_THREAD_FORGET } from "../abi/rpc-ops";
import { THREAD_FORGET_ID, THREAD_FORGET_PID } from "../abi/rpc-words";
import { local_cxy, xptr_t } from "../hal/platform";
import { kcm_free } from "../mm/kcm";
import { process_hold, process_release, process_t } from "../mm/process-table";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { LEVEL_LEAF } from "../rpc/levels";
import { rpc_arguments, rpc_get, rpc_send } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";

@unmanaged
export class moved_t {
    next: usize;
    id: u32;
    cxy: u32;
}

/** The most records of a process in a cluster. */
export const MOVED_MAX: u32 = 4096;

export function moved_init(): void {
    const forget: (desc: xptr_t) => void = serve_forget;
    rpc_register(RPC_THREAD_FORGET, <u32>forget.index);
}

/** The cluster of a thread that has its number from here and began elsewhere, plus 1; 0: there is none. The caller holds the VMM's lock. */
export function moved_to(process: process_t, id: u32): u32 {
    let at = process.moved;
    while (at != 0 && changetype<moved_t>(at).id != id) at = changetype<moved_t>(at).next;
    return at == 0 ? 0 : changetype<moved_t>(at).cxy + 1;
}

/** Frees the records of a process that is being dismantled. */
export function moved_free(process: process_t): void {
    while (process.moved != 0) {
        const at = process.moved;
        process.moved = changetype<moved_t>(at).next;
        kcm_free(at);
    }
}

/** The running thread ends: the cluster that gave it its number forgets it. */
export function moved_end(process: process_t, id: u32): void {
    if (id >> 16 == local_cxy) return;
    const desc = rpc_arguments();
    desc.set(THREAD_FORGET_PID, process.pid);
    desc.set(THREAD_FORGET_ID, id);
    rpc_send(id >> 16, LEVEL_LEAF, RPC_THREAD_FORGET);
}

function serve_forget(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, THREAD_FORGET_PID)));
    if (changetype<usize>(process) == 0) return;
    const id = <u32>rpc_get(desc, THREAD_FORGET_ID);
    vmm_lock(process);
    let link = changetype<usize>(process) + offsetof<process_t>("moved");
    while (load<usize>(link) != 0 && changetype<moved_t>(load<usize>(link)).id != id) {
        link = load<usize>(link) + offsetof<moved_t>("next");
    }
    const found = load<usize>(link);
    if (found != 0) {
        store<usize>(link, changetype<moved_t>(found).next);
        process.moved_count--;
        kcm_free(found);
    }
    vmm_unlock(process);
    process_release(process);
}
