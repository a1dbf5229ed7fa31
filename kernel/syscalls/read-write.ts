// read, write, readv and writev. The vectored calls do in one call what several read or write calls do. The transfers of files are in
// transfer.ts, those of pipes in pipe.ts. The console has no input.

import { EBADF, EFAULT, EINTR } from "../abi/errno";
import { SYS_READ, SYS_READV, SYS_WRITE, SYS_WRITEV } from "../abi/syscalls";
import { console_write } from "../console";
import { fd_hold } from "../fs/descriptors";
import {
    flags_read,
    flags_write,
    KIND_CONSOLE,
    KIND_PIPE,
    open_file_flags,
    open_file_kind,
    open_file_release,
    open_file_stream,
} from "../fs/open-file";
import { xptr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_from_user } from "../mm/uaccess";
import { signal_restarts } from "../proc/signal-take";
import { rpc_between_pages } from "../rpc/serve";
import { this_thread } from "../sched/thread";
import { pipe_read_parts, pipe_write_parts } from "./pipe";
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
    const file = fd_hold(process, <u32>call.a0);
    if (file == 0) return -EBADF;
    const error = parts_one(call.a1, call.a2);
    return read_parts(process, call, file, error);
}

/** readv(fd, vector, count). For preadv2, too. */
export function sys_readv(process: process_t, call: call_t): i64 {
    const file = fd_hold(process, <u32>call.a0);
    if (file == 0) return -EBADF;
    const error = parts_vector(process, call.a1, call.a2);
    return read_parts(process, call, file, error);
}

/** Reads the parts from an open file, whose hold ends here. The parts are bad when `error` is not 0. */
function read_parts(process: process_t, call: call_t, file: xptr_t, error: i64): i64 {
    let result = error;
    if (!flags_read(open_file_flags(file))) result = -EBADF;
    else if (error == 0) {
        const kind = open_file_kind(file);
        if (kind == KIND_CONSOLE) result = 0;
        else result = kind == KIND_PIPE ? pipe_read_parts(process, file) : file_read(process, file);
    }
    open_file_release(file);
    if (result == -EINTR) signal_restarts(call.a0);
    return result;
}

/** write(fd, buffer, bytes) returns the bytes transferred, or -errno. */
function sys_write(process: process_t, call: call_t): i64 {
    const file = fd_hold(process, <u32>call.a0);
    if (file == 0) return -EBADF;
    const error = parts_one(call.a1, call.a2);
    return write_parts(process, call, file, error);
}

/** writev(fd, vector, count). For pwritev2, too. */
export function sys_writev(process: process_t, call: call_t): i64 {
    const file = fd_hold(process, <u32>call.a0);
    if (file == 0) return -EBADF;
    const error = parts_vector(process, call.a1, call.a2);
    return write_parts(process, call, file, error);
}

/** Does as read_parts for a write. */
function write_parts(process: process_t, call: call_t, file: xptr_t, error: i64): i64 {
    let result = error;
    if (!flags_write(open_file_flags(file))) result = -EBADF;
    else if (error == 0) {
        const kind = open_file_kind(file);
        if (kind == KIND_CONSOLE) result = gather_console(process, open_file_stream(file));
        else result = kind == KIND_PIPE ? pipe_write_parts(process, file) : file_write(process, file);
    }
    open_file_release(file);
    if (result == -EINTR) signal_restarts(call.a0);
    return result;
}

/** Gathers small parts, so that a line that a C library writes in two parts is whole on the console. */
function gather_console(process: process_t, stream: u32): i64 {
    const fd = stream == 0 ? 1 : stream;
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
