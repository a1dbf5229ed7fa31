// A signal that is pending for a process is offered to the clusters of its threads, until one finds a thread that does not block it
// (signals.md S2.3). That thread looks for signals at its next way back to user mode, or at the end of its wait.

import { RPC_SIGNAL_OFFER } from "../abi/rpc-ops";
import {
    SIGNAL_OFFER_LEFT,
    SIGNAL_OFFER_PID,
    SIGNAL_OFFER_SET,
    SIGNAL_POST_ACTIVE0,
    SIGNAL_POST_ACTIVE1,
    SIGNAL_POST_ACTIVE2,
    SIGNAL_POST_ACTIVE3,
    SIGNAL_POST_OFFER,
} from "../abi/rpc-words";
import { ENDED_BY_SIGNAL } from "../abi/thread";
import { cluster_count, xptr_local, xptr_t } from "../hal/platform";
import { process_hold, process_release, process_t } from "../mm/process-table";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { sched_wake } from "../sched/sched";
import { thread_t } from "../sched/thread";
import { signals_state } from "./signal-pending";

export function signal_offer_init(): void {
    const offer: (desc: xptr_t) => void = serve_offer;
    rpc_register(RPC_SIGNAL_OFFER, <u32>offer.index);
}

/** Offers the signals that the running thread's request names (the results of RPC_SIGNAL_POST), to Z's cluster first. */
export function signals_offer(pid: u32): void {
    const desc = rpc_arguments();
    const signals = desc.get(SIGNAL_POST_OFFER);
    if (signals == 0) return;
    const reference = pid >> 16;
    const set0 = desc.get(SIGNAL_POST_ACTIVE0);
    const set1 = desc.get(SIGNAL_POST_ACTIVE1);
    const set2 = desc.get(SIGNAL_POST_ACTIVE2);
    const set3 = desc.get(SIGNAL_POST_ACTIVE3);
    let left = offer_in(reference, pid, signals);
    for (let cxy: u32 = 0; cxy < cluster_count && left != 0; cxy++) {
        if (cxy != reference && is_active(cxy, set0, set1, set2, set3)) left = offer_in(cxy, pid, left);
    }
}

/** True for a cluster of the sets that RPC_SIGNAL_POST gives. */
export function is_active(cxy: u32, set0: u64, set1: u64, set2: u64, set3: u64): bool {
    const active = cxy < 64 ? set0 : cxy < 128 ? set1 : cxy < 192 ? set2 : set3;
    return ((active >> (cxy & 63)) & 1) != 0;
}

/**
 * Offers what is pending anew: the running thread was to look for it, and now blocks it, or ends. Another thread that can take it may
 * sleep.
 */
export function signals_offer_again(process: process_t): void {
    if (signals_state(process) != 0) signals_offer(process.pid);
}

/** Returns the signals that every thread of P in the cluster blocks. */
function offer_in(cxy: u32, pid: u32, signals: u64): u64 {
    const desc = rpc_arguments();
    desc.set(SIGNAL_OFFER_PID, pid);
    desc.set(SIGNAL_OFFER_SET, signals);
    if (is_local(cxy)) serve_offer(xptr_local(changetype<usize>(desc)));
    else rpc_send(cxy, LEVEL_LEAF, RPC_SIGNAL_OFFER);
    return desc.get(SIGNAL_OFFER_LEFT);
}

function serve_offer(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, SIGNAL_OFFER_PID)));
    let left = rpc_get(desc, SIGNAL_OFFER_SET);
    if (changetype<usize>(process) != 0) {
        vmm_lock(process);
        left = offer_to(process, left, true);
        if (left != 0) left = offer_to(process, left, false);
        vmm_unlock(process);
        process_release(process);
    }
    rpc_set(desc, SIGNAL_OFFER_LEFT, left);
}

/** Offers to the first thread of P, as Linux does, or to the others. The caller holds the VMM's lock. */
function offer_to(process: process_t, signals: u64, first: bool): u64 {
    let left = signals;
    for (let at = process.threads; at != 0 && left != 0; at = changetype<thread_t>(at).sibling) {
        const thread = changetype<thread_t>(at);
        if ((thread.id == process.pid) != first || thread.ending != 0 || thread.killed != 0 || thread.hart == 0)
            continue;
        const blocked = thread.signal_mask & ~thread.signal_wanted;
        if ((left & ~blocked) == 0) continue;
        left &= blocked;
        thread_look(thread);
    }
    return left;
}

/** Lets a thread of this cluster look for signals: it comes into the kernel, or its wait ends. */
export function thread_look(thread: thread_t): void {
    const address = changetype<usize>(thread);
    atomic.store<u32>(address + offsetof<thread_t>("signal_look"), 1);
    sched_wake(xptr_local(address), ENDED_BY_SIGNAL);
}
