// kill for a process group, and for every process (signals.md S2.4).

import { ESRCH } from "../abi/errno";
import { GROUP_NEXT_PID, GROUP_NEXT_STATE } from "../abi/rpc-words";
import { SIGKILL } from "../abi/signal";
import { PROCESS_DYING, PROCESS_NEW, process_t } from "../mm/process-table";
import { rpc_arguments } from "../rpc/rpc";
import { rpc_between_pages } from "../rpc/serve";
import { group_member } from "./group-members";
import { process_group_of } from "./process-group";
import { signal_process } from "./signal-send";

/** In place of a process group: every process. */
export const EVERY_GROUP: u32 = 0;

/**
 * Sends a signal to the processes of a group, or with EVERY_GROUP to all but the caller's. The caller's own comes last. SIGKILL goes round
 * until nobody else lives or is being made, so that no fork escapes it. Returns 0 if a process has got it, else -errno.
 */
export function signal_group(process: process_t, group: u32, signal: u32, code: i32): i64 {
    const own = process.pid;
    let result = round(group, signal, code, own, -ESRCH);
    while (signal == SIGKILL && has_living(group, own) && rpc_between_pages()) {
        result = round(group, signal, code, own, result);
    }
    if (group == EVERY_GROUP || process_group_of(own) != <i64>group) return result;
    const error = signal_process(own, signal, code, own, 0);
    return result == 0 ? 0 : error;
}

/** Sends the signal to each member but `own`. Returns 0 if one has got it, now or (`before`) earlier, else -errno. */
function round(group: u32, signal: u32, code: i32, own: u32, before: i64): i64 {
    let result = before;
    for (let at = group_member(group, 0); at != 0; at = group_member(group, at)) {
        const pid = <u32>rpc_arguments().get(GROUP_NEXT_PID);
        const state = <u32>rpc_arguments().get(GROUP_NEXT_STATE);
        if (pid == own || state == PROCESS_NEW) continue;
        const error = state == PROCESS_DYING ? <i64>0 : signal_process(pid, signal, code, own, 0);
        if (result != 0) result = error;
    }
    return result;
}

/** True while a member other than `own` lives, or a process is being made that may become one. */
function has_living(group: u32, own: u32): bool {
    for (let at = group_member(group, 0); at != 0; at = group_member(group, at)) {
        const desc = rpc_arguments();
        if (<u32>desc.get(GROUP_NEXT_PID) != own && <u32>desc.get(GROUP_NEXT_STATE) != PROCESS_DYING) return true;
    }
    return false;
}
