// The entries that Z has for pages. K looks at them by xptr and without a request: Z's tables outlive every replica (vmm-policy 7.4). For CODE
// the look is the answer, since nothing takes a page of CODE from Z while P has a thread (5.2). For other pages it is a guess: the entry may
// be gone a moment later. K then knows which request to send, and Z decides (5.4).

import { ACCESS_ATOMIC, ACCESS_FETCH, ACCESS_LOAD } from "../abi/access";
import { RPC_TAKE_PAGE } from "../abi/rpc-ops";
import { TAKE_PAGE_ACCESS, TAKE_PAGE_OUTCOME, TAKE_PAGE_PID, TAKE_PAGE_SHARER, TAKE_PAGE_VPN } from "../abi/rpc-words";
import { SIGKILL } from "../abi/signal";
import { fence, remote_load32 } from "../hal/hal";
import { local_cxy, xptr_make, xptr_t } from "../hal/platform";
import { LEVEL_LEAF } from "../rpc/levels";
import { rpc_arguments, rpc_get, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { gpt_get, gpt_remote } from "./gpt";
import { promise_begin } from "./hold";
import { OUTCOME_NONE, outcome_signal, outcome_t } from "./outcome";
import { PAGER_PROMISED, pager_of } from "./pager";
import { PROCESS_ALIVE, process_hold, process_release, process_t } from "./process-table";
import { PTE_BUSY, PTE_NC, PTE_R, PTE_REMOVING, PTE_V, PTE_W, PTE_X } from "./pte";
import { ask_z } from "./registration";
import { vmm_lock, vmm_unlock, vmm_vsegs } from "./vmm";
import { vseg_add_sharer, vseg_is_changing, vseg_t } from "./vseg";
import { vsl_find } from "./vsl";

export function look_init(): void {
    const take: (desc: xptr_t) => void = serve_take_page;
    rpc_register(RPC_TAKE_PAGE, <u32>take.index);
}

export function right_of(access: u32): u64 {
    return access == ACCESS_FETCH ? PTE_X : access == ACCESS_LOAD ? PTE_R : PTE_W;
}

/**
 * True when the entry is valid and allows the access. An atomic access to a page that others may have, too, is not allowed (sm-dsm 4.9).
 */
export function allows(pte: u64, access: u32): bool {
    if ((pte & PTE_V) == 0 || (pte & right_of(access)) == 0) return false;
    return access != ACCESS_ATOMIC || (pte & PTE_NC) == 0;
}

/** Z's entry of the page as it was a moment ago; 0 when it had none. K is not Z. */
export function look_at_z(process: process_t, vpn: u32): u64 {
    const root = <usize>remote_load32(process.at_reference + offsetof<process_t>("root"));
    const pte = gpt_remote(xptr_make(process.reference, root), vpn);
    // What the entry names was filled before the entry was set.
    fence();
    return pte;
}

/**
 * At Z: the entry of a page for a sharer. OUTCOME_NONE when it does not allow the access or is being taken away; SIGKILL without memory for
 * a promise.
 */
export function entry_for(process: process_t, vpn: u32, access: u32, sharer: u32): outcome_t {
    vmm_lock(process);
    const found = vsl_find(vmm_vsegs(process), vpn);
    const pte = found == 0 ? 0 : gpt_get(process.root, vpn);
    const vseg = changetype<vseg_t>(found);
    const settled = found != 0 && (pte & PTE_REMOVING) == 0 && !vseg_is_changing(vseg, process.change);
    const there = settled && allows(pte, access);
    if (there) vseg_add_sharer(vseg, sharer);
    const promised = !there || (pager_of(vseg.type).traits & PAGER_PROMISED) == 0 || promise_begin(process, vpn);
    vmm_unlock(process);
    if (!promised) return outcome_signal(SIGKILL);
    return there ? pte & ~PTE_BUSY : OUTCOME_NONE;
}

/** Asks Z for the entry of a page that Z seems to have. OUTCOME_NONE when Z has to do more than to look. */
export function take_page(process: process_t, vpn: u32, access: u32): outcome_t {
    const desc = rpc_arguments();
    desc.set(TAKE_PAGE_PID, process.pid);
    desc.set(TAKE_PAGE_VPN, vpn);
    desc.set(TAKE_PAGE_ACCESS, access);
    desc.set(TAKE_PAGE_SHARER, local_cxy);
    ask_z(process, LEVEL_LEAF, RPC_TAKE_PAGE);
    return desc.get(TAKE_PAGE_OUTCOME);
}

function serve_take_page(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, TAKE_PAGE_PID)));
    let outcome = OUTCOME_NONE;
    if (changetype<usize>(process) != 0) {
        const vpn = <u32>rpc_get(desc, TAKE_PAGE_VPN);
        const access = <u32>rpc_get(desc, TAKE_PAGE_ACCESS);
        if (process.state == PROCESS_ALIVE) {
            outcome = entry_for(process, vpn, access, <u32>rpc_get(desc, TAKE_PAGE_SHARER));
        }
        process_release(process);
    }
    rpc_set(desc, TAKE_PAGE_OUTCOME, outcome);
}
