// kill and its relatives (signals.md S2): a thread, or the reaper for timers and ended children, sends a signal to a process or to a thread.

import { ESRCH } from "../abi/errno";
import { RPC_SIGNAL_THREAD } from "../abi/rpc-ops";
import {
    SIGNAL_POST_OFFER,
    SIGNAL_POST_OUTCOME,
    SIGNAL_POST_ROUND,
    SIGNAL_THREAD_CODE,
    SIGNAL_THREAD_ERROR,
    SIGNAL_THREAD_ID,
    SIGNAL_THREAD_MOVED,
    SIGNAL_THREAD_PID,
    SIGNAL_THREAD_ROUND,
    SIGNAL_THREAD_SENDER,
    SIGNAL_THREAD_SIGNAL,
    SIGNAL_THREAD_VALUE,
} from "../abi/rpc-words";
import { SIGCONT } from "../abi/signal";
import { xptr_local, xptr_t } from "../hal/platform";
import { has_instance } from "../hal/topology";
import { process_hold, process_release, process_t } from "../mm/process-table";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { thread_t } from "../sched/thread";
import { process_kill } from "./kill";
import { moved_to } from "./moved";
import { signals_offer, thread_look } from "./signal-offer";
import { POST_DONE, POST_FATAL, signal_stops, signals_post } from "./signal-pending";
import { queue_add, signal_bit } from "./signal-queue";
import { stop_end } from "./stop";
import { user_thread_of } from "./thread-end";

export function signal_send_init(): void {
    const thread: (desc: xptr_t) => void = serve_thread;
    rpc_register(RPC_SIGNAL_THREAD, <u32>thread.index);
}

/** Sends a signal to a process; signal 0 only asks whether it exists. Returns 0, -ESRCH or -EAGAIN. */
export function signal_process(pid: u32, signal: u32, code: i32, sender: u64, value: u64): i64 {
    if (!has_instance(pid >> 16)) return -ESRCH;
    signals_post(pid, signal, code, sender, value, false);
    const desc = rpc_arguments();
    const outcome = <i64>desc.get(SIGNAL_POST_OUTCOME);
    // All threads of a process that goes on look for signals.
    if (signal == SIGCONT && desc.get(SIGNAL_POST_ROUND) != 0) stop_end(pid);
    else if (outcome == POST_DONE) signals_offer(pid);
    return ended(pid, signal, outcome);
}

/** Carries out POST_FATAL. */
function ended(pid: u32, signal: u32, outcome: i64): i64 {
    if (outcome == POST_FATAL) process_kill(pid, 128 + signal, signal);
    return outcome == POST_FATAL ? 0 : outcome;
}

/** Does as signal_process for the thread `id` of a process. */
export function signal_thread(pid: u32, id: u32, signal: u32, code: i32, sender: u64, value: u64): i64 {
    if (!has_instance(pid >> 16) || !has_instance(id >> 16)) return -ESRCH;
    const error = to_thread(id >> 16, pid, id, 0, 0, 0, 0, 0);
    if (error != 0 || signal == 0) return error;
    signals_post(pid, signal, code, sender, value, true);
    const desc = rpc_arguments();
    const outcome = <i64>desc.get(SIGNAL_POST_OUTCOME);
    const pends = outcome == POST_DONE && desc.get(SIGNAL_POST_OFFER) != 0;
    const round = <u32>desc.get(SIGNAL_POST_ROUND);
    if (signal == SIGCONT && round != 0) stop_end(pid);
    if (pends) return to_thread(id >> 16, pid, id, signal, code, sender, value, round);
    return ended(pid, signal, outcome);
}

function to_thread(cxy: u32, pid: u32, id: u32, signal: u32, code: i32, sender: u64, value: u64, round: u32): i64 {
    const desc = rpc_arguments();
    desc.set(SIGNAL_THREAD_PID, pid);
    desc.set(SIGNAL_THREAD_ID, id);
    desc.set(SIGNAL_THREAD_SIGNAL, signal);
    desc.set(SIGNAL_THREAD_CODE, <u64>(<i64>code));
    desc.set(SIGNAL_THREAD_SENDER, sender);
    desc.set(SIGNAL_THREAD_VALUE, value);
    desc.set(SIGNAL_THREAD_ROUND, round);
    if (is_local(cxy)) serve_thread(xptr_local(changetype<usize>(desc)));
    else rpc_send(cxy, LEVEL_LEAF, RPC_SIGNAL_THREAD);
    const moved = <u32>desc.get(SIGNAL_THREAD_MOVED);
    if (moved != 0) return to_thread(moved - 1, pid, id, signal, code, sender, value, round);
    return <i64>desc.get(SIGNAL_THREAD_ERROR);
}

function serve_thread(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, SIGNAL_THREAD_PID)));
    let error: i64 = -ESRCH;
    let moved: u32 = 0;
    if (changetype<usize>(process) != 0) {
        vmm_lock(process);
        const id = <u32>rpc_get(desc, SIGNAL_THREAD_ID);
        const at = user_thread_of(process, id);
        const signal = <u32>rpc_get(desc, SIGNAL_THREAD_SIGNAL);
        if (at != 0 && changetype<thread_t>(at).ending == 0) {
            error = signal == 0 ? <i64>0 : add(changetype<thread_t>(at), signal, desc);
        } else moved = moved_to(process, id);
        vmm_unlock(process);
        process_release(process);
    }
    rpc_set(desc, SIGNAL_THREAD_ERROR, <u64>error);
    rpc_set(desc, SIGNAL_THREAD_MOVED, moved);
}

/** The caller holds the VMM's lock. */
function add(thread: thread_t, signal: u32, desc: xptr_t): i64 {
    const address = changetype<usize>(thread);
    const added = queue_add(
        address + offsetof<thread_t>("signals"),
        address + offsetof<thread_t>("signals_set"),
        signal,
        <i32>rpc_get(desc, SIGNAL_THREAD_CODE),
        rpc_get(desc, SIGNAL_THREAD_SENDER),
        rpc_get(desc, SIGNAL_THREAD_VALUE),
    );
    if (added < 0) return added;
    if (signal_stops(signal)) thread.stop_round = <u32>rpc_get(desc, SIGNAL_THREAD_ROUND);
    if ((thread.signal_mask & ~thread.signal_wanted & signal_bit(signal)) == 0) thread_look(thread);
    return 0;
}
