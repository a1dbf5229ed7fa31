// Futexes (DESIGN 4.4). A word in a public page is keyed by (P, address) and kept at Z; a word in a private page by
// (P, K, address) and kept in K. Waiting and waking are leaf requests: nothing in them waits.
import { CSR_TIME } from "../abi/csr";
import { EAGAIN, EFAULT, EINTR, ENOMEM, ETIMEDOUT } from "../abi/errno";
import { csr_read, remote_load32 } from "../hal/hal";
import { lock_acquire, lock_release } from "../hal/lock";
import { local_cxy, uaddr_t, xptr_local, xptr_t } from "../hal/platform";
import { frame_xptr } from "../mm/frame";
import { gpt_get, vpn_of } from "../mm/gpt";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { PTE_V, pte_ppn } from "../mm/pte";
import { vmm_lock, vmm_unlock, vmm_vsegs } from "../mm/vmm";
import { vseg_is_private, vseg_t, vsl_find } from "../mm/vseg";
import { RPC_FUTEX_CANCEL, RPC_FUTEX_WAIT, RPC_FUTEX_WAKE } from "../rpc/ops";
import { is_local, LEVEL_LEAF, rpc_arguments, rpc_get, rpc_register, rpc_send, rpc_set, rpc_yield } from "../rpc/rpc";
import { process_find, process_t } from "./process-table";
import { sched_block, sched_unblock_self, sched_wait, sched_wake } from "./sched";
import { BLOCKED_FUTEX, this_thread, thread_t } from "./thread";

@unmanaged
class waiter_t {
    next: usize;
    pid: u32;
    address: u64;
    thread: u64;
}
/** All waiters of this cluster's futexes, oldest first. */
const waiters: usize = memory.data(4, 4);
const futex_lock: usize = memory.data(4, 4);

export function futex_init(): void {
    const wait: (desc: xptr_t) => void = serve_wait;
    const wake: (desc: xptr_t) => void = serve_wake;
    const cancel: (desc: xptr_t) => void = serve_cancel;
    rpc_register(RPC_FUTEX_WAIT, <u32>wait.index);
    rpc_register(RPC_FUTEX_WAKE, <u32>wake.index);
    rpc_register(RPC_FUTEX_CANCEL, <u32>cancel.index);
}

/** The cluster that keeps the futex of an address. */
function keeper(process: process_t, address: uaddr_t): u32 {
    vmm_lock(process);
    const found = vsl_find(vmm_vsegs(process), vpn_of(address));
    vmm_unlock(process);
    return found != 0 && vseg_is_private(changetype<vseg_t>(found).type) ? local_cxy : process.reference;
}

/** Instead of a deadline: none. */
export const NO_DEADLINE: i64 = 0x7fff_ffff_ffff_ffff;

/**
 * FUTEX_WAIT: sleeps if the word still is `expected`, at longest until a tick of `time`. The page has been read, so it is mapped.
 * 0, -EAGAIN, -EINTR or -ETIMEDOUT.
 */
export function futex_wait(process: process_t, address: uaddr_t, expected: u32, deadline: i64): i64 {
    const cxy = keeper(process, address);
    const self = xptr_local(changetype<usize>(this_thread()));
    sched_block(BLOCKED_FUTEX);
    let result: i64;
    if (is_local(cxy)) {
        result = wait_here(process.pid, address, expected, self);
    } else {
        const desc = rpc_arguments();
        desc.arg0 = process.pid;
        desc.arg1 = address;
        desc.arg2 = expected;
        desc.arg3 = self;
        rpc_send(cxy, LEVEL_LEAF, RPC_FUTEX_WAIT);
        result = <i64>desc.arg0;
    }
    if (result != 0) {
        sched_unblock_self(BLOCKED_FUTEX);
        return result;
    }
    const late = deadline != NO_DEADLINE && !woken_by(deadline);
    if (late && cancel(cxy, self)) {
        sched_unblock_self(BLOCKED_FUTEX);
        return -ETIMEDOUT;
    }
    sched_wait(BLOCKED_FUTEX);
    return this_thread().killed != 0 ? -EINTR : 0;
}

/** Lets others run until the thread is woken, or until that tick of `time`: false. */
function woken_by(deadline: i64): bool {
    const blocked = changetype<usize>(this_thread()) + offsetof<thread_t>("blocked");
    while ((atomic.load<u32>(blocked) & BLOCKED_FUTEX) != 0) {
        if (<i64>csr_read(CSR_TIME) >= deadline) return false;
        rpc_yield();
    }
    return true;
}

/** A thread waits no longer. False: it has been woken meanwhile. */
function cancel(cxy: u32, thread: xptr_t): bool {
    if (is_local(cxy)) return cancel_here(thread);
    rpc_arguments().arg0 = thread;
    rpc_send(cxy, LEVEL_LEAF, RPC_FUTEX_CANCEL);
    return rpc_arguments().arg0 != 0;
}

function serve_cancel(desc: xptr_t): void {
    rpc_set(desc, 0, cancel_here(rpc_get(desc, 0)) ? 1 : 0);
}

function cancel_here(thread: xptr_t): bool {
    lock_acquire(futex_lock);
    let link = waiters;
    while (load<usize>(link) != 0 && changetype<waiter_t>(load<usize>(link)).thread != thread) link = next_of(link);
    const found = load<usize>(link) != 0;
    if (found) remove(link);
    lock_release(futex_lock);
    return found;
}

