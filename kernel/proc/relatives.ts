// The children of a process at its reference cluster: those that it has not waited for, and the threads that wait for one (vmm-policy 7.2,
// 7.4). PIDs are used again, so a child knows its parent by PID and birth.
import { EAGAIN, ENOMEM } from "../abi/errno";
import { RPC_CHILD_CHANGED } from "../abi/rpc-ops";
import {
    CHILD_CHANGED_BIRTH,
    CHILD_CHANGED_PARENT,
    CHILD_CHANGED_PID,
    CHILD_CHANGED_STATUS,
    CHILD_CHANGED_SYSTEM,
    CHILD_CHANGED_USER,
    SIGNAL_POST_OFFER,
} from "../abi/rpc-words";
import { BLOCKED_CHILD } from "../abi/thread";
import { STATUS_CONTINUED, STATUS_STOPPED } from "../abi/wait";
import { cstr } from "../hal/cstr";
import { xptr_local, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { process_hold, process_release, process_t } from "../mm/process-table";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { assert_kernel } from "../panic";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { sched_wake } from "../sched/sched";
import { signals_offer } from "./signal-offer";
import { signals_child } from "./signal-pending";
import { signals_reap_child } from "./signals";

/**
 * A child that has not been waited for, or a thread that waits for one. The child's entry is made with it, so that its end needs no memory.
 */
@unmanaged
export class relative_t {
    next: usize;
    pid: u32;
    /** 1 when the child has ended, with this status. */
    ended: u32;
    status: u32;
    /** The status of its last stop or of its going on, if nobody has waited for that yet, else 0. */
    changed: u32;
    /** The child's process group, as its own Z has it. */
    group: u32;
    /** Cycles of an ended or stopped child and of the children that it has waited for, in user mode and in the kernel. */
    user_cycles: u64;
    system_cycles: u64;
    thread: u64;
}

/** The limit of children that have not been waited for: the end of a child searches this list (5.9.9). */
const CHILDREN_MAX: u32 = 1024;

export function relatives_init(): void {
    const changed: (desc: xptr_t) => void = serve_changed;
    rpc_register(RPC_CHILD_CHANGED, <u32>changed.index);
}

/** Adds a child to a living parent, at the parent's reference cluster. Returns 0 or -errno. The caller holds the VMM's lock. */
export function relatives_add(parent: process_t, pid: u32): i64 {
    if (parent.child_count >= CHILDREN_MAX) return -EAGAIN;
    const child = changetype<relative_t>(kcm_alloc(<u32>offsetof<relative_t>()));
    if (changetype<usize>(child) == 0) return -ENOMEM;
    child.pid = pid;
    child.group = parent.process_group;
    child.next = parent.children;
    parent.children = changetype<usize>(child);
    parent.child_count++;
    return 0;
}

/**
 * Tells the parent's reference cluster that a child has ended, has stopped or goes on, with `status` as wait4 gives it, and sends SIGCHLD.
 * `parent` is a parent_word; the parent may be gone.
 */
export function child_changed(parent: u64, pid: u32, status: u32, user: u64, system: u64): void {
    if (parent == 0) return;
    const cxy = <u32>parent >> 16;
    const desc = rpc_arguments();
    desc.set(CHILD_CHANGED_PARENT, <u32>parent);
    desc.set(CHILD_CHANGED_PID, pid);
    desc.set(CHILD_CHANGED_STATUS, status);
    desc.set(CHILD_CHANGED_BIRTH, parent >> 32);
    desc.set(CHILD_CHANGED_USER, user);
    desc.set(CHILD_CHANGED_SYSTEM, system);
    if (is_local(cxy)) serve_changed(xptr_local(changetype<usize>(desc)));
    else rpc_send(cxy, LEVEL_LEAF, RPC_CHILD_CHANGED);
    signals_offer(<u32>parent);
}

function serve_changed(desc: xptr_t): void {
    const parent = <u32>rpc_get(desc, CHILD_CHANGED_PARENT);
    const birth = <u32>rpc_get(desc, CHILD_CHANGED_BIRTH);
    const pid = <u32>rpc_get(desc, CHILD_CHANGED_PID);
    const status = <u32>rpc_get(desc, CHILD_CHANGED_STATUS);
    const user = rpc_get(desc, CHILD_CHANGED_USER);
    const system = rpc_get(desc, CHILD_CHANGED_SYSTEM);
    rpc_set(desc, SIGNAL_POST_OFFER, 0);
    const process = changetype<process_t>(hold_born(parent, birth));
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    let link = changetype<usize>(process) + offsetof<process_t>("children");
    while (load<usize>(link) != 0 && !is_living(changetype<relative_t>(load<usize>(link)), pid)) {
        link = load<usize>(link) + offsetof<relative_t>("next");
    }
    const at = load<usize>(link);
    const continued = status == STATUS_CONTINUED;
    const goes_on = continued || (status & 0xff) == STATUS_STOPPED;
    // The time of a child that goes on is not told.
    if (at != 0 && !continued) {
        changetype<relative_t>(at).user_cycles = user;
        changetype<relative_t>(at).system_cycles = system;
    }
    if (!goes_on) note_end(process, link, status);
    // Another process has brought it about: the child may have ended meanwhile.
    else if (at != 0) changetype<relative_t>(at).changed = status;
    signals_child(process, desc, pid, status);
    wake_waiters(process);
    vmm_unlock(process);
    process_release(process);
}

function is_living(child: relative_t, pid: u32): bool {
    return child.pid == pid && child.ended == 0;
}

/** Notes the end of a child, unless nobody will wait for it. */
function note_end(process: process_t, link: usize, status: u32): void {
    const at = load<usize>(link);
    assert_kernel(at != 0, cstr("a child that its parent does not know has ended"));
    const child = changetype<relative_t>(at);
    if (signals_reap_child(process)) {
        store<usize>(link, child.next);
        process.child_count--;
        kcm_free(at);
        return;
    }
    child.status = status;
    child.ended = 1;
}

/** Each waiter looks again. A thread that waits no more has taken itself off the list (5.9.3). */
function wake_waiters(process: process_t): void {
    for (let at = process.child_waiters; at != 0; ) {
        const waiter = changetype<relative_t>(at);
        at = waiter.next;
        sched_wake(waiter.thread, BLOCKED_CHILD);
        kcm_free(changetype<usize>(waiter));
    }
    process.child_waiters = 0;
}

/** Returns the process of that PID and birth, held, or 0 when it is gone. */
export function hold_born(pid: u32, birth: u32): usize {
    const found = process_hold(pid);
    if (found == 0 || changetype<process_t>(found).birth == birth) return found;
    process_release(changetype<process_t>(found));
    return 0;
}

/**
 * Sets the process group of a child that has not been waited for, unless `group` is 0. Returns its group, or 0 when there is none. At the
 * parent's Z.
 */
export function relatives_child_group(process: process_t, pid: u32, group: u32): u32 {
    vmm_lock(process);
    let at = process.children;
    while (at != 0 && changetype<relative_t>(at).pid != pid) at = changetype<relative_t>(at).next;
    if (at != 0 && group != 0) changetype<relative_t>(at).group = group;
    const has = at == 0 ? 0 : changetype<relative_t>(at).group;
    vmm_unlock(process);
    return has;
}

/** True when the process or one of its children is in the process group. At its Z. */
export function relatives_have_group(process: process_t, group: u32): bool {
    vmm_lock(process);
    let found = process.process_group == group;
    for (let at = process.children; at != 0 && !found; at = changetype<relative_t>(at).next) {
        found = changetype<relative_t>(at).group == group;
    }
    vmm_unlock(process);
    return found;
}

/** Frees a process's lists of children and waiters, at its end. */
export function relatives_forget(process: process_t): void {
    forget(process.children);
    forget(process.child_waiters);
    process.children = 0;
    process.child_waiters = 0;
}

function forget(list: usize): void {
    for (let at = list; at != 0; ) {
        const next = changetype<relative_t>(at).next;
        kcm_free(at);
        at = next;
    }
}
