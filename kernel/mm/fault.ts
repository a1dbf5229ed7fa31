// On-demand paging (vmm-policy 5). A thread in K uses GPT(P,K) only. A miss is resolved here: by K itself for STACK, by the reference
// cluster Z for everything else. Z keeps the truth, and K copies it.

import { ACCESS_ATOMIC, ACCESS_STORE } from "../abi/access";
import { FAULT_LOCAL, FAULT_SPURIOUS, FAULT_THROUGH_Z } from "../abi/fault";
import { OPERATION_FAULT } from "../abi/operation";
import { PHASE_GPT, PHASE_RETURN } from "../abi/phase";
import { RPC_GET_PAGE } from "../abi/rpc-ops";
import {
    GET_PAGE_ACCESS,
    GET_PAGE_OUTCOME,
    GET_PAGE_PID,
    GET_PAGE_SHARER,
    GET_PAGE_TABLE,
    GET_PAGE_VPN,
} from "../abi/rpc-words";
import { ENDING, SIGBUS, SIGKILL, SIGSEGV } from "../abi/signal";
import { fence_i } from "../hal/hal";
import { local_cxy, uaddr_t, xptr_t } from "../hal/platform";
import { tell_fault } from "../probe";
import { LEVEL_REFERENCE } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { this_thread } from "../sched/thread";
import { phase_enter } from "../trace/fault-cost";
import { operation_begin, operation_end } from "../trace/operation";
import { copy_page, is_private_file, unfilled_frame } from "./anonymous";
import { direct, direct_page } from "./direct";
import { eager_publish } from "./eager";
import { frame_alloc_unfilled, frame_free, frame_owners } from "./frame";
import { gpt_get, gpt_slot, vpn_of } from "./gpt";
import { hold_active, hold_begin } from "./hold";
import { is_linked, linked_entry, linked_join, linked_table } from "./linked";
import { allows, entry_for, look_at_z, right_of, take_page } from "./look";
import {
    entry_of,
    OUTCOME_GONE,
    OUTCOME_NONE,
    OUTCOME_PARKED,
    OUTCOME_SET,
    outcome_signal,
    outcome_t,
    signal_of,
} from "./outcome";
import {
    NO_PAGE,
    PAGER_CACHED,
    PAGER_COPIED,
    PAGER_LOCAL,
    PAGER_PROMISED,
    pager_fault,
    pager_frame,
    pager_of,
} from "./pager";
import { PROCESS_ALIVE, process_hold, process_release, process_t } from "./process-table";
import { PTE_BUSY, PTE_NC, PTE_REMOVING, PTE_V, PTE_W, PTE_X, pte_has_frame, pte_ppn, pte_user } from "./pte";
import { ask_z, fault_vseg, known_rights, known_type, NO_MEMORY } from "./registration";
import { sharers_restrict_page } from "./sharers";
import {
    vmm_invalidate,
    vmm_is_reference,
    vmm_lock,
    vmm_mark_busy,
    vmm_mark_removing,
    vmm_unlock,
    vmm_unmark_busy,
    vmm_vsegs,
    vmm_wait,
    vmm_wake,
} from "./vmm";
import { vseg_add_sharer, vseg_is_changing, vseg_is_private, vseg_t } from "./vseg";
import { vsl_find } from "./vsl";

export function fault_init(): void {
    const get_page: (desc: xptr_t) => void = serve_get_page;
    rpc_register(RPC_GET_PAGE, <u32>get_page.index);
}

/**
 * Makes the page of `vaddr` accessible to this cluster's threads of P. Returns 0, or the signal that ends P: SIGSEGV when the address or
 * the right is not there (5.1, 5.8), SIGKILL when there is no memory, or ENDING.
 */
export function fault_resolve(process: process_t, vaddr: uaddr_t, access: u32): u32 {
    const pid = process.pid;
    operation_begin(pid, OPERATION_FAULT, vaddr);
    const signal = resolve(process, vaddr, access);
    phase_enter(PHASE_RETURN);
    operation_end(pid, OPERATION_FAULT);
    return signal;
}

