// The frame of a handler on the user's stack, as Linux for riscv64 has it (rt_sigframe), and its way back (signals.md S3). The handler
// returns to the trampoline (proc/trampoline.ts).

import { SIGNAL_TRAMPOLINE_VADDR } from "../abi/memory-map";
import {
    SA_NODEFER,
    SA_ONSTACK,
    SA_RESTART,
    SI_TIMER,
    SIGBUS,
    SIGCHLD,
    SIGILL,
    SIGSEGV,
    SIGTRAP,
    SS_DISABLE,
    SS_ONSTACK,
} from "../abi/signal";
import { FRAME_A0, FRAME_A1, FRAME_A2, FRAME_PC, FRAME_RA, FRAME_SIZE, FRAME_SP, FSTATE_SIZE } from "../abi/trap-frame";
import { uaddr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user } from "../mm/uaccess";
import { fstate_flush, fstate_set_all } from "../sched/fstate";
import { this_thread, thread_frame, thread_fstate, thread_t } from "../sched/thread";
import { process_kill } from "./kill";
import { signals_offer_again } from "./signal-offer";
import { signal_bit } from "./signal-queue";
import { NEVER_BLOCKED, signal_block, signal_ready, signal_unmask } from "./signal-take";

// Offsets in rt_sigframe: siginfo_t, then ucontext_t, in which the registers and the f registers are aligned to 16 bytes.
export const SIGINFO_SIZE: u32 = 128;
const UC_STACK: u32 = 128 + 16;
const UC_MASK: u32 = 128 + 40;
const REGISTERS: u32 = 128 + 176;
const FLOATS: u32 = 128 + 176 + 256;
/** The f registers of the largest extension, with its reserved words. */
const FLOATS_SIZE: u32 = 528;
const SIGFRAME_SIZE: u32 = 128 + 176 + 256 + 528;

/**
 * Carries out the signals of the running thread, which is on its way back to user mode: each one that has a handler gets a frame. A call
 * that was interrupted begins anew if no handler has come.
 */
export function signals_deliver(process: process_t): void {
    const thread = this_thread();
    const frame = thread_frame(thread);
    while (signal_ready(process)) {
        if (thread.killed != 0) return;
        const handled = enter_handler(process, thread, frame);
        thread.taken = 0;
        if (handled) continue;
        // The frame finds no room on the stack.
        process_kill(process.pid, 128 + SIGSEGV, SIGSEGV);
        thread.killed = 1;
        return;
    }
    if (thread.restart != 0) begin_anew(thread, frame);
    signal_unmask(process);
}

function begin_anew(thread: thread_t, frame: usize): void {
    store<u64>(frame + FRAME_PC, load<u64>(frame + FRAME_PC) - 4);
    store<u64>(frame + FRAME_A0, thread.restart_a0);
    thread.restart = 0;
}

/** Builds the frame, and lets the thread go on in the handler. False when the user's stack cannot be written. */
function enter_handler(process: process_t, thread: thread_t, frame: usize): bool {
    if (thread.restart != 0 && (thread.taken_flags & SA_RESTART) != 0) begin_anew(thread, frame);
    thread.restart = 0;
    const old = thread.mask_saved != 0 ? thread.saved_mask : thread.signal_mask;
    thread.mask_saved = 0;
    const sp = load<u64>(frame + FRAME_SP);
    const other = (thread.taken_flags & SA_ONSTACK) != 0 && thread.alternate_size != 0 && !on_alternate(thread, sp);
    const top = other ? thread.alternate_sp + thread.alternate_size : sp;
    const at: uaddr_t = (top - SIGFRAME_SIZE) & ~(<u64>15);
    if (on_alternate(thread, sp) && !on_alternate(thread, at)) return false;
    if (!write_frame(process, thread, frame, at, old)) return false;
    store<u64>(frame + FRAME_PC, thread.taken_handler);
    store<u64>(frame + FRAME_RA, SIGNAL_TRAMPOLINE_VADDR);
    store<u64>(frame + FRAME_SP, at);
    store<u64>(frame + FRAME_A0, thread.taken);
    store<u64>(frame + FRAME_A1, at);
    store<u64>(frame + FRAME_A2, at + SIGINFO_SIZE);
    const before = thread.signal_mask;
    const itself = (thread.taken_flags & SA_NODEFER) != 0 ? <u64>0 : signal_bit(thread.taken);
    thread.taken = 0;
    const mask = (before | thread.taken_mask | itself) & ~NEVER_BLOCKED;
    // Without memory for the note at Z, nothing is blocked.
    if (signal_block(process, mask) == 0 && (thread.signals_left & mask & ~before) != 0) signals_offer_again(process);
    return true;
}

