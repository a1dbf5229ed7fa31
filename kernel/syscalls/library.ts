// System calls that a C library makes at a program's start and in common functions (Linux riscv64). The one user is root. There are no
// terminal settings and no signal handlers.

import { BI_STACK_SIZE } from "../abi/boot-info";
import { EBADF, EFAULT, EINVAL, ENOSYS, ENOTTY, EPERM, ERANGE, ESRCH } from "../abi/errno";
import { PROBE_ENOSYS } from "../abi/event";
import { O_RDWR } from "../abi/file";
import { PAGE_SIZE } from "../abi/memory-map";
import {
    SYS_CLOCK_GETRES,
    SYS_CLOCK_GETTIME,
    SYS_CLOCK_NANOSLEEP,
    SYS_FACCESSAT,
    SYS_FCNTL,
    SYS_GETCWD,
    SYS_GETEGID,
    SYS_GETEUID,
    SYS_GETGID,
    SYS_GETRANDOM,
    SYS_GETRUSAGE,
    SYS_GETTIMEOFDAY,
    SYS_GETUID,
    SYS_IOCTL,
    SYS_NANOSLEEP,
    SYS_NEWFSTATAT,
    SYS_PRLIMIT64,
    SYS_READLINKAT,
    SYS_READV,
    SYS_RT_SIGACTION,
    SYS_RT_SIGPROCMASK,
    SYS_SCHED_GETAFFINITY,
    SYS_SET_TID_ADDRESS,
    SYS_TGKILL,
    SYS_TIMES,
    SYS_TKILL,
    SYS_UNAME,
    SYS_WRITEV,
} from "../abi/syscalls";
import { fd_hold } from "../fs/descriptors";
import { directory_lookup } from "../fs/directory";
import { open_file_release } from "../fs/open-file";
import { cstr } from "../hal/cstr";
import { boot_info, cluster_count, harts_per_cluster, local_cxy, uaddr_t, xptr_local } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user } from "../mm/uaccess";
import { probe2 } from "../probe";
import { process_signal } from "../proc/reaper";
import { random_next } from "../random";
import { rpc_between_pages } from "../rpc/serve";
import { THREAD_BUFFER, this_thread } from "../sched/thread";
import { file_flags, sys_fstatat, user_path } from "./file";
import {
    sys_clock_getres,
    sys_clock_gettime,
    sys_clock_nanosleep,
    sys_getrusage,
    sys_gettimeofday,
    sys_nanosleep,
    sys_times,
} from "./time";
import { sys_readv, sys_writev } from "./vectored";

/** Executes the calls that table.ts does not know. */
export function library_call(process: process_t, number: u32, a0: u64, a1: u64, a2: u64, a3: u64): i64 {
    switch (number) {
        case SYS_CLOCK_GETTIME:
            return sys_clock_gettime(process, <u32>a0, a1);
        case SYS_CLOCK_GETRES:
            return sys_clock_getres(process, <u32>a0, a1);
        case SYS_GETTIMEOFDAY:
            return sys_gettimeofday(process, a0, a1);
        case SYS_GETRUSAGE:
            return sys_getrusage(process, <i32>a0, a1);
        case SYS_TIMES:
            return sys_times(process, a0);
        case SYS_NANOSLEEP:
            return sys_nanosleep(process, a0);
        case SYS_CLOCK_NANOSLEEP:
            return sys_clock_nanosleep(process, <u32>a0, <u32>a1, a2);
        case SYS_READV:
            return sys_readv(process, <u32>a0, a1, a2);
        case SYS_WRITEV:
            return sys_writev(process, <u32>a0, a1, a2);
        case SYS_IOCTL:
            return sys_ioctl(process, <u32>a0);
        case SYS_FCNTL:
            return sys_fcntl(process, <u32>a0, <u32>a1, a2);
        case SYS_NEWFSTATAT:
            return sys_fstatat(process, <u32>a0, a1, a2, <u32>a3);
        case SYS_FACCESSAT:
            return sys_faccessat(process, a1);
        case SYS_READLINKAT:
            return sys_readlinkat(process, a1);
        case SYS_GETCWD:
            return sys_getcwd(process, a0, a1);
        case SYS_UNAME:
            return sys_uname(process, a0);
        case SYS_GETRANDOM:
            return sys_getrandom(process, a0, a1);
        case SYS_PRLIMIT64:
            return sys_prlimit(process, <u32>a0, <u32>a1, a2, a3);
        case SYS_SCHED_GETAFFINITY:
            return sys_sched_getaffinity(process, <u32>a0, a1, a2);
        default:
            return identity_call(process, number, a0, a1, a2, a3);
    }
}

