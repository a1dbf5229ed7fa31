// clone with a stack: a thread that a C library makes (Linux; DESIGN 4.4). Its stack is the caller's memory, a public HEAP vseg as a
// rule; the STACK vseg of its slot stays untouched. It lives in the caller's cluster, whose private stacks it may be given pointers
// to, or where place_fork says.

import { EFAULT } from "../abi/errno";
import { OPERATION_THREAD_CREATE } from "../abi/probe";
import { FRAME_A0, FRAME_SIZE, FRAME_SP, FRAME_TP } from "../abi/trap-frame";
import { operation_begin, operation_end } from "../audit";
import { copy_bytes, uaddr_t, xptr_local, xptr_t } from "../hal/platform";
import { copy_to_user } from "../mm/uaccess";
import { RPC_THREAD_CLONE } from "../rpc/ops";
import { is_local, LEVEL_PROCESS, rpc_arguments, rpc_get, rpc_register, rpc_send, rpc_set } from "../rpc/rpc";
import { process_t } from "./process-table";
import { this_thread, thread_frame, thread_t } from "./thread";
import { delist, enlist, launch } from "./user-thread";

/** What the caller asks for; an address of 0: not asked for. */
@unmanaged
export class clone_t {
    stack: u64;
    tls: u64;
    /** Words that get the new thread's id before it runs. */
    parent_tid: u64;
    child_tid: u64;
    /** As set_tid_address. */
    clear_tid: u64;
}

export function clone_init(): void {
    const clone: (desc: xptr_t) => void = serve_clone;
    rpc_register(RPC_THREAD_CLONE, <u32>clone.index);
}

/** A thread of P in cluster `cxy` with the registers of the running one, but a0 = 0 and what `wish` says. Its id, or -errno. */
export function thread_clone(process: process_t, cxy: u32, wish: clone_t): i64 {
    const pid = process.pid;
    const frame = xptr_local(thread_frame(this_thread()));
    operation_begin(pid, OPERATION_THREAD_CREATE, 0);
    const id = clone_in(process, cxy, frame, xptr_local(changetype<usize>(wish)));
    operation_end(pid, OPERATION_THREAD_CREATE);
    return id;
}

function clone_in(process: process_t, cxy: u32, frame: xptr_t, wish: xptr_t): i64 {
    if (is_local(cxy)) return clone_here(process.pid, process.reference, frame, wish);
    const desc = rpc_arguments();
    desc.arg0 = process.pid;
    desc.arg1 = process.reference;
    desc.arg2 = frame;
    desc.arg3 = wish;
    rpc_send(cxy, LEVEL_PROCESS, RPC_THREAD_CLONE);
    return <i64>desc.arg0;
}

function serve_clone(desc: xptr_t): void {
    const reference = <u32>rpc_get(desc, 1);
    rpc_set(desc, 0, <u64>clone_here(<u32>rpc_get(desc, 0), reference, rpc_get(desc, 2), rpc_get(desc, 3)));
}

function clone_here(pid: u32, reference: u32, frame: xptr_t, wish: xptr_t): i64 {
    const made = enlist(pid, reference);
    if (made < 0) return made;
    const thread = changetype<thread_t>(<usize>made);
    const process = changetype<process_t>(thread.process);
    const own = changetype<clone_t>(thread.buffer);
    copy_bytes(xptr_local(thread.buffer), wish, <u32>offsetof<clone_t>());
    copy_bytes(xptr_local(thread_frame(thread)), frame, <u32>FRAME_SIZE);
    store<u64>(thread_frame(thread) + FRAME_A0, 0);
    store<u64>(thread_frame(thread) + FRAME_SP, own.stack);
    if (own.tls != 0) store<u64>(thread_frame(thread) + FRAME_TP, own.tls);
    thread.clear_tid = own.clear_tid;
    thread.detached = 1;
    if (tell_id(process, thread.id, own.parent_tid) && tell_id(process, thread.id, own.child_tid)) {
        return launch(process, thread);
    }
    delist(thread);
    return -EFAULT;
}

function tell_id(process: process_t, id: u32, to: uaddr_t): bool {
    if (to == 0) return true;
    const word = this_thread().buffer;
    store<u32>(word, id);
    return copy_to_user(process, to, word, 4) == 0;
}
