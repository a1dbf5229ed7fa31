// Taking pages from the clusters that share them (vmm-policy 5.9). Z has marked them; the sharers drop what they hold and acknowledge, and
// then Z drops its own. A sharer that comes later asks Z and waits there.

import { RPC_INVALIDATE, RPC_INVALIDATE_RANGE } from "../abi/rpc-ops";
import {
    INVALIDATE_PID,
    INVALIDATE_PTE,
    INVALIDATE_RANGE_END,
    INVALIDATE_RANGE_FIRST,
    INVALIDATE_RANGE_PID,
    INVALIDATE_RANGE_RIGHTS,
    INVALIDATE_VPN,
} from "../abi/rpc-words";
import { local_cxy, xptr_t } from "../hal/platform";
import { LEVEL_LEAF } from "../rpc/levels";
import { rpc_arguments, rpc_get, rpc_send } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { is_linked } from "./linked";
import { process_active_set, process_hold, process_release, process_t } from "./process-table";
import { vmm_clear_range, vmm_invalidate, vmm_lock, vmm_restrict_range, vmm_unlock, vmm_vsegs } from "./vmm";
import { SHARER_WORDS, vseg_sharer_word, vseg_t } from "./vseg";
import { vsl_overlap, vsl_remove, vsl_split } from "./vsl";

export function sharers_init(): void {
    const page: (desc: xptr_t) => void = serve_invalidate;
    const range: (desc: xptr_t) => void = serve_invalidate_range;
    rpc_register(RPC_INVALIDATE, <u32>page.index);
    rpc_register(RPC_INVALIDATE_RANGE, <u32>range.index);
}

/** Sets every sharer's copy of the page's entry to `pte` (0: gone), and returns when all have acknowledged. */
export function sharers_restrict_page(process: process_t, vseg: vseg_t, vpn: u32, pte: u64): void {
    for (let word: u32 = 0; word < SHARER_WORDS; word++) {
        for (let set = other_sharers(process, vseg, word); set != 0; set &= set - 1) {
            const desc = rpc_arguments();
            desc.set(INVALIDATE_PID, process.pid);
            desc.set(INVALIDATE_VPN, vpn);
            desc.set(INVALIDATE_PTE, pte);
            rpc_send(first_of(word, set), LEVEL_LEAF, RPC_INVALIDATE);
        }
    }
}

/** The sharers but this cluster, as bits: those of 32 clusters. Each active cluster may share a linked vseg. */
function other_sharers(process: process_t, vseg: vseg_t, word: u32): u32 {
    const set = is_linked(vseg.type) ? process_active_set(process, word) : vseg_sharer_word(vseg, word);
    return local_cxy >> 5 == word ? set & ~(1 << (local_cxy & 31)) : set;
}

function first_of(word: u32, set: u32): u32 {
    return (word << 5) + <u32>ctz<u32>(set);
}

/** At a sharer: the copied entry loses its rights. The answer is the acknowledgement. */
function serve_invalidate(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, INVALIDATE_PID)));
    if (changetype<usize>(process) == 0) return;
    vmm_invalidate(process, <u32>rpc_get(desc, INVALIDATE_VPN), rpc_get(desc, INVALIDATE_PTE));
    process_release(process);
}

/** The `rights` for sharers_forget that remove entries and registration. */
export const FORGET_ALL: u64 = 0;

/** Every sharer of the vseg keeps at most `rights` on [first, end); with FORGET_ALL it keeps neither entries nor registration. */
export function sharers_forget(process: process_t, vseg: vseg_t, first: u32, end: u32, rights: u64): void {
    for (let word: u32 = 0; word < SHARER_WORDS; word++) {
        for (let set = other_sharers(process, vseg, word); set != 0; set &= set - 1) {
            const desc = rpc_arguments();
            desc.set(INVALIDATE_RANGE_PID, process.pid);
            desc.set(INVALIDATE_RANGE_FIRST, first);
            desc.set(INVALIDATE_RANGE_END, end);
            desc.set(INVALIDATE_RANGE_RIGHTS, rights);
            rpc_send(first_of(word, set), LEVEL_LEAF, RPC_INVALIDATE_RANGE);
        }
    }
}

/** At a sharer: does what sharers_forget asks. */
function serve_invalidate_range(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, INVALIDATE_RANGE_PID)));
    if (changetype<usize>(process) == 0) return;
    const first = <u32>rpc_get(desc, INVALIDATE_RANGE_FIRST);
    const end = <u32>rpc_get(desc, INVALIDATE_RANGE_END);
    const rights = rpc_get(desc, INVALIDATE_RANGE_RIGHTS);
    if (rights == FORGET_ALL) forget_range(process, first, end);
    else vmm_restrict_range(process, first, end, rights);
    process_release(process);
}

/** Forgets the range. Without memory to cut a vseg all of it is forgotten, and it is registered again on demand. */
function forget_range(process: process_t, first: u32, end: u32): void {
    vmm_lock(process);
    const head = vmm_vsegs(process);
    vsl_split(head, first, process.pid);
    vsl_split(head, end, process.pid);
    for (let at = vsl_overlap(head, first, end); at != 0; at = vsl_overlap(head, first, end)) {
        const vseg = changetype<vseg_t>(at);
        if (vseg.first_vpn < first) first = vseg.first_vpn;
        if (vseg.end_vpn > end) end = vseg.end_vpn;
        vsl_remove(head, vseg, process.pid);
    }
    // The epoch changes with the registration, not after it, so that a vseg fetched before is not installed (5.9).
    process.epoch++;
    vmm_unlock(process);
    vmm_clear_range(process, first, end);
}
