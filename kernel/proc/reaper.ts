// The end of processes (vmm-policy 7.4). Each cluster has one reaper thread, which ends the processes whose reference cluster it is in. It
// kills their threads everywhere, lets every active cluster free its part, then frees the public pages, and last the descriptor.

import { OPERATION_TEARDOWN } from "../abi/operation";
import { RPC_KILL_LOCAL } from "../abi/rpc-ops";
import { KILL_LOCAL_PID } from "../abi/rpc-words";
import { SIGKILL } from "../abi/signal";
import { BLOCKED_EVENT, KIND_KERNEL } from "../abi/thread";
import { FRAME_THREAD } from "../abi/vseg-type";
import { kernel_log_begin, kernel_log_end, put_hex, put_string } from "../console";
import { group_is_closed, group_is_transferring, group_size } from "../dsm/group";
import { group_death, group_member, group_restart } from "../dsm/membership";
import { cstr } from "../hal/cstr";
import { cluster_count, xptr_t } from "../hal/platform";
import { ppm_alloc } from "../mm/ppm";
import {
    PROCESS_DYING,
    PROCESS_EXEC,
    parent_word,
    process_ending,
    process_hold,
    process_is_active,
    process_release,
    process_t,
} from "../mm/process-table";
import { vmm_lock, vmm_settle, vmm_unlock } from "../mm/vmm";
import { assert_kernel } from "../panic";
import { tell_exit, tell_group_kill } from "../probe";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send } from "../rpc/rpc";
import { rpc_register, rpc_yield } from "../rpc/serve";
import {
    sched_add,
    sched_block,
    sched_prepare,
    sched_unblock_self,
    sched_wait,
    sched_wait_until,
} from "../sched/sched";
import { hart_t, THREAD_BLOCK_ORDER, thread_layout } from "../sched/thread";
import { NEVER } from "../sched/timer";
import { operation_begin, operation_end } from "../trace/operation";
import { exec_begin } from "./exec";
import { free_everywhere, free_here } from "./free-everywhere";
import { process_kill } from "./kill";
import { process_shut } from "./process";
import { program_ended } from "./programs";
import { reaper_set } from "./reaper-event";
import { child_changed } from "./relatives";
import { process_free_memory } from "./release";
import { user_threads_free, user_threads_kill } from "./thread-end";
import { timers_ring } from "./timer-calls";
import { timers_next } from "./timers";
import { vfork_end } from "./vfork";

export function reaper_init(): void {
    const kill_local: (desc: xptr_t) => void = serve_kill_local;
    rpc_register(RPC_KILL_LOCAL, <u32>kill_local.index);
}

export function reaper_start(hart: hart_t): void {
    const block = ppm_alloc(THREAD_BLOCK_ORDER, FRAME_THREAD, 0);
    assert_kernel(block != 0, cstr("no memory for the reaper"));
    const entry: (argument: usize) => void = reaper_main;
    const thread = thread_layout(block, KIND_KERNEL);
    sched_prepare(thread, <u32>entry.index, 0);
    reaper_set(block);
    sched_add(hart, thread);
}

function reaper_main(argument: usize): void {
    while (true) {
        sched_block(BLOCKED_EVENT);
        const address = process_ending(0);
        if (address == 0) {
            if (!timers_ring()) wait_for_work();
            continue;
        }
        sched_unblock_self(BLOCKED_EVENT);
        reap(changetype<process_t>(address));
    }
}

/** Waits for a process that ends, or for the next timer of the cluster's processes (proc/timers.ts). */
function wait_for_work(): void {
    const deadline = timers_next();
    if (deadline == NEVER) sched_wait(BLOCKED_EVENT);
    else sched_wait_until(BLOCKED_EVENT, deadline);
}

function reap(process: process_t): void {
    const pid = process.pid;
    operation_begin(pid, OPERATION_TEARDOWN, 0);
    if (process.state == PROCESS_DYING && process.group != 0 && is_death(process)) end_group(process.group, pid);
    end_threads(process);
    // Diffs of other nodes go into its frames. No new ones begin: its group has died, or all nodes have left it.
    while (process.group != 0 && group_is_transferring(process.group)) rpc_yield();
    free_everywhere(process);
    if (process.exec != 0 && begin_again(process)) operation_end(pid, OPERATION_TEARDOWN);
    else end_here(process);
}

