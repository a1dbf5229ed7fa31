// A DSM group as its manager's cluster keeps it: the nodes, the allocator of the region, the pages and who holds them, and
// the meeting point of barriers and broadcasts (sm-dsm 2, 3.5). Everything here is called at the manager's cluster.
import { DSM_BASE, DSM_PAGES, PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { DSM_BARRIER, DSM_BCAST, DSM_MALLOC, PROBE_DSM } from "../abi/probe";
import { FRAME_KERNEL } from "../abi/vseg-type";
import { remote_store64 } from "../hal/hal";
import { lock_acquire, lock_release } from "../hal/lock";
import { xptr_t } from "../hal/platform";
import { KCM_LARGEST, kcm_alloc, kcm_free } from "../mm/kcm";
import { page_zero, ppm_alloc, ppm_free } from "../mm/ppm";
import { probe7 } from "../probe";
import { sched_wake } from "../proc/sched";
import { BLOCKED_GROUP, thread_t } from "../proc/thread";

@unmanaged
export class group_t {
    lock: u32;
    nodes: u32;
    /** Set when a node has died: nothing is granted or woken any more (3.8). */
    dead: u32;
    arrived: u32;
    /** Pages handed out so far; the region is a bump allocator. */
    next_page: u32;
    /** Array of node_t. */
    members: usize;
    /** What the nodes that have arrived came for: the root argument of group_meet. */
    kind: u32;
    /** 256 addresses of tables of 256 addresses of dsm_page_t. */
    pages: usize;
    value: u64;
}

@unmanaged
export class node_t {
    pid: u32;
    /** First free byte of the node's page of small requests, and its end (user addresses). */
    free: u32;
    end: u32;
    /** 1: its thread is at the meeting point; 2: it has left the group. */
    state: u32;
    /** xptr of the thread that waits at the meeting point. */
    thread: u64;
}

/** One page of the region. */
@unmanaged
export class dsm_page_t {
    /** Requests are served in the order of their tickets: the next one to give out, and the one being served. */
    next_ticket: u32;
    serving: u32;
    /** The node whose copy is the reference one: the last writer, at first the allocating node. */
    owner: u32;
    /** 1: the owner may write and nobody else has a copy. */
    writer: u32;
    /** The owner's frame, 0 while it has not touched the page. */
    ppn: u64;
}

/** A group of `nodes` nodes; its local address, or 0 without memory. */
export function group_create(nodes: u32): usize {
    const address = kcm_alloc(<u32>offsetof<group_t>());
    if (address == 0) return 0;
    const group = changetype<group_t>(address);
    group.nodes = nodes;
    group.members = make_members(nodes);
    group.pages = kcm_alloc(1024);
    if (group.members == 0 || group.pages == 0) {
        group_free(group);
        return 0;
    }
    return address;
}

function member_bytes(nodes: u32): u32 {
    return nodes * <u32>offsetof<node_t>();
}

/** A zeroed array of node_t: an object when it is small enough for one, else frames. */
function make_members(nodes: u32): usize {
    if (member_bytes(nodes) <= KCM_LARGEST) return kcm_alloc(member_bytes(nodes));
    let order: u32 = 0;
    while ((<u32>PAGE_SIZE) << order < member_bytes(nodes)) order++;
    const block = ppm_alloc(order, FRAME_KERNEL, 0);
    for (let i: u32 = 0; block != 0 && i < (<u32>1) << order; i++) page_zero(block + (i << PAGE_SHIFT));
    return block;
}

function free_members(group: group_t): void {
    if (group.members == 0) return;
    if (member_bytes(group.nodes) <= KCM_LARGEST) kcm_free(group.members);
    else ppm_free(group.members);
}

export function group_free(group: group_t): void {
    for (let i: u32 = 0; i < 256 && group.pages != 0; i++) {
        const table = load<usize>(group.pages + (i << 2));
        for (let j: u32 = 0; j < 256 && table != 0; j++) {
            const page = load<usize>(table + (j << 2));
            if (page != 0) kcm_free(page);
        }
        if (table != 0) kcm_free(table);
    }
    if (group.pages != 0) kcm_free(group.pages);
    free_members(group);
    kcm_free(changetype<usize>(group));
}

export function group_lock(group: group_t): void {
    lock_acquire(changetype<usize>(group) + offsetof<group_t>("lock"));
}

export function group_unlock(group: group_t): void {
    lock_release(changetype<usize>(group) + offsetof<group_t>("lock"));
}

export function group_node(group: group_t, node: u32): node_t {
    return changetype<node_t>(group.members + <usize>node * offsetof<node_t>());
}

/** The page of a vpn, or 0 when it was never allocated (3.8). The caller holds the lock. */
export function group_page(group: group_t, vpn: u32): usize {
    const index = vpn - (DSM_BASE >> PAGE_SHIFT);
    if (index >= group.next_page) return 0;
    const table = load<usize>(group.pages + ((index >> 8) << 2));
    return load<usize>(table + ((index & 255) << 2));
}

/** The set of nodes with a copy lies behind the page. */
function copyset_word(page: dsm_page_t, node: u32): usize {
    return changetype<usize>(page) + offsetof<dsm_page_t>() + ((node >> 5) << 2);
}

export function page_has_copy(page: dsm_page_t, node: u32): bool {
    return (load<u32>(copyset_word(page, node)) & (1 << (node & 31))) != 0;
}

export function page_set_copy(page: dsm_page_t, node: u32, has: bool): void {
    const word = copyset_word(page, node);
    const bit: u32 = 1 << (node & 31);
    store<u32>(word, has ? load<u32>(word) | bit : load<u32>(word) & ~bit);
}

/** sm_malloc (rule 2): the user address, or 0. Small requests of a node share its page; larger ones begin a page (3.5). */
export function group_malloc(group: group_t, node: u32, size: u64): u64 {
    if (size == 0 || size > (<u64>DSM_PAGES) << PAGE_SHIFT) return 0;
    group_lock(group);
    const member = group_node(group, node);
    const bytes = (<u32>size + 15) & ~15;
    let address: u32 = 0;
    if (bytes >= <u32>PAGE_SIZE) {
        address = new_pages(group, node, (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT);
    } else {
        if (member.end - member.free < bytes) {
            const page = new_pages(group, node, 1);
            if (page != 0) {
                member.free = page;
                member.end = page + PAGE_SIZE;
            }
        }
        if (member.end - member.free >= bytes) {
            address = member.free;
            member.free += bytes;
        }
    }
    group_unlock(group);
    if (address != 0) report(DSM_MALLOC, address, node, node, node, group);
    return address;
}

/** Takes `count` fresh pages for `node`, which may write them. User address, or 0: region or memory is used up. */
function new_pages(group: group_t, node: u32, count: u32): u32 {
    if (count > <u32>DSM_PAGES - group.next_page) return 0;
    const first = group.next_page;
    for (let index = first; index < first + count; index++) {
        if (new_page(group, node, index)) continue;
        drop_pages(group, first, index);
        return 0;
    }
    group.next_page = first + count;
    return <u32>DSM_BASE + (first << PAGE_SHIFT);
}

/** Gives back pages [first, last] that were never handed out, and the tables that hold no others. */
function drop_pages(group: group_t, first: u32, last: u32): void {
    for (let index = first; index <= last; index++) {
        const entry = group.pages + ((index >> 8) << 2);
        const table = load<usize>(entry);
        if (table == 0) return;
        const slot = table + ((index & 255) << 2);
        if (load<usize>(slot) != 0) kcm_free(load<usize>(slot));
        store<usize>(slot, 0);
        const table_done = (index & 255) == 255 || index == last;
        if (!table_done || (index >> 8) << 8 < first) continue;
        kcm_free(table);
        store<usize>(entry, 0);
    }
}

function new_page(group: group_t, node: u32, index: u32): bool {
    const entry = group.pages + ((index >> 8) << 2);
    if (load<usize>(entry) == 0) {
        const table = kcm_alloc(1024);
        if (table == 0) return false;
        store<usize>(entry, table);
    }
    const slot = load<usize>(entry) + ((index & 255) << 2);
    if (load<usize>(slot) == 0) {
        const address = kcm_alloc(<u32>offsetof<dsm_page_t>() + ((group.nodes + 31) >> 5) * 4);
        if (address == 0) return false;
        store<usize>(slot, address);
    }
    const page = changetype<dsm_page_t>(load<usize>(slot));
    page.owner = node;
    page.writer = 1;
    page_set_copy(page, node, true);
    return true;
}

/** The root argument of a meeting that is a barrier, and of the one at which a node leaves. */
export const NO_ROOT: u32 = 0xffffffff;
export const LEAVING: u32 = 0xfffffffe;

/** Results of group_meet. */
export const MEET_DEAD: u32 = 0;
export const MEET_WAIT: u32 = 1;
/** Another thread of the node is at the meeting point, or the node has left. */
export const MEET_REFUSED: u32 = 2;
/** The nodes that are there came for something else: this meeting can never be. */
export const MEET_MISMATCH: u32 = 3;

const NODE_WAITING: u32 = 1;
export const NODE_LEFT: u32 = 2;

/**
 * sm_barrier, sm_bcast and sm_node_exit: the node's thread (blocked with BLOCKED_GROUP) waits; the last one to come wakes
 * all, each with the root's value in join_value. Only after MEET_WAIT is the thread woken.
 */
export function group_meet(group: group_t, node: u32, thread: xptr_t, root: u32, value: u64): u32 {
    group_lock(group);
    const member = group_node(group, node);
    if (group.dead != 0 || member.state != 0) {
        const dead = group.dead != 0;
        group_unlock(group);
        return dead ? MEET_DEAD : MEET_REFUSED;
    }
    if (group.arrived != 0 && group.kind != root) {
        group_unlock(group);
        return MEET_MISMATCH;
    }
    group.kind = root;
    member.thread = thread;
    member.state = root == LEAVING ? NODE_LEFT : NODE_WAITING;
    if (node == root) group.value = value;
    if (++group.arrived == group.nodes) open_meeting(group, node, root);
    group_unlock(group);
    return MEET_WAIT;
}

function open_meeting(group: group_t, node: u32, root: u32): void {
    group.arrived = 0;
    report(root < LEAVING ? DSM_BCAST : DSM_BARRIER, 0, node, node, node, group);
    for (let i: u32 = 0; i < group.nodes; i++) {
        const member = group_node(group, i);
        if (member.state == NODE_WAITING) member.state = 0;
        remote_store64(member.thread + offsetof<thread_t>("join_value"), group.value);
        sched_wake(member.thread, BLOCKED_GROUP);
    }
}

/** One action of the allocator or the protocol (sm-dsm 1, -l). */
export function report(action: u32, address: u64, node: u32, from: u32, to: u32, group: group_t): void {
    probe7(PROBE_DSM, action, address, node, from, to, group_node(group, 0).pid, 0);
}
