// The calls for descriptors (docs/spec/files.md F1): close, dup, dup3 and fcntl.

import { EBADF, EINVAL } from "../abi/errno";
import { O_APPEND, O_ASYNC, O_CLOEXEC, O_DIRECT, O_NONBLOCK } from "../abi/file";
import { REFUSED_FCNTL_F_SETFL_O_ASYNC, REFUSED_FCNTL_F_SETFL_O_DIRECT, REFUSED_FCNTL_F_SETLK } from "../abi/refusals";
import { SYS_CLOSE, SYS_DUP, SYS_DUP3, SYS_FCNTL } from "../abi/syscalls";
import {
    CLOSES_CLEAR,
    CLOSES_SET,
    CLOSES_TELL,
    FDS,
    fd_closes,
    fd_hold,
    fd_install,
    fd_replace,
    fd_reserve,
    fd_take,
} from "../fs/descriptors";
import { open_file_flags, open_file_release, open_file_set_flags } from "../fs/open-file";
import { xptr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { call_register, call_t, refused } from "./table";

export function descriptor_calls(): void {
    call_register(SYS_CLOSE, sys_close);
    call_register(SYS_DUP, sys_dup);
    call_register(SYS_DUP3, sys_dup3);
    call_register(SYS_FCNTL, sys_fcntl);
}

/** close(fd) */
function sys_close(process: process_t, call: call_t): i64 {
    const file = fd_take(process, <u32>call.a0);
    if (file == 0) return -EBADF;
    open_file_release(file);
    return 0;
}

/** dup(fd) */
function sys_dup(process: process_t, call: call_t): i64 {
    return duplicate(process, <u32>call.a0, 0, false);
}

/** Lets the lowest free descriptor from `from` on name the same open file. Returns it or -errno. */
function duplicate(process: process_t, fd: u32, from: u32, closes: bool): i64 {
    const file = fd_hold(process, fd);
    if (file == 0) return -EBADF;
    const other = from < FDS ? fd_reserve(process, from) : -EINVAL;
    if (other >= 0) fd_install(process, <u32>other, file, closes);
    else open_file_release(file);
    return other;
}

/** dup3(fd, other, flags) */
function sys_dup3(process: process_t, call: call_t): i64 {
    const fd = <u32>call.a0;
    const other = <u32>call.a1;
    const flags = <u32>call.a2;
    if ((flags & ~O_CLOEXEC) != 0 || fd == other) return -EINVAL;
    const file = fd_hold(process, fd);
    if (file == 0) return -EBADF;
    const old = fd_replace(process, other, file, flags != 0);
    // What is released here is the open file that `other` named, or without success the one held above.
    if (old != 0) open_file_release(old < 0 ? file : <xptr_t>old);
    return old < 0 ? old : other;
}

const F_DUPFD: u32 = 0;
const F_GETFD: u32 = 1;
const F_SETFD: u32 = 2;
const F_GETFL: u32 = 3;
const F_SETFL: u32 = 4;
const F_GETLK: u32 = 5;
const F_SETLKW: u32 = 7;
const F_OFD_GETLK: u32 = 36;
const F_OFD_SETLKW: u32 = 38;
const F_DUPFD_CLOEXEC: u32 = 1030;

/** fcntl(fd, command, argument) */
function sys_fcntl(process: process_t, call: call_t): i64 {
    const fd = <u32>call.a0;
    const command = <u32>call.a1;
    const argument = <u32>call.a2;
    if (command == F_DUPFD) return duplicate(process, fd, argument, false);
    if (command == F_DUPFD_CLOEXEC) return duplicate(process, fd, argument, true);
    if (command == F_GETFD) return fd_closes(process, fd, CLOSES_TELL);
    if (command == F_SETFD) {
        const closes = fd_closes(process, fd, argument & 1 ? CLOSES_SET : CLOSES_CLEAR);
        return closes < 0 ? closes : 0;
    }
    const file = fd_hold(process, fd);
    if (file == 0) return -EBADF;
    const result = control(process, file, command, argument);
    open_file_release(file);
    return result;
}

/** Carries out a command for an open file, which the caller holds. */
function control(process: process_t, file: xptr_t, command: u32, argument: u32): i64 {
    const lock = (command >= F_GETLK && command <= F_SETLKW) || (command >= F_OFD_GETLK && command <= F_OFD_SETLKW);
    if (lock) return refused(process, REFUSED_FCNTL_F_SETLK);
    if (command == F_GETFL) return open_file_flags(file);
    if (command != F_SETFL) return -EINVAL;
    if (argument & O_ASYNC) return refused(process, REFUSED_FCNTL_F_SETFL_O_ASYNC);
    if (argument & O_DIRECT) return refused(process, REFUSED_FCNTL_F_SETFL_O_DIRECT);
    const settable = O_APPEND | O_NONBLOCK;
    open_file_set_flags(file, (open_file_flags(file) & ~settable) | (argument & settable));
    return 0;
}
