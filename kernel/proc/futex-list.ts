// The lists of futexes in the cluster that keeps them (vmm-policy 7.7): who waits, oldest first, and the leaf requests that put threads into a
// list, take them off, wake and move them. Their servers never wait.

import { EAGAIN, EFAULT, EINTR, ENOMEM } from "../abi/errno";
import { RPC_FUTEX_CANCEL, RPC_FUTEX_WAIT, RPC_FUTEX_WAKE } from "../abi/rpc-ops";
import {
    FUTEX_CANCEL_ADDRESS,
    FUTEX_CANCEL_FOUND,
    FUTEX_CANCEL_OWNER,
    FUTEX_CANCEL_THREAD,
    FUTEX_WAIT_ADDRESS,
    FUTEX_WAIT_ERROR,
    FUTEX_WAIT_EXPECTED,
    FUTEX_WAIT_MASK,
    FUTEX_WAIT_OWNER,
    FUTEX_WAIT_THREAD,
    FUTEX_WAKE_COUNT,
    FUTEX_WAKE_EXPECTED,
    FUTEX_WAKE_FROM,
    FUTEX_WAKE_MASK,
    FUTEX_WAKE_MOVED,
    FUTEX_WAKE_OWNER,
    FUTEX_WAKE_TO,
    FUTEX_WAKE_TO_OWNER,
    FUTEX_WAKE_WOKEN,
} from "../abi/rpc-words";
import { BLOCKED_FUTEX } from "../abi/thread";
import { remote_load32 } from "../hal/hal";
import { lock_acquire, lock_release } from "../hal/lock";
import { uaddr_t, xptr_t } from "../hal/platform";
import { frame_xptr } from "../mm/frame";
import { gpt_get, vpn_of } from "../mm/gpt";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { process_hold, process_release, process_t } from "../mm/process-table";
import { PTE_V, pte_ppn } from "../mm/pte";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { rpc_get, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { sched_wake } from "../sched/sched";
import { FILE_OWNER } from "./futex-key";

@unmanaged
class waiter_t {
    next: usize;
    /** It waits for a wake with one of these bits. */
    mask: u32;
    /** The two numbers of the key (proc/futex-key.ts). */
    owner: u64;
    address: u64;
    thread: u64;
}
/**
 * Lists of the waiters of this cluster's futexes, oldest first, by page and word of the address. A search is as long as one list (5.9.9).
 */
const BUCKETS: u32 = 64;
const buckets: usize = memory.data(64 * 4, 4);
const futex_lock: usize = memory.data(4, 4);

function bucket(owner: u64, address: u64): usize {
    const word = <u32>(address >> 2) ^ <u32>(address >> 12) ^ <u32>owner ^ <u32>(owner >> 16);
    return buckets + ((word & (BUCKETS - 1)) << 2);
}

export function futex_list_init(): void {
    const wait: (desc: xptr_t) => void = serve_wait;
    const wake: (desc: xptr_t) => void = serve_wake;
    const cancel: (desc: xptr_t) => void = serve_cancel;
    rpc_register(RPC_FUTEX_WAIT, <u32>wait.index);
    rpc_register(RPC_FUTEX_WAKE, <u32>wake.index);
    rpc_register(RPC_FUTEX_CANCEL, <u32>cancel.index);
}

/** The word may have any value. */
export const ANY_WORD: i64 = -1;

/** In place of the owner of the second word: the waiters to be moved are woken instead. */
export const WAKE: u64 = 0;

function serve_cancel(desc: xptr_t): void {
    const found = futex_list_cancel(
        rpc_get(desc, FUTEX_CANCEL_OWNER),
        rpc_get(desc, FUTEX_CANCEL_ADDRESS),
        rpc_get(desc, FUTEX_CANCEL_THREAD),
    );
    rpc_set(desc, FUTEX_CANCEL_FOUND, found ? 1 : 0);
}

/** The thread waits at `address`, or where a requeue has put it. */
export function futex_list_cancel(owner: u64, address: u64, thread: xptr_t): bool {
    lock_acquire(futex_lock);
    let found = cancel_in(bucket(owner, address), thread);
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
    const error = futex_list_wait(
        rpc_get(desc, FUTEX_WAIT_OWNER),
        rpc_get(desc, FUTEX_WAIT_ADDRESS),
        <i64>rpc_get(desc, FUTEX_WAIT_EXPECTED),
        rpc_get(desc, FUTEX_WAIT_THREAD),
        <u32>rpc_get(desc, FUTEX_WAIT_MASK),
    );
    rpc_set(desc, FUTEX_WAIT_ERROR, <u64>error);
}

/** Lists a waiter if the word has the expected value or ANY_WORD is given. Returns 0, -EAGAIN, -EFAULT, -EINTR or -ENOMEM. */
export function futex_list_wait(owner: u64, address: u64, expected: i64, thread: xptr_t, mask: u32): i64 {
    const process = hold_owner(owner);
    if (owner_is_gone(process, owner)) return -EINTR;
    const waiter = changetype<waiter_t>(kcm_alloc(<u32>offsetof<waiter_t>()));
    let result: i64 = -ENOMEM;
    if (changetype<usize>(waiter) != 0) {
        waiter.owner = owner;
        waiter.address = address;
        waiter.mask = mask;
        result = enlist(process, waiter, expected, thread);
    }
    release_owner(process);
    return result;
}

/** Lists the waiter if the word has the expected value, else frees it. */
function enlist(process: process_t, waiter: waiter_t, expected: i64, thread: xptr_t): i64 {
    waiter.thread = thread;
    lock_acquire(futex_lock);
    const value = expected == ANY_WORD ? ANY_WORD : word_at(process, waiter.address);
    const same = value == expected;
    if (same) append(waiter);
    lock_release(futex_lock);
    if (same) return 0;
    kcm_free(changetype<usize>(waiter));
    return value == NOT_MAPPED ? -EFAULT : -EAGAIN;
}

/** Returns the process that a key names, held. A file is no process and gives changetype(0), and so does a process that is gone. */
function hold_owner(owner: u64): process_t {
    return changetype<process_t>(owner & FILE_OWNER ? <usize>0 : process_hold(<u32>owner));
}

function owner_is_gone(process: process_t, owner: u64): bool {
    return changetype<usize>(process) == 0 && (owner & FILE_OWNER) == 0;
}

function release_owner(process: process_t): void {
    if (changetype<usize>(process) != 0) process_release(process);
}

function append(waiter: waiter_t): void {
    waiter.next = 0;
    let link = bucket(waiter.owner, waiter.address);
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
const NOT_MAPPED: i64 = -2;

/** Returns the user word at `address`. It is read under the VMM's lock, because a frame is freed only after its entry has gone (5.9). */
function word_at(process: process_t, address: uaddr_t): i64 {
    vmm_lock(process);
    const pte = gpt_get(process.root, vpn_of(address));
    const value = pte & PTE_V ? <i64>remote_load32(frame_xptr(pte_ppn(pte)) + (address & 4095)) : NOT_MAPPED;
    vmm_unlock(process);
    return value;
}

function serve_wake(desc: xptr_t): void {
    const woken = futex_list_wake(
        rpc_get(desc, FUTEX_WAKE_OWNER),
        rpc_get(desc, FUTEX_WAKE_FROM),
        <u32>rpc_get(desc, FUTEX_WAKE_COUNT),
        rpc_get(desc, FUTEX_WAKE_TO_OWNER),
        rpc_get(desc, FUTEX_WAKE_TO),
        <u32>rpc_get(desc, FUTEX_WAKE_MOVED),
        <i64>rpc_get(desc, FUTEX_WAKE_EXPECTED),
        <u32>rpc_get(desc, FUTEX_WAKE_MASK),
    );
    rpc_set(desc, FUTEX_WAKE_WOKEN, <u64>woken);
}

export function futex_list_wake(
    owner: u64,
    from: u64,
    count: u32,
    to_owner: u64,
    to: u64,
    moved: u32,
    expected: i64,
    mask: u32,
): i64 {
    const process = hold_owner(owner);
    if (owner_is_gone(process, owner)) return 0;
    lock_acquire(futex_lock);
    const value = expected == ANY_WORD ? ANY_WORD : word_at(process, from);
    const done: i64 =
        value == expected
            ? <i64>take_waiters(owner, from, count, to_owner, to, moved, mask)
            : value == NOT_MAPPED
              ? -EFAULT
              : -EAGAIN;
    lock_release(futex_lock);
    release_owner(process);
    return done;
}

/** Wakes up to `count` waiters of `from` and moves up to `moved` more to `to`. Returns their number. The caller holds the futex lock. */
function take_waiters(owner: u64, from: u64, count: u32, to_owner: u64, to: u64, moved: u32, mask: u32): u64 {
    const all = <u64>count + <u64>moved;
    let done: u64 = 0;
    let link = bucket(owner, from);
    while (load<usize>(link) != 0 && done < all) {
        const waiter = changetype<waiter_t>(load<usize>(link));
        if (waiter.owner != owner || waiter.address != from || (waiter.mask & mask) == 0) {
            link = next_of(link);
            continue;
        }
        if (done++ < <u64>count || to_owner == WAKE) {
            const thread = waiter.thread;
            remove(link);
            sched_wake(thread, BLOCKED_FUTEX);
        } else if (to == from && to_owner == owner) {
            link = next_of(link);
        } else {
            store<usize>(link, waiter.next);
            waiter.owner = to_owner;
            waiter.address = to;
            append(waiter);
        }
    }
    return done;
}
