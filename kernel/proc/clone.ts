// clone with a stack makes the threads of a C library (Linux; docs/c-programs.md). The stack is memory of the caller, as a rule a public
// HEAP vseg. The thread has no STACK vseg: a pointer to a STACK of another cluster faults. It lives where place_fork or
// kernel.threadPlacement says.

import { EFAULT } from "../abi/errno";
import { OPERATION_THREAD_CREATE } from "../abi/operation";
import { RPC_THREAD_CLONE, RPC_THREAD_CLONED } from "../abi/rpc-ops";
import {
    THREAD_CLONE_FRAME,
    THREAD_CLONE_MADE,
    THREAD_CLONE_PID,
    THREAD_CLONE_REFERENCE,
    THREAD_CLONE_WISH,
    THREAD_CLONED_GOES,
    THREAD_CLONED_THREAD,
} from "../abi/rpc-words";
import { FRAME_A0, FRAME_SIZE, FRAME_SP, FRAME_TP, THREAD_BLOCK_SIZE } from "../abi/trap-frame";
import { remote_load32, remote_load64 } from "../hal/hal";
import { copy_bytes, uaddr_t, xptr_cxy, xptr_local, xptr_lpa, xptr_make, xptr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_to_user } from "../mm/uaccess";
import { LEVEL_PROCESS } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { this_thread, thread_frame, thread_t } from "../sched/thread";
import { operation_begin, operation_end } from "../trace/operation";
import { user_thread_delist, user_thread_enlist, user_thread_launch } from "./user-thread";

/** The caller's wishes. An address of 0 means that the caller does not ask for it. */
@unmanaged
export class clone_t {
    stack: u64;
    tls: u64;
    /** The addresses of two words that get the new thread's id before it runs. */
    parent_tid: u64;
    child_tid: u64;
    /** The word that set_tid_address would name. */
    clear_tid: u64;
    /** Which vfork of the caller it is (proc/vfork.ts). */
    vfork: u64;
}

export function clone_init(): void {
    const clone: (desc: xptr_t) => void = serve_clone;
    const cloned: (desc: xptr_t) => void = serve_cloned;
    rpc_register(RPC_THREAD_CLONE, <u32>clone.index);
    rpc_register(RPC_THREAD_CLONED, <u32>cloned.index);
}

/**
 * Makes a thread of P in cluster `cxy`. It has the registers of the running thread, but a0 = 0 and the values in `wish`. Returns its id, or
 * -errno.
 */
export function thread_clone(process: process_t, cxy: u32, wish: clone_t): i64 {
    const pid = process.pid;
    operation_begin(pid, OPERATION_THREAD_CREATE, 0);
    const id = clone_in(process, cxy, wish);
    operation_end(pid, OPERATION_THREAD_CREATE);
    return id;
}

/**
 * The thread is made in its cluster, its id is written here, then it is launched there. The running thread writes the id because it is user
 * memory: pages, stacks and holds belong to the running thread, and a server has none (sm-dsm 3.4).
 */
function clone_in(process: process_t, cxy: u32, wish: clone_t): i64 {
    const frame = xptr_local(thread_frame(this_thread()));
    const made = make(process, cxy, frame, xptr_local(changetype<usize>(wish)));
    if (made < 0) return made;
    const thread = xptr_make(cxy, <usize>made);
    const id = remote_load32(thread + offsetof<thread_t>("id"));
    const told = tell_id(process, id, wish.parent_tid) && tell_id(process, id, wish.child_tid);
    finish(thread, told);
    return told ? <i64>id : -EFAULT;
}

/** Returns the new thread's local address in cluster `cxy`, or -errno. */
function make(process: process_t, cxy: u32, frame: xptr_t, wish: xptr_t): i64 {
    if (is_local(cxy)) return make_here(process.pid, process.reference, frame, wish);
    const desc = rpc_arguments();
    desc.set(THREAD_CLONE_PID, process.pid);
    desc.set(THREAD_CLONE_REFERENCE, process.reference);
    desc.set(THREAD_CLONE_FRAME, frame);
    desc.set(THREAD_CLONE_WISH, wish);
    rpc_send(cxy, LEVEL_PROCESS, RPC_THREAD_CLONE);
    return <i64>desc.get(THREAD_CLONE_MADE);
}

function serve_clone(desc: xptr_t): void {
    const reference = <u32>rpc_get(desc, THREAD_CLONE_REFERENCE);
    rpc_set(
        desc,
        THREAD_CLONE_MADE,
        <u64>(
            make_here(
                <u32>rpc_get(desc, THREAD_CLONE_PID),
                reference,
                rpc_get(desc, THREAD_CLONE_FRAME),
                rpc_get(desc, THREAD_CLONE_WISH),
            )
        ),
    );
}

function make_here(pid: u32, reference: u32, frame: xptr_t, wish: xptr_t): i64 {
    const made = user_thread_enlist(pid, reference, false);
    if (made < 0) return made;
    const thread = changetype<thread_t>(<usize>made);
    copy_bytes(xptr_local(thread_frame(thread)), frame, <u32>FRAME_SIZE);
    clone_registers(thread, wish);
    const maker = frame - (THREAD_BLOCK_SIZE - FRAME_SIZE);
    thread.signal_mask = remote_load64(maker + offsetof<thread_t>("signal_mask"));
    thread.detached = 1;
    return <i64>made;
}

/** Makes the copied registers of the caller those of the new thread, by the caller's wishes (the xptr of a clone_t). */
export function clone_registers(thread: thread_t, wish: xptr_t): void {
    const frame = thread_frame(thread);
    store<u64>(frame + FRAME_A0, 0);
    const stack = remote_load64(wish + offsetof<clone_t>("stack"));
    if (stack != 0) store<u64>(frame + FRAME_SP, stack);
    const tls = remote_load64(wish + offsetof<clone_t>("tls"));
    if (tls != 0) store<u64>(frame + FRAME_TP, tls);
    thread.clear_tid = remote_load64(wish + offsetof<clone_t>("clear_tid"));
}

/** Launches the thread, or undoes it. Its process exists as long as the thread is counted. */
function finish(thread: xptr_t, goes: bool): void {
    const cxy = xptr_cxy(thread);
    if (is_local(cxy)) {
        finish_here(changetype<thread_t>(xptr_lpa(thread)), goes);
        return;
    }
    const desc = rpc_arguments();
    desc.set(THREAD_CLONED_THREAD, xptr_lpa(thread));
    desc.set(THREAD_CLONED_GOES, goes ? 1 : 0);
    rpc_send(cxy, LEVEL_PROCESS, RPC_THREAD_CLONED);
}

function serve_cloned(desc: xptr_t): void {
    finish_here(
        changetype<thread_t>(<usize>rpc_get(desc, THREAD_CLONED_THREAD)),
        rpc_get(desc, THREAD_CLONED_GOES) != 0,
    );
}

function finish_here(thread: thread_t, goes: bool): void {
    if (goes) user_thread_launch(changetype<process_t>(thread.process), thread);
    else user_thread_delist(thread);
}

function tell_id(process: process_t, id: u32, to: uaddr_t): bool {
    if (to == 0) return true;
    const word = this_thread().buffer;
    store<u32>(word, id);
    return copy_to_user(process, to, word, 4) == 0;
}
