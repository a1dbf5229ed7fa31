// pipe2, and what read and write do at the ends of a pipe (docs/spec/files.md F10).

import { EAGAIN, EFAULT, EINTR, EINVAL, EMFILE, ENOMEM, EPIPE } from "../abi/errno";
import { O_CLOEXEC, O_DIRECT, O_NONBLOCK, O_RDONLY, O_WRONLY } from "../abi/file";
import { REFUSED_PIPE2_O_DIRECT } from "../abi/refusals";
import { SI_USER, SIGPIPE } from "../abi/signal";
import { SYS_PIPE2 } from "../abi/syscalls";
import { FRAME_KERNEL } from "../abi/vseg-type";
import { fd_install, fd_reserve } from "../fs/descriptors";
import { open_file_flags, open_file_inode, open_file_release, open_pipe_end } from "../fs/open-file";
import {
    PIPE_WHOLE,
    pipe_consume,
    pipe_create,
    pipe_leave,
    pipe_read,
    pipe_sleep,
    pipe_write,
    SIDE_READ,
    SIDE_WRITE,
} from "../fs/pipe";
import { turn_give, turn_take } from "../fs/turn";
import { xptr_local, xptr_t } from "../hal/platform";
import { ppm_alloc, ppm_free } from "../mm/ppm";
import { process_t } from "../mm/process-table";
import { copy_to_user } from "../mm/uaccess";
import { signal_thread } from "../proc/signal-send";
import { signal_ready } from "../proc/signal-take";
import { rpc_between_pages } from "../rpc/serve";
import { this_thread } from "../sched/thread";
import { call_register, call_t, refused } from "./table";
import { PIECE, parts_all, parts_gather, parts_scatter } from "./transfer";

export function pipe_calls(): void {
    call_register(SYS_PIPE2, sys_pipe2);
}

/** pipe2(fds, flags). Without two descriptors, memory or a good address nothing is made. */
function sys_pipe2(process: process_t, call: call_t): i64 {
    const flags = <u32>call.a1;
    if (flags & O_DIRECT) return refused(process, REFUSED_PIPE2_O_DIRECT);
    if (flags & ~(O_CLOEXEC | O_NONBLOCK)) return -EINVAL;
    const reader = fd_reserve(process, 0);
    const writer = fd_reserve(process, 0);
    let error: i64 = reader < 0 || writer < 0 ? -EMFILE : 0;
    const buffer = this_thread().buffer;
    store<u32>(buffer, <u32>reader);
    store<u32>(buffer, <u32>writer, 4);
    if (error == 0 && copy_to_user(process, call.a0, buffer, 8) != 0) error = -EFAULT;
    if (error == 0) error = make(process, <u32>reader, <u32>writer, flags);
    if (error != 0 && reader >= 0) fd_install(process, <u32>reader, 0, false);
    if (error != 0 && writer >= 0) fd_install(process, <u32>writer, 0, false);
    return error;
}

/** Makes the pipe and its ends, and lets the descriptors name them. Returns 0 or -ENOMEM. */
function make(process: process_t, reader: u32, writer: u32, flags: u32): i64 {
    const pipe = pipe_create();
    if (pipe == 0) return -ENOMEM;
    const from = open_pipe_end(pipe, O_RDONLY | (flags & O_NONBLOCK));
    const to = open_pipe_end(pipe, O_WRONLY | (flags & O_NONBLOCK));
    if (from == 0 || to == 0) {
        if (from != 0) open_file_release(from);
        else pipe_leave(pipe, SIDE_READ);
        if (to != 0) open_file_release(to);
        else pipe_leave(pipe, SIDE_WRITE);
        return -ENOMEM;
    }
    const closes = (flags & O_CLOEXEC) != 0;
    fd_install(process, reader, from, closes);
    fd_install(process, writer, to, closes);
    return 0;
}

/** The kernel's memory for one step of a call: the thread's buffer for few bytes, else a page, which step_end frees. 0 without memory. */
function step_begin(bytes: u64): usize {
    return bytes <= <u64>PIECE ? this_thread().buffer : ppm_alloc(0, FRAME_KERNEL, 0);
}

