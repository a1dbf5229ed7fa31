// Frames in any cluster. A frame of a bank that another instance manages is allocated and released by leaf RPC to that instance (vmm-policy
// 8.3, 8.4).

import { PAGE_SHIFT } from "../abi/memory-map";
import { PHASE_ALLOC } from "../abi/phase";
import { RPC_FRAME_ALLOC, RPC_FRAME_FREE, RPC_FRAME_OWNERS, RPC_FRAME_SHARE } from "../abi/rpc-ops";
import {
    FRAME_ALLOC_CXY,
    FRAME_ALLOC_KIND,
    FRAME_ALLOC_PID,
    FRAME_ALLOC_PPN,
    FRAME_ALLOC_ZEROED,
    FRAME_FREE_PPN,
    FRAME_OWNERS_OWNERS,
    FRAME_OWNERS_PPN,
    FRAME_SHARE_PPN,
} from "../abi/rpc-words";
import { cluster_count, mesh_diameter, mesh_distance, xptr_t } from "../hal/platform";
import { bank_manager, has_memory } from "../hal/topology";
import { tell_alloc, tell_spill } from "../probe";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { fault_cluster, phase_enter } from "../trace/fault-cost";
import { ppm_alloc_in, ppm_free_frame, ppm_owners, ppm_share, ppn_cxy } from "./ppm";

export function frame_init(): void {
    const alloc: (desc: xptr_t) => void = serve_frame_alloc;
    const free: (desc: xptr_t) => void = serve_frame_free;
    const share: (desc: xptr_t) => void = serve_frame_share;
    const owners: (desc: xptr_t) => void = serve_frame_owners;
    rpc_register(RPC_FRAME_ALLOC, <u32>alloc.index);
    rpc_register(RPC_FRAME_SHARE, <u32>share.index);
    rpc_register(RPC_FRAME_OWNERS, <u32>owners.index);
    rpc_register(RPC_FRAME_FREE, <u32>free.index);
}

/**
 * A zeroed frame for a page whose rule names `cxy`: its global ppn. When that bank is full, the frame comes from the nearest cluster with
 * room, and the spill is recorded (5.7). Returns 0 when there is no room anywhere.
 */
export function frame_alloc(cxy: u32, kind: u32, pid: u32): u64 {
    return alloc(cxy, kind, pid, true);
}

/** Does as frame_alloc, but the frame holds what it held before: the caller fills all of it before anybody sees it. */
export function frame_alloc_unfilled(cxy: u32, kind: u32, pid: u32): u64 {
    return alloc(cxy, kind, pid, false);
}

function alloc(cxy: u32, kind: u32, pid: u32, zeroed: bool): u64 {
    const before = phase_enter(PHASE_ALLOC);
    const ppn = alloc_in(cxy, kind, pid, zeroed);
    const found = ppn != 0 ? ppn : spill(cxy, kind, pid, zeroed);
    phase_enter(before);
    if (found != 0) tell_alloc(kind, cxy, <u32>found, fault_cluster(), pid);
    return found;
}

/** Tries the clusters by growing distance on the mesh, the lower cxy first. */
function spill(home: u32, kind: u32, pid: u32, zeroed: bool): u64 {
    for (let distance: u32 = 1; distance <= mesh_diameter(); distance++) {
        for (let cxy: u32 = 0; cxy < cluster_count; cxy++) {
            if (mesh_distance(home, cxy) != distance || !has_memory(cxy)) continue;
            const ppn = alloc_in(cxy, kind, pid, zeroed);
            if (ppn == 0) continue;
            tell_spill(home, cxy, kind, pid, ppn);
            return ppn;
        }
    }
    return 0;
}

/** A frame of the cluster's bank, from the instance that manages the bank (8.4). */
function alloc_in(cxy: u32, kind: u32, pid: u32, zeroed: bool): u64 {
    const manager = bank_manager(cxy);
    if (is_local(manager)) return ppm_alloc_in(cxy, kind, pid, zeroed);
    const desc = rpc_arguments();
    desc.set(FRAME_ALLOC_CXY, cxy);
    desc.set(FRAME_ALLOC_KIND, kind);
    desc.set(FRAME_ALLOC_PID, pid);
    desc.set(FRAME_ALLOC_ZEROED, zeroed ? 1 : 0);
    rpc_send(manager, LEVEL_LEAF, RPC_FRAME_ALLOC);
    return desc.get(FRAME_ALLOC_PPN);
}

function serve_frame_alloc(desc: xptr_t): void {
    rpc_set(
        desc,
        FRAME_ALLOC_PPN,
        ppm_alloc_in(
            <u32>rpc_get(desc, FRAME_ALLOC_CXY),
            <u32>rpc_get(desc, FRAME_ALLOC_KIND),
            <u32>rpc_get(desc, FRAME_ALLOC_PID),
            rpc_get(desc, FRAME_ALLOC_ZEROED) != 0,
        ),
    );
}

function is_managed_here(ppn: u64): bool {
    return is_local(manager_of(ppn));
}

/** The instance that manages the frame's bank. */
function manager_of(ppn: u64): u32 {
    return bank_manager(ppn_cxy(ppn));
}

/** Adds an owner to a frame in any cluster: its page was made copy-on-write, or mapped from a file. */
export function frame_share(ppn: u64): void {
    if (is_managed_here(ppn)) {
        ppm_share(ppn);
        return;
    }
    rpc_arguments().set(FRAME_SHARE_PPN, ppn);
    rpc_send(manager_of(ppn), LEVEL_LEAF, RPC_FRAME_SHARE);
}

function serve_frame_share(desc: xptr_t): void {
    ppm_share(rpc_get(desc, FRAME_SHARE_PPN));
}

/** The number of owners of a frame in any cluster. */
export function frame_owners(ppn: u64): u32 {
    if (is_managed_here(ppn)) return ppm_owners(ppn);
    const desc = rpc_arguments();
    desc.set(FRAME_OWNERS_PPN, ppn);
    rpc_send(manager_of(ppn), LEVEL_LEAF, RPC_FRAME_OWNERS);
    return <u32>desc.get(FRAME_OWNERS_OWNERS);
}

function serve_frame_owners(desc: xptr_t): void {
    rpc_set(desc, FRAME_OWNERS_OWNERS, ppm_owners(rpc_get(desc, FRAME_OWNERS_PPN)));
}

/** Takes an owner from a frame; with the last one the frame returns to its bank. */
export function frame_free(ppn: u64): void {
    if (is_managed_here(ppn)) {
        ppm_free_frame(ppn);
        return;
    }
    rpc_arguments().set(FRAME_FREE_PPN, ppn);
    rpc_send(manager_of(ppn), LEVEL_LEAF, RPC_FRAME_FREE);
}

function serve_frame_free(desc: xptr_t): void {
    ppm_free_frame(rpc_get(desc, FRAME_FREE_PPN));
}

/** Physical address of a frame: an xptr to its first byte. */
export function frame_xptr(ppn: u64): xptr_t {
    return ppn << PAGE_SHIFT;
}
