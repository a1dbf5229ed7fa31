// The bell of this cluster's reaper thread. A thread that leaves the reaper something to do rings it.

import { BLOCKED_EVENT } from "../abi/thread";
import { xptr_local } from "../hal/platform";
import { sched_wake } from "../sched/sched";

let reaper: usize = 0;

export function reaper_set(thread: usize): void {
    reaper = thread;
}

export function reaper_wake(): void {
    sched_wake(xptr_local(reaper), BLOCKED_EVENT);
}
