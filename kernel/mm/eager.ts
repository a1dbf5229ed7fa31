// gpt: eager (vmm-policy 9). A page that Z maps is mapped in every active cluster at once.
import { BI_POLICY_GPT } from "../abi/boot-info";
import { GPT_EAGER } from "../abi/policy";
import { RPC_SET_ENTRY } from "../abi/rpc-ops";
import { SET_ENTRY_PID, SET_ENTRY_PTE, SET_ENTRY_VPN } from "../abi/rpc-words";
import { boot_info, cluster_count, xptr_t } from "../hal/platform";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { gpt_slot } from "./gpt";
import { process_hold, process_is_active, process_release, process_t } from "./process-table";
import { PTE_BUSY, PTE_V } from "./pte";
import { vmm_lock, vmm_unlock } from "./vmm";
import { vseg_add_sharer, vseg_t } from "./vseg";

export function eager_init(): void {
    const set: (desc: xptr_t) => void = serve_set_entry;
    rpc_register(RPC_SET_ENTRY, <u32>set.index);
}

/**
 * At Z, while the entry at `slot` is marked busy: gives the page's new entry to every other active cluster, which becomes a sharer. Z gets it
 * first, then the others (5.9). The mark keeps removals away until they have it.
 */
export function eager_publish(process: process_t, vseg: vseg_t, vpn: u32, slot: usize, pte: u64): void {
    if (<u32>boot_info(BI_POLICY_GPT) != GPT_EAGER) return;
    vmm_lock(process);
    store<u64>(slot, pte | PTE_BUSY);
    vmm_unlock(process);
    for (let cxy: u32 = 0; cxy < cluster_count; cxy++) {
        if (is_local(cxy) || !process_is_active(process, cxy)) continue;
        vseg_add_sharer(vseg, cxy);
        const desc = rpc_arguments();
        desc.set(SET_ENTRY_PID, process.pid);
        desc.set(SET_ENTRY_VPN, vpn);
        desc.set(SET_ENTRY_PTE, pte);
        rpc_send(cxy, LEVEL_LEAF, RPC_SET_ENTRY);
    }
}

/**
 * At a replica: installs an entry that Z has published. Without memory for a table, or while a fault on the page is under way, it does
 * nothing: the page is fetched on demand.
 */
function serve_set_entry(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, SET_ENTRY_PID)));
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    const slot = gpt_slot(process.root, <u32>rpc_get(desc, SET_ENTRY_VPN), true, process.pid);
    if (slot != 0 && (load<u64>(slot) & (PTE_V | PTE_BUSY)) == 0) store<u64>(slot, rpc_get(desc, SET_ENTRY_PTE));
    vmm_unlock(process);
    process_release(process);
}
