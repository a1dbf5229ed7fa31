// The managers of a DSM group (sm-dsm 3.3-3.6, 4.3, 4.4). They grant pages to nodes, as a request's row says (rows.ts). Requests for a page
// are served one at a time, in order, each until the node acknowledges that it has installed the page (turn.ts). Under dynamic a page's
// owner grants it, and the node that takes it for itself becomes the owner; a node that is not the owner names the one it believes in.

import { DSM_DYNAMIC } from "../abi/policy";
import { RPC_DSM_ACK, RPC_DSM_ADOPT, RPC_DSM_DROP, RPC_DSM_REQUEST } from "../abi/rpc-ops";
import {
    DSM_ACK_MANAGER,
    DSM_ACK_NODE,
    DSM_ACK_PPN,
    DSM_ACK_VPN,
    DSM_ADOPT_COUNT,
    DSM_ADOPT_MANAGER,
    DSM_ADOPT_VPN,
    DSM_DROP_MANAGER,
    DSM_DROP_NODE,
    DSM_DROP_VPN,
    DSM_REQUEST_GRANT,
    DSM_REQUEST_MANAGER,
    DSM_REQUEST_NODE,
    DSM_REQUEST_TURN,
    DSM_REQUEST_VPN,
    DSM_REQUEST_WHAT,
} from "../abi/rpc-words";
import { xptr_cxy, xptr_lpa, xptr_t } from "../hal/platform";
import { LEVEL_LEAF, LEVEL_MANAGER } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { grant_page, is_dead, retire_page, TO_PREFETCH, TO_READ, TO_RETIRE, TO_TAKE, TO_WRITE } from "./grant";
import { dsm_manager_kind, first_manager, group_manager } from "./group";
import {
    dsm_page_t,
    local_manager,
    manager_lock,
    manager_t,
    manager_unlock,
    page_begin,
    page_find,
    page_has_copy,
    page_make,
    page_note_writer,
    page_set_copy,
    page_write,
} from "./pages";
import {
    GRANT_BY_SHIFT,
    GRANT_DEAD,
    GRANT_FORWARD,
    GRANT_GONE,
    GRANT_NO_MEMORY,
    GRANT_OK,
    GRANT_PARKED,
    GRANT_PPN_SHIFT,
    GRANT_REFUSED,
    GRANT_WRITE,
    grant_by,
} from "./protocol";
import { NO_NODE, region_last_node, region_node } from "./region";
import { turn_await, turn_end, turn_of, turn_pass, turn_take } from "./turn";

export function manager_init(): void {
    const request: (desc: xptr_t) => void = serve_request;
    const ack: (desc: xptr_t) => void = serve_ack;
    rpc_register(RPC_DSM_REQUEST, <u32>request.index);
    const adopt: (desc: xptr_t) => void = serve_adopt;
    rpc_register(RPC_DSM_ADOPT, <u32>adopt.index);
    const drop: (desc: xptr_t) => void = serve_drop;
    rpc_register(RPC_DSM_DROP, <u32>drop.index);
    rpc_register(RPC_DSM_ACK, <u32>ack.index);
}

/** Asks for a page. The answer is a grant (protocol.ts); every GRANT_OK is followed by one manager_ack. */
export function manager_request(group: xptr_t, node: u32, vpn: u32, write: bool): u64 {
    return find_manager(group, node, vpn, write ? TO_WRITE : TO_READ);
}

/** For sm_free: takes the page from all nodes that have a copy. No node has it when this returns, unless the group is ending. */
export function manager_retire(group: xptr_t, node: u32, vpn: u32): void {
    find_manager(group, node, vpn, TO_RETIRE);
}

/** Does as manager_request, for an atomic access (4.9). */
export function manager_take(group: xptr_t, node: u32, vpn: u32): u64 {
    return find_manager(group, node, vpn, TO_TAKE);
}

/** Asks for a copy to read of a page that no thread of the node has asked for. GRANT_REFUSED when it cannot be had at once. */
export function manager_prefetch(group: xptr_t, node: u32, vpn: u32): u64 {
    return find_manager(group, node, vpn, TO_PREFETCH);
}

function find_manager(group: xptr_t, node: u32, vpn: u32, what: u32): u64 {
    let at = first_manager(group, node, vpn);
    while (true) {
        const grant = ask(group_manager(group, at), node, vpn, what);
        if ((grant & GRANT_FORWARD) == 0) return grant & GRANT_OK ? grant | ((<u64>at) << GRANT_BY_SHIFT) : grant;
        at = <u32>(grant >> GRANT_PPN_SHIFT);
    }
}

