// The calls for descriptors and open files (docs/spec/files.md): openat, close, lseek, fcntl and ioctl.

import { EBADF, EINVAL, EISDIR, ENOENT, ENOMEM, ENOSPC, ENOTTY } from "../abi/errno";
import { O_ACCMODE, O_CREAT, O_DIRECTORY, O_RDONLY, O_RDWR, O_TRUNC } from "../abi/file";
import { SYS_CLOSE, SYS_FCNTL, SYS_IOCTL, SYS_LSEEK, SYS_OPENAT } from "../abi/syscalls";
import { inode_truncate } from "../fs/cache";
import { fd_hold, fd_install, fd_reserve, fd_take } from "../fs/descriptors";
import { directory_lookup } from "../fs/directory";
import { open_file_create, open_file_flags, open_file_release, open_file_seek } from "../fs/open-file";
import { turn_give, turn_take } from "../fs/turn";
import { xptr_local, xptr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { this_thread } from "../sched/thread";
import { user_path } from "./path";
import { call_register, call_t } from "./table";

export function file_calls(): void {
    call_register(SYS_OPENAT, sys_openat);
    call_register(SYS_CLOSE, sys_close);
    call_register(SYS_LSEEK, sys_lseek);
    call_register(SYS_FCNTL, sys_fcntl);
    call_register(SYS_IOCTL, sys_ioctl);
}

/** openat(fd, path, flags, mode). The descriptor is reserved first, so a call that gets none has no effect on any file. */
function sys_openat(process: process_t, call: call_t): i64 {
    const name = this_thread().buffer;
    const error = user_path(process, call.a1, name);
    if (error != 0) return error;
    const fd = fd_reserve(process);
    if (fd < 0) return fd;
    const file = open_named(name, <u32>call.a2);
    fd_install(process, <u32>fd, file < 0 ? 0 : <xptr_t>file);
    return file < 0 ? file : fd;
}

/** Opens the file of that name. Returns the open file, with one owner, or -errno. */
function open_named(name: usize, flags: u32): i64 {
    const writes = (flags & O_ACCMODE) != O_RDONLY;
    const directory = load<u8>(name) == 0;
    if (directory && writes) return -EISDIR;
    if (!directory && (flags & O_DIRECTORY) != 0) return -ENOENT;
    const found: i64 = directory ? 0 : directory_lookup(xptr_local(name), (flags & O_CREAT) != 0);
    if (found < 0) return flags & O_CREAT ? -ENOSPC : found;
    const inode = <u64>found;
    const file = open_file_create(inode, flags);
    if (file == 0) return -ENOMEM;
    if (inode != 0 && writes && (flags & O_TRUNC) != 0 && turn_take(inode)) {
        inode_truncate(inode);
        turn_give(inode);
    }
    return <i64>file;
}

/** close(fd): closing the console has no effect. */
function sys_close(process: process_t, call: call_t): i64 {
    const fd = <u32>call.a0;
    if (fd < 3) return 0;
    const file = fd_take(process, fd);
    if (file == 0) return -EBADF;
    open_file_release(file);
    return 0;
}

/** lseek(fd, offset, whence) */
function sys_lseek(process: process_t, call: call_t): i64 {
    const file = fd_hold(process, <u32>call.a0);
    if (file == 0) return -EBADF;
    const position = open_file_seek(file, <i64>call.a1, <u32>call.a2);
    open_file_release(file);
    return position;
}

const F_GETFD: u32 = 1;
const F_SETFD: u32 = 2;
const F_GETFL: u32 = 3;

/** fcntl(fd, command, argument). Descriptors stay open over exec: FD_CLOEXEC is never set and cannot be. */
function sys_fcntl(process: process_t, call: call_t): i64 {
    const fd = <u32>call.a0;
    const command = <u32>call.a1;
    if (!is_open(process, fd)) return -EBADF;
    if (command == F_GETFD || (command == F_SETFD && call.a2 == 0)) return 0;
    if (command == F_GETFL) return fd < 3 ? O_RDWR : file_flags(process, fd);
    return -EINVAL;
}

/** ioctl(fd, ...): no descriptor is a terminal. */
function sys_ioctl(process: process_t, call: call_t): i64 {
    return is_open(process, <u32>call.a0) ? -ENOTTY : -EBADF;
}

function is_open(process: process_t, fd: u32): bool {
    if (fd < 3) return true;
    const file = fd_hold(process, fd);
    if (file != 0) open_file_release(file);
    return file != 0;
}

/** Returns the O_* flags of an open file, or -EBADF. */
function file_flags(process: process_t, fd: u32): i64 {
    const file = fd_hold(process, fd);
    if (file == 0) return -EBADF;
    const flags = open_file_flags(file);
    open_file_release(file);
    return flags;
}
