// vfork (vmm-policy 7.2): a fork whose caller waits until the child has another image or ends. The child has a copy of the memory. What it
// leaves near the caller's stack pointer when it ends without an exec is put into the caller's memory: posix_spawn of C libraries tells by
// it why an exec has failed.

import { ACCESS_LOAD } from "../abi/access";
import { PAGE_SIZE } from "../abi/memory-map";
import { RPC_VFORK_DONE } from "../abi/rpc-ops";
import {
    VFORK_DONE_BYTES,
    VFORK_DONE_PAGE,
    VFORK_DONE_PARENT,
    VFORK_DONE_TAKEN,
    VFORK_DONE_TOKEN,
} from "../abi/rpc-words";
import { BLOCKED_CHILD } from "../abi/thread";
import { FRAME_SIZE, FRAME_SP, THREAD_BLOCK_SIZE } from "../abi/trap-frame";
import { FRAME_KERNEL } from "../abi/vseg-type";
import { remote_load64 } from "../hal/hal";
import { local_cxy, uaddr_t, xptr_cxy, xptr_local, xptr_t } from "../hal/platform";
import { frame_alloc, frame_free, frame_xptr } from "../mm/frame";
import { process_hold, process_release, process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user, copy_user } from "../mm/uaccess";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { sched_block, sched_unblock_self, sched_wait, sched_wake } from "../sched/sched";
import { this_thread, thread_frame, thread_t } from "../sched/thread";

/** Counts the vforks of this cluster's threads. */
const token_word: usize = memory.data(4, 4);

export function vfork_init(): void {
    const done: (desc: xptr_t) => void = serve_done;
    rpc_register(RPC_VFORK_DONE, <u32>done.index);
}

/** Announces that the running thread will wait for a child. Returns the number of the vfork, which the child gets. */
export function vfork_begin(process: process_t): u32 {
    let token: u32 = 0;
    while (token == 0) token = atomic.add<u32>(token_word, 1) + 1;
    await_token(process, token);
    return token;
}

/** There is no child. */
export function vfork_forget(process: process_t): void {
    await_token(process, 0);
}

function await_token(process: process_t, token: u32): void {
    const thread = this_thread();
    vmm_lock(process);
    thread.vfork = token;
    vmm_unlock(process);
}

/** Waits for the child of vfork_begin, and takes over what it has left. A kill of the running thread ends the wait. */
export function vfork_wait(process: process_t): void {
    const thread = this_thread();
    while (is_awaited(thread) && thread.killed == 0) {
        sched_block(BLOCKED_CHILD);
        if (is_awaited(thread)) sched_wait(BLOCKED_CHILD);
        else sched_unblock_self(BLOCKED_CHILD);
    }
    // From here on no child brings a page.
    await_token(process, 0);
    const ppn = thread.vfork_page;
    thread.vfork_page = 0;
    if (ppn == 0) return;
    const sp = load<u64>(thread_frame(thread) + FRAME_SP);
    if (thread.killed == 0) take_over(process, sp & ~7, frame_xptr(ppn), thread.vfork_bytes);
    frame_free(ppn);
}

function is_awaited(thread: thread_t): bool {
    return atomic.load<u32>(changetype<usize>(thread) + offsetof<thread_t>("vfork")) != 0;
}

/** Stores the words that differ, so that what other threads have written beside them meanwhile stays. */
function take_over(process: process_t, to: uaddr_t, from: xptr_t, bytes: u32): void {
    const word = this_thread().buffer;
    for (let at: u32 = 0; at + 8 <= bytes; at += 8) {
        if (copy_from_user(process, word, to + at, 8) != 0) return;
        const left = remote_load64(from + at);
        if (load<u64>(word) == left) continue;
        store<u64>(word, left);
        if (copy_to_user(process, to + at, word, 8) != 0) return;
    }
}

/**
 * Notes in a child that is being made which vfork of the parent's thread (an xptr) it is, 0: none. The thread may end before the child, so
 * its cluster and its number there name it.
 */
