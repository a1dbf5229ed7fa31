// clone with a stack makes the threads of a C library (Linux; docs/c-programs.md). The stack is memory of the caller, as a rule a public
// HEAP vseg. The thread has no STACK vseg: a pointer to a STACK of another cluster faults. It lives where place_fork or
// kernel.threadPlacement says.

import { EAGAIN } from "../abi/errno";
import { RPC_THREAD_CLONE, RPC_THREAD_RESERVE } from "../abi/rpc-ops";
import {
    THREAD_CLONE_FROM,
    THREAD_CLONE_ID,
    THREAD_CLONE_MADE,
    THREAD_CLONE_PID,
    THREAD_CLONE_REFERENCE,
    THREAD_CLONE_SET,
    THREAD_CLONE_WISH,
    THREAD_RESERVE_FROM,
    THREAD_RESERVE_MADE,
    THREAD_RESERVE_PID,
    THREAD_RESERVE_REFERENCE,
    THREAD_RESERVE_VSEGS,
    THREAD_RESERVE_WISH,
} from "../abi/rpc-words";
import { FRAME_A0, FRAME_SIZE, FRAME_SP, FRAME_TP, THREAD_BLOCK_SIZE } from "../abi/trap-frame";
import { remote_load32, remote_load64 } from "../hal/hal";
import { copy_bytes, local_cxy, xptr_local, xptr_t } from "../hal/platform";
import { process_at_z, process_t } from "../mm/process-table";
import { LEVEL_LEAF, LEVEL_PROCESS } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { thread_frame, thread_t } from "../sched/thread";
import { hart_set_count, thread_bind, thread_set } from "./hart-set";
import { process_thread_gone, process_thread_register } from "./process";
import { user_thread_begin, user_thread_enlist } from "./user-thread";

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
    const reserve: (desc: xptr_t) => void = serve_reserve;
    const clone: (desc: xptr_t) => void = serve_clone;
    rpc_register(RPC_THREAD_RESERVE, <u32>reserve.index);
    rpc_register(RPC_THREAD_CLONE, <u32>clone.index);
}

/**
 * Makes a thread of P in cluster `cxy` that has the registers of the thread `from` (xptr), changed by `wish` (xptr of a clone_t; 0: not at all),
 * and is bound to `set`, or with 0 as `from` is. With `id` 0 it gets a number of its cluster. It does not begin yet. Returns its local
 * address in the cluster, or -errno.
 */
export function clone_make(process: process_t, cxy: u32, from: xptr_t, wish: xptr_t, set: xptr_t, id: u32): i64 {
    const desc = rpc_arguments();
    desc.set(THREAD_CLONE_PID, process.pid);
    desc.set(THREAD_CLONE_REFERENCE, process.reference);
    desc.set(THREAD_CLONE_FROM, from);
    desc.set(THREAD_CLONE_WISH, wish);
    desc.set(THREAD_CLONE_SET, set);
    desc.set(THREAD_CLONE_ID, id);
    if (is_local(cxy)) serve_clone(xptr_local(changetype<usize>(desc)));
    else rpc_send(cxy, LEVEL_PROCESS, RPC_THREAD_CLONE);
    return <i64>desc.get(THREAD_CLONE_MADE);
}

/**
 * Does as clone_make for a new thread in another cluster, where that takes no wait (5.9.8: what can fail is kept before the answer). Returns 0
 * when clone_make is to be asked, or -EAGAIN when P is ending.
 */
export function clone_begin(process: process_t, cxy: u32, from: xptr_t, wish: xptr_t): i64 {
    if (is_local(cxy)) return 0;
    if (!process_thread_register(process.pid, process.reference)) return -EAGAIN;
    const desc = rpc_arguments();
    desc.set(THREAD_RESERVE_PID, process.pid);
    desc.set(THREAD_RESERVE_REFERENCE, process.reference);
    desc.set(THREAD_RESERVE_FROM, from);
    desc.set(THREAD_RESERVE_WISH, wish);
    desc.set(THREAD_RESERVE_VSEGS, remote_load32(process_at_z(process) + offsetof<process_t>("vseg_count")));
    rpc_send(cxy, LEVEL_LEAF, RPC_THREAD_RESERVE);
    const made = desc.get(THREAD_RESERVE_MADE);
    if (made == 0) process_thread_gone(process.pid, process.reference, 0);
    return <i64>made;
}

function serve_reserve(desc: xptr_t): void {
    const from = rpc_get(desc, THREAD_RESERVE_FROM);
    const wish = rpc_get(desc, THREAD_RESERVE_WISH);
    const pid = <u32>rpc_get(desc, THREAD_RESERVE_PID);
    const reference = <u32>rpc_get(desc, THREAD_RESERVE_REFERENCE);
    const made = user_thread_begin(pid, reference, <u32>rpc_get(desc, THREAD_RESERVE_VSEGS));
    if (made != 0) fill(changetype<thread_t>(made), from, wish, thread_set(from), 0);
    rpc_set(desc, THREAD_RESERVE_MADE, made);
}

function serve_clone(desc: xptr_t): void {
    const from = rpc_get(desc, THREAD_CLONE_FROM);
    const wish = rpc_get(desc, THREAD_CLONE_WISH);
    const set = rpc_get(desc, THREAD_CLONE_SET);
    const id = <u32>rpc_get(desc, THREAD_CLONE_ID);
    const pid = <u32>rpc_get(desc, THREAD_CLONE_PID);
    const made = user_thread_enlist(pid, <u32>rpc_get(desc, THREAD_CLONE_REFERENCE), false);
    if (made >= 0) fill(changetype<thread_t>(<usize>made), from, wish, set != 0 ? set : thread_set(from), id);
    rpc_set(desc, THREAD_CLONE_MADE, <u64>(<i64>made));
}

function fill(thread: thread_t, from: xptr_t, wish: xptr_t, set: xptr_t, id: u32): void {
    if (id != 0) thread.id = id;
    copy_bytes(xptr_local(thread_frame(thread)), from + (THREAD_BLOCK_SIZE - FRAME_SIZE), <u32>FRAME_SIZE);
    thread.clear_tid = remote_load64(from + offsetof<thread_t>("clear_tid"));
    if (wish != 0) clone_registers(thread, wish);
    thread.signal_mask = remote_load64(from + offsetof<thread_t>("signal_mask"));
    thread.detached = 1;
    // place_fork may have named a cluster of which the set has no hart.
    if (set != 0 && hart_set_count(set, local_cxy) != 0) thread_bind(thread, set);
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
