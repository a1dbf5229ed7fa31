// read, write, readv and writev of files (docs/spec/files.md F3, F4, F7). A call is one transfer. It is whole beside all others of the same
// open file and, when it writes, of the same file. At its end the position moves by the bytes transferred.

import { ACCESS_LOAD, ACCESS_STORE } from "../abi/access";
import { EFAULT, EINTR, EINVAL, EISDIR, ENOSPC } from "../abi/errno";
import { O_APPEND } from "../abi/file";
import { PAGE_SHIFT, PAGE_SIZE, USER_END } from "../abi/memory-map";
import { FILE_LIMIT, HOLD_READ, HOLD_WRITE, page_hold, page_release } from "../fs/cache";
import { inode_grow, inode_size } from "../fs/inode";
import {
    open_file_flags,
    open_file_inode,
    open_file_is_directory,
    open_file_position,
    open_file_set_position,
} from "../fs/open-file";
import { turn_give, turn_take } from "../fs/turn";
import { range_fits, smaller } from "../hal/checked";
import { uaddr_t, xptr_t } from "../hal/platform";
import { frame_xptr } from "../mm/frame";
import { process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user, copy_user } from "../mm/uaccess";
import { rpc_between_pages } from "../rpc/serve";
import { THREAD_BUFFER, this_thread } from "../sched/thread";

/** The parts of user memory that a call transfers, in order. They stand at the end of the thread's buffer. */
@unmanaged
class parts_t {
    /** Address and bytes of the current part. copy_from_user reads a struct iovec into these two fields. */
    base: u64;
    bytes: u64;
    /** 1 when this is the only part, 0 when a user has an array of iovecs. */
    single: u64;
    vector: u64;
    count: u64;
    next: u64;
}
const PARTS_SIZE: u32 = 48;
const IOVEC_SIZE: u64 = 16;
const IOV_MAX: u64 = 1024;
/** The bytes of the thread's buffer that the parts leave free. */
export const PIECE: u32 = THREAD_BUFFER - PARTS_SIZE;

export function parts(): parts_t {
    return changetype<parts_t>(this_thread().buffer + PIECE);
}

/** Gives the call one part. Returns 0 or -errno. */
export function parts_one(base: uaddr_t, bytes: u64): i64 {
    const all = parts();
    all.single = 1;
    all.count = 1;
    all.next = 0;
    all.base = base;
    all.bytes = bytes;
    return range_fits(base, bytes, <u64>USER_END) ? 0 : -EFAULT;
}

/** Gives the call the parts of a user's array. All are checked before the first is transferred. Returns 0 or -errno. */
export function parts_vector(process: process_t, vector: uaddr_t, count: u64): i64 {
    if (count > IOV_MAX) return -EINVAL;
    const all = parts();
    all.single = 0;
    all.vector = vector;
    all.count = count;
    all.next = 0;
    let error: i64 = 0;
    while (error == 0) error = parts_next(process);
    all.next = 0;
    return error == NO_MORE ? 0 : error;
}

const NO_MORE: i64 = 1;

/** Goes on to the next part. Returns 0, NO_MORE or -errno. */
export function parts_next(process: process_t): i64 {
    const all = parts();
    if (all.next == all.count) return NO_MORE;
    const index = all.next++;
    if (all.single != 0) return 0;
    const at = all.vector + index * IOVEC_SIZE;
    if (copy_from_user(process, changetype<usize>(all), at, <u32>IOVEC_SIZE) != 0) return -EFAULT;
    if (<i64>all.bytes < 0) return -EINVAL;
    return range_fits(all.base, all.bytes, <u64>USER_END) ? 0 : -EFAULT;
}

/** The bytes of all parts, at most LARGEST, or -errno. Then parts_gather and parts_scatter begin with the first. */
export function parts_all(process: process_t): i64 {
    const all = parts();
    if (all.single != 0) return <i64>smaller(all.bytes, LARGEST);
    let sum: u64 = 0;
    let error: i64 = 0;
    while (error == 0) {
        error = parts_next(process);
        if (error == 0) sum = smaller(LARGEST, sum + smaller(all.bytes, LARGEST));
    }
    all.next = 0;
    all.bytes = 0;
    return error == NO_MORE ? <i64>sum : error;
}
/** The most bytes of one call, as on Linux (MAX_RW_COUNT). */
export const LARGEST: u64 = 0x7ffff000;

/** Goes on to the next part that has bytes left. Returns 0, NO_MORE or -errno. */
function parts_left(process: process_t): i64 {
    while (parts().bytes == 0) {
        const error = parts_next(process);
        if (error != 0) return error;
    }
    return 0;
}

/** Copies the parts' next bytes, at most `room`, to kernel memory. Returns their number, 0 when there are no more, or -errno. */
export function parts_gather(process: process_t, to: usize, room: u32): i64 {
    let used: u32 = 0;
    while (used < room) {
        const error = parts_left(process);
        if (error != 0) return used != 0 || error == NO_MORE ? <i64>used : error;
        const all = parts();
        const bytes = <u32>smaller(all.bytes, room - used);
        if (copy_from_user(process, to + used, all.base, bytes) != 0) return used != 0 ? <i64>used : -EFAULT;
        all.base += bytes;
        all.bytes -= bytes;
        used += bytes;
    }
    return used;
}

