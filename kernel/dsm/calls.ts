// The calls of a node to its group's home beside those of membership.ts: sm_free, locks, conditions, notices. Each stands before its
// handler.
import { EINVAL } from "../abi/errno";
import { DSM_BASE, PAGE_SHIFT } from "../abi/memory-map";
import { DSM_DYNAMIC } from "../abi/policy";
import {
    RPC_SM_CANCEL,
    RPC_SM_COND_WAIT,
    RPC_SM_COND_WAKE,
    RPC_SM_FORGET,
    RPC_SM_FREE,
    RPC_SM_LOCK,
    RPC_SM_MALLOC,
    RPC_SM_NOTICES,
    RPC_SM_POST,
    RPC_SM_UNLOCK,
} from "../abi/rpc-ops";
import {
    SM_CANCEL_GROUP,
    SM_CANCEL_NODE,
    SM_CANCEL_THREAD,
    SM_COND_WAIT_ANSWER,
    SM_COND_WAIT_CONDITION,
    SM_COND_WAIT_GROUP,
    SM_COND_WAIT_LOCK,
    SM_COND_WAIT_NODE,
    SM_COND_WAIT_THREAD,
    SM_COND_WAKE_ALL,
    SM_COND_WAKE_CONDITION,
    SM_COND_WAKE_GROUP,
    SM_FORGET_COUNT,
    SM_FORGET_GROUP,
    SM_FORGET_INDEX,
    SM_FREE_ADDRESS,
    SM_FREE_FREED,
    SM_FREE_GROUP,
    SM_FREE_NODE,
    SM_LOCK_ANSWER,
    SM_LOCK_GROUP,
    SM_LOCK_LOCK,
    SM_LOCK_NODE,
    SM_LOCK_THREAD,
    SM_MALLOC_ADDRESS,
    SM_MALLOC_CONSISTENCY,
    SM_MALLOC_GROUP,
    SM_MALLOC_NODE,
    SM_MALLOC_SIZE,
    SM_NOTICES_GROUP,
    SM_NOTICES_LAST,
    SM_NOTICES_NODE,
    SM_NOTICES_READING,
    SM_NOTICES_SEEN,
    SM_POST_COUNT,
    SM_POST_GROUP,
    SM_POST_NODE,
    SM_POST_VPNS,
    SM_UNLOCK_ERROR,
    SM_UNLOCK_GROUP,
    SM_UNLOCK_LOCK,
    SM_UNLOCK_THREAD,
} from "../abi/rpc-words";
import { xptr_cxy, xptr_local, xptr_lpa, xptr_t } from "../hal/platform";
import { LEVEL_MANAGER } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { this_thread } from "../sched/thread";
import { dsm_manager_kind, group_leave_meeting, group_t } from "./group";
import { locks_acquire, locks_cancel, locks_release, locks_signal, locks_wait } from "./locks";
import { manager_adopt, manager_retire } from "./manager";
import { local_group, requested_group } from "./membership";
import { notices_post, notices_read } from "./notices";
import { NO_REQUEST, REUSED, region_forget, region_malloc, region_release } from "./region";

export function calls_init(): void {
    const malloc: (desc: xptr_t) => void = serve_malloc;
    const free: (desc: xptr_t) => void = serve_free;
    const forget: (desc: xptr_t) => void = serve_forget;
    const lock: (desc: xptr_t) => void = serve_lock;
    const unlock: (desc: xptr_t) => void = serve_unlock;
    const cond_wait: (desc: xptr_t) => void = serve_cond_wait;
    const cond_wake: (desc: xptr_t) => void = serve_cond_wake;
    const cancel: (desc: xptr_t) => void = serve_cancel;
    rpc_register(RPC_SM_MALLOC, <u32>malloc.index);
    rpc_register(RPC_SM_FREE, <u32>free.index);
    rpc_register(RPC_SM_FORGET, <u32>forget.index);
    rpc_register(RPC_SM_LOCK, <u32>lock.index);
    rpc_register(RPC_SM_UNLOCK, <u32>unlock.index);
    rpc_register(RPC_SM_COND_WAIT, <u32>cond_wait.index);
    rpc_register(RPC_SM_COND_WAKE, <u32>cond_wake.index);
    rpc_register(RPC_SM_CANCEL, <u32>cancel.index);
    const post: (desc: xptr_t) => void = serve_post;
    const read_notices: (desc: xptr_t) => void = serve_read_notices;
    rpc_register(RPC_SM_POST, <u32>post.index);
    rpc_register(RPC_SM_NOTICES, <u32>read_notices.index);
}

