// Descriptors of threads and harts. A thread's block has its descriptor, its RPC descriptor, a set of harts, a buffer and its f registers; the stack begins
// at the other end.

import { FRAME_SIZE, FSTATE_SIZE, THREAD_BLOCK_SIZE } from "../abi/trap-frame";
import { thread_pointer } from "../hal/hal";

/** Callee-saved registers across context_switch. kernel/hal/context.S knows this layout (boot/abi/trap-frame.ts). */
@unmanaged
export class context_t {
    ra: u64;
    sp: u64;
    s0: u64;
    s1: u64;
    s2: u64;
    s3: u64;
    s4: u64;
    s5: u64;
    s6: u64;
    s7: u64;
    s8: u64;
    s9: u64;
    s10: u64;
    s11: u64;
}

/** One request to another instance. The client writes it in its own memory; the server reads and answers it there. */
@unmanaged
export class rpc_desc_t {
    op: u32;
    /** 1 when the client's thread is blocked and must be woken; 0 when it spins on `done`. */
    wake: u32;
    client: u64;
    /** The client's fault, for kernel/trace/fault-cost.ts: the fault that the client works for (0: none), and its phase. */
    fault: u64;
    phase: u32;
    done: u32;
    /** xptr of the next descriptor of a list of parked requests or waiting threads (rpc/parking.ts), 0: the last one. */
    next: u64;
    /** While parked: the level whose servers take it up again. */
    level: u32;
    padding: u32;
    /** Arguments, then results: only by their names, with get and set, or with rpc_get and rpc_set at the server. */
    word0: u64;
    word1: u64;
    word2: u64;
    word3: u64;
    word4: u64;
    word5: u64;
    word6: u64;
    word7: u64;

    /** A result of the running thread's own request; i is a constant of abi/rpc-words.ts, so that this is one load. */
    @inline
    get(i: u32): u64 {
        return load<u64>(changetype<usize>(this) + (offsetof<rpc_desc_t>("word0") + ((<usize>i) << 3)));
    }

    /** Sets an argument of the running thread's own request; or a result, when the thread finds the answer itself (mm/direct.ts). */
    @inline
    set(i: u32, value: u64): void {
        store<u64>(changetype<usize>(this) + (offsetof<rpc_desc_t>("word0") + ((<usize>i) << 3)), value);
    }
}

