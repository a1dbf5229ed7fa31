// Parking (vmm-policy 5.9.4 to 5.9.6). No server waits for a state of an object that outlives a request: it puts the request into the
// object's list, and goes on with others. The thread or request that ends the state hands the list back to the level's servers, which begin
// each request anew. A thread that meets such a state on its own behalf waits in the same list, with its own descriptor.

import { BLOCKED_STATE } from "../abi/thread";
import { remote_load32, remote_load64, remote_store32, remote_store64 } from "../hal/hal";
import { lock_acquire, lock_release } from "../hal/lock";
import { xptr_local, xptr_t } from "../hal/platform";
import { sched_block, sched_wake } from "../sched/sched";
import { rpc_desc_t, this_thread } from "../sched/thread";
import { fault_parked } from "../trace/fault-cost";

/** The value for no operation: the descriptor belongs to a waiting thread. */
const NO_OPERATION: u32 = 0;

/** A list of descriptors, oldest first: the xptrs of the first and the last one. In zeroed memory it is empty. */
const FIRST: usize = 0;
const LAST: usize = 8;
/** Bytes of a list. */
export const PARKING_SIZE: usize = 16;

/** The requests whose state has ended: a list for each level of rpc/levels.ts. ready_lock is the lock of all of them. */
const ready: usize = memory.data(5 * 16, 8);
const ready_lock: usize = memory.data(4, 4);

function append(list: usize, desc: xptr_t): void {
    remote_store64(desc + offsetof<rpc_desc_t>("next"), 0);
    if (load<u64>(list + FIRST) == 0) store<u64>(list + FIRST, desc);
    else remote_store64(load<u64>(list + LAST) + offsetof<rpc_desc_t>("next"), desc);
    store<u64>(list + LAST, desc);
}

/** Takes the oldest descriptor of a list, or 0. */
function take(list: usize): xptr_t {
    const desc = load<u64>(list + FIRST);
    if (desc != 0) store<u64>(list + FIRST, remote_load64(desc + offsetof<rpc_desc_t>("next")));
    return desc;
}

/**
 * Parks the request that `desc` names, whose handler cannot answer yet. The handler returns at once, and the request is served anew after
 * parking_end. The caller holds the lock that guards both the list and the state.
 */
export function parking_park(list: usize, desc: xptr_t): void {
    const thread = this_thread();
    thread.parked = 1;
    remote_store32(desc + offsetof<rpc_desc_t>("level"), thread.level);
    fault_parked(desc);
    append(list, desc);
}

/** Does as parking_park for the running thread itself, which then gives the lock back and calls sched_wait(BLOCKED_STATE). */
export function parking_enlist(list: usize): void {
    const thread = this_thread();
    thread.rpc.op = NO_OPERATION;
    thread.rpc.client = xptr_local(changetype<usize>(thread));
    sched_block(BLOCKED_STATE);
    append(list, xptr_local(changetype<usize>(thread.rpc)));
}

/**
 * Ends the state: threads of the list go on, and its requests are ready for their servers. The caller holds the lock, and afterwards rings
 * for each level in the result (one bit for each level).
 */
export function parking_end(list: usize): u32 {
    let levels: u32 = 0;
    for (let desc = take(list); desc != 0; desc = take(list)) levels |= resume(desc);
    return levels;
}

/** The oldest descriptor of a list, or 0. The caller holds the lock. */
export function parking_first(list: usize): xptr_t {
    return load<u64>(list + FIRST);
}

/** Does as parking_end for the oldest descriptor of a list that has one. It is for a state that each descriptor ends for the next. */
export function parking_next(list: usize): u32 {
    return resume(take(list));
}

/** Resumes a descriptor. Returns the bit of the level to ring for, or 0 for a thread's own descriptor. */
function resume(desc: xptr_t): u32 {
    if (remote_load32(desc + offsetof<rpc_desc_t>("op")) == NO_OPERATION) {
        sched_wake(remote_load64(desc + offsetof<rpc_desc_t>("client")), BLOCKED_STATE);
        return 0;
    }
    return parking_add(desc, remote_load32(desc + offsetof<rpc_desc_t>("level")));
}

/** Makes a request ready for the servers of the level, of which it returns the bit. */
export function parking_add(desc: xptr_t, level: u32): u32 {
    lock_acquire(ready_lock);
    append(ready + <usize>level * PARKING_SIZE, desc);
    lock_release(ready_lock);
    return 1 << level;
}

/** True when a request of the level is ready again. */
export function parking_is_ready(level: u32): bool {
    return atomic.load<u64>(ready + <usize>level * PARKING_SIZE + FIRST) != 0;
}

/** Takes the oldest request of the level that is ready again, or 0. */
export function parking_take(level: u32): xptr_t {
    if (!parking_is_ready(level)) return 0;
    lock_acquire(ready_lock);
    const desc = take(ready + <usize>level * PARKING_SIZE);
    lock_release(ready_lock);
    return desc;
}
