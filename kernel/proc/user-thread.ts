// A user thread in its cluster: its block, its id, the STACK vseg of its slot, its place among the threads of P (vmm-policy 3 STACK, 6.4).
// It is made, then enlisted at Z or not, then launched; each step can be undone (5.9.8). Its end is in thread-end.ts.

import { EAGAIN, ENOMEM } from "../abi/errno";
import { KIND_USER } from "../abi/thread";
import { FRAME_PC, FRAME_SIZE, FRAME_SP } from "../abi/trap-frame";
import { FRAME_THREAD, VSEG_STACK } from "../abi/vseg-type";
import { local_cxy, uaddr_t } from "../hal/platform";
import { ppm_alloc, ppm_free } from "../mm/ppm";
import { PROCESS_DYING, PROCESS_EXEC, PROCESS_NEW, process_release, process_t } from "../mm/process-table";
import { NO_SLOT, stack_pages, stack_slot_release, stack_slot_take, stack_top } from "../mm/stack-slot";
import { vmm_lock, vmm_unlock, vmm_vsegs } from "../mm/vmm";
import { vseg_create, vseg_t } from "../mm/vseg";
import { vsl_insert } from "../mm/vsl";
import { BIRTH_WHOLE, THREAD_BLOCK_ORDER, thread_frame, thread_layout, thread_t } from "../sched/thread";
import { process_attach, process_attach_begin } from "./attach";
import { moved_to } from "./moved";
import { process_thread_gone, process_thread_register } from "./process";
import { drop_stack, sweep, user_thread_of } from "./thread-end";

/**
 * Thread ids have the cluster in the high half, as PIDs do. The id of a process's first thread is the PID, as in Linux. The other threads
 * have numbers that no PID has.
 */
const OWN_NUMBERS: u32 = 0x8000;
/** The most threads of a process in a cluster, if the last one has no STACK: what works on all of them does so in one piece (5.9.9). */
const CLONES_MAX: u32 = 1024;
/** Counts the threads that got a number here. */
const id_word: usize = memory.data(4, 4);

/**
 * Makes a further thread of P here, with a STACK or without, and counts it at Z. user_thread_launch lets it run, user_thread_delist undoes it. Returns the thread_t's
 * address, or -errno.
 */
export function user_thread_enlist(pid: u32, reference: u32, with_stack: bool): i32 {
    const address = process_attach(pid, reference);
    if (address == 0) return -EAGAIN;
    const process = changetype<process_t>(address);
    sweep(process);
    let made: i32 = -EAGAIN;
    if (process_thread_register(pid, reference)) {
        made = user_thread_make(process, with_stack ? stack_slot_take(process) : NO_SLOT, false);
        if (made < 0) process_thread_gone(pid, reference, 0);
    }
    process_release(process);
    return made;
}

/**
 * Makes a thread of P here, without a STACK, that the caller has counted at Z. Returns the thread_t's address; or 0, and nothing is done, when
 * user_thread_enlist is to be asked: it can wait and names the error. `vsegs` is as for process_attach_begin. For a leaf handler.
 */
export function user_thread_begin(pid: u32, reference: u32, vsegs: u32): usize {
    const address = process_attach_begin(pid, reference, vsegs);
    if (address == 0) return 0;
    const process = changetype<process_t>(address);
    sweep(process);
    const made = user_thread_make(process, NO_SLOT, false);
    process_release(process);
    return made < 0 ? 0 : <usize>made;
}

/** Undoes user_thread_enlist for a thread that never ran. */
export function user_thread_delist(thread: thread_t): void {
    const process = changetype<process_t>(thread.process);
    const pid = process.pid;
    const reference = process.reference;
    user_thread_abandon(process, thread);
    process_thread_gone(pid, reference, 0);
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
 * Makes the thread's block and the STACK vseg of its slot, and links them into the process. `slot` is NO_SLOT for a thread without a STACK,
 * and -errno when none was free. Returns the block's address or -errno.
 */
export function user_thread_make(process: process_t, slot: i32, first: bool): i32 {
    if (slot < 0) return slot;
    if (slot == NO_SLOT && process.thread_count >= CLONES_MAX) return -EAGAIN;
    const block = ppm_alloc(THREAD_BLOCK_ORDER, FRAME_THREAD, process.pid);
    const vseg: usize = block == 0 || slot == NO_SLOT ? <usize>0 : stack_create(<u32>slot);
    if (block == 0 || (vseg == 0 && slot != NO_SLOT)) {
        if (block != 0) ppm_free(block);
        if (slot != NO_SLOT) release_slot(process, <u32>slot);
        return -ENOMEM;
    }
    const thread = thread_layout(block, KIND_USER);
    thread.process = changetype<usize>(process);
    thread.stack_slot = <u32>slot;
    vmm_lock(process);
    if (process.state != PROCESS_NEW) thread.birth = BIRTH_WHOLE;
    thread.id = new_id(process);
    if (vseg != 0) vsl_insert(vmm_vsegs(process), changetype<vseg_t>(vseg), process.pid);
    thread.sibling = process.threads;
    process.threads = block;
    process.thread_count++;
    // A kill that came before the thread was in the list must reach it too. In state EXEC only the first thread is one of the new image.
    if (process.state == PROCESS_DYING || (process.state == PROCESS_EXEC && !first)) thread.killed = 1;
    vmm_unlock(process);
    return <i32>block;
}

/** The STACK vseg of a slot. The lowest page of the slot stays unmapped, as a guard (6.4). */
function stack_create(slot: u32): usize {
    const top = stack_top(slot);
    return vseg_create(VSEG_STACK, top - stack_pages() + 1, top);
}

/** A number that no thread of P has; CLONES_MAX and MOVED_MAX (moved.ts) leave enough. The caller holds the VMM's lock. */
function new_id(process: process_t): u32 {
    while (true) {
        const count = atomic.add<u32>(id_word, 1);
        const id = (local_cxy << 16) | OWN_NUMBERS | (count & (OWN_NUMBERS - 1));
        // Numbers come again only after all have been given.
        if (count < OWN_NUMBERS || (user_thread_of(process, id) == 0 && moved_to(process, id) == 0)) return id;
    }
}

/** Sets the user registers of a new thread: zero but for pc and sp. Returns the frame's address. */
export function user_thread_frame(thread: thread_t, entry: uaddr_t, sp: u64): usize {
    const frame = thread_frame(thread);
    for (let i: usize = 0; i < <usize>FRAME_SIZE; i += 8) store<u64>(frame + i, 0);
    store<u64>(frame + FRAME_PC, entry);
    store<u64>(frame + FRAME_SP, sp);
    return frame;
}

function release_slot(process: process_t, slot: u32): void {
    vmm_lock(process);
    stack_slot_release(process, slot);
    vmm_unlock(process);
}