function resolve(process: process_t, vaddr: uaddr_t, access: u32): u32 {
    const vpn = vpn_of(vaddr);
    while (true) {
        const vseg = fault_vseg(process, vpn);
        if (vseg == 0) return SIGSEGV;
        if (vseg == NO_MEMORY) return SIGKILL;
        const type = known_type(vseg);
        if ((known_rights(vseg) & right_of(access)) == 0) return SIGSEGV;
        const local = vmm_is_reference(process) || (pager_of(type).traits & PAGER_LOCAL) != 0;
        phase_enter(PHASE_GPT);
        const outcome = local
            ? resolve_here(process, vpn, access, local_cxy, 0)
            : resolve_through_z(process, vseg, vpn, access);
        // A change has taken the vseg meanwhile, so the loop asks again, here and at Z.
        if (outcome == OUTCOME_GONE) continue;
        if (signal_of(outcome) != 0) return signal_of(outcome);
        const told = access == ACCESS_ATOMIC ? ACCESS_STORE : access;
        const how = outcome == OUTCOME_SET ? FAULT_SPURIOUS : local ? FAULT_LOCAL : FAULT_THROUGH_Z;
        tell_fault(process.pid, type, vaddr, told, how, this_thread().fault);
        return 0;
    }
}

/**
 * Marks the page busy once no other thread of this cluster resolves it and no change has its vseg. From then on the mark holds the vseg
 * (5.9.2), which is the thread's marked_vseg. A copy in the DSM that is to be sent first is marked only when no thread holds the page. Returns
 * the entry's address, or one of ALLOWED, NO_TABLE, NO_VSEG and WAITS. `desc` is as for vmm_wait.
 */
function begin(process: process_t, vpn: u32, access: u32, desc: xptr_t): usize {
    while (true) {
        vmm_lock(process);
        const slot = gpt_slot(process.root, vpn, false, 0);
        const pte = slot != 0 ? load<u64>(slot) : gpt_get(process.root, vpn);
        const vseg = vsl_find(vmm_vsegs(process), vpn);
        const changing = vseg != 0 && vseg_is_changing(changetype<vseg_t>(vseg), process.change);
        const allowed = allows(pte, access);
        const settles = access == ACCESS_ATOMIC && (pte & WRITTEN_COPY) == WRITTEN_COPY && vmm_is_reference(process);
        const taken = (pte & PTE_REMOVING) != 0 || changing || (settles && hold_active(process, vpn));
        if (taken || (!allowed && (pte & PTE_BUSY) != 0)) {
            if (!vmm_wait(process, desc)) return WAITS;
            continue;
        }
        let result = NO_VSEG;
        if (vseg != 0) result = allowed ? ALLOWED : vmm_mark_busy(process, vpn, slot);
        this_thread().marked_vseg = vseg;
        if (settles && result > WAITS) {
            call_indirect<void>(pager_of(changetype<vseg_t>(vseg).type).settle, process, vpn, result);
        }
        vmm_unlock(process);
        return result == 0 ? NO_TABLE : result;
    }
}
/** A page that other nodes may have, too, and that this node may have written. */
const WRITTEN_COPY: u64 = PTE_V | PTE_W | PTE_NC;
/** The entry already allows the access. */
const ALLOWED: usize = 1;
const NO_TABLE: usize = 2;
const NO_VSEG: usize = 3;
const WAITS: usize = 4;

/** The outcome for a result of `begin` that is not an entry's address. */
function not_begun(result: usize): outcome_t {
    if (result == ALLOWED) return OUTCOME_SET;
    if (result == NO_VSEG) return OUTCOME_GONE;
    return result == WAITS ? OUTCOME_PARKED : outcome_signal(SIGKILL);
}

/** Ends what `begin` began: installs the entry of `outcome` if it has one, and removes the mark. */
function end(process: process_t, slot: usize, outcome: outcome_t): outcome_t {
    vmm_unmark_busy(process, slot, entry_of(outcome));
    return outcome;
}

/**
 * Resolves a fault in K for a thread of cluster `toucher` and makes the frame; K is Z, or the page is private to K. `desc` is as for
 * vmm_wait.
 */
