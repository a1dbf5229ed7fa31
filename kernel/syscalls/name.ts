// The calls that change names (docs/spec/files.md F5): mkdirat, symlinkat, linkat, unlinkat and renameat2; and those for the working directory.

import { EBADF, EEXIST, EFAULT, EINVAL, ENOENT, ENOMEM, ENOTDIR, ERANGE } from "../abi/errno";
import { PATH_BYTES } from "../abi/file";
import {
    REFUSED_RENAMEAT2_RENAME_EXCHANGE,
    REFUSED_RENAMEAT2_RENAME_WHITEOUT,
    REFUSED_SYMLINKAT_A_TARGET_OF_MORE_THAN_1023_BYTES,
} from "../abi/refusals";
import {
    SYS_CHDIR,
    SYS_FCHDIR,
    SYS_GETCWD,
    SYS_LINKAT,
    SYS_MKDIRAT,
    SYS_RENAMEAT2,
    SYS_SYMLINKAT,
    SYS_UNLINKAT,
} from "../abi/syscalls";
import { FRAME_KERNEL } from "../abi/vseg-type";
import { cwd_hold, cwd_replace, fd_hold } from "../fs/descriptors";
import {
    directory_link,
    directory_release,
    directory_rename,
    directory_symlink,
    IS_DIRECTORY,
    inode_release,
    LOOKUP_FIND,
    NAME_MKDIR,
    NAME_RENAME,
    NAME_RENAME_NEW,
    NAME_RMDIR,
    NAME_UNLINK,
} from "../fs/directory";
import { TARGET_BYTES } from "../fs/links";
import { directory_path } from "../fs/listing";
import { KIND_DIRECTORY, open_directory, open_file_inode, open_file_kind, open_file_release } from "../fs/open-file";
import { uaddr_t, xptr_local, xptr_t } from "../hal/platform";
import { ppm_alloc, ppm_free } from "../mm/ppm";
import { process_t } from "../mm/process-table";
import { copy_to_user } from "../mm/uaccess";
import {
    AT_FDCWD,
    base_directory,
    base_hold,
    base_release,
    IS_TOLD,
    path_begin,
    path_do,
    path_end,
    path_make,
    path_told,
} from "./path";
import { call_register, call_t, refused } from "./table";
import { AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, target_find, target_flags, target_release } from "./target";
import { TOLD_NONE } from "./told-names";

export function name_calls(): void {
    call_register(SYS_MKDIRAT, sys_mkdirat);
    call_register(SYS_SYMLINKAT, sys_symlinkat);
    call_register(SYS_LINKAT, sys_linkat);
    call_register(SYS_UNLINKAT, sys_unlinkat);
    call_register(SYS_RENAMEAT2, sys_renameat2);
    call_register(SYS_CHDIR, sys_chdir);
    call_register(SYS_FCHDIR, sys_fchdir);
    call_register(SYS_GETCWD, sys_getcwd);
}

/** mkdir gives a directory these mode bits at most (01777). */
const MKDIR_BITS: u32 = 0x3ff;

/** mkdirat(fd, path, mode) */
function sys_mkdirat(process: process_t, call: call_t): i64 {
    return path_make(process, NAME_MKDIR, <u32>call.a0, call.a1, <u32>call.a2 & MKDIR_BITS);
}

/** symlinkat(target, fd, path) */
function sys_symlinkat(process: process_t, call: call_t): i64 {
    const target = path_begin(process, call.a0, false);
    if (target < 0) return target;
    const result = symlink(process, <usize>target, <u32>call.a1, call.a2);
    path_end(target);
    return result;
}

function symlink(process: process_t, target: usize, fd: u32, user: uaddr_t): i64 {
    let length: u32 = 0;
    while (load<u8>(target + length) != 0) length++;
    if (length == 0) return -ENOENT;
    if (length > TARGET_BYTES) return refused(process, REFUSED_SYMLINKAT_A_TARGET_OF_MORE_THAN_1023_BYTES);
    const path = path_begin(process, user, true);
    if (path < 0) return path;
    const base = base_hold(process, fd, <usize>path);
    const from = xptr_local(<usize>path);
    const result = base < 0 ? base : directory_symlink(base_directory(base), from, xptr_local(target));
    base_release(base);
    path_end(path);
    return result;
}

const AT_SYMLINK_FOLLOW: u32 = 0x400;

/** linkat(fd, path, to_fd, to, flags). Names that the kernel answers itself, pipes and the console are of another file system. */
function sys_linkat(process: process_t, call: call_t): i64 {
    const flags = <u32>call.a4;
    const error = target_flags(flags, AT_SYMLINK_FOLLOW | AT_EMPTY_PATH);
    if (error != 0) return error;
    const follows = flags & AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW;
    const found = target_find(process, <u32>call.a0, call.a1, (flags & AT_EMPTY_PATH) | follows);
    if (found < 0) return found;
    const result = link(process, found & IS_TOLD ? 0 : found, <u32>call.a2, call.a3);
    target_release(found);
    return result;
}