/** Frees Z's own part, the last one. The facts of its end are read when no thread can change them any more. */
function end_here(process: process_t): void {
    process_shut(process, 0);
    const pid = process.pid;
    const code = process.exit_code;
    const signal = process.signal;
    const parent = parent_word(process);
    const user = process.ended_user_cycles + process.children_user_cycles;
    const system = process.ended_system_cycles + process.children_system_cycles;
    vfork_end(process);
    free_here(process);
    tell_exit(pid, code, signal);
    child_changed(parent, pid, wait_status(code, signal), user, system);
    program_ended();
}

/** The status of wait4: the exit code in the second byte, or the signal. */
function wait_status(code: u32, signal: u32): u32 {
    return signal != 0 ? signal : (code & 255) << 8;
}

/** exec: the emptied descriptor gets the new image and its first thread. False when a kill has come first or there is no memory. */
function begin_again(process: process_t): bool {
    if (atomic.load<u32>(changetype<usize>(process) + offsetof<process_t>("state")) != PROCESS_EXEC) return false;
    vfork_end(process);
    user_threads_free(process);
    // The new image has the same address space number, so no TLB may know the old image.
    vmm_settle(process);
    process_free_memory(process);
    if (process.group != 0) group_restart(process.group);
    return exec_begin(process);
}

/**
 * Kills the threads of P everywhere and waits for the last one. A thread ends at its next way back to user mode, and its waits for an event
 * of a user end (sched_wait). No more threads can come: Z registers none for a process that is not ALIVE.
 */
function end_threads(process: process_t): void {
    kill_everywhere(process);
    while (true) {
        sched_block(BLOCKED_EVENT);
        vmm_lock(process);
        const left = process.total_threads;
        vmm_unlock(process);
        if (left == 0) break;
        sched_wait(BLOCKED_EVENT);
    }
    sched_unblock_self(BLOCKED_EVENT);
}

/**
 * Decides whether the end of a node process is the death of its group. With several nodes it is, however the process ends, unless all of
 * them have left the group: others may need its pages, or would wait for it for ever (sm-dsm 2, 3.8). With one node it is when the process
 * ends by a signal or with a code that is not 0.
 */
function is_death(process: process_t): bool {
    const group = process.group;
    if (group_is_closed(group)) return false;
    return group_size(group) > 1 || process.exit_code != 0 || process.signal != 0;
}

/**
 * Ends a group because a node has died or, with `dead` 0, could not be started. The manager grants nothing more, and the other nodes are
 * ended (sm-dsm 3.8).
 */
export function end_group(group: xptr_t, dead: u32): void {
    if (!group_death(group)) return;
    for (let node: u32 = 0; ; node++) {
        const member = group_member(group, node);
        if (member < 0) return;
        if (member == 0 || <u32>member == dead) continue;
        report_group_kill(<u32>member, dead);
        process_kill(<u32>member, 128 + SIGKILL, SIGKILL);
    }
}

function report_group_kill(member: u32, dead: u32): void {
    tell_group_kill(member, dead);
    kernel_log_begin(member);
    put_string(cstr(": ended, because "));
    if (dead == 0) put_string(cstr("a node of its group could not be started"));
    else {
        put_string(cstr("node process "));
        put_hex(dead);
        put_string(cstr(" of its group died"));
    }
    kernel_log_end();
}

function kill_everywhere(process: process_t): void {
    for (let cxy: u32 = 0; cxy < cluster_count; cxy++) {
        if (!process_is_active(process, cxy)) continue;
        if (is_local(cxy)) {
            user_threads_kill(process);
            continue;
        }
        rpc_arguments().set(KILL_LOCAL_PID, process.pid);
        rpc_send(cxy, LEVEL_LEAF, RPC_KILL_LOCAL);
    }
}

function serve_kill_local(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, KILL_LOCAL_PID)));
    if (changetype<usize>(process) == 0) return;
    user_threads_kill(process);
    process_release(process);
}
