// Parents and children (vmm-policy 7.2, 7.4). A parent's reference cluster keeps the ended children until they are waited for. PIDs are
// used again, so a child knows its parent by PID and birth.
import { EAGAIN, ECHILD, EINTR, ENOMEM } from "../abi/errno";
import { RPC_CHILD_ENDED, RPC_PROCESS_IS_ALIVE, RPC_WAIT, RPC_WAIT_CANCEL } from "../abi/rpc-ops";
import {
    CHILD_ENDED_BIRTH,
    CHILD_ENDED_CYCLES,
    CHILD_ENDED_PARENT,
    CHILD_ENDED_PID,
    CHILD_ENDED_STATUS,
    PROCESS_IS_ALIVE_ANSWER,
    PROCESS_IS_ALIVE_BIRTH,
    PROCESS_IS_ALIVE_PID,
    SIGNAL_POST_OFFER,
    WAIT_BLOCKS,
    WAIT_CANCEL_PID,
    WAIT_CANCEL_THREAD,
    WAIT_CYCLES,
    WAIT_KEEPS,
    WAIT_KIND,
    WAIT_NUMBER,
    WAIT_PID,
    WAIT_STATUS,
    WAIT_THREAD,
} from "../abi/rpc-words";
import { BLOCKED_CHILD } from "../abi/thread";
import { cstr } from "../hal/cstr";
import { xptr_local, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { PROCESS_ALIVE, PROCESS_EXEC, process_hold, process_release, process_t } from "../mm/process-table";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { assert_kernel } from "../panic";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { sched_block, sched_interrupted, sched_unblock_self, sched_wait, sched_wake } from "../sched/sched";
import { this_thread } from "../sched/thread";
import { signals_offer } from "./signal-offer";
import { signals_child } from "./signal-pending";
import { signal_ready } from "./signal-take";
import { signals_reap_child } from "./signals";

/**
 * A child that has not been waited for, or a thread that waits for one. The child's entry is made with it, so that its end needs no memory.
 */
@unmanaged
class relative_t {
    next: usize;
    pid: u32;
    /** 1 when the child has ended, with this status. */
    ended: u32;
    status: u32;
    /** The child's process group, as its own Z has it. */
    group: u32;
    /** User cycles of an ended child and of the children that it has waited for. */
    cycles: u64;
    thread: u64;
}

/** The limit of children that have not been waited for: the end of a child searches this list (5.9.9). */
const CHILDREN_MAX: u32 = 1024;

/** Adds a child to a living parent, at the parent's reference cluster. Returns 0 or -errno. The caller holds the VMM's lock. */
export function family_add(parent: process_t, pid: u32): i64 {
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

export function family_init(): void {
    const ended: (desc: xptr_t) => void = serve_ended;
    const wait: (desc: xptr_t) => void = serve_wait;
    const cancel: (desc: xptr_t) => void = serve_cancel;
    const alive: (desc: xptr_t) => void = serve_is_alive;
    rpc_register(RPC_CHILD_ENDED, <u32>ended.index);
    rpc_register(RPC_WAIT, <u32>wait.index);
    rpc_register(RPC_WAIT_CANCEL, <u32>cancel.index);
    rpc_register(RPC_PROCESS_IS_ALIVE, <u32>alive.index);
}

/**
 * Tells the parent's reference cluster that a child has ended, with `status` as wait4 gives it, and sends SIGCHLD. The parent may be gone.
 */
export function child_ended(parent: u32, birth: u32, pid: u32, status: u32, cycles: u64): void {
    const cxy = parent >> 16;
    const desc = rpc_arguments();
    desc.set(CHILD_ENDED_PARENT, parent);
    desc.set(CHILD_ENDED_PID, pid);
    desc.set(CHILD_ENDED_STATUS, status);
    desc.set(CHILD_ENDED_BIRTH, birth);
    desc.set(CHILD_ENDED_CYCLES, cycles);
    if (is_local(cxy)) serve_ended(xptr_local(changetype<usize>(desc)));
    else rpc_send(cxy, LEVEL_LEAF, RPC_CHILD_ENDED);
    signals_offer(parent);
}

function serve_ended(desc: xptr_t): void {
    const parent = <u32>rpc_get(desc, CHILD_ENDED_PARENT);
    const birth = <u32>rpc_get(desc, CHILD_ENDED_BIRTH);
    const pid = <u32>rpc_get(desc, CHILD_ENDED_PID);
    const status = <u32>rpc_get(desc, CHILD_ENDED_STATUS);
    rpc_set(desc, SIGNAL_POST_OFFER, 0);
    ended_here(parent, birth, pid, status, rpc_get(desc, CHILD_ENDED_CYCLES), desc);
}

/** Returns the process of that PID and birth, held, or 0 when it is gone. */
export function hold_born(pid: u32, birth: u32): usize {
    const found = process_hold(pid);
    if (found == 0 || changetype<process_t>(found).birth == birth) return found;
    process_release(changetype<process_t>(found));
    return 0;
}

function ended_here(parent: u32, birth: u32, pid: u32, status: u32, cycles: u64, desc: xptr_t): void {
    const process = changetype<process_t>(hold_born(parent, birth));
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    let link = changetype<usize>(process) + offsetof<process_t>("children");
    while (load<usize>(link) != 0 && !is_living(changetype<relative_t>(load<usize>(link)), pid)) {
        link = load<usize>(link) + offsetof<relative_t>("next");
    }
    let at = load<usize>(link);
    assert_kernel(at != 0, cstr("a child that its parent does not know has ended"));
    if (signals_reap_child(process)) {
        store<usize>(link, changetype<relative_t>(at).next);
        process.child_count--;
        kcm_free(at);
    } else {
        changetype<relative_t>(at).status = status;
        changetype<relative_t>(at).cycles = cycles;
        changetype<relative_t>(at).ended = 1;
    }
    signals_child(process, desc, pid, status);
    // Each waiter looks again. A thread that waits no more has taken itself off the list (5.9.3).
    for (at = process.child_waiters; at != 0; ) {
        const waiter = changetype<relative_t>(at);
        at = waiter.next;
        sched_wake(waiter.thread, BLOCKED_CHILD);
        kcm_free(changetype<usize>(waiter));
    }
    process.child_waiters = 0;
    vmm_unlock(process);
    process_release(process);
}

function is_living(child: relative_t, pid: u32): bool {
    return child.pid == pid && child.ended == 0;
}

/** getppid: returns the parent's pid, or 0 for an orphan and for a program that init started. */
export function family_parent(process: process_t): i64 {
    const parent = process.parent;
    if (parent == 0) return 0;
    const birth = process.parent_birth;
    if (is_local(parent >> 16)) return is_alive_here(parent, birth) ? parent : 0;
    const desc = rpc_arguments();
    desc.set(PROCESS_IS_ALIVE_PID, parent);
    desc.set(PROCESS_IS_ALIVE_BIRTH, birth);
    rpc_send(parent >> 16, LEVEL_LEAF, RPC_PROCESS_IS_ALIVE);
    return desc.get(PROCESS_IS_ALIVE_ANSWER) != 0 ? parent : 0;
}

function serve_is_alive(desc: xptr_t): void {
    rpc_set(
        desc,
        PROCESS_IS_ALIVE_ANSWER,
        is_alive_here(<u32>rpc_get(desc, PROCESS_IS_ALIVE_PID), <u32>rpc_get(desc, PROCESS_IS_ALIVE_BIRTH)) ? 1 : 0,
    );
}

function is_alive_here(pid: u32, birth: u32): bool {
    const process = changetype<process_t>(hold_born(pid, birth));
    if (changetype<usize>(process) == 0) return false;
    const alive = process.state == PROCESS_ALIVE || process.state == PROCESS_EXEC;
    process_release(process);
    return alive;
}

/** The children that a thread waits for: any, the one of that PID, those of that process group. Group 0 is the parent's own. */
export const WAIT_ANY: u32 = 0;
export const WAIT_FOR_PID: u32 = 1;
export const WAIT_FOR_GROUP: u32 = 2;
/** Result of a look at the family when no child has ended yet. */
const NONE_YET: i64 = 0;

/**
 * wait4 and waitid: returns the pid of an ended child (`kind`, `number`), with its status in the thread's join_value and its cycles in
 * wait_cycles. With `keeps` it can be waited for again. Returns 0 when none has ended and the call is not to block, -ECHILD without such a
 * child, or -EINTR.
 */
export function family_wait(process: process_t, kind: u32, number: u32, blocks: bool, keeps: bool): i64 {
    while (true) {
        sched_block(BLOCKED_CHILD);
        const found = look(process, kind, number, blocks, keeps);
        if (found != NONE_YET || !blocks) {
            sched_unblock_self(BLOCKED_CHILD);
            return found;
        }
        sched_wait(BLOCKED_CHILD);
        if (!sched_interrupted()) continue;
        cancel(process);
        if (!signal_ready(process)) continue;
        // A child may have ended at the same time: SIGCHLD comes behind it.
        const last = this_thread().killed != 0 ? NONE_YET : look(process, kind, number, false, keeps);
        return last == NONE_YET ? -EINTR : last;
    }
}

/** Takes the running thread off the list of waiters. */
function cancel(process: process_t): void {
    const me = xptr_local(changetype<usize>(this_thread()));
    if (is_local(process.reference)) {
        cancel_here(process.pid, me);
        return;
    }
    const desc = rpc_arguments();
    desc.set(WAIT_CANCEL_PID, process.pid);
    desc.set(WAIT_CANCEL_THREAD, me);
    rpc_send(process.reference, LEVEL_LEAF, RPC_WAIT_CANCEL);
}

function serve_cancel(desc: xptr_t): void {
    cancel_here(<u32>rpc_get(desc, WAIT_CANCEL_PID), rpc_get(desc, WAIT_CANCEL_THREAD));
}

function cancel_here(pid: u32, thread: xptr_t): void {
    const process = changetype<process_t>(process_hold(pid));
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    let link = changetype<usize>(process) + offsetof<process_t>("child_waiters");
    while (load<usize>(link) != 0) {
        const waiter = changetype<relative_t>(load<usize>(link));
        if (waiter.thread != thread) {
            link = changetype<usize>(waiter) + offsetof<relative_t>("next");
            continue;
        }
        store<usize>(link, waiter.next);
        kcm_free(changetype<usize>(waiter));
    }
    vmm_unlock(process);
    process_release(process);
}

function look(process: process_t, kind: u32, number: u32, blocks: bool, keeps: bool): i64 {
    const self = this_thread();
    const desc = rpc_arguments();
    desc.set(WAIT_PID, process.pid);
    desc.set(WAIT_KIND, kind);
    desc.set(WAIT_NUMBER, number);
    desc.set(WAIT_BLOCKS, blocks ? 1 : 0);
    desc.set(WAIT_KEEPS, keeps ? 1 : 0);
    desc.set(WAIT_THREAD, xptr_local(changetype<usize>(self)));
    if (is_local(process.reference)) serve_wait(xptr_local(changetype<usize>(desc)));
    else rpc_send(process.reference, LEVEL_LEAF, RPC_WAIT);
    const status = <i64>desc.get(WAIT_STATUS);
    self.join_value = desc.get(WAIT_STATUS) & 0xffffffff;
    self.wait_cycles = desc.get(WAIT_CYCLES);
    return status < 0 ? status : status >> 32;
}

/** The answer is an ended child, which is forgotten unless it is kept. Without one the thread is registered, if it blocks. */
function serve_wait(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, WAIT_PID)));
    const blocks = rpc_get(desc, WAIT_BLOCKS) != 0;
    const waiter = blocks ? changetype<relative_t>(kcm_alloc(<u32>offsetof<relative_t>())) : changetype<relative_t>(0);
    const poor = blocks && changetype<usize>(waiter) == 0;
    if (changetype<usize>(process) == 0 || poor) {
        if (changetype<usize>(waiter) != 0) kcm_free(changetype<usize>(waiter));
        if (changetype<usize>(process) != 0) process_release(process);
        rpc_set(desc, WAIT_STATUS, poor ? <u64>-EAGAIN : <u64>-ECHILD);
        return;
    }
    look_at(process, waiter, desc);
    process_release(process);
}