function step_end(memory: usize): void {
    if (memory != this_thread().buffer) ppm_free(memory);
}

function step_bytes(memory: usize): u32 {
    return memory == this_thread().buffer ? PIECE : PIPE_WHOLE;
}

/** Reads the call's parts from a pipe's end, which the caller holds: what is there, at least one byte. Returns the bytes or -errno. */
export function pipe_read_parts(process: process_t, file: xptr_t): i64 {
    const bytes = parts_all(process);
    if (bytes <= 0) return bytes;
    const memory = step_begin(<u64>bytes);
    if (memory == 0) return -ENOMEM;
    const pipe = open_file_inode(file);
    let result: i64 = -EAGAIN;
    while (result == -EAGAIN) {
        result = turn_take(pipe) ? read_turn(process, pipe, memory, <u64>bytes) : -EINTR;
        if (result != -EAGAIN || (open_file_flags(file) & O_NONBLOCK) != 0) break;
        if (!pipe_sleep(pipe, SIDE_READ) && signal_ready(process)) result = -EINTR;
    }
    step_end(memory);
    return result;
}

/** Reads in the turn of readers, and gives it. Bytes that the user cannot take stay in the pipe. */
function read_turn(process: process_t, pipe: xptr_t, memory: usize, bytes: u64): i64 {
    let done: u64 = 0;
    let error: i64 = 0;
    while (done < bytes && error == 0) {
        const most = step_bytes(memory);
        const left = bytes - done;
        const found = pipe_read(pipe, xptr_local(memory), left < <u64>most ? <u32>left : most);
        if (found <= 0) {
            error = found;
            break;
        }
        const taken = parts_scatter(process, memory, <u32>found);
        if (taken != 0) pipe_consume(pipe, taken);
        done += taken;
        if (taken != <u32>found) error = -EFAULT;
        else if (!rpc_between_pages()) error = -EINTR;
    }
    turn_give(pipe);
    return done != 0 ? <i64>done : error;
}

/** Writes the call's parts to a pipe's end, which the caller holds. Returns the bytes written or -errno. */
export function pipe_write_parts(process: process_t, file: xptr_t): i64 {
    const bytes = parts_all(process);
    if (bytes <= 0) return bytes;
    const memory = step_begin(<u64>bytes);
    if (memory == 0) return -ENOMEM;
    let done: i64 = 0;
    let error: i64 = 0;
    while (done < bytes && error == 0) {
        const gathered = parts_gather(process, memory, step_bytes(memory));
        if (gathered <= 0) {
            error = gathered == 0 ? -EFAULT : gathered;
            break;
        }
        const written = write_step(process, file, memory, <u32>gathered, bytes <= <i64>PIPE_WHOLE);
        if (written > 0) done += written;
        if (written < 0) error = written;
        else if (written < gathered) error = -EAGAIN;
        else if (done < bytes && !rpc_between_pages()) error = -EINTR;
    }
    step_end(memory);
    if (error == -EPIPE && done == 0) return broken_pipe(process);
    return done != 0 ? done : error;
}

/** Writes one step's bytes from kernel memory, whole or as there is room. Returns the bytes written, fewer than asked when the end does not block, or -errno. */
export function write_step(process: process_t, file: xptr_t, memory: usize, bytes: u32, whole: bool): i64 {
    const pipe = open_file_inode(file);
    let done: u32 = 0;
    while (done < bytes) {
        const written = pipe_write(pipe, xptr_local(memory + done), bytes - done, whole);
        if (written > 0) {
            done += <u32>written;
            continue;
        }
        if (written != -EAGAIN) return done != 0 ? <i64>done : written;
        if (open_file_flags(file) & O_NONBLOCK) return done != 0 ? <i64>done : -EAGAIN;
        if (!pipe_sleep(pipe, SIDE_WRITE) && signal_ready(process)) return done != 0 ? <i64>done : -EINTR;
    }
    return done;
}

/** A pipe without a reader: the writer gets SIGPIPE, whose default action ends it. */
export function broken_pipe(process: process_t): i64 {
    signal_thread(process.pid, this_thread().id, SIGPIPE, SI_USER, process.pid, 0);
    return -EPIPE;
}
