// On-demand paging (vmm-policy 5). A thread in K uses GPT(P,K) only; a miss is resolved here, by K itself for STACK, by
// the reference cluster Z for everything else. Z keeps the truth, K copies it.

import { ACCESS_ATOMIC, ACCESS_FETCH, ACCESS_LOAD, ACCESS_STORE } from "../abi/access";
import { BI_POLICY_CODE } from "../abi/boot-info";
import { PROBE_FAULT } from "../abi/event";
import { FAULT_LOCAL, FAULT_SPURIOUS, FAULT_THROUGH_Z } from "../abi/fault";
import {
    MUTANT_CODE_CONTENT,
    MUTANT_CODE_ELSEWHERE,
    MUTANT_COW_OLD_FRAME,
    MUTANT_EXTRA_ENTRY,
    MUTANT_FREED_MAPPED,
    MUTANT_HEAP_NOT_MAPPED,
    MUTANT_MISSING_CODE,
    MUTANT_MORE_RIGHTS,
    MUTANT_OTHER_FRAME,
    MUTANT_STACK_NOT_MAPPED,
} from "../abi/mutants";
import { OPERATION_FAULT } from "../abi/operation";
import { PHASE_GPT, PHASE_RETURN, PHASE_SERVICE } from "../abi/phase";
import { CODE_REFERENCE } from "../abi/policy";
import { MUTANT_HOLD_ENDED_TWICE, MUTANT_ORDER_COW_FREED, MUTANT_UNCHECKED_RIGHTS } from "../abi/rule-mutants";
import { ENDING, SIGKILL, SIGSEGV } from "../abi/signal";
import { VSEG_CODE, VSEG_DATA, VSEG_DSM, VSEG_FILE, VSEG_HEAP, VSEG_STACK } from "../abi/vseg-type";
import { operation_begin, operation_end } from "../audit";
import { hold_active, hold_begin, promise_begin } from "../dsm/hold";
import { dsm_fault } from "../dsm/node";
import { dsm_settle_begin, dsm_settles } from "../dsm/synchronise";
import { fence_i, remote_store8 } from "../hal/hal";
import { boot_info, cluster_count, local_cxy, uaddr_t, xptr_t } from "../hal/platform";
import { Mutant } from "../mutant";
import { probe7 } from "../probe";
import { PROCESS_ALIVE, process_hold, process_release, process_t } from "../proc/process-table";
import { this_thread } from "../proc/thread";
import { RPC_GET_PAGE } from "../rpc/ops";
import { is_local, LEVEL_REFERENCE, rpc_arguments, rpc_get, rpc_register, rpc_set } from "../rpc/rpc";
import { copy_page, new_frame } from "./content";
import { direct_page } from "./direct";
import { eager_publish } from "./eager";
import { phase_enter, phase_own } from "./fault-cost";
import { frame_alloc, frame_free, frame_owners, frame_xptr } from "./frame";
import { gpt_get, gpt_slot, vpn_of } from "./gpt";
import { page_home } from "./home";
import { is_linked, linked_entry, linked_join, linked_table } from "./linked";
import { PTE_BUSY, PTE_NC, PTE_R, PTE_REMOVING, PTE_V, PTE_W, PTE_X, pte_has_frame, pte_ppn, pte_user } from "./pte";
import { ask_z, fault_vseg, is_changing, known_rights, known_type, NO_MEMORY } from "./registration";
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
import { vseg_add_sharer, vseg_is_changing, vseg_is_private, vseg_t, vsl_find, vsl_remove } from "./vseg";

export function fault_init(): void {
    const get_page: (desc: xptr_t) => void = serve_get_page;
    rpc_register(RPC_GET_PAGE, <u32>get_page.index);
}

/**
 * Makes the page of `vaddr` accessible to this cluster's threads of P. Returns 0, or the signal that ends P: SIGSEGV when
 * the address or the right is not there (5.1, 5.8), SIGKILL when there is no memory, or ENDING.
 */
export function fault_resolve(process: process_t, vaddr: uaddr_t, access: u32): u32 {
    const pid = process.pid;
    operation_begin(pid, OPERATION_FAULT, vaddr);
    const signal = resolve(process, vaddr, access);
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
        if ((known_rights(vseg) & right_of(access)) == 0 && !Mutant.on(MUTANT_UNCHECKED_RIGHTS)) return SIGSEGV;
        const local = vmm_is_reference(process) || type == VSEG_STACK;
        phase_enter(PHASE_GPT);
        const pte = local
            ? resolve_here(process, vpn, access, local_cxy, 0)
            : resolve_through_z(process, vseg, vpn, access);
        // A change has taken the vseg meanwhile: what is there now, here or at Z?
        if (pte == UNREGISTERED) continue;
        if (is_error(pte)) return <u32>pte;
        const told = access == ACCESS_ATOMIC ? ACCESS_STORE : access;
        const how = pte == ALREADY_SET ? FAULT_SPURIOUS : local ? FAULT_LOCAL : FAULT_THROUGH_Z;
        probe7(PROBE_FAULT, process.pid, type, vaddr, told, how, this_thread().fault, 0);
        phase_enter(PHASE_RETURN);
        return 0;
    }
}

