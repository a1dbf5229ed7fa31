// One dispatch for all system calls. Each call is a function of its thread and arguments that returns a value or -errno.

import { EFAULT, EINTR, EINVAL, ESRCH } from "../abi/errno";
import {
    ANY_CLUSTER,
    CLUSTER_MEMORY,
    SYS_BRK,
    SYS_CLONE,
    SYS_CLOSE,
    SYS_CLUSTER_COUNT,
    SYS_CLUSTER_INFO,
    SYS_CLUSTER_SELF,
    SYS_EXECVE,
    SYS_EXIT,
    SYS_EXIT_GROUP,
    SYS_FSTAT,
    SYS_FUTEX,
    SYS_GETDENTS64,
    SYS_GETPID,
    SYS_GETPPID,
    SYS_GETTID,
    SYS_KILL,
    SYS_LSEEK,
    SYS_MMAP,
    SYS_MPROTECT,
    SYS_MUNMAP,
    SYS_OPENAT,
    SYS_PLACE_FORK,
    SYS_PROGRAM_THREADS,
    SYS_READ,
    SYS_REMOTE_MALLOC,
    SYS_SCHED_YIELD,
    SYS_SM_INIT,
    SYS_SM_MALLOC_AS,
    SYS_THREAD_CREATE,
    SYS_THREAD_JOIN,
    SYS_WAIT4,
    SYS_WRITE,
} from "../abi/syscalls";
import { FRAME_A0, FRAME_A7 } from "../abi/trap-frame";
import { VSEG_HEAP, VSEG_REMOTE } from "../abi/vseg-type";
import { console_write } from "../console";
import { cluster_count, harts_per_cluster, local_cxy, uaddr_t } from "../hal/platform";
import { has_instance, has_memory } from "../hal/topology";
import { brk, mmap_anonymous, mprotect, munmap } from "../mm/mmap";
import { process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user } from "../mm/uaccess";
import { process_exec } from "../proc/exec";
import { family_parent, family_wait } from "../proc/family";
import { futex_wake } from "../proc/futex";
import { process_kill, process_signal } from "../proc/reaper";
import { thread_create } from "../proc/thread-create";
import { user_thread_exit, user_thread_join } from "../proc/thread-end";
import { rpc_between_pages } from "../rpc/serve";
import { cluster_least_loaded } from "../sched/cluster";
import { sched_yield } from "../sched/sched";
import { THREAD_BUFFER, this_thread } from "../sched/thread";
import {
    sys_close,
    sys_fstat,
    sys_getdents,
    sys_lseek,
    sys_mmap_file,
    sys_openat,
    sys_read,
    sys_write_file,
    user_path,
} from "./file";
import { library_call } from "./library";
import { sm_call, sm_leave } from "./sm";
import { sys_clone, sys_futex } from "./thread";

const MAP_ANONYMOUS: u32 = 0x20;
const PROT_READ_WRITE: u32 = 3;

/** Executes the call in the user registers at `frame`, and puts the result into a0. */
export function syscall(frame: usize): void {
    const process = changetype<process_t>(this_thread().process);
    const number = <u32>load<u64>(frame + FRAME_A7);
    const a0 = load<u64>(frame + FRAME_A0);
    const a1 = load<u64>(frame + FRAME_A0, 8);
    const a2 = load<u64>(frame + FRAME_A0, 16);
    const a3 = load<u64>(frame + FRAME_A0, 24);
    store<u64>(frame + FRAME_A0, <u64>dispatch(process, number, a0, a1, a2, a3, frame));
}

function dispatch(process: process_t, number: u32, a0: u64, a1: u64, a2: u64, a3: u64, frame: usize): i64 {
    switch (number) {
        case SYS_WRITE:
            return sys_write(process, <u32>a0, a1, a2);
        case SYS_EXIT:
            return sys_exit(process, <u32>a0);
        case SYS_EXIT_GROUP:
            return sys_exit_group(process, <u32>a0);
        case SYS_FUTEX:
            return sys_futex(process, a0, <u32>a1, <u32>a2, frame);
        case SYS_SCHED_YIELD:
            return sys_sched_yield();
        case SYS_GETPID:
            return process.pid;
        case SYS_GETTID:
            return this_thread().id;
        case SYS_MMAP:
            return sys_mmap(process, a1, <u32>a2, <u32>a3, frame);
        case SYS_MUNMAP:
            return munmap(process, a0, a1);
        case SYS_MPROTECT:
            return mprotect(process, a0, a1, <u32>a2);
        case SYS_BRK:
            return brk(process, a0);
        case SYS_REMOTE_MALLOC:
            return sys_remote_malloc(process, a0, <u32>a1);
        case SYS_OPENAT:
            return sys_openat(process, a1, <u32>a2);
        case SYS_CLOSE:
            return sys_close(process, <u32>a0);
        case SYS_READ:
            return sys_read(process, <u32>a0, a1, a2);
        case SYS_LSEEK:
            return sys_lseek(process, <u32>a0, <i64>a1, <u32>a2);
        case SYS_FSTAT:
            return sys_fstat(process, <u32>a0, a1);
        case SYS_GETDENTS64:
            return sys_getdents(process, <u32>a0, a1, a2);
        case SYS_THREAD_CREATE:
            return sys_thread_create(process, a0, a1, <i32>a2);
        case SYS_THREAD_JOIN:
            return sys_thread_join(process, <u32>a0, a1);
        case SYS_CLUSTER_COUNT:
            return cluster_count;
        case SYS_CLUSTER_SELF:
            return local_cxy;
        case SYS_CLUSTER_INFO:
            return sys_cluster_info(<u32>a0);
        case SYS_PROGRAM_THREADS:
            return process.program_threads;
        case SYS_CLONE:
            return sys_clone(process, <u32>a0, a1, frame);
        case SYS_EXECVE:
            return sys_execve(process, a0, a1, a2);
        case SYS_WAIT4:
            return sys_wait4(process, <i32>a0, a1, <u32>a2);
        case SYS_KILL:
            return sys_kill(<u32>a0, <u32>a1);
        case SYS_GETPPID:
            return family_parent(process);
        case SYS_PLACE_FORK:
            return sys_place_fork(<i32>a0);
        default:
            if (number >= <u32>SYS_SM_INIT && number <= <u32>SYS_SM_MALLOC_AS) return sm_call(process, number, a0, a1);
            return library_call(process, number, a0, a1, a2, a3);
    }
}

