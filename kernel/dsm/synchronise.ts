// Release and acquire of a node under release consistency (sm-dsm 4.2, 4.5, 4.6), done at its reference cluster. A release sends what was
// written to the reference copies and posts notices; an acquire reads the others' notices and gives up copies that are older. One
// thread of a node at a time: whoever waits for it finds its own writes sent, too.

import { DSM_DROP } from "../abi/dsm-action";
import { PAGE_SHIFT } from "../abi/memory-map";
import { MUTANT_KEEPS_OLD_COPY, MUTANT_KEEPS_WRITE } from "../abi/mutants";
import { OPERATION_SM_SYNCHRONISE } from "../abi/operation";
import { operation_begin, operation_end } from "../audit";
import { remote_load32 } from "../hal/hal";
import { xptr_t } from "../hal/platform";
import { frame_free } from "../mm/frame";
import { gpt_slot } from "../mm/gpt";
import { PTE_BUSY, PTE_REMOVING, PTE_V, PTE_W, pte_ppn } from "../mm/pte";
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
import { notice_post, notice_vpn, notices_count, notices_last, notices_posted, POSTS_AT_ONCE } from "./notices";

export function synchronise_init(): void {
    const synchronise: (desc: xptr_t) => void = serve_synchronise;
    rpc_register(RPC_SM_SYNCHRONISE, <u32>synchronise.index);
}

/** What the node has written is in the reference copies, and noted, when this returns. */
export function dsm_release(process: process_t): void {
    if (vmm_is_reference(process)) release_here(process);
    else if (has_copies(process)) ask_reference(process, RELEASE);
}

/** The node has no copy any more that is older than a notice posted before. */
export function dsm_acquire(process: process_t): void {
    if (vmm_is_reference(process)) acquire_here(process);
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
    if (rpc_get(desc, 1) == RELEASE) release_here(process);
    else acquire_here(process);
    process_release(process);
}

function begin(process: process_t, copies: copies_t): void {
    vmm_lock(process);
    while (copies.synchronising != 0) wait(process);
    copies.synchronising = 1;
    vmm_unlock(process);
    operation_begin(process.pid, OPERATION_SM_SYNCHRONISE, 0);
}

function end(process: process_t, copies: copies_t): void {
    operation_end(process.pid, OPERATION_SM_SYNCHRONISE);
    vmm_lock(process);
    copies.synchronising = 0;
    vmm_wake(process);
    vmm_unlock(process);
}

/**
 * Gives the VMM's lock back, waits until a state of the process has ended, and takes it again. The thread itself waits, also when it
 * serves: all it waits for is ended by threads that hold their pages, or synchronise, already.
 */
function wait(process: process_t): void {
    vmm_wait(process, 0);
    vmm_lock(process);
}

function is_idle(copies: copies_t): bool {
    const at = changetype<usize>(copies);
    const synchronising = atomic.load<u32>(at + offsetof<copies_t>("synchronising"));
    return synchronising == 0 && atomic.load<u32>(at + offsetof<copies_t>("written")) == 0;
}

function release_here(process: process_t): void {
    const copies = changetype<copies_t>(process.copies);
    if (changetype<usize>(copies) == 0 || is_idle(copies)) return;
    begin(process, copies);
    let count: u32 = 0;
    while (true) {
        vmm_lock(process);
        const copy = copy_take_written(copies);
        vmm_unlock(process);
        if (copy == 0) break;
        if (!send(process, changetype<copy_t>(copy))) continue;
        store<u32>(this_thread().buffer + (count++ << 2), changetype<copy_t>(copy).vpn);
        if (count < POSTS_AT_ONCE) continue;
        group_post(process.group, process.node, count);
        count = 0;
    }
    if (count != 0) group_post(process.group, process.node, count);
    end(process, copies);
}