/** Results of the resolve functions: a valid entry, one of these, or a signal number (no entry is below 256). */
const ALREADY_SET: u64 = 128;
/** The vseg is not in this VSL any more. */
const UNREGISTERED: u64 = 129;
/** The request is parked (vmm_wait). */
const PARKED_REQUEST: u64 = 130;

function is_error(pte: u64): bool {
    return pte < 64;
}

function right_of(access: u32): u64 {
    return access == ACCESS_FETCH ? PTE_X : access == ACCESS_LOAD ? PTE_R : PTE_W;
}

/** The valid entry allows the access. Not an atomic one of a page that others have, too (sm-dsm 4.9). */
function allows(pte: u64, access: u32): bool {
    if ((pte & PTE_V) == 0 || (pte & right_of(access)) == 0) return false;
    return access != ACCESS_ATOMIC || (pte & PTE_NC) == 0;
}

/**
 * Marks the page busy once no other thread of this cluster resolves it and no change has its vseg: the mark holds the vseg from now on
 * (5.9.2). Nobody holds a page of the DSM whose copy is to be sent first. The entry's address, or a result of the four below; `desc` as for vmm_wait.
 */
function begin(process: process_t, vpn: u32, access: u32, desc: xptr_t): usize {
    while (true) {
        vmm_lock(process);
        const pte = gpt_get(process.root, vpn);
        const allowed = allows(pte, access);
        const settles = dsm_settles(process, pte, access);
        const taken = (pte & PTE_REMOVING) != 0 || is_changing(process, vpn) || (settles && hold_active(process, vpn));
        if (taken || (!allowed && (pte & PTE_BUSY) != 0)) {
            if (!vmm_wait(process, desc)) return WAITS;
            continue;
        }
        let result = NO_VSEG;
        if (vsl_find(vmm_vsegs(process), vpn) != 0) result = allowed ? ALLOWED : vmm_mark_busy(process, vpn);
        if (settles && result > WAITS) dsm_settle_begin(process, vpn, result);
        vmm_unlock(process);
        return result == 0 ? NO_TABLE : result;
    }
}
/** The entry already allows the access. */
const ALLOWED: usize = 1;
const NO_TABLE: usize = 2;
const NO_VSEG: usize = 3;
const WAITS: usize = 4;

/** What a result of `begin` that is no entry's address means. */
function not_begun(result: usize): u64 {
    if (result == ALLOWED) return ALREADY_SET;
    if (result == NO_VSEG) return UNREGISTERED;
    return result == WAITS ? PARKED_REQUEST : SIGKILL;
}

/** Ends what `begin` began: installs `pte`, or only removes the mark when it is an error. */
function end(process: process_t, slot: usize, pte: u64): u64 {
    vmm_unmark_busy(process, slot, is_error(pte) ? 0 : pte);
    return pte;
}

/** K is Z, or the page is private to K: the frame is made here, for a thread of cluster `toucher`. `desc` as for vmm_wait. */
function resolve_here(process: process_t, vpn: u32, access: u32, toucher: u32, desc: xptr_t): u64 {
    const slot = begin(process, vpn, access, desc);
    if (slot <= WAITS) return not_begun(slot);
    const vseg = marked_vseg(process, vpn);
    if ((vseg.rights & right_of(access)) == 0 && !Mutant.on(MUTANT_UNCHECKED_RIGHTS))
        return end(process, slot, SIGSEGV);
    // Additions reach Z first (5.9): whoever takes the page from now on tells the cluster that has asked for it.
    if (!is_local(toucher)) vseg_add_sharer(vseg, toucher);
    if (vseg.type == VSEG_DSM) {
        phase_own(PHASE_SERVICE);
        return dsm_fault(process, vpn, access, slot);
    }
    const old = load<u64>(slot);
    if (pte_has_frame(old)) return end(process, slot, regain(process, vseg, vpn, access, toucher, old));
    const ppn = new_frame(process, vseg, vpn, toucher);
    if (ppn == 0) return end(process, slot, SIGKILL);
    if (Mutant.on(MUTANT_STACK_NOT_MAPPED) && vseg.type == VSEG_STACK) return end(process, slot, 0) | (PTE_V << 8);
    if (Mutant.on(MUTANT_HEAP_NOT_MAPPED) && vseg.type == VSEG_HEAP) return end(process, slot, 0) | (PTE_V << 8);
    if (Mutant.on(MUTANT_FREED_MAPPED) && vseg.type == VSEG_HEAP) frame_free(ppn);
    const pte = pte_user(ppn, vseg.rights);
    if (vmm_is_reference(process) && !vseg_is_private(vseg.type)) {
        // Z first, then the others (5.9); the mark keeps removals away until they have it.
        vmm_lock(process);
        store<u64>(slot, pte | PTE_BUSY);
        vmm_unlock(process);
        eager_publish(process, vseg, vpn, pte);
    }
    return end(process, slot, pte);
}