export function vfork_note(child: process_t, thread: xptr_t, token: u32): void {
    child.vfork_cxy = xptr_cxy(thread);
    child.vfork_sp = remote_load64(thread + THREAD_BLOCK_SIZE - FRAME_SIZE + FRAME_SP);
    child.vfork = token;
}

/** The page outlives the child, and the parent is in another cluster: it is no process's. */
const NO_PROCESS: u32 = 0;

/** The running thread, the only one of a child of vfork, ends without an exec: the parent gets what it leaves on the parent's stack. */
export function vfork_leave(process: process_t): void {
    if (process.vfork == 0) return;
    const ppn = frame_alloc(local_cxy, FRAME_KERNEL, NO_PROCESS);
    const bytes: u32 = ppn == 0 ? 0 : gather(process, process.vfork_sp & ~7, frame_xptr(ppn));
    if (!done(process, ppn, bytes) && ppn != 0) frame_free(ppn);
}

/** Copies the bytes from `from` on, at most a page and to the end of what the user may read. Returns their number. */
function gather(process: process_t, from: uaddr_t, to: xptr_t): u32 {
    const first: u32 = <u32>PAGE_SIZE - (<u32>from & (<u32>PAGE_SIZE - 1));
    if (copy_user(process, to, from, first, ACCESS_LOAD) != 0) return 0;
    const second = <u32>PAGE_SIZE - first;
    const whole = second != 0 && copy_user(process, to + first, from + first, second, ACCESS_LOAD) == 0;
    return whole ? <u32>PAGE_SIZE : first;
}

/** A child of vfork has another image, or has ended: its parent goes on. Leaf. */
export function vfork_end(process: process_t): void {
    done(process, 0, 0);
}

/** True when the parent's thread has taken the page. */
function done(process: process_t, ppn: u64, bytes: u32): bool {
    const token = atomic.xchg<u32>(changetype<usize>(process) + offsetof<process_t>("vfork"), 0);
    if (token == 0) return false;
    const cxy = process.vfork_cxy;
    if (is_local(cxy)) return done_here(process.parent, token, ppn, bytes);
    const desc = rpc_arguments();
    desc.set(VFORK_DONE_PARENT, process.parent);
    desc.set(VFORK_DONE_TOKEN, token);
    desc.set(VFORK_DONE_PAGE, ppn);
    desc.set(VFORK_DONE_BYTES, bytes);
    rpc_send(cxy, LEVEL_LEAF, RPC_VFORK_DONE);
    return desc.get(VFORK_DONE_TAKEN) != 0;
}

function serve_done(desc: xptr_t): void {
    const taken = done_here(
        <u32>rpc_get(desc, VFORK_DONE_PARENT),
        <u32>rpc_get(desc, VFORK_DONE_TOKEN),
        rpc_get(desc, VFORK_DONE_PAGE),
        <u32>rpc_get(desc, VFORK_DONE_BYTES),
    );
    rpc_set(desc, VFORK_DONE_TAKEN, taken ? 1 : 0);
}

/** The thread is looked up anew, because the parent may have been killed meanwhile (5.9.1). */
function done_here(parent: u32, token: u32, ppn: u64, bytes: u32): bool {
    const process = changetype<process_t>(process_hold(parent));
    if (changetype<usize>(process) == 0) return false;
    vmm_lock(process);
    let at = process.threads;
    while (at != 0 && changetype<thread_t>(at).vfork != token) at = changetype<thread_t>(at).sibling;
    if (at != 0) {
        changetype<thread_t>(at).vfork_page = ppn;
        changetype<thread_t>(at).vfork_bytes = bytes;
        atomic.store<u32>(at + offsetof<thread_t>("vfork"), 0);
        sched_wake(xptr_local(at), BLOCKED_CHILD);
    }
    vmm_unlock(process);
    process_release(process);
    return at != 0;
}
