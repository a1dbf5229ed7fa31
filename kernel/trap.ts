// The functions that kentry calls at traps, and the way back to user mode (docs/kernel.md, "Traps and kentry").

import { ACCESS_ATOMIC, ACCESS_FETCH, ACCESS_LOAD, ACCESS_STORE } from "./abi/access";
import { CSR_SCAUSE, CSR_STVAL } from "./abi/csr";
import { USER_END } from "./abi/memory-map";
import {
    BUS_ADRALN,
    ENDING,
    ILL_ILLOPC,
    SEGV_ACCERR,
    SEGV_MAPERR,
    SIGBUS,
    SIGILL,
    SIGKILL,
    SIGSEGV,
    SIGTRAP,
    TRAP_BRKPT,
} from "./abi/signal";
import { FRAME_PC } from "./abi/trap-frame";
import { kernel_log_begin, kernel_log_end, put_decimal, put_hex, put_string } from "./console";
import { access_across, access_wanted, in_region } from "./dsm/access";
import { kentry_exit } from "./hal/asm";
import {
    CAUSE_BREAKPOINT,
    CAUSE_ECALL_FROM_U,
    CAUSE_ILLEGAL_INSTRUCTION,
    CAUSE_INSTRUCTION_PAGE_FAULT,
    CAUSE_INTERRUPT,
    CAUSE_LOAD_ACCESS_FAULT,
    CAUSE_LOAD_MISALIGNED,
    CAUSE_LOAD_PAGE_FAULT,
    CAUSE_STORE_ACCESS_FAULT,
    CAUSE_STORE_MISALIGNED,
    CAUSE_STORE_PAGE_FAULT,
    INTERRUPT_SUPERVISOR_SOFTWARE,
} from "./hal/cause";
import { cstr } from "./hal/cstr";
import { csr_read } from "./hal/hal";
import { local_cxy } from "./hal/platform";
import { fault_resolve } from "./mm/fault";
import { vpn_of } from "./mm/gpt";
import { hold_end, hold_enter, hold_was_used } from "./mm/hold";
import { process_t } from "./mm/process-table";
import { NO_THREAD, stack_foreign, stack_owner } from "./mm/stack-slot";
import { copy_to_user } from "./mm/uaccess";
import { vmm_enter, vmm_leave, vmm_lock, vmm_unlock, vmm_vsegs } from "./mm/vmm";
import { vsl_find } from "./mm/vsl";
import { panic_at } from "./panic";
import { tell_foreign_stack, tell_killed, tell_leave } from "./probe";
import { process_kill } from "./proc/kill";
import { newborn_begin, newborn_turn_ends } from "./proc/newborn";
import { signals_deliver } from "./proc/signal-frame";
import { signal_force, signal_look } from "./proc/signal-take";
import { is_stopped } from "./proc/stop";
import { user_thread_exit } from "./proc/thread-end";
import { rpc_poll } from "./rpc/serve";
import { fstate_enter, fstate_take } from "./sched/fstate";
import {
    sched_arm_timer,
    sched_extend_slice,
    sched_hold_time,
    sched_others_wait,
    sched_take_ipi,
    sched_timer,
    sched_yield,
} from "./sched/sched";
import { hart_t, this_hart, this_thread, thread_frame, thread_t } from "./sched/thread";
import { usage_count, usage_leave } from "./sched/usage";
import { syscall } from "./syscalls/table";
import { fault_begin, fault_drop, fault_end } from "./trace/fault-cost";

/** Handles every trap from user mode. `frame` holds the user registers. Never returns. */
export function trap_from_user(frame: usize): void {
    const cause = csr_read(CSR_SCAUSE);
    const value = csr_read(CSR_STVAL);
    vmm_leave(this_hart());
    if (cause == CAUSE_ILLEGAL_INSTRUCTION && fstate_take()) return_to_user();
    const thread = this_thread();
    usage_leave(thread);
    if ((cause & CAUSE_INTERRUPT) == 0 || load<u64>(frame + FRAME_PC) != thread.hold_pc || hold_was_used()) hold_end();
    if (cause & CAUSE_INTERRUPT) {
        if ((cause & ~CAUSE_INTERRUPT) == INTERRUPT_SUPERVISOR_SOFTWARE) rpc_poll();
        else {
            sched_timer();
            newborn_turn_ends();
        }
        sched_yield_to_others();
    } else if (cause == CAUSE_ECALL_FROM_U) {
        store<u64>(frame + FRAME_PC, load<u64>(frame + FRAME_PC) + 4);
        syscall(frame);
        foreign_pointer(frame);
    } else if (is_page_fault(cause) && !in_region(value)) {
        const access = access_of(cause);
        handled(frame, page_fault(changetype<process_t>(thread.process), value, access), value, access);
    } else {
        exception(frame, cause, value);
    }
    return_to_user();
}

