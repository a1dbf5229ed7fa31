// The calls for a process's address space: mmap, munmap, mprotect, brk and remote_malloc.

import { EACCES, EBADF, EINVAL, ENODEV, EOPNOTSUPP, EOVERFLOW } from "../abi/errno";
import { O_ACCMODE, O_RDWR, O_WRONLY } from "../abi/file";
import { PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import {
    REFUSED_MMAP_MAP_GROWSDOWN,
    REFUSED_MMAP_MAP_HUGETLB,
    REFUSED_MMAP_MAP_SHARED_ANONYMOUS,
} from "../abi/refusals";
import { SYS_BRK, SYS_MMAP, SYS_MPROTECT, SYS_MUNMAP, SYS_REMOTE_MALLOC } from "../abi/syscalls";
import { VSEG_FILE, VSEG_HEAP, VSEG_REMOTE } from "../abi/vseg-type";
import { fd_hold } from "../fs/descriptors";
import { open_file_flags, open_file_inode, open_file_release } from "../fs/open-file";
import { range_fits } from "../hal/checked";
import { uaddr_t, xptr_cxy } from "../hal/platform";
import { has_memory } from "../hal/topology";
import { brk } from "../mm/brk";
import { mapping_attributes, mmap, PLACE_ANY, PLACE_FIXED, PLACE_FREE, PLACE_HINT } from "../mm/mmap";
import { process_t } from "../mm/process-table";
import { mprotect, munmap } from "../mm/unmap";
import { rights_of } from "../mm/user-space";
import { call_register, call_t, refused } from "./table";

const MAP_TYPE: u32 = 15;
const MAP_PRIVATE: u32 = 2;
const MAP_SHARED_VALIDATE: u32 = 3;
const MAP_FIXED: u32 = 0x10;
const MAP_ANONYMOUS: u32 = 0x20;
const MAP_GROWSDOWN: u32 = 0x100;
const MAP_LOCKED: u32 = 0x2000;
const MAP_NORESERVE: u32 = 0x4000;
const MAP_POPULATE: u32 = 0x8000;
const MAP_NONBLOCK: u32 = 0x10000;
const MAP_STACK: u32 = 0x20000;
const MAP_HUGETLB: u32 = 0x40000;
const MAP_FIXED_NOREPLACE: u32 = 0x100000;
/** The flags of MAP_SHARED_VALIDATE, which takes no unknown ones. Memory is neither reserved nor paged out, so some ask for nothing. */
const VALID: u32 =
    MAP_TYPE |
    MAP_FIXED |
    MAP_ANONYMOUS |
    MAP_LOCKED |
    MAP_NORESERVE |
    MAP_POPULATE |
    MAP_NONBLOCK |
    MAP_STACK |
    MAP_FIXED_NOREPLACE;
const PROT_WRITE: u32 = 2;
const PROT_READ_WRITE: u32 = 3;
/** The last page of a file that a mapping can name. No file is so long, so every later page is behind its end, too. */
const LAST_FILE_PAGE: u64 = 0xf0000000;

export function memory_calls(): void {
    call_register(SYS_MMAP, sys_mmap);
    call_register(SYS_MUNMAP, sys_munmap);
    call_register(SYS_MPROTECT, sys_mprotect);
    call_register(SYS_BRK, sys_brk);
    call_register(SYS_REMOTE_MALLOC, sys_remote_malloc);
}

/** mmap(address, bytes, prot, flags, fd, offset) */
function sys_mmap(process: process_t, call: call_t): i64 {
    const flags = <u32>call.a3;
    const kind = flags & MAP_TYPE;
    if (flags & MAP_GROWSDOWN) return refused(process, REFUSED_MMAP_MAP_GROWSDOWN);
    if (flags & MAP_HUGETLB) return refused(process, REFUSED_MMAP_MAP_HUGETLB);
    if (kind == 0 || kind > MAP_SHARED_VALIDATE) return -EINVAL;
    if (kind == MAP_SHARED_VALIDATE && (flags & ~VALID) != 0) return -EOPNOTSUPP;
    const place = place_of(flags, call.a0);
    if (place >= PLACE_FREE && (call.a0 & (PAGE_SIZE - 1)) != 0) return -EINVAL;
    if ((flags & MAP_ANONYMOUS) == 0) return map_file(process, call, kind == MAP_PRIVATE, place);
    if (kind != MAP_PRIVATE) return refused(process, REFUSED_MMAP_MAP_SHARED_ANONYMOUS);
    return mmap(process, call.a0, call.a1, mapping_attributes(VSEG_HEAP, place, rights_of(<u32>call.a2)), 0, 0, 0);
}

function place_of(flags: u32, address: uaddr_t): u32 {
    if (flags & MAP_FIXED_NOREPLACE) return PLACE_FREE;
    if (flags & MAP_FIXED) return PLACE_FIXED;
    return address != 0 ? PLACE_HINT : PLACE_ANY;
}

/**
 * mmap of a file maps pages of its cache, shared (5.5) or private (5.4). `offset` is a whole number of pages. An access behind the file's
 * last page is a SIGBUS.
 */
function map_file(process: process_t, call: call_t, is_private: bool, place: u32): i64 {
    const prot = <u32>call.a2;
    const file = fd_hold(process, <u32>call.a4);
    if (file == 0) return -EBADF;
    const inode = open_file_inode(file);
    const mode = open_file_flags(file) & O_ACCMODE;
    open_file_release(file);
    if (inode == 0) return -ENODEV;
    const offset = call.a5;
    if ((offset & (PAGE_SIZE - 1)) != 0) return -EINVAL;
    if (!range_fits(offset, call.a1, LARGEST_OFFSET)) return -EOVERFLOW;
    if (mode == O_WRONLY || (!is_private && (prot & PROT_WRITE) != 0 && mode != O_RDWR)) return -EACCES;
    const page = offset >> PAGE_SHIFT;
    const attributes = mapping_attributes(is_private ? VSEG_HEAP : VSEG_FILE, place, rights_of(prot));
    const file_page = <u32>(page < LAST_FILE_PAGE ? page : LAST_FILE_PAGE);
    return mmap(process, call.a0, call.a1, attributes, xptr_cxy(inode), inode, file_page);
}
/** Offsets are below 2^63. */
const LARGEST_OFFSET: u64 = 0x7fffffffffffffff;

function sys_munmap(process: process_t, call: call_t): i64 {
    return munmap(process, call.a0, call.a1);
}

function sys_mprotect(process: process_t, call: call_t): i64 {
    return mprotect(process, call.a0, call.a1, <u32>call.a2);
}

function sys_brk(process: process_t, call: call_t): i64 {
    return brk(process, call.a0);
}

/** remote_malloc(bytes, cxy) makes a REMOTE vseg whose frames lie in the named cluster (3). */
function sys_remote_malloc(process: process_t, call: call_t): i64 {
    const cxy = <u32>call.a1;
    if (!has_memory(cxy)) return -EINVAL;
    const attributes = mapping_attributes(VSEG_REMOTE, PLACE_ANY, rights_of(PROT_READ_WRITE));
    return mmap(process, 0, call.a0, attributes, cxy, 0, 0);
}