function identity_call(process: process_t, number: u32, a0: u64, a1: u64, a2: u64, a3: u64): i64 {
    switch (number) {
        case SYS_GETUID:
        case SYS_GETEUID:
        case SYS_GETGID:
        case SYS_GETEGID:
            return 0;
        case SYS_SET_TID_ADDRESS:
            this_thread().clear_tid = a0;
            return this_thread().id;
        case SYS_RT_SIGACTION:
            return sys_rt_sigaction(process, <u32>a0, a1, a2);
        case SYS_RT_SIGPROCMASK:
            return sys_rt_sigprocmask(process, <u32>a0, a1, a2, a3);
        case SYS_TKILL:
            return sys_tgkill(process, process.pid, <u32>a1);
        case SYS_TGKILL:
            return sys_tgkill(process, <u32>a0, <u32>a2);
        default:
            return no_call(process, number);
    }
}

/** Returns -ENOSYS, and a probe record lets the host name the call. */
export function no_call(process: process_t, number: u32): i64 {
    probe2(PROBE_ENOSYS, process.pid, number);
    return -ENOSYS;
}

function is_open(process: process_t, fd: u32): bool {
    if (fd < 3) return true;
    const file = fd_hold(process, fd);
    if (file != 0) open_file_release(file);
    return file != 0;
}

/** No descriptor is a terminal. */
function sys_ioctl(process: process_t, fd: u32): i64 {
    return is_open(process, fd) ? -ENOTTY : -EBADF;
}

const F_GETFD: u32 = 1;
const F_SETFD: u32 = 2;
const F_GETFL: u32 = 3;

/** Descriptors stay open over exec: FD_CLOEXEC is never set and cannot be. */
function sys_fcntl(process: process_t, fd: u32, command: u32, argument: u64): i64 {
    if (!is_open(process, fd)) return -EBADF;
    if (command == F_GETFD || (command == F_SETFD && argument == 0)) return 0;
    if (command == F_GETFL) return fd < 3 ? O_RDWR : file_flags(process, fd);
    return -EINVAL;
}

/** Returns 0 when there is a file of that name, or -errno. */
function look_up(process: process_t, path: uaddr_t): i64 {
    const name = this_thread().buffer;
    const error = user_path(process, path, name);
    if (error != 0 || load<u8>(name) == 0) return error;
    const inode = directory_lookup(xptr_local(name), false);
    return inode < 0 ? inode : 0;
}

/** Every file may be read, written and executed. */
function sys_faccessat(process: process_t, path: uaddr_t): i64 {
    return look_up(process, path);
}

/** There are no symbolic links. */
function sys_readlinkat(process: process_t, path: uaddr_t): i64 {
    const error = look_up(process, path);
    return error != 0 ? error : -EINVAL;
}

/** The working directory is "/", the only one. */
function sys_getcwd(process: process_t, to: uaddr_t, bytes: u64): i64 {
    if (bytes < 2) return -ERANGE;
    return copy_to_user(process, to, cstr("/"), 2) != 0 ? -EFAULT : 2;
}

const UTSNAME_FIELD: u32 = 65;
const UTSNAME_FIELDS: u32 = 6;

/** Writes a struct utsname. The system calls itself Linux, because its calls are Linux's and C libraries check the release. */
function sys_uname(process: process_t, to: uaddr_t): i64 {
    const buffer = this_thread().buffer;
    for (let i: u32 = 0; i < UTSNAME_FIELD * UTSNAME_FIELDS; i++) store<u8>(buffer + i, 0);
    put_name(buffer, 0, cstr("Linux"));
    put_name(buffer, 1, cstr("archipel"));
    put_name(buffer, 2, cstr("6.1.0-archipel"));
    put_name(buffer, 3, cstr("#1"));
    put_name(buffer, 4, cstr("riscv64"));
    put_name(buffer, 5, cstr("(none)"));
    return copy_to_user(process, to, buffer, UTSNAME_FIELD * UTSNAME_FIELDS);
}

function put_name(buffer: usize, field: u32, text: usize): void {
    let to = buffer + field * UTSNAME_FIELD;
    for (; load<u8>(text) != 0; text++, to++) store<u8>(to, load<u8>(text));
}

/** The random bytes are a function of the run's seed. */
function sys_getrandom(process: process_t, to: uaddr_t, bytes: u64): i64 {
    const buffer = this_thread().buffer;
    let done: u64 = 0;
    while (done < bytes) {
        const left = bytes - done;
        const count: u32 = left < THREAD_BUFFER ? <u32>left : THREAD_BUFFER;
        for (let i: u32 = 0; i < count; i += 8) store<u64>(buffer + i, random_next());
        if (copy_to_user(process, to + done, buffer, count) != 0) return done != 0 ? <i64>done : -EFAULT;
        done += count;
        if ((done & (PAGE_SIZE - 1)) == 0 && !rpc_between_pages()) break;
    }
    return <i64>done;
}

