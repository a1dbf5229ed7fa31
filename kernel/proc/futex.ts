// Futexes (DESIGN 4.4). A word in a public page is keyed by (P, address) and kept at Z; a word in a private page by
// (P, K, address) and kept in K. Waiting and waking are leaf requests: nothing in them waits.
import { EAGAIN, EFAULT, EINTR, ENOMEM } from "../abi/errno";
import { remote_load32 } from "../hal/hal";
import { lock_acquire, lock_release } from "../hal/lock";
import { local_cxy, uaddr_t, xptr_local, xptr_t } from "../hal/platform";
import { frame_xptr } from "../mm/frame";
import { gpt_get, vpn_of } from "../mm/gpt";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { PTE_V, pte_ppn } from "../mm/pte";
import { vmm_lock, vmm_unlock, vmm_vsegs } from "../mm/vmm";
import { vseg_is_private, vseg_t, vsl_find } from "../mm/vseg";
import { RPC_FUTEX_WAIT, RPC_FUTEX_WAKE } from "../rpc/ops";
import { is_local, LEVEL_LEAF, rpc_arguments, rpc_get, rpc_register, rpc_send, rpc_set } from "../rpc/rpc";
import { process_find, process_t } from "./process-table";
import { sched_block, sched_unblock_self, sched_wait, sched_wake } from "./sched";
import { BLOCKED_FUTEX, this_thread } from "./thread";

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
    rpc_register(RPC_FUTEX_WAIT, <u32>wait.index);
    rpc_register(RPC_FUTEX_WAKE, <u32>wake.index);
}

/** The cluster that keeps the futex of an address. */
function keeper(process: process_t, address: uaddr_t): u32 {
    vmm_lock(process);
    const found = vsl_find(vmm_vsegs(process), vpn_of(address));
    vmm_unlock(process);
    return found != 0 && vseg_is_private(changetype<vseg_t>(found).type) ? local_cxy : process.reference;
}

/** FUTEX_WAIT: sleeps if the word still is `expected`. The page has been read, so it is mapped. 0, -EAGAIN or -EINTR. */
export function futex_wait(process: process_t, address: uaddr_t, expected: u32): i64 {
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
    sched_wait(BLOCKED_FUTEX);
    return this_thread().killed != 0 ? -EINTR : 0;
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
    while (load<usize>(link) != 0) link = load<usize>(link) + offsetof<waiter_t>("next");
    store<usize>(link, changetype<usize>(waiter));
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
    const cxy = keeper(process, address);
    if (is_local(cxy)) return wake_here(process.pid, address, count);
    const desc = rpc_arguments();
    desc.arg0 = process.pid;
    desc.arg1 = address;
    desc.arg2 = count;
    rpc_send(cxy, LEVEL_LEAF, RPC_FUTEX_WAKE);
    return <i64>desc.arg0;
}

function serve_wake(desc: xptr_t): void {
    rpc_set(desc, 0, <u64>wake_here(<u32>rpc_get(desc, 0), rpc_get(desc, 1), <u32>rpc_get(desc, 2)));
}

function wake_here(pid: u32, address: uaddr_t, count: u32): i64 {
    let woken: u32 = 0;
    lock_acquire(futex_lock);
    let link = waiters;
    while (load<usize>(link) != 0 && woken < count) {
        const waiter = changetype<waiter_t>(load<usize>(link));
        if (waiter.pid != pid || waiter.address != address) {
            link = load<usize>(link) + offsetof<waiter_t>("next");
            continue;
        }
        store<usize>(link, waiter.next);
        sched_wake(waiter.thread, BLOCKED_FUTEX);
        kcm_free(changetype<usize>(waiter));
        woken++;
    }
    lock_release(futex_lock);
    return <i64>woken;
}

/** Forgets the waiters of an ended process. */
export function futex_forget(pid: u32): void {
    lock_acquire(futex_lock);
    let link = waiters;
    while (load<usize>(link) != 0) {
        const waiter = changetype<waiter_t>(load<usize>(link));
        if (waiter.pid != pid) {
            link = load<usize>(link) + offsetof<waiter_t>("next");
            continue;
        }
        store<usize>(link, waiter.next);
        kcm_free(changetype<usize>(waiter));
    }
    lock_release(futex_lock);
}