function ask(manager: xptr_t, node: u32, vpn: u32, what: u32): u64 {
    const cxy = xptr_cxy(manager);
    if (is_local(cxy)) {
        const grant = request_here(local_manager(manager), node, vpn, what, 0);
        if (grant != GRANT_PARKED) return grant;
    }
    const desc = rpc_arguments();
    desc.set(DSM_REQUEST_MANAGER, xptr_lpa(manager));
    desc.set(DSM_REQUEST_NODE, node);
    desc.set(DSM_REQUEST_VPN, vpn);
    desc.set(DSM_REQUEST_WHAT, what);
    desc.set(DSM_REQUEST_TURN, 0);
    rpc_send(cxy, LEVEL_MANAGER, RPC_DSM_REQUEST);
    return desc.get(DSM_REQUEST_GRANT);
}

function serve_request(desc: xptr_t): void {
    const manager = changetype<manager_t>(<usize>rpc_get(desc, DSM_REQUEST_MANAGER));
    const node = <u32>rpc_get(desc, DSM_REQUEST_NODE);
    const vpn = <u32>rpc_get(desc, DSM_REQUEST_VPN);
    const what = <u32>rpc_get(desc, DSM_REQUEST_WHAT);
    const page = turn_of(desc);
    const grant =
        page == 0
            ? request_here(manager, node, vpn, what, desc)
            : at_turn(manager, changetype<dsm_page_t>(page), node, vpn, what);
    if (grant != GRANT_PARKED) rpc_set(desc, DSM_REQUEST_GRANT, grant);
}

/**
 * Returns GRANT_PARKED while another request has the page, and parks `desc`. With `desc` 0 the caller then sends a request to this
 * cluster's own server.
 */
function request_here(manager: manager_t, node: u32, vpn: u32, what: u32, desc: xptr_t): u64 {
    const allocator = allocator_for(manager, vpn, what);
    if (allocator == NO_NODE) return GRANT_REFUSED;
    manager_lock(manager);
    const page = changetype<dsm_page_t>(page_make(manager, vpn, allocator));
    const absent = changetype<usize>(page) == 0;
    const taken = !absent && turn_take(page);
    if (!absent && !taken && what != TO_PREFETCH && desc != 0) turn_await(page, desc);
    manager_unlock(manager);
    if (absent) return GRANT_NO_MEMORY;
    if (taken) return at_turn(manager, page, node, vpn, what);
    return what == TO_PREFETCH ? GRANT_REFUSED : GRANT_PARKED;
}

/** Serves or refuses the request, which has its turn at the page (turn.ts). */
function at_turn(manager: manager_t, page: dsm_page_t, node: u32, vpn: u32, what: u32): u64 {
    const answer = is_dead(manager) ? GRANT_DEAD : not_ours(manager, page, vpn, what);
    if (answer == 0) return serve(manager, page, node, vpn, what);
    turn_end(manager, page);
    return answer;
}

/** Serves the request for a page that this manager may grant. */
function serve(manager: manager_t, page: dsm_page_t, node: u32, vpn: u32, what: u32): u64 {
    switch (what) {
        case TO_RETIRE:
            return retire_page(manager, page, vpn);
        case TO_PREFETCH:
            if (page.owner != node && !page_has_copy(page, node)) return grant_page(manager, page, node, vpn, what);
            turn_end(manager, page);
            return GRANT_REFUSED;
        default:
            return grant_page(manager, page, node, vpn, what);
    }
}

/** The node that the page is allocated to. A page that is being given back has one only for TO_RETIRE. */
function allocator_for(manager: manager_t, vpn: u32, what: u32): u32 {
    return what == TO_RETIRE ? region_last_node(manager.group, vpn) : region_node(manager.group, vpn);
}

/** GRANT_GONE, or the node to ask, when this manager may not grant the page; else 0. A page that was given back begins anew. */
function not_ours(manager: manager_t, page: dsm_page_t, vpn: u32, what: u32): u64 {
    const allocator = page.gone != 0 ? allocator_for(manager, vpn, what) : NO_NODE;
    if (page.gone != 0 && allocator == NO_NODE) return GRANT_GONE;
    manager_lock(manager);
    if (page.gone != 0) page_begin(manager, page, vpn, allocator);
    const owner = page.owner;
    manager_unlock(manager);
    if (manager.node == NO_NODE || manager.node == owner) return 0;
    return GRANT_FORWARD | ((<u64>owner) << GRANT_PPN_SHIFT);
}

