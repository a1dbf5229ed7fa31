// User threads are made in a named cluster or by load, as a process's first thread, or by fork (vmm-policy 3 STACK, 6.4, 7.5). Each of
// these operations is undone as a whole when one of its steps fails (5.9.8). Their end is in thread-end.ts.

import { EAGAIN, EINVAL, ENOMEM } from "../abi/errno";
import { PROBE_THREAD } from "../abi/event";
import { ARGS_VADDR, PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { OPERATION_THREAD_CREATE } from "../abi/operation";
import { RPC_THREAD_CREATE } from "../abi/rpc-ops";
import {
    THREAD_CREATE_A0,
    THREAD_CREATE_A1,
    THREAD_CREATE_ENTRY,
    THREAD_CREATE_ID,
    THREAD_CREATE_PID,
    THREAD_CREATE_REFERENCE,
} from "../abi/rpc-words";
import { KIND_USER } from "../abi/thread";
import { FRAME_A0, FRAME_PC, FRAME_SIZE, FRAME_SP, THREAD_BLOCK_SIZE } from "../abi/trap-frame";
import { FRAME_THREAD, VSEG_STACK } from "../abi/vseg-type";
import { remote_load32 } from "../hal/hal";
import { copy_bytes, local_cxy, uaddr_t, xptr_cxy, xptr_local, xptr_make, xptr_t } from "../hal/platform";
import { has_instance } from "../hal/topology";
import { frame_alloc, frame_free, frame_xptr } from "../mm/frame";
import { gpt_remote, gpt_slot } from "../mm/gpt";
import { ppm_alloc, ppm_free } from "../mm/ppm";
import { PROCESS_ALIVE, PROCESS_DYING, PROCESS_EXEC, process_release, process_t } from "../mm/process-table";
import { PTE_R, PTE_V, PTE_W, pte_ppn, pte_user } from "../mm/pte";
import { stack_pages, stack_slot_inherit, stack_slot_release, stack_slot_take, stack_top } from "../mm/stack-slot";
import { envs_vaddr } from "../mm/user-space";
import { vmm_lock, vmm_unlock, vmm_vsegs } from "../mm/vmm";
import { vseg_create, vseg_t, vsl_insert } from "../mm/vseg";
import { probe5 } from "../probe";
import { LEVEL_PROCESS } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { cluster_load_add, cluster_pick_hart } from "../sched/cluster";
import { fstate_copy } from "../sched/fstate";
import { sched_add, sched_prepare } from "../sched/sched";
import { THREAD_BLOCK_ORDER, thread_frame, thread_layout, thread_t } from "../sched/thread";
import { operation_begin, operation_end } from "../trace/operation";
import { process_attach, process_thread_gone, process_thread_register } from "./process";
import { start_stack } from "./start-stack";
import { drop_stack, sweep, user_thread_of } from "./thread-end";

/** The table index of the first function of every user thread (kernel/trap.ts). */
let start_index: u32 = 0;
/**
 * Thread ids have the cluster in the high half, as PIDs do. The id of a process's first thread is the PID, as in Linux. The other threads
 * have numbers that no PID has.
 */
const OWN_NUMBERS: u32 = 0x8000;
/** Counts the threads that got a number here. */
const id_word: usize = memory.data(4, 4);

export function user_thread_init(start: u32): void {
    start_index = start;
    const create: (desc: xptr_t) => void = serve_create;
    rpc_register(RPC_THREAD_CREATE, <u32>create.index);
}

/** Starts a thread of P in cluster `cxy` at `entry`(a0, a1). Returns its id (cluster in the high half), or -errno. */
export function user_thread_create(process: process_t, cxy: u32, entry: uaddr_t, a0: u64, a1: u64): i64 {
    if (!has_instance(cxy)) return -EINVAL;
    const pid = process.pid;
    operation_begin(pid, OPERATION_THREAD_CREATE, 0);
    const id = create_in(process, cxy, entry, a0, a1);
    operation_end(pid, OPERATION_THREAD_CREATE);
    return id;
}

/**
 * Makes the first thread of P at Z while P is NEW or EXEC. It begins at the program's entry with the stack of proc/start-stack.ts, made of
 * `args` and `envs`. For programs that start threads in other clusters, a1 and a2 are argv and the environment in memory that all of them
 * see. Returns the address of the thread_t for user_thread_commit or user_thread_abandon, or -errno.
 */
export function user_thread_first(process: process_t, args: xptr_t, envs: xptr_t): i32 {
    const made = make_thread(process, stack_slot_take(process), true);
    if (made < 0) return made;
    const thread = changetype<thread_t>(<usize>made);
    const sp = start_stack(process, thread.stack_slot, args, envs);
    if (sp < 0) {
        user_thread_abandon(process, thread);
        return <i32>sp;
    }
    thread.id = process.pid;
    const frame = clear_frame(thread, process.entry, <u64>sp);
    store<u64>(frame + FRAME_A0, ARGS_VADDR + 8, 8);
    store<u64>(frame + FRAME_A0, envs_vaddr(), 16);
    return made;
}

/**
 * Brings a process in state `from` (NEW, EXEC) to life with this one thread. False when it has been killed meanwhile, and the thread is
 * gone.
 */
export function user_thread_commit(process: process_t, thread: thread_t, from: u32): bool {
    vmm_lock(process);
    const lives = process.state == from;
    if (lives) {
        process.total_threads = 1;
        process.state = PROCESS_ALIVE;
    }
    vmm_unlock(process);
    if (lives) launch(process, thread);
    else user_thread_abandon(process, thread);
    return lives;
}

function create_in(process: process_t, cxy: u32, entry: uaddr_t, a0: u64, a1: u64): i64 {
    if (is_local(cxy)) return create_here(process.pid, process.reference, entry, a0, a1);
    const desc = rpc_arguments();
    desc.set(THREAD_CREATE_PID, process.pid);
    desc.set(THREAD_CREATE_REFERENCE, process.reference);
    desc.set(THREAD_CREATE_ENTRY, entry);
    desc.set(THREAD_CREATE_A0, a0);
    desc.set(THREAD_CREATE_A1, a1);
    rpc_send(cxy, LEVEL_PROCESS, RPC_THREAD_CREATE);
    return <i64>desc.get(THREAD_CREATE_ID);
}

function serve_create(desc: xptr_t): void {
    const pid = <u32>rpc_get(desc, THREAD_CREATE_PID);
    const reference = <u32>rpc_get(desc, THREAD_CREATE_REFERENCE);
    rpc_set(
        desc,
        THREAD_CREATE_ID,
        <u64>(
            create_here(
                pid,
                reference,
                rpc_get(desc, THREAD_CREATE_ENTRY),
                rpc_get(desc, THREAD_CREATE_A0),
                rpc_get(desc, THREAD_CREATE_A1),
            )
        ),
    );
}

function create_here(pid: u32, reference: u32, entry: uaddr_t, a0: u64, a1: u64): i64 {
    const made = enlist(pid, reference);
    if (made < 0) return made;
    const thread = changetype<thread_t>(<usize>made);
    const frame = clear_frame(thread, entry, (<u64>stack_top(thread.stack_slot)) << PAGE_SHIFT);
    store<u64>(frame + FRAME_A0, a0);
    store<u64>(frame + FRAME_A0 + 8, a1);
    return launch(changetype<process_t>(thread.process), thread);
}

/**
 * Makes a further thread of P here and counts it at Z: `launch` lets it run, `delist` undoes it. Returns the thread_t's address, or -errno.
 */
export function enlist(pid: u32, reference: u32): i32 {
    const address = process_attach(pid, reference);
    if (address == 0) return -EAGAIN;
    const process = changetype<process_t>(address);
    sweep(process);
    let made: i32 = -EAGAIN;
    if (process_thread_register(pid, reference)) {
        made = make_thread(process, stack_slot_take(process), false);
        if (made < 0) process_thread_gone(pid, reference);
    }
    process_release(process);
    return made;
}

/** Undoes enlist for a thread that never ran. */
export function delist(thread: thread_t): void {
    const process = changetype<process_t>(thread.process);
    const pid = process.pid;
    const reference = process.reference;
    user_thread_abandon(process, thread);
    process_thread_gone(pid, reference);
}

/** Undoes the making of a thread that Z has not counted. */
export function user_thread_abandon(process: process_t, thread: thread_t): void {
    drop_stack(process, thread.stack_slot);
    vmm_lock(process);
    let link = changetype<usize>(process) + offsetof<process_t>("threads");
    while (load<usize>(link) != changetype<usize>(thread)) link = load<usize>(link) + offsetof<thread_t>("sibling");
    store<usize>(link, thread.sibling);
    process.thread_count--;
    vmm_unlock(process);
    ppm_free(changetype<usize>(thread));
}

/**
 * Makes the thread's block and the STACK vseg of its slot, and links them into the process. `slot` is -errno when none was free. Returns
 * the block's address or -errno.
 */
function make_thread(process: process_t, slot: i32, first: bool): i32 {
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
    // A kill that came before the thread was in the list must reach it too. In state EXEC only the first thread is one of the new image.
    if (process.state == PROCESS_DYING || (process.state == PROCESS_EXEC && !first)) thread.killed = 1;
    vmm_unlock(process);
    return <i32>block;
}

/** The caller holds the VMM's lock. */
function new_id(process: process_t): u32 {
    while (true) {
        const count = atomic.add<u32>(id_word, 1);
        const id = (local_cxy << 16) | OWN_NUMBERS | (count & (OWN_NUMBERS - 1));
        // Numbers come again only after all have been given.
        if (count < OWN_NUMBERS || user_thread_of(process, id) == 0) return id;
    }
}

/** Sets the user registers of a new thread: zero but for pc and sp. Returns the frame's address. */
function clear_frame(thread: thread_t, entry: uaddr_t, sp: u64): usize {
    const frame = thread_frame(thread);
    for (let i: usize = 0; i < <usize>FRAME_SIZE; i += 8) store<u64>(frame + i, 0);
    store<u64>(frame + FRAME_PC, entry);
    store<u64>(frame + FRAME_SP, sp);
    return frame;
}

/**
 * fork: makes the only thread of a child process in state NEW as a copy of the parent's thread (an xptr, with GPT(P,K) root `root`). It has
 * the same stack slot with copies of its mapped pages (7.2), and the same registers but a0 = 0. Returns as user_thread_first.
 */
export function user_thread_clone(process: process_t, parent: xptr_t, root: usize): i32 {
    const slot = remote_load32(parent + offsetof<thread_t>("stack_slot"));
    const made = make_thread(process, stack_slot_inherit(process, slot), true);
    if (made < 0) return made;
    const thread = changetype<thread_t>(<usize>made);
    if (!copy_stack(process, slot, xptr_make(xptr_cxy(parent), root))) {
        user_thread_abandon(process, thread);
        return -ENOMEM;
    }
    copy_bytes(xptr_local(thread_frame(thread)), parent + THREAD_BLOCK_SIZE - FRAME_SIZE, <u32>FRAME_SIZE);
    store<u64>(thread_frame(thread) + FRAME_A0, 0);
    fstate_copy(thread, parent);
    thread.id = process.pid;
    return made;
}

/** Copies the mapped pages of the parent's slot, read through the tables of the parent's cluster. False without memory. */
function copy_stack(process: process_t, slot: u32, root: xptr_t): bool {
    const end = stack_top(slot);
    for (let vpn = end - stack_pages(); vpn < end; vpn++) {
        const pte = gpt_remote(root, vpn);
        if ((pte & PTE_V) == 0) continue;
        const ppn = frame_alloc(local_cxy, VSEG_STACK, process.pid);
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

/** Gives the thread, whose frame is complete, to a hart. Returns its id. */
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
