// The end of user threads, and the threads that wait for it (vmm-policy 3 STACK, 7.4).

import { EDEADLK, EINTR, EINVAL, ESRCH } from "../abi/errno";
import { OPERATION_THREAD_EXIT } from "../abi/operation";
import { RPC_THREAD_JOIN, RPC_THREAD_JOIN_CANCEL } from "../abi/rpc-ops";
import {
    THREAD_JOIN_CANCEL_ID,
    THREAD_JOIN_CANCEL_JOINER,
    THREAD_JOIN_CANCEL_PID,
    THREAD_JOIN_ERROR,
    THREAD_JOIN_ID,
    THREAD_JOIN_JOINER,
    THREAD_JOIN_PID,
} from "../abi/rpc-words";
import { BLOCKED_BY_USER, BLOCKED_JOIN } from "../abi/thread";
import { pause, remote_store64 } from "../hal/hal";
import { xptr_local, xptr_t } from "../hal/platform";
import { has_instance } from "../hal/topology";
import { hold_end } from "../mm/hold";
import { ppm_free } from "../mm/ppm";
import {
    PROCESS_ALIVE,
    PROCESS_DYING,
    PROCESS_NEW,
    process_hold,
    process_release,
    process_t,
} from "../mm/process-table";
import { NO_SLOT, stack_pages, stack_slot_release, stack_top } from "../mm/stack-slot";
import { structure_drop_stack } from "../mm/structure";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { cluster_load_add } from "../sched/cluster";
import { fstate_drop } from "../sched/fstate";
import { sched_block, sched_exit, sched_unblock_self, sched_wait, sched_wake } from "../sched/sched";
import { this_thread, thread_t } from "../sched/thread";
import { usage_count } from "../sched/usage";
import { operation_begin, operation_end } from "../trace/operation";
import { moved_end } from "./moved";
import { process_thread_gone } from "./process";
import { robust_list_end } from "./robust-list";
import { signals_offer_again } from "./signal-offer";
import { queue_drop } from "./signal-queue";
import { start_stack_free } from "./start-stack";

export function thread_end_init(): void {
    const join: (desc: xptr_t) => void = serve_join;
    const cancel: (desc: xptr_t) => void = serve_join_cancel;
    rpc_register(RPC_THREAD_JOIN, <u32>join.index);
    rpc_register(RPC_THREAD_JOIN_CANCEL, <u32>cancel.index);
}

/**
 * Ends the running user thread. `value` is for a thread that joins it. Its low byte is the status of a process of which this is the last
 * thread. Never returns.
 */
export function user_thread_exit(value: u64): void {
    const thread = this_thread();
    const process = changetype<process_t>(thread.process);
    robust_list_end(process);
    hold_end();
    fstate_drop();
    drop_stack(process, thread.stack_slot);
    cluster_load_add(-1);
    vmm_lock(process);
    process.thread_count--;
    thread.exit_value = value;
    usage_count(thread);
    process.ended_user_cycles += thread.user_cycles;
    process.ended_system_cycles += thread.system_cycles;
    // The joiner leaves under the same lock, so a joiner found here still waits.
    if (thread.joiner != 0) wake_joiner(thread.joiner, value);
    thread.ending = 1;
    forget_signals(thread);
    vmm_unlock(process);
    if (thread.signal_look != 0 && thread.killed == 0) signals_offer_again(process);
    moved_end(process, thread.id);
    process_thread_gone(process.pid, process.reference, <u32>value & 255);
    vmm_lock(process);
    thread.finished = 1;
    vmm_unlock(process);
    sched_exit();
}

function forget_signals(thread: thread_t): void {
    const address = changetype<usize>(thread);
    queue_drop(address + offsetof<thread_t>("signals"), address + offsetof<thread_t>("signals_set"), ~(<u64>0));
}

function wake_joiner(joiner: xptr_t, value: u64): void {
    remote_store64(joiner + offsetof<thread_t>("join_value"), value);
    sched_wake(joiner, BLOCKED_JOIN);
}

/** Unmaps and frees a stack. Stacks are private, so no other cluster hears of it. */
export function drop_stack(process: process_t, slot: u32): void {
    if (slot == <u32>NO_SLOT) return;
    const end = stack_top(slot);
    operation_begin(process.pid, OPERATION_THREAD_EXIT, 0);
    const content = structure_drop_stack(process, end - stack_pages() + 1, end);
    start_stack_free(content);
    vmm_lock(process);
    stack_slot_release(process, slot);
    vmm_unlock(process);
    operation_end(process.pid, OPERATION_THREAD_EXIT);
}

/** Waits for the end of thread `id` of the running thread's process. Returns 0 with its value in join_value, or -errno. */
export function user_thread_join(process: process_t, id: u32): i64 {
    const self = this_thread();
    if (id == self.id) return -EDEADLK;
    const cxy = id >> 16;
    if (!has_instance(cxy)) return -ESRCH;
    sched_block(BLOCKED_JOIN);
    const result = is_local(cxy) ? join_here(process.pid, id, me()) : ask_join(process, id);
    if (result != 0) {
        sched_unblock_self(BLOCKED_JOIN);
        return result;
    }
    sched_wait(BLOCKED_JOIN);
    if (self.killed == 0) return 0;
    // The thread that ends must not find a joiner that has gone (5.9.3).
    if (is_local(cxy)) cancel_here(process.pid, id, me());
    else ask_cancel(process, id);
    return -EINTR;
}

