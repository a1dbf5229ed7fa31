// The end of processes (vmm-policy 7.4). One reaper thread a cluster ends the processes whose reference cluster this is: kills
// their threads everywhere, lets every active cluster free its part, then frees the public pages, last the descriptor.
import { MUTANT_CLUSTER_FORGOTTEN, MUTANT_HEAP_LEFT } from "../abi/mutants";
import { OPERATION_TEARDOWN, PROBE_EXIT, PROBE_GROUP_KILL, SIGKILL } from "../abi/probe";
import { FRAME_KERNEL, VSEG_HEAP } from "../abi/vseg-type";
import { operation_begin } from "../audit";
import { kernel_log_begin, kernel_log_end, put_hex, put_string } from "../console";
import { promises_forget } from "../dsm/hold";
import { group_death, group_has_left, group_member, group_size } from "../dsm/membership";
import { cstr } from "../hal/cstr";
import { cluster_count, xptr_t } from "../hal/platform";
import { frame_free } from "../mm/frame";
import { gpt_slot } from "../mm/gpt";
import { ppm_alloc } from "../mm/ppm";
import { PTE_BUSY, PTE_V, pte_ppn } from "../mm/pte";
import { vmm_is_reference, vmm_lock, vmm_unlock } from "../mm/vmm";
import { vseg_is_private, vseg_t } from "../mm/vseg";
import { Mutant } from "../mutant";
import { assert_kernel } from "../panic";
import { probe5 } from "../probe";
import { RPC_FREE_LOCAL, RPC_KILL_LOCAL, RPC_PROCESS_KILL } from "../rpc/ops";
import {
    is_local,
    LEVEL_LEAF,
    LEVEL_PROCESS,
    rpc_arguments,
    rpc_get,
    rpc_register,
    rpc_send,
    rpc_set,
    rpc_yield,
} from "../rpc/rpc";
import { futex_forget } from "./futex";
import { process_dismantle } from "./process";
import {
    PROCESS_ALIVE,
    PROCESS_DYING,
    process_find,
    process_hold,
    process_in_state,
    process_is_active,
    process_is_free,
    process_release,
    process_t,
} from "./process-table";
import { program_ended } from "./programs";
import { reaper_set, reaper_wake } from "./reaper-event";
import { sched_add, sched_block, sched_prepare, sched_unblock_self, sched_wait } from "./sched";
import { BLOCKED_EVENT, hart_t, KIND_KERNEL, THREAD_BLOCK_ORDER, thread_layout } from "./thread";
import { user_threads_free, user_threads_kill } from "./user-thread";

export function reaper_init(): void {
    const kill: (desc: xptr_t) => void = serve_kill;
    const kill_local: (desc: xptr_t) => void = serve_kill_local;
    const free_local: (desc: xptr_t) => void = serve_free_local;
    rpc_register(RPC_PROCESS_KILL, <u32>kill.index);
    rpc_register(RPC_KILL_LOCAL, <u32>kill_local.index);
    rpc_register(RPC_FREE_LOCAL, <u32>free_local.index);
}

export function reaper_start(hart: hart_t): void {
    const block = ppm_alloc(THREAD_BLOCK_ORDER, FRAME_KERNEL, 0);
    assert_kernel(block != 0, cstr("no memory for the reaper"));
    const entry: (argument: usize) => void = reaper_main;
    const thread = thread_layout(block, KIND_KERNEL);
    sched_prepare(thread, <u32>entry.index, 0);
    reaper_set(block);
    sched_add(hart, thread);
}

/** Begins the end of a process, whoever asks; the first reason given stays. Leaf. */
export function process_kill(pid: u32, code: u32, signal: u32): void {
    const reference = pid >> 16;
    if (is_local(reference)) {
        kill_here(pid, code, signal);
        return;
    }
    const desc = rpc_arguments();
    desc.arg0 = pid;
    desc.arg1 = code;
    desc.arg2 = signal;
    rpc_send(reference, LEVEL_LEAF, RPC_PROCESS_KILL);
}

function serve_kill(desc: xptr_t): void {
    kill_here(<u32>rpc_get(desc, 0), <u32>rpc_get(desc, 1), <u32>rpc_get(desc, 2));
}

