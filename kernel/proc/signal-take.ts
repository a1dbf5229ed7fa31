// The running thread's side of signals (signals.md S3, S5): what it blocks, and which pending signal it takes. A signal that is taken has a
// handler, which runs when the thread is on its way back to user mode (proc/signal-frame.ts).

import {
    SIGNAL_TAKE_CODE,
    SIGNAL_TAKE_FLAGS,
    SIGNAL_TAKE_HANDLER,
    SIGNAL_TAKE_LEFT,
    SIGNAL_TAKE_MASK,
    SIGNAL_TAKE_SENDER,
    SIGNAL_TAKE_SIGNAL,
    SIGNAL_TAKE_VALUE,
} from "../abi/rpc-words";
import { SIG_DFL, SIG_IGN, SIGKILL, SIGSTOP } from "../abi/signal";
import { xptr_local } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { rpc_arguments } from "../rpc/rpc";
import { this_thread, thread_t } from "../sched/thread";
import { group_is_orphaned } from "./group-members";
import { process_kill } from "./kill";
import { signals_offer_again } from "./signal-offer";
import { signal_stops, signals_post, signals_take } from "./signal-pending";
import { queue_take, signal_bit } from "./signal-queue";
import { signal_is_mild, signals_note_masks } from "./signals";
import { process_stop, stop_wait } from "./stop";

/** The signals that nothing blocks. */
export const NEVER_BLOCKED: u64 = ((<u64>1) << (SIGKILL - 1)) | ((<u64>1) << (SIGSTOP - 1));

/** The address of the word that lets the thread look for signals. */
function look_word(thread: thread_t): usize {
    return changetype<usize>(thread) + offsetof<thread_t>("signal_look");
}

/** Lets the running thread look for signals on its way back to user mode. */
export function signal_look(): void {
    atomic.store<u32>(look_word(this_thread()), 1);
}

/**
 * Sets what the running thread blocks. A signal that it was to take, and blocks now, is offered to the other threads; one that it does not
 * block any more may be pending. Returns 0 or -ENOMEM.
 */
export function signal_block(process: process_t, mask: u64): i64 {
    mask &= ~NEVER_BLOCKED;
    const error = mask == 0 ? <i64>0 : signals_note_masks(process);
    if (error != 0) return error;
    const thread = this_thread();
    const old = thread.signal_mask;
    if (mask == old) return 0;
    vmm_lock(process);
    thread.signal_mask = mask;
    const looked = atomic.load<u32>(look_word(thread)) != 0;
    vmm_unlock(process);
    if ((old & ~mask) != 0) signal_look();
    if (looked && (mask & ~old) != 0) signals_offer_again(process);
    return 0;
}

/** The mask that a call has put another one in place of (rt_sigsuspend, ppoll) holds again, if there is one. */
export function signal_unmask(process: process_t): void {
    const thread = this_thread();
    if (thread.mask_saved == 0) return;
    thread.mask_saved = 0;
    signal_block(process, thread.saved_mask);
}

/**
 * Returns true when the running thread has a signal to handle, or is being ended: then an interrupted call ends. Signals that are ignored
 * are forgotten on the way, and a call goes on as if they had not come.
 */
export function signal_ready(process: process_t): bool {
    const thread = this_thread();
    while (thread.killed == 0 && thread.taken == 0) {
        if (atomic.load<u32>(look_word(thread)) == 0) return false;
        atomic.store<u32>(look_word(thread), 0);
        stop_wait(process);
        if (!take(process, thread, ~(thread.signal_mask | thread.signal_wanted), false)) return false;
        signal_look();
        settle(process, thread);
    }
    return true;
}

/** Sets the signals that the running thread waits for though it blocks them (rt_sigtimedwait), or with 0 ends that. */
export function signal_want(process: process_t, wanted: u64): void {
    const thread = this_thread();
    vmm_lock(process);
    thread.signal_wanted = wanted;
    const looks = atomic.load<u32>(look_word(thread)) != 0;
    vmm_unlock(process);
    // One of them may have been offered to this thread, and another one can have it.
    if (wanted == 0 && looks) signals_offer_again(process);
}

/** Takes a pending signal of `wanted`, whatever its action is. Returns its number, or 0. What is told of it is in the thread's `taken_*`. */
export function signal_accept(process: process_t, wanted: u64): u32 {
    const thread = this_thread();
    if (!take(process, thread, wanted, true)) return 0;
    const signal = thread.taken;
    thread.taken = 0;
    return signal;
}

