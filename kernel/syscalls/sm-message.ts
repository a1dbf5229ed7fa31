// The messages about sm_* calls (sm-dsm 2): a refused call gives its reason in one line on the console, because not every call has a
// result.

import { EINVAL } from "../abi/errno";
import {
    SYS_SM_BARRIER,
    SYS_SM_BCAST,
    SYS_SM_COND_WAIT,
    SYS_SM_COND_WAKE,
    SYS_SM_EXIT,
    SYS_SM_FREE,
    SYS_SM_LOCK,
    SYS_SM_MALLOC,
    SYS_SM_MALLOC_AS,
    SYS_SM_UNLOCK,
} from "../abi/syscalls";
import { kernel_log_begin, kernel_log_end, put_decimal, put_hex, put_string } from "../console";
import { group_member_xptr, group_size, group_t, LEAVING, NO_ROOT, node_t } from "../dsm/group";
import { cstr } from "../hal/cstr";
import { remote_load32 } from "../hal/hal";
import { xptr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";

function name_of(number: u32): usize {
    switch (number) {
        case SYS_SM_EXIT:
            return cstr("sm_node_exit");
        case SYS_SM_MALLOC:
            return cstr("sm_malloc");
        case SYS_SM_MALLOC_AS:
            return cstr("sm_malloc_as");
        case SYS_SM_BARRIER:
            return cstr("sm_barrier");
        case SYS_SM_BCAST:
            return cstr("sm_bcast");
        case SYS_SM_FREE:
            return cstr("sm_free");
        case SYS_SM_LOCK:
            return cstr("sm_lock");
        case SYS_SM_UNLOCK:
            return cstr("sm_unlock");
        case SYS_SM_COND_WAIT:
            return cstr("sm_cond_wait");
        case SYS_SM_COND_WAKE:
            return cstr("sm_cond_signal");
        default:
            return cstr("sm_stats");
    }
}

/** Reports on the console why a call is refused. */
export function refuse(process: process_t, number: u32, why: usize): void {
    complain(process, number);
    put_string(why);
    kernel_log_end();
}

/** Begins a line about a call; kernel_log_end ends it. */
function complain(process: process_t, number: u32): void {
    kernel_log_begin(process.pid);
    put_string(cstr(", node "));
    put_decimal(process.node);
    put_string(cstr(": "));
    put_string(name_of(number));
    put_string(cstr(": "));
}

/** Reports as `refuse` does, with the argument at fault between two texts. Returns `error`, the call's result. */
export function refuse_value(process: process_t, number: u32, what: usize, value: u64, why: usize, error: i64): i64 {
    complain(process, number);
    put_string(what);
    put_decimal(value);
    put_string(why);
    kernel_log_end();
    return error;
}

/** Refuses a broadcast of a node that there is not. Returns -EINVAL. */
export function refuse_root(process: process_t, root: u64): i64 {
    complain(process, SYS_SM_BCAST);
    // Programs pass an int.
    put_string(<i64>root < 0 ? cstr("root -") : cstr("root "));
    put_decimal(<i64>root < 0 ? -root : root);
    put_string(cstr(" is not a node (0 to "));
    put_decimal(group_size(process.group) - 1);
    put_string(cstr(")"));
    kernel_log_end();
    return -EINVAL;
}

/** Refuses to free what is no block. Returns `error`. */
export function refuse_free(process: process_t, address: u64, error: i64): i64 {
    complain(process, SYS_SM_FREE);
    put_hex(address);
    put_string(cstr(" is not a block of sm_malloc, or was freed before"));
    kernel_log_end();
    return error;
}

/**
 * Reports that a barrier, a broadcast of one root and leaving do not go together. The node ends, and its group with it (3.8). `ends` says that
 * it leaves by a normal end, not by sm_node_exit.
 */
export function tell_mismatch(process: process_t, root: u32, ends: bool): void {
    complain(process, call_of(root));
    if (ends) put_string(cstr("was not called before the end, which "));
    put_string(cstr("never meets "));
    put_string(name_of(call_of(remote_load32(process.group + offsetof<group_t>("kind")))));
    put_string(cstr(", where these nodes wait:"));
    put_waiting(process.group);
    kernel_log_end();
}

function call_of(root: u32): u32 {
    return root == NO_ROOT ? SYS_SM_BARRIER : root == LEAVING ? SYS_SM_EXIT : SYS_SM_BCAST;
}

/** The most nodes that a line names. The others are counted. */
const NAMED: u32 = 16;

function put_waiting(group: xptr_t): void {
    let waiting: u32 = 0;
    for (let node: u32 = 0; node < group_size(group); node++) {
        if (remote_load32(group_member_xptr(group, node) + offsetof<node_t>("state")) == 0) continue;
        if (++waiting > NAMED) continue;
        put_string(cstr(" "));
        put_decimal(node);
    }
    if (waiting <= NAMED) return;
    put_string(cstr(" and "));
    put_decimal(waiting - NAMED);
    put_string(cstr(" more"));
}
