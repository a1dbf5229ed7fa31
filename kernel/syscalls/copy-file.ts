// sendfile and copy_file_range: bytes of a file that do not pass through user memory. They go page by page through a page of the kernel's. As
// on Linux, a position of an open file is read when the call begins and written when it ends.

import { EBADF, EFAULT, EINTR, EINVAL, EISDIR, ENOMEM, ENOSPC, EPIPE } from "../abi/errno";
import { O_APPEND } from "../abi/file";
import { PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { SYS_COPY_FILE_RANGE, SYS_SENDFILE } from "../abi/syscalls";
import { FRAME_KERNEL } from "../abi/vseg-type";
import { console_write } from "../console";
import { FILE_LIMIT, HOLD_READ, HOLD_WRITE, page_hold, page_release } from "../fs/cache";
import { fd_hold } from "../fs/descriptors";
import { inode_grow, inode_size } from "../fs/inode";
import {
    flags_read,
    flags_write,
    KIND_CONSOLE,
    KIND_FILE,
    KIND_PIPE,
    open_file_flags,
    open_file_inode,
    open_file_is_directory,
    open_file_kind,
    open_file_position,
    open_file_release,
    open_file_set_position,
    open_file_stream,
} from "../fs/open-file";
import { turn_give, turn_take } from "../fs/turn";
import { smaller } from "../hal/checked";
import { copy_bytes, uaddr_t, xptr_local, xptr_t } from "../hal/platform";
import { frame_xptr } from "../mm/frame";
import { ppm_alloc, ppm_free } from "../mm/ppm";
import { process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user } from "../mm/uaccess";
import { rpc_between_pages } from "../rpc/serve";
import { this_thread } from "../sched/thread";
import { broken_pipe, write_step } from "./pipe";
import { call_register, call_t } from "./table";
import { LARGEST } from "./transfer";

export function copy_file_calls(): void {
    call_register(SYS_SENDFILE, sys_sendfile);
    call_register(SYS_COPY_FILE_RANGE, sys_copy_file_range);
}

/** sendfile(out, in, position, bytes): without the address of a position the one of `in` counts, and moves. */
function sys_sendfile(process: process_t, call: call_t): i64 {
    const from = fd_hold(process, <u32>call.a1);
    const to = fd_hold(process, <u32>call.a0);
    let result: i64 = -EBADF;
    if (from != 0 && to != 0 && flags_read(open_file_flags(from))) {
        const place = position_of(process, from, call.a2);
        if (place < 0) result = place;
        else if (flags_write(open_file_flags(to))) result = send(process, from, <u64>place, to, call.a3);
        if (result >= 0) result = move_on(process, from, call.a2, <u64>place, result);
    }
    if (from != 0) open_file_release(from);
    if (to != 0) open_file_release(to);
    return result;
}

function send(process: process_t, from: xptr_t, place: u64, to: xptr_t, bytes: u64): i64 {
    if (open_file_kind(from) != KIND_FILE || (open_file_flags(to) & O_APPEND) != 0) return -EINVAL;
    const at = open_file_kind(to) == KIND_FILE ? open_file_position(to) : 0;
    const done = copy(process, from, place, to, at, smaller(bytes, LARGEST));
    if (done > 0 && open_file_kind(to) == KIND_FILE) open_file_set_position(to, at + <u64>done);
    return done;
}

/** copy_file_range(in, position, out, position, bytes, flags): between files, or within one whose ranges do not overlap. */
function sys_copy_file_range(process: process_t, call: call_t): i64 {
    const from = fd_hold(process, <u32>call.a0);
    const to = fd_hold(process, <u32>call.a2);
    const result = from == 0 || to == 0 ? -EBADF : copy_range(process, call, from, to);
    if (from != 0) open_file_release(from);
    if (to != 0) open_file_release(to);
    return result;
}

function copy_range(process: process_t, call: call_t, from: xptr_t, to: xptr_t): i64 {
    const place = position_of(process, from, call.a1);
    if (place < 0) return place;
    const at = position_of(process, to, call.a3);
    if (at < 0) return at;
    if (<u32>call.a5 != 0) return -EINVAL;
    if (open_file_is_directory(from) || open_file_is_directory(to)) return -EISDIR;
    if (open_file_kind(from) != KIND_FILE || open_file_kind(to) != KIND_FILE) return -EINVAL;
    const flags = open_file_flags(to);
    if (!flags_read(open_file_flags(from)) || !flags_write(flags) || (flags & O_APPEND) != 0) return -EBADF;
    const bytes = smaller(call.a4, LARGEST);
    const overlap = <u64>place < <u64>at + bytes && <u64>at < <u64>place + bytes;
    if (open_file_inode(from) == open_file_inode(to) && overlap) return -EINVAL;
    const done = copy(process, from, <u64>place, to, <u64>at, bytes);
    if (done < 0) return done;
    const error = move_on(process, from, call.a1, <u64>place, done);
    return error < 0 ? error : move_on(process, to, call.a3, <u64>at, done);
}

/** The position in the user's word at `word`, or of the open file if that is 0; or -errno. */
function position_of(process: process_t, file: xptr_t, word: uaddr_t): i64 {
    if (word == 0) return <i64>open_file_position(file);
    const buffer = this_thread().buffer;
    if (copy_from_user(process, buffer, word, 8) != 0) return -EFAULT;
    const place = load<i64>(buffer);
    return place < 0 ? -EINVAL : place;
}

/** Moves the position by `done` bytes. Returns `done` or -EFAULT. */
function move_on(process: process_t, file: xptr_t, word: uaddr_t, place: u64, done: i64): i64 {
    const buffer = this_thread().buffer;
    store<u64>(buffer, place + <u64>done);
    if (word != 0) return copy_to_user(process, word, buffer, 8) != 0 ? -EFAULT : done;
    if (done != 0) open_file_set_position(file, place + <u64>done);
    return done;
}

/** Copies bytes of a file from `place` on to what `to` is open for, at `at` if that is a file. Returns their number, or -errno if it is 0. */
function copy(process: process_t, from: xptr_t, place: u64, to: xptr_t, at: u64, bytes: u64): i64 {
    const memory = ppm_alloc(0, FRAME_KERNEL, 0);
    if (memory == 0) return -ENOMEM;
    let done: u64 = 0;
    let error: i64 = 0;
    while (done < bytes && error == 0) {
        const found = take(open_file_inode(from), place + done, memory, bytes - done);
        if (found == 0) break;
        const written = put(process, to, at + done, memory, found);
        if (written > 0) done += <u64>written;
        if (written < 0) error = written;
        else if (<u32>written != found || !rpc_between_pages()) break;
    }
    ppm_free(memory);
    if (error == -EPIPE && done == 0) return broken_pipe(process);
    return done != 0 ? <i64>done : error;
}

/** Copies bytes of one page of a file to kernel memory. Returns their number, 0 at the end of the file. */
function take(inode: xptr_t, place: u64, memory: usize, bytes: u64): u32 {
    const size = inode_size(inode);
    if (place >= size) return 0;
    const in_page = place & (PAGE_SIZE - 1);
    const count = <u32>smaller(PAGE_SIZE - in_page, smaller(bytes, size - place));
    const ppn = page_hold(inode, place >> PAGE_SHIFT, HOLD_READ, 0);
    if (ppn == 0) return 0;
    copy_bytes(xptr_local(memory), frame_xptr(ppn) + in_page, count);
    page_release(ppn);
    return count;
}

/** Writes kernel memory. Returns the number of bytes, or -errno. */
function put(process: process_t, to: xptr_t, at: u64, memory: usize, bytes: u32): i64 {
    const kind = open_file_kind(to);
    if (kind == KIND_PIPE) return write_step(process, to, memory, bytes, false);
    if (kind == KIND_CONSOLE) {
        const stream = open_file_stream(to);
        console_write(process.pid, stream == 0 ? 1 : stream, memory, bytes);
        return bytes;
    }
    const inode = open_file_inode(to);
    if (!turn_take(inode)) return -EINTR;
    let done: u32 = 0;
    while (done < bytes && at + done < FILE_LIMIT) {
        const in_page = (at + done) & (PAGE_SIZE - 1);
        const count = <u32>smaller(PAGE_SIZE - in_page, bytes - done);
        const ppn = page_hold(inode, (at + done) >> PAGE_SHIFT, HOLD_WRITE, 0);
        if (ppn == 0) break;
        copy_bytes(frame_xptr(ppn) + in_page, xptr_local(memory + done), count);
        page_release(ppn);
        done += count;
    }
    if (done != 0) inode_grow(inode, at + done);
    turn_give(inode);
    return done != 0 ? <i64>done : -ENOSPC;
}
