// Release and acquire of a node under release consistency (sm-dsm 4.2, 4.5, 4.6), done at its reference cluster. A release sends the
// written bytes to the reference copies and posts notices. An acquire reads the others' notices and gives up copies that are older. One
// thread of a node synchronises at a time; a thread that waits for it finds its own writes sent, too.
//
// A request of another cluster's thread may meet a page on which a fault is under way, or which a thread holds. It is parked (vmm-policy
// 5.9.4), and begins anew. It stays the one that synchronises, so no other release or acquire of the node comes between its parts, and it
// goes on where it was. A release takes each page off the list of written copies in the step in which it seizes it, and posts what it has
// sent before it is parked. An acquire goes on behind the last whole reading; copies that it has looked at since are known to be new
// enough. Bytes that the node's threads write meanwhile are sent or not, as if they had been written before or after. The request is never
// lost: its client waits for the answer.

import { ACCESS_ATOMIC } from "../abi/access";
import { DSM_DROP } from "../abi/dsm-action";
import { PAGE_SHIFT } from "../abi/memory-map";
import { OPERATION_SM_SYNCHRONISE } from "../abi/operation";
import { RPC_SM_SYNCHRONISE } from "../abi/rpc-ops";
import { SM_SYNCHRONISE_PID, SM_SYNCHRONISE_WHAT } from "../abi/rpc-words";
import { remote_load32 } from "../hal/hal";
import { xptr_local, xptr_t } from "../hal/platform";
import { frame_free } from "../mm/frame";
import { gpt_get, gpt_slot } from "../mm/gpt";
import { hold_active } from "../mm/hold";
import { process_hold, process_release, process_t } from "../mm/process-table";
import { PTE_BUSY, PTE_NC, PTE_REMOVING, PTE_V, PTE_W, pte_ppn } from "../mm/pte";
import { vmm_is_reference, vmm_lock, vmm_unlock, vmm_wait, vmm_wake } from "../mm/vmm";
import { LEVEL_REFERENCE } from "../rpc/levels";
import { rpc_arguments, rpc_get, rpc_send } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { this_thread } from "../sched/thread";
import { operation_begin, operation_end } from "../trace/operation";
import { group_post, group_read_notices } from "./calls";
import { copies_t, copy_find, copy_settle, copy_t, copy_take_written } from "./copies";
import { restrict_everywhere } from "./downgrade";
import { group_report } from "./group";
import { manager_drop } from "./manager";
import {
    notice_post,
    notice_vpn,
    notices_are_more,
    notices_count,
    notices_last,
    notices_posted,
    POSTS_AT_ONCE,
} from "./notices";

export function synchronise_init(): void {
    const synchronise: (desc: xptr_t) => void = serve_synchronise;
    rpc_register(RPC_SM_SYNCHRONISE, <u32>synchronise.index);
}

/** On return the bytes that the node has written are in the reference copies, and noted. */
export function dsm_release(process: process_t): void {
    if (vmm_is_reference(process)) release_here(process, 0);
    else if (has_copies(process)) ask_reference(process, RELEASE);
}

/** On return the node has no copy that is older than a notice posted before. */
export function dsm_acquire(process: process_t): void {
    if (vmm_is_reference(process)) acquire_here(process, 0);
    else if (has_copies(process)) ask_reference(process, ACQUIRE);
}

/** True when the node has had a page under release consistency that others have, too. Called from another cluster of the node. */
function has_copies(process: process_t): bool {
    return remote_load32(process.at_reference + offsetof<process_t>("copies")) != 0;
}

const RELEASE: u64 = 0;
const ACQUIRE: u64 = 1;

function ask_reference(process: process_t, what: u64): void {
    rpc_arguments().set(SM_SYNCHRONISE_PID, process.pid);
    rpc_arguments().set(SM_SYNCHRONISE_WHAT, what);
    rpc_send(process.reference, LEVEL_REFERENCE, RPC_SM_SYNCHRONISE);
}

function serve_synchronise(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, SM_SYNCHRONISE_PID)));
    if (changetype<usize>(process) == 0) return;
    if (rpc_get(desc, SM_SYNCHRONISE_WHAT) == RELEASE) release_here(process, desc);
    else acquire_here(process, desc);
    process_release(process);
}

