// A newborn: a thread that clone has made and that has not begun (vmm-policy 7.5). It begins with its maker's next call, or when the maker's
// turn ends. Until then sched_setaffinity places it, in its cluster or in another one, where it keeps its id.

import { EAGAIN, EFAULT, ENOMEM } from "../abi/errno";
import { OPERATION_THREAD_CREATE } from "../abi/operation";
import { RPC_THREAD_CANCEL, RPC_THREAD_LAUNCH } from "../abi/rpc-ops";
import { THREAD_CANCEL_ERROR, THREAD_CANCEL_MOVED, THREAD_CANCEL_THREAD, THREAD_LAUNCH_THREAD } from "../abi/rpc-words";
import { remote_cas32, remote_load32 } from "../hal/hal";
import { uaddr_t, xptr_cxy, xptr_local, xptr_lpa, xptr_make, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { process_t } from "../mm/process-table";
import { copy_to_user } from "../mm/uaccess";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { LEVEL_LEAF, LEVEL_PROCESS } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register, rpc_yield } from "../rpc/serve";
import { BIRTH_AWAITED, BIRTH_DUE, BIRTH_LAUNCHED, this_hart, this_thread, thread_t } from "../sched/thread";
import { operation_begin, operation_end } from "../trace/operation";
import { clone_begin, clone_make, clone_t } from "./clone";
import { hart_set_cluster } from "./hart-set";
import { user_thread_launch } from "./launch";
import { MOVED_MAX, moved_t } from "./moved";
import { signals_offer_again } from "./signal-offer";
import { user_thread_delist } from "./user-thread";

export function newborn_init(): void {
    const launch: (desc: xptr_t) => void = serve_launch;
    const cancel: (desc: xptr_t) => void = serve_cancel;
    rpc_register(RPC_THREAD_LAUNCH, <u32>launch.index);
    rpc_register(RPC_THREAD_CANCEL, <u32>cancel.index);
}

/**
 * Makes a thread of P in cluster `cxy`, the running thread's newborn. It has the registers of the running thread, but a0 = 0 and the values in
 * `wish`. Returns its id, or -errno.
 */
export function thread_clone(process: process_t, cxy: u32, wish: clone_t): i64 {
    const pid = process.pid;
    operation_begin(pid, OPERATION_THREAD_CREATE, 0);
    const id = clone_in(process, cxy, wish);
    operation_end(pid, OPERATION_THREAD_CREATE);
    return id;
}

/**
 * The thread is made in its cluster, and its id is written here. The running thread writes the id because it is user memory: pages, stacks and
 * holds belong to the running thread, and a server has none (sm-dsm 3.4).
 */
function clone_in(process: process_t, cxy: u32, wish: clone_t): i64 {
    const maker = this_thread();
    const self = xptr_local(changetype<usize>(maker));
    const wishes = xptr_local(changetype<usize>(wish));
    let made: i64 = clone_begin(process, cxy, self, wishes);
    if (made == 0) made = clone_make(process, cxy, self, wishes, 0, 0);
    if (made < 0) return made;
    const newborn = xptr_make(cxy, <usize>made);
    const id = remote_load32(newborn + offsetof<thread_t>("id"));
    if (!tell_id(process, id, wish.parent_tid) || !tell_id(process, id, wish.child_tid)) {
        newborn_cancel(newborn, 0);
        return -EFAULT;
    }
    maker.newborn = newborn;
    maker.newborn_cycles = maker.user_cycles;
    return <i64>id;
}

function tell_id(process: process_t, id: u32, to: uaddr_t): bool {
    if (to == 0) return true;
    const word = this_thread().buffer;
    store<u32>(word, id);
    return copy_to_user(process, to, word, 4) == 0;
}

/** The cycles in user mode that a maker has at least, before the end of a time slice is the end of its turn. */
const TURN_CYCLES: u64 = 10000;

/** Called after a timer interrupt in user mode. A slice may be short, and its end come right behind the clone; then the next one counts. */
export function newborn_turn_ends(): void {
    const maker = this_thread();
    if (maker.newborn == 0 || this_hart().slice_of != 0) return;
    if (maker.user_cycles - maker.newborn_cycles >= TURN_CYCLES) newborn_begin();
}