function kill_here(pid: u32, code: u32, signal: u32): void {
    const process = changetype<process_t>(process_hold(pid));
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    if (process.state == PROCESS_ALIVE) {
        process.state = PROCESS_DYING;
        process.exit_code = code;
        process.signal = signal;
    }
    vmm_unlock(process);
    process_release(process);
    reaper_wake();
}

function reaper_main(argument: usize): void {
    while (true) {
        sched_block(BLOCKED_EVENT);
        const address = next_dying();
        if (address == 0) {
            sched_wait(BLOCKED_EVENT);
            continue;
        }
        sched_unblock_self(BLOCKED_EVENT);
        reap(changetype<process_t>(address));
    }
}

/** A dying process of ours; copies of other clusters' processes are theirs to end. */
function next_dying(): usize {
    let slot: u32 = 0;
    while (true) {
        const address = process_in_state(PROCESS_DYING, slot);
        if (address == 0) return 0;
        const process = changetype<process_t>(address);
        if (vmm_is_reference(process)) return address;
        slot = process.asid;
    }
}

function reap(process: process_t): void {
    const pid = process.pid;
    const code = process.exit_code;
    const signal = process.signal;
    operation_begin(pid, OPERATION_TEARDOWN, 0);
    if (process.group != 0 && (code != 0 || signal != 0 || deserted(process))) end_group(process.group, pid);
    while (true) {
        kill_everywhere(process);
        vmm_lock(process);
        const left = process.total_threads;
        vmm_unlock(process);
        if (left == 0) break;
        rpc_yield();
    }
    for (let cxy: u32 = 0; cxy < cluster_count; cxy++) {
        if (is_local(cxy) || !process_is_active(process, cxy)) continue;
        if (Mutant.on(MUTANT_CLUSTER_FORGOTTEN) && cxy == cluster_count - 1) continue;
        rpc_arguments().arg0 = pid;
        rpc_send(cxy, LEVEL_PROCESS, RPC_FREE_LOCAL);
    }
    free_here(process);
    probe5(PROBE_EXIT, pid, code, signal, 0, 0);
    program_ended();
}

/** A node of several whose threads have all ended without leaving the group: the others would wait for it for ever. */
function deserted(process: process_t): bool {
    return group_size(process.group) > 1 && !group_has_left(process.group, process.node);
}

/** A node of a DSM group has died, or (dead 0) could not be started: the manager grants nothing more, and the other nodes are ended (sm-dsm 3.8). */
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
    probe5(PROBE_GROUP_KILL, member, dead, 0, 0, 0);
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
        rpc_arguments().arg0 = process.pid;
        rpc_send(cxy, LEVEL_LEAF, RPC_KILL_LOCAL);
    }
}

function serve_kill_local(desc: xptr_t): void {
    const process = changetype<process_t>(process_find(<u32>rpc_get(desc, 0)));
    if (changetype<usize>(process) != 0) user_threads_kill(process);
}

function serve_free_local(desc: xptr_t): void {
    const process = changetype<process_t>(process_find(<u32>rpc_get(desc, 0)));
    if (changetype<usize>(process) != 0) free_here(process);
    rpc_set(desc, 0, 0);
}

/** Frees this cluster's part of P: thread blocks, the frames it owns, vsegs, tables, descriptor. */
function free_here(process: process_t): void {
    while (!process_is_free(process)) rpc_yield();
    user_threads_free(process);
    for (let at = process.vsegs; at != 0; at = changetype<vseg_t>(at).next) free_pages(process, changetype<vseg_t>(at));
    futex_forget(process.pid);
    promises_forget(process);
    process_dismantle(process);
}

/** Private pages belong to their cluster, public ones to Z; a replica's other entries are only forgotten. */
function free_pages(process: process_t, vseg: vseg_t): void {
    const owner = vmm_is_reference(process) || vseg_is_private(vseg.type);
    if (!owner) return;
    for (let vpn = vseg.first_vpn; vpn < vseg.end_vpn; ) {
        const slot = gpt_slot(process.root, vpn, false, 0);
        if (slot == 0) {
            vpn = (vpn | 511) + 1;
            continue;
        }
        const pte = load<u64>(slot);
        assert_kernel((pte & PTE_BUSY) == 0, cstr("a page of an ended process is busy"));
        store<u64>(slot, 0);
        if (Mutant.on(MUTANT_HEAP_LEFT) && vseg.type == VSEG_HEAP) return;
        if (pte & PTE_V) frame_free(pte_ppn(pte));
        vpn++;
    }
}
