// Waits of parents for their children (vmm-policy 7.4). The children are at the parent's reference cluster (proc/relatives.ts).
import { EAGAIN, ECHILD, EINTR } from "../abi/errno";
import { RPC_PROCESS_IS_ALIVE, RPC_WAIT, RPC_WAIT_CANCEL } from "../abi/rpc-ops";
import {
    PROCESS_IS_ALIVE_ANSWER,
    PROCESS_IS_ALIVE_BIRTH,
    PROCESS_IS_ALIVE_PID,
    WAIT_BLOCKS,
    WAIT_CANCEL_PID,
    WAIT_CANCEL_THREAD,
    WAIT_KIND,
    WAIT_NUMBER,
    WAIT_OPTIONS,
    WAIT_PENDING,
    WAIT_PID,
    WAIT_STATUS,
    WAIT_SYSTEM,
    WAIT_THREAD,
    WAIT_USER,
} from "../abi/rpc-words";
import { BLOCKED_CHILD } from "../abi/thread";
import { STATUS_CONTINUED, WCONTINUED, WEXITED, WNOHANG, WNOWAIT, WUNTRACED } from "../abi/wait";
import { xptr_local, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { PROCESS_ALIVE, PROCESS_EXEC, process_hold, process_release, process_t } from "../mm/process-table";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { sched_block, sched_interrupted, sched_unblock_self, sched_wait } from "../sched/sched";
import { this_thread } from "../sched/thread";
import { hold_born, relative_t } from "./relatives";
import { signal_look, signal_ready } from "./signal-take";
import { signals_of } from "./signals";

export function family_init(): void {
    const wait: (desc: xptr_t) => void = serve_wait;
    const cancel: (desc: xptr_t) => void = serve_cancel;
    const alive: (desc: xptr_t) => void = serve_is_alive;
    rpc_register(RPC_WAIT, <u32>wait.index);
    rpc_register(RPC_WAIT_CANCEL, <u32>cancel.index);
    rpc_register(RPC_PROCESS_IS_ALIVE, <u32>alive.index);
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
/** Result of a look at the family when there is nothing to tell of a child yet. */
const NONE_YET: i64 = 0;

/**
 * wait4 and waitid: returns the pid of a child (`kind`, `number`) that has ended, stopped or gone on, as `options` asks, with its status in
 * the thread's join_value and its cycles in wait_user_cycles and wait_system_cycles. With WNOWAIT it can be waited for again. Returns 0 when there is none yet and the
 * call is not to block, -ECHILD without such a child, or -EINTR.
 */
export function family_wait(process: process_t, kind: u32, number: u32, options: u32): i64 {
    const blocks = (options & WNOHANG) == 0;
    while (true) {
        sched_block(BLOCKED_CHILD);
        const found = look(process, kind, number, options, blocks);
        if (found != NONE_YET || !blocks) {
            sched_unblock_self(BLOCKED_CHILD);
            return found;
        }
        sched_wait(BLOCKED_CHILD);
        if (!sched_interrupted()) continue;
        cancel(process);
        if (!signal_ready(process)) continue;
        // A child may have ended at the same time: SIGCHLD comes behind it.
        const last = this_thread().killed != 0 ? NONE_YET : look(process, kind, number, options, false);
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

function look(process: process_t, kind: u32, number: u32, options: u32, blocks: bool): i64 {
    const self = this_thread();
    const desc = rpc_arguments();
    desc.set(WAIT_PID, process.pid);
    desc.set(WAIT_KIND, kind);
    desc.set(WAIT_NUMBER, number);
    desc.set(WAIT_BLOCKS, blocks ? 1 : 0);
    desc.set(WAIT_OPTIONS, options);
    desc.set(WAIT_THREAD, xptr_local(changetype<usize>(self)));
    if (is_local(process.reference)) serve_wait(xptr_local(changetype<usize>(desc)));
    else rpc_send(process.reference, LEVEL_LEAF, RPC_WAIT);
    const status = <i64>desc.get(WAIT_STATUS);
    self.join_value = desc.get(WAIT_STATUS) & 0xffffffff;
    self.wait_user_cycles = desc.get(WAIT_USER);
    self.wait_system_cycles = desc.get(WAIT_SYSTEM);
    // The child's SIGCHLD comes before the call returns, as on Linux.
    if (status > 0 && desc.get(WAIT_PENDING) != 0) signal_look();
    return status < 0 ? status : status >> 32;
}

/** The answer is a child that is asked for. Without one the thread is registered, if it blocks. */
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

/** Takes a child that is asked for. Otherwise puts `waiter`, if there is one, into the list. A waiter that is not needed is freed. */
function look_at(process: process_t, waiter: relative_t, desc: xptr_t): void {
    const kind = <u32>rpc_get(desc, WAIT_KIND);
    const number = <u32>rpc_get(desc, WAIT_NUMBER);
    const options = <u32>rpc_get(desc, WAIT_OPTIONS);
    vmm_lock(process);
    const own = kind == WAIT_FOR_GROUP && number == 0 ? process.process_group : number;
    const link = search(process, kind, own, options);
    const found = link > NO_CHILD;
    const registered = link == NOTHING_YET && changetype<usize>(waiter) != 0;
    if (registered) {
        waiter.thread = rpc_get(desc, WAIT_THREAD);
        waiter.next = process.child_waiters;
        process.child_waiters = changetype<usize>(waiter);
    }
    rpc_set(desc, WAIT_PENDING, process.signals != 0 && signals_of(process).pending != 0 ? 1 : 0);
    rpc_set(desc, WAIT_STATUS, link == NO_CHILD ? <u64>-ECHILD : <u64>NONE_YET);
    if (found) take(process, link, options, desc);
    vmm_unlock(process);
    if (!registered && changetype<usize>(waiter) != 0) kcm_free(changetype<usize>(waiter));
}

/** Results of a search that are no address. */
const NOTHING_YET: usize = 0;
const NO_CHILD: usize = 1;

/** Returns the address of the link to the first child of which there is something to tell, NOTHING_YET or NO_CHILD. */
function search(process: process_t, kind: u32, number: u32, options: u32): usize {
    let link = changetype<usize>(process) + offsetof<process_t>("children");
    let known = false;
    while (load<usize>(link) != 0) {
        const child = changetype<relative_t>(load<usize>(link));
        const asked = kind == WAIT_ANY || (kind == WAIT_FOR_PID ? child.pid : child.group) == number;
        if (asked && tells(child, options)) return link;
        known = known || asked;
        link = changetype<usize>(child) + offsetof<relative_t>("next");
    }
    return known ? NOTHING_YET : NO_CHILD;
}

function tells(child: relative_t, options: u32): bool {
    if (child.ended != 0) return (options & WEXITED) != 0;
    if (child.changed == 0) return false;
    return (options & (child.changed == STATUS_CONTINUED ? WCONTINUED : WUNTRACED)) != 0;
}

/** Tells of the child that the link leads to. One that has ended is forgotten, and the parent has used its time from now on. */
function take(process: process_t, link: usize, options: u32, desc: xptr_t): void {
    const child = changetype<relative_t>(load<usize>(link));
    const status = child.ended != 0 ? child.status : child.changed;
    rpc_set(desc, WAIT_STATUS, ((<u64>child.pid) << 32) | <u64>status);
    rpc_set(desc, WAIT_USER, child.user_cycles);
    rpc_set(desc, WAIT_SYSTEM, child.system_cycles);
    if (options & WNOWAIT) return;
    child.changed = 0;
    if (child.ended == 0) return;
    process.children_user_cycles += child.user_cycles;
    process.children_system_cycles += child.system_cycles;
    store<usize>(link, child.next);
    kcm_free(changetype<usize>(child));
    process.child_count--;
}
