// The calls that tell about a file: fstat and newfstatat by its struct stat, statx by its struct statx, faccessat, faccessat2 and readlinkat
// by its path.

import { ACCESS_STORE } from "../abi/access";
import { EACCES, EBADF, EFAULT, EINVAL, ENOMEM } from "../abi/errno";
import { PATH_BYTES } from "../abi/file";
import { PAGE_SIZE } from "../abi/memory-map";
import { SYS_FACCESSAT, SYS_FACCESSAT2, SYS_FSTAT, SYS_NEWFSTATAT, SYS_READLINKAT, SYS_STATX } from "../abi/syscalls";
import { FRAME_KERNEL } from "../abi/vseg-type";
import { attributes_mode, attributes_t, attributes_time } from "../fs/attributes";
import { fd_hold } from "../fs/descriptors";
import { IS_DIRECTORY, IS_LINK } from "../fs/directory";
import { inode_node, inode_number, inode_size } from "../fs/inode";
import { directory_path } from "../fs/listing";
import { node_links, node_number, node_target, node_target_length } from "../fs/names";
import { KIND_CONSOLE, KIND_TOLD, open_file_inode, open_file_kind, open_file_release } from "../fs/open-file";
import { TEXT_MODE } from "../fs/text";
import { smaller } from "../hal/checked";
import { uaddr_t, xptr_local, xptr_t } from "../hal/platform";
import { ppm_alloc, ppm_free } from "../mm/ppm";
import { process_t } from "../mm/process-table";
import { copy_to_user, copy_user } from "../mm/uaccess";
import { this_thread } from "../sched/thread";
import { AT_FDCWD, IS_TOLD, path_told } from "./path";
import { call_register, call_t } from "./table";
import {
    AT_EACCESS,
    AT_EMPTY_PATH,
    AT_NO_AUTOMOUNT,
    AT_SYMLINK_NOFOLLOW,
    TARGET_STREAM,
    target_attributes,
    target_executes,
    target_find,
    target_flags,
    target_hold,
    target_object,
    target_of,
    target_release,
} from "./target";
import { SECOND } from "./time";
import { TOLD_EXE, TOLD_NUMBER, told_is_directory } from "./told-names";

const STAT_SIZE: u32 = 128;
const STATX_SIZE: u32 = 256;
const S_IFLNK: u32 = 0xa000;
const S_IFREG: u32 = 0x8000;
const S_IFDIR: u32 = 0x4000;
const S_IFCHR: u32 = 0x2000;
const S_IFIFO: u32 = 0x1000;
/** The bytes that a directory is said to have. */
const DIRECTORY_SIZE: u64 = 4096;

/** What is told of a file. It stands in the thread's buffer, behind room for a struct statx. */
@unmanaged
class status_t {
    mode: u32;
    links: u32;
    number: u64;
    size: u64;
    accessed: i64;
    modified: i64;
    changed: i64;
}

export function stat_calls(): void {
    call_register(SYS_FSTAT, sys_fstat);
    call_register(SYS_NEWFSTATAT, sys_newfstatat);
    call_register(SYS_STATX, sys_statx);
    call_register(SYS_FACCESSAT, sys_faccessat);
    call_register(SYS_FACCESSAT2, sys_faccessat2);
    call_register(SYS_READLINKAT, sys_readlinkat);
}

/** fstat(fd, to) */
function sys_fstat(process: process_t, call: call_t): i64 {
    const found = <u32>call.a0 == AT_FDCWD ? -EBADF : target_of(process, <u32>call.a0);
    const error = status_of(process, <u32>call.a0, found);
    return error != 0 ? error : put_stat(process, call.a1);
}

const STAT_FLAGS: u32 = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH;

/** newfstatat(fd, path, to, flags) tells about the file of that name, or with AT_EMPTY_PATH about `fd`. */
function sys_newfstatat(process: process_t, call: call_t): i64 {
    const flags = <u32>call.a3;
    let error = target_flags(flags, STAT_FLAGS);
    if (error != 0) return error;
    error = status_of(process, <u32>call.a0, target_find(process, <u32>call.a0, call.a1, flags));
    return error != 0 ? error : put_stat(process, call.a2);
}