function sched_yield_to_others(): void {
    if (sched_others_wait()) sched_yield();
}

/** The first function of every user thread, and the end of every trap. Never returns. */
export function return_to_user(): void {
    const thread = this_thread();
    while (thread.killed == 0) {
        const hart = this_hart();
        if (sched_take_ipi()) {
            rpc_poll();
            sched_yield_to_others();
            continue;
        }
        if (atomic.load<u32>(changetype<usize>(thread) + offsetof<thread_t>("signal_look")) != 0) {
            signals_deliver(changetype<process_t>(thread.process));
            continue;
        }
        leave(thread, hart);
    }
    fault_drop(thread);
    newborn_begin();
    user_thread_exit(0);
}

function leave(thread: thread_t, hart: hart_t): void {
    const process = changetype<process_t>(thread.process);
    fault_end();
    if (hart.slice_of != changetype<usize>(thread)) {
        hart.slice_of = changetype<usize>(thread);
        hart.extended = 0;
        sched_arm_timer();
    } else if (hart.extended == 0 && sched_extend_slice()) {
        hart.extended = 1;
    }
    if (thread.hold_vpn != 0) {
        sched_hold_time();
        hold_enter();
    }
    fstate_enter(hart, thread);
    vmm_enter(process, hart);
    usage_count(thread);
    tell_leave(process.pid);
    kentry_exit(thread_frame(thread), hart.save_area, process.satp);
}

/** The entry of a fresh user thread, in the form that sched_prepare takes. */
export function user_thread_start(argument: usize): void {
    tell_id();
    // A process may have been stopped before this thread could be told.
    if (is_stopped(changetype<process_t>(this_thread().process))) signal_look();
    return_to_user();
}

/** The word that the maker of a forked thread has named gets the thread's id. One that cannot be written is no error, as in Linux. */
function tell_id(): void {
    const thread = this_thread();
    const address = thread.set_tid;
    if (address == 0 || thread.killed != 0) return;
    thread.set_tid = 0;
    store<u32>(thread.buffer, thread.id);
    copy_to_user(changetype<process_t>(thread.process), address, thread.buffer, 4);
}

/** Every exception but a page fault outside the DSM's region. */
function exception(frame: usize, cause: u64, value: u64): void {
    const process = changetype<process_t>(this_thread().process);
    const access = access_of(cause);
    // stval holds the bits of an illegal instruction, not its address.
    if (cause == CAUSE_ILLEGAL_INSTRUCTION || cause == CAUSE_BREAKPOINT) value = load<u64>(frame + FRAME_PC);
    let signal: u32 = signal_of(cause);
    if (in_region(value) && is_access(cause)) {
        if (access_across(process, frame, value)) return;
        const wanted = access_wanted(process, frame, access);
        if (is_page_fault(cause) || wanted == ACCESS_ATOMIC) signal = page_fault(process, value, wanted);
    }
    handled(frame, signal, value, access);
}

/** The end of an exception: 0, or the signal for it, which may have a handler. */
function handled(frame: usize, signal: u32, vaddr: u64, access: u32): void {
    const thread = this_thread();
    const pc = load<u64>(frame + FRAME_PC);
    thread.hold_pc = pc;
    if (signal == ENDING) thread.killed = 1;
    if (signal == 0 || thread.killed != 0) return;
    signal_for_fault(changetype<process_t>(thread.process), signal, vaddr, access, pc);
}

/** The thread's handler has the signal of its trap, or the process ends. */
function signal_for_fault(process: process_t, signal: u32, vaddr: u64, access: u32, pc: u64): void {
    if (signal != SIGKILL && signal_force(process, signal, code_of(process, signal, vaddr), vaddr)) return;
    kill_for_fault(process, signal, vaddr, access, pc);
}

/** si_code for the signal of a trap. */
function code_of(process: process_t, signal: u32, vaddr: u64): i32 {
    if (signal == SIGILL) return ILL_ILLOPC;
    if (signal == SIGTRAP) return TRAP_BRKPT;
    if (signal == SIGBUS) return BUS_ADRALN;
    if (vaddr >= <u64>USER_END) return SEGV_MAPERR;
    vmm_lock(process);
    const known = vsl_find(vmm_vsegs(process), vpn_of(vaddr)) != 0;
    vmm_unlock(process);
    return known ? SEGV_ACCERR : SEGV_MAPERR;
}