/** The node synchronises for the running thread, or for the request `desc`. False: another does, and the request is parked. */
function begin(process: process_t, copies: copies_t, desc: xptr_t): bool {
    const self = desc != 0 ? desc : xptr_local(changetype<usize>(this_thread().rpc));
    vmm_lock(process);
    while (copies.synchronising != 0 && copies.synchronising != self) {
        if (!vmm_wait(process, desc)) return false;
        vmm_lock(process);
    }
    copies.synchronising = self;
    vmm_unlock(process);
    operation_begin(process.pid, OPERATION_SM_SYNCHRONISE, 0);
    return true;
}

function end(process: process_t, copies: copies_t): void {
    operation_end(process.pid, OPERATION_SM_SYNCHRONISE);
    vmm_lock(process);
    copies.synchronising = 0;
    vmm_wake(process);
    vmm_unlock(process);
}

/** Does vmm_wait until another thread is through with a page. The thread or request stays the one that synchronises. */
function wait(process: process_t, desc: xptr_t): bool {
    if (desc != 0) operation_end(process.pid, OPERATION_SM_SYNCHRONISE);
    return vmm_wait(process, desc);
}

function is_idle(copies: copies_t): bool {
    const at = changetype<usize>(copies);
    const synchronising = atomic.load<u64>(at + offsetof<copies_t>("synchronising"));
    return synchronising == 0 && atomic.load<u32>(at + offsetof<copies_t>("written")) == 0;
}

/** `desc` is as for vmm_wait: when the request is parked this returns, and its handler at once. */
function release_here(process: process_t, desc: xptr_t): void {
    const copies = changetype<copies_t>(process.copies);
    if (changetype<usize>(copies) == 0 || is_idle(copies) || !begin(process, copies, desc)) return;
    let count: u32 = 0;
    while (true) {
        vmm_lock(process);
        const copy = changetype<copy_t>(copies.written);
        const none = changetype<usize>(copy) == 0;
        const seized = !none && seize(process, copy.vpn);
        if (!none && !seized && count == 0) {
            if (!wait(process, desc)) return;
            continue;
        }
        if (seized) copy_take_written(copies);
        vmm_unlock(process);
        if (seized && send(process, copy)) store<u32>(this_thread().buffer + (count++ << 2), copy.vpn);
        if (seized ? count == POSTS_AT_ONCE : count != 0) {
            group_post(process.group, process.node, count);
            count = 0;
        } else if (none) break;
    }
    end(process, copies);
}

/**
 * The written copy, whose page is seized, becomes read-only, and the reference copy gets its bytes. False when there is nothing to note.
 */
function send(process: process_t, copy: copy_t): bool {
    const slot = gpt_slot(process.root, copy.vpn, false, 0);
    const dirty = copy.dirty != 0;
    copy.dirty = 0;
    const pte = load<u64>(slot);
    if (dirty && (pte & PTE_V) != 0) {
        restrict_everywhere(process, copy.vpn, slot, pte & ~(PTE_W | MARKS));
        copy_settle(process, copy, pte_ppn(pte));
    }
    let_go(process, copy, slot, load<u64>(slot) & ~MARKS);
    return dirty;
}

/** `desc` is as for release_here. */
function acquire_here(process: process_t, desc: xptr_t): void {
    const copies = changetype<copies_t>(process.copies);
    if (changetype<usize>(copies) == 0 || notices_posted(process.group) == copies.seen) return;
    if (!begin(process, copies, desc)) return;
    let more: bool = notices_posted(process.group) != copies.seen;
    while (more) {
        group_read_notices(process.group, process.node, copies.seen, copies.reached);
        const count = notices_count();
        const last = notices_last();
        more = notices_are_more();
        for (let i: u32 = 0; i < count; i++) {
            if (!give_up(process, notice_vpn(i), notice_post(i), desc)) return;
        }
        copies.reached = last;
    }
    copies.seen = copies.reached;
    end(process, copies);
}

/**
 * Gives up the node's copy if it is older than the post. Its own bytes are sent before, and noted with the next release. False: the request
 * is parked.
 */
