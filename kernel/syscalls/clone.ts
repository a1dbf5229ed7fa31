// clone as fork, as vfork and as C libraries make threads (Linux riscv64), and place_fork.

import { ANY_CLUSTER } from "../abi/cluster";
import { EINVAL } from "../abi/errno";
import {
    REFUSED_CLONE_A_THREAD_WITH_FILES_OF_ITS_OWN,
    REFUSED_CLONE_ANOTHER_EXIT_SIGNAL_THAN_SIGCHLD,
    REFUSED_CLONE_CLONE_FILES_WITHOUT_A_THREAD,
    REFUSED_CLONE_CLONE_FS_WITHOUT_A_THREAD,
    REFUSED_CLONE_CLONE_NEWCGROUP,
    REFUSED_CLONE_CLONE_NEWIPC,
    REFUSED_CLONE_CLONE_NEWNET,
    REFUSED_CLONE_CLONE_NEWNS,
    REFUSED_CLONE_CLONE_NEWPID,
    REFUSED_CLONE_CLONE_NEWUSER,
    REFUSED_CLONE_CLONE_NEWUTS,
    REFUSED_CLONE_CLONE_PARENT,
    REFUSED_CLONE_CLONE_PIDFD,
    REFUSED_CLONE_CLONE_PTRACE,
    REFUSED_CLONE_CLONE_SIGHAND_WITHOUT_A_THREAD,
    REFUSED_CLONE_CLONE_VM_WITHOUT_A_THREAD_OR_CLONE_VFORK,
} from "../abi/refusals";
import { SYS_CLONE, SYS_PLACE_FORK } from "../abi/syscalls";
import { has_instance } from "../hal/topology";
import { process_t } from "../mm/process-table";
import { copy_to_user } from "../mm/uaccess";
import { clone_t } from "../proc/clone";
import { process_fork } from "../proc/fork";
import { thread_clone } from "../proc/newborn";
import { clone_place } from "../proc/placement";
import { vfork_begin, vfork_forget, vfork_wait } from "../proc/vfork";
import { this_thread } from "../sched/thread";
import { call_register, call_t, refused } from "./table";

/** The low byte of the flags is the signal that the parent gets when the child ends. */
export const EXIT_SIGNAL: u32 = 0xff;
const SIGCHLD: u32 = 17;
const CLONE_VM: u32 = 0x100;
const CLONE_FS: u32 = 0x200;
const CLONE_FILES: u32 = 0x400;
const CLONE_SIGHAND: u32 = 0x800;
const CLONE_PIDFD: u32 = 0x1000;
const CLONE_PTRACE: u32 = 0x2000;
const CLONE_VFORK: u32 = 0x4000;
export const CLONE_PARENT: u32 = 0x8000;
export const CLONE_THREAD: u32 = 0x10000;
const CLONE_NEWNS: u32 = 0x20000;
const CLONE_SETTLS: u32 = 0x80000;
const CLONE_PARENT_SETTID: u32 = 0x100000;
const CLONE_CHILD_CLEARTID: u32 = 0x200000;
const CLONE_CHILD_SETTID: u32 = 0x1000000;
const CLONE_NEWCGROUP: u32 = 0x2000000;
const CLONE_NEWUTS: u32 = 0x4000000;
const CLONE_NEWIPC: u32 = 0x8000000;
const CLONE_NEWUSER: u32 = 0x10000000;
const CLONE_NEWPID: u32 = 0x20000000;
const CLONE_NEWNET: u32 = 0x40000000;
/** What a thread must share with its process. CLONE_SYSVSEM, CLONE_DETACHED, CLONE_UNTRACED and CLONE_IO change nothing here. */
const SHARES: u32 = CLONE_FS | CLONE_FILES;

export function clone_calls(): void {
    call_register(SYS_CLONE, sys_clone);
    call_register(SYS_PLACE_FORK, sys_place_fork);
}

/** clone(flags, stack, parent_tid, tls, child_tid) */
function sys_clone(process: process_t, call: call_t): i64 {
    return clone(process, <u32>call.a0, call.a1, call.a2, call.a3, call.a4);
}

