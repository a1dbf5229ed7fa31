// The calls for a process's address space: mmap, munmap, mprotect, brk and remote_malloc.

import { EACCES, EBADF, EINVAL, ENODEV } from "../abi/errno";
import { O_ACCMODE, O_RDONLY } from "../abi/file";
import { PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { REFUSED_MMAP_MAP_GROWSDOWN, REFUSED_MMAP_MAP_HUGETLB } from "../abi/refusals";
import { SYS_BRK, SYS_MMAP, SYS_MPROTECT, SYS_MUNMAP, SYS_REMOTE_MALLOC } from "../abi/syscalls";
import { VSEG_HEAP, VSEG_REMOTE } from "../abi/vseg-type";
import { FILE_LIMIT } from "../fs/cache";
import { fd_hold } from "../fs/descriptors";
import { open_file_flags, open_file_inode, open_file_release } from "../fs/open-file";
import { range_fits } from "../hal/checked";
import { xptr_cxy } from "../hal/platform";
import { has_memory } from "../hal/topology";
import { brk, mmap_anonymous, mmap_file, mprotect, munmap } from "../mm/mmap";
import { process_t } from "../mm/process-table";
import { call_register, call_t, refused } from "./table";

const MAP_ANONYMOUS: u32 = 0x20;
const MAP_GROWSDOWN: u32 = 0x100;
const MAP_HUGETLB: u32 = 0x40000;
const PROT_WRITE: u32 = 2;
const PROT_READ_WRITE: u32 = 3;

export function memory_calls(): void {
    call_register(SYS_MMAP, sys_mmap);
    call_register(SYS_MUNMAP, sys_munmap);
    call_register(SYS_MPROTECT, sys_mprotect);
    call_register(SYS_BRK, sys_brk);
    call_register(SYS_REMOTE_MALLOC, sys_remote_malloc);
}

/** mmap(address, bytes, prot, flags, fd, offset): the kernel chooses the address. */
function sys_mmap(process: process_t, call: call_t): i64 {
    const bytes = call.a1;
    const prot = <u32>call.a2;
    const flags = <u32>call.a3;
    if (flags & MAP_GROWSDOWN) return refused(process, REFUSED_MMAP_MAP_GROWSDOWN);
    if (flags & MAP_HUGETLB) return refused(process, REFUSED_MMAP_MAP_HUGETLB);
    if (flags & MAP_ANONYMOUS) return mmap_anonymous(process, bytes, VSEG_HEAP, 0, prot);
    return map_file(process, bytes, prot, <u32>call.a4, call.a5);
}

/** mmap of a file maps shared pages of its cache (5.5). `offset` is a whole number of pages. */
function map_file(process: process_t, bytes: u64, prot: u32, fd: u32, offset: u64): i64 {
    const file = fd_hold(process, fd);
    if (file == 0) return -EBADF;
    const inode = open_file_inode(file);
    const flags = open_file_flags(file);
    open_file_release(file);
    if (inode == 0) return -ENODEV;
    if ((offset & (PAGE_SIZE - 1)) != 0 || !range_fits(offset, bytes, FILE_LIMIT)) return -EINVAL;
    if ((prot & PROT_WRITE) != 0 && (flags & O_ACCMODE) == O_RDONLY) return -EACCES;
    return mmap_file(process, bytes, xptr_cxy(inode), prot, inode, <u32>(offset >> PAGE_SHIFT));
}

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
    return has_memory(cxy) ? mmap_anonymous(process, call.a0, VSEG_REMOTE, cxy, PROT_READ_WRITE) : -EINVAL;
}
