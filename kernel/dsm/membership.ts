// Groups as any cluster uses them: they are made, joined, left and ended. Each operation stands before its handler at the group's home.
import { DSM_CENTRAL } from "../abi/policy";
import {
    RPC_GROUP_CREATE,
    RPC_GROUP_DEAD,
    RPC_GROUP_FREE,
    RPC_GROUP_JOIN,
    RPC_GROUP_MEMBER,
    RPC_GROUP_RESTART,
    RPC_MANAGER_CREATE,
    RPC_MANAGER_FREE,
    RPC_MANAGER_RESTART,
    RPC_SM_MEET,
} from "../abi/rpc-ops";
import {
    GROUP_CALL_GROUP,
    GROUP_CREATE_GROUP,
    GROUP_CREATE_NODES,
    GROUP_DEAD_FIRST,
    GROUP_DEAD_GROUP,
    GROUP_FREE_GROUP,
    GROUP_JOIN_GROUP,
    GROUP_JOIN_NODE,
    GROUP_JOIN_PID,
    GROUP_MEMBER_GROUP,
    GROUP_MEMBER_NODE,
    GROUP_MEMBER_PID,
    GROUP_RESTART_GROUP,
    MANAGER_CREATE_GROUP,
    MANAGER_CREATE_MANAGER,
    MANAGER_CREATE_NODE,
    MANAGER_FREE_MANAGER,
    MANAGER_RESTART_MANAGER,
    SM_MEET_GROUP,
    SM_MEET_MET,
    SM_MEET_NODE,
    SM_MEET_ROOT,
    SM_MEET_THREAD,
    SM_MEET_VALUE,
} from "../abi/rpc-words";
import { remote_store64 } from "../hal/hal";
import { xptr_cxy, xptr_lpa, xptr_make, xptr_t } from "../hal/platform";
import { LEVEL_LEAF, LEVEL_MANAGER } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import {
    dsm_manager_kind,
    group_begin,
    group_create,
    group_free,
    group_lock,
    group_manager,
    group_meet,
    group_member_xptr,
    group_node,
    group_size,
    group_t,
    group_unlock,
    node_t,
} from "./group";
import { locks_free } from "./locks";
import { local_manager, manager_create, manager_free, manager_restart, manager_t } from "./pages";
import { region_free } from "./region";

export function membership_init(): void {
    const create: (desc: xptr_t) => void = serve_create;
    const join: (desc: xptr_t) => void = serve_join;
    const death: (desc: xptr_t) => void = serve_death;
    const member: (desc: xptr_t) => void = serve_member;
    const free: (desc: xptr_t) => void = serve_free;
    const meet: (desc: xptr_t) => void = serve_meet;
    rpc_register(RPC_GROUP_CREATE, <u32>create.index);
    rpc_register(RPC_GROUP_JOIN, <u32>join.index);
    rpc_register(RPC_GROUP_DEAD, <u32>death.index);
    rpc_register(RPC_GROUP_MEMBER, <u32>member.index);
    rpc_register(RPC_GROUP_FREE, <u32>free.index);
    const create_manager: (desc: xptr_t) => void = serve_create_manager;
    const free_manager: (desc: xptr_t) => void = serve_free_manager;
    rpc_register(RPC_MANAGER_CREATE, <u32>create_manager.index);
    rpc_register(RPC_MANAGER_FREE, <u32>free_manager.index);
    rpc_register(RPC_SM_MEET, <u32>meet.index);
    const restart: (desc: xptr_t) => void = serve_restart;
    const restart_manager: (desc: xptr_t) => void = serve_restart_manager;
    rpc_register(RPC_GROUP_RESTART, <u32>restart.index);
    rpc_register(RPC_MANAGER_RESTART, <u32>restart_manager.index);
}

/** The group at this xptr; its home is this cluster. */
export function local_group(group: xptr_t): group_t {
    return changetype<group_t>(xptr_lpa(group));
}

/** The group that a request is about, of each operation that begins with the words of groupCall (boot/abi/operations). */
export function requested_group(desc: xptr_t): group_t {
    return changetype<group_t>(<usize>rpc_get(desc, GROUP_CALL_GROUP));
}