function give_up(process: process_t, vpn: u32, post: u32, desc: xptr_t): bool {
    vmm_lock(process);
    while (!is_newer(process, vpn, post)) {
        if (seize(process, vpn)) {
            vmm_unlock(process);
            drop(process, vpn, post);
            return true;
        }
        if (!wait(process, desc)) return false;
        vmm_lock(process);
    }
    vmm_unlock(process);
    return true;
}

/**
 * True when the node neither has nor will get a copy older than the post. A copy that is new enough stays so, whatever becomes of its page.
 * The caller holds the VMM's lock.
 */
function is_newer(process: process_t, vpn: u32, post: u32): bool {
    const copy = copy_find(process, vpn);
    if (copy != 0) return changetype<copy_t>(copy).fetched >= post;
    // The first copy may be about to come, with content from before the post.
    return (gpt_get(process.root, vpn) & PTE_BUSY) == 0;
}

/** Drops the seized page's copy, unless it is the reference copy, or gone already. */
function drop(process: process_t, vpn: u32, post: u32): void {
    vmm_lock(process);
    const copy = changetype<copy_t>(copy_find(process, vpn));
    const slot = gpt_slot(process.root, vpn, false, 0);
    vmm_unlock(process);
    copy.fetched = post;
    const pte = load<u64>(slot);
    if ((pte & PTE_V) == 0 || copy.reference == 0) {
        let_go(process, copy, slot, pte & ~MARKS);
        return;
    }
    restrict_everywhere(process, vpn, slot, 0);
    copy_settle(process, copy, pte_ppn(pte));
    frame_free(pte_ppn(pte));
    manager_drop(process.group, copy.by, process.node, vpn);
    group_report(process.group, DSM_DROP, (<u64>vpn) << PAGE_SHIFT, process.node, process.node, copy.by);
    let_go(process, copy, slot, 0);
}

/**
 * True for a fault that takes the page alone (4.9) while its node may have written its copy. The bytes are sent first, so the fault begins
 * as seize does, when no thread holds the page.
 */
export function dsm_settles(process: process_t, pte: u64, access: u32): bool {
    const written = PTE_V | PTE_W | PTE_NC;
    return access == ACCESS_ATOMIC && (pte & written) == written && vmm_is_reference(process);
}

/**
 * Called in the step in which the fault marks the page busy. Until dsm_settle is through managers wait, and the page is promised to no
 * thread.
 */
export function dsm_settle_begin(process: process_t, vpn: u32, slot: usize): void {
    store<u64>(slot, load<u64>(slot) | PTE_REMOVING);
    changetype<copy_t>(copy_find(process, vpn)).busy = 1;
}

/**
 * Sends the bytes that the node wrote to its copy to the reference copy. They are noted with the next release, if others get copies until
 * then.
 */
export function dsm_settle(process: process_t, vpn: u32, slot: usize): void {
    vmm_lock(process);
    const copy = changetype<copy_t>(copy_find(process, vpn));
    vmm_unlock(process);
    const pte = load<u64>(slot);
    restrict_everywhere(process, vpn, slot, pte & ~(PTE_W | MARKS));
    copy_settle(process, copy, pte_ppn(pte));
    let_go(process, copy, slot, load<u64>(slot) & ~PTE_REMOVING);
}

/**
 * Marks the page of a copy: faults and managers wait from now on, and it is promised to no thread. False when another thread changes its
 * entry, when its first copy is about to come, or when a thread that was granted it has not used it yet. (A thread that lost it before
 * would ask again, behind a manager that waits for that very use; hold.ts.) The caller holds the VMM's lock.
 */
function seize(process: process_t, vpn: u32): bool {
    const copy = copy_find(process, vpn);
    const slot = copy == 0 ? <usize>0 : gpt_slot(process.root, vpn, false, 0);
    if (slot == 0 || (load<u64>(slot) & MARKS) != 0 || hold_active(process, vpn)) return false;
    store<u64>(slot, load<u64>(slot) | MARKS);
    changetype<copy_t>(copy).busy = 1;
    return true;
}

function let_go(process: process_t, copy: copy_t, slot: usize, pte: u64): void {
    vmm_lock(process);
    copy.busy = 0;
    store<u64>(slot, pte);
    vmm_wake(process);
    vmm_unlock(process);
}
const MARKS: u64 = PTE_BUSY | PTE_REMOVING;
