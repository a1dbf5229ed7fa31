// The count of programs that run, kept in cluster 0 and watched by its init thread.
import { remote_add32, remote_load32 } from "../hal/hal";
import { xptr_make, xptr_t } from "../hal/platform";
import { sched_wake } from "./sched";
import { BLOCKED_EVENT } from "./thread";

/** Running processes; the word of cluster 0 counts. */
const running: usize = memory.data(4, 4);
/** Local address of the init thread, in cluster 0. */
const init_thread: usize = memory.data(4, 4);

export function programs_set_init(thread: usize): void {
    store<usize>(init_thread, thread);
}

export function program_started(): void {
    remote_add32(xptr_make(0, running), 1);
}

export function program_ended(): void {
    remote_add32(xptr_make(0, running), 0xffffffff);
    const init: xptr_t = xptr_make(0, <usize>remote_load32(xptr_make(0, init_thread)));
    sched_wake(init, BLOCKED_EVENT);
}

export function programs_running(): u32 {
    return remote_load32(xptr_make(0, running));
}
