// The signals of a process at its reference cluster Z: actions, what is pending for the whole process, timers (signals.md S1, S2). A process
// that has asked nothing of signals has none of it.

import { EAGAIN, EINVAL, ENOMEM, ESRCH } from "../abi/errno";
import {
    RPC_SIGNAL_ACTION,
    RPC_SIGNAL_MASKS,
    RPC_SIGNAL_POST,
    RPC_SIGNAL_STATE,
    RPC_SIGNAL_TAKE,
    RPC_SIGNALS_COPY,
} from "../abi/rpc-ops";
import {
    SIGNAL_ACTION_ERROR,
    SIGNAL_ACTION_FLAGS,
    SIGNAL_ACTION_HANDLER,
    SIGNAL_ACTION_MASK,
    SIGNAL_ACTION_OLD_FLAGS,
    SIGNAL_ACTION_OLD_HANDLER,
    SIGNAL_ACTION_OLD_MASK,
    SIGNAL_ACTION_PID,
    SIGNAL_ACTION_SET,
    SIGNAL_ACTION_SIGNAL,
    SIGNAL_MASKS_ERROR,
    SIGNAL_MASKS_PID,
    SIGNAL_POST_ACTIVE0,
    SIGNAL_POST_CODE,
    SIGNAL_POST_OFFER,
    SIGNAL_POST_OUTCOME,
    SIGNAL_POST_PID,
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
    SIGNALS_COPY_COPIED,
    SIGNALS_COPY_PID,
    SIGNALS_COPY_TO,
} from "../abi/rpc-words";
import {
    CLD_EXITED,
    CLD_KILLED,
    SA_NOCLDWAIT,
    SA_RESETHAND,
    SI_TIMER,
    SIG_DFL,
    SIG_IGN,
    SIGCHLD,
    SIGCONT,
    SIGKILL,
    SIGNALS,
    SIGSTOP,
    SIGTSTP,
    SIGTTIN,
    SIGTTOU,
    SIGURG,
    SIGWINCH,
} from "../abi/signal";
import { FRAME_KERNEL } from "../abi/vseg-type";
import { cstr } from "../hal/cstr";
import { copy_bytes, xptr_local, xptr_t } from "../hal/platform";
import { page_zero, ppm_alloc, ppm_free } from "../mm/ppm";
import { PROCESS_NEW, process_active_set, process_hold, process_release, process_t } from "../mm/process-table";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { assert_kernel } from "../panic";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { QUEUE_ADDED, queue_add, queue_drop, queue_take, signal_bit } from "./signal-queue";
import { TIMERS, timer_t } from "./timers";

/** What a process does at a signal, as sigaction has it. */
@unmanaged
class action_t {
    handler: u64;
    flags: u64;
    mask: u64;
}

/** The frame of a process's signals: the actions of signals 1 to 64, then this, then the timers (proc/timers.ts). */
@unmanaged
class signals_t {
    pending: u64;
    /** The list of the pending signals (proc/signal-queue.ts). */
    queue: usize;
    /** 1 when threads of P have blocked signals: then even a signal that is ignored becomes pending. */
    masked: u32;
}
const ACTIONS_SIZE: u32 = 64 * 24;
const SIGNALS_OFFSET: usize = 64 * 24;
const TIMERS_OFFSET: usize = 2048;

/** Outcomes of RPC_SIGNAL_POST beside -errno. */
export const POST_DONE: i64 = 0;
/** The process ends by this signal. */
export const POST_FATAL: i64 = 1;
/** The signal would stop the process, which is not carried out (S3.4). */
export const POST_STOPS: i64 = 2;

export function signals_init(): void {
    const post: (desc: xptr_t) => void = serve_post;
    const take: (desc: xptr_t) => void = serve_take;
    const action: (desc: xptr_t) => void = serve_action;
    const state: (desc: xptr_t) => void = serve_state;
    const masks: (desc: xptr_t) => void = serve_masks;
    const copy: (desc: xptr_t) => void = serve_copy;
    rpc_register(RPC_SIGNAL_POST, <u32>post.index);
    rpc_register(RPC_SIGNAL_TAKE, <u32>take.index);
    rpc_register(RPC_SIGNAL_ACTION, <u32>action.index);
    rpc_register(RPC_SIGNAL_STATE, <u32>state.index);
    rpc_register(RPC_SIGNAL_MASKS, <u32>masks.index);
    rpc_register(RPC_SIGNALS_COPY, <u32>copy.index);
    assert_kernel(SIGNALS_OFFSET + offsetof<signals_t>() <= TIMERS_OFFSET, cstr("signals_t overlaps the timers"));
    assert_kernel(TIMERS_OFFSET + <usize>TIMERS * offsetof<timer_t>() <= 4096, cstr("the timers overrun their frame"));
}

function signals_of(process: process_t): signals_t {
    return changetype<signals_t>(process.signals + SIGNALS_OFFSET);
}

function action_of(process: process_t, signal: u32): action_t {
    return changetype<action_t>(process.signals + <usize>(signal - 1) * offsetof<action_t>());
}

