// What ppoll and pselect6 ask of a pipe (docs/spec/files.md F13).

import { ENOMEM } from "../abi/errno";
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from "../abi/poll";
import { RPC_PIPE_POLL, RPC_PIPE_UNPOLL } from "../abi/rpc-ops";
import {
    PIPE_POLL_EVENTS,
    PIPE_POLL_PIPE,
    PIPE_POLL_SIDE,
    PIPE_POLL_THREAD,
    PIPE_POLL_WANTED,
    PIPE_UNPOLL_PIPE,
    PIPE_UNPOLL_THREAD,
} from "../abi/rpc-words";
import { lock_acquire, lock_release } from "../hal/lock";
import { xptr_cxy, xptr_lpa, xptr_t } from "../hal/platform";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { PIPE_BYTES, PIPE_WHOLE, pipe_t, SIDE_READ } from "./pipe";
import { pollers_add, pollers_remove } from "./pollers";

export function pipe_poll_init(): void {
    const poll: (desc: xptr_t) => void = serve_poll;
    const unpoll: (desc: xptr_t) => void = serve_unpoll;
    rpc_register(RPC_PIPE_POLL, <u32>poll.index);
    rpc_register(RPC_PIPE_UNPOLL, <u32>unpoll.index);
}

/**
 * Returns the events of that side of a pipe that are in `wanted`. If there are none, `thread` is woken at the pipe's next change
 * (BLOCKED_POLL), unless it is 0; -ENOMEM without memory for that.
 */
export function pipe_poll(pipe: xptr_t, side: u32, wanted: u32, thread: xptr_t): i64 {
    const cxy = xptr_cxy(pipe);
    if (is_local(cxy)) return poll_here(changetype<pipe_t>(xptr_lpa(pipe)), side, wanted, thread);
    const desc = rpc_arguments();
    desc.set(PIPE_POLL_PIPE, xptr_lpa(pipe));
    desc.set(PIPE_POLL_SIDE, side);
    desc.set(PIPE_POLL_WANTED, wanted);
    desc.set(PIPE_POLL_THREAD, thread);
    rpc_send(cxy, LEVEL_LEAF, RPC_PIPE_POLL);
    return <i64>desc.get(PIPE_POLL_EVENTS);
}

function serve_poll(desc: xptr_t): void {
    const pipe = changetype<pipe_t>(<usize>rpc_get(desc, PIPE_POLL_PIPE));
    const wanted = <u32>rpc_get(desc, PIPE_POLL_WANTED);
    const events = poll_here(pipe, <u32>rpc_get(desc, PIPE_POLL_SIDE), wanted, rpc_get(desc, PIPE_POLL_THREAD));
    rpc_set(desc, PIPE_POLL_EVENTS, <u64>events);
}

function poll_here(pipe: pipe_t, side: u32, wanted: u32, thread: xptr_t): i64 {
    const lock = changetype<usize>(pipe) + offsetof<pipe_t>("lock");
    lock_acquire(lock);
    const events = events_of(pipe, side) & wanted;
    const listed = events != 0 || thread == 0 || pollers_add(pollers_of(pipe), thread);
    lock_release(lock);
    return listed ? <i64>events : -ENOMEM;
}

function events_of(pipe: pipe_t, side: u32): u32 {
    let events: u32 = 0;
    if (side == SIDE_READ) {
        if (pipe.count != 0) events |= POLLIN | POLLRDNORM;
        if (pipe.writers == 0) events |= POLLHUP;
    } else {
        if (PIPE_BYTES - pipe.count >= PIPE_WHOLE) events |= POLLOUT | POLLWRNORM;
        if (pipe.readers == 0) events |= POLLERR;
    }
    return events;
}

function pollers_of(pipe: pipe_t): usize {
    return changetype<usize>(pipe) + offsetof<pipe_t>("pollers");
}

/** The pipe does not wake the thread any more. */
export function pipe_unpoll(pipe: xptr_t, thread: xptr_t): void {
    const cxy = xptr_cxy(pipe);
    if (is_local(cxy)) {
        unpoll_here(changetype<pipe_t>(xptr_lpa(pipe)), thread);
        return;
    }
    const desc = rpc_arguments();
    desc.set(PIPE_UNPOLL_PIPE, xptr_lpa(pipe));
    desc.set(PIPE_UNPOLL_THREAD, thread);
    rpc_send(cxy, LEVEL_LEAF, RPC_PIPE_UNPOLL);
}

function serve_unpoll(desc: xptr_t): void {
    unpoll_here(changetype<pipe_t>(<usize>rpc_get(desc, PIPE_UNPOLL_PIPE)), rpc_get(desc, PIPE_UNPOLL_THREAD));
}

function unpoll_here(pipe: pipe_t, thread: xptr_t): void {
    const lock = changetype<usize>(pipe) + offsetof<pipe_t>("lock");
    lock_acquire(lock);
    pollers_remove(pollers_of(pipe), thread);
    lock_release(lock);
}
