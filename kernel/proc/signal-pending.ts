// What is pending for a process, at Z: signals are posted there by senders and taken from there by threads (signals.md S2).

import { EAGAIN, ESRCH } from "../abi/errno";
import { RPC_SIGNAL_POST, RPC_SIGNAL_STATE, RPC_SIGNAL_TAKE } from "../abi/rpc-ops";
import {
    SIGNAL_POST_ACTIVE0,
    SIGNAL_POST_CODE,
    SIGNAL_POST_OFFER,
    SIGNAL_POST_OUTCOME,
    SIGNAL_POST_PARENT,
    SIGNAL_POST_PID,
    SIGNAL_POST_ROUND,
    SIGNAL_POST_SENDER,
    SIGNAL_POST_SIGNAL,
    SIGNAL_POST_THREAD,
    SIGNAL_POST_VALUE,
    SIGNAL_STATE_PID,
    SIGNAL_TAKE_BLOCKED,
    SIGNAL_TAKE_CODE,
    SIGNAL_TAKE_FLAGS,
    SIGNAL_TAKE_HANDLER,
    SIGNAL_TAKE_LEFT,
    SIGNAL_TAKE_MASK,
    SIGNAL_TAKE_ONLY,
    SIGNAL_TAKE_OWN,
    SIGNAL_TAKE_PID,
    SIGNAL_TAKE_SENDER,
    SIGNAL_TAKE_SIGNAL,
} from "../abi/rpc-words";
import {
    CLD_CONTINUED,
    CLD_EXITED,
    CLD_KILLED,
    CLD_STOPPED,
    SA_NOCLDSTOP,
    SA_RESETHAND,
    SI_TIMER,
    SIG_DFL,
    SIG_IGN,
    SIGCHLD,
    SIGCONT,
    SIGKILL,
    SIGSTOP,
    SIGTSTP,
    SIGTTIN,
    SIGTTOU,
} from "../abi/signal";
import { STATUS_CONTINUED, STATUS_STOPPED } from "../abi/wait";
import { xptr_local, xptr_t } from "../hal/platform";
import {
    PROCESS_NEW,
    parent_word,
    process_active_set,
    process_hold,
    process_release,
    process_t,
} from "../mm/process-table";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { QUEUE_ADDED, queue_add, queue_drop, queue_take, signal_bit } from "./signal-queue";
import { action_of, queue_of, set_of, signal_is_mild, signals_make, signals_of, signals_timer } from "./signals";
import { TIMERS } from "./timers";
/** Outcomes of RPC_SIGNAL_POST beside -errno. */
export const POST_DONE: i64 = 0;
/** The process ends by this signal. */
export const POST_FATAL: i64 = 1;

export function signal_pending_init(): void {
    const post: (desc: xptr_t) => void = serve_post;
    const take: (desc: xptr_t) => void = serve_take;
    const state: (desc: xptr_t) => void = serve_state;
    rpc_register(RPC_SIGNAL_POST, <u32>post.index);
    rpc_register(RPC_SIGNAL_TAKE, <u32>take.index);
    rpc_register(RPC_SIGNAL_STATE, <u32>state.index);
}

/** The signals whose default is that the process stops. */
const STOPS: u64 =
    ((<u64>1) << (SIGSTOP - 1)) |
    ((<u64>1) << (SIGTSTP - 1)) |
    ((<u64>1) << (SIGTTIN - 1)) |
    ((<u64>1) << (SIGTTOU - 1));

/** Returns true for a signal whose default is that the process stops. */
export function signal_stops(signal: u32): bool {
    return signal != 0 && (STOPS & signal_bit(signal)) != 0;
}

/**
 * Makes a signal pending for a process, or with `thread` only asks what becomes of it. The answer is in the running thread's request: the
 * results of RPC_SIGNAL_POST. Leaf.
 */
export function signals_post(pid: u32, signal: u32, code: i32, sender: u64, value: u64, thread: bool): void {
    const desc = rpc_arguments();
    desc.set(SIGNAL_POST_PID, pid);
    desc.set(SIGNAL_POST_SIGNAL, signal);
    desc.set(SIGNAL_POST_CODE, <u64>(<i64>code));
    desc.set(SIGNAL_POST_SENDER, sender);
    desc.set(SIGNAL_POST_VALUE, value);
    desc.set(SIGNAL_POST_THREAD, thread ? 1 : 0);
    if (is_local(pid >> 16)) serve_post(xptr_local(changetype<usize>(desc)));
    else rpc_send(pid >> 16, LEVEL_LEAF, RPC_SIGNAL_POST);
}

