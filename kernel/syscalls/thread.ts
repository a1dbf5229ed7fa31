// clone and futex as C libraries call them (Linux riscv64).
import { EAGAIN, EFAULT, EINVAL } from "../abi/errno";
import {
    ANY_CLUSTER,
    FUTEX_CLOCK_REALTIME,
    FUTEX_PRIVATE_FLAG,
    FUTEX_WAIT,
    FUTEX_WAIT_BITSET,
    FUTEX_WAKE,
    FUTEX_WAKE_BITSET,
    SYS_CLONE,
    SYS_FUTEX,
} from "../abi/syscalls";
import { FRAME_A0 } from "../abi/trap-frame";
import { local_cxy, uaddr_t } from "../hal/platform";
import { copy_from_user } from "../mm/uaccess";
import { clone_t, thread_clone } from "../proc/clone";
import { process_fork } from "../proc/fork";
import { futex_wait, futex_wake } from "../proc/futex";
import { process_t } from "../proc/process-table";
import { this_thread } from "../proc/thread";
import { no_call } from "./library";

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
/** What a thread shares with its process, and what else may be asked for it. */
const THREAD: u32 = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
const OPTIONS: u32 =
    CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_DETACHED | CLONE_CHILD_SETTID;

/** clone(flags, stack, parent_tid, tls, child_tid): fork without a stack, else a thread. Where place_fork says, if it did. */
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
    // The second half of the buffer: telling the id uses its beginning.
    const wish = changetype<clone_t>(thread.buffer + 256);
    wish.stack = stack;
    wish.tls = flags & CLONE_SETTLS ? load<u64>(frame + FRAME_A0, 24) : 0;
    wish.parent_tid = flags & CLONE_PARENT_SETTID ? load<u64>(frame + FRAME_A0, 16) : 0;
    wish.child_tid = flags & CLONE_CHILD_SETTID ? child_tid : 0;
    wish.clear_tid = flags & CLONE_CHILD_CLEARTID ? child_tid : 0;
    return thread_clone(process, place == ANY_CLUSTER ? local_cxy : <u32>place, wish);
}

/** FUTEX_WAIT and FUTEX_WAKE, and their BITSET forms with every bit set. */
export function sys_futex(process: process_t, address: uaddr_t, operation: u32, value: u32, frame: usize): i64 {
    if (address & 3) return -EINVAL;
    const command = operation & ~(<u32>FUTEX_PRIVATE_FLAG | <u32>FUTEX_CLOCK_REALTIME);
    const mask = <u32>load<u64>(frame + FRAME_A0, 40);
    const masked = command == <u32>FUTEX_WAIT_BITSET || command == <u32>FUTEX_WAKE_BITSET;
    if (masked && mask != 0xffffffff) return mask == 0 ? -EINVAL : no_call(process, SYS_FUTEX);
    if (command == FUTEX_WAKE || command == FUTEX_WAKE_BITSET) return futex_wake(process, address, value);
    // The timeout of a FUTEX_WAIT is not looked at; one of a FUTEX_WAIT_BITSET is not there.
    const timed = command == FUTEX_WAIT_BITSET && load<u64>(frame + FRAME_A0, 24) != 0;
    if ((command != FUTEX_WAIT && command != FUTEX_WAIT_BITSET) || timed) return no_call(process, SYS_FUTEX);
    const word = this_thread().buffer;
    if (copy_from_user(process, word, address, 4) != 0) return -EFAULT;
    if (load<u32>(word) != value) return -EAGAIN;
    return futex_wait(process, address, value);
}
