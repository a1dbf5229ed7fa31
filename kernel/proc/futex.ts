// Futexes (docs/kernel.md, "System calls"). A word in a public page is keyed by (P, address) and kept at Z. A word in a private page is
// keyed by (P, K, address) and kept in K. To wait and to wake are leaf requests: their servers never wait.

import { EAGAIN, EFAULT, EINTR, ENOMEM, ETIMEDOUT } from "../abi/errno";
import { RPC_FUTEX_CANCEL, RPC_FUTEX_WAIT, RPC_FUTEX_WAKE } from "../abi/rpc-ops";
import {
    FUTEX_CANCEL_ADDRESS,
    FUTEX_CANCEL_FOUND,
    FUTEX_CANCEL_PID,
    FUTEX_CANCEL_THREAD,
    FUTEX_WAIT_ADDRESS,
    FUTEX_WAIT_ERROR,
    FUTEX_WAIT_EXPECTED,
    FUTEX_WAIT_PID,
    FUTEX_WAIT_THREAD,
    FUTEX_WAKE_COUNT,
    FUTEX_WAKE_EXPECTED,
    FUTEX_WAKE_FROM,
    FUTEX_WAKE_MOVED,
    FUTEX_WAKE_PID,
    FUTEX_WAKE_TO,
    FUTEX_WAKE_WOKEN,
} from "../abi/rpc-words";
import { BLOCKED_FUTEX } from "../abi/thread";
import { remote_load32 } from "../hal/hal";
import { lock_acquire, lock_release } from "../hal/lock";
import { local_cxy, uaddr_t, xptr_local, xptr_t } from "../hal/platform";
import { frame_xptr } from "../mm/frame";
import { gpt_get, vpn_of } from "../mm/gpt";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { process_hold, process_release, process_t } from "../mm/process-table";
import { PTE_V, pte_ppn } from "../mm/pte";
import { vmm_lock, vmm_unlock, vmm_vsegs } from "../mm/vmm";
import { vseg_is_private, vseg_t, vsl_find } from "../mm/vseg";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { sched_block, sched_unblock_self, sched_wait, sched_wait_until, sched_wake } from "../sched/sched";
import { this_thread } from "../sched/thread";

@unmanaged
class waiter_t {
    next: usize;
    pid: u32;
    address: u64;
    thread: u64;
}
/**
 * Lists of the waiters of this cluster's futexes, oldest first, by page and word of the address. A search is as long as one list (5.9.9).
 */
const BUCKETS: u32 = 64;
const buckets: usize = memory.data(64 * 4, 4);
const futex_lock: usize = memory.data(4, 4);

function bucket(pid: u32, address: uaddr_t): usize {
    const word = <u32>(address >> 2) ^ <u32>(address >> 12) ^ pid ^ (pid >> 16);
    return buckets + ((word & (BUCKETS - 1)) << 2);
}

export function futex_init(): void {
    const wait: (desc: xptr_t) => void = serve_wait;
    const wake: (desc: xptr_t) => void = serve_wake;
    const cancel: (desc: xptr_t) => void = serve_cancel;
    rpc_register(RPC_FUTEX_WAIT, <u32>wait.index);
    rpc_register(RPC_FUTEX_WAKE, <u32>wake.index);
    rpc_register(RPC_FUTEX_CANCEL, <u32>cancel.index);
}

/** Returns the cluster that keeps the futex of an address. */
function keeper(process: process_t, address: uaddr_t): u32 {
    vmm_lock(process);
    const found = vsl_find(vmm_vsegs(process), vpn_of(address));
    vmm_unlock(process);
    return found != 0 && vseg_is_private(changetype<vseg_t>(found).type) ? local_cxy : process.reference;
}

/** The value of a deadline that never comes. */
export const NO_DEADLINE: i64 = 0x7fff_ffff_ffff_ffff;

