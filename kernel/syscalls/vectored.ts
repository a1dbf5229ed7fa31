// readv and writev: what several read or write calls do, in one.
import { EFAULT, EINVAL } from "../abi/errno";
import { console_write } from "../console";
import { uaddr_t } from "../hal/platform";
import { copy_from_user } from "../mm/uaccess";
import { process_t } from "../proc/process-table";
import { THREAD_BUFFER, this_thread } from "../proc/thread";
import { file_write, sys_read } from "./file";

const IOV_MAX: u64 = 1024;
/** A struct iovec, base and length, is read to the end of the thread's buffer. */
const IOVEC_SIZE: u32 = 16;
const PIECE: u32 = THREAD_BUFFER - IOVEC_SIZE;

/** Reads entry `i` of a user's array of iovecs; its address in the thread's buffer, or 0. */
function iovec(process: process_t, vector: uaddr_t, i: u64): usize {
    const entry = this_thread().buffer + PIECE;
    return copy_from_user(process, entry, vector + i * IOVEC_SIZE, IOVEC_SIZE) != 0 ? 0 : entry;
}

export function sys_readv(process: process_t, fd: u32, vector: uaddr_t, count: u64): i64 {
    return count > IOV_MAX ? -EINVAL : transfer(process, fd, vector, count, false);
}

export function sys_writev(process: process_t, fd: u32, vector: uaddr_t, count: u64): i64 {
    if (count > IOV_MAX) return -EINVAL;
    if (fd == 1 || fd == 2) return console_writev(process, fd, vector, count);
    return transfer(process, fd, vector, count, true);
}

/** Reads or writes the parts in order, up to the first that is not moved whole. */
function transfer(process: process_t, fd: u32, vector: uaddr_t, count: u64, write: bool): i64 {
    let done: i64 = 0;
    for (let i: u64 = 0; i < count; i++) {
        const entry = iovec(process, vector, i);
        if (entry == 0) return done != 0 ? done : -EFAULT;
        const bytes = load<u64>(entry, 8);
        const base = load<u64>(entry);
        const moved = write ? file_write(process, fd, base, bytes) : sys_read(process, fd, base, bytes);
        if (moved < 0) return done != 0 ? done : moved;
        done += moved;
        if (<u64>moved < bytes) break;
    }
    return done;
}

/** Small parts are gathered, so that a line that a C library writes in two is whole on the console. */
function console_writev(process: process_t, fd: u32, vector: uaddr_t, count: u64): i64 {
    const piece = this_thread().buffer;
    let used: u32 = 0;
    let done: i64 = 0;
    for (let i: u64 = 0; i < count; i++) {
        const entry = iovec(process, vector, i);
        if (entry == 0) return done != 0 ? done : -EFAULT;
        let from = load<u64>(entry);
        let left = load<u64>(entry, 8);
        while (left != 0) {
            const room: u32 = PIECE - used;
            const bytes: u32 = left < <u64>room ? <u32>left : room;
            if (copy_from_user(process, piece + used, from, bytes) != 0) return done != 0 ? done : -EFAULT;
            used += bytes;
            from += bytes;
            left -= bytes;
            if (used < PIECE) continue;
            console_write(process.pid, fd, piece, used);
            done += used;
            used = 0;
        }
    }
    if (used != 0) console_write(process.pid, fd, piece, used);
    return done + used;
}
