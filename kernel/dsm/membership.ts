// Groups seen from anywhere: made, joined, left, ended. Each operation stands before its handler at the manager.
import { remote_load32 } from "../hal/hal";
import { xptr_cxy, xptr_lpa, xptr_make, xptr_t } from "../hal/platform";
import {
    RPC_GROUP_CREATE,
    RPC_GROUP_DEAD,
    RPC_GROUP_FREE,
    RPC_GROUP_JOIN,
    RPC_GROUP_MEMBER,
    RPC_SM_MALLOC,
    RPC_SM_MEET,
} from "../rpc/ops";
import {
    is_local,
    LEVEL_LEAF,
    LEVEL_MANAGER,
    rpc_arguments,
    rpc_get,
    rpc_register,
    rpc_send,
    rpc_set,
} from "../rpc/rpc";
import {
    group_create,
    group_free,
    group_lock,
    group_malloc,
    group_meet,
    group_node,
    group_t,
    group_unlock,
    NODE_LEFT,
    node_t,
} from "./group";

export function membership_init(): void {
    const create: (desc: xptr_t) => void = serve_create;
    const join: (desc: xptr_t) => void = serve_join;
    const death: (desc: xptr_t) => void = serve_death;
    const member: (desc: xptr_t) => void = serve_member;
    const free: (desc: xptr_t) => void = serve_free;
    const malloc: (desc: xptr_t) => void = serve_malloc;
    const meet: (desc: xptr_t) => void = serve_meet;
    rpc_register(RPC_GROUP_CREATE, <u32>create.index);
    rpc_register(RPC_GROUP_JOIN, <u32>join.index);
    rpc_register(RPC_GROUP_DEAD, <u32>death.index);
    rpc_register(RPC_GROUP_MEMBER, <u32>member.index);
    rpc_register(RPC_GROUP_FREE, <u32>free.index);
    rpc_register(RPC_SM_MALLOC, <u32>malloc.index);
    rpc_register(RPC_SM_MEET, <u32>meet.index);
}

function local_group(group: xptr_t): group_t {
    return changetype<group_t>(xptr_lpa(group));
}

function requested_group(desc: xptr_t): group_t {
    return changetype<group_t>(<usize>rpc_get(desc, 0));
}

/** A group of `nodes` nodes managed in cluster `cxy`: its xptr, or 0 without memory. */
export function group_make(cxy: u32, nodes: u32): xptr_t {
    let local: usize;
    if (is_local(cxy)) {
        local = group_create(nodes);
    } else {
        rpc_arguments().arg0 = nodes;
        rpc_send(cxy, LEVEL_MANAGER, RPC_GROUP_CREATE);
        local = <usize>rpc_arguments().arg0;
    }
    return local == 0 ? 0 : xptr_make(cxy, local);
}

function serve_create(desc: xptr_t): void {
    rpc_set(desc, 0, group_create(<u32>rpc_get(desc, 0)));
}

/** The node process `pid` is node `node` of the group. */
export function group_join(group: xptr_t, node: u32, pid: u32): void {
    if (is_local(xptr_cxy(group))) {
        group_node(local_group(group), node).pid = pid;
        return;
    }
    send(group, RPC_GROUP_JOIN, node, pid, 0, 0);
}

function serve_join(desc: xptr_t): void {
    group_node(requested_group(desc), <u32>rpc_get(desc, 1)).pid = <u32>rpc_get(desc, 2);
}

function send(group: xptr_t, op: u32, a: u64, b: u64, c: u64, d: u64): u64 {
    return send_at(LEVEL_MANAGER, group, op, a, b, c, d);
}

function send_at(level: u32, group: xptr_t, op: u32, a: u64, b: u64, c: u64, d: u64): u64 {
    const desc = rpc_arguments();
    desc.arg0 = xptr_lpa(group);
    desc.arg1 = a;
    desc.arg2 = b;
    desc.arg3 = c;
    desc.arg4 = d;
    rpc_send(xptr_cxy(group), level, op);
    return desc.arg0;
}

/** A node of the group has died. True for the first: it then ends the others (3.8). */
export function group_death(group: xptr_t): bool {
    if (is_local(xptr_cxy(group))) return death_here(local_group(group));
    // A leaf: it must reach the manager even when all its servers wait for the dead node.
    return send_at(LEVEL_LEAF, group, RPC_GROUP_DEAD, 0, 0, 0, 0) != 0;
}

function serve_death(desc: xptr_t): void {
    rpc_set(desc, 0, death_here(requested_group(desc)) ? 1 : 0);
}

function death_here(group: group_t): bool {
    group_lock(group);
    const first = group.dead == 0;
    group.dead = 1;
    group_unlock(group);
    return first;
}

/** The pid of a node, 0 when it never started, -1 behind the last node. */
export function group_member(group: xptr_t, node: u32): i32 {
    if (is_local(xptr_cxy(group))) return member_here(local_group(group), node);
    return <i32>send(group, RPC_GROUP_MEMBER, node, 0, 0, 0);
}

function serve_member(desc: xptr_t): void {
    rpc_set(desc, 0, <u64>member_here(requested_group(desc), <u32>rpc_get(desc, 1)));
}

function member_here(group: group_t, node: u32): i32 {
    return node < group.nodes ? <i32>group_node(group, node).pid : -1;
}

/** After the end of every node process. */
export function group_release(group: xptr_t): void {
    if (is_local(xptr_cxy(group))) group_free(local_group(group));
    else send(group, RPC_GROUP_FREE, 0, 0, 0, 0);
}

function serve_free(desc: xptr_t): void {
    group_free(requested_group(desc));
}

/** sm_malloc: a user address in the region, or 0. */
export function group_allocate(group: xptr_t, node: u32, size: u64): u64 {
    if (is_local(xptr_cxy(group))) return group_malloc(local_group(group), node, size);
    return send(group, RPC_SM_MALLOC, node, size, 0, 0);
}

function serve_malloc(desc: xptr_t): void {
    rpc_set(desc, 0, group_malloc(requested_group(desc), <u32>rpc_get(desc, 1), rpc_get(desc, 2)));
}

/** Announces the node's (blocked) thread at the meeting point; MEET_* of group.ts. */
export function group_arrive(group: xptr_t, node: u32, thread: xptr_t, root: u32, value: u64): u32 {
    if (is_local(xptr_cxy(group))) return group_meet(local_group(group), node, thread, root, value);
    return <u32>send(group, RPC_SM_MEET, node, thread, root, value);
}

function serve_meet(desc: xptr_t): void {
    const met = group_meet(
        requested_group(desc),
        <u32>rpc_get(desc, 1),
        rpc_get(desc, 2),
        <u32>rpc_get(desc, 3),
        rpc_get(desc, 4),
    );
    rpc_set(desc, 0, met);
}

/** True when the node has left by sm_node_exit or a normal exit; a group of one is never left. */
export function group_has_left(group: xptr_t, node: u32): bool {
    const members = remote_load32(group + offsetof<group_t>("members"));
    const member = xptr_make(xptr_cxy(group), members + node * <u32>offsetof<node_t>());
    return remote_load32(member + offsetof<node_t>("state")) == NODE_LEFT;
}

/** Number of nodes; fixed when the group is made, so a remote read is enough. */
export function group_size(group: xptr_t): u32 {
    return remote_load32(group + offsetof<group_t>("nodes"));
}