/** Makes a group of `nodes` nodes whose home is cluster `cxy`. Returns its xptr, or 0 without memory. */
export function group_make(cxy: u32, nodes: u32): xptr_t {
    let local: usize;
    if (is_local(cxy)) {
        local = group_create(nodes);
    } else {
        rpc_arguments().set(GROUP_CREATE_NODES, nodes);
        rpc_send(cxy, LEVEL_MANAGER, RPC_GROUP_CREATE);
        local = <usize>rpc_arguments().get(GROUP_CREATE_GROUP);
    }
    return local == 0 ? 0 : xptr_make(cxy, local);
}

function serve_create(desc: xptr_t): void {
    rpc_set(desc, GROUP_CREATE_GROUP, group_create(<u32>rpc_get(desc, GROUP_CREATE_NODES)));
}

/** Makes the manager of node `node`, which will live in cluster `cxy`, if the node manages pages (3.6). False without memory. */
export function group_add_manager(group: xptr_t, node: u32, cxy: u32): bool {
    if (node != 0 && dsm_manager_kind() == DSM_CENTRAL) return true;
    let local: usize;
    if (is_local(cxy)) {
        local = manager_create(group, node);
    } else {
        const desc = rpc_arguments();
        desc.set(MANAGER_CREATE_GROUP, group);
        desc.set(MANAGER_CREATE_NODE, node);
        rpc_send(cxy, LEVEL_MANAGER, RPC_MANAGER_CREATE);
        local = <usize>desc.get(MANAGER_CREATE_MANAGER);
    }
    if (local == 0) return false;
    remote_store64(group_member_xptr(group, node) + offsetof<node_t>("manager"), xptr_make(cxy, local));
    return true;
}

function serve_create_manager(desc: xptr_t): void {
    rpc_set(
        desc,
        MANAGER_CREATE_MANAGER,
        manager_create(rpc_get(desc, MANAGER_CREATE_GROUP), <u32>rpc_get(desc, MANAGER_CREATE_NODE)),
    );
}

function release_manager(manager: xptr_t): void {
    if (manager == 0) return;
    const cxy = xptr_cxy(manager);
    if (is_local(cxy)) {
        manager_free(local_manager(manager));
        return;
    }
    rpc_arguments().set(MANAGER_FREE_MANAGER, xptr_lpa(manager));
    rpc_send(cxy, LEVEL_MANAGER, RPC_MANAGER_FREE);
}

function serve_free_manager(desc: xptr_t): void {
    manager_free(changetype<manager_t>(<usize>rpc_get(desc, MANAGER_FREE_MANAGER)));
}

/** The node process `pid` becomes node `node` of the group. */
export function group_join(group: xptr_t, node: u32, pid: u32): void {
    const home = xptr_cxy(group);
    if (is_local(home)) {
        group_node(local_group(group), node).pid = pid;
        return;
    }
    const desc = rpc_arguments();
    desc.set(GROUP_JOIN_GROUP, xptr_lpa(group));
    desc.set(GROUP_JOIN_NODE, node);
    desc.set(GROUP_JOIN_PID, pid);
    rpc_send(home, LEVEL_MANAGER, RPC_GROUP_JOIN);
}

function serve_join(desc: xptr_t): void {
    group_node(requested_group(desc), <u32>rpc_get(desc, GROUP_JOIN_NODE)).pid = <u32>rpc_get(desc, GROUP_JOIN_PID);
}

/** Reports that a node of the group has died. True for the first, which then ends the others (3.8). */
export function group_death(group: xptr_t): bool {
    const home = xptr_cxy(group);
    if (is_local(home)) return death_here(local_group(group));
    const desc = rpc_arguments();
    desc.set(GROUP_DEAD_GROUP, xptr_lpa(group));
    // It is a leaf request, which must reach the home even when all its servers wait for the dead node.
    rpc_send(home, LEVEL_LEAF, RPC_GROUP_DEAD);
    return desc.get(GROUP_DEAD_FIRST) != 0;
}

function serve_death(desc: xptr_t): void {
    rpc_set(desc, GROUP_DEAD_FIRST, death_here(requested_group(desc)) ? 1 : 0);
}

function death_here(group: group_t): bool {
    group_lock(group);
    const first = group.dead == 0;
    group.dead = 1;
    group_unlock(group);
    return first;
}

