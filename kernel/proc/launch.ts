// The launch of user threads: a thread that is made and whole gets a hart and begins (vmm-policy 7.5).

import { local_cxy } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { tell_thread } from "../probe";
import { cluster_load_add } from "../sched/cluster";
import { sched_add, sched_prepare } from "../sched/sched";
import { thread_t } from "../sched/thread";
import { thread_pick_hart } from "./hart-set";

/** The table index of the first function of every user thread (kernel/trap.ts). */
let start_index: u32 = 0;

export function launch_init(start: u32): void {
    start_index = start;
}

/** Gives the thread, whose frame is complete, to a hart. Returns its id. */
export function user_thread_launch(process: process_t, thread: thread_t): i64 {
    sched_prepare(thread, start_index, 0);
    const hart = thread_pick_hart(thread);
    cluster_load_add(1);
    const id = thread.id;
    tell_thread(process.pid, local_cxy, id, hart.id);
    sched_add(hart, thread);
    return <i64>id;
}
