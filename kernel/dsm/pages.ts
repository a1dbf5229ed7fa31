// A manager's pages (sm-dsm 3.3, 3.6): the owner of each, the right to write it, and the nodes with a copy. Central: node 0's manager has
// all pages. Fixed: the manager of node VPN mod n. Dynamic: the page's owner is its manager, and the managers of other nodes know a
// probable owner. Everything is called at the manager's cluster unless it says otherwise.
import { DSM_BASE, PAGE_SHIFT } from "../abi/memory-map";
import { DSM_DYNAMIC, DSM_FIXED } from "../abi/policy";
import { lock_acquire, lock_release } from "../hal/lock";
import { xptr_lpa, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { dsm_manager_kind, group_meetings, group_size } from "./group";
import { NO_NODE, region_is_release } from "./region";
import { table_free, table_make, table_word } from "./table";

@unmanaged
export class manager_t {
    /** xptr of the group at its home. */
    group: u64;
    lock: u32;
    nodes: u32;
    /** Dynamic: the node that it is the manager of. Else NO_NODE: it manages its pages whatever their owners. */
    node: u32;
    /** Distance from one of its pages to the next: the number of managers (fixed), else 1. */
    stride: u32;
    /** Table (table.ts) of addresses of dsm_page_t, each made when the page is first asked for. */
    pages: usize;
    padding: u32;
}

/** One page; behind it the set of nodes with a copy. */
@unmanaged
export class dsm_page_t {
    /** 1 while a request has its turn (turn.ts): it is served, or its node has not yet acknowledged the grant. */
    taken: u32;
    /** The node with the reference copy: the last writer, at first the allocating node. Dynamic: as far as is known here. */
    owner: u32;
    /** 1 when the owner may write and no other node has a copy. */
    writer: u32;
    /** 1 when the page was given back (sm_free); it begins anew with the next allocation. */
    gone: u32;
    /** 1 for release consistency (sm-dsm 4). */
    release: u32;
    /** The node that was last granted to write it, or NO_NODE. */
    last_writer: u32;
    /** The number of the group's meetings before that grant. */
    last_written: u32;
    /** The owner's frame; 0 while the owner has not touched the page. */
    ppn: u64;
    /** Requests that wait for their turn, the next one first: a list of rpc/parking.ts. */
    parked: u64;
    parked_last: u64;
}

/** Makes the manager of node `node`. Returns its local address, or 0 without memory. */
export function manager_create(group: xptr_t, node: u32): usize {
    const address = kcm_alloc(<u32>offsetof<manager_t>());
    if (address == 0) return 0;
    const manager = changetype<manager_t>(address);
    const kind = dsm_manager_kind();
    manager.group = group;
    manager.nodes = group_size(group);
    manager.node = kind == DSM_DYNAMIC ? node : NO_NODE;
    manager.stride = kind == DSM_FIXED ? manager.nodes : 1;
    return address;
}

/** The manager at this xptr, in this cluster. */
export function local_manager(manager: xptr_t): manager_t {
    return changetype<manager_t>(xptr_lpa(manager));
}

export function manager_free(manager: manager_t): void {
    manager_restart(manager);
    kcm_free(changetype<usize>(manager));
}

/** Makes the manager forget every page, as when it was made. */
export function manager_restart(manager: manager_t): void {
    table_free(manager.pages, true);
    manager.pages = 0;
}

export function manager_lock(manager: manager_t): void {
    lock_acquire(changetype<usize>(manager) + offsetof<manager_t>("lock"));
}

export function manager_unlock(manager: manager_t): void {
    lock_release(changetype<usize>(manager) + offsetof<manager_t>("lock"));
}

/** The address of the page's dsm_page_t; 0 when it was never asked for here. The caller holds the lock, here and below. */
export function page_find(manager: manager_t, vpn: u32): usize {
    const slot = table_word(manager.pages, index_of(manager, vpn));
    return slot == 0 ? 0 : load<usize>(slot);
}

function index_of(manager: manager_t, vpn: u32): u32 {
    return (vpn - (DSM_BASE >> PAGE_SHIFT)) / manager.stride;
}

/** Does as page_find for a page that node `allocator` has allocated, and makes the dsm_page_t if need be. 0 without memory. */
export function page_make(manager: manager_t, vpn: u32, allocator: u32): usize {
    const slot = table_make(changetype<usize>(manager) + offsetof<manager_t>("pages"), index_of(manager, vpn));
    if (slot == 0) return 0;
    if (load<usize>(slot) != 0) return load<usize>(slot);
    const address = kcm_alloc(<u32>offsetof<dsm_page_t>() + ((manager.nodes + 31) >> 5) * 4);
    if (address == 0) return 0;
    store<usize>(slot, address);
    page_begin(manager, changetype<dsm_page_t>(address), vpn, allocator);
    return address;
}

/** Sets the page as it is at its allocation: `owner` may write it, and has not touched it. */
export function page_begin(manager: manager_t, page: dsm_page_t, vpn: u32, owner: u32): void {
    page.release = region_is_release(manager.group, vpn) ? 1 : 0;
    page.last_writer = NO_NODE;
    own_alone(page, owner);
}

function own_alone(page: dsm_page_t, owner: u32): void {
    page.owner = owner;
    page.writer = 1;
    page.gone = 0;
    page.ppn = 0;
    page_set_copy(page, owner, true);
}

/** Leaves the owner's copy as the only one, which may be written. */
export function page_write(page: dsm_page_t, nodes: u32, owner: u32, ppn: u64): void {
    for (let node: u32 = 0; node < nodes; node++) page_set_copy(page, node, false);
    own_alone(page, owner);
    page.ppn = ppn;
}

/** Notes that the node is granted to write. Under release consistency the last writer, and the time, decide which node keeps the page. */
export function page_note_writer(manager: manager_t, page: dsm_page_t, node: u32): void {
    if (page.release == 0) return;
    page.last_writer = node;
    page.last_written = group_meetings(manager.group);
}

/** True when no node but `node` has a copy. */
export function page_is_alone(page: dsm_page_t, nodes: u32, node: u32): bool {
    for (let other: u32 = 0; other < nodes; other += 32) {
        const own: u32 = node >> 5 == other >> 5 ? 1 << (node & 31) : 0;
        if ((load<u32>(copyset_word(page, other)) & ~own) != 0) return false;
    }
    return true;
}

/** The set of nodes with a copy lies behind the page. */
function copyset_word(page: dsm_page_t, node: u32): usize {
    return changetype<usize>(page) + offsetof<dsm_page_t>() + ((node >> 5) << 2);
}

export function page_has_copy(page: dsm_page_t, node: u32): bool {
    return (load<u32>(copyset_word(page, node)) & (1 << (node & 31))) != 0;
}

/** Sets or clears the node's bit; another hart may drop a copy of the page at the same time (manager.ts). */
export function page_set_copy(page: dsm_page_t, node: u32, has: bool): void {
    const word = copyset_word(page, node);
    const bit: u32 = 1 << (node & 31);
    if (has) atomic.or<u32>(word, bit);
    else atomic.and<u32>(word, ~bit);
}
