// RPC between instances (vmm-policy 5.9), from the client's side. Every cluster has one bounded FIFO for each level (fifo.ts). A client
// pushes the xptr of its descriptor, interrupts a hart and waits. A handler sends only to lower levels, so no cycle of waits can form. A
// thread that waits goes on serving leaf requests (serve.ts). A request that meets a state that outlives requests is parked (parking.ts).

import { BLOCKED_RPC } from "../abi/thread";
import { pause, remote_load64, remote_store64 } from "../hal/hal";
import { hart_id, ipi_send, local_cxy, xptr_local, xptr_t } from "../hal/platform";
import { tell_rpc_sent } from "../probe";
import { sched_block, sched_unblock_self, sched_wait } from "../sched/sched";
import { rpc_desc_t, this_hart, this_thread } from "../sched/thread";
import { fault_send } from "../trace/fault-cost";
import { fifo_push } from "./fifo";
import { jitter } from "./jitter";
import { LEVEL_LEAF } from "./levels";
import { rpc_serve_leaf, rpc_yield, server_lid } from "./serve";

/** The running thread's descriptor: set each argument of the operation by its name, call rpc_send, and get the results by theirs. */
export function rpc_arguments(): rpc_desc_t {
    return this_thread().rpc;
}

/** Sends the running thread's descriptor to cluster `cxy` and waits for the answer. */
export function rpc_send(cxy: u32, level: u32, op: u32): void {
    const self = this_thread();
    const desc = self.rpc;
    desc.op = op;
    desc.wake = level == LEVEL_LEAF ? 0 : 1;
    desc.client = xptr_local(changetype<usize>(self));
    fault_send(desc);
    const done = changetype<usize>(desc) + offsetof<rpc_desc_t>("done");
    atomic.store<u32>(done, 0);
    tell_rpc_sent(level, op, cxy);
    if (level == LEVEL_LEAF) send_late();
    else sched_block(BLOCKED_RPC);
    while (!fifo_push(cxy, level, xptr_local(changetype<usize>(desc)))) wait_for_room(level);
    const lid = level == LEVEL_LEAF ? this_hart().lid : server_lid(level);
    ipi_send(hart_id(cxy, lid));
    if (level != LEVEL_LEAF) {
        // The server clears the bit first and sets done last, so it touches nothing of this thread after the thread goes on.
        sched_wait(BLOCKED_RPC);
        while (atomic.load<u32>(done) == 0) pause();
        return;
    }
    while (atomic.load<u32>(done) == 0) {
        rpc_serve_leaf();
        pause();
    }
}

/**
 * Makes a leaf request late on its way: its handler may interrupt anything, so it cannot wait. Its client spins anyway, as here. A turn is
 * one look at the own cluster's leaf requests.
 */
function send_late(): void {
    for (let turns = jitter(); turns != 0; turns--) {
        rpc_serve_leaf();
        pause();
    }
}

/**
 * Waits for room in a FIFO. Leaf requests are taken by any hart that polls. The servers of another level may wait for lower levels, whose
 * servers may run on this hart, so the hart must not be kept from them.
 */
function wait_for_room(level: u32): void {
    if (level == LEVEL_LEAF) rpc_serve_leaf();
    else {
        sched_unblock_self(BLOCKED_RPC);
        rpc_yield();
        sched_block(BLOCKED_RPC);
    }
    pause();
}

/** An argument of a request, for its handler; i is a constant of abi/rpc-words.ts. */
export function rpc_get(desc: xptr_t, i: u32): u64 {
    return remote_load64(desc + offsetof<rpc_desc_t>("word0") + (i << 3));
}

/** Sets a result of a request, from its handler; i as for rpc_get. */
export function rpc_set(desc: xptr_t, i: u32, value: u64): void {
    remote_store64(desc + offsetof<rpc_desc_t>("word0") + (i << 3), value);
}

/** True when `cxy` is this instance. The caller then calls the handler's function itself. */
export function is_local(cxy: u32): bool {
    return cxy == local_cxy;
}
