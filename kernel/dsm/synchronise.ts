// Release and acquire of a node under release consistency (sm-dsm 4.2, 4.5, 4.6), done at its reference cluster. A release sends what was
// written to the reference copies and posts notices; an acquire reads the others' notices and gives up copies that are older. One
// thread of a node at a time: whoever waits for it finds its own writes sent, too.
//
// A request of another cluster's thread that meets a page on which a fault is under way, or which a thread holds, is parked (vmm-policy
// 5.9.4), and is begun anew. It stays the one that synchronises, so no other release or acquire of the node comes between its parts, and it
// goes on where it was: a release takes each page off the list of the written ones in the step in which it seizes it, and posts what it has
// sent before it is parked; an acquire goes on behind the last whole reading, and what it has looked at since is known to be new enough. What the node's threads write
// meanwhile is sent or not, as if they had written it before or after. The request is never lost: its client waits for the answer.

import { ACCESS_ATOMIC } from "../abi/access";
import { DSM_DROP } from "../abi/dsm-action";
import { PAGE_SHIFT } from "../abi/memory-map";
import { MUTANT_KEEPS_OLD_COPY, MUTANT_KEEPS_WRITE } from "../abi/mutants";
import { OPERATION_SM_SYNCHRONISE } from "../abi/operation";
import { operation_begin, operation_end } from "../audit";
import { remote_load32 } from "../hal/hal";
import { xptr_local, xptr_t } from "../hal/platform";
import { frame_free } from "../mm/frame";
import { gpt_get, gpt_slot } from "../mm/gpt";
import { PTE_BUSY, PTE_NC, PTE_REMOVING, PTE_V, PTE_W, pte_ppn } from "../mm/pte";
import { vmm_is_reference, vmm_lock, vmm_unlock, vmm_wait, vmm_wake } from "../mm/vmm";
import { Mutant } from "../mutant";
import { process_hold, process_release, process_t } from "../proc/process-table";
import { this_thread } from "../proc/thread";
import { RPC_SM_SYNCHRONISE } from "../rpc/ops";
import { LEVEL_REFERENCE, rpc_arguments, rpc_get, rpc_register, rpc_send } from "../rpc/rpc";
import { group_post, group_read_notices } from "./calls";
import { copies_t, copy_find, copy_settle, copy_t, copy_take_written } from "./copies";
import { restrict_everywhere } from "./downgrade";
import { group_report } from "./group";
import { hold_active } from "./hold";
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

/** What the node has written is in the reference copies, and noted, when this returns. */
export function dsm_release(process: process_t): void {
    if (vmm_is_reference(process)) release_here(process, 0);
    else if (has_copies(process)) ask_reference(process, RELEASE);
}

/** The node has no copy any more that is older than a notice posted before. */
export function dsm_acquire(process: process_t): void {
    if (vmm_is_reference(process)) acquire_here(process, 0);
    else if (has_copies(process)) ask_reference(process, ACQUIRE);
}

/** From another cluster of the node: it has had a page under release consistency that others have, too. */
function has_copies(process: process_t): bool {
    return remote_load32(process.at_reference + offsetof<process_t>("copies")) != 0;
}

const RELEASE: u64 = 0;
const ACQUIRE: u64 = 1;

function ask_reference(process: process_t, what: u64): void {
    rpc_arguments().arg0 = process.pid;
    rpc_arguments().arg1 = what;
    rpc_send(process.reference, LEVEL_REFERENCE, RPC_SM_SYNCHRONISE);
}

function serve_synchronise(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, 0)));
    if (changetype<usize>(process) == 0) return;
    if (rpc_get(desc, 1) == RELEASE) release_here(process, desc);
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

/** vmm_wait until somebody else is through with a page; the thread or request stays the one that synchronises. */
function wait(process: process_t, desc: xptr_t): bool {
    if (desc != 0) operation_end(process.pid, OPERATION_SM_SYNCHRONISE);
    return vmm_wait(process, desc);
}

function is_idle(copies: copies_t): bool {
    const at = changetype<usize>(copies);
    const synchronising = atomic.load<u64>(at + offsetof<copies_t>("synchronising"));
    return synchronising == 0 && atomic.load<u32>(at + offsetof<copies_t>("written")) == 0;
}

/** `desc` as for vmm_wait: when the request is parked this returns, and its handler at once. */
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

/** The written copy, whose page is seized, can be read only, and the reference copy has its bytes. False: there is nothing to note. */
function send(process: process_t, copy: copy_t): bool {
    const slot = gpt_slot(process.root, copy.vpn, false, 0);
    const dirty = copy.dirty != 0;
    copy.dirty = 0;
    const pte = load<u64>(slot);
    if (dirty && (pte & PTE_V) != 0) {
        if (!Mutant.on(MUTANT_KEEPS_WRITE)) restrict_everywhere(process, copy.vpn, slot, pte & ~(PTE_W | MARKS));
        copy_settle(process, copy, pte_ppn(pte));
    }
    let_go(process, copy, slot, load<u64>(slot) & ~MARKS);
    return dirty;
}

/** As release_here. */
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
        for (let i: u32 = 0; i < count && !Mutant.on(MUTANT_KEEPS_OLD_COPY); i++) {
            if (!give_up(process, notice_vpn(i), notice_post(i), desc)) return;
        }
        copies.reached = last;
    }
    copies.seen = copies.reached;
    end(process, copies);
}

/**
 * The node's copy goes if it is older than the post, after its own bytes were sent: they are noted with the next release. False: the
 * request is parked.
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
 * The node has, and will get, no copy that is older than the post: one that is new enough stays so, whatever becomes of its page. The
 * caller holds the VMM's lock.
 */
function is_newer(process: process_t, vpn: u32, post: u32): bool {
    const copy = copy_find(process, vpn);
    if (copy != 0) return changetype<copy_t>(copy).fetched >= post;
    // The first copy may be about to come, with content from before the post.
    return (gpt_get(process.root, vpn) & PTE_BUSY) == 0;
}

/** The seized page's copy goes, unless it is the reference copy, or gone already. */
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
 * A fault that takes the page alone (4.9), of a copy that its node may have written: that is sent first, so the fault begins as seize
 * does, when nobody holds the page.
 */
export function dsm_settles(process: process_t, pte: u64, access: u32): bool {
    const written = PTE_V | PTE_W | PTE_NC;
    return access == ACCESS_ATOMIC && (pte & written) == written && vmm_is_reference(process);
}

/** In the step in which the fault marks the page busy: managers wait, and it is promised to nobody, until dsm_settle is through. */
export function dsm_settle_begin(process: process_t, vpn: u32, slot: usize): void {
    store<u64>(slot, load<u64>(slot) | PTE_REMOVING);
    changetype<copy_t>(copy_find(process, vpn)).busy = 1;
}

/** What the node wrote to its copy goes to the reference copy. It is noted with the next release, if others get copies until then. */
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
 * Marks the page of a copy: faults and managers wait from now on, and it is promised to nobody. False: somebody changes its entry, its
 * first copy is about to come, or a thread that was granted it has not used it yet (hold.ts: who lost it before would ask again, behind
 * a manager that waits for that very use). The caller holds the VMM's lock.
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