/** The written copy can be read only, and the reference copy has its bytes. False: there is nothing to note. */
function send(process: process_t, copy: copy_t): bool {
    const slot = seize(process, copy.vpn);
    const dirty = copy.dirty != 0;
    copy.dirty = 0;
    if (slot == 0) return dirty;
    const pte = load<u64>(slot);
    if (dirty && (pte & PTE_V) != 0) {
        if (!Mutant.on(MUTANT_KEEPS_WRITE)) restrict_everywhere(process, copy.vpn, slot, pte & ~(PTE_W | MARKS));
        copy_settle(process, copy, pte_ppn(pte));
    }
    let_go(process, copy, slot, load<u64>(slot));
    return dirty;
}

function acquire_here(process: process_t): void {
    const copies = changetype<copies_t>(process.copies);
    if (changetype<usize>(copies) == 0 || notices_posted(process.group) == copies.seen) return;
    begin(process, copies);
    // Later ones are those of the next acquire.
    const posted = notices_posted(process.group);
    let last = copies.seen;
    while (last < posted) {
        group_read_notices(process.group, process.node, copies.seen, last);
        const count = notices_count();
        last = notices_last();
        for (let i: u32 = 0; i < count && !Mutant.on(MUTANT_KEEPS_OLD_COPY); i++) {
            give_up(process, notice_vpn(i), notice_post(i));
        }
    }
    copies.seen = last;
    end(process, copies);
}

/** The node's copy goes if it is older than the post, after its own bytes were sent: they are noted with the next release. */
function give_up(process: process_t, vpn: u32, post: u32): void {
    const slot = seize(process, vpn);
    if (slot == 0) return;
    vmm_lock(process);
    const copy = changetype<copy_t>(copy_find(process, vpn));
    vmm_unlock(process);
    const pte = load<u64>(slot);
    if ((pte & PTE_V) == 0 || copy.reference == 0 || copy.fetched >= post) {
        let_go(process, copy, slot, pte);
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
 * A fault of the node, which has marked the page's entry busy, takes the page alone (4.9): what the node wrote to its copy goes to the
 * reference copy first. It is noted with the next release, if others get copies until then.
 */
export function dsm_settle(process: process_t, vpn: u32, slot: usize): void {
    vmm_lock(process);
    while ((load<u64>(slot) & PTE_REMOVING) != 0 || hold_active(process, vpn)) wait(process);
    const copy = changetype<copy_t>(copy_find(process, vpn));
    store<u64>(slot, load<u64>(slot) | PTE_REMOVING);
    copy.busy = 1;
    vmm_unlock(process);
    const pte = load<u64>(slot);
    if ((pte & PTE_W) != 0) {
        restrict_everywhere(process, vpn, slot, pte & ~(PTE_W | MARKS));
        copy_settle(process, copy, pte_ppn(pte));
    }
    vmm_lock(process);
    copy.busy = 0;
    store<u64>(slot, load<u64>(slot) & ~PTE_REMOVING);
    vmm_wake(process);
    vmm_unlock(process);
}

/**
 * Waits until nobody changes the page's entry and every thread that was granted it has used it (hold.ts: who lost it before would
 * ask again, behind a manager that waits for that very use), and marks it: faults and managers wait from now on, and the page is promised
 * to nobody. The entry's address; 0: the node never had a copy.
 */
function seize(process: process_t, vpn: u32): usize {
    vmm_lock(process);
    const copy = copy_find(process, vpn);
    const slot = copy == 0 ? <usize>0 : gpt_slot(process.root, vpn, false, 0);
    if (slot != 0) {
        while ((load<u64>(slot) & MARKS) != 0 || hold_active(process, vpn)) wait(process);
        store<u64>(slot, load<u64>(slot) | MARKS);
        changetype<copy_t>(copy).busy = 1;
    }
    vmm_unlock(process);
    return slot;
}

function let_go(process: process_t, copy: copy_t, slot: usize, pte: u64): void {
    vmm_lock(process);
    copy.busy = 0;
    store<u64>(slot, pte & ~MARKS);
    vmm_wake(process);
    vmm_unlock(process);
}
const MARKS: u64 = PTE_BUSY | PTE_REMOVING;
