// RPC between instances (vmm-policy 5.9). Every cluster has one bounded FIFO a level, in SHARED memory; a client pushes the xptr
// of its descriptor and interrupts a hart. Leaf requests run in the interrupt handler, the other levels in server threads,
// and a handler sends only to lower levels: so no cycle of waits can form. Who waits goes on serving leaf requests. A request that meets
// a state that outlives requests is parked (rpc/parking.ts).
//
// A FIFO is memory: a request arrives exactly once, and those of a cluster and level are taken in the order of coming. Its two servers
// may end them in another order, and a client has one request at a time, so what can be reordered is requests of different clients.
// kernel.rpcJitter makes that frequent.

import { BI_RPC_JITTER } from "../abi/boot-info";
import { PROBE_RPC_SENT, PROBE_RPC_SERVED } from "../abi/event";
import { PHASE_QUEUE, PHASE_RETURN, PHASE_RPC_OUT, PHASE_SERVICE } from "../abi/phase";
import {
    MUTANT_LEVEL_ATTACH,
    MUTANT_LEVEL_DOWNGRADE,
    MUTANT_LEVEL_FORK_BEGIN,
    MUTANT_LEVEL_FORK_END,
    MUTANT_LEVEL_FRAME,
    MUTANT_LEVEL_INVALIDATE,
    MUTANT_LEVEL_REGISTER,
} from "../abi/rule-mutants";
import { BLOCKED_EVENT, BLOCKED_RPC, KIND_SERVER } from "../abi/thread";
import { FRAME_THREAD } from "../abi/vseg-type";
import { cstr } from "../hal/cstr";
import { pause, remote_cas64, remote_load32, remote_load64, remote_store32, remote_store64 } from "../hal/hal";
import { lock_release, lock_try } from "../hal/lock";
import {
    boot_info,
    hart_id,
    harts_per_cluster,
    ipi_send,
    local_cxy,
    xptr_cxy,
    xptr_local,
    xptr_lpa,
    xptr_make,
    xptr_t,
} from "../hal/platform";
import { SHARED_FIFO_BYTES, SHARED_FIFOS } from "../hal/shared";
import { phase_enter } from "../mm/fault-cost";
import { ppm_alloc } from "../mm/ppm";
import { Mutant } from "../mutant";
import { assert_kernel } from "../panic";
import { probe5 } from "../probe";
import { hart_of } from "../proc/cluster";
import {
    sched_add,
    sched_block,
    sched_others_wait,
    sched_prepare,
    sched_take_ipi,
    sched_unblock_self,
    sched_wait,
    sched_wake,
    sched_yield,
} from "../proc/sched";
import { rpc_desc_t, THREAD_BLOCK_ORDER, this_hart, this_thread, thread_layout, thread_t } from "../proc/thread";
import { random_next } from "../random";
import {
    RPC_ATTACH_VSEG,
    RPC_DSM_DOWNGRADE,
    RPC_FORK_BEGIN,
    RPC_FORK_END,
    RPC_FRAME_ALLOC,
    RPC_INVALIDATE_RANGE,
    RPC_THREAD_REGISTER,
} from "./ops";
import { parking_end, parking_is_ready, parking_next, parking_take } from "./parking";

/** Runs in the interrupt handler; sends nothing. */
export const LEVEL_LEAF: u32 = 0;
/** DSM at a node's reference cluster. */
export const LEVEL_NODE: u32 = 1;
/** DSM manager. */
export const LEVEL_MANAGER: u32 = 2;
/** Services of a process's reference cluster. */
export const LEVEL_REFERENCE: u32 = 3;
/** Processes and threads. */
export const LEVEL_PROCESS: u32 = 4;
export const LEVELS: u32 = 5;

/** Server threads of a level in a cluster: how many of its requests may wait at once. */
const SERVERS_PER_LEVEL: u32 = 2;
const SLOTS: u32 = 64;
const MAX_OPS: u32 = 128;

