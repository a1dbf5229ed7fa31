// The calls for a process's address space: mmap, munmap, mprotect, brk and remote_malloc.

import { EACCES, EBADF, EFAULT, EINTR, EINVAL, ENODEV, ENOMEM, EOPNOTSUPP, EOVERFLOW } from "../abi/errno";
import { PAGE_SHIFT, PAGE_SIZE, USER_END } from "../abi/memory-map";
import {
    REFUSED_MADVISE_ADVICE,
    REFUSED_MMAP_MAP_GROWSDOWN,
    REFUSED_MMAP_MAP_HUGETLB,
    REFUSED_MREMAP_MREMAP_DONTUNMAP,
} from "../abi/refusals";
import { RESIDENCE_MAPPED, RESIDENCE_RESIDENT } from "../abi/rpc-words";
import {
    SYS_BRK,
    SYS_GET_HOME,
    SYS_MADVISE,
    SYS_MINCORE,
    SYS_MMAP,
    SYS_MPROTECT,
    SYS_MREMAP,
    SYS_MSYNC,
    SYS_MUNMAP,
    SYS_REMOTE_MALLOC,
} from "../abi/syscalls";
import { VSEG_FILE, VSEG_HEAP, VSEG_REMOTE } from "../abi/vseg-type";
import { FILE_LIMIT } from "../fs/cache";
import { fd_hold } from "../fs/descriptors";
import { inode_release } from "../fs/directory";
import { inode_node, inode_share } from "../fs/inode";
import {
    flags_read,
    flags_write,
    KIND_FILE,
    open_file_flags,
    open_file_inode,
    open_file_kind,
    open_file_release,
} from "../fs/open-file";
import { shared_memory_create } from "../fs/shared-memory";
import { range_fits } from "../hal/checked";
import { uaddr_t, xptr_cxy, xptr_t } from "../hal/platform";
import { has_memory } from "../hal/topology";
import { brk } from "../mm/brk";
import { vpn_of } from "../mm/gpt";
import { BY_PAGE, BY_TOUCH } from "../mm/home";
import { mapping_attributes, mapping_denies, mmap, PLACE_ANY, PLACE_FIXED, PLACE_FREE, PLACE_HINT } from "../mm/mmap";
import { MOVE_FIXED, MOVE_MAY, MOVE_NEVER, mremap } from "../mm/mremap";
import { process_t } from "../mm/process-table";
import { PTE_W } from "../mm/pte";
import { home_of_page, RESIDENCE_PAGES, residence } from "../mm/residence";
import { copy_to_user } from "../mm/uaccess";
import { drop_pages, is_range, mprotect, munmap } from "../mm/unmap";
import { page_count, rights_of } from "../mm/user-space";
import { rpc_arguments } from "../rpc/rpc";
import { rpc_between_pages } from "../rpc/serve";
import { this_thread } from "../sched/thread";
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
    call_register(SYS_MREMAP, sys_mremap);
    call_register(SYS_MADVISE, sys_madvise);
    call_register(SYS_MINCORE, sys_mincore);
    call_register(SYS_MSYNC, sys_msync);
    call_register(SYS_GET_HOME, sys_get_home);
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
    if (kind != MAP_PRIVATE) return map_shared(process, call, place);
    // The stack of a thread is to lie where the thread runs.
    const home = flags & MAP_STACK ? BY_TOUCH : 0;
    return mmap(process, call.a0, call.a1, mapping_attributes(VSEG_HEAP, place, rights_of(<u32>call.a2)), home, 0, 0);
}

/** Memory that children share (3): a mapping of an inode without a name, which ends with the last mapping. */
function map_shared(process: process_t, call: call_t, place: u32): i64 {
    if (call.a1 == 0) return -EINVAL;
    const inode = call.a1 > FILE_LIMIT ? 0 : shared_memory_create(call.a1);
    if (inode == 0) return -ENOMEM;
    const attributes = mapping_attributes(VSEG_FILE, place, rights_of(<u32>call.a2));
    const address = mmap(process, call.a0, call.a1, attributes, BY_PAGE, inode, 0);
    if (address < 0) inode_release(inode);
    return address;
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
    const file = fd_hold(process, <u32>call.a4);
    if (file == 0) return -EBADF;
    const address = map_held(process, call, file, is_private, place);
    open_file_release(file);
    return address;
}