function serve_post(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, SIGNAL_POST_PID)));
    const signal = <u32>rpc_get(desc, SIGNAL_POST_SIGNAL);
    const code = <i32>rpc_get(desc, SIGNAL_POST_CODE);
    const sender = rpc_get(desc, SIGNAL_POST_SENDER);
    const value = rpc_get(desc, SIGNAL_POST_VALUE);
    const thread = rpc_get(desc, SIGNAL_POST_THREAD) != 0;
    rpc_set(desc, SIGNAL_POST_OFFER, 0);
    rpc_set(desc, SIGNAL_POST_ROUND, 0);
    rpc_set(desc, SIGNAL_POST_OUTCOME, <u64>(<i64>-ESRCH));
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    if (process.state != PROCESS_NEW) post(process, desc, signal, code, sender, value, thread);
    vmm_unlock(process);
    process_release(process);
}

/** The caller holds the VMM's lock. */
function post(process: process_t, desc: xptr_t, signal: u32, code: i32, sender: u64, value: u64, thread: bool): void {
    if (signal == SIGCONT) go_on(process, desc);
    else if (signal_stops(signal)) hold_up(process, desc);
    let outcome = disposition(process, signal);
    if (outcome == PENDS && !thread && !signals_make(process)) outcome = -EAGAIN;
    if (outcome == PENDS) {
        const added = thread ? QUEUE_ADDED : queue_add(queue_of(process), set_of(process), signal, code, sender, value);
        outcome = added < 0 ? added : POST_DONE;
        if (added == QUEUE_ADDED) offer(process, desc, signal_bit(signal));
    }
    rpc_set(desc, SIGNAL_POST_OUTCOME, <u64>outcome);
}

/** SIGCONT: a stopped process goes on, whatever becomes of the signal, and what would stop it is forgotten. */
function go_on(process: process_t, desc: xptr_t): void {
    process.continues++;
    if (process.signals != 0) queue_drop(queue_of(process), set_of(process), STOPS);
    if (process.stopped == 0) return;
    atomic.store<u32>(changetype<usize>(process) + offsetof<process_t>("stopped"), 0);
    tell_clusters(process, desc);
    rpc_set(desc, SIGNAL_POST_PARENT, parent_word(process));
    rpc_set(desc, SIGNAL_POST_ROUND, 1);
}

/** A signal that stops: a SIGCONT before it is forgotten. */
function hold_up(process: process_t, desc: xptr_t): void {
    if (process.signals != 0) queue_drop(queue_of(process), set_of(process), signal_bit(SIGCONT));
    rpc_set(desc, SIGNAL_POST_ROUND, process.continues);
}

/** The signal becomes pending. */
const PENDS: i64 = 3;

/** What becomes of a signal that is sent: PENDS or POST_*. */
function disposition(process: process_t, signal: u32): i64 {
    if (signal == 0) return POST_DONE;
    if (signal == SIGKILL) return POST_FATAL;
    const handler = process.signals == 0 ? <u64>SIG_DFL : action_of(process, signal).handler;
    if (handler > <u64>SIG_IGN || (process.signals != 0 && signals_of(process).masked != 0)) return PENDS;
    if (handler == SIG_IGN || signal_is_mild(signal)) return POST_DONE;
    // What would end a stopped process waits until it goes on.
    return signal_stops(signal) || process.stopped != 0 ? PENDS : POST_FATAL;
}

/** Tells which signals are to be offered, and to which clusters. */
function offer(process: process_t, desc: xptr_t, set: u64): void {
    rpc_set(desc, SIGNAL_POST_OFFER, set);
    tell_clusters(process, desc);
}

/** Tells which clusters are active for P, in the results of RPC_SIGNAL_POST. For proc/stop.ts, too. */
export function tell_clusters(process: process_t, desc: xptr_t): void {
    for (let i: u32 = 0; i < 4; i++) {
        const low = <u64>process_active_set(process, i << 1);
        rpc_set(desc, SIGNAL_POST_ACTIVE0 + i, low | ((<u64>process_active_set(process, (i << 1) + 1)) << 32));
    }
}

/**
 * SIGCHLD for a child with this status of wait4. With SA_NOCLDSTOP only ends are told. The results are those of RPC_SIGNAL_POST. The caller
 * holds the VMM's lock.
 */
