// Parents and children (vmm-policy 7.2, 7.4): a parent's reference cluster keeps the ended children until they are waited for.
import { EAGAIN, ECHILD, EINTR } from "../abi/errno";
import { xptr_local, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { RPC_CHILD_ENDED, RPC_WAIT } from "../rpc/ops";
import { is_local, LEVEL_LEAF, rpc_arguments, rpc_get, rpc_register, rpc_send, rpc_set } from "../rpc/rpc";
import { process_find, process_hold, process_release, process_t } from "./process-table";
import { sched_block, sched_unblock_self, sched_wait, sched_wake } from "./sched";
import { BLOCKED_CHILD, this_thread } from "./thread";

/** An ended child, or a thread that waits for one. */
@unmanaged
class relative_t {
    next: usize;
    pid: u32;
    status: u32;
    padding: u32;
    thread: u64;
}

export function family_init(): void {
    const ended: (desc: xptr_t) => void = serve_ended;
    const wait: (desc: xptr_t) => void = serve_wait;
    rpc_register(RPC_CHILD_ENDED, <u32>ended.index);
    rpc_register(RPC_WAIT, <u32>wait.index);
}

/** Tells the parent's reference cluster that a child has ended; `status` as wait4 gives it. Parents may be gone. */
export function child_ended(parent: u32, pid: u32, status: u32): void {
    const cxy = parent >> 16;
    if (is_local(cxy)) {
        ended_here(parent, pid, status);
        return;
    }
    const desc = rpc_arguments();
    desc.arg0 = parent;
    desc.arg1 = pid;
    desc.arg2 = status;
    rpc_send(cxy, LEVEL_LEAF, RPC_CHILD_ENDED);
}

function serve_ended(desc: xptr_t): void {
    ended_here(<u32>rpc_get(desc, 0), <u32>rpc_get(desc, 1), <u32>rpc_get(desc, 2));
}

function ended_here(parent: u32, pid: u32, status: u32): void {
    const process = changetype<process_t>(process_hold(parent));
    if (changetype<usize>(process) == 0) return;
    const child = changetype<relative_t>(kcm_alloc(<u32>offsetof<relative_t>()));
    vmm_lock(process);
    if (changetype<usize>(child) == 0) {
        // Without memory for the record the child is as if waited for.
        process.children--;
    } else {
        child.pid = pid;
        child.status = status;
        child.next = process.ended_children;
        process.ended_children = changetype<usize>(child);
    }
    for (let at = process.child_waiters; at != 0; ) {
        const waiter = changetype<relative_t>(at);
        at = waiter.next;
        sched_wake(waiter.thread, BLOCKED_CHILD);
        kcm_free(changetype<usize>(waiter));
    }
    process.child_waiters = 0;
    vmm_unlock(process);
    process_release(process);
}

/** Options of wait4. */
const WNOHANG: u32 = 1;
/** Results of a look at the family. */
const NONE_YET: i64 = 0;

/**
 * wait4: the pid of an ended child (`pid` -1: any), its status in the thread's join_value; 0 with WNOHANG when none has ended;
 * -ECHILD without such a child; -EINTR.
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
        if (this_thread().killed != 0) return -EINTR;
    }
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
    desc.arg0 = process.pid;
    desc.arg1 = <u64>(<i64>pid);
    desc.arg2 = wait ? 1 : 0;
    desc.arg3 = me;
    rpc_send(process.reference, LEVEL_LEAF, RPC_WAIT);
    const status = <i64>desc.arg0;
    self.join_value = desc.arg0 & 0xffffffff;
    return status < 0 ? status : status >> 32;
}

function serve_wait(desc: xptr_t): void {
    const pid = <u32>rpc_get(desc, 0);
    rpc_set(desc, 0, <u64>look_here(pid, <i32>rpc_get(desc, 1), rpc_get(desc, 2) != 0, rpc_get(desc, 3)));
}

/** pid << 32 | status of an ended child, which is forgotten; 0: none has ended, and the thread is registered when `wait`. */
function look_here(parent: u32, pid: i32, wait: bool, thread: xptr_t): i64 {
    const process = changetype<process_t>(process_find(parent));
    if (changetype<usize>(process) == 0) return -ECHILD;
    const waiter = wait ? changetype<relative_t>(kcm_alloc(<u32>offsetof<relative_t>())) : changetype<relative_t>(0);
    if (wait && changetype<usize>(waiter) == 0) return -EAGAIN;
    vmm_lock(process);
    const found = take(process, pid);
    const registered = found == NONE_YET && wait;
    if (registered) {
        waiter.thread = thread;
        waiter.next = process.child_waiters;
        process.child_waiters = changetype<usize>(waiter);
    }
    vmm_unlock(process);
    if (wait && !registered) kcm_free(changetype<usize>(waiter));
    return found;
}

function take(process: process_t, pid: i32): i64 {
    if (process.children == 0) return -ECHILD;
    let link = changetype<usize>(process) + offsetof<process_t>("ended_children");
    while (load<usize>(link) != 0) {
        const child = changetype<relative_t>(load<usize>(link));
        if (pid == -1 || child.pid == <u32>pid) {
            store<usize>(link, child.next);
            const found = ((<i64>child.pid) << 32) | <i64>child.status;
            kcm_free(changetype<usize>(child));
            process.children--;
            return found;
        }
        link = changetype<usize>(child) + offsetof<relative_t>("next");
    }
    return NONE_YET;
}

/** Frees what a process still knows of its family; at its end. */
export function family_forget(process: process_t): void {
    forget(process.ended_children);
    forget(process.child_waiters);
    process.ended_children = 0;
    process.child_waiters = 0;
}

function forget(list: usize): void {
    for (let at = list; at != 0; ) {
        const next = changetype<relative_t>(at).next;
        kcm_free(at);
        at = next;
    }
}
