// The end of a process in the clusters that are active for it (vmm-policy 7.4). They free their copies at the same time, each in a server of
// its own, and tell Z when they have done so.

import { RPC_FREE_BEGIN, RPC_FREE_LATER, RPC_FREE_LOCAL, RPC_LOCAL_FREED } from "../abi/rpc-ops";
import {
    FREE_BEGIN_BEGUN,
    FREE_BEGIN_PID,
    FREE_LATER_PID,
    FREE_LOCAL_PID,
    FREE_LOCAL_SYSTEM,
    FREE_LOCAL_USER,
    LOCAL_FREED_PID,
    LOCAL_FREED_SYSTEM,
    LOCAL_FREED_USER,
} from "../abi/rpc-words";
import { BLOCKED_EVENT } from "../abi/thread";
import { cluster_count, xptr_lpa, xptr_t } from "../hal/platform";
import { promises_forget } from "../mm/hold";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import {
    PROCESS_NEW,
    process_clear_active,
    process_close,
    process_hold,
    process_is_active,
    process_release,
    process_t,
} from "../mm/process-table";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { LEVEL_LEAF, LEVEL_PROCESS } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register, rpc_serve_later, rpc_yield } from "../rpc/serve";
import { sched_block, sched_unblock_self, sched_wait } from "../sched/sched";
import { rpc_desc_t } from "../sched/thread";
import { reaper_wake } from "./reaper-event";
import { process_free_closed } from "./release";
import { user_threads_free } from "./thread-end";

export function free_everywhere_init(): void {
    const begin: (desc: xptr_t) => void = serve_begin;
    const later: (desc: xptr_t) => void = serve_later;
    const freed: (desc: xptr_t) => void = serve_freed;
    const local: (desc: xptr_t) => void = serve_local;
    rpc_register(RPC_FREE_BEGIN, <u32>begin.index);
    rpc_register(RPC_FREE_LATER, <u32>later.index);
    rpc_register(RPC_LOCAL_FREED, <u32>freed.index);
    rpc_register(RPC_FREE_LOCAL, <u32>local.index);
}

/** Z's reaper frees every other cluster's copy of P, which has no thread, and waits for the last one. Their times are added to Z's. */
export function free_everywhere(process: process_t): void {
    for (let cxy: u32 = 0; cxy < cluster_count; cxy++) {
        if (is_local(cxy) || !process_is_active(process, cxy)) continue;
        expect(process, 1, 0, 0);
        if (!free_begin(process.pid, cxy)) free_there(process, cxy);
        process_clear_active(process, cxy);
    }
    while (true) {
        sched_block(BLOCKED_EVENT);
        if (atomic.load<u32>(changetype<usize>(process) + offsetof<process_t>("freeing")) == 0) break;
        sched_wait(BLOCKED_EVENT);
    }
    sched_unblock_self(BLOCKED_EVENT);
}

/** At Z: so many more copies are being freed, and so many more cycles of its threads are known. */
function expect(process: process_t, copies: i32, user: u64, system: u64): void {
    vmm_lock(process);
    process.ended_user_cycles += user;
    process.ended_system_cycles += system;
    const freeing = process.freeing + <u32>copies;
    atomic.store<u32>(changetype<usize>(process) + offsetof<process_t>("freeing"), freeing);
    vmm_unlock(process);
}

/** The cluster frees its copy, and tells it later. False when it has no memory to remember that. */
function free_begin(pid: u32, cxy: u32): bool {
    const desc = rpc_arguments();
    desc.set(FREE_BEGIN_PID, pid);
    rpc_send(cxy, LEVEL_LEAF, RPC_FREE_BEGIN);
    return desc.get(FREE_BEGIN_BEGUN) != 0;
}

function serve_begin(desc: xptr_t): void {
    const later = kcm_alloc(<u32>offsetof<rpc_desc_t>());
    if (later != 0) {
        changetype<rpc_desc_t>(later).set(FREE_LATER_PID, rpc_get(desc, FREE_BEGIN_PID));
        rpc_serve_later(changetype<rpc_desc_t>(later), LEVEL_PROCESS, RPC_FREE_LATER);
    }
    rpc_set(desc, FREE_BEGIN_BEGUN, later != 0 ? 1 : 0);
}

function serve_later(desc: xptr_t): void {
    const pid = <u32>rpc_get(desc, FREE_LATER_PID);
    kcm_free(xptr_lpa(desc));
    const copy = close_copy(pid);
    const user = user_cycles_of(copy);
    const system = system_cycles_of(copy);
    if (copy != 0) free_here(changetype<process_t>(copy));
    const told = rpc_arguments();
    told.set(LOCAL_FREED_PID, pid);
    told.set(LOCAL_FREED_USER, user);
    told.set(LOCAL_FREED_SYSTEM, system);
    rpc_send(pid >> 16, LEVEL_LEAF, RPC_LOCAL_FREED);
}

/** At Z. The descriptor stays, for its reaper waits for this. */
function serve_freed(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, LOCAL_FREED_PID)));
    expect(process, -1, rpc_get(desc, LOCAL_FREED_USER), rpc_get(desc, LOCAL_FREED_SYSTEM));
    process_release(process);
    reaper_wake();
}

/** The cluster frees its copy before it answers. */
function free_there(process: process_t, cxy: u32): void {
    const desc = rpc_arguments();
    desc.set(FREE_LOCAL_PID, process.pid);
    rpc_send(cxy, LEVEL_PROCESS, RPC_FREE_LOCAL);
    expect(process, -1, desc.get(FREE_LOCAL_USER), desc.get(FREE_LOCAL_SYSTEM));
}

function serve_local(desc: xptr_t): void {
    const copy = close_copy(<u32>rpc_get(desc, FREE_LOCAL_PID));
    rpc_set(desc, FREE_LOCAL_USER, user_cycles_of(copy));
    rpc_set(desc, FREE_LOCAL_SYSTEM, system_cycles_of(copy));
    if (copy != 0) free_here(changetype<process_t>(copy));
}

function user_cycles_of(copy: usize): u64 {
    return copy != 0 ? changetype<process_t>(copy).ended_user_cycles : 0;
}

function system_cycles_of(copy: usize): u64 {
    return copy != 0 ? changetype<process_t>(copy).ended_system_cycles : 0;
}

/** Closes this cluster's copy of P and returns its address, or 0. One that a server is still making is left until it is ALIVE or gone. */
function close_copy(pid: u32): usize {
    for (let at = process_hold(pid); at != 0; at = process_hold(pid)) {
        const process = changetype<process_t>(at);
        const made = atomic.load<u32>(at + offsetof<process_t>("state")) != PROCESS_NEW;
        if (made && process_close(process, 1)) return at;
        process_release(process);
        rpc_yield();
    }
    return 0;
}

/** Frees this cluster's part of P, which is closed: thread blocks, the frames it owns, vsegs, tables, descriptor. */
export function free_here(process: process_t): void {
    user_threads_free(process);
    promises_forget(process);
    process_free_closed(process);
}
