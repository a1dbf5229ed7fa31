// clone and futex as C libraries call them (Linux riscv64).
import { EAGAIN, EFAULT, EINVAL } from "../abi/errno";
import {
    ANY_CLUSTER,
    FUTEX_CLOCK_REALTIME,
    FUTEX_CMP_REQUEUE,
    FUTEX_PRIVATE_FLAG,
    FUTEX_REQUEUE,
    FUTEX_WAIT,
    FUTEX_WAIT_BITSET,
    FUTEX_WAKE,
    FUTEX_WAKE_BITSET,
    SYS_CLONE,
    SYS_FUTEX,
} from "../abi/syscalls";
import { FRAME_A0 } from "../abi/trap-frame";
import { local_cxy, uaddr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_from_user } from "../mm/uaccess";
import { clone_t, thread_clone } from "../proc/clone";
import { process_fork } from "../proc/fork";
import { ANY_WORD, futex_requeue, futex_wait, futex_wake, NO_DEADLINE } from "../proc/futex";
import { this_thread } from "../sched/thread";
import { no_call } from "./library";
import { user_deadline } from "./time";

const CLONE_VM: u32 = 0x100;
const CLONE_FS: u32 = 0x200;
const CLONE_FILES: u32 = 0x400;
const CLONE_SIGHAND: u32 = 0x800;
const CLONE_THREAD: u32 = 0x10000;
const CLONE_SYSVSEM: u32 = 0x40000;
const CLONE_SETTLS: u32 = 0x80000;
const CLONE_PARENT_SETTID: u32 = 0x100000;
const CLONE_CHILD_CLEARTID: u32 = 0x200000;
const CLONE_DETACHED: u32 = 0x400000;
const CLONE_CHILD_SETTID: u32 = 0x1000000;
/** The flags of the things that a thread must share with its process, and the flags that it may also ask for. */
const THREAD: u32 = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
const OPTIONS: u32 =
    CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_DETACHED | CLONE_CHILD_SETTID;

/**
 * clone(flags, stack, parent_tid, tls, child_tid) forks without a stack, and makes a thread with one. place_fork may have named the
 * cluster.
 */
export function sys_clone(process: process_t, flags: u32, stack: uaddr_t, frame: usize): i64 {
    const thread = this_thread();
    const place = thread.fork_place;
    if (stack == 0) {
        thread.fork_place = ANY_CLUSTER;
        return process_fork(process, place);
    }
    if ((flags & THREAD) != THREAD || (flags & ~(THREAD | OPTIONS)) != 0) return no_call(process, SYS_CLONE);
    thread.fork_place = ANY_CLUSTER;
    const child_tid = load<u64>(frame + FRAME_A0, 32);
    // The wish is in the second half of the buffer, because telling the id uses its beginning.
    const wish = changetype<clone_t>(thread.buffer + 256);
    wish.stack = stack;
    wish.tls = flags & CLONE_SETTLS ? load<u64>(frame + FRAME_A0, 24) : 0;
    wish.parent_tid = flags & CLONE_PARENT_SETTID ? load<u64>(frame + FRAME_A0, 16) : 0;
    wish.child_tid = flags & CLONE_CHILD_SETTID ? child_tid : 0;
    wish.clear_tid = flags & CLONE_CHILD_CLEARTID ? child_tid : 0;
    return thread_clone(process, place == ANY_CLUSTER ? local_cxy : <u32>place, wish);
}

/** Executes FUTEX_WAIT, FUTEX_WAKE, their BITSET forms with every bit set, FUTEX_REQUEUE and FUTEX_CMP_REQUEUE. */
export function sys_futex(process: process_t, address: uaddr_t, operation: u32, value: u32, frame: usize): i64 {
    if (address & 3) return -EINVAL;
    const a3 = load<u64>(frame + FRAME_A0, 24);
    const a4 = load<u64>(frame + FRAME_A0, 32);
    const a5 = <u32>load<u64>(frame + FRAME_A0, 40);
    const command = operation & ~(<u32>FUTEX_PRIVATE_FLAG | <u32>FUTEX_CLOCK_REALTIME);
    const masked = command == <u32>FUTEX_WAIT_BITSET || command == <u32>FUTEX_WAKE_BITSET;
    if (masked && a5 != 0xffffffff) return a5 == 0 ? -EINVAL : no_call(process, SYS_FUTEX);
    switch (command) {
        case FUTEX_WAKE:
        case FUTEX_WAKE_BITSET:
            return futex_wake(process, address, value);
        case FUTEX_REQUEUE:
        case FUTEX_CMP_REQUEUE:
            return requeue(process, address, value, a4, <u32>a3, command == FUTEX_REQUEUE ? ANY_WORD : <i64>a5);
        case FUTEX_WAIT:
            return wait(process, address, value, a3, false);
        case FUTEX_WAIT_BITSET:
            return wait(process, address, value, a3, true);
        default:
            return no_call(process, SYS_FUTEX);
    }
}

/** `timeout` is 0 or the user address of a struct timespec: a point in time when `absolute`, else a duration. */
function wait(process: process_t, address: uaddr_t, value: u32, timeout: uaddr_t, absolute: bool): i64 {
    const deadline = timeout == 0 ? NO_DEADLINE : user_deadline(process, timeout, absolute);
    if (deadline < 0) return deadline;
    while (true) {
        const error = check_word(process, address, value);
        if (error != 0) return error;
        const result = futex_wait(process, address, value, deadline);
        // The page has been changed between the two looks, or is being copied. The word is read again.
        if (result != -EFAULT) return result;
    }
}

function requeue(process: process_t, from: uaddr_t, count: u32, to: uaddr_t, moved: u32, expected: i64): i64 {
    if (to & 3) return -EINVAL;
    while (true) {
        const error = expected == ANY_WORD ? 0 : check_word(process, from, <u32>expected);
        if (error != 0) return error;
        const result = futex_requeue(process, from, count, to, moved, expected);
        if (result != -EFAULT) return result;
    }
}

/** Returns 0 when the word has this value, which also maps its page; else -EAGAIN or -EFAULT. */
function check_word(process: process_t, address: uaddr_t, value: u32): i64 {
    const word = this_thread().buffer;
    if (copy_from_user(process, word, address, 4) != 0) return -EFAULT;
    return load<u32>(word) == value ? 0 : -EAGAIN;
}
