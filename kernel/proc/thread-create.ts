// thread_create: a further thread of P in a named cluster, with a stack there (vmm-policy 7.5).

import { EINVAL } from "../abi/errno";
import { PAGE_SHIFT } from "../abi/memory-map";
import { OPERATION_THREAD_CREATE } from "../abi/operation";
import { RPC_THREAD_CREATE } from "../abi/rpc-ops";
import {
    THREAD_CREATE_A0,
    THREAD_CREATE_A1,
    THREAD_CREATE_ENTRY,
    THREAD_CREATE_ID,
    THREAD_CREATE_MASK,
    THREAD_CREATE_PID,
    THREAD_CREATE_REFERENCE,
} from "../abi/rpc-words";
import { FRAME_A0 } from "../abi/trap-frame";
import { uaddr_t, xptr_t } from "../hal/platform";
import { has_instance } from "../hal/topology";
import { process_t } from "../mm/process-table";
import { stack_top } from "../mm/stack-slot";
import { LEVEL_PROCESS } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { this_thread, thread_t } from "../sched/thread";
import { operation_begin, operation_end } from "../trace/operation";
import { user_thread_launch } from "./launch";
import { user_thread_enlist, user_thread_frame } from "./user-thread";

export function thread_create_init(): void {
    const create: (desc: xptr_t) => void = serve_create;
    rpc_register(RPC_THREAD_CREATE, <u32>create.index);
}

/** Starts a thread of P in cluster `cxy` at `entry`(a0, a1). Returns its id (cluster in the high half), or -errno. */
export function thread_create(process: process_t, cxy: u32, entry: uaddr_t, a0: u64, a1: u64): i64 {
    if (!has_instance(cxy)) return -EINVAL;
    const pid = process.pid;
    operation_begin(pid, OPERATION_THREAD_CREATE, 0);
    const id = create_in(process, cxy, entry, a0, a1);
    operation_end(pid, OPERATION_THREAD_CREATE);
    return id;
}

function create_in(process: process_t, cxy: u32, entry: uaddr_t, a0: u64, a1: u64): i64 {
    const mask = this_thread().signal_mask;
    if (is_local(cxy)) return create_here(process.pid, process.reference, entry, a0, a1, mask);
    const desc = rpc_arguments();
    desc.set(THREAD_CREATE_PID, process.pid);
    desc.set(THREAD_CREATE_REFERENCE, process.reference);
    desc.set(THREAD_CREATE_ENTRY, entry);
    desc.set(THREAD_CREATE_A0, a0);
    desc.set(THREAD_CREATE_A1, a1);
    desc.set(THREAD_CREATE_MASK, mask);
    rpc_send(cxy, LEVEL_PROCESS, RPC_THREAD_CREATE);
    return <i64>desc.get(THREAD_CREATE_ID);
}

function serve_create(desc: xptr_t): void {
    const pid = <u32>rpc_get(desc, THREAD_CREATE_PID);
    const reference = <u32>rpc_get(desc, THREAD_CREATE_REFERENCE);
    rpc_set(
        desc,
        THREAD_CREATE_ID,
        <u64>(
            create_here(
                pid,
                reference,
                rpc_get(desc, THREAD_CREATE_ENTRY),
                rpc_get(desc, THREAD_CREATE_A0),
                rpc_get(desc, THREAD_CREATE_A1),
                rpc_get(desc, THREAD_CREATE_MASK),
            )
        ),
    );
}

function create_here(pid: u32, reference: u32, entry: uaddr_t, a0: u64, a1: u64, mask: u64): i64 {
    const made = user_thread_enlist(pid, reference, true);
    if (made < 0) return made;
    const thread = changetype<thread_t>(<usize>made);
    const frame = user_thread_frame(thread, entry, (<u64>stack_top(thread.stack_slot)) << PAGE_SHIFT);
    store<u64>(frame + FRAME_A0, a0);
    store<u64>(frame + FRAME_A0 + 8, a1);
    thread.signal_mask = mask;
    return user_thread_launch(changetype<process_t>(thread.process), thread);
}
