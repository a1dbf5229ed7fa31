// The file or directory that a call is for, named by a path or, with AT_EMPTY_PATH, by a descriptor alone. It is as fs/directory.ts tells it:
// an inode, a directory with IS_DIRECTORY, or with AT_SYMLINK_NOFOLLOW a link with IS_LINK. The caller becomes an owner, until target_release.

import { EBADF, EFAULT, EINVAL } from "../abi/errno";
import { cwd_hold, fd_hold } from "../fs/descriptors";
import {
    directory_do,
    directory_release,
    directory_share,
    IS_DIRECTORY,
    IS_LINK,
    inode_release,
    LOOKUP_FIND,
    NO_FOLLOW,
} from "../fs/directory";
import { inode_attributes, inode_share } from "../fs/inode";
import { node_attributes } from "../fs/names";
import { KIND_DIRECTORY, KIND_FILE, open_file_inode, open_file_kind, open_file_release } from "../fs/open-file";
import { uaddr_t, xptr_local, xptr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_from_user } from "../mm/uaccess";
import { this_thread } from "../sched/thread";
import { AT_FDCWD, IS_TOLD, path_do, path_find } from "./path";

export const AT_SYMLINK_NOFOLLOW: u32 = 0x100;
export const AT_EACCESS: u32 = 0x200;
export const AT_NO_AUTOMOUNT: u32 = 0x800;
export const AT_EMPTY_PATH: u32 = 0x1000;

/** The answer for a descriptor of a pipe or the console. */
export const TARGET_STREAM: i64 = 0;

/** Finds what the path names. With AT_EMPTY_PATH in `flags` the empty path names what `fd` is open for. Returns it or -errno. */
export function target_hold(process: process_t, fd: u32, path: uaddr_t, flags: u32): i64 {
    if (flags & AT_EMPTY_PATH) {
        const first = this_thread().buffer;
        if (copy_from_user(process, first, path, 1) != 0) return -EFAULT;
        if (load<u8>(first) == 0) return target_of(process, fd);
    }
    return path_do(process, task_of(flags), fd, path);
}

function task_of(flags: u32): u32 {
    return flags & AT_SYMLINK_NOFOLLOW ? LOOKUP_FIND | NO_FOLLOW : LOOKUP_FIND;
}

/** Does as target_hold; for a name that the kernel answers itself it returns IS_TOLD with TOLD_*, of which nobody is an owner. */
export function target_find(process: process_t, fd: u32, path: uaddr_t, flags: u32): i64 {
    if (flags & AT_EMPTY_PATH) return target_hold(process, fd, path, flags);
    return path_find(process, task_of(flags), fd, path, 0);
}

/** What the descriptor is open for, or the working directory for AT_FDCWD. */
export function target_of(process: process_t, fd: u32): i64 {
    const file = fd == AT_FDCWD ? cwd_hold(process) : fd_hold(process, fd);
    if (file == 0) return fd == AT_FDCWD ? root() : -EBADF;
    const kind = open_file_kind(file);
    const object = open_file_inode(file);
    let found = TARGET_STREAM;
    if (kind == KIND_FILE) {
        inode_share(object);
        found = <i64>object;
    } else if (kind == KIND_DIRECTORY) {
        directory_share(object);
        found = <i64>object | IS_DIRECTORY;
    }
    open_file_release(file);
    return found;
}

function root(): i64 {
    const path = this_thread().buffer;
    store<u16>(path, 47);
    return directory_do(LOOKUP_FIND, 0, xptr_local(path), 0);
}

/** Gives back what target_hold or target_of has found. */
export function target_release(found: i64): void {
    if (found <= 0 || (found & IS_TOLD) != 0) return;
    if (found & (IS_DIRECTORY | IS_LINK)) directory_release(target_object(found));
    else inode_release(target_object(found));
}

/** The xptr of the inode, or of the directory's or link's node. */
export function target_object(found: i64): xptr_t {
    return <xptr_t>(found & ~(IS_DIRECTORY | IS_LINK));
}

/** The xptr of its attributes_t. */
export function target_attributes(found: i64): xptr_t {
    const object = target_object(found);
    return found & (IS_DIRECTORY | IS_LINK) ? node_attributes(object) : inode_attributes(object);
}

/** True when root may execute it: a file that somebody may execute, or a directory. */
export function target_executes(mode: u32, found: i64): bool {
    return (found & IS_DIRECTORY) != 0 || (mode & EXECUTE) != 0;
}
/** The bits of execution (0111). */
const EXECUTE: u32 = 0x49;

/** Returns 0 when `flags` has no other bits than `known`, or -EINVAL. */
export function target_flags(flags: u32, known: u32): i64 {
    return flags & ~known ? -EINVAL : 0;
}