/** Takes an ended child. Otherwise puts `waiter`, if there is one, into the list. A waiter that is not needed is freed. */
function look_at(process: process_t, waiter: relative_t, desc: xptr_t): void {
    const kind = <u32>rpc_get(desc, WAIT_KIND);
    const number = <u32>rpc_get(desc, WAIT_NUMBER);
    const keeps = rpc_get(desc, WAIT_KEEPS) != 0;
    vmm_lock(process);
    const own = kind == WAIT_FOR_GROUP && number == 0 ? process.process_group : number;
    const link = search(process, kind, own);
    const found = link > NO_CHILD;
    const registered = link == NONE_ENDED && changetype<usize>(waiter) != 0;
    if (registered) {
        waiter.thread = rpc_get(desc, WAIT_THREAD);
        waiter.next = process.child_waiters;
        process.child_waiters = changetype<usize>(waiter);
    }
    rpc_set(desc, WAIT_STATUS, link == NO_CHILD ? <u64>-ECHILD : <u64>NONE_YET);
    if (found) take(process, link, keeps, desc);
    vmm_unlock(process);
    if (!registered && changetype<usize>(waiter) != 0) kcm_free(changetype<usize>(waiter));
}

/** Results of a search that are no address. */
const NONE_ENDED: usize = 0;
const NO_CHILD: usize = 1;