function serve_wait(desc: xptr_t): void {
    const pid = <u32>rpc_get(desc, 0);
    rpc_set(desc, 0, <u64>wait_here(pid, rpc_get(desc, 1), <u32>rpc_get(desc, 2), rpc_get(desc, 3)));
}

function wait_here(pid: u32, address: uaddr_t, expected: u32, thread: xptr_t): i64 {
    const process = changetype<process_t>(process_find(pid));
    if (changetype<usize>(process) == 0) return -EFAULT;
    const waiter = changetype<waiter_t>(kcm_alloc(<u32>offsetof<waiter_t>()));
    if (changetype<usize>(waiter) == 0) return -ENOMEM;
    waiter.pid = pid;
    waiter.address = address;
    waiter.thread = thread;
    lock_acquire(futex_lock);
    const word = word_of(process, address);
    const same = word != 0 && remote_load32(word) == expected;
    if (same) append(waiter);
    lock_release(futex_lock);
    if (same) return 0;
    kcm_free(changetype<usize>(waiter));
    return word == 0 ? -EFAULT : -EAGAIN;
}

function append(waiter: waiter_t): void {
    let link = waiters;
    while (load<usize>(link) != 0) link = next_of(link);
    store<usize>(link, changetype<usize>(waiter));
}

/** Where the address of the waiter behind that of `link` stands. */
function next_of(link: usize): usize {
    return load<usize>(link) + offsetof<waiter_t>("next");
}

function remove(link: usize): void {
    const waiter = changetype<waiter_t>(load<usize>(link));
    store<usize>(link, waiter.next);
    kcm_free(changetype<usize>(waiter));
}

/** Physical address of a mapped user word, 0 when the page is not mapped here. */
function word_of(process: process_t, address: uaddr_t): xptr_t {
    vmm_lock(process);
    const pte = gpt_get(process.root, vpn_of(address));
    vmm_unlock(process);
    return pte & PTE_V ? frame_xptr(pte_ppn(pte)) + (address & 4095) : 0;
}

/** FUTEX_WAKE: wakes up to `count` waiters, oldest first; how many it woke. */
export function futex_wake(process: process_t, address: uaddr_t, count: u32): i64 {
    return futex_requeue(process, address, count, 0, 0, ANY_WORD);
}

/** Instead of the value that a word must have. */
export const ANY_WORD: i64 = -1;
/** Instead of the address to wait at from now on: woken, too. */
const WAKE: uaddr_t = 0;

/**
 * FUTEX_REQUEUE: wakes up to `count` waiters, and up to `moved` more wait at address `to` from now on. FUTEX_CMP_REQUEUE: if the word at
 * `from` is `expected`. How many waiters it woke or moved, or -EAGAIN. Those that another cluster would keep are woken instead: a
 * waiter may be woken at any time, and looks again.
 */
export function futex_requeue(
    process: process_t,
    from: uaddr_t,
    count: u32,
    to: uaddr_t,
    moved: u32,
    expected: i64,
): i64 {
    const cxy = keeper(process, from);
    const target = moved != 0 && keeper(process, to) == cxy ? to : WAKE;
    if (is_local(cxy)) return wake_here(process.pid, from, count, target, moved, expected);
    const desc = rpc_arguments();
    desc.arg0 = process.pid;
    desc.arg1 = from;
    desc.arg2 = count;
    desc.arg3 = target;
    desc.arg4 = moved;
    desc.arg5 = <u64>expected;
    rpc_send(cxy, LEVEL_LEAF, RPC_FUTEX_WAKE);
    return <i64>desc.arg0;
}

function serve_wake(desc: xptr_t): void {
    const pid = <u32>rpc_get(desc, 0);
    const count = <u32>rpc_get(desc, 2);
    const moved = <u32>rpc_get(desc, 4);
    rpc_set(desc, 0, <u64>wake_here(pid, rpc_get(desc, 1), count, rpc_get(desc, 3), moved, <i64>rpc_get(desc, 5)));
}

function wake_here(pid: u32, from: uaddr_t, count: u32, to: uaddr_t, moved: u32, expected: i64): i64 {
    const all = <u64>count + <u64>moved;
    let done: u64 = 0;
    lock_acquire(futex_lock);
    const same = expected == ANY_WORD || has_value(pid, from, <u32>expected);
    let link = waiters;
    while (same && load<usize>(link) != 0 && done < all) {
        const waiter = changetype<waiter_t>(load<usize>(link));
        if (waiter.pid != pid || waiter.address != from) {
            link = next_of(link);
            continue;
        }
        if (done++ < <u64>count || to == WAKE) {
            const thread = waiter.thread;
            remove(link);
            sched_wake(thread, BLOCKED_FUTEX);
        } else {
            waiter.address = to;
            link = next_of(link);
        }
    }
    lock_release(futex_lock);
    return same ? <i64>done : -EAGAIN;
}

function has_value(pid: u32, address: uaddr_t, expected: u32): bool {
    const process = changetype<process_t>(process_find(pid));
    const word = changetype<usize>(process) == 0 ? 0 : word_of(process, address);
    return word != 0 && remote_load32(word) == expected;
}

/** Forgets the waiters of an ended process. */
export function futex_forget(pid: u32): void {
    lock_acquire(futex_lock);
    let link = waiters;
    while (load<usize>(link) != 0) {
        if (changetype<waiter_t>(load<usize>(link)).pid == pid) remove(link);
        else link = next_of(link);
    }
    lock_release(futex_lock);
}