function resolve_here(process: process_t, vpn: u32, access: u32, toucher: u32, desc: xptr_t): outcome_t {
    const slot = begin(process, vpn, access, desc);
    if (slot <= WAITS) return not_begun(slot);
    const vseg = changetype<vseg_t>(this_thread().marked_vseg);
    if ((vseg.rights & right_of(access)) == 0) return end(process, slot, outcome_signal(SIGSEGV));
    // Additions reach Z first (5.9): a removal from now on tells the cluster that has asked for the page.
    if (!is_local(toucher)) vseg_add_sharer(vseg, toucher);
    const pager = pager_of(vseg.type);
    if (pager.fault != 0) return pager_fault(pager, process, vpn, access, slot);
    const old = load<u64>(slot);
    if (pte_has_frame(old)) return end(process, slot, regain(process, vseg, vpn, access, toucher, old));
    const ppn = pager_frame(process, vseg, vpn, toucher);
    if (ppn == 0) return end(process, slot, outcome_signal(SIGKILL));
    if (ppn == NO_PAGE) return end(process, slot, outcome_signal(SIGBUS));
    // A page of a private file mapping is the cache's until its first store.
    const pte = pte_user(ppn, is_private_file(vseg) ? vseg.rights & ~PTE_W : vseg.rights);
    if (vmm_is_reference(process) && !vseg_is_private(vseg.type)) eager_publish(process, vseg, vpn, slot, pte);
    return end(process, slot, pte);
}

/**
 * The page has a frame, but its entry lacks the right that the vseg gives: copy-on-write (7.3), or an mprotect that gave rights back. A
 * sole owner gets the rights; else the page moves to a new frame in the cluster that the vseg's rule names.
 */
function regain(process: process_t, vseg: vseg_t, vpn: u32, access: u32, toucher: u32, old: u64): outcome_t {
    const ppn = pte_ppn(old);
    if ((pager_of(vseg.type).traits & PAGER_CACHED) != 0 || frame_owners(ppn) == 1) return pte_user(ppn, vseg.rights);
    if (access != ACCESS_STORE) return pte_user(ppn, vseg.rights & ~PTE_W);
    const copy = unfilled_frame(process, vseg, vpn, toucher);
    if (copy == 0) return outcome_signal(SIGKILL);
    copy_page(copy, ppn);
    // The only entry of a linked page goes first, so that no sharer can load it again. For other pages fetches wait until Z's own entry is
    // gone.
    if (is_linked(vseg.type)) vmm_invalidate(process, vpn, 0);
    if (vmm_is_reference(process)) {
        vmm_mark_removing(process, vpn);
        sharers_restrict_page(process, vseg, vpn, 0);
    }
    vmm_invalidate(process, vpn, 0);
    frame_free(ppn);
    return pte_user(copy, vseg.rights);
}

/**
 * Resolves a fault when K is not Z: the entry comes from Z. Where each cluster has a copy, a frame of K is filled with the content of Z's
 * frame (5.2, 5.4). `vseg` is the word that fault_vseg gave.
 */
function resolve_through_z(process: process_t, vseg: u64, vpn: u32, access: u32): outcome_t {
    const type = known_type(vseg);
    if (is_linked(type)) return resolve_linked(process, vpn, access);
    const traits = pager_of(type).traits;
    while (true) {
        const slot = begin(process, vpn, access, 0);
        if (slot <= WAITS) return not_begun(slot);
        const epoch = atomic.load<u32>(changetype<usize>(process) + offsetof<process_t>("epoch"));
        let pte = entry_at_z(process, vpn, access, traits);
        if (entry_of(pte) == 0) return end(process, slot, pte);
        if ((traits & PAGER_COPIED) != 0) pte = copy_frame(process, type, known_rights(vseg), pte);
        if (entry_of(pte) == 0) return end(process, slot, pte);
        // A copy is K's own, and what it is of is never changed while P has a thread. What Z has promised (hold.ts) nothing takes away
        // before this thread has used it.
        const always = (traits & (PAGER_COPIED | PAGER_PROMISED)) != 0;
        if (install(process, slot, pte, epoch, always, (traits & PAGER_PROMISED) != 0 ? vpn : 0)) return pte;
    }
}

/**
 * Ends the mark with `pte` and returns true, unless an invalidation has come since `epoch` (5.9) and `always` is false. `held` is the DSM
 * page that the thread is to hold, or 0.
 */
