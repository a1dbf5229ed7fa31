// sm_lock, sm_unlock and condition variables (sm-dsm 2) at the group's home. A lock is held by a thread. A thread that finds it taken waits
// in the order of coming. A thread that waits for a condition has given up its lock and gets it back, in that order, after it was woken. A
// waiting thread is blocked with BLOCKED_GROUP; when it is woken it has the lock, and learns nothing else.

import { DSM_LOCK } from "../abi/dsm-action";
import { EDEADLK, EINTR, ENOMEM, EPERM } from "../abi/errno";
import { BLOCKED_GROUP } from "../abi/thread";
import { remote_load32 } from "../hal/hal";
import { xptr_local, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { sched_wake } from "../sched/sched";
import { thread_t } from "../sched/thread";
import { group_count, group_lock, group_t, group_unlock } from "./group";

const KIND_LOCK: u32 = 0;
const KIND_CONDITION: u32 = 1;

/** A lock that is held, or a condition that is waited for. */
@unmanaged
class sm_queue_t {
    /** Id of the thread that holds the lock, or 0; and its node. A thread's block may be used for another thread later, its id may not. */
    holder: u32;
    node: u32;
    kind: u32;
    id: u32;
    /** Number of threads that wait for conditions and want this lock back; it stays for them. */
    wanted: u32;
    /** Waiting threads (sm_waiter_t), the oldest first. */
    first: usize;
    last: usize;
    next: usize;
}

@unmanaged
class sm_waiter_t {
    thread: u64;
    next: usize;
    node: u32;
    /** At a condition: the lock that the thread wants back. */
    lock: u32;
    padding: u32;
}

/**
 * Answer of locks_acquire and locks_wait beside 0 (the thread has the lock) and -errno: the thread must wait. The holder's node stands
 * above.
 */
export const MUST_WAIT: i64 = 1;
export const HOLDER_SHIFT: i64 = 8;

export function locks_acquire(group: group_t, node: u32, thread: xptr_t, id: u32): i64 {
    group_lock(group);
    const answer = group.dead != 0 ? -EINTR : acquire(group, node, thread, id);
    group_unlock(group);
    return answer;
}

function acquire(group: group_t, node: u32, thread: xptr_t, id: u32): i64 {
    const lock = changetype<sm_queue_t>(make(group, KIND_LOCK, id));
    if (changetype<usize>(lock) == 0) return -ENOMEM;
    if (lock.holder == id_of(thread)) return -EDEADLK;
    if (lock.holder == 0) {
        hold(group, lock, node, thread);
        return 0;
    }
    const waiter = make_waiter(node, thread, id);
    if (waiter == 0) return -ENOMEM;
    append(lock, changetype<sm_waiter_t>(waiter));
    return MUST_WAIT | ((<i64>lock.node) << HOLDER_SHIFT);
}

/** Returns 0, or -EPERM when the thread does not hold the lock. */
export function locks_release(group: group_t, thread: xptr_t, id: u32): i64 {
    group_lock(group);
    const lock = changetype<sm_queue_t>(find(group, KIND_LOCK, id));
    const held = changetype<usize>(lock) != 0 && lock.holder == id_of(thread);
    if (held) pass_on(group, lock);
    group_unlock(group);
    return held ? 0 : -EPERM;
}

/** sm_cond_wait: gives the lock up; the thread is woken with it. Returns MUST_WAIT, or -errno. */
export function locks_wait(group: group_t, node: u32, thread: xptr_t, condition: u32, id: u32): i64 {
    group_lock(group);
    const answer = group.dead != 0 ? -EINTR : wait(group, node, thread, condition, id);
    group_unlock(group);
    return answer;
}

function wait(group: group_t, node: u32, thread: xptr_t, condition: u32, id: u32): i64 {
    const lock = changetype<sm_queue_t>(find(group, KIND_LOCK, id));
    if (changetype<usize>(lock) == 0 || lock.holder != id_of(thread)) return -EPERM;
    const waiter = make_waiter(node, thread, id);
    if (waiter == 0) return -ENOMEM;
    const queue = changetype<sm_queue_t>(make(group, KIND_CONDITION, condition));
    if (changetype<usize>(queue) == 0) {
        kcm_free(waiter);
        return -ENOMEM;
    }
    append(queue, changetype<sm_waiter_t>(waiter));
    lock.wanted++;
    pass_on(group, lock);
    return MUST_WAIT;
}

/** sm_cond_signal, and with `all` sm_cond_broadcast: the oldest waiting thread, or each, goes on when it gets its lock. */
export function locks_signal(group: group_t, condition: u32, all: bool): void {
    group_lock(group);
    const queue = changetype<sm_queue_t>(find(group, KIND_CONDITION, condition));
    while (group.dead == 0 && changetype<usize>(queue) != 0 && queue.first != 0) {
        to_its_lock(group, queue);
        if (!all) break;
    }
    if (changetype<usize>(queue) != 0) drop_idle(group, queue);
    group_unlock(group);
}

/** Moves the oldest waiter of a condition to its lock, which it gets at once if that is free. */
function to_its_lock(group: group_t, condition: sm_queue_t): void {
    const waiter = take(condition);
    const lock = changetype<sm_queue_t>(find(group, KIND_LOCK, waiter.lock));
    lock.wanted--;
    append(lock, waiter);
    if (lock.holder == 0) pass_on(group, lock);
}

/** Takes a thread that was ended while it waited out of all queues. It holds no lock when this returns. */
export function locks_cancel(group: group_t, thread: xptr_t): void {
    group_lock(group);
    const id = id_of(thread);
    for (let at = group.queues; at != 0; ) {
        const queue = changetype<sm_queue_t>(at);
        at = queue.next;
        remove(group, queue, thread);
        // Nothing is granted in a dead group.
        if (queue.holder == id && group.dead == 0) pass_on(group, queue);
    }
    for (let at = group.queues; at != 0; ) {
        const queue = changetype<sm_queue_t>(at);
        at = queue.next;
        drop_idle(group, queue);
    }
    group_unlock(group);
}

/** Frees all queues and waiters, at the end of the group. */
export function locks_free(group: group_t): void {
    group.queue_count = 0;
    while (group.queues != 0) {
        const queue = changetype<sm_queue_t>(group.queues);
        while (queue.first != 0) kcm_free(changetype<usize>(take(queue)));
        group.queues = queue.next;
        kcm_free(changetype<usize>(queue));
    }
}

function hold(group: group_t, lock: sm_queue_t, node: u32, thread: xptr_t): void {
    lock.holder = id_of(thread);
    lock.node = node;
    group_count(xptr_local(changetype<usize>(group)), node, DSM_LOCK);
}

/** The id of a thread in any cluster. The thread is in a call of this group, so its block exists. */
function id_of(thread: xptr_t): u32 {
    return remote_load32(thread + offsetof<thread_t>("id"));
}

/** The lock goes to its oldest waiting thread; without one it is free, and forgotten. */
function pass_on(group: group_t, lock: sm_queue_t): void {
    lock.holder = 0;
    if (lock.first == 0) {
        drop_idle(group, lock);
        return;
    }
    const waiter = take(lock);
    hold(group, lock, waiter.node, waiter.thread);
    sched_wake(waiter.thread, BLOCKED_GROUP);
    kcm_free(changetype<usize>(waiter));
}

/** The queue's address; 0 when the lock or condition is neither held nor waited for. */
function find(group: group_t, kind: u32, id: u32): usize {
    let at = group.queues;
    while (at != 0 && (changetype<sm_queue_t>(at).kind != kind || changetype<sm_queue_t>(at).id != id)) {
        at = changetype<sm_queue_t>(at).next;
    }
    return at;
}

/** The most queues of a group: each call looks for its own among them (vmm-policy 5.9.9). */
const QUEUES_MAX: u32 = 4096;

/** Does as find, and makes the queue if there is none. 0 without memory, or when there are too many. */
function make(group: group_t, kind: u32, id: u32): usize {
    const found = find(group, kind, id);
    if (found != 0 || group.queue_count >= QUEUES_MAX) return found;
    const address = kcm_alloc(<u32>offsetof<sm_queue_t>());
    if (address == 0) return 0;
    const queue = changetype<sm_queue_t>(address);
    queue.kind = kind;
    queue.id = id;
    queue.next = group.queues;
    group.queues = address;
    group.queue_count++;
    return address;
}

/** Frees a queue that is neither held, nor wanted, nor waited for. */
function drop_idle(group: group_t, queue: sm_queue_t): void {
    if ((queue.holder | queue.wanted | <u32>queue.first) != 0) return;
    let link = changetype<usize>(group) + offsetof<group_t>("queues");
    while (load<usize>(link) != changetype<usize>(queue)) link = load<usize>(link) + offsetof<sm_queue_t>("next");
    store<usize>(link, queue.next);
    group.queue_count--;
    kcm_free(changetype<usize>(queue));
}

function make_waiter(node: u32, thread: xptr_t, lock: u32): usize {
    const address = kcm_alloc(<u32>offsetof<sm_waiter_t>());
    if (address == 0) return 0;
    const waiter = changetype<sm_waiter_t>(address);
    waiter.node = node;
    waiter.thread = thread;
    waiter.lock = lock;
    return address;
}

function append(queue: sm_queue_t, waiter: sm_waiter_t): void {
    waiter.next = 0;
    if (queue.first == 0) queue.first = changetype<usize>(waiter);
    else changetype<sm_waiter_t>(queue.last).next = changetype<usize>(waiter);
    queue.last = changetype<usize>(waiter);
}

/** Takes the oldest waiter out of a queue that has one. */
function take(queue: sm_queue_t): sm_waiter_t {
    const waiter = changetype<sm_waiter_t>(queue.first);
    queue.first = waiter.next;
    return waiter;
}

/** Takes the thread out of a queue, if it waits there. */
function remove(group: group_t, queue: sm_queue_t, thread: xptr_t): void {
    let previous: usize = 0;
    let at = queue.first;
    while (at != 0 && changetype<sm_waiter_t>(at).thread != thread) {
        previous = at;
        at = changetype<sm_waiter_t>(at).next;
    }
    if (at == 0) return;
    const next = changetype<sm_waiter_t>(at).next;
    if (previous == 0) queue.first = next;
    else changetype<sm_waiter_t>(previous).next = next;
    if (queue.last == at) queue.last = previous;
    if (queue.kind == KIND_CONDITION) {
        changetype<sm_queue_t>(find(group, KIND_LOCK, changetype<sm_waiter_t>(at).lock)).wanted--;
    }
    kcm_free(at);
}