/** The vseg of a page that the caller has marked. */
function marked_vseg(process: process_t, vpn: u32): vseg_t {
    vmm_lock(process);
    const found = changetype<vseg_t>(vsl_find(vmm_vsegs(process), vpn));
    vmm_unlock(process);
    return found;
}

/**
 * The page has a frame, but its entry lacks the right that the vseg gives: copy-on-write (7.3), or an mprotect that gave rights
 * back. The only owner gets them; else the page moves to a new frame in the cluster that the vseg's rule names.
 */
function regain(process: process_t, vseg: vseg_t, vpn: u32, access: u32, toucher: u32, old: u64): u64 {
    const ppn = pte_ppn(old);
    if (Mutant.on(MUTANT_UNCHECKED_RIGHTS)) return pte_user(ppn, vseg.rights | right_of(access));
    if (vseg.type == VSEG_FILE || frame_owners(ppn) == 1) return pte_user(ppn, vseg.rights);
    if (access != ACCESS_STORE) return pte_user(ppn, vseg.rights & ~PTE_W);
    const copy = frame_alloc(page_home(vseg, vpn, toucher, process.reference), vseg.type, process.pid);
    if (copy == 0) return SIGKILL;
    copy_page(copy, ppn);
    if (Mutant.on(MUTANT_ORDER_COW_FREED)) frame_free(ppn);
    // The one entry of all replicas goes first: no sharer can load it again. Else fetches wait until Z's own is gone.
    if (is_linked(vseg.type)) vmm_invalidate(process, vpn, 0);
    if (vmm_is_reference(process)) {
        vmm_mark_removing(process, vpn);
        sharers_restrict_page(process, vseg, vpn, 0);
    }
    vmm_invalidate(process, vpn, 0);
    if (!Mutant.on(MUTANT_COW_OLD_FRAME) && !Mutant.on(MUTANT_ORDER_COW_FREED)) frame_free(ppn);
    return pte_user(copy, vseg.rights);
}

/** K is not Z: the entry comes from Z; for CODE, a frame of K is filled with the content of Z's (5.2, 5.4). `vseg` is as fault_vseg knew it. */
function resolve_through_z(process: process_t, vseg: u64, vpn: u32, access: u32): u64 {
    const type = known_type(vseg);
    if (is_linked(type)) return resolve_linked(process, vpn, access);
    const copied = type == VSEG_CODE && !code_shared();
    while (true) {
        const slot = begin(process, vpn, access, 0);
        if (slot <= WAITS) return not_begun(slot);
        const epoch = atomic.load<u32>(changetype<usize>(process) + offsetof<process_t>("epoch"));
        let pte = fetch_page(process, vpn, access);
        if (is_error(pte)) return end(process, slot, pte);
        if (copied) pte = copy_code(process, known_rights(vseg), pte);
        if (is_error(pte)) return end(process, slot, pte);
        if (Mutant.on(MUTANT_OTHER_FRAME) && type == VSEG_DATA) pte = copy_code(process, known_rights(vseg), pte);
        if (Mutant.on(MUTANT_MORE_RIGHTS) && type == VSEG_DATA) pte |= PTE_X;
        if (Mutant.on(MUTANT_EXTRA_ENTRY)) take_next(process, vpn + 1);
        // CODE is never changed while P has a thread, and its copy is K's own. Of DSM Z has promised the page (dsm/hold.ts): nothing
        // takes it away before this thread has used it.
        const always = copied || type == VSEG_DSM;
        const current = install(process, slot, pte, epoch, always, type == VSEG_DSM ? vpn : 0);
        if (!current) continue;
        if (Mutant.on(MUTANT_MISSING_CODE) && type == VSEG_CODE) forget(process, vpn);
        return pte;
    }
}

/** Ends the mark with `pte`, unless an invalidation has come since `epoch` (5.9): false. `held`: the DSM page that the thread holds, or 0. */
function install(process: process_t, slot: usize, pte: u64, epoch: u32, always: bool, held: u32): bool {
    vmm_lock(process);
    const current = always || process.epoch == epoch;
    store<u64>(slot, current ? pte : load<u64>(slot) & ~PTE_BUSY);
    if (current && held != 0) hold_begin(held);
    vmm_wake(process);
    vmm_unlock(process);
    return current;
}

