// Downgrades: the manager takes from a node write permission (revoke) or the whole copy (invalidate), in every replica of the node process,
// in the order of vmm-policy 5.9: fetches at Z wait, then the sharers, then Z itself (sm-dsm 3.1, 3.4).
import { DSM_DYNAMIC } from "../abi/policy";
import { RPC_DSM_DOWNGRADE } from "../abi/rpc-ops";
import {
    DSM_DOWNGRADE_ANSWER,
    DSM_DOWNGRADE_MODE,
    DSM_DOWNGRADE_PID,
    DSM_DOWNGRADE_TO,
    DSM_DOWNGRADE_VPN,
} from "../abi/rpc-words";
import { VSEG_DSM } from "../abi/vseg-type";
import { local_cxy, xptr_t } from "../hal/platform";
import { frame_alloc, frame_free } from "../mm/frame";
import { gpt_slot } from "../mm/gpt";
import { hold_active } from "../mm/hold";
import { process_hold, process_release, process_t } from "../mm/process-table";
import { PTE_BUSY, PTE_NC, PTE_R, PTE_REMOVING, PTE_V, PTE_W, pte_ppn, pte_user } from "../mm/pte";
import { sharers_restrict_page } from "../mm/sharers";
import { vmm_invalidate, vmm_lock, vmm_unlock, vmm_vsegs, vmm_wait } from "../mm/vmm";
import { vseg_t } from "../mm/vseg";
import { vsl_find } from "../mm/vsl";
import { LEVEL_NODE } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { copy_find, copy_settle, copy_t } from "./copies";
import { dsm_manager_kind, group_manager } from "./group";
import { dsm_page_t, local_manager, manager_lock, manager_unlock, page_find } from "./pages";
import {
    DOWNGRADE_HAND_OVER,
    DOWNGRADE_LEAVE,
    DOWNGRADE_LOST,
    DOWNGRADE_NO_MEMORY,
    DOWNGRADE_PARKED,
    DOWNGRADE_REVOKE,
    DOWNGRADE_SHARE,
} from "./protocol";
import { writable_end } from "./writable";

export function downgrade_init(): void {
    const downgrade: (desc: xptr_t) => void = serve_downgrade;
    rpc_register(RPC_DSM_DOWNGRADE, <u32>downgrade.index);
}

/** Asks the node process `pid` to give up rights in favour of node `to`. Returns the node's frame, or an answer of protocol.ts. */
export function dsm_downgrade(pid: u32, vpn: u32, mode: u32, to: u32): u64 {
    const cxy = pid >> 16;
    if (is_local(cxy)) {
        const answer = downgrade_here(pid, vpn, mode, to, 0);
        if (answer != DOWNGRADE_PARKED) return answer;
    }
    const desc = rpc_arguments();
    desc.set(DSM_DOWNGRADE_PID, pid);
    desc.set(DSM_DOWNGRADE_VPN, vpn);
    desc.set(DSM_DOWNGRADE_MODE, mode);
    desc.set(DSM_DOWNGRADE_TO, to);
    rpc_send(cxy, LEVEL_NODE, RPC_DSM_DOWNGRADE);
    return desc.get(DSM_DOWNGRADE_ANSWER);
}

function serve_downgrade(desc: xptr_t): void {
    const pid = <u32>rpc_get(desc, DSM_DOWNGRADE_PID);
    const vpn = <u32>rpc_get(desc, DSM_DOWNGRADE_VPN);
    const answer = downgrade_here(
        pid,
        vpn,
        <u32>rpc_get(desc, DSM_DOWNGRADE_MODE),
        <u32>rpc_get(desc, DSM_DOWNGRADE_TO),
        desc,
    );
    if (answer != DOWNGRADE_PARKED) rpc_set(desc, DSM_DOWNGRADE_ANSWER, answer);
}

/**
 * Returns DOWNGRADE_PARKED while the page is held, and parks `desc`. With `desc` 0 the caller then sends a request to this cluster's own
 * server.
 */