/** sm_malloc with DSM_* consistency. Returns a user address in the region, or 0. */
export function group_allocate(group: xptr_t, node: u32, size: u64, consistency: u32): u64 {
    const here = is_local(xptr_cxy(group));
    const answer = here
        ? region_malloc(local_group(group), node, size, consistency)
        : ask_malloc(group, node, size, consistency);
    const address = answer & ~REUSED;
    if (answer != address && dsm_manager_kind() == DSM_DYNAMIC) {
        const pages = <u32>((((address & 4095) + size - 1) >> PAGE_SHIFT) + 1);
        manager_adopt(group, node, <u32>(address >> PAGE_SHIFT), pages);
    }
    return address;
}

function ask_malloc(group: xptr_t, node: u32, size: u64, consistency: u32): u64 {
    const desc = rpc_arguments();
    desc.set(SM_MALLOC_GROUP, xptr_lpa(group));
    desc.set(SM_MALLOC_NODE, node);
    desc.set(SM_MALLOC_SIZE, size);
    desc.set(SM_MALLOC_CONSISTENCY, consistency);
    rpc_send(xptr_cxy(group), LEVEL_MANAGER, RPC_SM_MALLOC);
    return desc.get(SM_MALLOC_ADDRESS);
}

function serve_malloc(desc: xptr_t): void {
    rpc_set(
        desc,
        SM_MALLOC_ADDRESS,
        region_malloc(
            requested_group(desc),
            <u32>rpc_get(desc, SM_MALLOC_NODE),
            rpc_get(desc, SM_MALLOC_SIZE),
            <u32>rpc_get(desc, SM_MALLOC_CONSISTENCY),
        ),
    );
}

/** sm_free. Returns 0, or -EINVAL when no sm_malloc returned the address, or it was given back. */
export function group_give_back(group: xptr_t, node: u32, address: u64): i64 {
    const here = is_local(xptr_cxy(group));
    const freed = here ? region_release(local_group(group), node, address) : ask_free(group, node, address);
    if (freed == NO_REQUEST) return -EINVAL;
    const index = <u32>(freed >> 32);
    const count = <u32>freed;
    if (count == 0) return 0;
    for (let i: u32 = 0; i < count; i++) manager_retire(group, node, (DSM_BASE >> PAGE_SHIFT) + index + i);
    if (here) region_forget(local_group(group), index, count);
    else ask_forget(group, index, count);
    return 0;
}

function ask_free(group: xptr_t, node: u32, address: u64): u64 {
    const desc = rpc_arguments();
    desc.set(SM_FREE_GROUP, xptr_lpa(group));
    desc.set(SM_FREE_NODE, node);
    desc.set(SM_FREE_ADDRESS, address);
    rpc_send(xptr_cxy(group), LEVEL_MANAGER, RPC_SM_FREE);
    return desc.get(SM_FREE_FREED);
}

function serve_free(desc: xptr_t): void {
    rpc_set(
        desc,
        SM_FREE_FREED,
        region_release(requested_group(desc), <u32>rpc_get(desc, SM_FREE_NODE), rpc_get(desc, SM_FREE_ADDRESS)),
    );
}

function ask_forget(group: xptr_t, index: u32, count: u32): void {
    const desc = rpc_arguments();
    desc.set(SM_FORGET_GROUP, xptr_lpa(group));
    desc.set(SM_FORGET_INDEX, index);
    desc.set(SM_FORGET_COUNT, count);
    rpc_send(xptr_cxy(group), LEVEL_MANAGER, RPC_SM_FORGET);
}

