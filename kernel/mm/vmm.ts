// VMM(P,K): the virtual memory of one process in one cluster, a part of its descriptor there (process-table.ts; vmm-policy 4).

import { BLOCKED_STATE } from "../abi/thread";
import { cstr } from "../hal/cstr";
import { fence, fence_i, pause, sfence_vma_asid } from "../hal/hal";
import { lock_acquire, lock_release } from "../hal/lock";
import { harts_per_cluster, ipi_send, local_cxy, xptr_local, xptr_t } from "../hal/platform";
import { assert_kernel } from "../panic";
import { tell_vseg_end } from "../probe";
import { parking_enlist, parking_park } from "../rpc/parking";
import { rpc_resume } from "../rpc/serve";
import { hart_of } from "../sched/cluster";
import { sched_wait } from "../sched/sched";
import { hart_t } from "../sched/thread";
import { gpt_has_link, gpt_next, gpt_slot, gpt_table_end } from "./gpt";
import { PTE_BUSY, PTE_REMOVING, PTE_V, pte_has_frame, pte_restrict } from "./pte";
import { vseg_t } from "./vseg";

@unmanaged
export class vmm_t {
    lock: u32;
    pid: u32;
    /** The reference cluster Z. */
    reference: u32;
    /** Address-space number in this cluster: the process slot + 1. */
    asid: u32;
    /** GPT root, local address. */
    root: usize;
    /** VSL(P,K): the three words of mm/vsl.ts. */
    vsegs: usize;
    vseg_count: u32;
    vseg_tree: usize;
    /** What satp holds in user mode. */
    satp: u64;
    /**
     * Number of the change of the virtual space that is under way (mm/structure.ts), or 0; `changes` is the number of the last one begun.
     */
    change: u32;
    changes: u32;
    /** Requests and threads that wait for the end of a change, of a removal or of another thread's fault: a list of rpc/parking.ts. */
    parked: u64;
    parked_last: u64;
    /** Bumped by every invalidation. A fetched entry is installed only if this has not changed (5.9). */
    epoch: u32;
    /** Bumped with every loss of rights. A hart that has seen a lower one empties its TLB before it enters user mode. */
    tlb_generation: u32;
    /** Odd while the lock is held. A reading from another cluster counts if this is even and the same afterwards (mm/direct.ts). */
    sequence: u32;
    /** Kernel copies in progress on this VMM's frames; invalidations wait for them (5.10). */
    pins: u32;
    /** Address of harts_per_cluster words: the last generation that each hart has seen. */
    hart_generations: usize;
    /** Vsegs that map files, which the change has taken off the list and not freed yet (mm/structure.ts). */
    removed: usize;
}

export function vmm_lock(vmm: vmm_t): void {
    lock_acquire(changetype<usize>(vmm) + offsetof<vmm_t>("lock"));
    atomic.store<u32>(changetype<usize>(vmm) + offsetof<vmm_t>("sequence"), vmm.sequence + 1);
    // A reading that sees a change sees that it is one.
    fence();
}

export function vmm_unlock(vmm: vmm_t): void {
    atomic.store<u32>(changetype<usize>(vmm) + offsetof<vmm_t>("sequence"), vmm.sequence + 1);
    lock_release(changetype<usize>(vmm) + offsetof<vmm_t>("lock"));
}

function parked(vmm: vmm_t): usize {
    return changetype<usize>(vmm) + offsetof<vmm_t>("parked");
}

/**
 * Waits for the end of a state of the VMM: of a change, a removal or a fault (5.9.4). The caller holds the lock, which is given back. With
 * `desc` 0 the running thread waits; the result is true, and the caller looks again. Else the request is parked; the result is false, and
 * its handler returns at once.
 */
export function vmm_wait(vmm: vmm_t, desc: xptr_t): bool {
    if (desc != 0) {
        parking_park(parked(vmm), desc);
        vmm_unlock(vmm);
        return false;
    }
    parking_enlist(parked(vmm));
    vmm_unlock(vmm);
    sched_wait(BLOCKED_STATE);
    return true;
}

/** Wakes the threads and requests that wait for a state that has ended. The caller holds the lock. */
export function vmm_wake(vmm: vmm_t): void {
    if (vmm.parked != 0) rpc_resume(parked(vmm));
}

export function vmm_vsegs(vmm: vmm_t): usize {
    return changetype<usize>(vmm) + offsetof<vmm_t>("vsegs");
}

export function vmm_is_reference(vmm: vmm_t): bool {
    return vmm.reference == local_cxy;
}

/**
 * Takes rights from a page of this replica and waits until no TLB of the cluster holds the old entry. A valid entry becomes `pte` (0:
 * unmapped). Harts in the kernel translate nothing and look at the generation before they leave it. Only harts in user mode are interrupted
 * and waited for, so the wait is bounded by one trap. For an entry behind a link (mm/linked.ts) only the TLBs are emptied. Returns the old
 * entry.
 */
export function vmm_invalidate(vmm: vmm_t, vpn: u32, pte: u64): u64 {
    vmm_lock(vmm);
    vmm.epoch++;
    const slot = gpt_slot(vmm.root, vpn, false, 0);
    let old: u64 = 0;
    if (slot != 0) {
        old = load<u64>(slot);
        store<u64>(slot, ((old & PTE_V) != 0 ? pte : 0) | (old & PTE_BUSY));
        if (old & PTE_REMOVING) vmm_wake(vmm);
    }
    const linked = slot == 0 && gpt_has_link(vmm.root, vpn, vpn + 1);
    vmm_unlock(vmm);
    if (linked || (old & PTE_V) != 0) vmm_settle(vmm);
    return old;
}

