// Process groups and sessions (Linux; vmm-policy 7.4). Each process's Z keeps the numbers of its own. The parent's Z keeps the group of each
// child, too, for waits that name a group.

import { EPERM, ESRCH } from "../abi/errno";
import { RPC_CHILD_GROUP, RPC_FAMILY_HAS, RPC_GROUP_OF, RPC_GROUP_SET } from "../abi/rpc-ops";
import {
    CHILD_GROUP_BIRTH,
    CHILD_GROUP_CHILD,
    CHILD_GROUP_GROUP,
    CHILD_GROUP_HAS,
    CHILD_GROUP_PARENT,
    FAMILY_HAS_GROUP,
    FAMILY_HAS_KNOWN,
    FAMILY_HAS_PID,
    GROUP_OF_GROUP,
    GROUP_OF_PID,
    GROUP_OF_SESSION,
    GROUP_SET_BIRTH,
    GROUP_SET_GROUP,
    GROUP_SET_PARENT,
    GROUP_SET_PID,
    GROUP_SET_SESSION,
} from "../abi/rpc-words";
import { xptr_local, xptr_t } from "../hal/platform";
import { has_instance } from "../hal/topology";
import { process_hold, process_release, process_t } from "../mm/process-table";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { hold_born, relatives_child_group, relatives_have_group } from "./relatives";

export function process_group_init(): void {
    const group_of: (desc: xptr_t) => void = serve_of;
    const set: (desc: xptr_t) => void = serve_set;
    const child: (desc: xptr_t) => void = serve_child;
    const has: (desc: xptr_t) => void = serve_has;
    rpc_register(RPC_GROUP_OF, <u32>group_of.index);
    rpc_register(RPC_GROUP_SET, <u32>set.index);
    rpc_register(RPC_CHILD_GROUP, <u32>child.index);
    rpc_register(RPC_FAMILY_HAS, <u32>has.index);
}

/** Returns the process group of `pid`, or -ESRCH. */
export function process_group_of(pid: u32): i64 {
    return ask_of(pid) ? <i64>rpc_arguments().get(GROUP_OF_GROUP) : -ESRCH;
}

/** The process group of a child of the caller's process that has not been waited for, whether it lives or has ended; else 0. */
export function child_group(process: process_t, pid: u32): u32 {
    return tell_parent(process.pid, 0, pid, 0);
}

/** Returns the session of `pid`, or -ESRCH. */
export function session_of(pid: u32): i64 {
    return ask_of(pid) ? <i64>rpc_arguments().get(GROUP_OF_SESSION) : -ESRCH;
}

/** Gets the numbers of `pid` into the running thread's request. False when there is no such process. */
function ask_of(pid: u32): bool {
    if (!has_instance(pid >> 16)) return false;
    const desc = rpc_arguments();
    desc.set(GROUP_OF_PID, pid);
    if (is_local(pid >> 16)) serve_of(xptr_local(changetype<usize>(desc)));
    else rpc_send(pid >> 16, LEVEL_LEAF, RPC_GROUP_OF);
    return desc.get(GROUP_OF_GROUP) != 0;
}

function serve_of(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, GROUP_OF_PID)));
    rpc_set(desc, GROUP_OF_GROUP, 0);
    if (changetype<usize>(process) == 0) return;
    rpc_set(desc, GROUP_OF_GROUP, process.process_group);
    rpc_set(desc, GROUP_OF_SESSION, process.session);
    process_release(process);
}

/** setpgid: puts the caller's process or a child of it (`pid`) into a group that it may join. Returns 0, -ESRCH or -EPERM. */
export function process_group_set(process: process_t, pid: u32, group: u32): i64 {
    if (pid != process.pid && child_group(process, pid) == 0) return -ESRCH;
    const session = session_of(pid);
    if (session < 0) return session;
    if (session == <i64>pid || session != session_of(process.pid)) return -EPERM;
    if (group != pid && !is_known(process, group)) return -EPERM;
    put(pid, group, false);
    return 0;
}

