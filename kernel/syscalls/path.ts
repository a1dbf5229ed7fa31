// Paths as users name them: absolute, or relative to the working directory or to an open directory.

import { EBADF, EFAULT, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR } from "../abi/errno";
import { PATH_BYTES } from "../abi/file";
import { PAGE_SIZE } from "../abi/memory-map";
import { FRAME_KERNEL } from "../abi/vseg-type";
import { cwd_hold, fd_hold } from "../fs/descriptors";
import { directory_do, LOOKUP_MAKE_NEW, NO_FOLLOW } from "../fs/directory";
import { inode_share } from "../fs/inode";
import { KIND_DIRECTORY, open_file_inode, open_file_kind, open_file_release } from "../fs/open-file";
import { remote_load32, remote_load64 } from "../hal/hal";
import { uaddr_t, xptr_local, xptr_t } from "../hal/platform";
import { ppm_alloc, ppm_free } from "../mm/ppm";
import { process_at_z, process_t } from "../mm/process-table";
import { copy_from_user } from "../mm/uaccess";
import { THREAD_BUFFER, this_thread } from "../sched/thread";
import { TOLD_EXE, TOLD_NONE, told_name } from "./told-names";

/** The descriptor argument that names the working directory (-100). */
export const AT_FDCWD: u32 = 0xffffff9c;
/** Bytes of a user's path that are copied at once. They lie in one page. */
const STEP: u64 = 64;

/** Copies a user's path to `to`, PATH_BYTES at most. Returns its length without the NUL, or -errno; -ENOMEM when `room` is too little. */
function copy_path(process: process_t, path: uaddr_t, to: usize, room: u32): i64 {
    for (let at: u32 = 0; at < room; ) {
        const in_page = PAGE_SIZE - ((path + at) & (PAGE_SIZE - 1));
        let bytes = <u32>(in_page < STEP ? in_page : STEP);
        if (bytes > room - at) bytes = room - at;
        if (copy_from_user(process, to + at, path + at, bytes) != 0) return -EFAULT;
        for (const end = at + bytes; at < end; at++) if (load<u8>(to + at) == 0) return at;
    }
    return room == <u32>PATH_BYTES ? -ENAMETOOLONG : -ENOMEM;
}

/**
 * A user's path as a C string in kernel memory, until path_end: in the thread's buffer if it is short and `buffer` allows that. Returns the
 * address or -errno.
 */
export function path_begin(process: process_t, path: uaddr_t, buffer: bool): i64 {
    const thread = this_thread().buffer;
    if (buffer) {
        const short = copy_path(process, path, thread, THREAD_BUFFER);
        if (short >= 0) return <i64>thread;
        if (short != -ENOMEM) return short;
    }
    const page = ppm_alloc(0, FRAME_KERNEL, 0);
    if (page == 0) return -ENOMEM;
    const length = copy_path(process, path, page, PATH_BYTES);
    if (length >= 0) return <i64>page;
    ppm_free(page);
    return length;
}

export function path_end(path: i64): void {
    if (path > 0 && <usize>path != this_thread().buffer) ppm_free(<usize>path);
}

/** The open file of the directory that a path begins at, held, or 0 for the root; or -EBADF, -ENOTDIR, -ENOENT for the empty path. */
export function base_hold(process: process_t, fd: u32, path: usize): i64 {
    if (load<u8>(path) == 47) return 0;
    if (load<u8>(path) == 0) return -ENOENT;
    if (fd == AT_FDCWD) return <i64>cwd_hold(process);
    const file = fd_hold(process, fd);
    if (file == 0) return -EBADF;
    if (open_file_kind(file) == KIND_DIRECTORY) return <i64>file;
    open_file_release(file);
    return -ENOTDIR;
}

/** The directory (xptr) of what base_hold gives. */
export function base_directory(base: i64): xptr_t {
    return base == 0 ? 0 : open_file_inode(<xptr_t>base);
}

export function base_release(base: i64): void {
    if (base > 0) open_file_release(<xptr_t>base);
}

/** The umask of the process. */
export function path_umask(process: process_t): u32 {
    return remote_load32(process_at_z(process) + offsetof<process_t>("umask"));
}

/** Carries out a task of fs/directory.ts for a user's path. Returns as directory_do. */
export function path_do(process: process_t, task: u32, fd: u32, user: uaddr_t): i64 {
    return path_make(process, task, fd, user, 0);
}

/** Does as path_do, and what is made gets the mode without the bits of the umask. */
export function path_make(process: process_t, task: u32, fd: u32, user: uaddr_t, mode: u32): i64 {
    return find(process, task, fd, user, mode, false);
}

/** Does as path_make. For a name that the kernel answers itself it returns IS_TOLD with TOLD_* of told-names.ts. */
export function path_find(process: process_t, task: u32, fd: u32, user: uaddr_t, mode: u32): i64 {
    return find(process, task, fd, user, mode, true);
}
export const IS_TOLD: i64 = 1 << 61;

/** What the kernel itself answers for a user's path: TOLD_*, or -errno. */
export function path_told(process: process_t, user: uaddr_t): i64 {
    const path = path_begin(process, user, true);
    const told = path < 0 ? path : <i64>told_name(<usize>path);
    path_end(path);
    return told;
}

/** The file that the process executes, with the caller as an owner; or -ENOENT. It stays its file while this thread runs. */
function executed(process: process_t): i64 {
    const inode = remote_load64(process_at_z(process) + offsetof<process_t>("image"));
    if (inode == 0) return -ENOENT;
    inode_share(inode);
    return <i64>inode;
}

function find(process: process_t, task: u32, fd: u32, user: uaddr_t, mode: u32, tells: bool): i64 {
    const path = path_begin(process, user, true);
    if (path < 0) return path;
    const told = told_name(<usize>path);
    if (told != TOLD_NONE && (task & ~NO_FOLLOW) <= LOOKUP_MAKE_NEW && (tells || told == TOLD_EXE)) {
        path_end(path);
        return told == TOLD_EXE ? executed(process) : IS_TOLD | <i64>told;
    }
    const base = base_hold(process, fd, <usize>path);
    const bits = mode == 0 ? 0 : mode & ~path_umask(process);
    const answer = base < 0 ? base : directory_do(task, base_directory(base), xptr_local(<usize>path), bits);
    base_release(base);
    path_end(path);
    return answer;
}