/** Makes a thread with CLONE_THREAD, and else forks. place_fork may have named the cluster. For clone3, too. */
export function clone(process: process_t, flags: u32, stack: u64, parent_tid: u64, tls: u64, child_tid: u64): i64 {
    const thread = this_thread();
    const is_thread = (flags & CLONE_THREAD) != 0;
    if ((flags & CLONE_SIGHAND) != 0 && (flags & CLONE_VM) == 0) return -EINVAL;
    if (is_thread && (flags & CLONE_SIGHAND) == 0) return -EINVAL;
    const refusal = refusal_of_any(flags);
    if (refusal != 0) return refused(process, refusal);
    const own = is_thread ? refusal_of_thread(flags) : refusal_of_fork(flags);
    if (own != 0) return refused(process, own);
    const place = thread.fork_place;
    thread.fork_place = ANY_CLUSTER;
    // The wish is in the second half of the buffer, because telling the id uses its beginning.
    const wish = changetype<clone_t>(thread.buffer + 256);
    wish.stack = stack;
    wish.tls = flags & CLONE_SETTLS ? tls : 0;
    wish.parent_tid = flags & CLONE_PARENT_SETTID ? parent_tid : 0;
    wish.child_tid = flags & CLONE_CHILD_SETTID ? child_tid : 0;
    wish.clear_tid = flags & CLONE_CHILD_CLEARTID ? child_tid : 0;
    wish.vfork = 0;
    if (is_thread) return thread_clone(process, place == ANY_CLUSTER ? clone_place(process) : <u32>place, wish);
    return fork(process, place, wish, (flags & CLONE_VFORK) != 0);
}

/** With `waits` the caller waits until the child has another image or ends. */
function fork(process: process_t, place: i32, wish: clone_t, waits: bool): i64 {
    if (waits) wish.vfork = vfork_begin(process);
    const child = process_fork(process, place, wish);
    if (child < 0) {
        if (waits) vfork_forget(process);
        return child;
    }
    const buffer = this_thread().buffer;
    store<u32>(buffer, <u32>child);
    // As in Linux, a word that cannot be written is no error: the child runs already.
    if (wish.parent_tid != 0) copy_to_user(process, wish.parent_tid, buffer, 4);
    if (waits) vfork_wait(process);
    return child;
}

/** Returns REFUSED_* for flags that neither threads nor forks take, or 0. */
function refusal_of_any(flags: u32): u32 {
    if (flags & CLONE_PIDFD) return REFUSED_CLONE_CLONE_PIDFD;
    if (flags & CLONE_PTRACE) return REFUSED_CLONE_CLONE_PTRACE;
    if (flags & CLONE_PARENT) return REFUSED_CLONE_CLONE_PARENT;
    if (flags & CLONE_NEWNS) return REFUSED_CLONE_CLONE_NEWNS;
    if (flags & CLONE_NEWCGROUP) return REFUSED_CLONE_CLONE_NEWCGROUP;
    if (flags & CLONE_NEWUTS) return REFUSED_CLONE_CLONE_NEWUTS;
    if (flags & CLONE_NEWIPC) return REFUSED_CLONE_CLONE_NEWIPC;
    if (flags & CLONE_NEWUSER) return REFUSED_CLONE_CLONE_NEWUSER;
    if (flags & CLONE_NEWPID) return REFUSED_CLONE_CLONE_NEWPID;
    return flags & CLONE_NEWNET ? REFUSED_CLONE_CLONE_NEWNET : 0;
}

function refusal_of_thread(flags: u32): u32 {
    return (flags & SHARES) == SHARES ? 0 : REFUSED_CLONE_A_THREAD_WITH_FILES_OF_ITS_OWN;
}

function refusal_of_fork(flags: u32): u32 {
    const signal = flags & EXIT_SIGNAL;
    if (signal != 0 && signal != SIGCHLD) return REFUSED_CLONE_ANOTHER_EXIT_SIGNAL_THAN_SIGCHLD;
    if (flags & CLONE_SIGHAND) return REFUSED_CLONE_CLONE_SIGHAND_WITHOUT_A_THREAD;
    if (flags & CLONE_FILES) return REFUSED_CLONE_CLONE_FILES_WITHOUT_A_THREAD;
    if (flags & CLONE_FS) return REFUSED_CLONE_CLONE_FS_WITHOUT_A_THREAD;
    const vm = (flags & CLONE_VM) != 0 && (flags & CLONE_VFORK) == 0;
    return vm ? REFUSED_CLONE_CLONE_VM_WITHOUT_A_THREAD_OR_CLONE_VFORK : 0;
}

/** place_fork(cxy) names the cluster of this thread's next fork or clone (7.2). */
function sys_place_fork(process: process_t, call: call_t): i64 {
    const cxy = <i32>call.a0;
    if (cxy != ANY_CLUSTER && !has_instance(<u32>cxy)) return -EINVAL;
    this_thread().fork_place = cxy;
    return 0;
}
