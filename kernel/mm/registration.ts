// On-demand registration (vmm-policy 5.1): a vseg that VSL(P,K) lacks comes from VSL(P,Z).

import { MUTANT_Z_FORGETS_VSEG } from "../abi/mutants";
import { PHASE_RPC_OUT } from "../abi/probe";
import { VSEG_STACK } from "../abi/vseg-type";
import { local_cxy, xptr_t } from "../hal/platform";
import { Mutant } from "../mutant";
import { process_find, process_t } from "../proc/process-table";
import { RPC_GET_VSEG } from "../rpc/ops";
import { LEVEL_LEAF, rpc_arguments, rpc_get, rpc_register, rpc_send, rpc_set, rpc_yield } from "../rpc/rpc";
import { direct_vseg } from "./direct";
import { phase_enter } from "./fault-cost";
import { kcm_free } from "./kcm";
import { vmm_is_reference, vmm_lock, vmm_unlock, vmm_vsegs } from "./vmm";
import {
    VSEG_BUSY,
    VSEG_FOUND,
    VSEG_NONE,
    vseg_add_sharer,
    vseg_create,
    vseg_t,
    vsl_find,
    vsl_insert,
    vsl_overlap,
    vsl_remove,
} from "./vseg";

export function registration_init(): void {
    const get_vseg: (desc: xptr_t) => void = serve_get_vseg;
    rpc_register(RPC_GET_VSEG, <u32>get_vseg.index);
}

/** The vseg of `vpn` in VSL(P,K), registered from VSL(P,Z) on demand (5.1); 0: there is none; NO_MEMORY. */
export function fault_vseg(process: process_t, vpn: u32): usize {
    while (true) {
        vmm_lock(process);
        const found = vsl_find(vmm_vsegs(process), vpn);
        const epoch = process.epoch;
        vmm_unlock(process);
        if (found != 0 || vmm_is_reference(process)) return found;
        const fetched = fetch_vseg(process, vpn);
        if (fetched == 0 || fetched == NO_MEMORY) return fetched;
        vmm_lock(process);
        if (process.epoch == epoch && register(process, changetype<vseg_t>(fetched))) {
            vmm_unlock(process);
            return fetched;
        }
        vmm_unlock(process);
        kcm_free(fetched);
    }
}

/** Puts a fetched vseg into VSL(P,K). One that has grown since (brk) replaces its older registration. */
function register(process: process_t, vseg: vseg_t): bool {
    const head = vmm_vsegs(process);
    const old = vsl_overlap(head, vseg.first_vpn, vseg.end_vpn);
    if (old != 0) {
        if (changetype<vseg_t>(old).end_vpn >= vseg.end_vpn) return false;
        vsl_remove(head, changetype<vseg_t>(old), process.pid);
    }
    return vsl_insert(head, vseg, process.pid);
}

function fetch_vseg(process: process_t, vpn: u32): usize {
    const desc = rpc_arguments();
    while (!direct_vseg(process, vpn)) {
        desc.arg0 = process.pid;
        desc.arg1 = vpn;
        desc.arg2 = local_cxy;
        ask_z(process, LEVEL_LEAF, RPC_GET_VSEG);
        if (desc.arg0 != VSEG_BUSY) break;
        rpc_yield();
    }
    if (desc.arg0 == VSEG_NONE) return 0;
    const vseg = changetype<vseg_t>(vseg_create(<u32>desc.arg1, <u32>desc.arg2, <u32>desc.arg3));
    if (changetype<usize>(vseg) == 0) return NO_MEMORY;
    vseg.rights = desc.arg4;
    return changetype<usize>(vseg);
}
/** In place of a vseg: there is one, but no memory to register it here. */
export const NO_MEMORY: usize = 1;

/** At Z: the public vseg of a page; the asking cluster becomes a sharer of it (5.9). */
function serve_get_vseg(desc: xptr_t): void {
    const pid = <u32>rpc_get(desc, 0);
    const vpn = <u32>rpc_get(desc, 1);
    const sharer = <u32>rpc_get(desc, 2);
    rpc_set(desc, 0, VSEG_NONE);
    const process = changetype<process_t>(process_find(pid));
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    const found = vsl_find(vmm_vsegs(process), vpn);
    // CODE is asked for only when it is registered lazily (section 9).
    if (found != 0 && changetype<vseg_t>(found).type != VSEG_STACK) {
        const vseg = changetype<vseg_t>(found);
        if (vseg.busy == 0) vseg_add_sharer(vseg, sharer);
        rpc_set(desc, 1, vseg.type);
        rpc_set(desc, 2, vseg.first_vpn);
        rpc_set(desc, 3, vseg.end_vpn);
        rpc_set(desc, 4, vseg.rights);
        rpc_set(desc, 0, vseg.busy == 0 ? VSEG_FOUND : VSEG_BUSY);
        if (Mutant.on(MUTANT_Z_FORGETS_VSEG)) vsl_remove(vmm_vsegs(process), vseg, pid);
    }
    vmm_unlock(process);
}

/** Sends the running thread's descriptor to Z: the phases of a request are those of the fault. */
export function ask_z(process: process_t, level: u32, op: u32): void {
    const before = phase_enter(PHASE_RPC_OUT);
    rpc_send(process.reference, level, op);
    phase_enter(before);
}
