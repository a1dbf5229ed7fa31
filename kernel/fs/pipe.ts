// Pipes (docs/spec/files.md F10). A pipe lies with its bytes in the cluster where it was made. Its ends are open files, which forks share.
// The operations are leaf requests of at most a page to that cluster. A thread that waits for bytes or for room sleeps in one of the pipe's
// two lists, and a kill ends its sleep.

import { EAGAIN, ENOMEM, EPIPE } from "../abi/errno";
import { PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import {
    RPC_PIPE_AWAIT,
    RPC_PIPE_CANCEL,
    RPC_PIPE_CONSUME,
    RPC_PIPE_LEAVE,
    RPC_PIPE_READ,
    RPC_PIPE_WRITE,
} from "../abi/rpc-ops";
import {
    PIPE_AWAIT_LISTED,
    PIPE_AWAIT_PIPE,
    PIPE_AWAIT_SIDE,
    PIPE_AWAIT_THREAD,
    PIPE_CANCEL_PIPE,
    PIPE_CANCEL_SIDE,
    PIPE_CANCEL_THREAD,
    PIPE_CONSUME_BYTES,
    PIPE_CONSUME_PIPE,
    PIPE_LEAVE_PIPE,
    PIPE_LEAVE_SIDE,
    PIPE_READ_ANSWER,
    PIPE_READ_BYTES,
    PIPE_READ_PIPE,
    PIPE_READ_TO,
    PIPE_WRITE_ANSWER,
    PIPE_WRITE_BYTES,
    PIPE_WRITE_FROM,
    PIPE_WRITE_PIPE,
    PIPE_WRITE_WHOLE,
} from "../abi/rpc-words";
import { BLOCKED_PIPE } from "../abi/thread";
import { FRAME_KERNEL } from "../abi/vseg-type";
import { lock_acquire, lock_release } from "../hal/lock";
import { copy_bytes, xptr_cxy, xptr_local, xptr_lpa, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { ppm_alloc, ppm_free } from "../mm/ppm";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { sched_block, sched_interrupted, sched_unblock_self, sched_wait, sched_wake } from "../sched/sched";
import { this_thread } from "../sched/thread";
import { pollers_wake } from "./pollers";
import { sleeper_add, sleeper_is_listed, sleeper_remove, sleepers_t } from "./sleepers";
import { turn_t } from "./turn";

/** A pipe. The turn is that of readers: one looks at bytes, copies them to its user, and then takes them. */
@unmanaged
export class pipe_t extends turn_t {
    lock: u32;
    /** Open files at each side. The pipe ends with the last of both. */
    readers: u32;
    writers: u32;
    /** The offset of the first byte in the ring of pages, and the number of bytes. */
    first: u32;
    count: u32;
    /** Threads that wait for a change here and elsewhere (fs/pollers.ts). */
    pollers: usize;
    /** Threads that wait for bytes, and those that wait for room: two sleepers_t. */
    bytes_oldest: u64;
    bytes_youngest: u64;
    room_oldest: u64;
    room_youngest: u64;
}
/** Behind the pipe lie the addresses of the ring's pages, 0 for one that was never written. */
const RING_PAGES: u32 = 16;
/** Bytes that fit into a pipe. */
export const PIPE_BYTES: u32 = RING_PAGES * <u32>PAGE_SIZE;
/** A write of at most so many bytes is never parted. Writers that wait for room are woken when there is as much. */
export const PIPE_WHOLE: u32 = PAGE_SIZE;

/** The sides of a pipe. */
export const SIDE_READ: u32 = 0;
export const SIDE_WRITE: u32 = 1;

export function pipe_init(): void {
    const read: (desc: xptr_t) => void = serve_read;
    const consume: (desc: xptr_t) => void = serve_consume;
    const write: (desc: xptr_t) => void = serve_write;
    const sleep: (desc: xptr_t) => void = serve_await;
    const cancel: (desc: xptr_t) => void = serve_cancel;
    const leave: (desc: xptr_t) => void = serve_leave;
    rpc_register(RPC_PIPE_READ, <u32>read.index);
    rpc_register(RPC_PIPE_CONSUME, <u32>consume.index);
    rpc_register(RPC_PIPE_WRITE, <u32>write.index);
    rpc_register(RPC_PIPE_AWAIT, <u32>sleep.index);
    rpc_register(RPC_PIPE_CANCEL, <u32>cancel.index);
    rpc_register(RPC_PIPE_LEAVE, <u32>leave.index);
}

/** Makes a pipe in this cluster with one open file at each side. Returns its xptr, or 0 without memory. */
export function pipe_create(): xptr_t {
    const pipe = changetype<pipe_t>(kcm_alloc(<u32>offsetof<pipe_t>() + RING_PAGES * 4));
    if (changetype<usize>(pipe) == 0) return 0;
    pipe.readers = 1;
    pipe.writers = 1;
    return xptr_local(changetype<usize>(pipe));
}

function pipe_lock(pipe: pipe_t): void {
    lock_acquire(changetype<usize>(pipe) + offsetof<pipe_t>("lock"));
}

/**
 * Ends an operation: threads that can go on now are woken, one at each side, and wake the next one by their own operation. So are all that
 * poll.
 */
function pipe_unlock(pipe: pipe_t): void {
    const bytes = sleepers(pipe, SIDE_READ);
    const room = sleepers(pipe, SIDE_WRITE);
    if (bytes.oldest != 0 && goes_on(pipe, SIDE_READ)) wake(bytes);
    if (room.oldest != 0 && goes_on(pipe, SIDE_WRITE)) wake(room);
    if (pipe.pollers != 0) pollers_wake(changetype<usize>(pipe) + offsetof<pipe_t>("pollers"));
    lock_release(changetype<usize>(pipe) + offsetof<pipe_t>("lock"));
}

/** True when a thread of that side finds bytes, room for PIPE_WHOLE, or that the other side is closed. */
function goes_on(pipe: pipe_t, side: u32): bool {
    if (side == SIDE_READ) return pipe.count != 0 || pipe.writers == 0;
    return PIPE_BYTES - pipe.count >= PIPE_WHOLE || pipe.readers == 0;
}

function sleepers(pipe: pipe_t, side: u32): sleepers_t {
    const offset = side == SIDE_READ ? offsetof<pipe_t>("bytes_oldest") : offsetof<pipe_t>("room_oldest");
    return changetype<sleepers_t>(changetype<usize>(pipe) + offset);
}

/** A thread in the list cannot end before the lock is free. */
function wake(list: sleepers_t): void {
    const thread = list.oldest;
    sleeper_remove(list, thread);
    sched_wake(thread, BLOCKED_PIPE);
}

/**
 * Copies the pipe's first bytes, at most a page, to `to`; pipe_consume takes them. The caller has the pipe's turn. Returns their number, 0
 * at the end, or -EAGAIN.
 */
export function pipe_read(pipe: xptr_t, to: xptr_t, bytes: u32): i64 {
    const cxy = xptr_cxy(pipe);
    if (is_local(cxy)) return read_here(changetype<pipe_t>(xptr_lpa(pipe)), to, bytes);
    const desc = rpc_arguments();
    desc.set(PIPE_READ_PIPE, xptr_lpa(pipe));
    desc.set(PIPE_READ_TO, to);
    desc.set(PIPE_READ_BYTES, bytes);
    rpc_send(cxy, LEVEL_LEAF, RPC_PIPE_READ);
    return <i64>desc.get(PIPE_READ_ANSWER);
}

function serve_read(desc: xptr_t): void {
    const pipe = changetype<pipe_t>(<usize>rpc_get(desc, PIPE_READ_PIPE));
    const answer = read_here(pipe, rpc_get(desc, PIPE_READ_TO), <u32>rpc_get(desc, PIPE_READ_BYTES));
    rpc_set(desc, PIPE_READ_ANSWER, <u64>answer);
}

function read_here(pipe: pipe_t, to: xptr_t, bytes: u32): i64 {
    pipe_lock(pipe);
    const count = bytes < pipe.count ? bytes : pipe.count;
    for (let done: u32 = 0; done < count; ) {
        const at = (pipe.first + done) % PIPE_BYTES;
        const chunk = chunk_at(at, count - done);
        copy_bytes(to + done, xptr_local(load<usize>(page_place(pipe, at)) + (at & (PAGE_SIZE - 1))), chunk);
        done += chunk;
    }
    const answer: i64 = count == 0 && pipe.writers != 0 ? -EAGAIN : count;
    pipe_unlock(pipe);
    return answer;
}

/** Bytes from `at` on that lie in one page, at most `most`. */
function chunk_at(at: u32, most: u32): u32 {
    const in_page = <u32>PAGE_SIZE - (at & (<u32>PAGE_SIZE - 1));
    return most < in_page ? most : in_page;
}

function page_place(pipe: pipe_t, at: u32): usize {
    return changetype<usize>(pipe) + offsetof<pipe_t>() + ((at >> PAGE_SHIFT) << 2);
}

/** Takes the first bytes, which pipe_read has given. */
export function pipe_consume(pipe: xptr_t, bytes: u32): void {
    const cxy = xptr_cxy(pipe);
    if (is_local(cxy)) {
        consume_here(changetype<pipe_t>(xptr_lpa(pipe)), bytes);
        return;
    }
    const desc = rpc_arguments();
    desc.set(PIPE_CONSUME_PIPE, xptr_lpa(pipe));
    desc.set(PIPE_CONSUME_BYTES, bytes);
    rpc_send(cxy, LEVEL_LEAF, RPC_PIPE_CONSUME);
}

function serve_consume(desc: xptr_t): void {
    const pipe = changetype<pipe_t>(<usize>rpc_get(desc, PIPE_CONSUME_PIPE));
    consume_here(pipe, <u32>rpc_get(desc, PIPE_CONSUME_BYTES));
}

/** An empty pipe begins at its first page again, so that few bytes at a time need one page. */
function consume_here(pipe: pipe_t, bytes: u32): void {
    pipe_lock(pipe);
    pipe.count -= bytes;
    pipe.first = pipe.count == 0 ? 0 : (pipe.first + bytes) % PIPE_BYTES;
    pipe_unlock(pipe);
}

/**
 * Writes at most a page from `from`. With `whole` it writes all bytes or none. Returns the bytes written, or -EPIPE without a reader,
 * -EAGAIN without room, -ENOMEM.
 */
export function pipe_write(pipe: xptr_t, from: xptr_t, bytes: u32, whole: bool): i64 {
    const cxy = xptr_cxy(pipe);
    if (is_local(cxy)) return write_here(changetype<pipe_t>(xptr_lpa(pipe)), from, bytes, whole);
    const desc = rpc_arguments();
    desc.set(PIPE_WRITE_PIPE, xptr_lpa(pipe));
    desc.set(PIPE_WRITE_FROM, from);
    desc.set(PIPE_WRITE_BYTES, bytes);
    desc.set(PIPE_WRITE_WHOLE, whole ? 1 : 0);
    rpc_send(cxy, LEVEL_LEAF, RPC_PIPE_WRITE);
    return <i64>desc.get(PIPE_WRITE_ANSWER);
}

function serve_write(desc: xptr_t): void {
    const pipe = changetype<pipe_t>(<usize>rpc_get(desc, PIPE_WRITE_PIPE));
    const bytes = <u32>rpc_get(desc, PIPE_WRITE_BYTES);
    const answer = write_here(pipe, rpc_get(desc, PIPE_WRITE_FROM), bytes, rpc_get(desc, PIPE_WRITE_WHOLE) != 0);
    rpc_set(desc, PIPE_WRITE_ANSWER, <u64>answer);
}

function write_here(pipe: pipe_t, from: xptr_t, bytes: u32, whole: bool): i64 {
    pipe_lock(pipe);
    const room = PIPE_BYTES - pipe.count;
    let answer: i64 = -EPIPE;
    if (pipe.readers != 0)
        answer = room == 0 || (whole && room < bytes) ? -EAGAIN : put(pipe, from, bytes < room ? bytes : room);
    pipe_unlock(pipe);
    return answer;
}

/** Puts the bytes, for which there is room, behind the last one. Their pages are made first. */
function put(pipe: pipe_t, from: xptr_t, bytes: u32): i64 {
    const end = pipe.first + pipe.count;
    for (let done: u32 = 0; done < bytes; done += chunk_at(end + done, bytes - done)) {
        const place = page_place(pipe, (end + done) % PIPE_BYTES);
        if (load<usize>(place) == 0) store<usize>(place, ppm_alloc(0, FRAME_KERNEL, 0));
        if (load<usize>(place) == 0) return -ENOMEM;
    }
    for (let done: u32 = 0; done < bytes; ) {
        const at = (end + done) % PIPE_BYTES;
        const chunk = chunk_at(at, bytes - done);
        copy_bytes(xptr_local(load<usize>(page_place(pipe, at)) + (at & (PAGE_SIZE - 1))), from + done, chunk);
        done += chunk;
    }
    pipe.count += bytes;
    return bytes;
}

/**
 * Sleeps until a thread of that side can go on, as far as that is not so already. False when the thread is being ended, or has
 * to look for signals.
 */
export function pipe_sleep(pipe: xptr_t, side: u32): bool {
    const self = xptr_local(changetype<usize>(this_thread()));
    sched_block(BLOCKED_PIPE);
    if (!await_or_list(pipe, side, self)) {
        sched_unblock_self(BLOCKED_PIPE);
        return !sched_interrupted();
    }
    // A kill or a signal before the block was set has woken no thread.
    if (!sched_interrupted()) sched_wait(BLOCKED_PIPE);
    if (!sched_interrupted()) return true;
    sched_unblock_self(BLOCKED_PIPE);
    cancel(pipe, side, self);
    return false;
}

/** True when the thread is in the list now; false when it can go on. */
function await_or_list(pipe: xptr_t, side: u32, thread: xptr_t): bool {
    const cxy = xptr_cxy(pipe);
    if (is_local(cxy)) return await_here(changetype<pipe_t>(xptr_lpa(pipe)), side, thread);
    const desc = rpc_arguments();
    desc.set(PIPE_AWAIT_PIPE, xptr_lpa(pipe));
    desc.set(PIPE_AWAIT_SIDE, side);
    desc.set(PIPE_AWAIT_THREAD, thread);
    rpc_send(cxy, LEVEL_LEAF, RPC_PIPE_AWAIT);
    return desc.get(PIPE_AWAIT_LISTED) != 0;
}

function serve_await(desc: xptr_t): void {
    const pipe = changetype<pipe_t>(<usize>rpc_get(desc, PIPE_AWAIT_PIPE));
    const listed = await_here(pipe, <u32>rpc_get(desc, PIPE_AWAIT_SIDE), rpc_get(desc, PIPE_AWAIT_THREAD));
    rpc_set(desc, PIPE_AWAIT_LISTED, listed ? 1 : 0);
}

/** It wakes no other thread: two that cannot go on would wake each other for ever. */
function await_here(pipe: pipe_t, side: u32, thread: xptr_t): bool {
    pipe_lock(pipe);
    const waits = !goes_on(pipe, side);
    if (waits) sleeper_add(sleepers(pipe, side), thread);
    lock_release(changetype<usize>(pipe) + offsetof<pipe_t>("lock"));
    return waits;
}

/** Takes the thread off the list. If it has been woken, another one is woken in its place. */
function cancel(pipe: xptr_t, side: u32, thread: xptr_t): void {
    const cxy = xptr_cxy(pipe);
    if (is_local(cxy)) {
        cancel_here(changetype<pipe_t>(xptr_lpa(pipe)), side, thread);
        return;
    }
    const desc = rpc_arguments();
    desc.set(PIPE_CANCEL_PIPE, xptr_lpa(pipe));
    desc.set(PIPE_CANCEL_SIDE, side);
    desc.set(PIPE_CANCEL_THREAD, thread);
    rpc_send(cxy, LEVEL_LEAF, RPC_PIPE_CANCEL);
}

function serve_cancel(desc: xptr_t): void {
    const pipe = changetype<pipe_t>(<usize>rpc_get(desc, PIPE_CANCEL_PIPE));
    cancel_here(pipe, <u32>rpc_get(desc, PIPE_CANCEL_SIDE), rpc_get(desc, PIPE_CANCEL_THREAD));
}

function cancel_here(pipe: pipe_t, side: u32, thread: xptr_t): void {
    pipe_lock(pipe);
    if (sleeper_is_listed(thread)) sleeper_remove(sleepers(pipe, side), thread);
    pipe_unlock(pipe);
}

/** The last owner of the open file at that side has gone. The pipe ends with both sides. */
export function pipe_leave(pipe: xptr_t, side: u32): void {
    const cxy = xptr_cxy(pipe);
    if (is_local(cxy)) {
        leave_here(changetype<pipe_t>(xptr_lpa(pipe)), side);
        return;
    }
    const desc = rpc_arguments();
    desc.set(PIPE_LEAVE_PIPE, xptr_lpa(pipe));
    desc.set(PIPE_LEAVE_SIDE, side);
    rpc_send(cxy, LEVEL_LEAF, RPC_PIPE_LEAVE);
}

function serve_leave(desc: xptr_t): void {
    leave_here(changetype<pipe_t>(<usize>rpc_get(desc, PIPE_LEAVE_PIPE)), <u32>rpc_get(desc, PIPE_LEAVE_SIDE));
}

function leave_here(pipe: pipe_t, side: u32): void {
    pipe_lock(pipe);
    if (side == SIDE_READ) pipe.readers--;
    else pipe.writers--;
    const last = pipe.readers == 0 && pipe.writers == 0;
    pipe_unlock(pipe);
    if (!last) return;
    for (let at: u32 = 0; at < PIPE_BYTES; at += PAGE_SIZE) {
        if (load<usize>(page_place(pipe, at)) != 0) ppm_free(load<usize>(page_place(pipe, at)));
    }
    kcm_free(changetype<usize>(pipe));
}
