// User threads: creation in a named cluster or by load, end, join (vmm-policy 3 STACK, 6.4, 7.5).

import { EAGAIN, EDEADLK, EINTR, EINVAL, ENOMEM, ESRCH } from "../abi/errno";
import { ARGS_VADDR, PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { MUTANT_FORK_SHARES_STACK, MUTANT_FREED_TWICE, MUTANT_KEPT_ENTRY, MUTANT_LEAKED } from "../abi/mutants";
import { OPERATION_THREAD_CREATE, OPERATION_THREAD_EXIT, PROBE_THREAD } from "../abi/probe";
import { FRAME_A0, FRAME_PC, FRAME_SIZE, FRAME_SP, THREAD_BLOCK_SIZE } from "../abi/trap-frame";
import { FRAME_THREAD, VSEG_STACK } from "../abi/vseg-type";
import { operation_begin, operation_end } from "../audit";
import { hold_end } from "../dsm/hold";
import { pause, remote_load32, remote_store64 } from "../hal/hal";
import { copy_bytes, local_cxy, uaddr_t, xptr_cxy, xptr_local, xptr_make, xptr_t } from "../hal/platform";
import { has_instance } from "../hal/topology";
import { frame_alloc, frame_free, frame_xptr } from "../mm/frame";
import { gpt_get, gpt_remote, gpt_slot } from "../mm/gpt";
import { ppm_alloc, ppm_free } from "../mm/ppm";
import { PTE_R, PTE_V, PTE_W, pte_ppn, pte_user } from "../mm/pte";
import { envs_vaddr } from "../mm/user-space";
import { vmm_invalidate, vmm_lock, vmm_unlock, vmm_vseg_ends, vmm_vsegs } from "../mm/vmm";
import { vseg_create, vseg_t, vsl_find, vsl_insert, vsl_remove } from "../mm/vseg";
import { Mutant } from "../mutant";
import { probe5 } from "../probe";
import { RPC_THREAD_CREATE, RPC_THREAD_JOIN } from "../rpc/ops";
import {
    is_local,
    LEVEL_LEAF,
    LEVEL_PROCESS,
    rpc_arguments,
    rpc_get,
    rpc_register,
    rpc_send,
    rpc_set,
} from "../rpc/rpc";
import { cluster_load_add, cluster_pick_hart } from "./cluster";
import { fstate_copy, fstate_drop } from "./fstate";
import { process_attach, process_thread_gone, process_thread_register } from "./process";
import { PROCESS_ALIVE, PROCESS_DYING, process_find, process_t } from "./process-table";
import { sched_add, sched_block, sched_exit, sched_prepare, sched_unblock_self, sched_wait, sched_wake } from "./sched";
import { stack_pages, stack_slot_inherit, stack_slot_release, stack_slot_take, stack_top } from "./stack-slot";
import { start_stack, start_stack_free } from "./start-stack";
import {
    BLOCKED_BY_USER,
    BLOCKED_JOIN,
    KIND_USER,
    THREAD_BLOCK_ORDER,
    this_thread,
    thread_frame,
    thread_layout,
    thread_t,
} from "./thread";

/** Instead of a stack slot: any that is free. */
export const FREE_SLOT: i32 = -1;

/** Table index of the first function of every user thread (kernel/trap.ts). */
let start_index: u32 = 0;
/**
 * Thread ids have the cluster in the high half, as PIDs do. A process's first thread has its PID for an id (Linux); the others have numbers
 * that no PID has.
 */
const OWN_NUMBERS: u32 = 0x8000;
/** How many threads got a number here. */
const id_word: usize = memory.data(4, 4);

export function user_thread_init(start: u32): void {
    start_index = start;
    const create: (desc: xptr_t) => void = serve_create;
    const join: (desc: xptr_t) => void = serve_join;
    rpc_register(RPC_THREAD_CREATE, <u32>create.index);
    rpc_register(RPC_THREAD_JOIN, <u32>join.index);
}

/** Starts a thread of P in cluster `cxy` at `entry`(a0, a1). Its id (cluster in the high half), or -errno. */
export function user_thread_create(process: process_t, cxy: u32, entry: uaddr_t, a0: u64, a1: u64): i64 {
    if (!has_instance(cxy)) return -EINVAL;
    const pid = process.pid;
    operation_begin(pid, OPERATION_THREAD_CREATE, 0);
    const id = create_in(process, cxy, entry, a0, a1);
    operation_end(pid, OPERATION_THREAD_CREATE);
    return id;
}

/**
 * The first thread of P, made at Z: it begins at the program's entry with the stack of proc/start-stack.ts, whose `args` and `envs` these
 * are. For programs that start threads in other clusters, a1 and a2 are argv and the environment in memory that all of them see.
 * Its id, or -errno.
 */
export function user_thread_first(process: process_t, args: xptr_t, envs: xptr_t): i64 {
    const pid = process.pid;
    operation_begin(pid, OPERATION_THREAD_CREATE, 0);
    const id = first(process, args, envs);
    operation_end(pid, OPERATION_THREAD_CREATE);
    return id;
}

function first(process: process_t, args: xptr_t, envs: xptr_t): i64 {
    const made = enlist(process, FREE_SLOT);
    if (made < 0) return made;
    const thread = changetype<thread_t>(<usize>made);
    const sp = start_stack(process, thread.stack_slot, args, envs);
    if (sp < 0) {
        abandon(process, thread);
        return sp;
    }
    thread.id = process.pid;
    const frame = clear_frame(thread, process.entry, <u64>sp);
    store<u64>(frame + FRAME_A0, ARGS_VADDR + 8, 8);
    store<u64>(frame + FRAME_A0, envs_vaddr(), 16);
    return launch(process, thread);
}

function create_in(process: process_t, cxy: u32, entry: uaddr_t, a0: u64, a1: u64): i64 {
    if (is_local(cxy)) return create_here(process.pid, process.reference, entry, a0, a1);
    const desc = rpc_arguments();
    desc.arg0 = process.pid;
    desc.arg1 = process.reference;
    desc.arg2 = entry;
    desc.arg3 = a0;
    desc.arg4 = a1;
    rpc_send(cxy, LEVEL_PROCESS, RPC_THREAD_CREATE);
    return <i64>desc.arg0;
}

function serve_create(desc: xptr_t): void {
    const pid = <u32>rpc_get(desc, 0);
    const reference = <u32>rpc_get(desc, 1);
    rpc_set(desc, 0, <u64>create_here(pid, reference, rpc_get(desc, 2), rpc_get(desc, 3), rpc_get(desc, 4)));
}

function create_here(pid: u32, reference: u32, entry: uaddr_t, a0: u64, a1: u64): i64 {
    const address = process_attach(pid, reference);
    if (address == 0) return -EAGAIN;
    const process = changetype<process_t>(address);
    sweep(process);
    const made = enlist(process, FREE_SLOT);
    if (made < 0) return made;
    return start(process, changetype<thread_t>(<usize>made), entry, a0, a1);
}

/** A thread of P made here, that Z counts: with stack slot `slot` (fork), or FREE_SLOT. `abandon` undoes it. Address or -errno. */
export function enlist(process: process_t, slot: i32): i32 {
    if (!process_thread_register(process.pid, process.reference)) return -EAGAIN;
    const taken = slot == FREE_SLOT ? stack_slot_take(process) : stack_slot_inherit(process, <u32>slot);
    const made = make_thread(process, taken);
    if (made < 0) process_thread_gone(process.pid, process.reference);
    return made;
}

/** The thread's block and the STACK vseg of its slot, taken or -errno; linked into the process. Address or -errno. */
function make_thread(process: process_t, slot: i32): i32 {
    if (slot < 0) return slot;
    const block = ppm_alloc(THREAD_BLOCK_ORDER, FRAME_THREAD, process.pid);
    const top = stack_top(<u32>slot);
    const pages = stack_pages();
    // The lowest page of the slot stays unmapped, as a guard (6.4).
    const vseg: usize = block == 0 ? <usize>0 : vseg_create(VSEG_STACK, top - pages + 1, top);
    if (vseg == 0) {
        if (block != 0) ppm_free(block);
        release_slot(process, <u32>slot);
        return -ENOMEM;
    }
    const thread = thread_layout(block, KIND_USER);
    thread.process = changetype<usize>(process);
    thread.stack_slot = <u32>slot;
    vmm_lock(process);
    thread.id = new_id(process);
    vsl_insert(vmm_vsegs(process), changetype<vseg_t>(vseg), process.pid);
    thread.sibling = process.threads;
    process.threads = block;
    process.thread_count++;
    // A kill that came before the thread was in the list must reach it too.
    if (process.state != PROCESS_ALIVE) thread.killed = 1;
    vmm_unlock(process);
    return <i32>block;
}

/** The caller holds the VMM's lock. */
function new_id(process: process_t): u32 {
    while (true) {
        const count = atomic.add<u32>(id_word, 1);
        const id = (local_cxy << 16) | OWN_NUMBERS | (count & (OWN_NUMBERS - 1));
        // Numbers come again only after all have been given.
        if (count < OWN_NUMBERS || thread_of(process, id) == 0) return id;
    }
}

function start(process: process_t, thread: thread_t, entry: uaddr_t, a0: u64, a1: u64): i64 {
    const frame = clear_frame(thread, entry, (<u64>stack_top(thread.stack_slot)) << PAGE_SHIFT);
    store<u64>(frame + FRAME_A0, a0);
    store<u64>(frame + FRAME_A0 + 8, a1);
    return launch(process, thread);
}

/** The user registers of a new thread, zero but for pc and sp. */
function clear_frame(thread: thread_t, entry: uaddr_t, sp: u64): usize {
    const frame = thread_frame(thread);
    for (let i: usize = 0; i < <usize>FRAME_SIZE; i += 8) store<u64>(frame + i, 0);
    store<u64>(frame + FRAME_PC, entry);
    store<u64>(frame + FRAME_SP, sp);
    return frame;
}

/**
 * fork: the only thread of a child process, made here as a copy of the parent's thread (xptr, with GPT(P,K) root `root`): same
 * stack slot, its mapped pages copied (7.2), same registers but a0 = 0. Its id, or -errno.
 */
export function user_thread_clone(process: process_t, parent: xptr_t, root: usize): i64 {
    const pid = process.pid;
    operation_begin(pid, OPERATION_THREAD_CREATE, 0);
    const id = clone(process, parent, root);
    operation_end(pid, OPERATION_THREAD_CREATE);
    return id;
}

function clone(process: process_t, parent: xptr_t, root: usize): i64 {
    const slot = remote_load32(parent + offsetof<thread_t>("stack_slot"));
    const made = enlist(process, <i32>slot);
    if (made < 0) return made;
    const thread = changetype<thread_t>(<usize>made);
    if (!copy_stack(process, slot, xptr_make(xptr_cxy(parent), root))) {
        abandon(process, thread);
        return -ENOMEM;
    }
    copy_bytes(xptr_local(thread_frame(thread)), parent + THREAD_BLOCK_SIZE - FRAME_SIZE, <u32>FRAME_SIZE);
    store<u64>(thread_frame(thread) + FRAME_A0, 0);
    fstate_copy(thread, parent);
    thread.id = process.pid;
    return launch(process, thread);
}

/** Copies the mapped pages of the parent's slot, read through its cluster's tables. */
function copy_stack(process: process_t, slot: u32, root: xptr_t): bool {
    const end = stack_top(slot);
    for (let vpn = end - stack_pages(); vpn < end; vpn++) {
        const pte = gpt_remote(root, vpn);
        if ((pte & PTE_V) == 0) continue;
        const ppn = Mutant.on(MUTANT_FORK_SHARES_STACK)
            ? pte_ppn(pte)
            : frame_alloc(local_cxy, VSEG_STACK, process.pid);
        const to: usize = ppn == 0 ? <usize>0 : gpt_slot(process.root, vpn, true, process.pid);
        if (to == 0) {
            if (ppn != 0) frame_free(ppn);
            return false;
        }
        copy_bytes(frame_xptr(ppn), frame_xptr(pte_ppn(pte)), PAGE_SIZE);
        store<u64>(to, pte_user(ppn, PTE_R | PTE_W));
    }
    return true;
}

/** Undoes enlist for a thread that never ran. */
export function abandon(process: process_t, thread: thread_t): void {
    drop_stack(process, thread.stack_slot);
    vmm_lock(process);
    // Others may have been made since.
    let link = changetype<usize>(process) + offsetof<process_t>("threads");
    while (load<usize>(link) != changetype<usize>(thread)) link = load<usize>(link) + offsetof<thread_t>("sibling");
    store<usize>(link, thread.sibling);
    process.thread_count--;
    vmm_unlock(process);
    ppm_free(changetype<usize>(thread));
    process_thread_gone(process.pid, process.reference);
}

/** Gives the thread, whose frame is complete, to a hart. */
export function launch(process: process_t, thread: thread_t): i64 {
    sched_prepare(thread, start_index, 0);
    const hart = cluster_pick_hart();
    cluster_load_add(1);
    const id = thread.id;
    probe5(PROBE_THREAD, process.pid, local_cxy, id, hart.id, 0);
    sched_add(hart, thread);
    return <i64>id;
}

function release_slot(process: process_t, slot: u32): void {
    vmm_lock(process);
    stack_slot_release(process, slot);
    vmm_unlock(process);
}

/** Ends the running user thread. Never returns. */
export function user_thread_exit(value: u64): void {
    const thread = this_thread();
    const process = changetype<process_t>(thread.process);
    hold_end();
    fstate_drop();
    drop_stack(process, thread.stack_slot);
    cluster_load_add(-1);
    vmm_lock(process);
    process.thread_count--;
    thread.exit_value = value;
    process.ended_user_cycles += thread.user_cycles;
    const joiner = thread.joiner;
    thread.ending = 1;
    vmm_unlock(process);
    // The joiner is a thread of P: it is there as long as this one is counted.
    if (joiner != 0) wake_joiner(joiner, value);
    process_thread_gone(process.pid, process.reference);
    vmm_lock(process);
    thread.finished = 1;
    vmm_unlock(process);
    sched_exit();
}

function wake_joiner(joiner: xptr_t, value: u64): void {
    remote_store64(joiner + offsetof<thread_t>("join_value"), value);
    sched_wake(joiner, BLOCKED_JOIN);
}

/** Unmaps and frees a stack: private, so no other cluster hears of it. */
function drop_stack(process: process_t, slot: u32): void {
    const end = stack_top(slot);
    const first = end - stack_pages() + 1;
    operation_begin(process.pid, OPERATION_THREAD_EXIT, 0);
    vmm_lock(process);
    const vseg = vsl_find(vmm_vsegs(process), first);
    vmm_unlock(process);
    vmm_vseg_ends(process, changetype<vseg_t>(vseg));
    for (let vpn = first; vpn < end; vpn++) {
        const pte = Mutant.on(MUTANT_KEPT_ENTRY) ? gpt_get(process.root, vpn) : vmm_invalidate(process, vpn, 0);
        if (pte & PTE_V && !Mutant.on(MUTANT_LEAKED)) frame_free(pte_ppn(pte));
        if (pte & PTE_V && Mutant.on(MUTANT_FREED_TWICE)) frame_free(pte_ppn(pte));
    }
    vmm_lock(process);
    start_stack_free(changetype<vseg_t>(vseg));
    vsl_remove(vmm_vsegs(process), changetype<vseg_t>(vseg), process.pid);
    stack_slot_release(process, slot);
    vmm_unlock(process);
    operation_end(process.pid, OPERATION_THREAD_EXIT);
}

/** Waits for the end of thread `id` of the running thread's process. 0 with its value in join_value, or -errno. */
export function user_thread_join(process: process_t, id: u32): i64 {
    const self = this_thread();
    if (id == self.id) return -EDEADLK;
    const cxy = id >> 16;
    if (!has_instance(cxy)) return -ESRCH;
    sched_block(BLOCKED_JOIN);
    const me = xptr_local(changetype<usize>(self));
    let result: i64;
    if (is_local(cxy)) {
        result = join_here(process.pid, id, me);
    } else {
        const desc = rpc_arguments();
        desc.arg0 = process.pid;
        desc.arg1 = id;
        desc.arg2 = me;
        rpc_send(cxy, LEVEL_LEAF, RPC_THREAD_JOIN);
        result = <i64>desc.arg0;
    }
    if (result != 0) {
        sched_unblock_self(BLOCKED_JOIN);
        return result;
    }
    sched_wait(BLOCKED_JOIN);
    return self.killed != 0 ? -EINTR : 0;
}

function serve_join(desc: xptr_t): void {
    rpc_set(desc, 0, <u64>join_here(<u32>rpc_get(desc, 0), <u32>rpc_get(desc, 1), rpc_get(desc, 2)));
}

/** Registers the joiner, or wakes it at once. A thread is joined once; unknown ones give -ESRCH. */
function join_here(pid: u32, id: u32, joiner: xptr_t): i64 {
    const process = changetype<process_t>(process_find(pid));
    if (changetype<usize>(process) == 0) return -ESRCH;
    vmm_lock(process);
    const at = thread_of(process, id);
    const thread = changetype<thread_t>(at);
    if (at == 0 || thread.joiner != 0) {
        vmm_unlock(process);
        return at == 0 ? -ESRCH : -EINVAL;
    }
    thread.joiner = joiner;
    const finished = thread.ending != 0;
    const value = thread.exit_value;
    vmm_unlock(process);
    if (finished) wake_joiner(joiner, value);
    return 0;
}

/** The process's thread of that id in this cluster, or 0. The caller holds the VMM's lock. */
function thread_of(process: process_t, id: u32): usize {
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

/** Ends the running threads of P in this cluster at their next return to user mode; wakes those that wait for a user's event. */
export function user_threads_kill(process: process_t): void {
    vmm_lock(process);
    if (process.state == PROCESS_ALIVE) process.state = PROCESS_DYING;
    for (let at = process.threads; at != 0; at = changetype<thread_t>(at).sibling) {
        const thread = changetype<thread_t>(at);
        if (thread.finished != 0) continue;
        atomic.store<u32>(at + offsetof<thread_t>("killed"), 1);
        sched_wake(xptr_local(at), BLOCKED_BY_USER);
    }
    vmm_unlock(process);
}

/** Frees every thread block of P in this cluster; all have finished. */
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
