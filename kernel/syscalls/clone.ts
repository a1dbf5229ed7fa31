// clone as fork and as C libraries make threads (Linux riscv64), and place_fork.

import { ANY_CLUSTER } from "../abi/cluster";
import { EINVAL } from "../abi/errno";
import { SYS_CLONE, SYS_PLACE_FORK } from "../abi/syscalls";
import { has_instance } from "../hal/topology";
import { process_t } from "../mm/process-table";
import { clone_t, thread_clone } from "../proc/clone";
import { process_fork } from "../proc/fork";
import { clone_place } from "../proc/placement";
import { this_thread } from "../sched/thread";
import { call_register, call_t, no_call } from "./table";

const CLONE_VM: u32 = 0x100;
const CLONE_FS: u32 = 0x200;
const CLONE_FILES: u32 = 0x400;
const CLONE_SIGHAND: u32 = 0x800;
const CLONE_THREAD: u32 = 0x10000;
const CLONE_SYSVSEM: u32 = 0x40000;
const CLONE_SETTLS: u32 = 0x80000;
const CLONE_PARENT_SETTID: u32 = 0x100000;
const CLONE_CHILD_CLEARTID: u32 = 0x200000;
const CLONE_DETACHED: u32 = 0x400000;
const CLONE_CHILD_SETTID: u32 = 0x1000000;
/** The flags of the things that a thread must share with its process, and the flags that it may also ask for. */
const THREAD: u32 = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
const OPTIONS: u32 =
    CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_DETACHED | CLONE_CHILD_SETTID;

export function clone_calls(): void {
    call_register(SYS_CLONE, sys_clone);
    call_register(SYS_PLACE_FORK, sys_place_fork);
}

/**
 * clone(flags, stack, parent_tid, tls, child_tid) forks without a stack, and makes a thread with one. place_fork may have named the
 * cluster.
 */
function sys_clone(process: process_t, call: call_t): i64 {
    const flags = <u32>call.a0;
    const thread = this_thread();
    const place = thread.fork_place;
    if (call.a1 == 0) {
        thread.fork_place = ANY_CLUSTER;
        return process_fork(process, place);
    }
    if ((flags & THREAD) != THREAD || (flags & ~(THREAD | OPTIONS)) != 0) return no_call(process, call);
    thread.fork_place = ANY_CLUSTER;
    // The wish is in the second half of the buffer, because telling the id uses its beginning.
    const wish = changetype<clone_t>(thread.buffer + 256);
    wish.stack = call.a1;
    wish.tls = flags & CLONE_SETTLS ? call.a3 : 0;
    wish.parent_tid = flags & CLONE_PARENT_SETTID ? call.a2 : 0;
    wish.child_tid = flags & CLONE_CHILD_SETTID ? call.a4 : 0;
    wish.clear_tid = flags & CLONE_CHILD_CLEARTID ? call.a4 : 0;
    return thread_clone(process, place == ANY_CLUSTER ? clone_place(process) : <u32>place, wish);
}

/** place_fork(cxy) names the cluster of this thread's next fork or clone (7.2). */
function sys_place_fork(process: process_t, call: call_t): i64 {
    const cxy = <i32>call.a0;
    if (cxy != ANY_CLUSTER && !has_instance(<u32>cxy)) return -EINVAL;
    this_thread().fork_place = cxy;
    return 0;
}