function me(): xptr_t {
    return xptr_local(changetype<usize>(this_thread()));
}

function ask_join(process: process_t, id: u32): i64 {
    const desc = rpc_arguments();
    desc.set(THREAD_JOIN_PID, process.pid);
    desc.set(THREAD_JOIN_ID, id);
    desc.set(THREAD_JOIN_JOINER, me());
    rpc_send(id >> 16, LEVEL_LEAF, RPC_THREAD_JOIN);
    return <i64>desc.get(THREAD_JOIN_ERROR);
}

function serve_join(desc: xptr_t): void {
    rpc_set(
        desc,
        THREAD_JOIN_ERROR,
        <u64>(
            join_here(
                <u32>rpc_get(desc, THREAD_JOIN_PID),
                <u32>rpc_get(desc, THREAD_JOIN_ID),
                rpc_get(desc, THREAD_JOIN_JOINER),
            )
        ),
    );
}

/** Registers the joiner, or wakes it at once. A thread is joined once (else -EINVAL); an unknown thread gives -ESRCH. */
function join_here(pid: u32, id: u32, joiner: xptr_t): i64 {
    const process = changetype<process_t>(process_hold(pid));
    if (changetype<usize>(process) == 0) return -ESRCH;
    vmm_lock(process);
    const at = user_thread_of(process, id);
    const result = at == 0 ? -ESRCH : register_joiner(changetype<thread_t>(at), joiner);
    vmm_unlock(process);
    process_release(process);
    return result;
}

/** The caller holds the VMM's lock. */
function register_joiner(thread: thread_t, joiner: xptr_t): i64 {
    if (thread.joiner != 0) return -EINVAL;
    thread.joiner = joiner;
    if (thread.ending != 0) wake_joiner(joiner, thread.exit_value);
    return 0;
}

function ask_cancel(process: process_t, id: u32): void {
    const desc = rpc_arguments();
    desc.set(THREAD_JOIN_CANCEL_PID, process.pid);
    desc.set(THREAD_JOIN_CANCEL_ID, id);
    desc.set(THREAD_JOIN_CANCEL_JOINER, me());
    rpc_send(id >> 16, LEVEL_LEAF, RPC_THREAD_JOIN_CANCEL);
}

function serve_join_cancel(desc: xptr_t): void {
    cancel_here(
        <u32>rpc_get(desc, THREAD_JOIN_CANCEL_PID),
        <u32>rpc_get(desc, THREAD_JOIN_CANCEL_ID),
        rpc_get(desc, THREAD_JOIN_CANCEL_JOINER),
    );
}

/** Takes back the joiner, which waits no more. */
function cancel_here(pid: u32, id: u32, joiner: xptr_t): void {
    const process = changetype<process_t>(process_hold(pid));
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    const at = user_thread_of(process, id);
    if (at != 0 && changetype<thread_t>(at).joiner == joiner) changetype<thread_t>(at).joiner = 0;
    vmm_unlock(process);
    process_release(process);
}

/** Returns the process's thread of that id in this cluster, or 0. The caller holds the VMM's lock. */
export function user_thread_of(process: process_t, id: u32): usize {
    let at = process.threads;
    while (at != 0 && changetype<thread_t>(at).id != id) at = changetype<thread_t>(at).sibling;
    return at;
}

/** Frees the blocks of joined and detached threads that have left their hart for good. */
export function sweep(process: process_t): void {
    vmm_lock(process);
    let link = changetype<usize>(process) + offsetof<process_t>("threads");
    while (load<usize>(link) != 0) {
        const thread = changetype<thread_t>(load<usize>(link));
        const next_link = changetype<usize>(thread) + offsetof<thread_t>("sibling");
        if (thread.finished == 0 || (thread.joiner | thread.detached) == 0 || on_hart(thread)) {
            link = next_link;
            continue;
        }
        store<usize>(link, thread.sibling);
        ppm_free(changetype<usize>(thread));
    }
    vmm_unlock(process);
}

function on_hart(thread: thread_t): bool {
    return atomic.load<u32>(changetype<usize>(thread) + offsetof<thread_t>("on_hart")) != 0;
}

/** Ends the running threads of P in this cluster at their next return to user mode. Wakes those that wait for an event of a user. */
export function user_threads_kill(process: process_t): void {
    vmm_lock(process);
    // At Z the process is not ALIVE any more. A copy that is being made will not be.
    if (process.state == PROCESS_ALIVE) process.state = PROCESS_DYING;
    else if (process.state == PROCESS_NEW) process.doomed = 1;
    for (let at = process.threads; at != 0; at = changetype<thread_t>(at).sibling) {
        const thread = changetype<thread_t>(at);
        if (thread.finished != 0) continue;
        atomic.store<u32>(at + offsetof<thread_t>("killed"), 1);
        sched_wake(xptr_local(at), BLOCKED_BY_USER);
    }
    vmm_unlock(process);
}

/** Frees every thread block of P in this cluster. Z counts none of these threads any more; the call waits until each has left its hart. */
export function user_threads_free(process: process_t): void {
    let at = process.threads;
    while (at != 0) {
        const thread = changetype<thread_t>(at);
        const next = thread.sibling;
        while (thread.finished == 0 || on_hart(thread)) pause();
        ppm_free(at);
        at = next;
    }
    process.threads = 0;
}
