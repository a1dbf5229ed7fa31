// The processes of a process group, asked for one after the other in all clusters (signals.md S2.4, S3.4).

import { RPC_GROUP_NEXT } from "../abi/rpc-ops";
import {
    GROUP_NEXT_FROM,
    GROUP_NEXT_GROUP,
    GROUP_NEXT_PARENT,
    GROUP_NEXT_PID,
    GROUP_NEXT_SLOT,
    GROUP_NEXT_STATE,
} from "../abi/rpc-words";
import { cluster_count, xptr_local, xptr_t } from "../hal/platform";
import { has_instance } from "../hal/topology";
import { process_in_group, process_release, process_slot, process_t } from "../mm/process-table";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { process_group_of, session_of } from "./process-group";

export function group_members_init(): void {
    const next: (desc: xptr_t) => void = serve_next;
    rpc_register(RPC_GROUP_NEXT, <u32>next.index);
}

/**
 * Finds the next member of a group behind `after`, 0: the first one; group 0: any process. Returns where it is, for the next search, or 0. The rest is
 * in the running thread's request: the results of RPC_GROUP_NEXT.
 */
export function group_member(group: u32, after: u64): u64 {
    let slot = <u32>after;
    for (let cxy = <u32>(after >> 32); cxy < cluster_count; cxy++) {
        if (has_instance(cxy)) {
            ask(cxy, group, slot);
            const desc = rpc_arguments();
            if (desc.get(GROUP_NEXT_PID) != 0) return ((<u64>cxy) << 32) | (desc.get(GROUP_NEXT_SLOT) + 1);
        }
        slot = 0;
    }
    return 0;
}

/** Asks a cluster for the first member from a slot of its table on. */
function ask(cxy: u32, group: u32, slot: u32): void {
    const desc = rpc_arguments();
    desc.set(GROUP_NEXT_GROUP, group);
    desc.set(GROUP_NEXT_FROM, slot);
    if (is_local(cxy)) serve_next(xptr_local(changetype<usize>(desc)));
    else rpc_send(cxy, LEVEL_LEAF, RPC_GROUP_NEXT);
}

function serve_next(desc: xptr_t): void {
    const group = <u32>rpc_get(desc, GROUP_NEXT_GROUP);
    const found = process_in_group(<u32>rpc_get(desc, GROUP_NEXT_FROM), group);
    rpc_set(desc, GROUP_NEXT_PID, 0);
    if (found == 0) return;
    const process = changetype<process_t>(found);
    rpc_set(desc, GROUP_NEXT_PID, process.pid);
    rpc_set(desc, GROUP_NEXT_SLOT, process_slot(process));
    rpc_set(desc, GROUP_NEXT_PARENT, process.parent);
    rpc_set(desc, GROUP_NEXT_STATE, process.state);
    process_release(process);
}

/**
 * True when no member of the process's group has a parent of the same session outside the group: nobody is there who would let it go on.
 * A program that init starts is alone in its session.
 */
export function group_is_orphaned(process: process_t): bool {
    const group = process_group_of(process.pid);
    const session = session_of(process.pid);
    for (let at = group_member(<u32>group, 0); at != 0; at = group_member(<u32>group, at)) {
        const parent = <u32>rpc_arguments().get(GROUP_NEXT_PARENT);
        if (parent != 0 && session_of(parent) == session && process_group_of(parent) != group) return false;
    }
    return true;
}