function link(process: process_t, found: i64, fd: u32, user: uaddr_t): i64 {
    const told = path_told(process, user);
    if (told != <i64>TOLD_NONE) return told < 0 ? told : -EEXIST;
    const path = path_begin(process, user, true);
    if (path < 0) return path;
    const base = base_hold(process, fd, <usize>path);
    const result = base < 0 ? base : directory_link(base_directory(base), xptr_local(<usize>path), found);
    base_release(base);
    path_end(path);
    return result;
}

const AT_REMOVEDIR: u32 = 0x200;

/** unlinkat(fd, path, flags) */
function sys_unlinkat(process: process_t, call: call_t): i64 {
    const flags = <u32>call.a2;
    if (flags & ~AT_REMOVEDIR) return -EINVAL;
    const inode = path_do(process, flags != 0 ? NAME_RMDIR : NAME_UNLINK, <u32>call.a0, call.a1);
    if (inode <= 0) return inode;
    inode_release(<xptr_t>inode);
    return 0;
}

const RENAME_NOREPLACE: u32 = 1;
const RENAME_EXCHANGE: u32 = 2;
const RENAME_WHITEOUT: u32 = 4;

/** renameat2(fd, path, other_fd, other_path, flags) */
function sys_renameat2(process: process_t, call: call_t): i64 {
    const flags = <u32>call.a4;
    if (flags & RENAME_EXCHANGE) return refused(process, REFUSED_RENAMEAT2_RENAME_EXCHANGE);
    if (flags & RENAME_WHITEOUT) return refused(process, REFUSED_RENAMEAT2_RENAME_WHITEOUT);
    if (flags & ~RENAME_NOREPLACE) return -EINVAL;
    const task = flags != 0 ? NAME_RENAME_NEW : NAME_RENAME;
    const path = path_begin(process, call.a1, true);
    if (path < 0) return path;
    const other = path_begin(process, call.a3, false);
    const replaced = other < 0 ? other : rename(process, task, <u32>call.a0, <usize>path, <u32>call.a2, <usize>other);
    path_end(other);
    path_end(path);
    if (replaced <= 0) return replaced;
    inode_release(<xptr_t>replaced);
    return 0;
}

function rename(process: process_t, task: u32, fd: u32, path: usize, other_fd: u32, other: usize): i64 {
    const from = base_hold(process, fd, path);
    if (from < 0) return from;
    const to = base_hold(process, other_fd, other);
    let replaced = to;
    if (to >= 0) {
        const base = base_directory(from);
        replaced = directory_rename(task, base, xptr_local(path), base_directory(to), xptr_local(other));
    }
    base_release(to);
    base_release(from);
    return replaced;
}

/** chdir(path) */
function sys_chdir(process: process_t, call: call_t): i64 {
    const found = path_do(process, LOOKUP_FIND, AT_FDCWD, call.a0);
    if (found < 0) return found;
    if ((found & IS_DIRECTORY) == 0) {
        inode_release(<xptr_t>found);
        return -ENOTDIR;
    }
    const file = open_directory(<xptr_t>(found & ~IS_DIRECTORY), 0);
    if (file == 0) {
        directory_release(<xptr_t>(found & ~IS_DIRECTORY));
        return -ENOMEM;
    }
    return go_to(process, file);
}

/** fchdir(fd) */
function sys_fchdir(process: process_t, call: call_t): i64 {
    const file = fd_hold(process, <u32>call.a0);
    if (file == 0) return -EBADF;
    if (open_file_kind(file) == KIND_DIRECTORY) return go_to(process, file);
    open_file_release(file);
    return -ENOTDIR;
}

/** Makes the open directory, whose owner the caller is, the working directory. */
function go_to(process: process_t, file: xptr_t): i64 {
    const old = cwd_replace(process, file);
    if (old != 0) open_file_release(old < 0 ? file : <xptr_t>old);
    return old < 0 ? old : 0;
}

/** getcwd(to, bytes) returns the bytes of the path with its NUL. */
function sys_getcwd(process: process_t, call: call_t): i64 {
    const to: uaddr_t = call.a0;
    const page = ppm_alloc(0, FRAME_KERNEL, 0);
    if (page == 0) return -ENOMEM;
    const base = cwd_hold(process);
    const directory = base == 0 ? 0 : open_file_inode(base);
    const start = directory_path(directory, xptr_local(page));
    let result: i64 = start;
    if (start >= 0) {
        const bytes = <u32>(<i64>PATH_BYTES - start);
        result = bytes;
        if (call.a1 < <u64>bytes) result = -ERANGE;
        else if (copy_to_user(process, to, page + <usize>start, bytes) != 0) result = -EFAULT;
    }
    if (base != 0) open_file_release(base);
    ppm_free(page);
    return result;
}
