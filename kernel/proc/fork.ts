// fork (vmm-policy 7.2). The child's cluster Y makes the child. It freezes the parent at Z (copy-on-write in every replica), gets the vsegs
// by messages and reads the frozen entries of GPT(P,Z). Then it copies the calling thread's stack from that thread's cluster, and starts
// the child's thread.

import { EAGAIN, ENOMEM } from "../abi/errno";
import { RPC_FORK, RPC_FORK_BEGIN, RPC_FORK_CHILD, RPC_FORK_END, RPC_FORK_VSEG } from "../abi/rpc-ops";
import {
    FORK_BEGIN_DESCRIPTOR,
    FORK_BEGIN_PID,
    FORK_CHILD_BIRTH,
    FORK_CHILD_PARENT,
    FORK_CHILD_PID,
    FORK_END_PID,
    FORK_PARENT,
    FORK_PID,
    FORK_REFERENCE,
    FORK_ROOT,
    FORK_THREAD,
    FORK_VSEG_PARENT,
    FORK_VSEG_VPN,
    FORK_WISH,
    GET_VSEG_FOUND,
} from "../abi/rpc-words";
import { VSEG_CODE, VSEG_FILE, VSEG_REMOTE } from "../abi/vseg-type";
import { descriptors_copy } from "../fs/descriptors";
import { remote_load32, remote_load64 } from "../hal/hal";
import { local_cxy, xptr_local, xptr_make, xptr_t } from "../hal/platform";
import { copy_page } from "../mm/anonymous";
import { frame_alloc_unfilled, frame_share } from "../mm/frame";
import { gpt_remote_entry, gpt_remote_next, gpt_remote_table, gpt_slot, gpt_table_end } from "../mm/gpt";
import { kcm_free } from "../mm/kcm";
import { pager_share } from "../mm/pager";
import { PROCESS_ALIVE, PROCESS_NEW, process_hold, process_release, process_t } from "../mm/process-table";
import { PTE_R, PTE_W, PTE_X, pte_has_frame, pte_ppn, pte_restrict, pte_user } from "../mm/pte";
import { PARKED, structure_copied, structure_enter, structure_leave, structure_share } from "../mm/structure";
import { PAGES_END, public_stack_top } from "../mm/user-space";
import { vmm_lock, vmm_unlock, vmm_vsegs } from "../mm/vmm";
import { vseg_is_changing, vseg_t } from "../mm/vseg";
import { vseg_receive, vseg_send } from "../mm/vseg-message";
import { vsl_insert, vsl_overlap } from "../mm/vsl";
import { tell_process } from "../probe";
import { LEVEL_LEAF, LEVEL_PROCESS, LEVEL_REFERENCE } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register, rpc_yield } from "../rpc/serve";
import { cluster_least_loaded } from "../sched/cluster";
import { fstate_flush } from "../sched/fstate";
import { this_thread, thread_t } from "../sched/thread";
import { clone_t } from "./clone";
import { image_inherit } from "./elf-image";
import { first_thread_commit, first_thread_copy } from "./first-thread";
import { process_blank, process_make_vmm } from "./process";
import { program_started } from "./programs";
import { relatives_add } from "./relatives";
import { process_free } from "./release";
import { signals_copy } from "./signals";
import { start_stack_touch } from "./start-stack";
import { user_thread_abandon } from "./user-thread";
import { vfork_note } from "./vfork";

export function fork_init(): void {
    const fork: (desc: xptr_t) => void = serve_fork;
    const begin: (desc: xptr_t) => void = serve_begin;
    const end: (desc: xptr_t) => void = serve_end;
    const vseg: (desc: xptr_t) => void = serve_vseg;
    const note: (desc: xptr_t) => void = serve_note;
    rpc_register(RPC_FORK, <u32>fork.index);
    rpc_register(RPC_FORK_BEGIN, <u32>begin.index);
    rpc_register(RPC_FORK_END, <u32>end.index);
    rpc_register(RPC_FORK_VSEG, <u32>vseg.index);
    rpc_register(RPC_FORK_CHILD, <u32>note.index);
}