@unmanaged
export class thread_t extends context_t {
    /** Global id of its hart, for threads that wake it. */
    hart_id: u32;
    id: u32;
    /** The hart's run list, circular. */
    next: usize;
    prev: usize;
    /** process_t, or 0 for a kernel thread. */
    process: usize;
    hart: usize;
    /** BLOCKED_* bits: the events that have not happened yet. The thread sets them itself; any cluster clears them by remote_and32. */
    blocked: u32;
    /** The bits it sleeps on now: it may run when none of them is in `blocked`. */
    waiting: u32;
    kind: u32;
    /** 1 when the process is being ended; checked before every return to user mode. */
    killed: u32;
    /** 1 when its value is there for the thread that joins it. */
    ending: u32;
    /** 1 when it uses nothing of the process any more. */
    finished: u32;
    /** 1 while some hart still runs on this stack. */
    on_hart: u32;
    /** 1 when it is bound to a set of harts, which is at the address `harts`, HART_SET_BYTES bytes (proc/hart-set.ts). */
    bound: u32;
    harts: usize;
    /** xptr of the thread that it has cloned and that has not begun (proc/newborn.ts), or 0; and its user cycles then. */
    newborn: u64;
    newborn_cycles: u64;
    /** BIRTH_* of a thread that clone makes (proc/newborn.ts, proc/attach.ts). Its maker, in any cluster, makes it due. */
    birth: u32;
    /** For a server: the frames of the own bank that are kept for it (mm/ppm.ts). */
    reserve: u32;
    /** 1 when no thread joins it in the kernel (clone). */
    detached: u32;
    /** Stack slot in the process's stack zone. */
    stack_slot: u32;
    /** Cluster of its next fork's child, or -1 for the least loaded one. */
    fork_place: i32;
    exit_value: u64;
    /** The DSM page that it was granted and has not used yet, or 0; and the pc of the access (mm/hold.ts). */
    hold_vpn: u32;
    hold_pc: u64;
    /** instret when it last entered user mode with the page. */
    hold_instret: u64;
    /** xptr of the thread whose fault it works for (kernel/trace/fault-cost.ts), or 0. */
    fault: u64;
    /** User address on another cluster's stack that a system call was given (mm/stack-slot.ts), or 0. */
    foreign_stack: u64;
    /** Its cycles in user mode and in the kernel until `counted`, when it last went from one to the other or began to run (proc/usage.ts). */
    user_cycles: u64;
    system_cycles: u64;
    counted: u64;
    /** set_tid_address: a user word that becomes 0, with a futex wake, when the thread ends; 0: none. */
    clear_tid: u64;
    /** Its name, 16 bytes with the NUL (prctl). */
    name: u64;
    name_end: u64;
    /** set_robust_list: the user address of the head of its list of locks (proc/robust-list.ts); 0: none. */
    robust_list: u64;
    /** A user word that gets the thread's id when it first runs; 0: none. */
    set_tid: u64;
    /** The vfork whose child it waits for, or 0; and what that child has left (proc/vfork.ts). */
    vfork: u32;
    vfork_bytes: u32;
    vfork_page: u64;
    /** xptr of the thread that joins this one, or 0. */
    joiner: u64;
    join_value: u64;
    /** Cycles of the child that it has waited for. */
    wait_user_cycles: u64;
    wait_system_cycles: u64;
    /** The process's list of its threads in this cluster. */
    sibling: usize;
    /** RPC level that a server thread serves. */
    level: u32;
    /** 1 while it polls for an event that other threads bring; user threads are not held up by it. */
    polling: u32;
    rpc: rpc_desc_t;
    /** Kernel buffer for user copies, THREAD_BUFFER bytes. */
    buffer: usize;
    /** PHASE_* of the fault it works for. */
    phase: u32;
    /** The vseg of the page that it has marked busy last (mm/fault.ts). */
    marked_vseg: usize;
    /** ACCESS_* of foreign_stack. */
    foreign_access: u32;
    /** 1 when it has used floats; its registers are in its block, or still in its hart (sched/fstate.ts). */
    fstate_used: u32;
    /** For a server: 1 when its handler has parked the request, which it then no longer serves (rpc/parking.ts). */
    parked: u32;
    /** The tick of `time` that ends its timed wait, and the next sleeper of its hart (sched/timer.ts). */
    deadline: u64;
    next_sleeper: usize;
    /** The BLOCKED_* bit that its deadline clears; 0 without a timed wait, or when the deadline has passed. */
    sleeps_on: u32;
    /** 1 while it is in an object's list of sleeping threads. The object's cluster writes it, and the neighbours (fs/sleepers.ts). */
    turn_waits: u32;
    turn_next: u64;
    turn_previous: u64;
    /** The set of signals that it blocks, bit s - 1 of signal s. Written by itself, under the VMM's lock; others read it there. */
    signal_mask: u64;
    /** The signals that it waits for though it blocks them (rt_sigtimedwait). */
    signal_wanted: u64;
    /** 1 when it must look for signals before it goes on (proc/signal-take.ts). Any hart of its cluster sets it. */
    signal_look: u32;
    /** 1 when its interrupted call begins anew, unless a handler without SA_RESTART runs. */
    restart: u32;
    /** a0 of the call that begins anew. */
    restart_a0: u64;
    /** Signals sent to this thread alone: a list of signal_t (proc/signals.ts), oldest first, and their set. */
    signals: usize;
    /** 1 when saved_mask is the mask that it has again after its next handler (rt_sigsuspend, ppoll). */
    mask_saved: u32;
    signals_set: u64;
    saved_mask: u64;
    /** The alternate stack of sigaltstack; without one, alternate_size is 0. */
    alternate_sp: u64;
    alternate_size: u64;
    /** The signal that it has taken and is about to handle, 0: none; and its siginfo and action. */
    taken: u32;
    taken_code: i32;
    taken_sender: u64;
    taken_value: u64;
    taken_handler: u64;
    taken_flags: u64;
    taken_mask: u64;
    /** What was pending for the process when the thread took its last signal. */
    signals_left: u64;
    /** How many SIGCONT the process had got when a signal that stops was sent to this thread, and before the signal that it has taken. */
    stop_round: u32;
    taken_round: u32;
}

