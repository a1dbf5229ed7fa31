// read, write, readv and writev. The vectored calls do in one call what several read or write calls do. The transfers of files are in
// transfer.ts. Standard output and error are the console, which has no input.

import { EFAULT } from "../abi/errno";
import { SYS_READ, SYS_READV, SYS_WRITE, SYS_WRITEV } from "../abi/syscalls";
import { console_write } from "../console";
import { uaddr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_from_user } from "../mm/uaccess";
import { rpc_between_pages } from "../rpc/serve";
import { THREAD_BUFFER, this_thread } from "../sched/thread";
import { call_register, call_t } from "./table";
import { file_read, file_write, PIECE, parts, parts_next, parts_one, parts_vector } from "./transfer";

export function read_write_calls(): void {
    call_register(SYS_READ, sys_read);
    call_register(SYS_WRITE, sys_write);
    call_register(SYS_READV, sys_readv);
    call_register(SYS_WRITEV, sys_writev);
}

/** read(fd, buffer, bytes) returns the bytes transferred, 0 at the end, or -errno. */
function sys_read(process: process_t, call: call_t): i64 {
    const fd = <u32>call.a0;
    if (fd == 0) return 0;
    const error = parts_one(call.a1, call.a2);
    return error != 0 ? error : file_read(process, fd);
}

/** write(fd, buffer, bytes) returns the bytes transferred, or -errno. */
function sys_write(process: process_t, call: call_t): i64 {
    const fd = <u32>call.a0;
    if (fd == 1 || fd == 2) return write_console(process, fd, call.a1, call.a2);
    const error = parts_one(call.a1, call.a2);
    return error != 0 ? error : file_write(process, fd);
}

/** The bytes are copied in pieces, and each piece is whole on the console. */
function write_console(process: process_t, fd: u32, buffer: uaddr_t, bytes: u64): i64 {
    const piece = this_thread().buffer;
    let done: u64 = 0;
    while (done < bytes) {
        const left = bytes - done;
        const count = left < THREAD_BUFFER ? <u32>left : THREAD_BUFFER;
        const error = copy_from_user(process, piece, buffer + done, count);
        if (error != 0) return done != 0 ? <i64>done : error;
        console_write(process.pid, fd, piece, count);
        done += count;
        if (!rpc_between_pages()) break;
    }
    return <i64>done;
}

/** readv(fd, vector, count) */
function sys_readv(process: process_t, call: call_t): i64 {
    const fd = <u32>call.a0;
    const error = parts_vector(process, call.a1, call.a2);
    if (error != 0) return error;
    return fd == 0 ? 0 : file_read(process, fd);
}

/** writev(fd, vector, count) */
function sys_writev(process: process_t, call: call_t): i64 {
    const fd = <u32>call.a0;
    const error = parts_vector(process, call.a1, call.a2);
    if (error != 0) return error;
    return fd == 1 || fd == 2 ? gather_console(process, fd) : file_write(process, fd);
}

/** Gathers small parts, so that a line that a C library writes in two parts is whole on the console. */
function gather_console(process: process_t, fd: u32): i64 {
    const piece = this_thread().buffer;
    let used: u32 = 0;
    let done: i64 = 0;
    while (parts_next(process) == 0) {
        let from = parts().base;
        let left = parts().bytes;
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
            if (!rpc_between_pages()) return done;
        }
    }
    if (used != 0) console_write(process.pid, fd, piece, used);
    return done + used;
}