/** Copies kernel memory to the parts' next bytes. Returns the number of bytes copied, fewer than `bytes` at a bad address. */
export function parts_scatter(process: process_t, from: usize, bytes: u32): u32 {
    let done: u32 = 0;
    while (done < bytes && parts_left(process) == 0) {
        const all = parts();
        const chunk = <u32>smaller(all.bytes, bytes - done);
        if (copy_to_user(process, all.base, from + done, chunk) != 0) break;
        all.base += chunk;
        all.bytes -= chunk;
        done += chunk;
    }
    return done;
}

/** Reads the call's parts from an open file, which the caller holds. Returns the bytes transferred, 0 at the end of the file, or -errno. */
export function file_read(process: process_t, file: xptr_t): i64 {
    if (open_file_is_directory(file)) return -EISDIR;
    if (!turn_take(file)) return -EINTR;
    const inode = open_file_inode(file);
    const begin = open_file_position(file);
    const done = transfer(process, inode, begin, inode_size(inode), ACCESS_STORE);
    if (done > 0) open_file_set_position(file, begin + <u64>done);
    turn_give(file);
    return done;
}

/** Does as file_read from a position on, and leaves that of the open file as it is. */
export function file_read_at(process: process_t, file: xptr_t, position: u64): i64 {
    const inode = open_file_inode(file);
    return transfer(process, inode, position, inode_size(inode), ACCESS_STORE);
}

/** Does as file_write at a position, or with O_APPEND at the end as on Linux, and leaves the position of the open file as it is. */
export function file_write_at(process: process_t, file: xptr_t, position: u64): i64 {
    const inode = open_file_inode(file);
    if (!turn_take(inode)) return -EINTR;
    const begin = open_file_flags(file) & O_APPEND ? inode_size(inode) : position;
    const done = transfer(process, inode, begin, FILE_LIMIT, ACCESS_LOAD);
    if (done > 0) inode_grow(inode, begin + <u64>done);
    turn_give(inode);
    return done;
}

/**
 * Writes the call's parts to an open file, which the caller holds. Returns the bytes transferred or -errno. A write takes two turns: first
 * the open file's, then the inode's.
 */
export function file_write(process: process_t, file: xptr_t): i64 {
    if (!turn_take(file)) return -EINTR;
    const inode = open_file_inode(file);
    let done: i64 = -EINTR;
    if (turn_take(inode)) {
        const begin = open_file_flags(file) & O_APPEND ? inode_size(inode) : open_file_position(file);
        done = transfer(process, inode, begin, FILE_LIMIT, ACCESS_LOAD);
        if (done > 0) {
            inode_grow(inode, begin + <u64>done);
            open_file_set_position(file, begin + <u64>done);
        }
        turn_give(inode);
    }
    turn_give(file);
    return done;
}

/**
 * Transfers the call's parts from position `begin` on, up to `end` at most. `access` is the access to the user's bytes. Returns the bytes
 * transferred, or if there are none the error that ended it.
 */
function transfer(process: process_t, inode: xptr_t, begin: u64, end: u64, access: u32): i64 {
    let done: u64 = 0;
    let error = parts_next(process);
    while (error == 0) {
        const all = parts();
        const room: u64 = begin < end && done < end - begin ? end - begin - done : 0;
        const bytes = smaller(all.bytes, room);
        const moved = move(process, inode, begin + done, all.base, bytes, access);
        if (moved > 0) done += <u64>moved;
        if (moved < 0) error = moved;
        else if (<u64>moved != all.bytes) error = access == ACCESS_LOAD ? -ENOSPC : NO_MORE;
        else if (all.next != all.count && !rpc_between_pages()) error = -EINTR;
        else error = parts_next(process);
    }
    return done != 0 || error == NO_MORE ? <i64>done : error;
}

/** Moves one part page by page between the cache and user memory. Returns the bytes transferred, or -errno when there are none. */
function move(process: process_t, inode: xptr_t, begin: u64, user: uaddr_t, bytes: u64, access: u32): i64 {
    const purpose: u32 = access == ACCESS_LOAD ? HOLD_WRITE : HOLD_READ;
    let done: u64 = 0;
    let error: i64 = 0;
    let ppn: u64 = 0;
    while (done < bytes && error == 0) {
        const position = begin + done;
        const in_page = position & (PAGE_SIZE - 1);
        if (ppn == 0 || in_page == 0) ppn = page_hold(inode, position >> PAGE_SHIFT, purpose, ppn);
        const place = frame_xptr(ppn) + in_page;
        // A chunk stays within one page of the user, too, so that each byte before a bad address is counted.
        const most = smaller(PAGE_SIZE - in_page, PAGE_SIZE - ((user + done) & (PAGE_SIZE - 1)));
        const chunk = <u32>smaller(bytes - done, most);
        // Without a page, the file has been truncated behind a reader, or there is no memory for a writer.
        if (ppn == 0) error = -ENOSPC;
        else if (copy_user(process, place, user + done, chunk, access) != 0) error = -EFAULT;
        else done += chunk;
        if (done < bytes && error == 0 && !rpc_between_pages()) error = -EINTR;
    }
    page_release(ppn);
    if (ppn == 0 && purpose == HOLD_READ) error = 0;
    return done != 0 ? <i64>done : error;
}