/** The pid of a node; 0 when it never started, -1 behind the last node. */
export function group_member(group: xptr_t, node: u32): i32 {
    const home = xptr_cxy(group);
    if (is_local(home)) return member_here(local_group(group), node);
    const desc = rpc_arguments();
    desc.set(GROUP_MEMBER_GROUP, xptr_lpa(group));
    desc.set(GROUP_MEMBER_NODE, node);
    rpc_send(home, LEVEL_MANAGER, RPC_GROUP_MEMBER);
    return <i32>desc.get(GROUP_MEMBER_PID);
}

function serve_member(desc: xptr_t): void {
    rpc_set(desc, GROUP_MEMBER_PID, <u64>member_here(requested_group(desc), <u32>rpc_get(desc, GROUP_MEMBER_NODE)));
}

function member_here(group: group_t, node: u32): i32 {
    return node < group.nodes ? <i32>group_node(group, node).pid : -1;
}

/** Frees the group, after the end of every node process. */
export function group_release(group: xptr_t): void {
    for (let node: u32 = 0; node < group_size(group); node++) release_manager(group_manager(group, node));
    const home = xptr_cxy(group);
    if (is_local(home)) {
        free_here(local_group(group));
        return;
    }
    rpc_arguments().set(GROUP_FREE_GROUP, xptr_lpa(group));
    rpc_send(home, LEVEL_MANAGER, RPC_GROUP_FREE);
}

function serve_free(desc: xptr_t): void {
    free_here(requested_group(desc));
}

function free_here(group: group_t): void {
    locks_free(group);
    region_free(group);
    group_free(group);
}

/**
 * exec of the only node of a group. The memory, locks and waits of its old image are gone, and the group begins anew. The node has no
 * thread, and gives its frames of the region back itself.
 */
export function group_restart(group: xptr_t): void {
    begin_manager_anew(group_manager(group, 0));
    const home = xptr_cxy(group);
    if (is_local(home)) {
        restart_here(local_group(group));
        return;
    }
    rpc_arguments().set(GROUP_RESTART_GROUP, xptr_lpa(group));
    rpc_send(home, LEVEL_MANAGER, RPC_GROUP_RESTART);
}

function begin_manager_anew(manager: xptr_t): void {
    const cxy = xptr_cxy(manager);
    if (is_local(cxy)) {
        manager_restart(local_manager(manager));
        return;
    }
    rpc_arguments().set(MANAGER_RESTART_MANAGER, xptr_lpa(manager));
    rpc_send(cxy, LEVEL_MANAGER, RPC_MANAGER_RESTART);
}

function serve_restart_manager(desc: xptr_t): void {
    manager_restart(changetype<manager_t>(<usize>rpc_get(desc, MANAGER_RESTART_MANAGER)));
}

function serve_restart(desc: xptr_t): void {
    restart_here(requested_group(desc));
}

function restart_here(group: group_t): void {
    locks_free(group);
    region_free(group);
    group_begin(group);
}

/** Announces the node's (blocked) thread at the meeting point. Returns MEET_* of group.ts. */
export function group_arrive(group: xptr_t, node: u32, thread: xptr_t, root: u32, value: u64): u32 {
    const home = xptr_cxy(group);
    if (is_local(home)) return group_meet(local_group(group), node, thread, root, value);
    const desc = rpc_arguments();
    desc.set(SM_MEET_GROUP, xptr_lpa(group));
    desc.set(SM_MEET_NODE, node);
    desc.set(SM_MEET_THREAD, thread);
    desc.set(SM_MEET_ROOT, root);
    desc.set(SM_MEET_VALUE, value);
    rpc_send(home, LEVEL_MANAGER, RPC_SM_MEET);
    return <u32>desc.get(SM_MEET_MET);
}

function serve_meet(desc: xptr_t): void {
    const met = group_meet(
        requested_group(desc),
        <u32>rpc_get(desc, SM_MEET_NODE),
        rpc_get(desc, SM_MEET_THREAD),
        <u32>rpc_get(desc, SM_MEET_ROOT),
        rpc_get(desc, SM_MEET_VALUE),
    );
    rpc_set(desc, SM_MEET_MET, met);
}