/**
 * Forks into cluster `place` (-1 is the least loaded one), with the caller's wishes. Returns the child's pid, or -errno. The child returns 0
 * from the same call.
 */
export function process_fork(process: process_t, place: i32, wish: clone_t): i64 {
    start_stack_touch(process);
    const cxy = place < 0 ? cluster_least_loaded() : <u32>place;
    const thread = xptr_local(changetype<usize>(this_thread()));
    const wishes = xptr_local(changetype<usize>(wish));
    fstate_flush();
    if (is_local(cxy)) return fork_here(process.pid, process.reference, thread, process.root, wishes);
    const desc = rpc_arguments();
    desc.set(FORK_PARENT, process.pid);
    desc.set(FORK_REFERENCE, process.reference);
    desc.set(FORK_THREAD, thread);
    desc.set(FORK_ROOT, process.root);
    desc.set(FORK_WISH, wishes);
    rpc_send(cxy, LEVEL_PROCESS, RPC_FORK);
    return <i64>desc.get(FORK_PID);
}

function serve_fork(desc: xptr_t): void {
    const pid = <u32>rpc_get(desc, FORK_PARENT);
    const reference = <u32>rpc_get(desc, FORK_REFERENCE);
    const root = <usize>rpc_get(desc, FORK_ROOT);
    const child = fork_here(pid, reference, rpc_get(desc, FORK_THREAD), root, rpc_get(desc, FORK_WISH));
    rpc_set(desc, FORK_PID, <u64>child);
}

/**
 * The whole child is made in state NEW before the parent hears of it. A step that fails undoes all of it (5.9.8). While Z is frozen, only
 * leaf requests are sent.
 */
function fork_here(parent: u32, reference: u32, thread: xptr_t, root: usize, wish: xptr_t): i64 {
    const address = process_blank();
    if (address == 0) return -EAGAIN;
    const child = changetype<process_t>(address);
    const error = make_child(child, parent, reference, thread, root, wish);
    if (error < 0) {
        process_free(child);
        return error;
    }
    return child_lives(child, parent, reference, changetype<thread_t>(<usize>error));
}

/** Makes the child and its only thread. Returns the address of that thread_t, or -errno. */
function make_child(child: process_t, parent: u32, reference: u32, thread: xptr_t, root: usize, wish: xptr_t): i32 {
    if (process_make_vmm(child) != 0) return -ENOMEM;
    const source = fork_begin(parent, reference);
    if (source == 0) return -EAGAIN;
    const taken = take_over(child, xptr_make(reference, source), parent, reference);
    fork_end(parent, reference);
    if (!taken) return -ENOMEM;
    vfork_note(child, thread, <u32>remote_load64(wish + offsetof<clone_t>("vfork")));
    return first_thread_copy(child, thread, root, wish);
}

/** Z notes the child, and the child runs. Returns its pid, or -errno. */
function child_lives(child: process_t, parent: u32, reference: u32, thread: thread_t): i64 {
    const pid = child.pid;
    const birth = is_local(reference) ? note_child(parent, pid) : ask_note(parent, reference, pid);
    if (birth < 0) {
        user_thread_abandon(child, thread);
        process_free(child);
        return birth;
    }
    child.parent = parent;
    child.parent_birth = <u32>birth;
    child.process_group = <u32>(birth >> 32);
    program_started();
    tell_process(pid, child.program, NOT_A_NODE, local_cxy, 0, parent);
    first_thread_commit(child, thread, PROCESS_NEW);
    return pid;
}
/** A forked process has this in place of a node id. */
const NOT_A_NODE: u32 = 0xffffffff;

function ask_note(parent: u32, reference: u32, pid: u32): i64 {
    const desc = rpc_arguments();
    desc.set(FORK_CHILD_PARENT, parent);
    desc.set(FORK_CHILD_PID, pid);
    rpc_send(reference, LEVEL_LEAF, RPC_FORK_CHILD);
    return <i64>desc.get(FORK_CHILD_BIRTH);
}

function serve_note(desc: xptr_t): void {
    rpc_set(
        desc,
        FORK_CHILD_BIRTH,
        <u64>note_child(<u32>rpc_get(desc, FORK_CHILD_PARENT), <u32>rpc_get(desc, FORK_CHILD_PID)),
    );
}