/** How a network's file is brought up to date: there is none. Both bits are no request. */
const AT_STATX_SYNC_TYPE: u32 = 0x6000;
const STATX_RESERVED: u32 = 0x80000000;
const STATX_BASIC_STATS: u32 = 0x7ff;

/** statx(fd, path, flags, mask, to) tells the basic facts, whatever the mask asks for. */
function sys_statx(process: process_t, call: call_t): i64 {
    const flags = <u32>call.a2;
    let error = target_flags(flags, STAT_FLAGS | AT_STATX_SYNC_TYPE);
    if (error != 0) return error;
    if ((<u32>call.a3 & STATX_RESERVED) != 0 || (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE) return -EINVAL;
    error = status_of(process, <u32>call.a0, target_find(process, <u32>call.a0, call.a1, flags));
    return error != 0 ? error : put_statx(process, call.a4);
}

function status(): status_t {
    return changetype<status_t>(this_thread().buffer + STATX_SIZE);
}

/** Notes the status of what was found, the console or pipe of `fd` for TARGET_STREAM, and gives it back. Returns 0 or -errno. */
function status_of(process: process_t, fd: u32, found: i64): i64 {
    if (found < 0) return found;
    if (found == TARGET_STREAM) return stream_status(process, fd);
    if (found & IS_TOLD) return told_status(<u32>found);
    const to = status();
    const object = target_object(found);
    const attributes = target_attributes(found);
    const is_directory = (found & IS_DIRECTORY) != 0;
    const is_link = (found & IS_LINK) != 0;
    to.mode = attributes_mode(attributes) | (is_directory ? S_IFDIR : is_link ? S_IFLNK : S_IFREG);
    const node = is_directory || is_link ? object : inode_node(object);
    to.links = node == 0 ? 1 : node_links(node);
    to.number = is_directory || is_link ? node_number(object) : inode_number(object);
    if (is_link) to.size = node_target_length(object);
    else to.size = is_directory ? DIRECTORY_SIZE : node == 0 ? 0 : inode_size(object);
    to.accessed = attributes_time(attributes, offsetof<attributes_t>("accessed"));
    to.modified = attributes_time(attributes, offsetof<attributes_t>("modified"));
    to.changed = attributes_time(attributes, offsetof<attributes_t>("changed"));
    target_release(found);
    return 0;
}

/** The status of a name that the kernel answers itself. Its size is 0, as on Linux, because it is made when it is opened. */
function told_status(code: u32): i64 {
    const to = status();
    const is_directory = told_is_directory(code);
    to.mode = is_directory ? S_IFDIR | 0x16d : S_IFREG | TEXT_MODE;
    to.links = is_directory ? 2 : 1;
    to.number = TOLD_NUMBER | code;
    to.size = 0;
    to.accessed = 0;
    to.modified = 0;
    to.changed = 0;
    return 0;
}

function stream_status(process: process_t, fd: u32): i64 {
    const file = fd_hold(process, fd);
    if (file == 0) return -EBADF;
    if (open_file_kind(file) == KIND_TOLD) {
        const code = <u32>(inode_number(open_file_inode(file)) & ~TOLD_NUMBER);
        open_file_release(file);
        return told_status(code);
    }
    const to = status();
    to.mode = open_file_kind(file) == KIND_CONSOLE ? S_IFCHR | 0x190 : S_IFIFO | 0x180;
    to.links = 1;
    to.number = 0;
    to.size = 0;
    to.accessed = 0;
    to.modified = 0;
    to.changed = 0;
    open_file_release(file);
    return 0;
}

/** Writes a struct stat of riscv64 with the status. */
function put_stat(process: process_t, user: uaddr_t): i64 {
    const from = status();
    const to = this_thread().buffer;
    for (let i: u32 = 0; i < STAT_SIZE; i += 8) store<u64>(to + i, 0);
    store<u64>(to, from.number, 8);
    store<u32>(to, from.mode, 16);
    store<u32>(to, from.links, 20);
    store<u64>(to, from.size, 48);
    store<u32>(to, PAGE_SIZE, 56);
    store<u64>(to, (from.size + 511) >> 9, 64);
    put_time(to + 72, from.accessed);
    put_time(to + 88, from.modified);
    put_time(to + 104, from.changed);
    return copy_to_user(process, user, to, STAT_SIZE);
}

/** Writes a struct statx with the status. */
function put_statx(process: process_t, user: uaddr_t): i64 {
    const from = status();
    const to = this_thread().buffer;
    for (let i: u32 = 0; i < STATX_SIZE; i += 8) store<u64>(to + i, 0);
    store<u32>(to, STATX_BASIC_STATS);
    store<u32>(to, PAGE_SIZE, 4);
    store<u32>(to, from.links, 16);
    store<u16>(to, <u16>from.mode, 28);
    store<u64>(to, from.number, 32);
    store<u64>(to, from.size, 40);
    store<u64>(to, (from.size + 511) >> 9, 48);
    put_time(to + 64, from.accessed);
    put_time(to + 96, from.changed);
    put_time(to + 112, from.modified);
    return copy_to_user(process, user, to, STATX_SIZE);
}

/** Writes seconds and nanoseconds. The latter are not below 0, before 1970 as after it. */
function put_time(to: usize, ns: i64): void {
    const second = <i64>SECOND;
    let seconds = ns / second;
    if (ns % second < 0) seconds--;
    store<i64>(to, seconds);
    store<u32>(to, <u32>(ns - seconds * second), 8);
}

const X_OK: u32 = 1;
const ACCESS_BITS: u32 = 7;

/** faccessat(fd, path, mode): root may read and write every file, and execute one that somebody may execute. */
function sys_faccessat(process: process_t, call: call_t): i64 {
    return access(process, call, 0);
}

/** faccessat2(fd, path, mode, flags) */
function sys_faccessat2(process: process_t, call: call_t): i64 {
    const error = target_flags(<u32>call.a3, AT_SYMLINK_NOFOLLOW | AT_EACCESS | AT_EMPTY_PATH);
    return error != 0 ? error : access(process, call, <u32>call.a3);
}

function access(process: process_t, call: call_t, flags: u32): i64 {
    const mode = <u32>call.a2;
    if (mode & ~ACCESS_BITS) return -EINVAL;
    const found = target_find(process, <u32>call.a0, call.a1, flags);
    if (found < 0) return found;
    if (found & IS_TOLD) return mode & X_OK && !told_is_directory(<u32>found) ? -EACCES : 0;
    let denied = false;
    if (mode & X_OK) {
        denied = found == TARGET_STREAM || !target_executes(attributes_mode(target_attributes(found)), found);
    }
    target_release(found);
    return denied ? -EACCES : 0;
}

/** Tells the path of the file that the process executes, without a NUL; -ENOENT when it has lost its name. */
function read_executed(process: process_t, call: call_t): i64 {
    const found = target_hold(process, AT_FDCWD, call.a1, 0);
    if (found < 0) return found;
    const page = ppm_alloc(0, FRAME_KERNEL, 0);
    const start = page == 0 ? -ENOMEM : directory_path(inode_node(target_object(found)), xptr_local(page));
    let result: i64 = start;
    if (start >= 0) {
        const length = <u32>(<i64>PATH_BYTES - 1 - start);
        result = smaller(length, call.a3);
        if (copy_to_user(process, call.a2, page + <usize>start, <u32>result) != 0) result = -EFAULT;
    }
    if (page != 0) ppm_free(page);
    target_release(found);
    return result;
}

/** Tells what a link names, without a NUL. Returns the bytes or -EFAULT. */
function read_target(process: process_t, link: xptr_t, call: call_t): i64 {
    const target = node_target(link);
    const bytes = smaller(node_target_length(link), call.a3);
    const error = copy_user(process, target, call.a2, <u32>bytes, ACCESS_STORE);
    return error != 0 ? -EFAULT : bytes;
}

/** readlinkat(fd, path, to, bytes): of what the kernel tells itself, /proc/self/exe is a link. */
function sys_readlinkat(process: process_t, call: call_t): i64 {
    if (<i32>call.a3 <= 0) return -EINVAL;
    if (path_told(process, call.a1) == <i64>TOLD_EXE) return read_executed(process, call);
    const found = target_find(process, <u32>call.a0, call.a1, AT_SYMLINK_NOFOLLOW);
    if (found < 0) return found;
    const result = found & IS_LINK ? read_target(process, target_object(found), call) : -EINVAL;
    target_release(found);
    return result;
}