/** K installs no entry: it links Z's leaf table, in which Z makes it. No mark either: Z's is the only entry. */
function resolve_linked(process: process_t, vpn: u32, access: u32): u64 {
    const pte = linked_entry(process, vpn);
    if ((pte & PTE_V) != 0 && (pte & right_of(access)) != 0) return ALREADY_SET;
    const made = fetch_page(process, vpn, access);
    if (!is_error(made)) linked_join(process, vpn, rpc_arguments().arg1);
    return made;
}

/** MUTANT_MISSING_CODE: the page's vseg is in VSL(P,K) no more. */
function forget(process: process_t, vpn: u32): void {
    vmm_lock(process);
    vsl_remove(vmm_vsegs(process), changetype<vseg_t>(vsl_find(vmm_vsegs(process), vpn)), process.pid);
    vmm_unlock(process);
}

/** MUTANT_EXTRA_ENTRY: the entry of a page that nobody here has touched. */
function take_next(process: process_t, vpn: u32): void {
    const pte = fetch_page(process, vpn, ACCESS_LOAD);
    const slot = is_error(pte) ? 0 : gpt_slot(process.root, vpn, true, process.pid);
    if (slot != 0 && load<u64>(slot) == 0) store<u64>(slot, pte);
}

/** The reading of section 9 in which CODE has one copy, in Z. */
function code_shared(): bool {
    return <u32>boot_info(BI_POLICY_CODE) == CODE_REFERENCE;
}

/** A frame of K with the content of Z's. */
function copy_code(process: process_t, rights: u64, pte: u64): u64 {
    const home = Mutant.on(MUTANT_CODE_ELSEWHERE) ? (local_cxy + 1) % cluster_count : local_cxy;
    const ppn = frame_alloc(home, VSEG_CODE, process.pid);
    if (ppn == 0) return SIGKILL;
    copy_page(ppn, pte_ppn(pte));
    if (Mutant.on(MUTANT_CODE_CONTENT)) remote_store8(frame_xptr(ppn) + 4095, 0x5a);
    fence_i();
    return pte_user(ppn, rights);
}

/** At Z: the entry of a page for a sharer, if it allows the access and is not being taken away; 0 if not; or a signal. */
function entry_for(process: process_t, vpn: u32, access: u32, sharer: u32): u64 {
    vmm_lock(process);
    const found = vsl_find(vmm_vsegs(process), vpn);
    const pte = found == 0 ? 0 : gpt_get(process.root, vpn);
    const vseg = changetype<vseg_t>(found);
    const settled = found != 0 && (pte & PTE_REMOVING) == 0 && !vseg_is_changing(vseg, process.change);
    const there = settled && allows(pte, access);
    if (there) vseg_add_sharer(vseg, sharer);
    const promised = !there || vseg.type != VSEG_DSM || promise_begin(process, vpn);
    vmm_unlock(process);
    if (!promised) return SIGKILL;
    return there ? pte & ~PTE_BUSY : 0;
}

/** Z's entry for the page, or an error. */
function fetch_page(process: process_t, vpn: u32, access: u32): u64 {
    const seen = direct_page(process, vpn);
    if ((seen & PTE_V) != 0 && (seen & right_of(access)) != 0) return seen & ~PTE_BUSY;
    const desc = rpc_arguments();
    desc.arg0 = process.pid;
    desc.arg1 = vpn;
    desc.arg2 = access;
    desc.arg3 = local_cxy;
    ask_z(process, LEVEL_REFERENCE, RPC_GET_PAGE);
    return desc.arg0;
}

/** At Z: the entry of a page, made first if need be. */
function serve_get_page(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, 0)));
    if (changetype<usize>(process) == 0) {
        rpc_set(desc, 0, ENDING);
        return;
    }
    const vpn = <u32>rpc_get(desc, 1);
    const pte = page_at_z(process, vpn, <u32>rpc_get(desc, 2), <u32>rpc_get(desc, 3), desc);
    if (pte != PARKED_REQUEST) {
        rpc_set(desc, 0, pte);
        rpc_set(desc, 1, linked_table(process, vpn));
    }
    if (Mutant.on(MUTANT_HOLD_ENDED_TWICE)) process_release(process);
    process_release(process);
}

function page_at_z(process: process_t, vpn: u32, access: u32, sharer: u32, desc: xptr_t): u64 {
    while (true) {
        if (process.state != PROCESS_ALIVE) return ENDING;
        const there = entry_for(process, vpn, access, sharer);
        if (there != 0) return there;
        const made = resolve_here(process, vpn, access, sharer, desc);
        if (made == UNREGISTERED) return SIGSEGV;
        if (made != ALREADY_SET) return made;
    }
}