@unmanaged
export class hart_t {
    /** First thread of the run list, or 0. */
    threads: usize;
    current: thread_t;
    idle: thread_t;
    lock: u32;
    id: u32;
    lid: u32;
    /** The process_t whose user code the hart is in (or about to enter), 0 in the kernel. Shootdowns wait for it. */
    in_user: u32;
    /** The thread that was switched away from, until its successor runs. */
    previous: usize;
    /** Identity-mapped address of the save area (kernel/hal/kentry.S). */
    save_area: usize;
    round_robin: usize;
    /** The thread whose time slice the timer is set for, or 0. */
    slice_of: usize;
    /** The thread whose floats are in the hart's f registers, or 0 (sched/fstate.ts). */
    fstate_owner: usize;
    /** 1 when the slice has been extended once already. */
    extended: u32;
    /** First of the threads that wait with a deadline, the earliest first, or 0 (sched/timer.ts). */
    sleepers: usize;
    /** The tick of `time` at which the running thread's slice ends. */
    slice_end: u64;
}

/** The copy of its process is not whole yet; or is, and the thread may begin. */
export const BIRTH_AWAITED: u32 = 0;
export const BIRTH_WHOLE: u32 = 1;
/** Its maker lets it begin, but the copy is not whole; then it is, and the server that has made it so launches the thread. */
export const BIRTH_DUE: u32 = 2;
export const BIRTH_LAUNCHED: u32 = 3;

export const THREAD_BLOCK_ORDER: u32 = 1;
export const THREAD_BUFFER: u32 = 512;
/** Room for a bit of each hart of the largest machine. */
export const HART_SET_BYTES: u32 = 128;
export const CANARY: u32 = 0x5afe57ac;

export function this_thread(): thread_t {
    return changetype<thread_t>(thread_pointer());
}

export function this_hart(): hart_t {
    return changetype<hart_t>(this_thread().hart);
}

/** The address of the user registers, at the top of the thread's block. */
export function thread_frame(thread: thread_t): usize {
    return changetype<usize>(thread) + THREAD_BLOCK_SIZE - FRAME_SIZE;
}

/** Lays out a fresh block (thread_t at its start). The caller sets the fields that are 0 here. */
export function thread_layout(block: usize, kind: u32): thread_t {
    for (let p = block; p < block + offsetof<thread_t>(); p += 4) store<u32>(p, 0);
    const thread = changetype<thread_t>(block);
    const rpc = (block + offsetof<thread_t>() + 7) & ~7;
    thread.rpc = changetype<rpc_desc_t>(rpc);
    thread.harts = (rpc + offsetof<rpc_desc_t>() + 7) & ~7;
    thread.buffer = thread.harts + HART_SET_BYTES;
    thread.kind = kind;
    thread.fork_place = -1;
    store<u32>(canary_address(thread), CANARY);
    return thread;
}

/** The address at which the thread's f registers are saved. */
export function thread_fstate(thread: thread_t): usize {
    return thread.buffer + THREAD_BUFFER;
}

/** The word right below the deepest legal stack address. */
export function canary_address(thread: thread_t): usize {
    return thread_fstate(thread) + FSTATE_SIZE;
}