/** Z notes that the parent has one more child to wait for. Returns the parent's birth, its process group above 32 bits; -EAGAIN when it is ending, or -ENOMEM. */
function note_child(parent: u32, pid: u32): i64 {
    const process = changetype<process_t>(process_hold(parent));
    if (changetype<usize>(process) == 0) return -EAGAIN;
    vmm_lock(process);
    const error: i64 = process.state == PROCESS_ALIVE ? relatives_add(process, pid) : -EAGAIN;
    const found = <i64>process.birth | ((<i64>process.process_group) << 32);
    vmm_unlock(process);
    process_release(process);
    return error != 0 ? error : found;
}

/** Freezes the parent at Z for the copy. Returns the local address of its descriptor there, held, or 0 when it is ending. */
function fork_begin(pid: u32, reference: u32): usize {
    if (is_local(reference)) return <usize>begin_here(pid, 0);
    const desc = rpc_arguments();
    desc.set(FORK_BEGIN_PID, pid);
    rpc_send(reference, LEVEL_REFERENCE, RPC_FORK_BEGIN);
    return <usize>desc.get(FORK_BEGIN_DESCRIPTOR);
}

function serve_begin(desc: xptr_t): void {
    const process = begin_here(<u32>rpc_get(desc, FORK_BEGIN_PID), desc);
    if (process != PARKED) rpc_set(desc, FORK_BEGIN_DESCRIPTOR, <u64>process);
}

/** The freeze and the hold last until fork_end. `desc` and the result PARKED are as for vmm_wait. */
function begin_here(pid: u32, desc: xptr_t): i64 {
    const process = changetype<process_t>(process_hold(pid));
    if (changetype<usize>(process) == 0) return 0;
    if (!structure_enter(process, desc)) {
        process_release(process);
        return PARKED;
    }
    structure_share(process);
    return <i64>changetype<usize>(process);
}

/** This is a leaf request: threads and requests that wait at Z for the end of the freeze need no server for it (5.9.5). */
function fork_end(pid: u32, reference: u32): void {
    if (is_local(reference)) {
        end_here(pid);
        return;
    }
    rpc_arguments().set(FORK_END_PID, pid);
    rpc_send(reference, LEVEL_LEAF, RPC_FORK_END);
}

function serve_end(desc: xptr_t): void {
    end_here(<u32>rpc_get(desc, FORK_END_PID));
}

function end_here(pid: u32): void {
    const process = changetype<process_t>(process_hold(pid));
    structure_leave(process);
    // One hold is that of fork_begin, the other is the one above.
    process_release(process);
    process_release(process);
}

/** Copies fields, vsegs, entries and descriptors of the frozen parent, whose reference descriptor is at `from`. False without memory. */
function take_over(child: process_t, from: xptr_t, parent: u32, reference: u32): bool {
    child.program = remote_load32(from + offsetof<process_t>("program"));
    child.program_threads = remote_load32(from + offsetof<process_t>("program_threads"));
    child.own_program = remote_load32(from + offsetof<process_t>("own_program"));
    child.session = remote_load32(from + offsetof<process_t>("session"));
    child.umask = remote_load32(from + offsetof<process_t>("umask"));
    child.heap_first = remote_load32(from + offsetof<process_t>("heap_first"));
    child.brk = remote_load64(from + offsetof<process_t>("brk"));
    child.entry = remote_load64(from + offsetof<process_t>("entry"));
    image_inherit(child, remote_load64(from + offsetof<process_t>("image")));
    const root = xptr_make(reference, <usize>remote_load32(from + offsetof<process_t>("root")));
    let vpn: u32 = 0;
    while (next_vseg(parent, reference, vpn)) {
        const address = vseg_receive();
        if (address == 0) return false;
        const vseg = changetype<vseg_t>(address);
        vpn = vseg.end_vpn;
        const stack = is_public_stack(child, vseg);
        if (stack) take_stack(vseg);
        if (!vsl_insert(vmm_vsegs(child), vseg, child.pid)) {
            kcm_free(address);
            return false;
        }
        pager_share(child, vseg);
        if (structure_copied(vseg.type) && !take_pages(child, vseg, root, stack)) return false;
    }
    const signals = remote_load32(from + offsetof<process_t>("signals")) != 0;
    return (!signals || signals_copy(child, parent, reference)) && descriptors_copy(child, parent, reference);
}

