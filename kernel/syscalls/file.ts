// File system calls (Linux riscv64): open, close, read, write, lseek, fstat, getdents, mmap of a file.
import { EACCES, EBADF, EFAULT, EINVAL, EISDIR, EMFILE, ENAMETOOLONG, ENODEV, ENOENT, ENOSPC } from "../abi/errno";
import { DIRENT_NAME_SIZE, O_ACCMODE, O_CREAT, O_DIRECTORY, O_RDONLY, O_TRUNC } from "../abi/file";
import { PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { ACCESS_LOAD, ACCESS_STORE } from "../abi/probe";
import { FILE_LIMIT, inode_page, inode_resize, inode_size } from "../fs/cache";
import {
    fd_add,
    fd_get,
    fd_take,
    open_file_advance,
    open_file_create,
    open_file_drop,
    open_file_seek,
    open_file_t,
} from "../fs/descriptors";
import { directory_entry, directory_lookup } from "../fs/directory";
import { remote_load32, remote_load64 } from "../hal/hal";
import { uaddr_t, xptr_cxy, xptr_local, xptr_t } from "../hal/platform";
import { frame_xptr } from "../mm/frame";
import { mmap_file } from "../mm/mmap";
import { copy_from_user, copy_to_user, copy_user } from "../mm/uaccess";
import { process_t } from "../proc/process-table";
import { this_thread } from "../proc/thread";

/** Copies a user's path to the thread's buffer; leading "/" and "./" are dropped: there is one directory. 0, or -errno. */
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

export function sys_openat(process: process_t, path: uaddr_t, flags: u32): i64 {
    const name = this_thread().buffer;
    const error = user_path(process, path, name);
    if (error != 0) return error;
    const directory = load<u8>(name) == 0;
    let inode: xptr_t = 0;
    if (directory) {
        if ((flags & O_ACCMODE) != O_RDONLY) return -EISDIR;
    } else {
        if (flags & O_DIRECTORY) return -ENOENT;
        inode = directory_lookup(xptr_local(name), (flags & O_CREAT) != 0);
        if (inode == 0) return flags & O_CREAT ? -ENOSPC : -ENOENT;
        if ((flags & O_TRUNC) != 0 && (flags & O_ACCMODE) != O_RDONLY) inode_resize(inode, 0, true);
    }
    const file = open_file_create(inode, flags, directory);
    if (file == 0) return -EMFILE;
    const fd = fd_add(process, file);
    if (fd < 0) open_file_drop(file);
    return fd;
}

export function sys_close(process: process_t, fd: u32): i64 {
    if (fd < 3) return 0;
    const file = fd_take(process, fd);
    if (file == 0) return -EBADF;
    open_file_drop(file);
    return 0;
}

function flags_of(file: xptr_t): u32 {
    return remote_load32(file + offsetof<open_file_t>("flags"));
}

/** O_* of an open file. */
export function file_flags(process: process_t, fd: u32): u32 {
    return flags_of(fd_get(process, fd));
}

function inode_of(file: xptr_t): xptr_t {
    return remote_load64(file + offsetof<open_file_t>("inode"));
}

function is_directory(file: xptr_t): bool {
    return remote_load32(file + offsetof<open_file_t>("directory")) != 0;
}

/** read: bytes transferred, 0 at the end; the console has no input. */
export function sys_read(process: process_t, fd: u32, buffer: uaddr_t, bytes: u64): i64 {
    if (fd == 0) return 0;
    const file = fd_get(process, fd);
    if (file == 0) return -EBADF;
    if (is_directory(file)) return -EISDIR;
    const inode = inode_of(file);
    const begin = open_file_advance(file, bytes, false);
    const size = inode_size(inode);
    const left = begin < size ? size - begin : 0;
    return transfer(process, inode, begin, buffer, bytes < left ? bytes : left, ACCESS_STORE);
}

export function file_write(process: process_t, fd: u32, buffer: uaddr_t, bytes: u64): i64 {
    const file = fd_get(process, fd);
    if (file == 0 || (flags_of(file) & O_ACCMODE) == O_RDONLY) return -EBADF;
    const inode = inode_of(file);
    const begin = open_file_advance(file, bytes, true);
    if (begin > FILE_LIMIT || bytes > FILE_LIMIT - begin) return -ENOSPC;
    const done = transfer(process, inode, begin, buffer, bytes, ACCESS_LOAD);
    if (done > 0) inode_resize(inode, begin + <u64>done, false);
    return done;
}

/** Page by page between the cache and user memory; `access` is what happens to the user's bytes. */
function transfer(process: process_t, inode: xptr_t, begin: u64, buffer: uaddr_t, bytes: u64, access: u32): i64 {
    let done: u64 = 0;
    while (done < bytes) {
        const position = begin + done;
        const in_page = <u32>PAGE_SIZE - (<u32>position & (<u32>PAGE_SIZE - 1));
        const left = bytes - done;
        const chunk = left < in_page ? <u32>left : in_page;
        const ppn = inode_page(inode, <u32>(position >> PAGE_SHIFT), false);
        if (ppn == 0) return done != 0 ? <i64>done : -ENOSPC;
        const place = frame_xptr(ppn) + (position & (PAGE_SIZE - 1));
        if (copy_user(process, place, buffer + done, chunk, access) != 0) return done != 0 ? <i64>done : -EFAULT;
        done += chunk;
    }
    return <i64>done;
}

export function sys_lseek(process: process_t, fd: u32, offset: i64, whence: u32): i64 {
    const file = fd_get(process, fd);
    return file == 0 ? -EBADF : open_file_seek(file, offset, whence);
}

const STAT_SIZE: u32 = 128;
const S_IFREG: u32 = 0x8000;
const S_IFDIR: u32 = 0x4000;
const S_IFCHR: u32 = 0x2000;

export function sys_fstat(process: process_t, fd: u32, to: uaddr_t): i64 {
    if (fd < 3) return put_stat(process, to, S_IFCHR | 0x190, 0);
    const file = fd_get(process, fd);
    if (file == 0) return -EBADF;
    return put_stat_of(process, to, is_directory(file) ? 0 : inode_of(file));
}

/** newfstatat: of the file of that name, or with AT_EMPTY_PATH of `fd`. */
export function sys_fstatat(process: process_t, fd: u32, path: uaddr_t, to: uaddr_t, flags: u32): i64 {
    const name = this_thread().buffer;
    if (copy_from_user(process, name, path, 1) != 0) return -EFAULT;
    if (load<u8>(name) == 0) return flags & AT_EMPTY_PATH ? sys_fstat(process, fd, to) : -ENOENT;
    const error = user_path(process, path, name);
    if (error != 0) return error;
    if (load<u8>(name) == 0) return put_stat_of(process, to, 0);
    const inode = directory_lookup(xptr_local(name), false);
    return inode == 0 ? -ENOENT : put_stat_of(process, to, inode);
}
const AT_EMPTY_PATH: u32 = 0x1000;

/** Of a file, or with inode 0 of the directory. */
function put_stat_of(process: process_t, to: uaddr_t, inode: xptr_t): i64 {
    return put_stat(process, to, inode == 0 ? S_IFDIR | 0x1ed : S_IFREG | 0x1a4, inode);
}

/** struct stat of riscv64: mode at 16, nlink at 20, size at 48, blksize at 56, blocks at 64. */
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

/** linux_dirent64: ino, off (u64 each), reclen (u16), type (u8), name. */
const DIRENT_HEADER: u32 = 19;
const DT_REG: u32 = 8;

export function sys_getdents(process: process_t, fd: u32, to: uaddr_t, bytes: u64): i64 {
    const file = fd_get(process, fd);
    if (file == 0) return -EBADF;
    if (!is_directory(file)) return -EINVAL;
    const entry = this_thread().buffer;
    let done: u64 = 0;
    while (true) {
        const index = remote_load64(file + offsetof<open_file_t>("position"));
        for (let i: u32 = 0; i < DIRENT_HEADER + DIRENT_NAME_SIZE + 8; i++) store<u8>(entry + i, 0);
        const name = entry + 24;
        if (!directory_entry(<u32>index, xptr_local(name))) return <i64>done;
        let length: u32 = 0;
        while (load<u8>(name + length) != 0) length++;
        const record = (DIRENT_HEADER + length + 1 + 7) & ~7;
        if (done + record > bytes) return done == 0 ? -EINVAL : <i64>done;
        for (let i: u32 = 0; i <= length; i++) store<u8>(entry + DIRENT_HEADER + i, load<u8>(name + i));
        store<u64>(entry, index + 1);
        store<u64>(entry, index + 1, 8);
        store<u16>(entry, <u16>record, 16);
        store<u8>(entry, <u8>DT_REG, 18);
        if (copy_to_user(process, to + done, entry, record) != 0) return -EFAULT;
        open_file_advance(file, 1, false);
        done += record;
    }
}

/** mmap of a file: shared pages of its cache (5.5). `offset` is a whole number of pages. */
export function sys_mmap_file(process: process_t, bytes: u64, prot: u32, fd: u32, offset: u64): i64 {
    const file = fd_get(process, fd);
    if (file == 0) return -EBADF;
    if (is_directory(file)) return -ENODEV;
    if (offset & (PAGE_SIZE - 1)) return -EINVAL;
    if ((prot & 2) != 0 && (flags_of(file) & O_ACCMODE) == O_RDONLY) return -EACCES;
    const inode = inode_of(file);
    return mmap_file(process, bytes, xptr_cxy(inode), prot, inode, <u32>(offset >> PAGE_SHIFT));
}