/**
 * FUTEX_WAIT: sleeps if the word still is `expected`, at longest until `time` reaches `deadline` (ticks). Returns 0, -EAGAIN, -EINTR,
 * -ETIMEDOUT or -ENOMEM. -EFAULT means that the page is not mapped just now, and the caller reads the word again.
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
        desc.set(FUTEX_WAIT_PID, process.pid);
        desc.set(FUTEX_WAIT_ADDRESS, address);
        desc.set(FUTEX_WAIT_EXPECTED, expected);
        desc.set(FUTEX_WAIT_THREAD, self);
        rpc_send(cxy, LEVEL_LEAF, RPC_FUTEX_WAIT);
        result = <i64>desc.get(FUTEX_WAIT_ERROR);
    }
    if (result != 0) {
        sched_unblock_self(BLOCKED_FUTEX);
        return result;
    }
    const late = wait_until(deadline);
    // A thread that has not been woken is still in the list, and takes itself off it (5.9.3).
    const killed = this_thread().killed != 0;
    if (!late && !killed) return 0;
    const woken = !cancel(cxy, process.pid, address, self);
    return killed ? -EINTR : woken ? 0 : -ETIMEDOUT;
}

/** Returns true when there is a deadline and it has passed. */
function wait_until(deadline: i64): bool {
    if (deadline != NO_DEADLINE) return sched_wait_until(BLOCKED_FUTEX, deadline);
    sched_wait(BLOCKED_FUTEX);
    return false;
}

/** Takes a thread off the list. False when it has been woken meanwhile. */
function cancel(cxy: u32, pid: u32, address: uaddr_t, thread: xptr_t): bool {
    if (is_local(cxy)) return cancel_here(pid, address, thread);
    const desc = rpc_arguments();
    desc.set(FUTEX_CANCEL_THREAD, thread);
    desc.set(FUTEX_CANCEL_PID, pid);
    desc.set(FUTEX_CANCEL_ADDRESS, address);
    rpc_send(cxy, LEVEL_LEAF, RPC_FUTEX_CANCEL);
    return desc.get(FUTEX_CANCEL_FOUND) != 0;
}

function serve_cancel(desc: xptr_t): void {
    rpc_set(
        desc,
        FUTEX_CANCEL_FOUND,
        cancel_here(
            <u32>rpc_get(desc, FUTEX_CANCEL_PID),
            rpc_get(desc, FUTEX_CANCEL_ADDRESS),
            rpc_get(desc, FUTEX_CANCEL_THREAD),
        )
            ? 1
            : 0,
    );
}

/** The thread waits at `address`, or where a requeue has put it. */
function cancel_here(pid: u32, address: uaddr_t, thread: xptr_t): bool {
    lock_acquire(futex_lock);
    let found = cancel_in(bucket(pid, address), thread);
    for (let i: u32 = 0; i < BUCKETS && !found; i++) found = cancel_in(buckets + (i << 2), thread);
    lock_release(futex_lock);
    return found;
}

function cancel_in(list: usize, thread: xptr_t): bool {
    let link = list;
    while (load<usize>(link) != 0 && changetype<waiter_t>(load<usize>(link)).thread != thread) link = next_of(link);
    const found = load<usize>(link) != 0;
    if (found) remove(link);
    return found;
}

function serve_wait(desc: xptr_t): void {
    const pid = <u32>rpc_get(desc, FUTEX_WAIT_PID);
    rpc_set(
        desc,
        FUTEX_WAIT_ERROR,
        <u64>(
            wait_here(
                pid,
                rpc_get(desc, FUTEX_WAIT_ADDRESS),
                <u32>rpc_get(desc, FUTEX_WAIT_EXPECTED),
                rpc_get(desc, FUTEX_WAIT_THREAD),
            )
        ),
    );
}

function wait_here(pid: u32, address: uaddr_t, expected: u32, thread: xptr_t): i64 {
    const process = changetype<process_t>(process_hold(pid));
    if (changetype<usize>(process) == 0) return -EINTR;
    const waiter = changetype<waiter_t>(kcm_alloc(<u32>offsetof<waiter_t>()));
    const result = changetype<usize>(waiter) == 0 ? -ENOMEM : enlist(process, waiter, address, expected, thread);
    process_release(process);
    return result;
}

/** Lists the waiter if the word has the expected value, else frees it. */
function enlist(process: process_t, waiter: waiter_t, address: uaddr_t, expected: u32, thread: xptr_t): i64 {
    waiter.pid = process.pid;
    waiter.address = address;
    waiter.thread = thread;
    lock_acquire(futex_lock);
    const value = word_at(process, address);
    const same = value == <i64>expected;
    if (same) append(waiter);
    lock_release(futex_lock);
    if (same) return 0;
    kcm_free(changetype<usize>(waiter));
    return value == NOT_MAPPED ? -EFAULT : -EAGAIN;
}

function append(waiter: waiter_t): void {
    waiter.next = 0;
    let link = bucket(waiter.pid, waiter.address);
    while (load<usize>(link) != 0) link = next_of(link);
    store<usize>(link, changetype<usize>(waiter));
}