function serve_forget(desc: xptr_t): void {
    region_forget(requested_group(desc), <u32>rpc_get(desc, SM_FORGET_INDEX), <u32>rpc_get(desc, SM_FORGET_COUNT));
}

/** sm_lock for the (blocked) thread. Returns 0, MUST_WAIT with the holder's node, or -errno. */
export function group_acquire(group: xptr_t, node: u32, thread: xptr_t, lock: u32): i64 {
    if (is_local(xptr_cxy(group))) return locks_acquire(local_group(group), node, thread, lock);
    const desc = rpc_arguments();
    desc.set(SM_LOCK_GROUP, xptr_lpa(group));
    desc.set(SM_LOCK_NODE, node);
    desc.set(SM_LOCK_THREAD, thread);
    desc.set(SM_LOCK_LOCK, lock);
    rpc_send(xptr_cxy(group), LEVEL_MANAGER, RPC_SM_LOCK);
    return <i64>desc.get(SM_LOCK_ANSWER);
}

function serve_lock(desc: xptr_t): void {
    const answer = locks_acquire(
        requested_group(desc),
        <u32>rpc_get(desc, SM_LOCK_NODE),
        rpc_get(desc, SM_LOCK_THREAD),
        <u32>rpc_get(desc, SM_LOCK_LOCK),
    );
    rpc_set(desc, SM_LOCK_ANSWER, <u64>answer);
}

export function group_unlock_for(group: xptr_t, thread: xptr_t, lock: u32): i64 {
    if (is_local(xptr_cxy(group))) return locks_release(local_group(group), thread, lock);
    const desc = rpc_arguments();
    desc.set(SM_UNLOCK_GROUP, xptr_lpa(group));
    desc.set(SM_UNLOCK_THREAD, thread);
    desc.set(SM_UNLOCK_LOCK, lock);
    rpc_send(xptr_cxy(group), LEVEL_MANAGER, RPC_SM_UNLOCK);
    return <i64>desc.get(SM_UNLOCK_ERROR);
}

function serve_unlock(desc: xptr_t): void {
    rpc_set(
        desc,
        SM_UNLOCK_ERROR,
        <u64>locks_release(requested_group(desc), rpc_get(desc, SM_UNLOCK_THREAD), <u32>rpc_get(desc, SM_UNLOCK_LOCK)),
    );
}

/** sm_cond_wait for the (blocked) thread. Returns MUST_WAIT or -errno. */
export function group_wait_for(group: xptr_t, node: u32, thread: xptr_t, condition: u32, lock: u32): i64 {
    if (is_local(xptr_cxy(group))) return locks_wait(local_group(group), node, thread, condition, lock);
    const desc = rpc_arguments();
    desc.set(SM_COND_WAIT_GROUP, xptr_lpa(group));
    desc.set(SM_COND_WAIT_NODE, node);
    desc.set(SM_COND_WAIT_THREAD, thread);
    desc.set(SM_COND_WAIT_CONDITION, condition);
    desc.set(SM_COND_WAIT_LOCK, lock);
    rpc_send(xptr_cxy(group), LEVEL_MANAGER, RPC_SM_COND_WAIT);
    return <i64>desc.get(SM_COND_WAIT_ANSWER);
}

function serve_cond_wait(desc: xptr_t): void {
    const node = <u32>rpc_get(desc, SM_COND_WAIT_NODE);
    const condition = <u32>rpc_get(desc, SM_COND_WAIT_CONDITION);
    const answer = locks_wait(
        requested_group(desc),
        node,
        rpc_get(desc, SM_COND_WAIT_THREAD),
        condition,
        <u32>rpc_get(desc, SM_COND_WAIT_LOCK),
    );
    rpc_set(desc, SM_COND_WAIT_ANSWER, <u64>answer);
}

