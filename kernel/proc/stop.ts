// Processes that a signal has stopped, and that SIGCONT lets go on (signals.md S3.4). Z has the signal that stopped the process. Its threads
// look there on their way to user mode, and at the end of a wait that a signal ends.

import { RPC_PROCESS_STOP, RPC_STOP_TELL } from "../abi/rpc-ops";
import {
    PROCESS_STOP_PID,
    PROCESS_STOP_ROUND,
    PROCESS_STOP_SIGNAL,
    SIGNAL_POST_ACTIVE0,
    SIGNAL_POST_ACTIVE1,
    SIGNAL_POST_ACTIVE2,
    SIGNAL_POST_ACTIVE3,
    SIGNAL_POST_PARENT,
    SIGNAL_POST_ROUND,
    STOP_TELL_PID,
    USAGE_SYSTEM,
    USAGE_USER,
} from "../abi/rpc-words";
import { BLOCKED_STOP } from "../abi/thread";
import { STATUS_CONTINUED, STATUS_STOPPED } from "../abi/wait";
import { remote_load32 } from "../hal/hal";
import { cluster_count, xptr_local, xptr_t } from "../hal/platform";
import { hold_end } from "../mm/hold";
import {
    PROCESS_ALIVE,
    parent_word,
    process_at_z,
    process_hold,
    process_release,
    process_t,
} from "../mm/process-table";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { sched_block, sched_unblock_self, sched_wait, sched_wake } from "../sched/sched";
import { this_thread, thread_t } from "../sched/thread";
import { child_changed } from "./relatives";
import { is_active, thread_look } from "./signal-offer";
import { tell_clusters } from "./signal-pending";
import { process_usage } from "./usage";

export function stop_init(): void {
    const stop: (desc: xptr_t) => void = serve_stop;
    const tell: (desc: xptr_t) => void = serve_tell;
    rpc_register(RPC_PROCESS_STOP, <u32>stop.index);
    rpc_register(RPC_STOP_TELL, <u32>tell.index);
}

/** Stops the running thread's process by a signal, unless SIGCONT has come since `round`. The thread stops at its next look for signals. */
export function process_stop(process: process_t, signal: u32, round: u32): void {
    const desc = rpc_arguments();
    desc.set(PROCESS_STOP_PID, process.pid);
    desc.set(PROCESS_STOP_SIGNAL, signal);
    desc.set(PROCESS_STOP_ROUND, round);
    if (is_local(process.reference)) serve_stop(xptr_local(changetype<usize>(desc)));
    else rpc_send(process.reference, LEVEL_LEAF, RPC_PROCESS_STOP);
    if (desc.get(SIGNAL_POST_ROUND) == 0) return;
    const parent = desc.get(SIGNAL_POST_PARENT);
    tell(process.pid);
    if (parent != 0) tell_parent(process, parent, signal);
}

function tell_parent(process: process_t, parent: u64, signal: u32): void {
    const desc = rpc_arguments();
    process_usage(process);
    child_changed(parent, process.pid, (signal << 8) | STATUS_STOPPED, desc.get(USAGE_USER), desc.get(USAGE_SYSTEM));
}

function serve_stop(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, PROCESS_STOP_PID)));
    const signal = <u32>rpc_get(desc, PROCESS_STOP_SIGNAL);
    const round = <u32>rpc_get(desc, PROCESS_STOP_ROUND);
    rpc_set(desc, SIGNAL_POST_ROUND, 0);
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    if (process.state == PROCESS_ALIVE && process.stopped == 0 && process.continues == round) {
        atomic.store<u32>(changetype<usize>(process) + offsetof<process_t>("stopped"), signal);
        tell_clusters(process, desc);
        rpc_set(desc, SIGNAL_POST_PARENT, parent_word(process));
        rpc_set(desc, SIGNAL_POST_ROUND, 1);
    }
    vmm_unlock(process);
    process_release(process);
}

/** A process goes on, as the running thread's request says (the results of RPC_SIGNAL_POST). */
export function stop_end(pid: u32): void {
    const parent = rpc_arguments().get(SIGNAL_POST_PARENT);
    tell(pid);
    child_changed(parent, pid, STATUS_CONTINUED, 0, 0);
}

/** All threads of the process look for signals, and whether it is stopped. */
function tell(pid: u32): void {
    const desc = rpc_arguments();
    const set0 = desc.get(SIGNAL_POST_ACTIVE0);
    const set1 = desc.get(SIGNAL_POST_ACTIVE1);
    const set2 = desc.get(SIGNAL_POST_ACTIVE2);
    const set3 = desc.get(SIGNAL_POST_ACTIVE3);
    for (let cxy: u32 = 0; cxy < cluster_count; cxy++) {
        if (is_active(cxy, set0, set1, set2, set3)) tell_in(cxy, pid);
    }
}

function tell_in(cxy: u32, pid: u32): void {
    const desc = rpc_arguments();
    desc.set(STOP_TELL_PID, pid);
    if (is_local(cxy)) serve_tell(xptr_local(changetype<usize>(desc)));
    else rpc_send(cxy, LEVEL_LEAF, RPC_STOP_TELL);
}

function serve_tell(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, STOP_TELL_PID)));
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    for (let at = process.threads; at != 0; at = changetype<thread_t>(at).sibling) {
        const thread = changetype<thread_t>(at);
        if (thread.finished != 0 || thread.hart == 0) continue;
        thread_look(thread);
        sched_wake(xptr_local(at), BLOCKED_STOP);
    }
    vmm_unlock(process);
    process_release(process);
}

/** True while a signal has stopped the process. */
export function is_stopped(process: process_t): bool {
    return remote_load32(process_at_z(process) + offsetof<process_t>("stopped")) != 0;
}

/** Holds the running thread while its process is stopped. A kill ends that. */
export function stop_wait(process: process_t): void {
    if (!is_stopped(process)) return;
    hold_end();
    while (this_thread().killed == 0) {
        sched_block(BLOCKED_STOP);
        if (!is_stopped(process)) break;
        sched_wait(BLOCKED_STOP);
    }
    sched_unblock_self(BLOCKED_STOP);
}
