// Serving requests (vmm-policy 5.9). Leaf requests run in the interrupt handler and in every wait; the other levels run in server threads
// (proc/rpc-servers.ts). Two servers of a level may end their requests in another order than they came. A client has one request at a time,
// so only requests of different clients can be reordered. kernel.rpcJitter makes that frequent.

import { BLOCKED_EVENT, BLOCKED_RPC } from "../abi/thread";
import { cstr } from "../hal/cstr";
import { fence, remote_load32, remote_load64, remote_store32 } from "../hal/hal";
import { hart_id, harts_per_cluster, ipi_send, local_cxy, xptr_cxy, xptr_local, xptr_t } from "../hal/platform";
import { assert_kernel } from "../panic";
import { tell_rpc_sent, tell_rpc_served } from "../probe";
import { sched_others_wait, sched_take_ipi, sched_wake, sched_yield } from "../sched/sched";
import { rpc_desc_t, this_hart, this_thread, thread_t } from "../sched/thread";
import { fault_serve } from "../trace/fault-cost";
import { fifo_has, fifo_take } from "./fifo";
import { LEVEL_LEAF, LEVELS } from "./levels";
import { parking_add, parking_end, parking_is_ready, parking_next, parking_take } from "./parking";

/** Server threads of a level in a cluster: the number of its requests that may wait at once. */
export const SERVERS_PER_LEVEL: u32 = 2;
const MAX_OPS: u32 = 160;

/** Function index of each operation's handler: (descriptor: xptr_t) => void. */
const handlers: usize = memory.data(160 * 4, 4);
/** SERVERS_PER_LEVEL threads for each level. */
const servers: usize = memory.data(5 * 2 * 4, 4);

/** Declares the handler of an operation: the index of a function (descriptor: xptr_t) => void. */
export function rpc_register(op: u32, handler: u32): void {
    assert_kernel(op < MAX_OPS && load<u32>(handlers + (op << 2)) == 0, cstr("rpc_register: operation taken"));
    store<u32>(handlers + (op << 2), handler);
}

/** Declares the i-th server thread of a level. */
export function rpc_add_server(level: u32, i: u32, thread: thread_t): void {
    store<usize>(servers + ((level * SERVERS_PER_LEVEL + i) << 2), changetype<usize>(thread));
}

/** The lid of the hart, in each cluster, on which the servers of a level run. */
export function server_lid(level: u32): u32 {
    return level % harts_per_cluster;
}

/** Takes the oldest request of this cluster and level, or 0. Requests that were parked have come before those of the FIFO. */
export function rpc_take(level: u32): xptr_t {
    const parked = parking_take(level);
    return parked != 0 ? parked : fifo_take(level);
}

/** Serves every waiting leaf request. The interrupt handler, the idle loop and every wait call it. */
export function rpc_serve_leaf(): void {
    for (let desc = rpc_take(LEVEL_LEAF); desc != 0; desc = rpc_take(LEVEL_LEAF)) rpc_serve(desc, LEVEL_LEAF);
}

/** Does the work that a software interrupt asks for: it serves leaf requests, and makes the servers ready that have requests. */
export function rpc_poll(): void {
    sched_take_ipi();
    rpc_serve_leaf();
    rpc_wake_servers();
}

/** One step of a wait for another thread, in any cluster: it goes on serving (5.9), and lets others run. */
export function rpc_yield(): void {
    rpc_poll();
    const thread = this_thread();
    thread.polling = 1;
    sched_yield();
    thread.polling = 0;
}

/**
 * Called between two pages of a call that its user made long (docs/spec/files.md F7): serves, and lets others run. False when the thread is
 * being ended; the call then ends with what it has done.
 */
export function rpc_between_pages(): bool {
    rpc_poll();
    if (sched_others_wait()) sched_yield();
    return atomic.load<u32>(changetype<usize>(this_thread()) + offsetof<thread_t>("killed")) == 0;
}

function rpc_wake_servers(): void {
    const lid = this_hart().lid;
    for (let level: u32 = 1; level < LEVELS; level++) {
        if (server_lid(level) != lid || !waiting(level)) continue;
        for (let i: u32 = 0; i < SERVERS_PER_LEVEL; i++) {
            const thread = load<usize>(servers + ((level * SERVERS_PER_LEVEL + i) << 2));
            atomic.and<u32>(thread + offsetof<thread_t>("blocked"), ~BLOCKED_EVENT);
        }
    }
}

function waiting(level: u32): bool {
    return parking_is_ready(level) || fifo_has(level);
}

/** Resumes the requests and threads of `list` (rpc/parking.ts), whose state has ended. The caller holds the list's lock. */
export function rpc_resume(list: usize): void {
    ring(parking_end(list));
}

/** Does as rpc_resume for the oldest of a list that is not empty. */
export function rpc_resume_next(list: usize): void {
    ring(parking_next(list));
}

/**
 * This cluster's own request to a server of the level, for which nobody waits: no thread is its client, and its handler frees `desc`. It may
 * be sent by a leaf handler.
 */
export function rpc_serve_later(desc: rpc_desc_t, level: u32, op: u32): void {
    desc.op = op;
    desc.client = 0;
    tell_rpc_sent(level, op, local_cxy);
    ring(parking_add(xptr_local(changetype<usize>(desc)), level));
}

/** Interrupts the harts whose servers have requests: those of each level in the set (one bit for each level). */
function ring(levels: u32): void {
    for (; levels != 0; levels &= levels - 1) ipi_send(hart_id(local_cxy, server_lid(<u32>ctz<u32>(levels))));
}

export function rpc_serve(desc: xptr_t, level: u32): void {
    const op = remote_load32(desc + offsetof<rpc_desc_t>("op"));
    const client = remote_load64(desc + offsetof<rpc_desc_t>("client"));
    if (!handle(desc, load<u32>(handlers + (op << 2)))) return;
    tell_rpc_served(level, op, xptr_cxy(desc));
    if (client == 0) return;
    const wake = remote_load32(desc + offsetof<rpc_desc_t>("wake"));
    if (wake != 0) sched_wake(client, BLOCKED_RPC);
    // The results come before the flag.
    fence();
    remote_store32(desc + offsetof<rpc_desc_t>("done"), 1);
}

/** Runs the handler. False when the request is parked; another server may have it by now. */
function handle(desc: xptr_t, handler: u32): bool {
    fault_serve(desc, handler);
    const thread = this_thread();
    const parked = thread.parked != 0;
    thread.parked = 0;
    return !parked;
}