export function signals_child(process: process_t, desc: xptr_t, child: u32, status: u32): void {
    const low = status & 127;
    if (status == STATUS_CONTINUED || low == STATUS_STOPPED) {
        if (process.signals != 0 && (action_of(process, SIGCHLD).flags & SA_NOCLDSTOP) != 0) return;
        if (status == STATUS_CONTINUED) post(process, desc, SIGCHLD, CLD_CONTINUED, child, SIGCONT, false);
        else post(process, desc, SIGCHLD, CLD_STOPPED, child, status >> 8, false);
    } else if (low != 0) post(process, desc, SIGCHLD, CLD_KILLED, child, low, false);
    else post(process, desc, SIGCHLD, CLD_EXITED, child, status >> 8, false);
}

/**
 * Takes a pending signal that is not in `blocked`, or with `own` not 0 only asks for the action of that signal. With `only` the action does
 * not count as used. The answer is in the running thread's request: the results of RPC_SIGNAL_TAKE. Leaf.
 */
export function signals_take(process: process_t, blocked: u64, own: u32, only: bool): void {
    const desc = rpc_arguments();
    desc.set(SIGNAL_TAKE_PID, process.pid);
    desc.set(SIGNAL_TAKE_BLOCKED, blocked);
    desc.set(SIGNAL_TAKE_OWN, own);
    desc.set(SIGNAL_TAKE_ONLY, only ? 1 : 0);
    if (is_local(process.reference)) serve_take(xptr_local(changetype<usize>(desc)));
    else rpc_send(process.reference, LEVEL_LEAF, RPC_SIGNAL_TAKE);
}

function serve_take(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, SIGNAL_TAKE_PID)));
    const wanted = ~rpc_get(desc, SIGNAL_TAKE_BLOCKED);
    const own = <u32>rpc_get(desc, SIGNAL_TAKE_OWN);
    const only = rpc_get(desc, SIGNAL_TAKE_ONLY) != 0;
    rpc_set(desc, SIGNAL_TAKE_SIGNAL, own);
    rpc_set(desc, SIGNAL_TAKE_HANDLER, SIG_DFL);
    rpc_set(desc, SIGNAL_TAKE_LEFT, 0);
    if (changetype<usize>(process) == 0) return;
    rpc_set(desc, SIGNAL_TAKE_MASK, process.continues);
    vmm_lock(process);
    if (process.signals != 0) take(process, desc, wanted, own, only);
    vmm_unlock(process);
    process_release(process);
}

function take(process: process_t, desc: xptr_t, wanted: u64, own: u32, only: bool): void {
    const signal = own != 0 ? own : queue_take(queue_of(process), set_of(process), wanted, desc);
    rpc_set(desc, SIGNAL_TAKE_LEFT, signals_of(process).pending);
    if (signal == 0) return;
    if (own == 0 && <i32>rpc_get(desc, SIGNAL_TAKE_CODE) == SI_TIMER) {
        const sender = rpc_get(desc, SIGNAL_TAKE_SENDER);
        const id = <u32>sender + 1;
        if (id < TIMERS) signals_timer(process, id).overrun = <u32>(sender >> 32);
    }
    const action = action_of(process, signal);
    rpc_set(desc, SIGNAL_TAKE_HANDLER, action.handler);
    rpc_set(desc, SIGNAL_TAKE_FLAGS, action.flags);
    if (action.handler > <u64>SIG_IGN) rpc_set(desc, SIGNAL_TAKE_MASK, action.mask);
    if (!only && action.handler > <u64>SIG_IGN && (action.flags & SA_RESETHAND) != 0) action.handler = SIG_DFL;
}

/** Asks for the set of signals that are pending for P. The clusters of P are in the running thread's request: as RPC_SIGNAL_POST. Leaf. */
export function signals_state(process: process_t): u64 {
    const desc = rpc_arguments();
    desc.set(SIGNAL_STATE_PID, process.pid);
    if (is_local(process.reference)) serve_state(xptr_local(changetype<usize>(desc)));
    else rpc_send(process.reference, LEVEL_LEAF, RPC_SIGNAL_STATE);
    return desc.get(SIGNAL_POST_OFFER);
}

function serve_state(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, SIGNAL_STATE_PID)));
    rpc_set(desc, SIGNAL_POST_OFFER, 0);
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    if (process.signals != 0) offer(process, desc, signals_of(process).pending);
    vmm_unlock(process);
    process_release(process);
}