const RLIMIT_STACK: u32 = 3;
const RLIMIT_NOFILE: u32 = 7;
const RLIMITS: u32 = 16;
const NO_LIMIT: u64 = 0xffffffffffffffff;

/** Tells the limits of the calling process. They come from the config or are constants, and cannot be changed. */
function sys_prlimit(process: process_t, pid: u32, resource: u32, from: uaddr_t, to: uaddr_t): i64 {
    if (resource >= RLIMITS) return -EINVAL;
    if (pid != 0 && pid != process.pid) return -ESRCH;
    if (from != 0) return -EPERM;
    const buffer = this_thread().buffer;
    const limit = resource == RLIMIT_STACK ? boot_info(BI_STACK_SIZE) : resource == RLIMIT_NOFILE ? 32 : NO_LIMIT;
    store<u64>(buffer, limit);
    store<u64>(buffer, limit, 8);
    return to == 0 ? 0 : copy_to_user(process, to, buffer, 16);
}

/**
 * Tells the harts that the calling thread may run on, as bits over all harts of the machine: a thread stays in its cluster. Returns the
 * bytes written, or -errno.
 */
function sys_sched_getaffinity(process: process_t, id: u32, bytes: u64, to: uaddr_t): i64 {
    const thread = this_thread();
    if (id != 0 && id != thread.id && id != process.pid) return -ESRCH;
    const size = ((cluster_count * harts_per_cluster + 63) >> 6) << 3;
    if (bytes < size || (bytes & 7) != 0) return -EINVAL;
    for (let i: u32 = 0; i < size; i++) store<u8>(thread.buffer + i, 0);
    for (let hart = local_cxy * harts_per_cluster; hart < (local_cxy + 1) * harts_per_cluster; hart++) {
        const byte = thread.buffer + (hart >> 3);
        store<u8>(byte, load<u8>(byte) | <u8>((<u32>1) << (hart & 7)));
    }
    return copy_to_user(process, to, thread.buffer, size) != 0 ? -EFAULT : <i64>size;
}

const SIGNALS: u32 = 64;
const SIGKILL_NUMBER: u32 = 9;
const SIGSTOP_NUMBER: u32 = 19;
/** The size of struct sigaction: handler, flags and mask, 8 bytes each, without a restorer. */
const SIGACTION_SIZE: u32 = 24;

/** Signals have their default action, which ends the process. Another action cannot be set. */
function sys_rt_sigaction(process: process_t, signal: u32, from: uaddr_t, to: uaddr_t): i64 {
    if (signal == 0 || signal > SIGNALS) return -EINVAL;
    const buffer = this_thread().buffer;
    if (from != 0) {
        if (signal == SIGKILL_NUMBER || signal == SIGSTOP_NUMBER) return -EINVAL;
        if (copy_from_user(process, buffer, from, 8) != 0) return -EFAULT;
        if (load<u64>(buffer) != 0) return no_call(process, SYS_RT_SIGACTION);
    }
    for (let i: u32 = 0; i < SIGACTION_SIZE; i += 8) store<u64>(buffer + i, 0);
    return to == 0 ? 0 : copy_to_user(process, to, buffer, SIGACTION_SIZE);
}

const SIG_UNBLOCK: u32 = 1;
const SIG_SETMASK: u32 = 2;

/** No signal is ever blocked. A call that would block one gives -ENOSYS. */
function sys_rt_sigprocmask(process: process_t, how: u32, from: uaddr_t, to: uaddr_t, bytes: u64): i64 {
    if (bytes != 8) return -EINVAL;
    const buffer = this_thread().buffer;
    if (from != 0) {
        if (how > SIG_SETMASK) return -EINVAL;
        if (copy_from_user(process, buffer, from, 8) != 0) return -EFAULT;
        if (how != SIG_UNBLOCK && load<u64>(buffer) != 0) return no_call(process, SYS_RT_SIGPROCMASK);
    }
    store<u64>(buffer, 0);
    return to == 0 ? 0 : copy_to_user(process, to, buffer, 8);
}

/** A signal to any thread ends the whole process. */
function sys_tgkill(process: process_t, pid: u32, signal: u32): i64 {
    if (signal > SIGNALS) return -EINVAL;
    if (pid != process.pid) return -ESRCH;
    return process_signal(pid, signal) ? 0 : -ESRCH;
}
