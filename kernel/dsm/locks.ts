// sm_lock, sm_unlock and condition variables (sm-dsm 2) at the group's home. A lock is held by a thread; who finds it taken waits in
// the order of coming. Who waits for a condition has given up its lock and gets it back, in that order, after it was woken.
// A waiting thread is blocked with BLOCKED_GROUP and learns nothing when it is woken but that it has the lock.
import { EDEADLK, EINTR, ENOMEM, EPERM } from "../abi/errno";
import { DSM_LOCK } from "../abi/probe";
import { xptr_local, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { sched_wake } from "../proc/sched";
import { BLOCKED_GROUP } from "../proc/thread";
import { group_count, group_lock, group_t, group_unlock } from "./group";

const KIND_LOCK: u32 = 0;
const KIND_CONDITION: u32 = 1;

/** A lock or a condition, made when it is first named. */
@unmanaged
class sm_queue_t {
    /** xptr of the thread that holds the lock, 0: nobody; and its node. */
    holder: u64;
    node: u32;
    kind: u32;
    id: u32;
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
    /** At a condition: the lock it wants back. */
    lock: u32;
    padding: u32;
}

/** Answers of locks_acquire and locks_wait beside 0 (the lock is the thread's) and -errno: wait; the holder's node stands above. */
export const MUST_WAIT: i64 = 1;
export const HOLDER_SHIFT: i64 = 8;

export function locks_acquire(group: group_t, node: u32, thread: xptr_t, id: u32): i64 {
    group_lock(group);
    const answer = group.dead != 0 ? -EINTR : acquire(group, node, thread, id);
    group_unlock(group);
    return answer;
}

function acquire(group: group_t, node: u32, thread: xptr_t, id: u32): i64 {
    const lock = changetype<sm_queue_t>(find(group, KIND_LOCK, id));
    if (changetype<usize>(lock) == 0) return -ENOMEM;
    if (lock.holder == thread) return -EDEADLK;
    if (lock.holder == 0) {
        hold(group, lock, node, thread);
        return 0;
    }
    const waiter = make_waiter(node, thread, id);
    if (waiter == 0) return -ENOMEM;
    append(lock, changetype<sm_waiter_t>(waiter));
    return MUST_WAIT | ((<i64>lock.node) << HOLDER_SHIFT);
}

/** 0, or -EPERM: the thread does not hold the lock. */
export function locks_release(group: group_t, thread: xptr_t, id: u32): i64 {
    group_lock(group);
    const lock = changetype<sm_queue_t>(find(group, KIND_LOCK, id));
    const held = changetype<usize>(lock) != 0 && lock.holder == thread;
    if (held) pass_on(group, lock);
    group_unlock(group);
    return held ? 0 : -EPERM;
}

/** sm_cond_wait: gives the lock up; the thread is woken with it. MUST_WAIT, or -errno. */
export function locks_wait(group: group_t, node: u32, thread: xptr_t, condition: u32, id: u32): i64 {
    group_lock(group);
    const answer = group.dead != 0 ? -EINTR : wait(group, node, thread, condition, id);
    group_unlock(group);
    return answer;
}

function wait(group: group_t, node: u32, thread: xptr_t, condition: u32, id: u32): i64 {
    const lock = changetype<sm_queue_t>(find(group, KIND_LOCK, id));
    if (changetype<usize>(lock) == 0 || lock.holder != thread) return -EPERM;
    const queue = changetype<sm_queue_t>(find(group, KIND_CONDITION, condition));
    const waiter = make_waiter(node, thread, id);
    if (waiter == 0) return -ENOMEM;
    if (changetype<usize>(queue) == 0) {
        kcm_free(waiter);
        return -ENOMEM;
    }
    append(queue, changetype<sm_waiter_t>(waiter));
    pass_on(group, lock);
    return MUST_WAIT;
}

/** sm_cond_signal, and with `all` sm_cond_broadcast: the oldest waiting thread, or each, goes on when it gets its lock. */
export function locks_signal(group: group_t, condition: u32, all: bool): void {
    group_lock(group);
    const queue = changetype<sm_queue_t>(find(group, KIND_CONDITION, condition));
    while (group.dead == 0 && changetype<usize>(queue) != 0 && queue.first != 0) {
        const waiter = take(queue);
        const lock = changetype<sm_queue_t>(find(group, KIND_LOCK, waiter.lock));
        append(lock, waiter);
        if (lock.holder == 0) pass_on(group, lock);
        if (!all) break;
    }
    group_unlock(group);
}

/** A thread that was ended while it waited: it is in no queue and holds no lock when this returns. */
export function locks_cancel(group: group_t, thread: xptr_t): void {
    group_lock(group);
    for (let at = group.queues; at != 0; at = changetype<sm_queue_t>(at).next) {
        const queue = changetype<sm_queue_t>(at);
        remove(queue, thread);
        if (queue.holder == thread && group.dead == 0) pass_on(group, queue);
    }
    group_unlock(group);
}

/** At the end of the group. */
export function locks_free(group: group_t): void {
    while (group.queues != 0) {
        const queue = changetype<sm_queue_t>(group.queues);
        while (queue.first != 0) kcm_free(changetype<usize>(take(queue)));
        group.queues = queue.next;
        kcm_free(changetype<usize>(queue));
    }
}

function hold(group: group_t, lock: sm_queue_t, node: u32, thread: xptr_t): void {
    lock.holder = thread;
    lock.node = node;
    group_count(xptr_local(changetype<usize>(group)), node, DSM_LOCK);
}

/** The lock goes to its oldest waiting thread, or is free. */
function pass_on(group: group_t, lock: sm_queue_t): void {
    lock.holder = 0;
    if (lock.first == 0) return;
    const waiter = take(lock);
    hold(group, lock, waiter.node, waiter.thread);
    sched_wake(waiter.thread, BLOCKED_GROUP);
    kcm_free(changetype<usize>(waiter));
}

/** The queue's address; 0 without memory. */
function find(group: group_t, kind: u32, id: u32): usize {
    for (let at = group.queues; at != 0; at = changetype<sm_queue_t>(at).next) {
        if (changetype<sm_queue_t>(at).kind == kind && changetype<sm_queue_t>(at).id == id) return at;
    }
    const address = kcm_alloc(<u32>offsetof<sm_queue_t>());
    if (address == 0) return 0;
    const queue = changetype<sm_queue_t>(address);
    queue.kind = kind;
    queue.id = id;
    queue.next = group.queues;
    group.queues = address;
    return address;
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

function remove(queue: sm_queue_t, thread: xptr_t): void {
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
    kcm_free(at);
}
