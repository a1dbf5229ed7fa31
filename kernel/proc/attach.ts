// A cluster's copy of a process, made from the descriptor at Z when the first thread of P comes there (vmm-policy 3, 5.9.7, 7.5).

import { BI_POLICY_REGISTRATION } from "../abi/boot-info";
import { OPERATION_THREAD_CREATE } from "../abi/operation";
import { REGISTRATION_LAZY } from "../abi/policy";
import { RPC_ATTACH_LATER, RPC_ATTACH_VSEGS, RPC_PROCESS_ATTACH } from "../abi/rpc-ops";
import {
    ATTACH_LATER_PROCESS,
    ATTACH_VSEGS_BUFFER,
    ATTACH_VSEGS_COUNT,
    ATTACH_VSEGS_NEXT,
    ATTACH_VSEGS_PID,
    ATTACH_VSEGS_VPN,
    PROCESS_ATTACH_ALIVE,
    PROCESS_ATTACH_COUNTED,
    PROCESS_ATTACH_CXY,
    PROCESS_ATTACH_DESCRIPTOR,
    PROCESS_ATTACH_GROUP,
    PROCESS_ATTACH_INHERITED_SLOT,
    PROCESS_ATTACH_NODE,
    PROCESS_ATTACH_PARENT,
    PROCESS_ATTACH_PID,
    PROCESS_ATTACH_PROGRAM,
    PROCESS_ATTACH_PROGRAM_THREADS,
} from "../abi/rpc-words";
import { SIGKILL } from "../abi/signal";
import { VSEG_CODE, VSEG_DATA } from "../abi/vseg-type";
import { boot_info, local_cxy, xptr_cxy, xptr_local, xptr_lpa, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { ppm_reserve, ppm_unreserve } from "../mm/ppm";
import {
    PROCESS_ALIVE,
    PROCESS_DYING,
    PROCESS_NEW,
    process_add,
    process_exists,
    process_hold,
    process_release,
    process_set_active,
    process_t,
} from "../mm/process-table";
import { PAGES_END } from "../mm/user-space";
import { vmm_lock, vmm_unlock, vmm_vsegs, vmm_wait } from "../mm/vmm";
import { vseg_add_sharer, vseg_is_changing, vseg_t } from "../mm/vseg";
import { VSEG_MESSAGE, vseg_read, vseg_write } from "../mm/vseg-message";
import { vsl_insert, vsl_overlap } from "../mm/vsl";
import { LEVEL_LEAF, LEVEL_PROCESS, LEVEL_REFERENCE } from "../rpc/levels";
import { rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register, rpc_serve_later, rpc_yield } from "../rpc/serve";
import {
    BIRTH_AWAITED,
    BIRTH_DUE,
    BIRTH_LAUNCHED,
    BIRTH_WHOLE,
    rpc_desc_t,
    THREAD_BUFFER,
    this_thread,
    thread_t,
} from "../sched/thread";
import { operation_begin, operation_end } from "../trace/operation";
import { process_kill } from "./kill";
import { user_thread_launch } from "./launch";
import { process_dismantle, process_make_vmm, process_shut, vsegs_free } from "./process";

export function attach_init(): void {
    const attach: (desc: xptr_t) => void = serve_attach;
    const attach_vsegs: (desc: xptr_t) => void = serve_attach_vsegs;
    const later: (desc: xptr_t) => void = serve_attach_later;
    rpc_register(RPC_ATTACH_LATER, <u32>later.index);
    rpc_register(RPC_PROCESS_ATTACH, <u32>attach.index);
    rpc_register(RPC_ATTACH_VSEGS, <u32>attach_vsegs.index);
}

/**
 * Makes this cluster's copy of P from the descriptor at Z when its first thread comes (7.5): VMM, CODE and DATA vsegs (3). Runs in a server
 * thread. Returns the descriptor's address, held, or 0 when P is ending or there is no memory.
 */
export function process_attach(pid: u32, reference: u32): usize {
    while (true) {
        const found = process_hold(pid);
        if (found == 0) {
            const added = process_add(pid, reference);
            if (added != 0) return make_copy(changetype<process_t>(added)) ? added : 0;
            if (!process_exists(pid)) return 0;
        } else {
            const state = atomic.load<u32>(found + offsetof<process_t>("state"));
            if (state == PROCESS_ALIVE) return found;
            const mine = state == PROCESS_NEW && claim(changetype<process_t>(found));
            if (mine) complete(changetype<process_t>(found));
            process_release(changetype<process_t>(found));
            if (mine) continue;
            if (state != PROCESS_NEW) return 0;
        }
        // Another server makes the copy, or ends it. Its requests bound the wait.
        rpc_yield();
    }
}

/** True for the one server that is to fill a copy that was begun. */
function claim(process: process_t): bool {
    return atomic.cmpxchg<u32>(changetype<usize>(process) + offsetof<process_t>("claimed"), 0, 1) == 0;
}

/**
 * Does as process_attach without a wait, for a thread that is counted at Z: a copy that is not there is begun, and a server completes it
 * soon. What can fail is kept for it, with memory for `vsegs` vsegs. Returns 0 when process_attach is to be asked. For a leaf handler.
 */
export function process_attach_begin(pid: u32, reference: u32, vsegs: u32): usize {
    const found = process_hold(pid);
    if (found != 0) {
        const process = changetype<process_t>(found);
        const state = atomic.load<u32>(found + offsetof<process_t>("state"));
        if (state == PROCESS_ALIVE || (state == PROCESS_NEW && is_begun(process))) return found;
        process_release(process);
        return 0;
    }
    const desc = kcm_alloc(<u32>offsetof<rpc_desc_t>());
    const frames = RESERVE_TABLES + vsegs / RESERVE_VSEGS;
    const kept = desc != 0 && ppm_reserve(frames);
    const added = kept ? process_add(pid, reference) : 0;
    if (added == 0) {
        if (kept) ppm_unreserve(frames);
        if (desc != 0) kcm_free(desc);
        return 0;
    }
    begin_copy(changetype<process_t>(added), frames, changetype<rpc_desc_t>(desc));
    return added;
}
/** Frames for a root, its tables for kentry, and a slab that is begun; and the least number of vsegs in a slab. */
const RESERVE_TABLES: u32 = 5;
const RESERVE_VSEGS: u32 = 12;

function is_begun(process: process_t): bool {
    return atomic.load<u32>(changetype<usize>(process) + offsetof<process_t>("begun")) != 0;
}

/** The request holds the copy, and the caller does so, too. */
function begin_copy(process: process_t, frames: u32, desc: rpc_desc_t): void {
    process.reserve = frames;
    process.holds = 2;
    operation_begin(process.pid, OPERATION_THREAD_CREATE, 0);
    desc.set(ATTACH_LATER_PROCESS, changetype<usize>(process));
    atomic.store<u32>(changetype<usize>(process) + offsetof<process_t>("begun"), 1);
    atomic.store<u32>(changetype<usize>(process) + offsetof<process_t>("claimed"), 0);
    rpc_serve_later(desc, LEVEL_PROCESS, RPC_ATTACH_LATER);
}

function serve_attach_later(desc: xptr_t): void {
    const process = changetype<process_t>(<usize>rpc_get(desc, ATTACH_LATER_PROCESS));
    kcm_free(xptr_lpa(desc));
    if (claim(process)) complete(process);
    process_release(process);
}

/**
 * Fills a copy that was begun, which has threads that Z counts: it is whole in any case, and they begin. When P is ending, or its memory is
 * more than was kept, they end.
 */
function complete(process: process_t): void {
    dig(process);
    const made = process_make_vmm(process) == 0;
    rest(process);
    const alive = attach_at_z(process, 1);
    const whole = !alive || (made && take_all_vsegs(process));
    ppm_unreserve(process.reserve);
    process.reserve = 0;
    if (!whole) process_kill(process.pid, 128 + SIGKILL, SIGKILL);
    give_birth(process, alive && whole);
    operation_end(process.pid, OPERATION_THREAD_CREATE);
}

/** From here to `rest` the running thread may take the frames that are kept. It sends nothing meanwhile, for a wait serves others. */
function dig(process: process_t): void {
    this_thread().reserve = process.reserve;
}

function rest(process: process_t): void {
    process.reserve = this_thread().reserve;
    this_thread().reserve = 0;
}

/** The threads that came to the copy while it was NEW may begin, and those that were due do so. */
function give_birth(process: process_t, lives: bool): void {
    vmm_lock(process);
    const ends = !lives || process.doomed != 0;
    for (let at = process.threads; at != 0; at = changetype<thread_t>(at).sibling) {
        if (ends) changetype<thread_t>(at).killed = 1;
        const birth = at + offsetof<thread_t>("birth");
        // Its maker, in another cluster, may make it due at any moment.
        if (atomic.cmpxchg<u32>(birth, BIRTH_AWAITED, BIRTH_WHOLE) == BIRTH_DUE)
            atomic.store<u32>(birth, BIRTH_LAUNCHED);
    }
    atomic.store<u32>(changetype<usize>(process) + offsetof<process_t>("state"), ends ? PROCESS_DYING : PROCESS_ALIVE);
    vmm_unlock(process);
    for (let at = first_due(process); at != 0; at = first_due(process)) {
        user_thread_launch(process, changetype<thread_t>(at));
    }
}

function first_due(process: process_t): usize {
    vmm_lock(process);
    let at = process.threads;
    while (at != 0 && (changetype<thread_t>(at).birth != BIRTH_LAUNCHED || changetype<thread_t>(at).hart != 0)) {
        at = changetype<thread_t>(at).sibling;
    }
    vmm_unlock(process);
    return at;
}

/** Fills the new copy from Z. False when the copy is gone again. */
function make_copy(process: process_t): bool {
    if (process_make_vmm(process) == 0 && attach_at_z(process, 0) && take_all_vsegs(process)) {
        give_birth(process, true);
        return true;
    }
    process_shut(process, 1);
    process_dismantle(process);
    return false;
}

/** Makes the cluster active for P, with the threads of P that it has counted at Z. False when P is ending. */
function attach_at_z(process: process_t, counted: u32): bool {
    const desc = rpc_arguments();
    desc.set(PROCESS_ATTACH_PID, process.pid);
    desc.set(PROCESS_ATTACH_CXY, local_cxy);
    desc.set(PROCESS_ATTACH_COUNTED, counted);
    rpc_send(process.reference, LEVEL_LEAF, RPC_PROCESS_ATTACH);
    process.program = <u32>desc.get(PROCESS_ATTACH_PROGRAM);
    process.program_threads = <u32>desc.get(PROCESS_ATTACH_PROGRAM_THREADS);
    process.parent = <u32>desc.get(PROCESS_ATTACH_PARENT);
    process.parent_birth = <u32>(desc.get(PROCESS_ATTACH_PARENT) >> 32);
    process.inherited_slot = <u32>desc.get(PROCESS_ATTACH_INHERITED_SLOT);
    process.group = desc.get(PROCESS_ATTACH_GROUP);
    process.node = <u32>desc.get(PROCESS_ATTACH_NODE);
    process.at_reference = desc.get(PROCESS_ATTACH_DESCRIPTOR);
    return desc.get(PROCESS_ATTACH_ALIVE) != 0;
}

/** Registers the CODE and DATA vsegs, or, if this is done lazily, none. False without memory. */
function take_all_vsegs(process: process_t): bool {
    return <u32>boot_info(BI_POLICY_REGISTRATION) == REGISTRATION_LAZY || copy_vsegs(process);
}

/**
 * Copies the CODE and DATA vsegs by ascending address, as many at once as the thread's buffer takes. What Z changes meanwhile is asked for
 * again (5.9.7).
 */
function copy_vsegs(process: process_t): bool {
    const desc = rpc_arguments();
    const buffer = this_thread().buffer;
    for (let vpn: u32 = 1; vpn != 0; ) {
        const epoch = atomic.load<u32>(changetype<usize>(process) + offsetof<process_t>("epoch"));
        desc.set(ATTACH_VSEGS_PID, process.pid);
        desc.set(ATTACH_VSEGS_VPN, vpn);
        desc.set(ATTACH_VSEGS_BUFFER, xptr_local(buffer));
        rpc_send(process.reference, LEVEL_REFERENCE, RPC_ATTACH_VSEGS);
        const next = <u32>desc.get(ATTACH_VSEGS_NEXT);
        let list: usize = 0;
        dig(process);
        for (let i = <u32>desc.get(ATTACH_VSEGS_COUNT); i-- > 0; ) {
            const address = vseg_read(buffer + i * VSEG_MESSAGE);
            if (address == 0) {
                rest(process);
                vsegs_free(list);
                return false;
            }
            changetype<vseg_t>(address).next = list;
            list = address;
        }
        rest(process);
        if (take_vsegs(process, list, epoch)) vpn = next;
    }
    return true;
}

/** Puts a list of vsegs into VSL(P,K). False, and they are gone, when an invalidation has come since `epoch`. */
function take_vsegs(process: process_t, list: usize, epoch: u32): bool {
    vmm_lock(process);
    const current = process.epoch == epoch;
    while (current && list != 0) {
        const vseg = changetype<vseg_t>(list);
        list = vseg.next;
        vsl_insert(vmm_vsegs(process), vseg, process.pid);
    }
    vmm_unlock(process);
    vsegs_free(list);
    return current;
}

/** At Z: cluster K becomes active for P. Leaf. */
function serve_attach(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, PROCESS_ATTACH_PID)));
    const cxy = <u32>rpc_get(desc, PROCESS_ATTACH_CXY);
    rpc_set(desc, PROCESS_ATTACH_ALIVE, 0);
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    const alive = process.state == PROCESS_ALIVE;
    // A counted thread keeps a process that is ending until the reaper finds its cluster active.
    if (alive || rpc_get(desc, PROCESS_ATTACH_COUNTED) != 0) process_set_active(process, cxy);
    vmm_unlock(process);
    rpc_set(desc, PROCESS_ATTACH_PROGRAM, process.program);
    rpc_set(desc, PROCESS_ATTACH_PROGRAM_THREADS, process.program_threads);
    rpc_set(desc, PROCESS_ATTACH_GROUP, process.group);
    rpc_set(desc, PROCESS_ATTACH_NODE, process.node);
    rpc_set(desc, PROCESS_ATTACH_PARENT, <u64>process.parent | ((<u64>process.parent_birth) << 32));
    rpc_set(desc, PROCESS_ATTACH_DESCRIPTOR, xptr_local(changetype<usize>(process)));
    rpc_set(desc, PROCESS_ATTACH_INHERITED_SLOT, process.inherited_slot);
    rpc_set(desc, PROCESS_ATTACH_ALIVE, alive ? 1 : 0);
    process_release(process);
}

