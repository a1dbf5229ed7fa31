// The first thread of a process: made for a new image with its arguments on the stack, or by fork as a copy of the thread that called it
// (vmm-policy 7.2). It has the PID for its id.

import { ENOMEM } from "../abi/errno";
import { ARGS_VADDR, PAGE_SIZE } from "../abi/memory-map";
import { FRAME_A0, FRAME_SIZE, THREAD_BLOCK_SIZE } from "../abi/trap-frame";
import { VSEG_REMOTE, VSEG_STACK } from "../abi/vseg-type";
import { remote_load32, remote_load64 } from "../hal/hal";
import { copy_bytes, local_cxy, xptr_cxy, xptr_local, xptr_make, xptr_t } from "../hal/platform";
import { frame_alloc_unfilled, frame_free, frame_xptr } from "../mm/frame";
import { gpt_remote, gpt_slot } from "../mm/gpt";
import { kcm_free } from "../mm/kcm";
import { PROCESS_ALIVE, process_t } from "../mm/process-table";
import { PTE_R, PTE_V, PTE_W, pte_ppn, pte_user } from "../mm/pte";
import { NO_SLOT, stack_pages, stack_slot_inherit, stack_slot_take, stack_top } from "../mm/stack-slot";
import { envs_vaddr, public_stack_top } from "../mm/user-space";
import { vmm_lock, vmm_unlock, vmm_vsegs } from "../mm/vmm";
import { vseg_create, vseg_t } from "../mm/vseg";
import { vsl_insert } from "../mm/vsl";
import { fstate_copy } from "../sched/fstate";
import { thread_frame, thread_t } from "../sched/thread";
import { clone_registers, clone_t } from "./clone";
import { user_thread_launch } from "./launch";
import { start_stack } from "./start-stack";
import { user_thread_abandon, user_thread_frame, user_thread_make } from "./user-thread";

/**
 * Makes the first thread of P at Z while P is NEW or EXEC. It begins at the program's entry with the stack of proc/start-stack.ts, made of
 * `args` and `envs`. For programs that start threads in other clusters, a1 and a2 are argv and the environment in memory that all of them
 * see. Returns the address of the thread_t for first_thread_commit or user_thread_abandon, or -errno.
 */
export function first_thread_make(process: process_t, args: xptr_t, envs: xptr_t): i32 {
    const own = process.own_program != 0;
    if (!own && !public_stack(process)) return -ENOMEM;
    const made = user_thread_make(process, own ? stack_slot_take(process) : NO_SLOT, true);
    if (made < 0) return made;
    const thread = changetype<thread_t>(<usize>made);
    const sp = start_stack(process, own ? stack_top(thread.stack_slot) : public_stack_top(process), args, envs);
    if (sp < 0) {
        user_thread_abandon(process, thread);
        return <i32>sp;
    }
    thread.id = process.pid;
    const frame = user_thread_frame(thread, process.entry, <u64>sp);
    store<u64>(frame + FRAME_A0, ARGS_VADDR + 8, 8);
    store<u64>(frame + FRAME_A0, envs_vaddr(), 16);
    return made;
}

/**
 * Makes the stack of a C program's first thread (3): REMOTE memory of its cluster, for its threads elsewhere get pointers to it. The page
 * below stays free, as a guard. False without memory.
 */
function public_stack(process: process_t): bool {
    const top = public_stack_top(process);
    const address = vseg_create(VSEG_REMOTE, top - stack_pages() + 1, top);
    if (address == 0) return false;
    changetype<vseg_t>(address).cxy = local_cxy;
    vmm_lock(process);
    const done = vsl_insert(vmm_vsegs(process), changetype<vseg_t>(address), process.pid);
    vmm_unlock(process);
    if (!done) kcm_free(address);
    return done;
}

/**
 * Brings a process in state `from` (NEW, EXEC) to life with this one thread. False when it has been killed meanwhile, and the thread is
 * gone.
 */
export function first_thread_commit(process: process_t, thread: thread_t, from: u32): bool {
    vmm_lock(process);
    const lives = process.state == from;
    if (lives) {
        process.total_threads = 1;
        process.state = PROCESS_ALIVE;
    }
    vmm_unlock(process);
    if (lives) user_thread_launch(process, thread);
    else user_thread_abandon(process, thread);
    return lives;
}

/**
 * fork: makes the only thread of a child process in state NEW as a copy of the parent's thread (an xptr, with GPT(P,K) root `root`). It has
 * the same stack slot with copies of its mapped pages (7.2), and the same registers but for a0 and what `wish` (the xptr of a clone_t) says.
 * Returns as first_thread_make.
 */
export function first_thread_copy(process: process_t, parent: xptr_t, root: usize, wish: xptr_t): i32 {
    const slot = remote_load32(parent + offsetof<thread_t>("stack_slot"));
    const has_stack = slot != <u32>NO_SLOT;
    const made = user_thread_make(process, has_stack ? stack_slot_inherit(process, slot) : NO_SLOT, true);
    if (made < 0) return made;
    const thread = changetype<thread_t>(<usize>made);
    if (has_stack && !copy_stack(process, slot, xptr_make(xptr_cxy(parent), root))) {
        user_thread_abandon(process, thread);
        return -ENOMEM;
    }
    copy_bytes(xptr_local(thread_frame(thread)), parent + THREAD_BLOCK_SIZE - FRAME_SIZE, <u32>FRAME_SIZE);
    clone_registers(thread, wish);
    thread.set_tid = remote_load64(wish + offsetof<clone_t>("child_tid"));
    fstate_copy(thread, parent);
    thread.signal_mask = remote_load64(parent + offsetof<thread_t>("signal_mask"));
    thread.alternate_sp = remote_load64(parent + offsetof<thread_t>("alternate_sp"));
    thread.alternate_size = remote_load64(parent + offsetof<thread_t>("alternate_size"));
    thread.id = process.pid;
    return made;
}

/** Copies the mapped pages of the parent's slot, read through the tables of the parent's cluster. False without memory. */
function copy_stack(process: process_t, slot: u32, root: xptr_t): bool {
    const end = stack_top(slot);
    for (let vpn = end - stack_pages(); vpn < end; vpn++) {
        const pte = gpt_remote(root, vpn);
        if ((pte & PTE_V) == 0) continue;
        const ppn = frame_alloc_unfilled(local_cxy, VSEG_STACK, process.pid);
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