/** Returns 0 when the fault is resolved; its cost ends when the thread is back in user mode. Otherwise returns the signal. */
function page_fault(process: process_t, vaddr: u64, access: u32): u32 {
    if (vaddr >= <u64>USER_END) return SIGSEGV;
    fault_begin(process.pid, vaddr, access == ACCESS_ATOMIC ? ACCESS_STORE : access, 0);
    const signal = fault_resolve(process, vaddr, access);
    if (signal != 0) fault_drop(this_thread());
    return signal;
}

/**
 * With checkStacks, a system call got a pointer into another cluster's stack. Without it, the call would have used the caller's own stack.
 */
function foreign_pointer(frame: usize): void {
    const thread = this_thread();
    const vaddr = thread.foreign_stack;
    if (vaddr == 0) return;
    thread.foreign_stack = 0;
    const process = changetype<process_t>(thread.process);
    kill_for_fault(process, SIGSEGV, vaddr, thread.foreign_access, load<u64>(frame + FRAME_PC) - 4);
}

/** Returns true for a load or store that memory has refused, by a page fault or an access fault. */
function is_access(cause: u64): bool {
    return is_access_fault(cause) || cause == CAUSE_LOAD_PAGE_FAULT || cause == CAUSE_STORE_PAGE_FAULT;
}

function is_access_fault(cause: u64): bool {
    return cause == CAUSE_LOAD_ACCESS_FAULT || cause == CAUSE_STORE_ACCESS_FAULT;
}

function is_page_fault(cause: u64): bool {
    return cause == CAUSE_INSTRUCTION_PAGE_FAULT || cause == CAUSE_LOAD_PAGE_FAULT || cause == CAUSE_STORE_PAGE_FAULT;
}

function access_of(cause: u64): u32 {
    switch (<u32>cause) {
        case <u32>CAUSE_LOAD_MISALIGNED:
        case <u32>CAUSE_LOAD_ACCESS_FAULT:
        case <u32>CAUSE_LOAD_PAGE_FAULT:
            return ACCESS_LOAD;
        case <u32>CAUSE_STORE_MISALIGNED:
        case <u32>CAUSE_STORE_ACCESS_FAULT:
        case <u32>CAUSE_STORE_PAGE_FAULT:
            return ACCESS_STORE;
        default:
            return ACCESS_FETCH;
    }
}

function signal_text(signal: u32): usize {
    switch (signal) {
        case SIGSEGV:
            return cstr(": segmentation fault");
        case SIGKILL:
            return cstr(": out of memory");
        case SIGILL:
            return cstr(": illegal instruction");
        case SIGTRAP:
            return cstr(": breakpoint");
        default:
            return cstr(": bus error");
    }
}

function signal_of(cause: u64): u32 {
    if (cause == CAUSE_ILLEGAL_INSTRUCTION) return SIGILL;
    if (cause == CAUSE_BREAKPOINT) return SIGTRAP;
    return SIGBUS;
}

/** Ends the process of a thread for its fault. The kernel and the other programs go on (5.1). */
function kill_for_fault(process: process_t, signal: u32, vaddr: u64, access: u32, pc: u64): void {
    const id = this_thread().id;
    tell_killed(process.pid, signal, vaddr, access, pc, id, local_cxy);
    const foreign = stack_foreign(process, vaddr);
    const owner = foreign < 0 ? NO_THREAD : stack_owner(process, vaddr, <u32>foreign);
    if (foreign >= 0) tell_foreign_stack(process.pid, vaddr, id, owner, foreign);
    kernel_log_begin(process.pid);
    put_string(signal_text(signal));
    put_string(
        access == ACCESS_LOAD ? cstr(", load at ") : access == ACCESS_STORE ? cstr(", store at ") : cstr(", fetch at "),
    );
    put_hex(vaddr);
    put_string(cstr(", pc "));
    put_hex(pc);
    put_string(cstr(", thread "));
    put_hex(id);
    if (foreign >= 0) put_owner(owner, <u32>foreign);
    kernel_log_end();
    process_kill(process.pid, 128 + signal, signal);
    this_thread().killed = 1;
}

function put_owner(owner: u32, cxy: u32): void {
    put_string(cstr(", on the stack of "));
    if (owner == NO_THREAD) put_string(cstr("no thread any more"));
    else {
        put_string(cstr("thread "));
        put_hex(owner);
    }
    put_string(cstr(" in cluster "));
    put_decimal(cxy);
}

/** A trap inside the kernel is a bug. kentry passes the values of the trap. */
export function trap_in_kernel(pc: u64, sp: u64, ra: u64, scause: u64, stval: u64): void {
    panic_at(cstr("trap in the kernel"), pc, sp, ra, scause, stval);
}
