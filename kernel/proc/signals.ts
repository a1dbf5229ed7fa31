// The signals of a process at its reference cluster Z: actions, what is pending for the whole process, timers (signals.md S1, S2). A process
// that has asked nothing of signals has none of it.

import { EAGAIN, EINVAL, ENOMEM } from "../abi/errno";
import { RPC_SIGNAL_ACTION, RPC_SIGNAL_MASKS, RPC_SIGNALS_COPY } from "../abi/rpc-ops";
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
    SIGNALS_COPY_COPIED,
    SIGNALS_COPY_PID,
    SIGNALS_COPY_TO,
} from "../abi/rpc-words";
import { SA_NOCLDWAIT, SIG_DFL, SIG_IGN, SIGCHLD, SIGCONT, SIGNALS, SIGURG, SIGWINCH } from "../abi/signal";
import { FRAME_KERNEL } from "../abi/vseg-type";
import { cstr } from "../hal/cstr";
import { copy_bytes, xptr_local, xptr_t } from "../hal/platform";
import { page_zero, ppm_alloc, ppm_free } from "../mm/ppm";
import { process_hold, process_release, process_t } from "../mm/process-table";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { assert_kernel } from "../panic";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { queue_drop, signal_bit } from "./signal-queue";
import { TIMERS, timer_t } from "./timers";

/** What a process does at a signal, as sigaction has it. */
@unmanaged
export class action_t {
    handler: u64;
    flags: u64;
    mask: u64;
}

/** The frame of a process's signals: the actions of signals 1 to 64, then this, then the timers (proc/timers.ts). */
@unmanaged
export class signals_t {
    pending: u64;
    /** The list of the pending signals (proc/signal-queue.ts). */
    queue: usize;
    /** 1 when threads of P have blocked signals: then even a signal that is ignored becomes pending. */
    masked: u32;
}
const ACTIONS_SIZE: u32 = 64 * 24;
const SIGNALS_OFFSET: usize = 64 * 24;
const TIMERS_OFFSET: usize = 2048;

export function signals_init(): void {
    const action: (desc: xptr_t) => void = serve_action;
    const masks: (desc: xptr_t) => void = serve_masks;
    const copy: (desc: xptr_t) => void = serve_copy;
    rpc_register(RPC_SIGNAL_ACTION, <u32>action.index);
    rpc_register(RPC_SIGNAL_MASKS, <u32>masks.index);
    rpc_register(RPC_SIGNALS_COPY, <u32>copy.index);
    assert_kernel(SIGNALS_OFFSET + offsetof<signals_t>() <= TIMERS_OFFSET, cstr("signals_t overlaps the timers"));
    assert_kernel(TIMERS_OFFSET + <usize>TIMERS * offsetof<timer_t>() <= 4096, cstr("the timers overrun their frame"));
}

/** For proc/signal-pending.ts, too. */
export function signals_of(process: process_t): signals_t {
    return changetype<signals_t>(process.signals + SIGNALS_OFFSET);
}

/** For proc/signal-pending.ts, too. */
export function action_of(process: process_t, signal: u32): action_t {
    return changetype<action_t>(process.signals + <usize>(signal - 1) * offsetof<action_t>());
}

/** A timer of P, whose signals are there. */
export function signals_timer(process: process_t, id: u32): timer_t {
    return changetype<timer_t>(process.signals + TIMERS_OFFSET + <usize>id * offsetof<timer_t>());
}

/** For proc/signal-pending.ts, too. */
export function queue_of(process: process_t): usize {
    return process.signals + SIGNALS_OFFSET + offsetof<signals_t>("queue");
}

/** For proc/signal-pending.ts, too. */
export function set_of(process: process_t): usize {
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

/** Whether an ended child of P is not waited for (S4.2). The caller holds the VMM's lock. */
export function signals_reap_child(process: process_t): bool {
    if (process.signals == 0) return false;
    const action = action_of(process, SIGCHLD);
    return action.handler == SIG_IGN || (action.flags & SA_NOCLDWAIT) != 0;
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