/** The thread's own signals come first. False when no signal of `wanted` is pending. */
function take(process: process_t, thread: thread_t, wanted: u64, only: bool): bool {
    const desc = rpc_arguments();
    const own = take_own(process, thread, wanted);
    signals_take(process, ~wanted, own, only);
    thread.signals_left = desc.get(SIGNAL_TAKE_LEFT);
    const signal = <u32>desc.get(SIGNAL_TAKE_SIGNAL);
    if (signal == 0) return false;
    if (own == 0) note_info(thread);
    thread.taken_round = own == 0 ? <u32>desc.get(SIGNAL_TAKE_MASK) : thread.stop_round;
    note_action(thread, signal);
    return true;
}

/** Takes one of the thread's own signals, and notes what is told of it. Returns its number, or 0. */
function take_own(process: process_t, thread: thread_t, wanted: u64): u32 {
    if ((thread.signals_set & wanted) == 0) return 0;
    const list = changetype<usize>(thread) + offsetof<thread_t>("signals");
    const set = changetype<usize>(thread) + offsetof<thread_t>("signals_set");
    vmm_lock(process);
    const own = queue_take(list, set, wanted, xptr_local(changetype<usize>(rpc_arguments())));
    vmm_unlock(process);
    note_info(thread);
    return own;
}

function note_info(thread: thread_t): void {
    const desc = rpc_arguments();
    thread.taken_code = <i32>desc.get(SIGNAL_TAKE_CODE);
    thread.taken_sender = desc.get(SIGNAL_TAKE_SENDER);
    thread.taken_value = desc.get(SIGNAL_TAKE_VALUE);
}

function note_action(thread: thread_t, signal: u32): void {
    const desc = rpc_arguments();
    thread.taken = signal;
    thread.taken_handler = desc.get(SIGNAL_TAKE_HANDLER);
    thread.taken_flags = thread.taken_handler == SIG_DFL ? 0 : desc.get(SIGNAL_TAKE_FLAGS);
    thread.taken_mask = thread.taken_handler == SIG_DFL ? 0 : desc.get(SIGNAL_TAKE_MASK);
}

/** Carries out the action of a signal that has no handler. In an orphaned group only SIGSTOP stops (S3.4). */
function settle(process: process_t, thread: thread_t): void {
    if (thread.taken_handler > <u64>SIG_IGN) return;
    const signal = thread.taken;
    thread.taken = 0;
    if (thread.taken_handler == SIG_IGN || signal_is_mild(signal)) return;
    if (signal_stops(signal)) {
        if (signal == SIGSTOP || !group_is_orphaned(process)) process_stop(process, signal, thread.taken_round);
        return;
    }
    process_kill(process.pid, 128 + signal, signal);
    thread.killed = 1;
}

/** exec: what is pending for the running thread becomes pending for the process, which goes on with another thread (S6.2). */
export function signals_hand_back(process: process_t): void {
    const thread = this_thread();
    while (take_own(process, thread, ~(<u64>0)) != 0) {
        const desc = rpc_arguments();
        const signal = <u32>desc.get(SIGNAL_TAKE_SIGNAL);
        signals_post(process.pid, signal, thread.taken_code, thread.taken_sender, thread.taken_value, false);
    }
}

/**
 * A trap of the running thread: its signal comes at once, whatever is pending. False when the thread blocks it or there is no handler;
 * then the process ends (S3.5).
 */
export function signal_force(process: process_t, signal: u32, code: i32, vaddr: u64): bool {
    const thread = this_thread();
    if ((thread.signal_mask & signal_bit(signal)) != 0 || thread.taken != 0) return false;
    signals_take(process, 0, signal, false);
    const desc = rpc_arguments();
    if (desc.get(SIGNAL_TAKE_HANDLER) <= <u64>SIG_IGN) return false;
    thread.signals_left = desc.get(SIGNAL_TAKE_LEFT);
    note_action(thread, signal);
    thread.taken_code = code;
    thread.taken_sender = 0;
    thread.taken_value = vaddr;
    signal_look();
    return true;
}

/** A call that a signal has interrupted begins anew if the signal's handler allows it (S5.2), with `a0` in place of its result. */
export function signal_restarts(a0: u64): void {
    const thread = this_thread();
    thread.restart = 1;
    thread.restart_a0 = a0;
}
