// The calls that tell about a file: fstat and newfstatat by its struct stat, faccessat and readlinkat by its path.

import { EBADF, EFAULT, EINVAL } from "../abi/errno";
import { PAGE_SIZE } from "../abi/memory-map";
import { SYS_FACCESSAT, SYS_FSTAT, SYS_NEWFSTATAT, SYS_READLINKAT } from "../abi/syscalls";
import { inode_number, inode_size } from "../fs/cache";
import { fd_hold } from "../fs/descriptors";
import { directory_release, IS_DIRECTORY, inode_release, LOOKUP_FIND } from "../fs/directory";
import {
    KIND_CONSOLE,
    KIND_DIRECTORY,
    KIND_PIPE,
    open_file_inode,
    open_file_kind,
    open_file_release,
} from "../fs/open-file";
import { uaddr_t, xptr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user } from "../mm/uaccess";
import { this_thread } from "../sched/thread";
import { AT_FDCWD, path_do } from "./path";
import { call_register, call_t } from "./table";

const STAT_SIZE: u32 = 128;
const S_IFREG: u32 = 0x8000;
const S_IFDIR: u32 = 0x4000;
const S_IFCHR: u32 = 0x2000;
const S_IFIFO: u32 = 0x1000;

export function stat_calls(): void {
    call_register(SYS_FSTAT, sys_fstat);
    call_register(SYS_NEWFSTATAT, sys_newfstatat);
    call_register(SYS_FACCESSAT, sys_faccessat);
    call_register(SYS_READLINKAT, sys_readlinkat);
}

/** fstat(fd, to) */
function sys_fstat(process: process_t, call: call_t): i64 {
    return stat_descriptor(process, <u32>call.a0, call.a1);
}

function stat_descriptor(process: process_t, fd: u32, to: uaddr_t): i64 {
    const file = fd_hold(process, fd);
    if (file == 0) return -EBADF;
    const kind = open_file_kind(file);
    const inode = open_file_inode(file);
    let result: i64 = 0;
    if (kind == KIND_CONSOLE) result = put_stat(process, to, S_IFCHR | 0x190, 0);
    else if (kind == KIND_PIPE) result = put_stat(process, to, S_IFIFO | 0x180, 0);
    else result = put_stat_of(process, to, kind == KIND_DIRECTORY ? <i64>inode | IS_DIRECTORY : <i64>inode);
    open_file_release(file);
    return result;
}

const AT_EMPTY_PATH: u32 = 0x1000;

/** newfstatat(fd, path, to, flags) tells about the file of that name, or with AT_EMPTY_PATH about `fd`. */
function sys_newfstatat(process: process_t, call: call_t): i64 {
    const path: uaddr_t = call.a1;
    const to: uaddr_t = call.a2;
    const first = this_thread().buffer;
    if (copy_from_user(process, first, path, 1) != 0) return -EFAULT;
    if (load<u8>(first) == 0 && (<u32>call.a3 & AT_EMPTY_PATH) != 0 && <u32>call.a0 != AT_FDCWD) {
        return stat_descriptor(process, <u32>call.a0, to);
    }
    const found = path_do(process, LOOKUP_FIND, <u32>call.a0, path);
    if (found < 0) return found;
    const result = put_stat_of(process, to, found);
    release(found);
    return result;
}

/** Gives back what a lookup has found. */
function release(found: i64): void {
    if (found & IS_DIRECTORY) directory_release(<xptr_t>(found & ~IS_DIRECTORY));
    else inode_release(<xptr_t>found);
}

/** Writes the struct stat of an inode, or of a directory with IS_DIRECTORY. */
function put_stat_of(process: process_t, to: uaddr_t, found: i64): i64 {
    const is_directory = (found & IS_DIRECTORY) != 0;
    return put_stat(process, to, is_directory ? S_IFDIR | 0x1ed : S_IFREG | 0x1ed, is_directory ? 0 : <xptr_t>found);
}

/** Writes a struct stat of riscv64: ino at 8, mode at 16, nlink at 20, size at 48, blksize at 56, blocks at 64. */
function put_stat(process: process_t, to: uaddr_t, mode: u32, inode: xptr_t): i64 {
    const stat = this_thread().buffer;
    for (let i: u32 = 0; i < STAT_SIZE; i += 8) store<u64>(stat + i, 0);
    store<u32>(stat, mode, 16);
    store<u32>(stat, 1, 20);
    if (inode != 0) {
        const size = inode_size(inode);
        store<u64>(stat, inode_number(inode), 8);
        store<u64>(stat, size, 48);
        store<u64>(stat, (size + 511) >> 9, 64);
    }
    store<u32>(stat, PAGE_SIZE, 56);
    return copy_to_user(process, to, stat, STAT_SIZE);
}

/** faccessat(fd, path, mode): every file may be read, written and executed. */
function sys_faccessat(process: process_t, call: call_t): i64 {
    return look_up(process, <u32>call.a0, call.a1);
}

/** readlinkat(fd, path, to, bytes): there are no symbolic links. */
function sys_readlinkat(process: process_t, call: call_t): i64 {
    const error = look_up(process, <u32>call.a0, call.a1);
    return error != 0 ? error : -EINVAL;
}

/** Returns 0 when there is a file of that name, or -errno. */
function look_up(process: process_t, fd: u32, path: uaddr_t): i64 {
    const found = path_do(process, LOOKUP_FIND, fd, path);
    if (found < 0) return found;
    release(found);
    return 0;
}