/** A timer of P, whose signals are there. */
export function signals_timer(process: process_t, id: u32): timer_t {
    return changetype<timer_t>(process.signals + TIMERS_OFFSET + <usize>id * offsetof<timer_t>());
}

function queue_of(process: process_t): usize {
    return process.signals + SIGNALS_OFFSET + offsetof<signals_t>("queue");
}

function set_of(process: process_t): usize {
    return process.signals + SIGNALS_OFFSET + offsetof<signals_t>("pending");
}

/** Makes the frame of P's signals, at Z, if there is none. False without memory. */
export function signals_make(process: process_t): bool {
    if (process.signals != 0) return true;
    const page = ppm_alloc(0, FRAME_KERNEL, process.pid);
    if (page == 0) return false;
    page_zero(page);
    process.signals = page;
    return true;
}

/** Gives back what a process has of signals, at its end. Its timers do not run any more (proc/timers.ts). */
export function signals_free(process: process_t): void {
    if (process.signals == 0) return;
    queue_drop(queue_of(process), set_of(process), ~(<u64>0));
    ppm_free(process.signals);
    process.signals = 0;
}

/** exec: a signal that had a handler has its default action again (S6.2). */
export function signals_exec(process: process_t): void {
    if (process.signals == 0) return;
    vmm_lock(process);
    for (let signal: u32 = 1; signal <= <u32>SIGNALS; signal++) {
        const action = action_of(process, signal);
        if (action.handler != SIG_IGN) action.handler = SIG_DFL;
        action.flags = 0;
        action.mask = 0;
    }
    vmm_unlock(process);
}

/** fork: the child has the actions of its parent (S6.1), of which nobody else knows yet. False without memory. */
export function signals_copy(child: process_t, parent: u32, reference: u32): bool {
    if (!signals_make(child)) return false;
    const desc = rpc_arguments();
    desc.set(SIGNALS_COPY_PID, parent);
    desc.set(SIGNALS_COPY_TO, xptr_local(child.signals));
    if (is_local(reference)) serve_copy(xptr_local(changetype<usize>(desc)));
    else rpc_send(reference, LEVEL_LEAF, RPC_SIGNALS_COPY);
    const copied = desc.get(SIGNALS_COPY_COPIED);
    if (copied == 0) signals_free(child);
    else if (copied == MASKED) child.signals_masked = 1;
    if (copied == MASKED) signals_of(child).masked = 1;
    return true;
}
const MASKED: u64 = 2;

function serve_copy(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, SIGNALS_COPY_PID)));
    const to = rpc_get(desc, SIGNALS_COPY_TO);
    let copied: u64 = 0;
    if (changetype<usize>(process) != 0) {
        vmm_lock(process);
        if (process.signals != 0) {
            copy_bytes(to, xptr_local(process.signals), ACTIONS_SIZE);
            copied = signals_of(process).masked != 0 ? MASKED : 1;
        }
        vmm_unlock(process);
        process_release(process);
    }
    rpc_set(desc, SIGNALS_COPY_COPIED, copied);
}

/** Returns true for a signal whose default is that nothing happens. */
export function signal_is_mild(signal: u32): bool {
    return signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH || signal == SIGCONT;
}

/** Returns true for a signal whose default is that the process stops. */
export function signal_stops(signal: u32): bool {
    return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
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
    rpc_set(desc, SIGNAL_POST_OUTCOME, <u64>(<i64>-ESRCH));
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    if (process.state != PROCESS_NEW) post(process, desc, signal, code, sender, value, thread);
    vmm_unlock(process);
    process_release(process);
}

/** The caller holds the VMM's lock. */
function post(process: process_t, desc: xptr_t, signal: u32, code: i32, sender: u64, value: u64, thread: bool): void {
    let outcome = disposition(process, signal);
    if (outcome == PENDS) {
        const added = thread ? QUEUE_ADDED : queue_add(queue_of(process), set_of(process), signal, code, sender, value);
        outcome = added < 0 ? added : POST_DONE;
        if (added == QUEUE_ADDED) offer(process, desc, signal_bit(signal));
    }
    rpc_set(desc, SIGNAL_POST_OUTCOME, <u64>outcome);
}

/** The signal becomes pending. */
const PENDS: i64 = 3;

/** What becomes of a signal that is sent: PENDS or POST_*. */
function disposition(process: process_t, signal: u32): i64 {
    if (signal == 0) return POST_DONE;
    if (signal == SIGKILL) return POST_FATAL;
    const handler = process.signals == 0 ? <u64>SIG_DFL : action_of(process, signal).handler;
    if (signal == SIGSTOP || (handler == SIG_DFL && signal_stops(signal))) return POST_STOPS;
    if (handler > <u64>SIG_IGN || (process.signals != 0 && signals_of(process).masked != 0)) return PENDS;
    return handler == SIG_IGN || signal_is_mild(signal) ? POST_DONE : POST_FATAL;
}

/** Tells which signals are to be offered, and to which clusters. */
function offer(process: process_t, desc: xptr_t, set: u64): void {
    rpc_set(desc, SIGNAL_POST_OFFER, set);
    for (let i: u32 = 0; i < 4; i++) {
        const low = <u64>process_active_set(process, i << 1);
        rpc_set(desc, SIGNAL_POST_ACTIVE0 + i, low | ((<u64>process_active_set(process, (i << 1) + 1)) << 32));
    }
}