function install(process: process_t, slot: usize, pte: u64, epoch: u32, always: bool, held: u32): bool {
    vmm_lock(process);
    const current = always || process.epoch == epoch;
    store<u64>(slot, current ? pte : load<u64>(slot) & ~PTE_BUSY);
    if (current && held != 0) hold_begin(held);
    vmm_wake(process);
    vmm_unlock(process);
    return current;
}

/**
 * Resolves a fault on a linked page. K installs no entry: Z makes it, and K links Z's leaf table. K sets no mark either, for Z's entry is
 * the only one.
 */
function resolve_linked(process: process_t, vpn: u32, access: u32): outcome_t {
    const pte = linked_entry(process, vpn);
    if ((pte & PTE_V) != 0 && (pte & right_of(access)) != 0) return OUTCOME_SET;
    const made = fetch_page(process, vpn, access);
    if (entry_of(made) == 0 || linked_join(process, vpn, rpc_arguments().get(GET_PAGE_TABLE))) return made;
    return outcome_signal(SIGKILL);
}

/** An entry for a frame of K with the content of Z's. */
function copy_frame(process: process_t, type: u32, rights: u64, pte: u64): outcome_t {
    const ppn = frame_alloc_unfilled(local_cxy, type, process.pid);
    if (ppn == 0) return outcome_signal(SIGKILL);
    copy_page(ppn, pte_ppn(pte));
    if ((rights & PTE_X) != 0) fence_i();
    return pte_user(ppn, rights);
}

/**
 * Z's entry for the page, or a signal. A page that Z has costs a leaf request, and none if it is CODE (5.2, mm/look.ts). `traits` are those of
 * its pager.
 */
function entry_at_z(process: process_t, vpn: u32, access: u32, traits: u32): outcome_t {
    if ((traits & PAGER_PROMISED) == 0 && !direct()) {
        const seen = look_at_z(process, vpn);
        if (allows(seen, access)) {
            if ((traits & PAGER_COPIED) != 0) return seen & ~PTE_BUSY;
            const taken = take_page(process, vpn, access);
            if (taken != OUTCOME_NONE) return taken;
        }
    }
    return fetch_page(process, vpn, access);
}

/** Does as entry_at_z, with the request that has Z make the page if need be. */
function fetch_page(process: process_t, vpn: u32, access: u32): outcome_t {
    const seen = direct_page(process, vpn);
    if ((seen & PTE_V) != 0 && (seen & right_of(access)) != 0) return seen & ~PTE_BUSY;
    const desc = rpc_arguments();
    desc.set(GET_PAGE_PID, process.pid);
    desc.set(GET_PAGE_VPN, vpn);
    desc.set(GET_PAGE_ACCESS, access);
    desc.set(GET_PAGE_SHARER, local_cxy);
    ask_z(process, LEVEL_REFERENCE, RPC_GET_PAGE);
    return desc.get(GET_PAGE_OUTCOME);
}

/** At Z: answers with the entry of a page, which is made first if need be. */
function serve_get_page(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, GET_PAGE_PID)));
    if (changetype<usize>(process) == 0) {
        rpc_set(desc, GET_PAGE_OUTCOME, outcome_signal(ENDING));
        return;
    }
    const vpn = <u32>rpc_get(desc, GET_PAGE_VPN);
    const outcome = page_at_z(
        process,
        vpn,
        <u32>rpc_get(desc, GET_PAGE_ACCESS),
        <u32>rpc_get(desc, GET_PAGE_SHARER),
        desc,
    );
    if (outcome != OUTCOME_PARKED) {
        rpc_set(desc, GET_PAGE_OUTCOME, outcome);
        rpc_set(desc, GET_PAGE_TABLE, linked_table(process, vpn));
    }
    process_release(process);
}

function page_at_z(process: process_t, vpn: u32, access: u32, sharer: u32, desc: xptr_t): outcome_t {
    while (true) {
        if (process.state != PROCESS_ALIVE) return outcome_signal(ENDING);
        const there = entry_for(process, vpn, access, sharer);
        if (there != OUTCOME_NONE) return there;
        const made = resolve_here(process, vpn, access, sharer, desc);
        if (made == OUTCOME_GONE) return outcome_signal(SIGSEGV);
        if (made != OUTCOME_SET) return made;
    }
}