function map_held(process: process_t, call: call_t, file: xptr_t, is_private: bool, place: u32): i64 {
    const prot = <u32>call.a2;
    const inode = open_file_inode(file);
    const flags = open_file_flags(file);
    // A text of the kernel's (fs/text.ts) ends with its open file.
    if (open_file_kind(file) != KIND_FILE || inode_node(inode) == 0) return -ENODEV;
    const offset = call.a5;
    if ((offset & (PAGE_SIZE - 1)) != 0) return -EINVAL;
    if (!range_fits(offset, call.a1, LARGEST_OFFSET)) return -EOVERFLOW;
    const writes = !is_private && (prot & PROT_WRITE) != 0;
    if (!flags_read(flags) || (writes && !flags_write(flags))) return -EACCES;
    const page = offset >> PAGE_SHIFT;
    const attributes = mapping_attributes(is_private ? VSEG_HEAP : VSEG_FILE, place, rights_of(prot));
    const file_page = <u32>(page < LAST_FILE_PAGE ? page : LAST_FILE_PAGE);
    const denied: u64 = is_private || flags_write(flags) ? 0 : PTE_W;
    // The new vseg is an owner of the file (F5.3).
    inode_share(inode);
    const all = mapping_denies(attributes, denied);
    const address = mmap(process, call.a0, call.a1, all, xptr_cxy(inode), inode, file_page);
    if (address < 0) inode_release(inode);
    return address;
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

const MREMAP_MAYMOVE: u32 = 1;
const MREMAP_FIXED: u32 = 2;
const MREMAP_DONTUNMAP: u32 = 4;

/** mremap(address, bytes, new bytes, flags, new address) */
function sys_mremap(process: process_t, call: call_t): i64 {
    const flags = <u32>call.a3;
    if (flags & MREMAP_DONTUNMAP) return refused(process, REFUSED_MREMAP_MREMAP_DONTUNMAP);
    const fixed = (flags & MREMAP_FIXED) != 0;
    if (flags > (MREMAP_MAYMOVE | MREMAP_FIXED) || flags == MREMAP_FIXED) return -EINVAL;
    if (!is_range(call.a0, call.a1) || call.a2 == 0) return -EINVAL;
    if (call.a2 > <u64>USER_END) return -ENOMEM;
    if (fixed && !is_range(call.a4, call.a2)) return -EINVAL;
    const how = fixed ? MOVE_FIXED : flags & MREMAP_MAYMOVE ? MOVE_MAY : MOVE_NEVER;
    return mremap(process, vpn_of(call.a0), page_count(call.a1), page_count(call.a2), vpn_of(call.a4), how);
}

const MADV_DONTNEED: u32 = 4;
const MADV_FREE: u32 = 8;
/** The advice that asks for nothing here: how memory will be read, and whether it may be in large pages or in a dump. */
const MADV_HINTS: u32 = 0x33c00f;

/** madvise(address, bytes, advice) */
function sys_madvise(process: process_t, call: call_t): i64 {
    const advice = <u32>call.a2;
    const drops = advice == MADV_DONTNEED || advice == MADV_FREE;
    const hint = advice < 32 && ((MADV_HINTS >> advice) & 1) != 0;
    if (!drops && !hint) return refused(process, REFUSED_MADVISE_ADVICE);
    if (call.a1 == 0 && (call.a0 & (PAGE_SIZE - 1)) == 0) return 0;
    if (!is_range(call.a0, call.a1)) return -EINVAL;
    const first = vpn_of(call.a0);
    const end = first + page_count(call.a1);
    if (drops) return drop_pages(process, first, end);
    return each_piece(process, first, end, 0);
}

/** mincore(address, bytes, vector): a byte a page, 1 for a page that has a frame. */
function sys_mincore(process: process_t, call: call_t): i64 {
    if ((call.a0 & (PAGE_SIZE - 1)) != 0) return -EINVAL;
    if (call.a1 == 0) return 0;
    if (!is_range(call.a0, call.a1)) return -ENOMEM;
    const first = vpn_of(call.a0);
    return each_piece(process, first, first + page_count(call.a1), call.a2);
}

const MS_ASYNC: u32 = 1;
const MS_INVALIDATE: u32 = 2;
const MS_SYNC: u32 = 4;

/** msync(address, bytes, flags): mappings and files are one, so there is nothing to write back. */
function sys_msync(process: process_t, call: call_t): i64 {
    const flags = <u32>call.a2;
    if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) != 0 || (flags & MS_ASYNC && flags & MS_SYNC)) return -EINVAL;
    if ((call.a0 & (PAGE_SIZE - 1)) != 0) return -EINVAL;
    if (call.a1 == 0) return 0;
    if (!is_range(call.a0, call.a1)) return -ENOMEM;
    const first = vpn_of(call.a0);
    return each_piece(process, first, first + page_count(call.a1), 0);
}

/** Looks at [first, end) in pieces. -ENOMEM when a page is in no vseg. The bytes of mincore go to `vector`, unless that is 0. */
function each_piece(process: process_t, first: u32, end: u32, vector: uaddr_t): i64 {
    const buffer = this_thread().buffer;
    for (let vpn = first; vpn < end; ) {
        const count = end - vpn < RESIDENCE_PAGES ? end - vpn : RESIDENCE_PAGES;
        residence(process, vpn, count);
        const all = count == 64 ? <u64>-1 : ((<u64>1) << count) - 1;
        if (rpc_arguments().get(RESIDENCE_MAPPED) != all) return -ENOMEM;
        const resident = rpc_arguments().get(RESIDENCE_RESIDENT);
        if (vector != 0) {
            for (let i: u32 = 0; i < count; i++) store<u8>(buffer + i, <u8>((resident >> i) & 1));
            if (copy_to_user(process, vector + (vpn - first), buffer, count) != 0) return -EFAULT;
        }
        vpn += count;
        if (vpn < end && !rpc_between_pages()) return -EINTR;
    }
    return 0;
}

/** get_home(address): the cluster of the page's frame. */
function sys_get_home(process: process_t, call: call_t): i64 {
    return call.a0 < <u64>USER_END ? home_of_page(process, vpn_of(call.a0)) : -EFAULT;
}
