// Futexes (vmm-policy 7.7): the running thread waits at a user's word, and wakes or moves those that wait. The lists of waiters are in the
// cluster that the word's key names (proc/futex-key.ts, proc/futex-list.ts).

import { EAGAIN, EFAULT, EINTR, ETIMEDOUT } from "../abi/errno";
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
import { uaddr_t, xptr_local, xptr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_from_user } from "../mm/uaccess";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_send } from "../rpc/rpc";
import { sched_block, sched_interrupted, sched_unblock_self, sched_wait, sched_wait_until } from "../sched/sched";
import { this_thread } from "../sched/thread";
import { FILE_OWNER, futex_key, futex_key_t, futex_second_key } from "./futex-key";
import { ANY_WORD, futex_list_cancel, futex_list_wait, futex_list_wake, WAKE } from "./futex-list";

/** The value of a deadline that never comes. */
export const NO_DEADLINE: i64 = 0x7fff_ffff_ffff_ffff;

/** The mask of a wait that any wake ends, and of a wake that ends any wait. */
export const ANY_BIT: u32 = 0xffffffff;

/**
 * FUTEX_WAIT_BITSET: sleeps if the word still is `expected`, at longest until `time` reaches `deadline` (ticks), for a wake with a bit of
 * `mask`. Returns 0, -EAGAIN, -EINTR, -ETIMEDOUT, -ENOMEM or -EFAULT.
 */
export function futex_wait(
    process: process_t,
    address: uaddr_t,
    shared: bool,
    expected: u32,
    deadline: i64,
    mask: u32,
): i64 {
    while (true) {
        const error = check_word(process, address, expected);
        if (error != 0) return error;
        const key = futex_key(process, address, shared);
        if (changetype<usize>(key) == 0) return -EFAULT;
        sched_block(BLOCKED_FUTEX);
        const refusal = wait_at(key, expected, mask);
        if (refusal == 0) return sleep(process, key, address, expected, deadline);
        sched_unblock_self(BLOCKED_FUTEX);
        // The page has been changed between the two looks, or is being copied. The word is read again.
        if (refusal != -EFAULT) return refusal;
    }
}

/** Returns 0 when the word has this value, which also maps its page; else -EAGAIN or -EFAULT. */
function check_word(process: process_t, address: uaddr_t, value: u32): i64 {
    const word = this_thread().buffer;
    if (copy_from_user(process, word, address, 4) != 0) return -EFAULT;
    return load<u32>(word) == value ? 0 : -EAGAIN;
}

/** Puts the running thread into the list. A word of a file is not read there, because the home of a file has no table that names its page. */
function wait_at(key: futex_key_t, expected: u32, mask: u32): i64 {
    const compared: i64 = key.owner & FILE_OWNER ? ANY_WORD : <i64>expected;
    if (is_local(key.cxy)) return futex_list_wait(key.owner, key.address, compared, me(), mask);
    const desc = rpc_arguments();
    desc.set(FUTEX_WAIT_OWNER, key.owner);
    desc.set(FUTEX_WAIT_ADDRESS, key.address);
    desc.set(FUTEX_WAIT_EXPECTED, <u64>compared);
    desc.set(FUTEX_WAIT_THREAD, me());
    desc.set(FUTEX_WAIT_MASK, mask);
    rpc_send(key.cxy, LEVEL_LEAF, RPC_FUTEX_WAIT);
    return <i64>desc.get(FUTEX_WAIT_ERROR);
}

function me(): xptr_t {
    return xptr_local(changetype<usize>(this_thread()));
}

/**
 * Sleeps in the list. A word of a file is looked at first: whoever changes it later finds the thread in the list. A thread that has not
 * been woken is still in the list at the end, and takes itself off it (5.9.3).
 */