/** Returns the address of the link to the first ended child that is asked for, NONE_ENDED or NO_CHILD. */
function search(process: process_t, kind: u32, number: u32): usize {
    let link = changetype<usize>(process) + offsetof<process_t>("children");
    let known = false;
    while (load<usize>(link) != 0) {
        const child = changetype<relative_t>(load<usize>(link));
        const asked = kind == WAIT_ANY || (kind == WAIT_FOR_PID ? child.pid : child.group) == number;
        if (asked && child.ended != 0) return link;
        known = known || asked;
        link = changetype<usize>(child) + offsetof<relative_t>("next");
    }
    return known ? NONE_ENDED : NO_CHILD;
}

/** Tells of the ended child that the link leads to, and forgets it unless it is kept. The parent has used its time from now on. */
function take(process: process_t, link: usize, keeps: bool, desc: xptr_t): void {
    const child = changetype<relative_t>(load<usize>(link));
    rpc_set(desc, WAIT_STATUS, ((<u64>child.pid) << 32) | <u64>child.status);
    rpc_set(desc, WAIT_CYCLES, child.cycles);
    if (keeps) return;
    process.children_cycles += child.cycles;
    store<usize>(link, child.next);
    kcm_free(changetype<usize>(child));
    process.child_count--;
}

/** Sets the process group of a child that has not been waited for, unless `group` is 0. False when there is none. At the parent's Z. */
export function family_set_group(process: process_t, pid: u32, group: u32): bool {
    vmm_lock(process);
    let at = process.children;
    while (at != 0 && changetype<relative_t>(at).pid != pid) at = changetype<relative_t>(at).next;
    if (at != 0 && group != 0) changetype<relative_t>(at).group = group;
    vmm_unlock(process);
    return at != 0;
}

/** True when the process or one of its children is in the process group. At its Z. */
export function family_has_group(process: process_t, group: u32): bool {
    vmm_lock(process);
    let found = process.process_group == group;
    for (let at = process.children; at != 0 && !found; at = changetype<relative_t>(at).next) {
        found = changetype<relative_t>(at).group == group;
    }
    vmm_unlock(process);
    return found;
}

/** Frees a process's lists of children and waiters, at its end. */
export function family_forget(process: process_t): void {
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
