// protocol: direct (vmm-policy 9). K reads VSL(P,Z) and GPT(P,Z) where they lie, by xptr, instead of asking Z. Writes to Z's state stay
// RPC.
//
// Z's VMM counts its changes (vmm_t.sequence): the number is odd while the VMM's lock is held, and only then VSL and GPT change. A reading
// counts if the number was even before it and is the same after it; else it is done again. Until that is known a reading may be garbage: a
// vseg may be freed meanwhile and its memory used for something else. So a link is followed only to an aligned address in Z's bank, and
// no further than the highest tree of a VSL goes. Z's descriptor and tables outlive every replica (7.4).
//
// 5.9, additions reach Z first, then K: an answer is taken only if K's bit is in the vseg's set of sharers in the same reading. A removal
// that Z begins after it finds the bit, tells K and waits for it. K bumps its epoch, which the fault has noted before the reading, and does
// not install. A removal that Z began before has marked the vseg or the entry by then: K asks Z by RPC, and waits there.
//
// Setting the bit writes Z's state, and a remote atomic OR could meet a vseg that has just been freed, for nothing holds it. So the bit
// comes by RPC: when K attaches (CODE and DATA), else by RPC_GET_VSEG, once for each K and vseg. It is never cleared, and split vsegs
// inherit it.

import { BI_POLICY_PROTOCOL } from "../abi/boot-info";
import { WINDOW_BASE } from "../abi/memory-map";
import { PROTOCOL_DIRECT } from "../abi/policy";
import { GET_PAGE_TABLE, GET_VSEG_FOUND } from "../abi/rpc-words";
import { VSEG_DSM, VSEG_STACK } from "../abi/vseg-type";
import { fence, pause, remote_load32 } from "../hal/hal";
import { bank_shift, boot_info, local_cxy, xptr_local, xptr_make, xptr_t } from "../hal/platform";
import { rpc_arguments } from "../rpc/rpc";
import { gpt_remote_entry, gpt_remote_table } from "./gpt";
import { is_linked } from "./linked";
import { process_t } from "./process-table";
import { PTE_REMOVING } from "./pte";
import { VSEG_FOUND, VSEG_NONE, vseg_sharer_offset, vseg_t } from "./vseg";
import { vseg_send } from "./vseg-message";

/** Readings before K asks Z after all. Threads of Z that wait take its lock again and again, and they may be waiting for K. */
const READINGS: u32 = 32;

/** True when the protocol is direct. */
export function direct(): bool {
    return <u32>boot_info(BI_POLICY_PROTOCOL) == PROTOCOL_DIRECT;
}

/** Puts the answer to RPC_GET_VSEG into the running thread's arguments. False when only Z can give it. */
export function direct_vseg(process: process_t, vpn: u32): bool {
    if (!direct()) return false;
    const desc = rpc_arguments();
    for (let i: u32 = 0; i < READINGS; i++) {
        const sequence = reading_begin(process);
        const vseg = find(process, vpn);
        const usable = vseg == 0 || is_usable(process, vseg);
        if (vseg != 0) vseg_send(xptr_local(changetype<usize>(desc)), vseg);
        if (!reading_stands(process, sequence)) continue;
        desc.set(GET_VSEG_FOUND, vseg == 0 ? VSEG_NONE : VSEG_FOUND);
        return usable;
    }
    return false;
}

/**
 * The entry that Z has for the page, 0 when it has none that K may take; its leaf table goes where RPC_GET_PAGE leaves it. A page of the
 * DSM gives 0, for Z promises it.
 */
export function direct_page(process: process_t, vpn: u32): u64 {
    if (!direct()) return 0;
    for (let i: u32 = 0; i < READINGS; i++) {
        const sequence = reading_begin(process);
        const vseg = find(process, vpn);
        const usable =
            vseg != 0 && is_usable(process, vseg) && remote_load32(vseg + offsetof<vseg_t>("type")) != VSEG_DSM;
        const table = usable ? gpt_remote_table(root_of(process), vpn) : 0;
        const pte = table == 0 ? 0 : gpt_remote_entry(table, vpn);
        if (!reading_stands(process, sequence)) continue;
        rpc_arguments().set(GET_PAGE_TABLE, table);
        return (pte & PTE_REMOVING) == 0 ? pte : 0;
    }
    return 0;
}

function root_of(process: process_t): xptr_t {
    const root = <usize>remote_load32(process.at_reference + offsetof<process_t>("root"));
    return xptr_make(process.reference, root);
}

/** Z's sequence number before a reading. */
function reading_begin(process: process_t): u32 {
    const sequence = remote_load32(process.at_reference + offsetof<process_t>("sequence"));
    fence();
    return sequence;
}

/** True when no change was under way at `sequence` and none has begun since; else it waits a moment. */
function reading_stands(process: process_t, sequence: u32): bool {
    fence();
    const now = remote_load32(process.at_reference + offsetof<process_t>("sequence"));
    if (now == sequence && (now & 1) == 0) return true;
    pause();
    return false;
}

/** The vseg of `vpn` in VSL(P,Z) that K may ask for, or 0. */
function find(process: process_t, vpn: u32): xptr_t {
    let at = remote_load32(process.at_reference + offsetof<process_t>("vseg_tree"));
    for (let steps = HIGHEST_TREE; steps != 0 && in_bank(at); steps--) {
        const vseg = xptr_make(process.reference, <usize>at);
        const first = remote_load32(vseg + offsetof<vseg_t>("first_vpn"));
        const end = remote_load32(vseg + offsetof<vseg_t>("end_vpn"));
        if (vpn >= first && vpn < end) return is_each_own(vseg) ? 0 : vseg;
        at = remote_load32(vseg + (vpn < first ? offsetof<vseg_t>("left") : offsetof<vseg_t>("right")));
    }
    return 0;
}
/** Levels that a tree of VSEGS_MAX vsegs has at most. A reading that changes underneath may go in circles. */
const HIGHEST_TREE: u32 = 20;

/** True for a STACK and for kentry, of which each cluster has its own. */
function is_each_own(vseg: xptr_t): bool {
    const type = remote_load32(vseg + offsetof<vseg_t>("type"));
    return type == VSEG_STACK || remote_load32(vseg + offsetof<vseg_t>("fixed")) != 0;
}

/** True when `at`, a local address in Z's bank, may be the address of a vseg. It is false for 0, below the leaves of the tree. */
function in_bank(at: u32): bool {
    return (at & 7) == 0 && at >= <u32>WINDOW_BASE && at - <u32>WINDOW_BASE <= ((<u32>1) << bank_shift) - VSEG_BYTES;
}
const VSEG_BYTES: u32 = <u32>offsetof<vseg_t>();

/** True when no change of the vseg is under way and K is a sharer of it: by its bit, or as an active cluster (mm/linked.ts). */
function is_usable(process: process_t, vseg: xptr_t): bool {
    const change = remote_load32(process.at_reference + offsetof<process_t>("change"));
    if (change != 0 && remote_load32(vseg + offsetof<vseg_t>("busy")) == change) return false;
    if (is_linked(remote_load32(vseg + offsetof<vseg_t>("type")))) return true;
    return (remote_load32(vseg + vseg_sharer_offset(local_cxy)) & (1 << (local_cxy & 31))) != 0;
}
