// Parents and children (vmm-policy 7.2, 7.4). A parent's reference cluster keeps the ended children until they are waited for. PIDs are
// used again, so a child knows its parent by PID and birth.
import { EAGAIN, ECHILD, EINTR, ENOMEM } from "../abi/errno";
import { RPC_CHILD_ENDED, RPC_PROCESS_IS_ALIVE, RPC_WAIT, RPC_WAIT_CANCEL } from "../abi/rpc-ops";
import {
    CHILD_ENDED_BIRTH,
    CHILD_ENDED_PARENT,
    CHILD_ENDED_PID,
    CHILD_ENDED_STATUS,
    PROCESS_IS_ALIVE_ANSWER,
    PROCESS_IS_ALIVE_BIRTH,
    PROCESS_IS_ALIVE_PID,
    WAIT_BLOCKS,
    WAIT_CANCEL_PID,
    WAIT_CANCEL_THREAD,
    WAIT_CHILD,
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
import { sched_block, sched_unblock_self, sched_wait, sched_wake } from "../sched/sched";
import { this_thread } from "../sched/thread";

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

/** Tells the parent's reference cluster that a child has ended, with `status` as wait4 gives it. The parent may be gone. */
export function child_ended(parent: u32, birth: u32, pid: u32, status: u32): void {
    const cxy = parent >> 16;
    if (is_local(cxy)) {
        ended_here(parent, birth, pid, status);
        return;
    }
    const desc = rpc_arguments();
    desc.set(CHILD_ENDED_PARENT, parent);
    desc.set(CHILD_ENDED_PID, pid);
    desc.set(CHILD_ENDED_STATUS, status);
    desc.set(CHILD_ENDED_BIRTH, birth);
    rpc_send(cxy, LEVEL_LEAF, RPC_CHILD_ENDED);
}

function serve_ended(desc: xptr_t): void {
    ended_here(
        <u32>rpc_get(desc, CHILD_ENDED_PARENT),
        <u32>rpc_get(desc, CHILD_ENDED_BIRTH),
        <u32>rpc_get(desc, CHILD_ENDED_PID),
        <u32>rpc_get(desc, CHILD_ENDED_STATUS),
    );
}

/** Returns the process of that PID and birth, held, or 0 when it is gone. */
function hold_born(pid: u32, birth: u32): usize {
    const found = process_hold(pid);
    if (found == 0 || changetype<process_t>(found).birth == birth) return found;
    process_release(changetype<process_t>(found));
    return 0;
}

function ended_here(parent: u32, birth: u32, pid: u32, status: u32): void {
    const process = changetype<process_t>(hold_born(parent, birth));
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    let at = process.children;
    while (at != 0 && (changetype<relative_t>(at).pid != pid || changetype<relative_t>(at).ended != 0)) {
        at = changetype<relative_t>(at).next;
    }
    assert_kernel(at != 0, cstr("a child that its parent does not know has ended"));
    changetype<relative_t>(at).status = status;
    changetype<relative_t>(at).ended = 1;
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

/** Options of wait4. */
const WNOHANG: u32 = 1;
/** Result of a look at the family when no child has ended yet. */
const NONE_YET: i64 = 0;

/**
 * wait4: returns the pid of an ended child (`pid` -1 is any child), and puts its status into the thread's join_value. Returns 0 with
 * WNOHANG when none has ended, -ECHILD without such a child, or -EINTR.
 */
export function family_wait(process: process_t, pid: i32, options: u32): i64 {
    while (true) {
        sched_block(BLOCKED_CHILD);
        const found = look(process, pid, (options & WNOHANG) == 0);
        if (found != NONE_YET || (options & WNOHANG) != 0) {
            sched_unblock_self(BLOCKED_CHILD);
            return found;
        }
        sched_wait(BLOCKED_CHILD);
        if (this_thread().killed != 0) {
            cancel(process);
            return -EINTR;
        }
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

function look(process: process_t, pid: i32, wait: bool): i64 {
    const self = this_thread();
    const me = xptr_local(changetype<usize>(self));
    if (is_local(process.reference)) {
        const status = look_here(process.pid, pid, wait, me);
        self.join_value = <u64>status & 0xffffffff;
        return status < 0 ? status : status >> 32;
    }
    const desc = rpc_arguments();
    desc.set(WAIT_PID, process.pid);
    desc.set(WAIT_CHILD, <u64>(<i64>pid));
    desc.set(WAIT_BLOCKS, wait ? 1 : 0);
    desc.set(WAIT_THREAD, me);
    rpc_send(process.reference, LEVEL_LEAF, RPC_WAIT);
    const status = <i64>desc.get(WAIT_STATUS);
    self.join_value = desc.get(WAIT_STATUS) & 0xffffffff;
    return status < 0 ? status : status >> 32;
}

function serve_wait(desc: xptr_t): void {
    const pid = <u32>rpc_get(desc, WAIT_PID);
    rpc_set(
        desc,
        WAIT_STATUS,
        <u64>(
            look_here(pid, <i32>rpc_get(desc, WAIT_CHILD), rpc_get(desc, WAIT_BLOCKS) != 0, rpc_get(desc, WAIT_THREAD))
        ),
    );
}

/**
 * Returns pid << 32 | status of an ended child, which is forgotten. 0 means that none has ended; with `wait` the thread is then registered.
 */
function look_here(parent: u32, pid: i32, wait: bool, thread: xptr_t): i64 {
    const process = changetype<process_t>(process_hold(parent));
    if (changetype<usize>(process) == 0) return -ECHILD;
    const waiter = wait ? changetype<relative_t>(kcm_alloc(<u32>offsetof<relative_t>())) : changetype<relative_t>(0);
    const found = wait && changetype<usize>(waiter) == 0 ? -EAGAIN : look_at(process, pid, waiter, thread);
    process_release(process);
    return found;
}

/** Takes an ended child. Otherwise puts `waiter`, if there is one, into the list. A waiter that is not needed is freed. */
function look_at(process: process_t, pid: i32, waiter: relative_t, thread: xptr_t): i64 {
    vmm_lock(process);
    const found = take(process, pid);
    const registered = found == NONE_YET && changetype<usize>(waiter) != 0;
    if (registered) {
        waiter.thread = thread;
        waiter.next = process.child_waiters;
        process.child_waiters = changetype<usize>(waiter);
    }
    vmm_unlock(process);
    if (!registered && changetype<usize>(waiter) != 0) kcm_free(changetype<usize>(waiter));
    return found;
}

function take(process: process_t, pid: i32): i64 {
    let link = changetype<usize>(process) + offsetof<process_t>("children");
    let known = false;
    while (load<usize>(link) != 0) {
        const child = changetype<relative_t>(load<usize>(link));
        const asked = pid == -1 || child.pid == <u32>pid;
        if (asked && child.ended != 0) {
            store<usize>(link, child.next);
            const found = ((<i64>child.pid) << 32) | <i64>child.status;
            kcm_free(changetype<usize>(child));
            process.child_count--;
            return found;
        }
        known = known || asked;
        link = changetype<usize>(child) + offsetof<relative_t>("next");
    }
    return known ? NONE_YET : -ECHILD;
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