export function group_signal(group: xptr_t, condition: u32, all: bool): void {
    if (is_local(xptr_cxy(group))) {
        locks_signal(local_group(group), condition, all);
        return;
    }
    const desc = rpc_arguments();
    desc.set(SM_COND_WAKE_GROUP, xptr_lpa(group));
    desc.set(SM_COND_WAKE_CONDITION, condition);
    desc.set(SM_COND_WAKE_ALL, all ? 1 : 0);
    rpc_send(xptr_cxy(group), LEVEL_MANAGER, RPC_SM_COND_WAKE);
}

function serve_cond_wake(desc: xptr_t): void {
    locks_signal(
        requested_group(desc),
        <u32>rpc_get(desc, SM_COND_WAKE_CONDITION),
        rpc_get(desc, SM_COND_WAKE_ALL) != 0,
    );
}

/** Posts the node's notices for the `count` pages whose VPNs (u32) stand in the thread's buffer. */
export function group_post(group: xptr_t, node: u32, count: u32): void {
    const vpns = xptr_local(this_thread().buffer);
    if (is_local(xptr_cxy(group))) {
        notices_post(local_group(group), node, vpns, count);
        return;
    }
    const desc = rpc_arguments();
    desc.set(SM_POST_GROUP, xptr_lpa(group));
    desc.set(SM_POST_NODE, node);
    desc.set(SM_POST_VPNS, vpns);
    desc.set(SM_POST_COUNT, count);
    rpc_send(xptr_cxy(group), LEVEL_MANAGER, RPC_SM_POST);
}

function serve_post(desc: xptr_t): void {
    notices_post(
        requested_group(desc),
        <u32>rpc_get(desc, SM_POST_NODE),
        rpc_get(desc, SM_POST_VPNS),
        <u32>rpc_get(desc, SM_POST_COUNT),
    );
}

/** Reads notices that others posted after post `seen` into the thread's buffer, as notices_read does. */
export function group_read_notices(group: xptr_t, node: u32, seen: u32, last: u32): void {
    const reading = xptr_local(this_thread().buffer);
    if (is_local(xptr_cxy(group))) {
        notices_read(local_group(group), node, seen, last, reading);
        return;
    }
    const desc = rpc_arguments();
    desc.set(SM_NOTICES_GROUP, xptr_lpa(group));
    desc.set(SM_NOTICES_NODE, node);
    desc.set(SM_NOTICES_SEEN, seen);
    desc.set(SM_NOTICES_LAST, last);
    desc.set(SM_NOTICES_READING, reading);
    rpc_send(xptr_cxy(group), LEVEL_MANAGER, RPC_SM_NOTICES);
}

function serve_read_notices(desc: xptr_t): void {
    const seen = <u32>rpc_get(desc, SM_NOTICES_SEEN);
    notices_read(
        requested_group(desc),
        <u32>rpc_get(desc, SM_NOTICES_NODE),
        seen,
        <u32>rpc_get(desc, SM_NOTICES_LAST),
        rpc_get(desc, SM_NOTICES_READING),
    );
}

/** Takes a thread that was ended while it waited for the group out of all lists, so that nothing wakes it. */
export function group_cancel(group: xptr_t, node: u32, thread: xptr_t): void {
    if (is_local(xptr_cxy(group))) {
        cancel_here(local_group(group), node, thread);
        return;
    }
    const desc = rpc_arguments();
    desc.set(SM_CANCEL_GROUP, xptr_lpa(group));
    desc.set(SM_CANCEL_NODE, node);
    desc.set(SM_CANCEL_THREAD, thread);
    rpc_send(xptr_cxy(group), LEVEL_MANAGER, RPC_SM_CANCEL);
}

function serve_cancel(desc: xptr_t): void {
    cancel_here(requested_group(desc), <u32>rpc_get(desc, SM_CANCEL_NODE), rpc_get(desc, SM_CANCEL_THREAD));
}

function cancel_here(group: group_t, node: u32, thread: xptr_t): void {
    group_leave_meeting(group, node, thread);
    locks_cancel(group, thread);
}
