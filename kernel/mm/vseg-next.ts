// The vsegs of Z in their order, for those who tell of a process (/proc/self/maps).

import { RPC_VSEG_NEXT } from "../abi/rpc-ops";
import { GET_VSEG_FOUND, VSEG_NEXT_PID, VSEG_NEXT_VPN } from "../abi/rpc-words";
import { xptr_local, xptr_t } from "../hal/platform";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { process_hold, process_release, process_t } from "./process-table";
import { PAGES_END } from "./user-space";
import { vmm_lock, vmm_unlock, vmm_vsegs } from "./vmm";
import { vseg_send } from "./vseg-message";
import { vsl_overlap } from "./vsl";

export function vseg_next_init(): void {
    const next: (desc: xptr_t) => void = serve_next;
    rpc_register(RPC_VSEG_NEXT, <u32>next.index);
}

/** Gets the first vseg of Z from page `vpn` on into the running thread's request, for vseg_receive. False when there is none. Leaf. */
export function vseg_next(process: process_t, vpn: u32): bool {
    const desc = rpc_arguments();
    desc.set(VSEG_NEXT_PID, process.pid);
    desc.set(VSEG_NEXT_VPN, vpn);
    if (is_local(process.reference)) serve_next(xptr_local(changetype<usize>(desc)));
    else rpc_send(process.reference, LEVEL_LEAF, RPC_VSEG_NEXT);
    return desc.get(GET_VSEG_FOUND) != 0;
}

function serve_next(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, VSEG_NEXT_PID)));
    const vpn = <u32>rpc_get(desc, VSEG_NEXT_VPN);
    rpc_set(desc, GET_VSEG_FOUND, 0);
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    const at = vsl_overlap(vmm_vsegs(process), vpn, PAGES_END);
    if (at != 0) vseg_send(desc, xptr_local(at));
    vmm_unlock(process);
    rpc_set(desc, GET_VSEG_FOUND, at != 0 ? 1 : 0);
    process_release(process);
}
