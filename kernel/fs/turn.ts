// The turn at an object (docs/spec/files.md F3). A file operation has it while it transfers bytes, over page faults and requests, so it is
// no spin lock. It lies at the head of the object, in the object's cluster. Without contention it is taken and given by one access from any
// cluster. Else leaf requests go to the object's cluster, which keeps the waiting threads in the order of coming. Only user threads in
// system calls take turns, and none has a promise or a lock then: no server waits for a turn (vmm-policy 5.9).

import { RPC_TURN_CANCEL, RPC_TURN_GIVE, RPC_TURN_WAIT } from "../abi/rpc-ops";
import {
    TURN_CANCEL_FOUND,
    TURN_CANCEL_OBJECT,
    TURN_CANCEL_THREAD,
    TURN_GIVE_OBJECT,
    TURN_WAIT_OBJECT,
    TURN_WAIT_TAKEN,
    TURN_WAIT_THREAD,
} from "../abi/rpc-words";
import { BLOCKED_TURN } from "../abi/thread";
import { fence, remote_cas32, remote_store32, remote_swap32 } from "../hal/hal";
import { lock_acquire, lock_release } from "../hal/lock";
import { xptr_cxy, xptr_local, xptr_lpa, xptr_t } from "../hal/platform";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { sched_block, sched_unblock_self, sched_wait, sched_wake } from "../sched/sched";
import { this_thread, thread_t } from "../sched/thread";
import { sleeper_add, sleeper_is_listed, sleeper_remove, sleepers_t } from "./sleepers";

const FREE: u32 = 0;
const TAKEN: u32 = 1;
/** Taken, and threads may wait. Only the object's cluster, under `queue_lock`, changes it. */
const CONTENDED: u32 = 2;

/** The head of an object with a turn. */
@unmanaged
export class turn_t {
    turn: u32;
    queue_lock: u32;
    /** The threads that wait: a sleepers_t. */
    oldest: u64;
    youngest: u64;
}

function waiters(object: turn_t): sleepers_t {
    return changetype<sleepers_t>(changetype<usize>(object) + offsetof<turn_t>("oldest"));
}

export function turn_init(): void {
    const wait: (desc: xptr_t) => void = serve_wait;
    const give: (desc: xptr_t) => void = serve_give;
    const cancel: (desc: xptr_t) => void = serve_cancel;
    rpc_register(RPC_TURN_WAIT, <u32>wait.index);
    rpc_register(RPC_TURN_GIVE, <u32>give.index);
    rpc_register(RPC_TURN_CANCEL, <u32>cancel.index);
}

/** Waits for the turn at the object, which the caller holds; turn_give ends it. False, without the turn, when the thread is being ended. */
export function turn_take(object: xptr_t): bool {
    if (remote_cas32(object + offsetof<turn_t>("turn"), FREE, TAKEN) == FREE) return true;
    const self = xptr_local(changetype<usize>(this_thread()));
    sched_block(BLOCKED_TURN);
    if (queue(object, self)) {
        sched_unblock_self(BLOCKED_TURN);
        return true;
    }
    // A kill before the block was set has woken no thread.
    if (!is_killed()) sched_wait(BLOCKED_TURN);
    if (!is_killed()) return true;
    sched_unblock_self(BLOCKED_TURN);
    // This thread may have got the turn before the kill.
    if (!cancel(object, self)) turn_give(object);
    return false;
}

function is_killed(): bool {
    return atomic.load<u32>(changetype<usize>(this_thread()) + offsetof<thread_t>("killed")) != 0;
}

/** Gives the turn to the oldest waiter; without one it is free. */
export function turn_give(object: xptr_t): void {
    if (remote_cas32(object + offsetof<turn_t>("turn"), TAKEN, FREE) == TAKEN) return;
    const cxy = xptr_cxy(object);
    if (is_local(cxy)) {
        give_here(changetype<turn_t>(xptr_lpa(object)));
        return;
    }
    rpc_arguments().set(TURN_GIVE_OBJECT, xptr_lpa(object));
    rpc_send(cxy, LEVEL_LEAF, RPC_TURN_GIVE);
}

function serve_give(desc: xptr_t): void {
    give_here(changetype<turn_t>(<usize>rpc_get(desc, TURN_GIVE_OBJECT)));
}

/**
 * The thread is woken under the lock. A thread in the list cannot end, and one that was taken out cannot give its turn, before the lock is
 * free.
 */
function give_here(object: turn_t): void {
    const lock = changetype<usize>(object) + offsetof<turn_t>("queue_lock");
    lock_acquire(lock);
    const next = object.oldest;
    if (next == 0) {
        // It is taken without the lock.
        fence();
        remote_store32(xptr_local(changetype<usize>(object)) + offsetof<turn_t>("turn"), FREE);
    } else {
        sleeper_remove(waiters(object), next);
        sched_wake(next, BLOCKED_TURN);
    }
    lock_release(lock);
}

/** Puts the thread into the list. True when the turn was free instead, and the thread has it. */
function queue(object: xptr_t, thread: xptr_t): bool {
    const cxy = xptr_cxy(object);
    if (is_local(cxy)) return queue_here(changetype<turn_t>(xptr_lpa(object)), thread);
    const desc = rpc_arguments();
    desc.set(TURN_WAIT_OBJECT, xptr_lpa(object));
    desc.set(TURN_WAIT_THREAD, thread);
    rpc_send(cxy, LEVEL_LEAF, RPC_TURN_WAIT);
    return desc.get(TURN_WAIT_TAKEN) != 0;
}

function serve_wait(desc: xptr_t): void {
    rpc_set(
        desc,
        TURN_WAIT_TAKEN,
        queue_here(changetype<turn_t>(<usize>rpc_get(desc, TURN_WAIT_OBJECT)), rpc_get(desc, TURN_WAIT_THREAD)) ? 1 : 0,
    );
}

function queue_here(object: turn_t, thread: xptr_t): bool {
    const lock = changetype<usize>(object) + offsetof<turn_t>("queue_lock");
    lock_acquire(lock);
    const word = xptr_local(changetype<usize>(object)) + offsetof<turn_t>("turn");
    const free = remote_swap32(word, CONTENDED) == FREE;
    if (!free) sleeper_add(waiters(object), thread);
    lock_release(lock);
    return free;
}

/** Takes the thread off the list. False when it was in the list no more, and has the turn. */
function cancel(object: xptr_t, thread: xptr_t): bool {
    const cxy = xptr_cxy(object);
    if (is_local(cxy)) return cancel_here(changetype<turn_t>(xptr_lpa(object)), thread);
    const desc = rpc_arguments();
    desc.set(TURN_CANCEL_OBJECT, xptr_lpa(object));
    desc.set(TURN_CANCEL_THREAD, thread);
    rpc_send(cxy, LEVEL_LEAF, RPC_TURN_CANCEL);
    return desc.get(TURN_CANCEL_FOUND) != 0;
}

function serve_cancel(desc: xptr_t): void {
    rpc_set(
        desc,
        TURN_CANCEL_FOUND,
        cancel_here(changetype<turn_t>(<usize>rpc_get(desc, TURN_CANCEL_OBJECT)), rpc_get(desc, TURN_CANCEL_THREAD))
            ? 1
            : 0,
    );
}

function cancel_here(object: turn_t, thread: xptr_t): bool {
    const lock = changetype<usize>(object) + offsetof<turn_t>("queue_lock");
    lock_acquire(lock);
    const waits = sleeper_is_listed(thread);
    if (waits) sleeper_remove(waiters(object), thread);
    lock_release(lock);
    return waits;
}