function on_alternate(thread: thread_t, sp: u64): bool {
    return sp > thread.alternate_sp && sp - thread.alternate_sp <= thread.alternate_size;
}

/** SS_* of the alternate stack, for a thread whose stack pointer is `sp`. */
export function alternate_flags(thread: thread_t, sp: u64): u32 {
    if (thread.alternate_size == 0) return SS_DISABLE;
    return on_alternate(thread, sp) ? SS_ONSTACK : 0;
}

/** Writes a stack_t to `to`: the thread's alternate stack. */
export function put_alternate(thread: thread_t, to: usize): void {
    store<u64>(to, thread.alternate_sp);
    store<u64>(to, alternate_flags(thread, load<u64>(thread_frame(thread) + FRAME_SP)), 8);
    store<u64>(to, thread.alternate_size, 16);
}

function write_frame(process: process_t, thread: thread_t, frame: usize, at: uaddr_t, mask: u64): bool {
    const buffer = thread.buffer;
    clear(buffer, REGISTERS);
    put_siginfo(thread, buffer, thread.taken);
    put_alternate(thread, buffer + UC_STACK);
    store<u64>(buffer + UC_MASK, mask);
    if (copy_to_user(process, at, buffer, REGISTERS) != 0) return false;
    if (copy_to_user(process, at + REGISTERS, frame, <u32>FRAME_SIZE) != 0) return false;
    clear(buffer, FLOATS_SIZE - <u32>FSTATE_SIZE);
    if (copy_to_user(process, at + FLOATS + FSTATE_SIZE, buffer, FLOATS_SIZE - <u32>FSTATE_SIZE) != 0) return false;
    let floats: usize = buffer;
    if (thread.fstate_used != 0) {
        fstate_flush();
        floats = thread_fstate(thread);
    } else clear(buffer, <u32>FSTATE_SIZE);
    return copy_to_user(process, at + FLOATS, floats, <u32>FSTATE_SIZE) == 0;
}

function clear(at: usize, bytes: u32): void {
    for (let p = at; p < at + bytes; p += 8) store<u64>(p, 0);
}

/** Writes a siginfo_t of SIGINFO_SIZE bytes, which are zero, to `to`: what is told of the signal that the thread has taken. */
export function put_siginfo(thread: thread_t, to: usize, signal: u32): void {
    const code = thread.taken_code;
    store<u32>(to, signal);
    store<i32>(to, code, 8);
    const trap = signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGTRAP;
    if (trap && code > 0) {
        store<u64>(to, thread.taken_value, 16);
        return;
    }
    store<u32>(to, <u32>thread.taken_sender, 16);
    if (code == SI_TIMER) store<u32>(to, <u32>(thread.taken_sender >> 32), 20);
    if (signal == SIGCHLD && code > 0) store<u32>(to, <u32>thread.taken_value, 24);
    else store<u64>(to, thread.taken_value, 24);
}

/** rt_sigreturn: the thread goes on with what the frame at its stack pointer says. Returns its a0. False content ends the process. */
export function signal_return(process: process_t): i64 {
    const thread = this_thread();
    const frame = thread_frame(thread);
    const buffer = thread.buffer;
    const at: uaddr_t = load<u64>(frame + FRAME_SP);
    const bad =
        (at & 15) != 0 ||
        copy_from_user(process, buffer, at + UC_MASK, 8) != 0 ||
        copy_from_user(process, buffer + 8, at + FLOATS, <u32>FSTATE_SIZE) != 0 ||
        copy_from_user(process, frame, at + REGISTERS, <u32>FRAME_SIZE) != 0;
    if (bad) {
        process_kill(process.pid, 128 + SIGSEGV, SIGSEGV);
        thread.killed = 1;
        return 0;
    }
    fstate_set_all(buffer + 8);
    const a0 = load<u64>(frame + FRAME_A0);
    signal_block(process, load<u64>(buffer));
    return <i64>a0;
}