// A FIFO: tail (producers, compare-and-swap), head (the consumer), lock, then SLOTS pairs {sequence, descriptor}.
const TAIL: usize = 0;
const HEAD: usize = 8;
const LOCK: usize = 16;
const FIRST_SLOT: usize = 64;
const FIFO_SIZE: usize = 64 + 64 * 16;
/** Function index of each operation's handler: (descriptor: xptr_t) => void. */
const handlers: usize = memory.data(128 * 4, 4);
/** SERVERS_PER_LEVEL threads a level. */
const servers: usize = memory.data(5 * 2 * 4, 4);

function fifo(level: u32): usize {
    return SHARED_FIFOS + <usize>level * FIFO_SIZE;
}

/** Empties the FIFOs; before any other instance may send. */
export function rpc_init(): void {
    assert_kernel(<usize>LEVELS * FIFO_SIZE <= SHARED_FIFO_BYTES, cstr("the FIFOs overlap the words behind them"));
    for (let level: u32 = 0; level < LEVELS; level++) {
        for (let slot: u32 = 0; slot < SLOTS; slot++) store<u64>(fifo(level) + FIRST_SLOT + (slot << 4), <u64>slot);
    }
}

/** Declares the handler of an operation: the index of a function (descriptor: xptr_t) => void. */
export function rpc_register(op: u32, handler: u32): void {
    assert_kernel(op < MAX_OPS && load<u32>(handlers + (op << 2)) == 0, cstr("rpc_register: operation taken"));
    store<u32>(handlers + (op << 2), handler);
}

/** Creates the server threads. */
export function rpc_start_servers(): void {
    for (let level: u32 = 1; level < LEVELS; level++) {
        for (let i: u32 = 0; i < SERVERS_PER_LEVEL; i++) {
            const block = ppm_alloc(THREAD_BLOCK_ORDER, FRAME_THREAD, 0);
            assert_kernel(block != 0, cstr("no memory for the RPC servers"));
            const thread = thread_layout(block, KIND_SERVER);
            thread.level = level;
            store<usize>(servers + ((level * SERVERS_PER_LEVEL + i) << 2), block);
            const entry: (argument: usize) => void = rpc_server;
            sched_prepare(thread, <u32>entry.index, <usize>level);
            sched_add(hart_of(server_lid(level)), thread);
        }
    }
}

function server_lid(level: u32): u32 {
    return level % harts_per_cluster;
}

/** The running thread's descriptor: fill its arguments, rpc_send, read its results from the same arguments. */
export function rpc_arguments(): rpc_desc_t {
    return this_thread().rpc;
}

/** Sends the running thread's descriptor to cluster `cxy` and waits for the answer. */
export function rpc_send(cxy: u32, level: u32, op: u32): void {
    level = mutant_level(level, op);
    const self = this_thread();
    const desc = self.rpc;
    desc.op = op;
    desc.wake = level == LEVEL_LEAF ? 0 : 1;
    desc.client = xptr_local(changetype<usize>(self));
    desc.fault = self.fault;
    desc.phase = self.phase;
    const done = changetype<usize>(desc) + offsetof<rpc_desc_t>("done");
    atomic.store<u32>(done, 0);
    probe5(PROBE_RPC_SENT, level, op, cxy, 0, 0);
    if (level == LEVEL_LEAF) send_late();
    else sched_block(BLOCKED_RPC);
    while (!push(cxy, level, xptr_local(changetype<usize>(desc)))) wait_for_room(level);
    const lid = level == LEVEL_LEAF ? this_hart().lid : server_lid(level);
    ipi_send(hart_id(cxy, lid));
    if (level != LEVEL_LEAF) {
        // The server clears the bit first and sets done last, so nothing of this thread is touched after it goes on.
        sched_wait(BLOCKED_RPC);
        while (atomic.load<u32>(done) == 0) pause();
        return;
    }
    while (atomic.load<u32>(done) == 0) {
        rpc_serve_leaf();
        pause();
    }
}