function downgrade_here(pid: u32, vpn: u32, mode: u32, to: u32, desc: xptr_t): u64 {
    const process = changetype<process_t>(process_hold(pid));
    if (changetype<usize>(process) == 0) return DOWNGRADE_LOST;
    const ppn = downgrade(process, vpn, mode, desc);
    if (!stays(mode) && ppn != DOWNGRADE_PARKED) forget_owner(process, vpn, to);
    process_release(process);
    return ppn;
}

/** True for a mode in which the node keeps a copy to read. */
function stays(mode: u32): bool {
    return mode == DOWNGRADE_REVOKE || mode == DOWNGRADE_SHARE;
}

/** With dynamic managers, a node that loses a copy learns of the next owner (3.6). */
function forget_owner(process: process_t, vpn: u32, next: u32): void {
    if (dsm_manager_kind() != DSM_DYNAMIC) return;
    const manager = local_manager(group_manager(process.group, process.node));
    manager_lock(manager);
    const page = changetype<dsm_page_t>(page_find(manager, vpn));
    if (changetype<usize>(page) != 0 && page.owner != process.node) page.owner = next;
    manager_unlock(manager);
}

function downgrade(process: process_t, vpn: u32, mode: u32, desc: xptr_t): u64 {
    vmm_lock(process);
    if (hold_active(process, vpn) || is_synchronising(process, vpn)) {
        if (desc == 0) vmm_unlock(process);
        else vmm_wait(process, desc);
        return DOWNGRADE_PARKED;
    }
    const slot = gpt_slot(process.root, vpn, stays(mode), process.pid);
    const pte = slot == 0 ? 0 : load<u64>(slot);
    if ((pte & PTE_V) == 0) {
        vmm_unlock(process);
        if (!stays(mode)) return 0;
        return slot == 0 ? DOWNGRADE_NO_MEMORY : materialise(process, slot, type_of(mode));
    }
    // The mark comes before the lock is given back: a release or an acquire waits from now on.
    store<u64>(slot, pte | PTE_REMOVING);
    const copy = copy_find(process, vpn);
    vmm_unlock(process);
    restrict_everywhere(process, vpn, slot, stays(mode) ? revoked(pte) | type_of(mode) : 0);
    if (copy != 0 && !stays(mode)) {
        copy_settle(process, changetype<copy_t>(copy), pte_ppn(pte));
        // No other node has a copy that a notice could be for.
        if (mode != DOWNGRADE_LEAVE) changetype<copy_t>(copy).dirty = 0;
    }
    if (mode != DOWNGRADE_HAND_OVER && !stays(mode)) frame_free(pte_ppn(pte));
    return pte_ppn(pte);
}

/** True while a release or an acquire of the node works on the page. */
function is_synchronising(process: process_t, vpn: u32): bool {
    const copy = copy_find(process, vpn);
    return copy != 0 && changetype<copy_t>(copy).busy != 0;
}

/**
 * Sets the page's valid entry to `next` (0: unmapped) in every replica, in the order of 5.9. The old one is in no use when this returns.
 */
export function restrict_everywhere(process: process_t, vpn: u32, slot: usize, next: u64): void {
    vmm_lock(process);
    const before = load<u64>(slot);
    store<u64>(slot, before | PTE_REMOVING);
    const vseg = changetype<vseg_t>(vsl_find(vmm_vsegs(process), vpn));
    vmm_unlock(process);
    sharers_restrict_page(process, vseg, vpn, next);
    vmm_invalidate(process, vpn, next);
    if (before & ~next & PTE_W) writable_end(process, vpn);
}

function type_of(mode: u32): u64 {
    return mode == DOWNGRADE_SHARE ? PTE_NC : 0;
}

function revoked(pte: u64): u64 {
    return pte & ~(PTE_W | PTE_BUSY);
}

/** The owner has not touched its page yet. It gets its zero frame now, read-only, so that others can copy it. */
function materialise(process: process_t, slot: usize, type: u64): u64 {
    const ppn = frame_alloc(local_cxy, VSEG_DSM, process.pid);
    if (ppn == 0) return DOWNGRADE_NO_MEMORY;
    vmm_lock(process);
    store<u64>(slot, pte_user(ppn, PTE_R) | type | (load<u64>(slot) & PTE_BUSY));
    vmm_unlock(process);
    return ppn;
}