/** True for the stack of a C program's first thread (proc/first-thread.ts). */
function is_public_stack(child: process_t, vseg: vseg_t): bool {
    return child.own_program == 0 && vseg.type == VSEG_REMOTE && vseg.end_vpn == public_stack_top(child);
}

/** The child's public stack lies in the child's cluster, as a STACK does. Its first pages are mapped (start_stack_touch). */
function take_stack(vseg: vseg_t): void {
    vseg.cxy = local_cxy;
    vseg.content = 0;
    vseg.content_start = 0;
    vseg.content_end = 0;
}

/**
 * Gets the first vseg of the parent from page `vpn` on that a child inherits, into the running thread's request. False when there is none.
 * Leaf.
 */
function next_vseg(parent: u32, reference: u32, vpn: u32): bool {
    const desc = rpc_arguments();
    desc.set(FORK_VSEG_PARENT, parent);
    desc.set(FORK_VSEG_VPN, vpn);
    if (is_local(reference)) serve_vseg(xptr_local(changetype<usize>(desc)));
    else rpc_send(reference, LEVEL_LEAF, RPC_FORK_VSEG);
    return desc.get(GET_VSEG_FOUND) != 0;
}

function serve_vseg(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, FORK_VSEG_PARENT)));
    const vpn = <u32>rpc_get(desc, FORK_VSEG_VPN);
    vmm_lock(process);
    let at = vsl_overlap(vmm_vsegs(process), vpn, PAGES_END);
    while (at != 0 && !is_inherited(process, changetype<vseg_t>(at))) at = changetype<vseg_t>(at).next;
    if (at != 0) vseg_send(desc, xptr_local(at));
    vmm_unlock(process);
    rpc_set(desc, GET_VSEG_FOUND, at != 0 ? 1 : 0);
    process_release(process);
}

/** CODE and FILE pages are filled again on demand. Mapped pages of the copied types are shared copy-on-write, if their vseg is frozen. */
function is_inherited(process: process_t, vseg: vseg_t): bool {
    if (structure_copied(vseg.type)) return vseg_is_changing(vseg, process.change);
    return (vseg.type == VSEG_CODE && vseg.fixed == 0) || vseg.type == VSEG_FILE;
}

/** The entries of a frozen vseg do not change. Z's tables outlive the hold. */
function take_pages(child: process_t, vseg: vseg_t, root: xptr_t, copy: bool): bool {
    let vpn = gpt_remote_next(root, vseg.first_vpn, vseg.end_vpn);
    while (vpn < vseg.end_vpn) {
        const end = gpt_table_end(vpn, vseg.end_vpn);
        if (!take_entries(child, root, vpn, end, copy)) return false;
        // A table is one piece of work (5.9.9).
        rpc_yield();
        vpn = gpt_remote_next(root, end, vseg.end_vpn);
    }
    return true;
}

/** The pages of one leaf table are shared copy-on-write, or with `copy` are copied to this cluster. False without memory. */
function take_entries(child: process_t, root: xptr_t, first: u32, end: u32, copy: bool): bool {
    const table = gpt_remote_table(root, first);
    for (let vpn = first; vpn < end; vpn++) {
        const pte = gpt_remote_entry(table, vpn);
        if (!pte_has_frame(pte)) continue;
        const slot = gpt_slot(child.root, vpn, true, child.pid);
        if (slot == 0) return false;
        if (copy) {
            const ppn = frame_alloc_unfilled(local_cxy, VSEG_REMOTE, child.pid);
            if (ppn == 0) return false;
            copy_page(ppn, pte_ppn(pte));
            store<u64>(slot, pte_user(ppn, PTE_R | PTE_W));
            continue;
        }
        frame_share(pte_ppn(pte));
        store<u64>(slot, pte_restrict(pte, PTE_R | PTE_X));
    }
    return true;
}