/** With dynamic managers: `count` pages from `vpn` on belong to the node again. Its manager may remember their former life. */
export function manager_adopt(group: xptr_t, node: u32, vpn: u32, count: u32): void {
    const manager = group_manager(group, node);
    const cxy = xptr_cxy(manager);
    if (is_local(cxy)) {
        adopt_here(local_manager(manager), vpn, count);
        return;
    }
    const desc = rpc_arguments();
    desc.set(DSM_ADOPT_MANAGER, xptr_lpa(manager));
    desc.set(DSM_ADOPT_VPN, vpn);
    desc.set(DSM_ADOPT_COUNT, count);
    rpc_send(cxy, LEVEL_MANAGER, RPC_DSM_ADOPT);
}

function serve_adopt(desc: xptr_t): void {
    adopt_here(
        changetype<manager_t>(<usize>rpc_get(desc, DSM_ADOPT_MANAGER)),
        <u32>rpc_get(desc, DSM_ADOPT_VPN),
        <u32>rpc_get(desc, DSM_ADOPT_COUNT),
    );
}

function adopt_here(manager: manager_t, vpn: u32, count: u32): void {
    manager_lock(manager);
    for (let i: u32 = 0; i < count; i++) {
        const page = changetype<dsm_page_t>(page_find(manager, vpn + i));
        if (changetype<usize>(page) == 0) continue;
        page_write(page, manager.nodes, manager.node, 0);
        page_begin(manager, page, vpn + i, manager.node);
    }
    manager_unlock(manager);
}

/** For release consistency: node `node` has given up the copy that node `by`'s manager granted it (4.6). */
export function manager_drop(group: xptr_t, by: u32, node: u32, vpn: u32): void {
    const manager = group_manager(group, by);
    const cxy = xptr_cxy(manager);
    if (is_local(cxy)) {
        drop_here(local_manager(manager), node, vpn);
        return;
    }
    const desc = rpc_arguments();
    desc.set(DSM_DROP_MANAGER, xptr_lpa(manager));
    desc.set(DSM_DROP_NODE, node);
    desc.set(DSM_DROP_VPN, vpn);
    rpc_send(cxy, LEVEL_LEAF, RPC_DSM_DROP);
}

function serve_drop(desc: xptr_t): void {
    drop_here(
        changetype<manager_t>(<usize>rpc_get(desc, DSM_DROP_MANAGER)),
        <u32>rpc_get(desc, DSM_DROP_NODE),
        <u32>rpc_get(desc, DSM_DROP_VPN),
    );
}

function drop_here(manager: manager_t, node: u32, vpn: u32): void {
    manager_lock(manager);
    page_set_copy(changetype<dsm_page_t>(page_find(manager, vpn)), node, false);
    manager_unlock(manager);
}

/** The node has installed the granted page in frame `ppn`. The page is free for the next request. */
export function manager_ack(group: xptr_t, node: u32, vpn: u32, grant: u64, ppn: u64): void {
    const by = grant_by(grant);
    if (dsm_manager_kind() == DSM_DYNAMIC && by != node) follow_owner(group, node, vpn, grant, ppn);
    const manager = group_manager(group, by);
    const cxy = xptr_cxy(manager);
    if (is_local(cxy)) {
        ack_here(local_manager(manager), node, vpn, ppn);
        return;
    }
    const desc = rpc_arguments();
    desc.set(DSM_ACK_MANAGER, xptr_lpa(manager));
    desc.set(DSM_ACK_NODE, node);
    desc.set(DSM_ACK_VPN, vpn);
    desc.set(DSM_ACK_PPN, ppn);
    rpc_send(cxy, LEVEL_LEAF, RPC_DSM_ACK);
}

/**
 * With dynamic managers, at the node's own manager: the node is the owner now, or has learnt of the owner. This comes before the
 * acknowledgement, which sends others here.
 */
function follow_owner(group: xptr_t, node: u32, vpn: u32, grant: u64, ppn: u64): void {
    const manager = local_manager(group_manager(group, node));
    manager_lock(manager);
    const page = changetype<dsm_page_t>(page_find(manager, vpn));
    if (grant & GRANT_WRITE) {
        page_write(page, manager.nodes, node, ppn);
        page_note_writer(manager, page, node);
    } else page.owner = grant_by(grant);
    manager_unlock(manager);
}

function serve_ack(desc: xptr_t): void {
    const manager = changetype<manager_t>(<usize>rpc_get(desc, DSM_ACK_MANAGER));
    ack_here(manager, <u32>rpc_get(desc, DSM_ACK_NODE), <u32>rpc_get(desc, DSM_ACK_VPN), rpc_get(desc, DSM_ACK_PPN));
}

function ack_here(manager: manager_t, node: u32, vpn: u32, ppn: u64): void {
    manager_lock(manager);
    const page = changetype<dsm_page_t>(page_find(manager, vpn));
    if (page.owner == node) page.ppn = ppn;
    turn_pass(page);
    manager_unlock(manager);
}