/** MUTANT_LEVEL_*: a level that is too high. */
function mutant_level(level: u32, op: u32): u32 {
    if (Mutant.on(MUTANT_LEVEL_FORK_END) && op == RPC_FORK_END) return LEVEL_REFERENCE;
    if (Mutant.on(MUTANT_LEVEL_INVALIDATE) && op == RPC_INVALIDATE_RANGE) return LEVEL_REFERENCE;
    if (Mutant.on(MUTANT_LEVEL_FRAME) && op == RPC_FRAME_ALLOC) return LEVEL_REFERENCE;
    if (Mutant.on(MUTANT_LEVEL_DOWNGRADE) && op == RPC_DSM_DOWNGRADE) return LEVEL_MANAGER;
    if (Mutant.on(MUTANT_LEVEL_REGISTER) && op == RPC_THREAD_REGISTER) return LEVEL_PROCESS;
    if (Mutant.on(MUTANT_LEVEL_ATTACH) && op == RPC_ATTACH_VSEG) return LEVEL_PROCESS;
    return Mutant.on(MUTANT_LEVEL_FORK_BEGIN) && op == RPC_FORK_BEGIN ? LEVEL_PROCESS : level;
}

/** rpc_send about the object at `target`, to its cluster: argument 0 is its local address, a to d are 1 to 4. The first result. */
export function rpc_ask(level: u32, target: xptr_t, op: u32, a: u64, b: u64, c: u64, d: u64): u64 {
    const desc = rpc_arguments();
    desc.arg0 = xptr_lpa(target);
    desc.arg1 = a;
    desc.arg2 = b;
    desc.arg3 = c;
    desc.arg4 = d;
    rpc_send(xptr_cxy(target), level, op);
    return desc.arg0;
}

/** kernel.rpcJitter: for how many turns a request is late; less than that many, by the run's seed. */
function jitter(): u64 {
    const turns = boot_info(BI_RPC_JITTER);
    return turns == 0 ? 0 : random_next() % turns;
}

/**
 * A leaf request is late on its way: its handler may interrupt anything, so it cannot wait, and its client spins anyway, as here. A
 * turn is one look at the own cluster's leaf requests.
 */
function send_late(): void {
    for (let turns = jitter(); turns != 0; turns--) {
        rpc_serve_leaf();
        pause();
    }
}

/**
 * Any other request is late at its server, which holds nothing yet but the request: the level's other server, and every other
 * thread, goes on meanwhile. A turn is one rpc_yield, up to a time slice. The turns are bounded, so nobody waits for ever.
 */
function serve_late(): void {
    for (let turns = jitter(); turns != 0; turns--) rpc_yield();
}

/** Appends a descriptor to a FIFO anywhere. False: it is full, or another client was faster. */
function push(cxy: u32, level: u32, desc: xptr_t): bool {
    const base = xptr_make(cxy, fifo(level));
    const tail = remote_load64(base + TAIL);
    const slot = base + FIRST_SLOT + ((tail & <u64>(SLOTS - 1)) << 4);
    const sequence = remote_load64(slot);
    if (sequence != tail || remote_cas64(base + TAIL, tail, tail + 1) != tail) return false;
    remote_store64(slot + 8, desc);
    // Marked before the store that shows the request: the server's own mark must come later.
    if (this_thread().phase == PHASE_RPC_OUT) phase_enter(PHASE_QUEUE);
    remote_store64(slot, tail + 1);
    return true;
}

/**
 * Leaf requests are taken by whatever hart polls. The servers of another level may wait for lower ones, whose servers may be this
 * hart's: it must not be kept from them.
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

/** Takes the oldest descriptor of this cluster's FIFO, or 0. The caller holds the FIFO's lock. */
function pop(base: usize): xptr_t {
    const head = atomic.load<u64>(base + HEAD);
    const slot = base + FIRST_SLOT + ((<usize>head & (SLOTS - 1)) << 4);
    if (atomic.load<u64>(slot) != head + 1) return 0;
    const desc = atomic.load<u64>(slot + 8);
    atomic.store<u64>(slot, head + SLOTS);
    atomic.store<u64>(base + HEAD, head + 1);
    return desc;
}

/** The oldest request of this cluster and level, 0: none. Those that were parked have come before those of the FIFO. */
function take(level: u32): xptr_t {
    const parked = parking_take(level);
    if (parked != 0) return parked;
    const base = fifo(level);
    if (!is_pushed(level)) return 0;
    while (!lock_try(base + LOCK)) pause();
    const desc = pop(base);
    lock_release(base + LOCK);
    return desc;
}

/** Serves every waiting leaf request. From the interrupt handler, the idle loop and every wait. */
export function rpc_serve_leaf(): void {
    for (let desc = take(LEVEL_LEAF); desc != 0; desc = take(LEVEL_LEAF)) serve(desc, LEVEL_LEAF);
}

