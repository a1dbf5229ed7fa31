// Threads that wait for a change of one of several objects (kernel/syscalls/poll.ts). Each object has a list of them, under its lock. A
// thread may be in many lists. A change wakes all of a list, which then is empty: each looks again, and takes itself off the other lists.

import { BLOCKED_POLL } from "../abi/thread";
import { xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { sched_wake } from "../sched/sched";

@unmanaged
class poller_t {
    next: usize;
    padding: u32;
    thread: u64;
}

/** Adds a thread to the list that begins at the word `list`. False without memory. */
export function pollers_add(list: usize, thread: xptr_t): bool {
    const poller = changetype<poller_t>(kcm_alloc(<u32>offsetof<poller_t>()));
    if (changetype<usize>(poller) == 0) return false;
    poller.thread = thread;
    poller.next = load<usize>(list);
    store<usize>(list, changetype<usize>(poller));
    return true;
}

/** Takes a thread off the list, however often it is there. */
export function pollers_remove(list: usize, thread: xptr_t): void {
    for (let link = list; load<usize>(link) != 0; ) {
        const poller = changetype<poller_t>(load<usize>(link));
        if (poller.thread != thread) {
            link = changetype<usize>(poller) + offsetof<poller_t>("next");
            continue;
        }
        store<usize>(link, poller.next);
        kcm_free(changetype<usize>(poller));
    }
}

/** Wakes the threads of the list, and empties it. None of them can end before the lock is free. */
export function pollers_wake(list: usize): void {
    for (let at = load<usize>(list); at != 0; ) {
        const poller = changetype<poller_t>(at);
        at = poller.next;
        sched_wake(poller.thread, BLOCKED_POLL);
        kcm_free(changetype<usize>(poller));
    }
    store<usize>(list, 0);
}