/** Whether an ended child of P is not waited for (S4.2). The caller holds the VMM's lock. */
export function signals_reap_child(process: process_t): bool {
    if (process.signals == 0) return false;
    const action = action_of(process, SIGCHLD);
    return action.handler == SIG_IGN || (action.flags & SA_NOCLDWAIT) != 0;
}

/** SIGCHLD for a child that has ended with this status of wait4. The results are those of RPC_SIGNAL_POST. The caller holds the VMM's lock. */
export function signals_child(process: process_t, desc: xptr_t, child: u32, status: u32): void {
    const killed = (status & 127) != 0;
    const value = killed ? status & 127 : status >> 8;
    post(process, desc, SIGCHLD, killed ? CLD_KILLED : CLD_EXITED, child, value, false);
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
    rpc_set(desc, SIGNAL_TAKE_MASK, action.mask);
    if (!only && action.handler > <u64>SIG_IGN && (action.flags & SA_RESETHAND) != 0) action.handler = SIG_DFL;
}

/**
 * Asks for the action of a signal, and with `set` replaces it. Returns 0 or -errno; the old action is in the running thread's request: the
 * results of RPC_SIGNAL_ACTION. Leaf.
 */
export function signals_action(process: process_t, signal: u32, handler: u64, flags: u64, mask: u64, set: bool): i64 {
    const desc = rpc_arguments();
    desc.set(SIGNAL_ACTION_PID, process.pid);
    desc.set(SIGNAL_ACTION_SIGNAL, signal);
    desc.set(SIGNAL_ACTION_HANDLER, handler);
    desc.set(SIGNAL_ACTION_FLAGS, flags);
    desc.set(SIGNAL_ACTION_MASK, mask);
    desc.set(SIGNAL_ACTION_SET, set ? 1 : 0);
    if (is_local(process.reference)) serve_action(xptr_local(changetype<usize>(desc)));
    else rpc_send(process.reference, LEVEL_LEAF, RPC_SIGNAL_ACTION);
    return <i64>desc.get(SIGNAL_ACTION_ERROR);
}

function serve_action(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, SIGNAL_ACTION_PID)));
    const signal = <u32>rpc_get(desc, SIGNAL_ACTION_SIGNAL);
    const handler = rpc_get(desc, SIGNAL_ACTION_HANDLER);
    const flags = rpc_get(desc, SIGNAL_ACTION_FLAGS);
    const mask = rpc_get(desc, SIGNAL_ACTION_MASK);
    const set = rpc_get(desc, SIGNAL_ACTION_SET) != 0;
    rpc_set(desc, SIGNAL_ACTION_ERROR, <u64>(<i64>-EAGAIN));
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    const old = process.signals == 0 ? changetype<action_t>(0) : action_of(process, signal);
    rpc_set(desc, SIGNAL_ACTION_OLD_HANDLER, changetype<usize>(old) == 0 ? <u64>SIG_DFL : old.handler);
    rpc_set(desc, SIGNAL_ACTION_OLD_FLAGS, changetype<usize>(old) == 0 ? 0 : old.flags);
    rpc_set(desc, SIGNAL_ACTION_OLD_MASK, changetype<usize>(old) == 0 ? 0 : old.mask);
    const made = !set || (process.signals == 0 && handler == SIG_DFL) || signals_make(process);
    if (set && process.signals != 0) {
        const action = action_of(process, signal);
        action.handler = handler;
        action.flags = flags;
        action.mask = mask;
        // What is ignored now is forgotten if it was pending.
        const ignored = handler == SIG_IGN || (handler == SIG_DFL && signal_is_mild(signal));
        if (ignored) queue_drop(queue_of(process), set_of(process), signal_bit(signal));
    }
    rpc_set(desc, SIGNAL_ACTION_ERROR, made ? 0 : <u64>(<i64>-ENOMEM));
    vmm_unlock(process);
    process_release(process);
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

/** Z notes that threads of P block signals, before the first one does. Returns 0 or -ENOMEM. */
export function signals_note_masks(process: process_t): i64 {
    if (process.signals_masked != 0) return 0;
    const desc = rpc_arguments();
    desc.set(SIGNAL_MASKS_PID, process.pid);
    if (is_local(process.reference)) serve_masks(xptr_local(changetype<usize>(desc)));
    else rpc_send(process.reference, LEVEL_LEAF, RPC_SIGNAL_MASKS);
    const error = <i64>desc.get(SIGNAL_MASKS_ERROR);
    if (error == 0) process.signals_masked = 1;
    return error;
}

function serve_masks(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, SIGNAL_MASKS_PID)));
    rpc_set(desc, SIGNAL_MASKS_ERROR, <u64>(<i64>-EINVAL));
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    const made = signals_make(process);
    if (made) signals_of(process).masked = 1;
    vmm_unlock(process);
    process_release(process);
    rpc_set(desc, SIGNAL_MASKS_ERROR, made ? 0 : <u64>(<i64>-ENOMEM));
}
