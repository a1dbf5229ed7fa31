// A DSM page fault at the node's reference cluster: it asks the manager, copies the content, installs, and acknowledges (sm-dsm 3.2-3.4).

import { ACCESS_ATOMIC, ACCESS_LOAD, ACCESS_STORE } from "../abi/access";
import { BI_DSM_PREFETCH } from "../abi/boot-info";
import { DSM_BASE, DSM_PAGES, PAGE_SHIFT } from "../abi/memory-map";
import { ENDING, SIGKILL, SIGSEGV } from "../abi/signal";
import { VSEG_DSM } from "../abi/vseg-type";
import { boot_info, local_cxy, xptr_t } from "../hal/platform";
import { copy_page } from "../mm/anonymous";
import { frame_alloc, frame_free } from "../mm/frame";
import { gpt_slot } from "../mm/gpt";
import { hold_begin, hold_end, promise_drop, promise_give, promise_make } from "../mm/hold";
import { kcm_free } from "../mm/kcm";
import { entry_of, OUTCOME_NONE, outcome_signal, outcome_t } from "../mm/outcome";
import { PAGER_PROMISED, pager_register } from "../mm/pager";
import { process_t } from "../mm/process-table";
import { PTE_BUSY, PTE_NC, PTE_R, PTE_V, PTE_W, pte_ppn, pte_user } from "../mm/pte";
import { vmm_lock, vmm_unlock, vmm_unmark_busy } from "../mm/vmm";
import { this_thread } from "../sched/thread";
import { copy_age, copy_granted } from "./copies";
import { group_is_closed, group_transfer_begin, group_transfer_end } from "./group";
import { manager_ack, manager_prefetch, manager_request, manager_take } from "./manager";
import {
    GRANT_DEAD,
    GRANT_FREE,
    GRANT_KEEP,
    GRANT_NO_MEMORY,
    GRANT_NOTE,
    GRANT_OK,
    GRANT_REFUSED,
    GRANT_SHARED,
    GRANT_TWIN,
    GRANT_WRITE,
    grant_ppn,
} from "./protocol";
import { dsm_settle, dsm_settle_begin, dsm_settles } from "./synchronise";
import { writable_begin } from "./writable";

export function dsm_pager_init(): void {
    const fault: (process: process_t, vpn: u32, access: u32, slot: usize) => u64 = dsm_fault;
    const settle: (process: process_t, vpn: u32, slot: usize) => void = dsm_settle_begin;
    const pager = pager_register(VSEG_DSM, PAGER_PROMISED, 0);
    pager.fault = <u32>fault.index;
    pager.settle = <u32>settle.index;
}

/**
 * Resolves a fault on a page of the region. `slot` is the page's entry, marked busy by the caller; the mark is gone on return. Returns the
 * entry, or a signal: SIGSEGV outside every allocation (3.8) and when all nodes have left the group, SIGKILL without memory, ENDING in a
 * dying group.
 */
function dsm_fault(process: process_t, vpn: u32, access: u32, slot: usize): outcome_t {
    // The node's own bytes are sent first, for the granted content is that of the reference copy.
    if (dsm_settles(process, load<u64>(slot), access)) dsm_settle(process, vpn, slot);
    if (is_own(process)) return fault(process, vpn, access, slot, 0);
    const promise = promise_make(vpn);
    return promise == 0 ? finish(process, slot, outcome_signal(SIGKILL)) : fault(process, vpn, access, slot, promise);
}

/** True when the running thread has the fault itself; else it serves a thread of another cluster. */
function is_own(process: process_t): bool {
    return this_thread().process == changetype<usize>(process);
}

/** `promise` is not 0 for a fault of another cluster's thread. It is given or freed on return. */
function fault(process: process_t, vpn: u32, access: u32, slot: usize, promise: usize): outcome_t {
    let ppn: u64 = 0;
    if ((load<u64>(slot) & PTE_V) == 0) {
        if (access == ACCESS_LOAD) prefetch(process, vpn);
        ppn = frame_alloc(local_cxy, VSEG_DSM, process.pid);
        if (ppn == 0) return refuse(process, slot, outcome_signal(SIGKILL), 0, promise);
    }
    const grant = request(process, vpn, access);
    if ((grant & GRANT_OK) == 0) return refuse(process, slot, refusal(grant), ppn, promise);
    const own = pte_ppn(load<u64>(slot));
    if (grant & GRANT_KEEP) {
        if (ppn != 0) frame_free(ppn);
        ppn = own;
    } else if (ppn == 0) {
        // A copy that is too old to be kept gets new content.
        ppn = own != 0 ? own : frame_alloc(local_cxy, VSEG_DSM, process.pid);
    }
    keep(process, vpn, promise);
    const pte = receive(process, vpn, grant, slot, ppn);
    // Once all nodes have left, the node that had the content may be gone, and the content with it.
    const ended = group_is_closed(process.group);
    if (entry_of(pte) == 0 || ended) give_up(process, vpn, promise);
    return ended ? outcome_signal(SIGSEGV) : pte;
}

function request(process: process_t, vpn: u32, access: u32): u64 {
    if (access == ACCESS_ATOMIC) return manager_take(process.group, process.node, vpn);
    return manager_request(process.group, process.node, vpn, access == ACCESS_STORE);
}