function sleep(process: process_t, key: futex_key_t, address: uaddr_t, expected: u32, deadline: i64): i64 {
    const error: i64 = key.owner & FILE_OWNER ? check_word(process, address, expected) : 0;
    const late = error == 0 && wait_until(deadline);
    if (error == 0 && !late && !sched_interrupted()) return 0;
    const woken = !cancel(key);
    sched_unblock_self(BLOCKED_FUTEX);
    if (this_thread().killed != 0) return -EINTR;
    return woken ? 0 : error != 0 ? error : late ? -ETIMEDOUT : -EINTR;
}

/** Returns true when there is a deadline and it has passed. */
function wait_until(deadline: i64): bool {
    if (deadline != NO_DEADLINE) return sched_wait_until(BLOCKED_FUTEX, deadline);
    sched_wait(BLOCKED_FUTEX);
    return false;
}

/** Takes the running thread off the list. False when it has been woken meanwhile. */
function cancel(key: futex_key_t): bool {
    if (is_local(key.cxy)) return futex_list_cancel(key.owner, key.address, me());
    const desc = rpc_arguments();
    desc.set(FUTEX_CANCEL_THREAD, me());
    desc.set(FUTEX_CANCEL_OWNER, key.owner);
    desc.set(FUTEX_CANCEL_ADDRESS, key.address);
    rpc_send(key.cxy, LEVEL_LEAF, RPC_FUTEX_CANCEL);
    return desc.get(FUTEX_CANCEL_FOUND) != 0;
}

/**
 * FUTEX_WAKE_BITSET: wakes up to `count` waiters that wait for a bit of `mask`, oldest first. Returns their number, or -EFAULT for an
 * address without a shared word.
 */
export function futex_wake(process: process_t, address: uaddr_t, shared: bool, count: u32, mask: u32): i64 {
    const key = futex_key(process, address, shared);
    return changetype<usize>(key) == 0 ? -EFAULT : wake_at(key, count, key, 0, ANY_WORD, mask);
}

/**
 * FUTEX_REQUEUE: wakes up to `count` waiters, and up to `moved` more wait at address `to` from now on. FUTEX_CMP_REQUEUE does so if the
 * word at `from` is `expected`. Returns how many waiters it woke or moved, -EAGAIN or -EFAULT. Waiters that another cluster would keep are
 * woken instead: a waiter may be woken at any time, and looks again.
 */
export function futex_requeue(
    process: process_t,
    from: uaddr_t,
    shared: bool,
    count: u32,
    to: uaddr_t,
    moved: u32,
    expected: i64,
): i64 {
    while (true) {
        const error = expected == ANY_WORD ? 0 : check_word(process, from, <u32>expected);
        if (error != 0) return error;
        const key = futex_key(process, from, shared);
        const target = futex_second_key(process, to, shared);
        if (changetype<usize>(key) == 0 || changetype<usize>(target) == 0) return -EFAULT;
        const compared = key.owner & FILE_OWNER ? ANY_WORD : expected;
        const done = wake_at(key, count, target, moved, compared, ANY_BIT);
        if (done != -EFAULT) return done;
    }
}

function wake_at(key: futex_key_t, count: u32, target: futex_key_t, moved: u32, expected: i64, mask: u32): i64 {
    const to_owner = moved != 0 && target.cxy == key.cxy ? target.owner : WAKE;
    if (is_local(key.cxy)) {
        return futex_list_wake(key.owner, key.address, count, to_owner, target.address, moved, expected, mask);
    }
    const desc = rpc_arguments();
    desc.set(FUTEX_WAKE_OWNER, key.owner);
    desc.set(FUTEX_WAKE_FROM, key.address);
    desc.set(FUTEX_WAKE_COUNT, count);
    desc.set(FUTEX_WAKE_TO_OWNER, to_owner);
    desc.set(FUTEX_WAKE_TO, target.address);
    desc.set(FUTEX_WAKE_MOVED, moved);
    desc.set(FUTEX_WAKE_EXPECTED, <u64>expected);
    desc.set(FUTEX_WAKE_MASK, mask);
    rpc_send(key.cxy, LEVEL_LEAF, RPC_FUTEX_WAKE);
    return <i64>desc.get(FUTEX_WAKE_WOKEN);
}