/** Returns the address of the link to the next waiter. */
function next_of(link: usize): usize {
    return load<usize>(link) + offsetof<waiter_t>("next");
}

function remove(link: usize): void {
    const waiter = changetype<waiter_t>(load<usize>(link));
    store<usize>(link, waiter.next);
    kcm_free(changetype<usize>(waiter));
}

/** Takes the place of a word whose page has no valid entry here just now. */
const NOT_MAPPED: i64 = -1;

/** Returns the user word at `address`. It is read under the VMM's lock, because a frame is freed only after its entry has gone (5.9). */
function word_at(process: process_t, address: uaddr_t): i64 {
    vmm_lock(process);
    const pte = gpt_get(process.root, vpn_of(address));
    const value = pte & PTE_V ? <i64>remote_load32(frame_xptr(pte_ppn(pte)) + (address & 4095)) : NOT_MAPPED;
    vmm_unlock(process);
    return value;
}

/** FUTEX_WAKE: wakes up to `count` waiters, oldest first. Returns their number. */
export function futex_wake(process: process_t, address: uaddr_t, count: u32): i64 {
    return futex_requeue(process, address, count, 0, 0, ANY_WORD);
}

/** The word may have any value. */
export const ANY_WORD: i64 = -1;
/** In place of an address to wait at: the waiters to be moved are woken instead. */
const WAKE: uaddr_t = 0;

/**
 * FUTEX_REQUEUE: wakes up to `count` waiters, and up to `moved` more wait at address `to` from now on. FUTEX_CMP_REQUEUE does so if the
 * word at `from` is `expected`. Returns how many waiters it woke or moved, -EAGAIN or -EFAULT. Waiters that another cluster would keep are
 * woken instead: a waiter may be woken at any time, and looks again.
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
    desc.set(FUTEX_WAKE_PID, process.pid);
    desc.set(FUTEX_WAKE_FROM, from);
    desc.set(FUTEX_WAKE_COUNT, count);
    desc.set(FUTEX_WAKE_TO, target);
    desc.set(FUTEX_WAKE_MOVED, moved);
    desc.set(FUTEX_WAKE_EXPECTED, <u64>expected);
    rpc_send(cxy, LEVEL_LEAF, RPC_FUTEX_WAKE);
    return <i64>desc.get(FUTEX_WAKE_WOKEN);
}

function serve_wake(desc: xptr_t): void {
    const pid = <u32>rpc_get(desc, FUTEX_WAKE_PID);
    const count = <u32>rpc_get(desc, FUTEX_WAKE_COUNT);
    const moved = <u32>rpc_get(desc, FUTEX_WAKE_MOVED);
    rpc_set(
        desc,
        FUTEX_WAKE_WOKEN,
        <u64>(
            wake_here(
                pid,
                rpc_get(desc, FUTEX_WAKE_FROM),
                count,
                rpc_get(desc, FUTEX_WAKE_TO),
                moved,
                <i64>rpc_get(desc, FUTEX_WAKE_EXPECTED),
            )
        ),
    );
}

function wake_here(pid: u32, from: uaddr_t, count: u32, to: uaddr_t, moved: u32, expected: i64): i64 {
    const process = changetype<process_t>(process_hold(pid));
    if (changetype<usize>(process) == 0) return 0;
    lock_acquire(futex_lock);
    const value = expected == ANY_WORD ? ANY_WORD : word_at(process, from);
    const done: i64 =
        value == expected ? <i64>take_waiters(pid, from, count, to, moved) : value == NOT_MAPPED ? -EFAULT : -EAGAIN;
    lock_release(futex_lock);
    process_release(process);
    return done;
}

/** Wakes up to `count` waiters of `from` and moves up to `moved` more to `to`. Returns their number. The caller holds the futex lock. */
function take_waiters(pid: u32, from: uaddr_t, count: u32, to: uaddr_t, moved: u32): u64 {
    const all = <u64>count + <u64>moved;
    let done: u64 = 0;
    let link = bucket(pid, from);
    while (load<usize>(link) != 0 && done < all) {
        const waiter = changetype<waiter_t>(load<usize>(link));
        if (waiter.pid != pid || waiter.address != from) {
            link = next_of(link);
            continue;
        }
        if (done++ < <u64>count || to == WAKE) {
            const thread = waiter.thread;
            remove(link);
            sched_wake(thread, BLOCKED_FUTEX);
        } else if (to == from) {
            link = next_of(link);
        } else {
            store<usize>(link, waiter.next);
            waiter.address = to;
            append(waiter);
        }
    }
    return done;
}
