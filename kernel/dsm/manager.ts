// The manager of a DSM group (sm-dsm 3.3-3.6, central): grants pages to nodes, many readers or one writer. Requests for
// a page are served one at a time, in order, each until the node acknowledges that it has installed the page.

import { PAGE_SHIFT } from "../abi/memory-map";
import { MUTANT_GRANT_BEFORE_ACK, MUTANT_MISSING_COPY, MUTANT_TWO_WRITERS } from "../abi/mutants";
import { DSM_INVALIDATE, DSM_READ_FAULT, DSM_REVOKE, DSM_WRITE_FAULT } from "../abi/probe";
import { xptr_cxy, xptr_lpa, xptr_t } from "../hal/platform";
import { Mutant } from "../mutant";
import { RPC_DSM_ACK, RPC_DSM_REQUEST } from "../rpc/ops";
import {
    is_local,
    LEVEL_LEAF,
    LEVEL_MANAGER,
    rpc_arguments,
    rpc_get,
    rpc_register,
    rpc_send,
    rpc_set,
    rpc_yield,
} from "../rpc/rpc";
import { dsm_downgrade } from "./downgrade";
import {
    dsm_page_t,
    group_lock,
    group_node,
    group_page,
    group_t,
    group_unlock,
    page_has_copy,
    page_set_copy,
    report,
} from "./group";
import {
    DOWNGRADE_HAND_OVER,
    DOWNGRADE_INVALIDATE,
    DOWNGRADE_REVOKE,
    GRANT_DEAD,
    GRANT_FREE,
    GRANT_KEEP,
    GRANT_OK,
    GRANT_PPN_SHIFT,
    GRANT_REFUSED,
    GRANT_WRITE,
} from "./protocol";

export function manager_init(): void {
    const request: (desc: xptr_t) => void = serve_request;
    const ack: (desc: xptr_t) => void = serve_ack;
    rpc_register(RPC_DSM_REQUEST, <u32>request.index);
    rpc_register(RPC_DSM_ACK, <u32>ack.index);
}

/** Asks for a page; the answer is a grant (protocol.ts). Every GRANT_OK is followed by one manager_ack. */
export function manager_request(group: xptr_t, node: u32, vpn: u32, write: bool): u64 {
    const cxy = xptr_cxy(group);
    if (is_local(cxy)) return request_here(changetype<group_t>(xptr_lpa(group)), node, vpn, write);
    const desc = rpc_arguments();
    desc.arg0 = xptr_lpa(group);
    desc.arg1 = node;
    desc.arg2 = vpn;
    desc.arg3 = write ? 1 : 0;
    rpc_send(cxy, LEVEL_MANAGER, RPC_DSM_REQUEST);
    return desc.arg0;
}

function serve_request(desc: xptr_t): void {
    const group = changetype<group_t>(<usize>rpc_get(desc, 0));
    rpc_set(desc, 0, request_here(group, <u32>rpc_get(desc, 1), <u32>rpc_get(desc, 2), rpc_get(desc, 3) != 0));
}

function request_here(group: group_t, node: u32, vpn: u32, write: bool): u64 {
    group_lock(group);
    const page = changetype<dsm_page_t>(group_page(group, vpn));
    const ticket = changetype<usize>(page) == 0 ? 0 : page.next_ticket++;
    group_unlock(group);
    if (changetype<usize>(page) == 0) return GRANT_REFUSED;
    while (true) {
        group_lock(group);
        const dead = group.dead;
        const serving = page.serving;
        group_unlock(group);
        if (dead != 0) return GRANT_DEAD;
        if (serving == ticket) return write ? grant_write(group, page, node, vpn) : grant_read(group, page, node, vpn);
        rpc_yield();
    }
}

/** The owner's first touch, or a repeated fault of the writer: no message to anyone, and no fault of the protocol (3.5). */
function grant_owner(page: dsm_page_t): u64 {
    return GRANT_OK | GRANT_WRITE | (page.ppn != 0 ? GRANT_KEEP : 0);
}

function grant_read(group: group_t, page: dsm_page_t, node: u32, vpn: u32): u64 {
    if (page.owner == node && page.writer != 0) return grant_owner(page);
    const owner = page.owner;
    const address = (<u64>vpn) << PAGE_SHIFT;
    if (page_has_copy(page, node)) return GRANT_OK | GRANT_KEEP;
    report(DSM_READ_FAULT, address, node, owner, node, group);
    if (page.writer != 0) {
        report(DSM_REVOKE, address, owner, owner, node, group);
        page.ppn = downgrade(group, owner, vpn, DOWNGRADE_REVOKE);
        page.writer = 0;
    }
    page_set_copy(page, node, !Mutant.on(MUTANT_MISSING_COPY));
    if (Mutant.on(MUTANT_TWO_WRITERS)) return GRANT_OK | GRANT_WRITE | (page.ppn << GRANT_PPN_SHIFT);
    return GRANT_OK | (page.ppn << GRANT_PPN_SHIFT);
}

function grant_write(group: group_t, page: dsm_page_t, node: u32, vpn: u32): u64 {
    if (page.owner == node && page.writer != 0) return grant_owner(page);
    const address = (<u64>vpn) << PAGE_SHIFT;
    const has = page_has_copy(page, node);
    report(DSM_WRITE_FAULT, address, node, page.owner, node, group);
    let source: u64 = 0;
    for (let holder: u32 = 0; holder < group.nodes; holder++) {
        if (holder == node || !page_has_copy(page, holder)) continue;
        if (Mutant.on(MUTANT_GRANT_BEFORE_ACK) && holder != page.owner) continue;
        const hand_over = holder == page.owner && !has;
        report(DSM_INVALIDATE, address, holder, holder, node, group);
        const ppn = downgrade(group, holder, vpn, hand_over ? DOWNGRADE_HAND_OVER : DOWNGRADE_INVALIDATE);
        if (hand_over) source = ppn;
        page_set_copy(page, holder, false);
    }
    page.owner = node;
    page.writer = 1;
    page_set_copy(page, node, true);
    if (has) return GRANT_OK | GRANT_WRITE | GRANT_KEEP;
    return GRANT_OK | GRANT_WRITE | (source != 0 ? GRANT_FREE : 0) | (source << GRANT_PPN_SHIFT);
}

function downgrade(group: group_t, node: u32, vpn: u32, mode: u32): u64 {
    const pid = group_node(group, node).pid;
    return dsm_downgrade(pid >> 16, pid, vpn, mode);
}

/** The node has installed what it was granted, in frame `ppn`: the page is free for the next request. */
export function manager_ack(group: xptr_t, node: u32, vpn: u32, ppn: u64): void {
    const cxy = xptr_cxy(group);
    if (is_local(cxy)) {
        ack_here(changetype<group_t>(xptr_lpa(group)), node, vpn, ppn);
        return;
    }
    const desc = rpc_arguments();
    desc.arg0 = xptr_lpa(group);
    desc.arg1 = node;
    desc.arg2 = vpn;
    desc.arg3 = ppn;
    rpc_send(cxy, LEVEL_LEAF, RPC_DSM_ACK);
}

function serve_ack(desc: xptr_t): void {
    ack_here(
        changetype<group_t>(<usize>rpc_get(desc, 0)),
        <u32>rpc_get(desc, 1),
        <u32>rpc_get(desc, 2),
        rpc_get(desc, 3),
    );
}

function ack_here(group: group_t, node: u32, vpn: u32, ppn: u64): void {
    group_lock(group);
    const page = changetype<dsm_page_t>(group_page(group, vpn));
    if (page.owner == node) page.ppn = ppn;
    page.serving++;
    group_unlock(group);
}