/** Does as vmm_invalidate for a whole range of a replica whose frames belong to another cluster. */
export function vmm_clear_range(vmm: vmm_t, first: u32, end: u32): void {
    narrow_range(vmm, first, end, 0, false);
}

/** Every entry of a range of this replica keeps at most `rights`; on return no TLB of the cluster holds more. Frames stay. */
export function vmm_restrict_range(vmm: vmm_t, first: u32, end: u32, rights: u64): void {
    narrow_range(vmm, first, end, rights, true);
}

/** With `keep_frames` an entry with a frame keeps it, with at most `rights`; else it is gone. */
function narrow_range(vmm: vmm_t, first: u32, end: u32, rights: u64, keep_frames: bool): void {
    vmm_lock(vmm);
    vmm.epoch++;
    const root = vmm.root;
    let any = gpt_has_link(root, first, end);
    for (let vpn = gpt_next(root, first, end); vpn < end; vpn = gpt_next(root, vpn, end)) {
        let slot = gpt_slot(root, vpn, false, 0);
        for (const to = gpt_table_end(vpn, end); vpn < to; vpn++, slot += 8) {
            const pte = load<u64>(slot);
            if (pte == 0) continue;
            if (!keep_frames) store<u64>(slot, pte & PTE_BUSY);
            else if (pte_has_frame(pte)) store<u64>(slot, pte_restrict(pte, rights) | (pte & PTE_BUSY));
            if (pte & PTE_V) any = true;
        }
    }
    vmm_unlock(vmm);
    if (any) vmm_settle(vmm);
}

/** Call after entries lost rights: waits until no TLB of the cluster and no kernel copy uses the old ones. */
export function vmm_settle(vmm: vmm_t): void {
    vmm_shootdown(vmm);
    while (atomic.load<u32>(changetype<usize>(vmm) + offsetof<vmm_t>("pins")) != 0) pause();
}

function vmm_shootdown(vmm: vmm_t): void {
    const generation = atomic.add<u32>(changetype<usize>(vmm) + offsetof<vmm_t>("tlb_generation"), 1) + 1;
    for (let lid: u32 = 0; lid < harts_per_cluster; lid++) {
        const hart = hart_of(lid);
        const in_user = changetype<usize>(hart) + offsetof<hart_t>("in_user");
        if (atomic.load<u32>(in_user) != <u32>changetype<usize>(vmm)) continue;
        ipi_send(hart.id);
        // The hart is out of user mode, or back in it with an empty TLB. Either will do, and either comes within one trap.
        const seen = vmm.hart_generations + (lid << 2);
        while (atomic.load<u32>(in_user) == <u32>changetype<usize>(vmm) && atomic.load<u32>(seen) < generation) pause();
    }
}

/** The hart is about to run user code of this VMM. It publishes the VMM, then empties its TLB and what it has fetched if an invalidation came before. */
export function vmm_enter(vmm: vmm_t, hart: hart_t): void {
    atomic.store<u32>(changetype<usize>(hart) + offsetof<hart_t>("in_user"), <u32>changetype<usize>(vmm));
    const generation = atomic.load<u32>(changetype<usize>(vmm) + offsetof<vmm_t>("tlb_generation"));
    const seen = vmm.hart_generations + (hart.lid << 2);
    if (load<u32>(seen) == generation) return;
    sfence_vma_asid(<u64>vmm.asid);
    fence_i();
    atomic.store<u32>(seen, generation);
}

/** The hart is in the kernel, and no shootdown needs to wait for it. */
export function vmm_leave(hart: hart_t): void {
    atomic.store<u32>(changetype<usize>(hart) + offsetof<hart_t>("in_user"), 0);
}

/**
 * Marks the page's entry busy: that at `known`, or with 0 one whose table is made. Returns its address, or 0 without a frame for the table.
 * The caller holds the lock.
 */
export function vmm_mark_busy(vmm: vmm_t, vpn: u32, known: usize): usize {
    const slot = known != 0 ? known : gpt_slot(vmm.root, vpn, true, vmm.pid);
    if (slot == 0) return 0;
    const pte = load<u64>(slot);
    assert_kernel((pte & PTE_BUSY) == 0, cstr("page marked busy twice"));
    store<u64>(slot, pte | PTE_BUSY);
    return slot;
}

/** Ends the mark of a page: its entry becomes `pte`, or stays as it is when `pte` is 0. */
export function vmm_unmark_busy(vmm: vmm_t, slot: usize, pte: u64): void {
    vmm_lock(vmm);
    store<u64>(slot, pte == 0 ? load<u64>(slot) & ~PTE_BUSY : pte);
    vmm_wake(vmm);
    vmm_unlock(vmm);
}

/** At Z: fetches of the page wait from now on, until its entry is invalidated or replaced (5.9). */
export function vmm_mark_removing(vmm: vmm_t, vpn: u32): void {
    vmm_lock(vmm);
    const slot = gpt_slot(vmm.root, vpn, false, 0);
    if ((load<u64>(slot) & PTE_V) != 0) store<u64>(slot, load<u64>(slot) | PTE_REMOVING);
    vmm_unlock(vmm);
}

export function vmm_pin(vmm: vmm_t): void {
    atomic.add<u32>(changetype<usize>(vmm) + offsetof<vmm_t>("pins"), 1);
}

export function vmm_unpin(vmm: vmm_t): void {
    atomic.sub<u32>(changetype<usize>(vmm) + offsetof<vmm_t>("pins"), 1);
}

/** The vseg goes with its thread or its process, and the host looks at its pages now (boot/observe/numa-maps.ts). */
export function vmm_vseg_ends(vmm: vmm_t, vseg: vseg_t): void {
    const root = xptr_local(vmm.root);
    tell_vseg_end(vmm.pid, vseg.type, vseg.first_vpn, vseg.end_vpn, local_cxy, root, vseg.cxy);
}