/** The vsegs that fit into a thread's buffer. */
const ATTACH_VSEGS_MOST: u32 = THREAD_BUFFER / VSEG_MESSAGE;

/**
 * At Z: sends the first CODE and DATA vsegs from the page that is asked for on, up to one that a change has; it waits until none has the
 * first. The asking cluster becomes a sharer of them.
 */
function serve_attach_vsegs(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, ATTACH_VSEGS_PID)));
    if (changetype<usize>(process) == 0) {
        rpc_set(desc, ATTACH_VSEGS_COUNT, 0);
        rpc_set(desc, ATTACH_VSEGS_NEXT, 0);
        return;
    }
    const buffer = rpc_get(desc, ATTACH_VSEGS_BUFFER);
    vmm_lock(process);
    let at = first_attached(process, <u32>rpc_get(desc, ATTACH_VSEGS_VPN));
    if (at != 0 && vseg_is_changing(changetype<vseg_t>(at), process.change)) {
        vmm_wait(process, desc);
    } else {
        let count: u32 = 0;
        while (at != 0 && count < ATTACH_VSEGS_MOST && !vseg_is_changing(changetype<vseg_t>(at), process.change)) {
            vseg_add_sharer(changetype<vseg_t>(at), xptr_cxy(desc));
            vseg_write(buffer + <u64>(count++ * VSEG_MESSAGE), xptr_local(at));
            at = first_attached(process, changetype<vseg_t>(at).end_vpn);
        }
        rpc_set(desc, ATTACH_VSEGS_COUNT, count);
        rpc_set(desc, ATTACH_VSEGS_NEXT, at == 0 ? 0 : changetype<vseg_t>(at).first_vpn);
        vmm_unlock(process);
    }
    process_release(process);
}

/** Returns the first vseg from page `vpn` on that comes with the process, or 0. The caller holds the lock. */
function first_attached(process: process_t, vpn: u32): usize {
    for (let at = vsl_overlap(vmm_vsegs(process), vpn, PAGES_END); at != 0; at = changetype<vseg_t>(at).next) {
        const vseg = changetype<vseg_t>(at);
        const comes = vseg.type == VSEG_CODE || vseg.type == VSEG_DATA;
        if (vseg.first_vpn >= vpn && comes && vseg.fixed == 0) return at;
    }
    return 0;
}