/** The running thread's newborn begins, if it has one. */
export function newborn_begin(): void {
    const maker = this_thread();
    const newborn = maker.newborn;
    if (newborn == 0) return;
    maker.newborn = 0;
    const cxy = xptr_cxy(newborn);
    // While the copy of its process is not whole, it is only due (proc/attach.ts). The server that makes the copy is busy, and is not asked.
    const birth = newborn + offsetof<thread_t>("birth");
    if (remote_cas32(birth, BIRTH_AWAITED, BIRTH_DUE) == BIRTH_AWAITED) return;
    if (is_local(cxy)) {
        launch(xptr_lpa(newborn));
        return;
    }
    rpc_arguments().set(THREAD_LAUNCH_THREAD, xptr_lpa(newborn));
    rpc_send(cxy, LEVEL_LEAF, RPC_THREAD_LAUNCH);
}

function serve_launch(desc: xptr_t): void {
    launch(<usize>rpc_get(desc, THREAD_LAUNCH_THREAD));
}

/** Its process exists as long as the thread is counted. */
function launch(address: usize): void {
    const thread = changetype<thread_t>(address);
    thread.birth = BIRTH_LAUNCHED;
    user_thread_launch(changetype<process_t>(thread.process), thread);
}

/** True when the running thread's newborn has this id. */
export function newborn_is(id: u32): bool {
    const newborn = this_thread().newborn;
    return newborn != 0 && remote_load32(newborn + offsetof<thread_t>("id")) == id;
}

/**
 * Moves the newborn, whose cluster has no hart of the set, to the first cluster that has one, as some cluster has. Returns 0, -EAGAIN or
 * -ENOMEM; the newborn then is as it was.
 */
export function newborn_move(process: process_t, set: xptr_t): i64 {
    operation_begin(process.pid, OPERATION_THREAD_CREATE, 0);
    const error = move_to(process, hart_set_cluster(set), set);
    operation_end(process.pid, OPERATION_THREAD_CREATE);
    return error;
}

/** The thread is made anew from the newborn, and the newborn is undone. */
function move_to(process: process_t, cxy: u32, set: xptr_t): i64 {
    const maker = this_thread();
    const old = maker.newborn;
    const made = clone_make(process, cxy, old, 0, set, remote_load32(old + offsetof<thread_t>("id")));
    if (made < 0) return made;
    const thread = xptr_make(cxy, <usize>made);
    const error = newborn_cancel(old, cxy + 1);
    if (error != 0) newborn_cancel(thread, 0);
    else maker.newborn = thread;
    return error;
}

/**
 * Undoes a newborn; `moved` is 0, or 1 + the cluster where it is now. It is not undone when there is no memory to remember that (-ENOMEM), or
 * when it has been sent a signal or too many have been moved (-EAGAIN).
 */
export function newborn_cancel(newborn: xptr_t, moved: u32): i64 {
    const cxy = xptr_cxy(newborn);
    // The requests of the server that completes the copy of the process there bound the wait.
    while (remote_load32(newborn + offsetof<thread_t>("birth")) == BIRTH_AWAITED) rpc_yield();
    if (is_local(cxy)) return cancel_here(changetype<thread_t>(xptr_lpa(newborn)), moved);
    const desc = rpc_arguments();
    desc.set(THREAD_CANCEL_THREAD, xptr_lpa(newborn));
    desc.set(THREAD_CANCEL_MOVED, moved);
    rpc_send(cxy, LEVEL_PROCESS, RPC_THREAD_CANCEL);
    return <i64>desc.get(THREAD_CANCEL_ERROR);
}

function serve_cancel(desc: xptr_t): void {
    const thread = changetype<thread_t>(<usize>rpc_get(desc, THREAD_CANCEL_THREAD));
    rpc_set(desc, THREAD_CANCEL_ERROR, <u64>cancel_here(thread, <u32>rpc_get(desc, THREAD_CANCEL_MOVED)));
}

function cancel_here(thread: thread_t, moved: u32): i64 {
    const process = changetype<process_t>(thread.process);
    if (moved != 0) {
        const error = remember(process, thread, moved - 1);
        if (error != 0) return error;
    }
    if (thread.signal_look != 0 && thread.killed == 0) signals_offer_again(process);
    user_thread_delist(thread);
    return 0;
}

/** From now on those who look for the thread are sent to the cluster `cxy`. */
function remember(process: process_t, thread: thread_t, cxy: u32): i64 {
    const address = kcm_alloc(<u32>offsetof<moved_t>());
    if (address == 0) return -ENOMEM;
    const record = changetype<moved_t>(address);
    record.id = thread.id;
    record.cxy = cxy;
    vmm_lock(process);
    const refused = thread.signals != 0 || process.moved_count == MOVED_MAX;
    if (!refused) {
        thread.ending = 1;
        record.next = process.moved;
        process.moved = address;
        process.moved_count++;
    }
    vmm_unlock(process);
    if (!refused) return 0;
    kcm_free(address);
    return -EAGAIN;
}
