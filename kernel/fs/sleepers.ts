// Lists of threads that sleep until an object lets them go on (fs/turn.ts, fs/pipe.ts). A list lies in its object, whose lock the caller
// has. A thread is in one list at most; the links lie in its descriptor.

import { remote_load32, remote_load64, remote_store32, remote_store64 } from "../hal/hal";
import { xptr_t } from "../hal/platform";
import { thread_t } from "../sched/thread";

/** The oldest and the youngest sleeping thread (xptr), or 0. */
@unmanaged
export class sleepers_t {
    oldest: u64;
    youngest: u64;
}

/** True when the thread is in a list. */
export function sleeper_is_listed(thread: xptr_t): bool {
    return remote_load32(thread + offsetof<thread_t>("turn_waits")) != 0;
}

/** Adds the thread as the youngest. */
export function sleeper_add(list: sleepers_t, thread: xptr_t): void {
    const last = list.youngest;
    remote_store64(thread + offsetof<thread_t>("turn_next"), 0);
    remote_store64(thread + offsetof<thread_t>("turn_previous"), last);
    remote_store32(thread + offsetof<thread_t>("turn_waits"), 1);
    if (last == 0) list.oldest = thread;
    else remote_store64(last + offsetof<thread_t>("turn_next"), thread);
    list.youngest = thread;
}

export function sleeper_remove(list: sleepers_t, thread: xptr_t): void {
    const next = remote_load64(thread + offsetof<thread_t>("turn_next"));
    const previous = remote_load64(thread + offsetof<thread_t>("turn_previous"));
    if (previous == 0) list.oldest = next;
    else remote_store64(previous + offsetof<thread_t>("turn_next"), next);
    if (next == 0) list.youngest = previous;
    else remote_store64(next + offsetof<thread_t>("turn_previous"), previous);
    remote_store32(thread + offsetof<thread_t>("turn_waits"), 0);
}
