// readv and writev do in one call what several read or write calls do.
import { EFAULT } from "../abi/errno";
import { console_write } from "../console";
import { uaddr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_from_user } from "../mm/uaccess";
import { rpc_between_pages } from "../rpc/serve";
import { this_thread } from "../sched/thread";
import { file_read, file_write, PIECE, parts, parts_next, parts_vector } from "./transfer";

export function sys_readv(process: process_t, fd: u32, vector: uaddr_t, count: u64): i64 {
    const error = parts_vector(process, vector, count);
    if (error != 0) return error;
    return fd == 0 ? 0 : file_read(process, fd);
}

export function sys_writev(process: process_t, fd: u32, vector: uaddr_t, count: u64): i64 {
    const error = parts_vector(process, vector, count);
    if (error != 0) return error;
    return fd == 1 || fd == 2 ? console_writev(process, fd) : file_write(process, fd);
}

/** Gathers small parts, so that a line that a C library writes in two parts is whole on the console. */
function console_writev(process: process_t, fd: u32): i64 {
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
