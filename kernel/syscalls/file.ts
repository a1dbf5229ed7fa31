// The calls for open files (docs/spec/files.md): openat, lseek and ioctl. Those for descriptors are in descriptor.ts.

import { EACCES, EBADF, EEXIST, EISDIR, ELOOP, ENOMEM, ENOSPC, ENOTDIR, ENOTTY, ETXTBSY } from "../abi/errno";
import {
    O_ASYNC,
    O_CLOEXEC,
    O_CREAT,
    O_DIRECT,
    O_DIRECTORY,
    O_EXCL,
    O_LARGEFILE,
    O_NOCTTY,
    O_NOFOLLOW,
    O_PATH,
    O_TMPFILE,
    O_TRUNC,
} from "../abi/file";
import {
    REFUSED_OPENAT_O_ASYNC,
    REFUSED_OPENAT_O_DIRECT,
    REFUSED_OPENAT_O_PATH,
    REFUSED_OPENAT_O_TMPFILE,
} from "../abi/refusals";
import { SYS_IOCTL, SYS_LSEEK, SYS_OPENAT } from "../abi/syscalls";
import { MODE_BITS } from "../fs/attributes";
import { inode_resize } from "../fs/cache";
import { fd_hold, fd_install, fd_reserve } from "../fs/descriptors";
import {
    directory_release,
    IS_DIRECTORY,
    IS_LINK,
    inode_release,
    LOOKUP_FIND,
    LOOKUP_MAKE,
    LOOKUP_MAKE_NEW,
    NO_FOLLOW,
} from "../fs/directory";
import {
    flags_write,
    open_directory,
    open_file_create,
    open_file_release,
    open_file_seek,
    open_listing,
} from "../fs/open-file";
import { turn_give, turn_take } from "../fs/turn";
import { writer_enter, writer_leave } from "../fs/writers";
import { uaddr_t, xptr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { IS_TOLD, path_find } from "./path";
import { call_register, call_t, refused } from "./table";
import { told_text } from "./told";
import { told_listing } from "./told-listing";
import { told_is_directory } from "./told-names";

export function file_calls(): void {
    call_register(SYS_OPENAT, sys_openat);
    call_register(SYS_LSEEK, sys_lseek);
    call_register(SYS_IOCTL, sys_ioctl);
}

/** openat(fd, path, flags, mode). The descriptor is reserved first, so a call that gets none has no effect on any file. */
function sys_openat(process: process_t, call: call_t): i64 {
    const flags = <u32>call.a2;
    if (flags & O_TMPFILE) return refused(process, REFUSED_OPENAT_O_TMPFILE);
    if (flags & O_PATH) return refused(process, REFUSED_OPENAT_O_PATH);
    if (flags & O_ASYNC) return refused(process, REFUSED_OPENAT_O_ASYNC);
    if (flags & O_DIRECT) return refused(process, REFUSED_OPENAT_O_DIRECT);
    const fd = fd_reserve(process, 0);
    if (fd < 0) return fd;
    const file = open_named(process, <u32>call.a0, call.a1, flags, <u32>call.a3 & MODE_BITS);
    fd_install(process, <u32>fd, file < 0 ? 0 : <xptr_t>file, (flags & O_CLOEXEC) != 0);
    return file < 0 ? file : fd;
}

/** Flags that only the open itself follows. F_GETFL tells the others, and O_LARGEFILE, as Linux does. */
const OPENING: u32 = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;

/** Opens the file of that name. Returns the open file, with one owner, or -errno. */
function open_named(process: process_t, fd: u32, path: uaddr_t, flags: u32, mode: u32): i64 {
    let task: u32 = LOOKUP_FIND;
    if (flags & O_CREAT) task = (flags & O_EXCL) != 0 ? LOOKUP_MAKE_NEW : LOOKUP_MAKE;
    const follows = flags & O_NOFOLLOW ? NO_FOLLOW : 0;
    const found = path_find(process, task | follows, fd, path, task == LOOKUP_FIND ? 0 : mode);
    if (found < 0) return found == -ENOMEM && task != LOOKUP_FIND ? -ENOSPC : found;
    if (found & IS_TOLD) return open_told(process, <u32>found, flags);
    if (found & IS_LINK) {
        directory_release(<xptr_t>(found & ~IS_LINK));
        return flags & O_DIRECTORY ? -ENOTDIR : -ELOOP;
    }
    const object = <xptr_t>(found & ~IS_DIRECTORY);
    const is_directory = (found & IS_DIRECTORY) != 0;
    const file = is_directory ? enter_directory(object, flags) : enter_file(object, flags);
    if (file < 0 && is_directory) directory_release(object);
    if (file < 0 && !is_directory) inode_release(object);
    return file;
}

/** Opens what the kernel tells, for reading only: a text, or the listing of a directory. */
function open_told(process: process_t, code: u32, flags: u32): i64 {
    const is_directory = told_is_directory(code);
    if (!is_directory && (flags & O_DIRECTORY) != 0) return -ENOTDIR;
    if ((flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) return -EEXIST;
    const writes = flags_write(flags) || (flags & O_TRUNC) != 0;
    if (is_directory && (writes || (flags & O_CREAT) != 0)) return -EISDIR;
    if (writes) return -EACCES;
    const inode = is_directory ? told_listing(code) : told_text(process, code);
    if (inode == 0) return -ENOMEM;
    const left = (flags & ~OPENING) | O_LARGEFILE;
    const file = is_directory ? open_listing(inode, left) : open_file_create(inode, left);
    if (file == 0) inode_release(inode);
    return file == 0 ? -ENOMEM : <i64>file;
}

/** Opens a directory, whose owner the open file becomes in the caller's place. Returns the open file or -errno. */
function enter_directory(directory: xptr_t, flags: u32): i64 {
    if (flags_write(flags) || (flags & O_TRUNC) != 0) return -EISDIR;
    const file = open_directory(directory, (flags & ~OPENING) | O_LARGEFILE);
    return file == 0 ? -ENOMEM : <i64>file;
}

/** Does as enter_directory for a file, which O_TRUNC empties. To truncate is to write, with any mode. */
function enter_file(inode: xptr_t, flags: u32): i64 {
    const writes = flags_write(flags);
    const enters = writes || (flags & O_TRUNC) != 0;
    if (flags & O_DIRECTORY) return -ENOTDIR;
    if (enters && !writer_enter(inode)) return -ETXTBSY;
    const file = open_file_create(inode, (flags & ~OPENING) | O_LARGEFILE);
    if (file != 0 && (flags & O_TRUNC) != 0 && turn_take(inode)) {
        inode_resize(inode, 0);
        turn_give(inode);
    }
    if (enters && !(writes && file != 0)) writer_leave(inode);
    return file == 0 ? -ENOMEM : <i64>file;
}

/** lseek(fd, offset, whence) */
function sys_lseek(process: process_t, call: call_t): i64 {
    const file = fd_hold(process, <u32>call.a0);
    if (file == 0) return -EBADF;
    const position = open_file_seek(file, <i64>call.a1, <u32>call.a2);
    open_file_release(file);
    return position;
}

/** ioctl(fd, ...): no descriptor is a terminal. */
function sys_ioctl(process: process_t, call: call_t): i64 {
    const file = fd_hold(process, <u32>call.a0);
    if (file == 0) return -EBADF;
    open_file_release(file);
    return -ENOTTY;
}