/** setsid: makes the process a session and a group of its own. Returns its number, or -EPERM for one that leads a group. */
export function session_begin(process: process_t): i64 {
    const pid = process.pid;
    if (process_group_of(pid) == <i64>pid) return -EPERM;
    put(pid, pid, true);
    return pid;
}

/** Sets the numbers at the process's own Z and at its parent's. */
function put(pid: u32, group: u32, session: bool): void {
    const desc = rpc_arguments();
    desc.set(GROUP_SET_PID, pid);
    desc.set(GROUP_SET_GROUP, group);
    desc.set(GROUP_SET_SESSION, session ? 1 : 0);
    if (is_local(pid >> 16)) serve_set(xptr_local(changetype<usize>(desc)));
    else rpc_send(pid >> 16, LEVEL_LEAF, RPC_GROUP_SET);
    const parent = <u32>desc.get(GROUP_SET_PARENT);
    if (parent != 0) tell_parent(parent, <u32>desc.get(GROUP_SET_BIRTH), pid, group);
}

function serve_set(desc: xptr_t): void {
    const pid = <u32>rpc_get(desc, GROUP_SET_PID);
    const group = <u32>rpc_get(desc, GROUP_SET_GROUP);
    const session = rpc_get(desc, GROUP_SET_SESSION) != 0;
    const process = changetype<process_t>(process_hold(pid));
    rpc_set(desc, GROUP_SET_PARENT, 0);
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    process.process_group = group;
    if (session) process.session = pid;
    vmm_unlock(process);
    rpc_set(desc, GROUP_SET_PARENT, process.parent);
    rpc_set(desc, GROUP_SET_BIRTH, process.parent_birth);
    process_release(process);
}

/**
 * Tells the parent's Z the group of a child, or asks for it with `group` 0. `birth` 0 is the caller's own process, which lives. Returns
 * the child's group, or 0 when the parent has no such child.
 */
function tell_parent(parent: u32, birth: u32, child: u32, group: u32): u32 {
    const desc = rpc_arguments();
    desc.set(CHILD_GROUP_PARENT, parent);
    desc.set(CHILD_GROUP_BIRTH, birth);
    desc.set(CHILD_GROUP_CHILD, child);
    desc.set(CHILD_GROUP_GROUP, group);
    if (is_local(parent >> 16)) serve_child(xptr_local(changetype<usize>(desc)));
    else rpc_send(parent >> 16, LEVEL_LEAF, RPC_CHILD_GROUP);
    return <u32>desc.get(CHILD_GROUP_HAS);
}

function serve_child(desc: xptr_t): void {
    const pid = <u32>rpc_get(desc, CHILD_GROUP_PARENT);
    const birth = <u32>rpc_get(desc, CHILD_GROUP_BIRTH);
    const child = <u32>rpc_get(desc, CHILD_GROUP_CHILD);
    const group = <u32>rpc_get(desc, CHILD_GROUP_GROUP);
    const process = changetype<process_t>(birth == 0 ? process_hold(pid) : hold_born(pid, birth));
    rpc_set(desc, CHILD_GROUP_HAS, 0);
    if (changetype<usize>(process) == 0) return;
    rpc_set(desc, CHILD_GROUP_HAS, relatives_child_group(process, child, group));
    process_release(process);
}

/** True when the caller's process or one of its children is in the group. Groups of others cannot be joined. */
function is_known(process: process_t, group: u32): bool {
    const desc = rpc_arguments();
    desc.set(FAMILY_HAS_PID, process.pid);
    desc.set(FAMILY_HAS_GROUP, group);
    if (is_local(process.reference)) serve_has(xptr_local(changetype<usize>(desc)));
    else rpc_send(process.reference, LEVEL_LEAF, RPC_FAMILY_HAS);
    return desc.get(FAMILY_HAS_KNOWN) != 0;
}

function serve_has(desc: xptr_t): void {
    const group = <u32>rpc_get(desc, FAMILY_HAS_GROUP);
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, FAMILY_HAS_PID)));
    rpc_set(desc, FAMILY_HAS_KNOWN, 0);
    if (changetype<usize>(process) == 0) return;
    rpc_set(desc, FAMILY_HAS_KNOWN, relatives_have_group(process, group) ? 1 : 0);
    process_release(process);
}