/** What a software interrupt asks for: requests of other instances first; then the servers that have some are made ready. */
export function rpc_poll(): void {
    sched_take_ipi();
    rpc_serve_leaf();
    rpc_wake_servers();
}

/** One step of a wait for another thread, here or elsewhere: goes on serving (5.9), and lets others run. */
export function rpc_yield(): void {
    rpc_poll();
    const thread = this_thread();
    thread.polling = 1;
    sched_yield();
    thread.polling = 0;
}

/**
 * Between two pages of a call that its user made long (docs/spec/files.md F7): serves, and lets others run. False: the thread is being
 * ended, and the call ends with what it has done.
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
    return parking_is_ready(level) || is_pushed(level);
}

function is_pushed(level: u32): bool {
    const base = fifo(level);
    const head = atomic.load<u64>(base + HEAD);
    return atomic.load<u64>(base + FIRST_SLOT + ((<usize>head & (SLOTS - 1)) << 4)) == head + 1;
}

/** A state that requests and threads of `list` (rpc/parking.ts) wait for has ended. The caller holds the list's lock. */
export function rpc_resume(list: usize): void {
    ring(parking_end(list));
}

/** As rpc_resume for the oldest of a list that is not empty. */
export function rpc_resume_next(list: usize): void {
    ring(parking_next(list));
}

/** The servers of each level in the set (one bit a level) have requests. */
function ring(levels: u32): void {
    for (; levels != 0; levels &= levels - 1) ipi_send(hart_id(local_cxy, server_lid(<u32>ctz<u32>(levels))));
}

/** A server thread: serves its level's FIFO for ever. */
function rpc_server(level: usize): void {
    while (true) {
        sched_block(BLOCKED_EVENT);
        const desc = take(<u32>level);
        if (desc == 0) {
            sched_wait(BLOCKED_EVENT);
            continue;
        }
        sched_unblock_self(BLOCKED_EVENT);
        serve_late();
        serve(desc, <u32>level);
    }
}

function serve(desc: xptr_t, level: u32): void {
    const op = remote_load32(desc + offsetof<rpc_desc_t>("op"));
    if (!handle(desc, load<u32>(handlers + (op << 2)))) return;
    probe5(PROBE_RPC_SERVED, level, op, xptr_cxy(desc), 0, 0);
    const client = remote_load64(desc + offsetof<rpc_desc_t>("client"));
    const wake = remote_load32(desc + offsetof<rpc_desc_t>("wake"));
    if (wake != 0) sched_wake(client, BLOCKED_RPC);
    remote_store32(desc + offsetof<rpc_desc_t>("done"), 1);
}

/**
 * Runs the handler for the client's fault, if it has one; a leaf request interrupts whatever the thread was doing for another. False: the
 * request is parked, and may be another server's by now.
 */
function handle(desc: xptr_t, handler: u32): bool {
    const thread = this_thread();
    const fault = thread.fault;
    const phase = thread.phase;
    thread.fault = remote_load64(desc + offsetof<rpc_desc_t>("fault"));
    thread.phase = remote_load32(desc + offsetof<rpc_desc_t>("phase"));
    const asked = thread.phase == PHASE_RPC_OUT;
    if (asked) phase_enter(PHASE_SERVICE);
    call_indirect<void>(handler, desc);
    const parked = thread.parked != 0;
    thread.parked = 0;
    if (asked && !parked) phase_enter(PHASE_RETURN);
    thread.fault = fault;
    thread.phase = phase;
    return !parked;
}

/** Argument i (0..7) of a request, for its handler. */
export function rpc_get(desc: xptr_t, i: u32): u64 {
    return remote_load64(desc + offsetof<rpc_desc_t>("arg0") + (i << 3));
}

/** Result i (0..7) of a request, from its handler. */
export function rpc_set(desc: xptr_t, i: u32, value: u64): void {
    remote_store64(desc + offsetof<rpc_desc_t>("arg0") + (i << 3), value);
}

/** True when `cxy` is this instance: the caller then calls the handler's function itself. */
export function is_local(cxy: u32): bool {
    return cxy == local_cxy;
}