/** Ends the fault with `outcome`. Frame and promise (0: none) were not needed and are freed. */
function refuse(process: process_t, slot: usize, outcome: outcome_t, ppn: u64, promise: usize): outcome_t {
    if (ppn != 0) frame_free(ppn);
    if (promise != 0) kcm_free(promise);
    return finish(process, slot, outcome);
}

/**
 * Fills frame `ppn` (0: there was none) as granted, publishes the page's entry, and acknowledges. Returns the entry; SIGKILL as `install`;
 * ENDING when the content is gone with its node, or about to be.
 */
function receive(process: process_t, vpn: u32, grant: u64, slot: usize, ppn: u64): outcome_t {
    const posted = copy_age(process.group, grant);
    if (!take_content(process.group, ppn, grant)) {
        if (ppn != pte_ppn(load<u64>(slot))) frame_free(ppn);
        finish(process, slot, outcome_signal(ENDING));
        manager_ack(process.group, process.node, vpn, grant, 0);
        return outcome_signal(ENDING);
    }
    const pte = install(process, vpn, grant, posted, slot, ppn);
    manager_ack(process.group, process.node, vpn, grant, ppn);
    return pte;
}

/** Publishes the page's entry. Returns it, or SIGKILL without a frame or a twin; without a twin the node can only read the page. */
function install(process: process_t, vpn: u32, grant: u64, posted: u32, slot: usize, ppn: u64): outcome_t {
    if (ppn == 0) return finish(process, slot, outcome_signal(SIGKILL));
    const writes = (grant & (GRANT_WRITE | GRANT_TWIN | GRANT_NOTE)) != 0;
    const noted = copy_granted(process, vpn, grant, posted, ppn);
    if (writes && noted) writable_begin(process, vpn, ppn);
    const type = grant & GRANT_SHARED ? PTE_NC : 0;
    const pte = finish(process, slot, pte_user(ppn, writes && noted ? PTE_R | PTE_W : PTE_R) | type);
    return noted ? pte : outcome_signal(SIGKILL);
}

/**
 * Gets copies of the pages behind `vpn` (3.9). They come before the page itself: a node that held the page while it waits here for another
 * page could wait for a node that does the same the other way round.
 */
function prefetch(process: process_t, vpn: u32): void {
    const count = <u32>boot_info(BI_DSM_PREFETCH);
    for (let i: u32 = 1; i <= count; i++) if (!prefetch_page(process, vpn + i)) return;
}

function prefetch_page(process: process_t, vpn: u32): bool {
    const slot = mark_absent(process, vpn);
    if (slot == 0) return false;
    const ppn = frame_alloc(local_cxy, VSEG_DSM, process.pid);
    const grant = ppn == 0 ? GRANT_REFUSED : manager_prefetch(process.group, process.node, vpn);
    if ((grant & GRANT_OK) == 0) {
        if (ppn != 0) frame_free(ppn);
        finish(process, slot, OUTCOME_NONE);
        return false;
    }
    return entry_of(receive(process, vpn, grant, slot, ppn)) != 0;
}

/** Marks busy the entry of a page of the region that no thread of the process has or asks for. Returns the entry's address, else 0. */
function mark_absent(process: process_t, vpn: u32): usize {
    if (vpn >= <u32>(DSM_BASE >> PAGE_SHIFT) + DSM_PAGES) return 0;
    vmm_lock(process);
    const slot = gpt_slot(process.root, vpn, true, process.pid);
    const free = slot != 0 && load<u64>(slot) == 0;
    if (free) store<u64>(slot, PTE_BUSY);
    vmm_unlock(process);
    return free ? slot : 0;
}

/** The signal that ends the thread after a refusal. */
function refusal(grant: u64): outcome_t {
    if (grant == GRANT_DEAD) return outcome_signal(ENDING);
    return outcome_signal(grant == GRANT_NO_MEMORY ? SIGKILL : SIGSEGV);
}

/** After the acknowledgement the page could be taken again. It stays until the thread that asked has used it. */
function keep(process: process_t, vpn: u32, promise: usize): void {
    if (promise == 0) {
        hold_begin(vpn);
        return;
    }
    vmm_lock(process);
    promise_give(process, promise);
    vmm_unlock(process);
}

/** The thread that asked will not use the page. */
function give_up(process: process_t, vpn: u32, promise: usize): void {
    if (promise == 0) {
        hold_end();
        return;
    }
    vmm_lock(process);
    promise_drop(process, vpn);
    vmm_unlock(process);
}

/**
 * Copies the granted content. False when the node that has it may be ending. A frame that was handed over belongs to this node and is
 * freed.
 */
function take_content(group: xptr_t, ppn: u64, grant: u64): bool {
    const source = grant_ppn(grant);
    if (source == 0) return true;
    const own = (grant & GRANT_FREE) != 0;
    if (!own && !group_transfer_begin(group)) return false;
    // Without a frame the content is lost, and with it the node and its group.
    if (ppn != 0) copy_page(ppn, source);
    if (!own) group_transfer_end(group);
    else frame_free(source);
    return true;
}

function finish(process: process_t, slot: usize, outcome: outcome_t): outcome_t {
    vmm_unmark_busy(process, slot, entry_of(outcome));
    return outcome;
}
