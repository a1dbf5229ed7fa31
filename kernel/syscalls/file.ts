// The file system calls (Linux riscv64; docs/spec/files.md): open, close, lseek, fstat, getdents, mmap of a file. The transfers of read and
// write are in transfer.ts.
import {
    EACCES,
    EBADF,
    EFAULT,
    EINTR,
    EINVAL,
    EISDIR,
    ENAMETOOLONG,
    ENODEV,
    ENOENT,
    ENOMEM,
    ENOSPC,
} from "../abi/errno";
import { DIRENT_NAME_SIZE, O_ACCMODE, O_CREAT, O_DIRECTORY, O_RDONLY, O_TRUNC } from "../abi/file";
import { PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { FILE_LIMIT, inode_size, inode_truncate } from "../fs/cache";
import { fd_hold, fd_install, fd_reserve, fd_take } from "../fs/descriptors";
import { directory_entry, directory_lookup } from "../fs/directory";
import {
    open_file_create,
    open_file_flags,
    open_file_inode,
    open_file_is_directory,
    open_file_position,
    open_file_release,
    open_file_seek,
    open_file_set_position,
} from "../fs/open-file";
import { turn_give, turn_take } from "../fs/turn";
import { range_fits } from "../hal/checked";
import { uaddr_t, xptr_cxy, xptr_local, xptr_t } from "../hal/platform";
import { mmap_file } from "../mm/mmap";
import { process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user } from "../mm/uaccess";
import { rpc_between_pages } from "../rpc/serve";
import { this_thread } from "../sched/thread";
import { file_read, file_write, parts_one } from "./transfer";

/** Copies a user's path to the thread's buffer. Leading "/" and "./" are dropped, because there is one directory. Returns 0 or -errno. */
export function user_path(process: process_t, path: uaddr_t, to: usize): i64 {
    for (let i: u32 = 0; i < <u32>DIRENT_NAME_SIZE; i++) {
        const error = copy_from_user(process, to + i, path + i, 1);
        if (error != 0) return error;
        if (load<u8>(to + i) == 0) return strip(to);
    }
    return -ENAMETOOLONG;
}

function strip(path: usize): i64 {
    let from = path;
    while (load<u8>(from) == 47 || (load<u8>(from) == 46 && (load<u8>(from, 1) == 47 || load<u8>(from, 1) == 0)))
        from++;
    let to = path;
    for (; load<u8>(from) != 0; to++, from++) store<u8>(to, load<u8>(from));
    store<u8>(to, 0);
    return 0;
}

/** The descriptor is reserved first, so a call that gets none has no effect on any file. */
export function sys_openat(process: process_t, path: uaddr_t, flags: u32): i64 {
    const name = this_thread().buffer;
    const error = user_path(process, path, name);
    if (error != 0) return error;
    const fd = fd_reserve(process);
    if (fd < 0) return fd;
    const file = open_named(name, flags);
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

export function sys_close(process: process_t, fd: u32): i64 {
    if (fd < 3) return 0;
    const file = fd_take(process, fd);
    if (file == 0) return -EBADF;
    open_file_release(file);
    return 0;
}

/** Returns the O_* flags of an open file, or -EBADF. */
export function file_flags(process: process_t, fd: u32): i64 {
    const file = fd_hold(process, fd);
    if (file == 0) return -EBADF;
    const flags = open_file_flags(file);
    open_file_release(file);
    return flags;
}

/** read: returns the bytes transferred, 0 at the end, or -errno. The console has no input. */
export function sys_read(process: process_t, fd: u32, buffer: uaddr_t, bytes: u64): i64 {
    if (fd == 0) return 0;
    const error = parts_one(buffer, bytes);
    return error != 0 ? error : file_read(process, fd);
}

/** write to a file: returns the bytes transferred, or -errno. */
export function sys_write_file(process: process_t, fd: u32, buffer: uaddr_t, bytes: u64): i64 {
    const error = parts_one(buffer, bytes);
    return error != 0 ? error : file_write(process, fd);
}

export function sys_lseek(process: process_t, fd: u32, offset: i64, whence: u32): i64 {
    const file = fd_hold(process, fd);
    if (file == 0) return -EBADF;
    const position = open_file_seek(file, offset, whence);
    open_file_release(file);
    return position;
}

const STAT_SIZE: u32 = 128;
const S_IFREG: u32 = 0x8000;
const S_IFDIR: u32 = 0x4000;
const S_IFCHR: u32 = 0x2000;

export function sys_fstat(process: process_t, fd: u32, to: uaddr_t): i64 {
    if (fd < 3) return put_stat(process, to, S_IFCHR | 0x190, 0);
    const file = fd_hold(process, fd);
    if (file == 0) return -EBADF;
    const inode = open_file_inode(file);
    open_file_release(file);
    return put_stat_of(process, to, inode);
}

/** newfstatat: tells about the file of that name, or with AT_EMPTY_PATH about `fd`. */
export function sys_fstatat(process: process_t, fd: u32, path: uaddr_t, to: uaddr_t, flags: u32): i64 {
    const name = this_thread().buffer;
    if (copy_from_user(process, name, path, 1) != 0) return -EFAULT;
    if (load<u8>(name) == 0) return flags & AT_EMPTY_PATH ? sys_fstat(process, fd, to) : -ENOENT;
    const error = user_path(process, path, name);
    if (error != 0) return error;
    if (load<u8>(name) == 0) return put_stat_of(process, to, 0);
    const inode = directory_lookup(xptr_local(name), false);
    return inode < 0 ? inode : put_stat_of(process, to, <u64>inode);
}
const AT_EMPTY_PATH: u32 = 0x1000;

/** Writes the struct stat of a file, or with inode 0 of the directory. */
function put_stat_of(process: process_t, to: uaddr_t, inode: xptr_t): i64 {
    return put_stat(process, to, inode == 0 ? S_IFDIR | 0x1ed : S_IFREG | 0x1a4, inode);
}

/** Writes a struct stat of riscv64: ino at 8, mode at 16, nlink at 20, size at 48, blksize at 56, blocks at 64. */
function put_stat(process: process_t, to: uaddr_t, mode: u32, inode: xptr_t): i64 {
    const stat = this_thread().buffer;
    for (let i: u32 = 0; i < STAT_SIZE; i += 8) store<u64>(stat + i, 0);
    store<u32>(stat, mode, 16);
    store<u32>(stat, 1, 20);
    if (inode != 0) {
        const size = inode_size(inode);
        store<u64>(stat, inode, 8);
        store<u64>(stat, size, 48);
        store<u64>(stat, (size + 511) >> 9, 64);
    }
    store<u32>(stat, PAGE_SIZE, 56);
    return copy_to_user(process, to, stat, STAT_SIZE);
}

/** The header of a linux_dirent64 in bytes: ino, off (u64 each), reclen (u16), type (u8). The name follows. */
const DIRENT_HEADER: u32 = 19;
const DT_REG: u32 = 8;

export function sys_getdents(process: process_t, fd: u32, to: uaddr_t, bytes: u64): i64 {
    const file = fd_hold(process, fd);
    if (file == 0) return -EBADF;
    const result = open_file_is_directory(file) ? list(process, file, to, bytes) : -EINVAL;
    open_file_release(file);
    return result;
}

/** Lists entries from the position on. The position moves by the entries that the user has got. */
function list(process: process_t, file: xptr_t, to: uaddr_t, bytes: u64): i64 {
    if (!turn_take(file)) return -EINTR;
    let index = open_file_position(file);
    let done: u64 = 0;
    let error: i64 = 0;
    while (error == 0) {
        const record = make_record(index);
        if (record == 0) break;
        if (!range_fits(done, record, bytes)) error = -EINVAL;
        else if (copy_to_user(process, to + done, this_thread().buffer, record) != 0) error = -EFAULT;
        else {
            done += record;
            index++;
            if (!rpc_between_pages()) error = -EINTR;
        }
    }
    open_file_set_position(file, index);
    turn_give(file);
    return done != 0 ? <i64>done : error;
}

/** Makes the record of the directory's entry of that index in the thread's buffer. Returns its bytes, or 0 behind the last entry. */
function make_record(index: u64): u32 {
    const entry = this_thread().buffer;
    for (let i: u32 = 0; i < DIRENT_HEADER + DIRENT_NAME_SIZE + 8; i++) store<u8>(entry + i, 0);
    const name = entry + 24;
    if (!directory_entry(index, xptr_local(name))) return 0;
    let length: u32 = 0;
    while (load<u8>(name + length) != 0) length++;
    for (let i: u32 = 0; i <= length; i++) store<u8>(entry + DIRENT_HEADER + i, load<u8>(name + i));
    const record = (DIRENT_HEADER + length + 1 + 7) & ~7;
    store<u64>(entry, index + 1);
    store<u64>(entry, index + 1, 8);
    store<u16>(entry, <u16>record, 16);
    store<u8>(entry, <u8>DT_REG, 18);
    return record;
}

/** mmap of a file maps shared pages of its cache (5.5). `offset` is a whole number of pages. */
export function sys_mmap_file(process: process_t, bytes: u64, prot: u32, fd: u32, offset: u64): i64 {
    const file = fd_hold(process, fd);
    if (file == 0) return -EBADF;
    const inode = open_file_inode(file);
    const flags = open_file_flags(file);
    open_file_release(file);
    if (inode == 0) return -ENODEV;
    if ((offset & (PAGE_SIZE - 1)) != 0 || !range_fits(offset, bytes, FILE_LIMIT)) return -EINVAL;
    if ((prot & 2) != 0 && (flags & O_ACCMODE) == O_RDONLY) return -EACCES;
    return mmap_file(process, bytes, xptr_cxy(inode), prot, inode, <u32>(offset >> PAGE_SHIFT));
}
