// On-demand registration (vmm-policy 5.1): a vseg that VSL(P,K) lacks comes from VSL(P,Z).

import { PHASE_RPC_OUT } from "../abi/phase";
import { RPC_AWAIT_CHANGE, RPC_GET_VSEG } from "../abi/rpc-ops";
import {
    AWAIT_CHANGE_PID,
    AWAIT_CHANGE_VPN,
    GET_VSEG_FOUND,
    GET_VSEG_PID,
    GET_VSEG_SHARER,
    GET_VSEG_VPN,
} from "../abi/rpc-words";
import { VSEG_STACK } from "../abi/vseg-type";
import { local_cxy, xptr_local, xptr_t } from "../hal/platform";
import { LEVEL_LEAF, LEVEL_REFERENCE } from "../rpc/levels";
import { rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { phase_enter } from "../trace/fault-cost";
import { direct_vseg } from "./direct";
import { kcm_free } from "./kcm";
import { process_hold, process_release, process_t } from "./process-table";
import { vmm_is_reference, vmm_lock, vmm_t, vmm_unlock, vmm_vsegs, vmm_wait } from "./vmm";
import { VSEG_BUSY, VSEG_FOUND, VSEG_NONE, vseg_add_sharer, vseg_is_changing, vseg_t } from "./vseg";
import { vseg_receive, vseg_send } from "./vseg-message";
import { vsl_find, vsl_insert, vsl_overlap, vsl_remove } from "./vsl";

export function registration_init(): void {
    const get_vseg: (desc: xptr_t) => void = serve_get_vseg;
    const await_change: (desc: xptr_t) => void = serve_await_change;
    rpc_register(RPC_GET_VSEG, <u32>get_vseg.index);
    rpc_register(RPC_AWAIT_CHANGE, <u32>await_change.index);
}

// The word for a vseg whose list's lock is given back: its PTE_R | PTE_W | PTE_X, its type from bit 8 on, and the bit KNOWN, which tells it
// from 0.
const KNOWN: u64 = 0x10000;
/** The word for a vseg that there is no memory to register here. */
export const NO_MEMORY: u64 = 1;

export function known_rights(known: u64): u64 {
    return known & 255;
}

export function known_type(known: u64): u32 {
    return <u32>(known >> 8) & 255;
}

function knowledge(found: usize): u64 {
    const vseg = changetype<vseg_t>(found);
    return KNOWN | ((<u64>vseg.type) << 8) | vseg.rights;
}

/**
 * Makes sure that VSL(P,K) has the vseg of `vpn`, registered from VSL(P,Z) on demand (5.1). Returns the vseg by value, as it was then, for
 * nothing holds the vseg itself; 0 when there is none; or NO_MEMORY.
 */
export function fault_vseg(process: process_t, vpn: u32): u64 {
    while (true) {
        vmm_lock(process);
        const found = vsl_find(vmm_vsegs(process), vpn);
        const known = found == 0 ? 0 : knowledge(found);
        const epoch = process.epoch;
        vmm_unlock(process);
        if (known != 0 || vmm_is_reference(process)) return known;
        if (!fetch_vseg(process, vpn)) return 0;
        const fetched = vseg_receive();
        if (fetched == 0) return NO_MEMORY;
        const fresh = knowledge(fetched);
        vmm_lock(process);
        const registered = process.epoch == epoch && register(process, changetype<vseg_t>(fetched));
        vmm_unlock(process);
        if (registered) return fresh;
        kcm_free(fetched);
    }
}

/**
 * Puts a fetched vseg into VSL(P,K). False when a registration is in its place. A vseg that has grown since (brk) replaces its older
 * registration.
 */
function register(process: process_t, vseg: vseg_t): bool {
    const head = vmm_vsegs(process);
    const old = vsl_overlap(head, vseg.first_vpn, vseg.end_vpn);
    if (old != 0) {
        if (changetype<vseg_t>(old).end_vpn >= vseg.end_vpn) return false;
        vsl_remove(head, changetype<vseg_t>(old), process.pid);
    }
    return vsl_insert(head, vseg, process.pid);
}

/** Gets Z's vseg of the page into the running thread's request, for vseg_receive. False when there is none. */
function fetch_vseg(process: process_t, vpn: u32): bool {
    const desc = rpc_arguments();
    while (!direct_vseg(process, vpn)) {
        desc.set(GET_VSEG_PID, process.pid);
        desc.set(GET_VSEG_VPN, vpn);
        desc.set(GET_VSEG_SHARER, local_cxy);
        ask_z(process, LEVEL_LEAF, RPC_GET_VSEG);
        if (desc.get(GET_VSEG_FOUND) != VSEG_BUSY) break;
        desc.set(AWAIT_CHANGE_PID, process.pid);
        desc.set(AWAIT_CHANGE_VPN, vpn);
        ask_z(process, LEVEL_REFERENCE, RPC_AWAIT_CHANGE);
    }
    return desc.get(GET_VSEG_FOUND) != VSEG_NONE;
}

/** True when the vseg of the page is part of the change that is under way. The caller holds the lock. */
export function is_changing(vmm: vmm_t, vpn: u32): bool {
    const found = vmm.change == 0 ? <usize>0 : vsl_find(vmm_vsegs(vmm), vpn);
    return found != 0 && vseg_is_changing(changetype<vseg_t>(found), vmm.change);
}

/** At Z: sends the public vseg of a page; the asking cluster becomes a sharer of it (5.9). */
function serve_get_vseg(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, GET_VSEG_PID)));
    const vpn = <u32>rpc_get(desc, GET_VSEG_VPN);
    const sharer = <u32>rpc_get(desc, GET_VSEG_SHARER);
    rpc_set(desc, GET_VSEG_FOUND, VSEG_NONE);
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    const found = vsl_find(vmm_vsegs(process), vpn);
    if (found != 0) answer(process, desc, changetype<vseg_t>(found), sharer);
    vmm_unlock(process);
    process_release(process);
}

/**
 * The caller holds the lock. CODE is asked for only when it is registered lazily (section 9). Each cluster has its own STACK and kentry.
 */
function answer(process: process_t, desc: xptr_t, vseg: vseg_t, sharer: u32): void {
    if (vseg.type == VSEG_STACK || vseg.fixed != 0) return;
    if (vseg_is_changing(vseg, process.change)) {
        rpc_set(desc, GET_VSEG_FOUND, VSEG_BUSY);
        return;
    }
    vseg_add_sharer(vseg, sharer);
    vseg_send(desc, xptr_local(changetype<usize>(vseg)));
    rpc_set(desc, GET_VSEG_FOUND, VSEG_FOUND);
}

/** At Z: the answer comes when the page's vseg is part of no change. */
function serve_await_change(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, AWAIT_CHANGE_PID)));
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    if (is_changing(process, <u32>rpc_get(desc, AWAIT_CHANGE_VPN))) vmm_wait(process, desc);
    else vmm_unlock(process);
    process_release(process);
}

/** Sends the running thread's descriptor to Z. The phases of a request count for the fault. */
export function ask_z(process: process_t, level: u32, op: u32): void {
    const before = phase_enter(PHASE_RPC_OUT);
    rpc_send(process.reference, level, op);
    phase_enter(before);
}