/** Standard output and error are the console. The bytes are copied in pieces, and each piece is whole on the console. */
function sys_write(process: process_t, fd: u32, buffer: uaddr_t, bytes: u64): i64 {
    if (fd != 1 && fd != 2) return sys_write_file(process, fd, buffer, bytes);
    const piece = this_thread().buffer;
    let done: u64 = 0;
    while (done < bytes) {
        const left = bytes - done;
        const count = left < THREAD_BUFFER ? <u32>left : THREAD_BUFFER;
        const error = copy_from_user(process, piece, buffer + done, count);
        if (error != 0) return done != 0 ? <i64>done : error;
        console_write(process.pid, fd, piece, count);
        done += count;
        if (!rpc_between_pages()) break;
    }
    return <i64>done;
}

/** Clears the word that a thread has named (set_tid_address), at the thread's end, and wakes a waiter there. */
function clear_tid(process: process_t): void {
    const thread = this_thread();
    const address: uaddr_t = thread.clear_tid;
    if (address == 0) return;
    thread.clear_tid = 0;
    store<u32>(thread.buffer, 0);
    if (copy_to_user(process, address, thread.buffer, 4) == 0) futex_wake(process, address, 1);
}

function sys_exit(process: process_t, value: u32): i64 {
    clear_tid(process);
    user_thread_exit(value);
    return 0;
}

function sys_exit_group(process: process_t, code: u32): i64 {
    if (code == 0) sm_leave(process);
    process_kill(process.pid, code & 255, 0);
    user_thread_exit(0);
    return 0;
}

function sys_sched_yield(): i64 {
    sched_yield();
    return 0;
}

function sys_mmap(process: process_t, bytes: u64, prot: u32, flags: u32, frame: usize): i64 {
    if (flags & MAP_ANONYMOUS) return mmap_anonymous(process, bytes, VSEG_HEAP, 0, prot);
    return sys_mmap_file(process, bytes, prot, <u32>load<u64>(frame + FRAME_A0, 32), load<u64>(frame + FRAME_A0, 40));
}

/** remote_malloc(bytes, cxy) makes a REMOTE vseg whose frames lie in the named cluster (3). */
function sys_remote_malloc(process: process_t, bytes: u64, cxy: u32): i64 {
    return has_memory(cxy) ? mmap_anonymous(process, bytes, VSEG_REMOTE, cxy, PROT_READ_WRITE) : -EINVAL;
}

/** Returns the number of the cluster's harts, with CLUSTER_MEMORY when it has a bank, or -EINVAL. */
function sys_cluster_info(cxy: u32): i64 {
    if (cxy >= cluster_count) return -EINVAL;
    return (has_instance(cxy) ? <u32>harts_per_cluster : 0) | (has_memory(cxy) ? CLUSTER_MEMORY : 0);
}

/** place_fork(cxy) names the cluster of this thread's next fork or clone (7.2). */
function sys_place_fork(cxy: i32): i64 {
    if (cxy != ANY_CLUSTER && !has_instance(<u32>cxy)) return -EINVAL;
    this_thread().fork_place = cxy;
    return 0;
}

function sys_execve(process: process_t, path: uaddr_t, argv: uaddr_t, envp: uaddr_t): i64 {
    const thread = this_thread();
    let error = user_path(process, path, thread.buffer);
    if (error == 0) error = process_exec(process, thread.buffer, argv, envp);
    // The old image is gone, so this thread never sees the call's end.
    if (error == 0) thread.killed = 1;
    return error;
}

function sys_wait4(process: process_t, pid: i32, status: uaddr_t, options: u32): i64 {
    const found = family_wait(process, pid, options);
    if (found <= 0 || status == 0) return found;
    const thread = this_thread();
    store<u32>(thread.buffer, <u32>thread.join_value);
    return copy_to_user(process, status, thread.buffer, 4) != 0 ? -EFAULT : found;
}

/** Every signal but 0 ends the process, because there are no handlers. */
function sys_kill(pid: u32, signal: u32): i64 {
    if (signal > 64) return -EINVAL;
    if (!has_instance(pid >> 16)) return -ESRCH;
    return process_signal(pid, signal) ? 0 : -ESRCH;
}

/** thread_create(entry, argument, cxy): the argument reaches the entry in a0. ANY_CLUSTER leaves the choice to the kernel. */
function sys_thread_create(process: process_t, entry: uaddr_t, argument: u64, cxy: i32): i64 {
    const target = cxy == ANY_CLUSTER ? cluster_least_loaded() : <u32>cxy;
    return thread_create(process, target, entry, argument, 0);
}

function sys_thread_join(process: process_t, id: u32, value: uaddr_t): i64 {
    const error = user_thread_join(process, id);
    if (error != 0) return error;
    const thread = this_thread();
    if (thread.killed != 0) return -EINTR;
    if (value == 0) return 0;
    store<u64>(thread.buffer, thread.join_value);
    return copy_to_user(process, value, thread.buffer, 8);
}
