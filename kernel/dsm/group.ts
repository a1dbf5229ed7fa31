// A DSM group as its home, the cluster of node 0, keeps it: the nodes, the allocation of the region's pages, and the meeting point of
// barriers and broadcasts (sm-dsm 2). Everything here is called at the home, unless it says otherwise. The managers of the pages are in
// pages.ts.

import { BI_DSM_MANAGER } from "../abi/boot-info";
import { DSM_BARRIER, DSM_BCAST } from "../abi/dsm-action";
import { PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { DSM_CENTRAL, DSM_FIXED } from "../abi/policy";
import { BLOCKED_GROUP } from "../abi/thread";
import { FRAME_KERNEL } from "../abi/vseg-type";
import { remote_add32, remote_load32, remote_load64, remote_store64 } from "../hal/hal";
import { lock_acquire, lock_release } from "../hal/lock";
import { boot_info, xptr_cxy, xptr_local, xptr_make, xptr_t } from "../hal/platform";
import { KCM_LARGEST, kcm_alloc, kcm_free } from "../mm/kcm";
import { page_zero, ppm_alloc, ppm_free } from "../mm/ppm";
import { tell_dsm } from "../probe";
import { sched_wake } from "../sched/sched";
import { thread_t } from "../sched/thread";

@unmanaged
export class group_t {
    lock: u32;
    nodes: u32;
    /** Set when a node has died: nothing is granted, and no waiting thread is woken, any more (3.8). Managers read it by xptr. */
    dead: u32;
    arrived: u32;
    /** The region (region.ts): pages from next_page on are free, and pages from high_page on were never handed out. */
    next_page: u32;
    high_page: u32;
    /** Free pages below next_page. */
    holes: u32;
    /** Table (table.ts) of one word for each page (region.ts); 0 while nothing is allocated. */
    pages: usize;
    /** List of small_t (region.ts). */
    smalls: usize;
    /** List of sm_queue_t (locks.ts), and their number. */
    queues: usize;
    queue_count: u32;
    /** Array of node_t. */
    members: usize;
    /** The purpose of the nodes that have arrived: the root argument of group_meet. */
    kind: u32;
    /** 1 when nodes have come for different purposes. */
    mismatched: u32;
    /** Write notices (notices.ts): their table, the newest page's index + 1, and the number ever posted, which nodes read by xptr. */
    notices: usize;
    newest: u32;
    posted: u32;
    /** Copies from and diffs into other nodes' frames that are under way. `closed` is 1 when all nodes have left: there will be no more. */
    transfers: u32;
    closed: u32;
    value: u64;
    /** Number of meetings so far; managers read it by xptr. */
    meetings: u32;
    /** List of leaver_t: threads that wait for the end of a leaving meeting to which another thread of their node has come. */
    leavers: usize;
}

@unmanaged
class leaver_t {
    /** xptr, as node_t.thread. */
    thread: u64;
    next: usize;
    padding: u32;
}

@unmanaged
export class node_t {
    pid: u32;
    /** Its current page of small requests (small_t, region.ts), or 0. */
    small: usize;
    /** Its current page of small requests of release consistency, or 0. */
    small_release: usize;
    /** 1 when its thread is at the meeting point, 2 when it has left the group. */
    state: u32;
    /** 1 when it has called sm_node_init. */
    joined: u32;
    padding: u32;
    /** xptr of the thread that waits at the meeting point. */
    thread: u64;
    /** xptr of its manager_t (pages.ts); 0 when it manages no pages. */
    manager: u64;
    /** Counts of the node's own DSM_* actions (sm_stats), by the action's number, one in each word. */
    read_faults: u32;
    write_faults: u32;
    invalidations: u32;
    revocations: u32;
    mallocs: u32;
    barriers: u32;
    broadcasts: u32;
    frees: u32;
    locks: u32;
    prefetches: u32;
    diffs: u32;
    drops: u32;
}

/** Makes a group of `nodes` nodes. Returns its local address, or 0 without memory. */
export function group_create(nodes: u32): usize {
    const address = kcm_alloc(<u32>offsetof<group_t>());
    if (address == 0) return 0;
    const group = changetype<group_t>(address);
    group.nodes = nodes;
    group.members = make_members(nodes);
    if (group.members != 0) return address;
    kcm_free(address);
    return 0;
}

/**
 * Begins the group of a single node anew. The node has not joined, and has no memory of the region, which has neither tables nor notices.
 */
export function group_begin(group: group_t): void {
    const node = group_node(group, 0);
    group.pages = 0;
    group.next_page = 0;
    group.high_page = 0;
    group.holes = 0;
    group.notices = 0;
    group.newest = 0;
    group.posted = 0;
    node.small = 0;
    node.small_release = 0;
    node.joined = 0;
}

function member_bytes(nodes: u32): u32 {
    return nodes * <u32>offsetof<node_t>();
}

/** A zeroed array of node_t: an object of KCM when that is large enough, else frames. */
function make_members(nodes: u32): usize {
    if (member_bytes(nodes) <= KCM_LARGEST) return kcm_alloc(member_bytes(nodes));
    let order: u32 = 0;
    while ((<u32>PAGE_SIZE) << order < member_bytes(nodes)) order++;
    const block = ppm_alloc(order, FRAME_KERNEL, 0);
    for (let i: u32 = 0; block != 0 && i < (<u32>1) << order; i++) page_zero(block + (i << PAGE_SHIFT));
    return block;
}

/** Frees the group. The region's tables and the queues of locks are gone by now. */
export function group_free(group: group_t): void {
    if (member_bytes(group.nodes) <= KCM_LARGEST) kcm_free(group.members);
    else ppm_free(group.members);
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

/** The xptr of a node's node_t, from any cluster. The fields that are read by it are fixed once the node has started. */
export function group_member_xptr(group: xptr_t, node: u32): xptr_t {
    const members = remote_load32(group + offsetof<group_t>("members"));
    return xptr_make(xptr_cxy(group), members + node * <u32>offsetof<node_t>());
}

/** The number of meetings of all nodes. By it a manager tells one phase of the program from the next. */
export function group_meetings(group: xptr_t): u32 {
    return remote_load32(group + offsetof<group_t>("meetings"));
}

/** Number of nodes. It is fixed when the group is made, so a remote read is enough. */
export function group_size(group: xptr_t): u32 {
    return remote_load32(group + offsetof<group_t>("nodes"));
}

/** True when all nodes have left: the end of one does not matter to the others any more. */
export function group_is_closed(group: xptr_t): bool {
    return remote_load32(group + offsetof<group_t>("closed")) != 0;
}

/** The node whose manager node `node` asks first for a page (3.6). */
export function first_manager(group: xptr_t, node: u32, vpn: u32): u32 {
    const kind = dsm_manager_kind();
    if (kind == DSM_CENTRAL) return 0;
    return kind == DSM_FIXED ? vpn % group_size(group) : node;
}

/** The kind of managers: DSM_* of abi/policy.ts. */
export function dsm_manager_kind(): u32 {
    return <u32>boot_info(BI_DSM_MANAGER);
}

/** The xptr of a node's manager, which is set before any node starts. */
export function group_manager(group: xptr_t, node: u32): xptr_t {
    return remote_load64(group_member_xptr(group, node) + offsetof<node_t>("manager"));
}

/** The root argument of a meeting that is a barrier, and of the meeting at which a node leaves. */
export const NO_ROOT: u32 = 0xffffffff;
export const LEAVING: u32 = 0xfffffffe;

/** Results of group_meet. */
export const MEET_DEAD: u32 = 0;
export const MEET_WAIT: u32 = 1;
/** Another thread of the node is at the meeting point and not both come to leave, or the node has left. */
export const MEET_REFUSED: u32 = 2;
/** The nodes that have arrived came for another purpose, so this meeting can never be. */
export const MEET_MISMATCH: u32 = 3;
/** As MEET_MISMATCH, after one call was told. */
export const MEET_MISMATCH_AGAIN: u32 = 4;

const NODE_WAITING: u32 = 1;
const NODE_LEFT: u32 = 2;

/**
 * sm_barrier, sm_bcast and sm_node_exit: the node's thread (blocked with BLOCKED_GROUP) waits. The last one to come wakes all, each with
 * the root's value in join_value. The thread is woken only after MEET_WAIT.
 */
export function group_meet(group: group_t, node: u32, thread: xptr_t, root: u32, value: u64): u32 {
    group_lock(group);
    const member = group_node(group, node);
    if (group.dead != 0 || member.state != 0) {
        const dead = group.dead != 0;
        const waits = !dead && root == LEAVING && member.state == NODE_LEFT && add_leaver(group, thread);
        group_unlock(group);
        return dead ? MEET_DEAD : waits ? MEET_WAIT : MEET_REFUSED;
    }
    if (group.arrived != 0 && group.kind != root) {
        const first = group.mismatched == 0;
        group.mismatched = 1;
        group_unlock(group);
        return first ? MEET_MISMATCH : MEET_MISMATCH_AGAIN;
    }
    group.kind = root;
    member.thread = thread;
    member.state = root == LEAVING ? NODE_LEFT : NODE_WAITING;
    if (node == root) group.value = value;
    if (++group.arrived == group.nodes) open_meeting(group, node, root);
    group_unlock(group);
    return MEET_WAIT;
}

/** Adds a thread to the leavers. False without memory, and when all nodes have left, for there is nothing to wait for. */
function add_leaver(group: group_t, thread: xptr_t): bool {
    const leaver = group.closed != 0 ? <usize>0 : kcm_alloc(<u32>offsetof<leaver_t>());
    if (leaver == 0) return false;
    changetype<leaver_t>(leaver).thread = thread;
    changetype<leaver_t>(leaver).next = group.leavers;
    group.leavers = leaver;
    return true;
}

/** Takes the thread's leavers off the list; with `thread` 0 it takes and wakes all. */
function take_leavers(group: group_t, thread: xptr_t): void {
    let link = changetype<usize>(group) + offsetof<group_t>("leavers");
    while (load<usize>(link) != 0) {
        const leaver = changetype<leaver_t>(load<usize>(link));
        if (thread != 0 && leaver.thread != thread) {
            link = changetype<usize>(leaver) + offsetof<leaver_t>("next");
            continue;
        }
        store<usize>(link, leaver.next);
        if (thread == 0) sched_wake(leaver.thread, BLOCKED_GROUP);
        kcm_free(changetype<usize>(leaver));
    }
}

function open_meeting(group: group_t, node: u32, root: u32): void {
    group.arrived = 0;
    group.meetings++;
    if (root == LEAVING) group.closed = 1;
    const self = xptr_local(changetype<usize>(group));
    const action = root < LEAVING ? DSM_BCAST : DSM_BARRIER;
    group_record(self, action, 0, node, root < LEAVING ? root : node, node);
    for (let i: u32 = 0; i < group.nodes; i++) {
        const member = group_node(group, i);
        group_count(self, i, action);
        if (member.state == NODE_WAITING) member.state = 0;
        remote_store64(member.thread + offsetof<thread_t>("join_value"), group.value);
        sched_wake(member.thread, BLOCKED_GROUP);
    }
    if (root == LEAVING) take_leavers(group, 0);
}

/**
 * Begins a copy from a frame of another node, or a diff into it, from any cluster; the frame stays until group_transfer_end. False: that
 * node may be ending, and nothing will read the bytes any more.
 */
export function group_transfer_begin(group: xptr_t): bool {
    remote_add32(group + offsetof<group_t>("transfers"), 1);
    const dead = remote_load32(group + offsetof<group_t>("dead"));
    if (dead == 0 && !group_is_closed(group)) return true;
    group_transfer_end(group);
    return false;
}

export function group_transfer_end(group: xptr_t): void {
    remote_add32(group + offsetof<group_t>("transfers"), 0xffffffff);
}

/** True while a node's frames must stay. For a group that has died, or that all nodes have left, this comes to an end. */
export function group_is_transferring(group: xptr_t): bool {
    return remote_load32(group + offsetof<group_t>("transfers")) != 0;
}

/** Takes a thread that was ended while it waited out of the meeting, so that nothing wakes it any more. */
export function group_leave_meeting(group: group_t, node: u32, thread: xptr_t): void {
    group_lock(group);
    const member = group_node(group, node);
    take_leavers(group, thread);
    if (member.state != 0 && member.thread == thread && group.arrived != 0) {
        member.state = 0;
        group.arrived--;
    }
    group_unlock(group);
}

/** Reports one action of the allocator or the protocol (sm-dsm 1, -l), and counts it for the node; from any cluster. */
export function group_report(group: xptr_t, action: u32, address: u64, node: u32, from: u32, to: u32): void {
    group_record(group, action, address, node, from, to);
    group_count(group, node, action);
}

export function group_count(group: xptr_t, node: u32, action: u32): void {
    remote_add32(group_member_xptr(group, node) + offsetof<node_t>("read_faults") + (action << 2), 1);
}

function group_record(group: xptr_t, action: u32, address: u64, node: u32, from: u32, to: u32): void {
    const leader = remote_load32(group_member_xptr(group, 0) + offsetof<node_t>("pid"));
    tell_dsm(action, address, node, from, to, leader);
}
