// The number of running programs is kept in cluster 0. The init thread there watches it.

import { BLOCKED_EVENT } from "../abi/thread";
import { remote_add32, remote_load32 } from "../hal/hal";
import { xptr_make, xptr_t } from "../hal/platform";
import { SHARED_INIT_THREAD, SHARED_RUNNING } from "../hal/shared";
import { sched_wake } from "../sched/sched";

export function programs_set_init(thread: usize): void {
    store<usize>(SHARED_INIT_THREAD, thread);
}

export function program_started(): void {
    remote_add32(xptr_make(0, SHARED_RUNNING), 1);
}

export function program_ended(): void {
    remote_add32(xptr_make(0, SHARED_RUNNING), 0xffffffff);
    const init: xptr_t = xptr_make(0, <usize>remote_load32(xptr_make(0, SHARED_INIT_THREAD)));
    sched_wake(init, BLOCKED_EVENT);
}

export function programs_running(): u32 {
    return remote_load32(xptr_make(0, SHARED_RUNNING));
}
