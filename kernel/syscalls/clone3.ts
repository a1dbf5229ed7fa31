// clone3: clone with its arguments in memory. glibc makes threads by it, and falls back to clone where it is ENOSYS.

import { E2BIG, EFAULT, EINVAL } from "../abi/errno";
import { USER_END } from "../abi/memory-map";
import {
    REFUSED_CLONE3_CLONE_CLEAR_SIGHAND,
    REFUSED_CLONE3_CLONE_INTO_CGROUP,
    REFUSED_CLONE3_SET_TID,
} from "../abi/refusals";
import { SYS_CLONE3 } from "../abi/syscalls";
import { range_fits } from "../hal/checked";
import { process_t } from "../mm/process-table";
import { copy_from_user } from "../mm/uaccess";
import { this_thread } from "../sched/thread";
import { CLONE_PARENT, CLONE_THREAD, clone, EXIT_SIGNAL } from "./clone";
import { call_register, call_t, refused } from "./table";

export function clone3_calls(): void {
    call_register(SYS_CLONE3, sys_clone3);
}

/** struct clone_args. */
@unmanaged
class clone_args_t {
    flags: u64;
    pidfd: u64;
    child_tid: u64;
    parent_tid: u64;
    exit_signal: u64;
    stack: u64;
    stack_size: u64;
    tls: u64;
    set_tid: u64;
    set_tid_size: u64;
    cgroup: u64;
}
/** The first form of the structure ends with tls. No user's is larger than a page. */
const FIRST_SIZE: u64 = 64;
const LARGEST_SIZE: u64 = 4096;
const CLONE_DETACHED: u64 = 0x400000;
const CLONE_CLEAR_SIGHAND: u64 = (<u64>1) << 32;
const CLONE_INTO_CGROUP: u64 = (<u64>1) << 33;
/** The low half of the flags, and the two above. */
const KNOWN_FLAGS: u64 = 0x3_ffff_ffff;

/** clone3(arguments, bytes) */
function sys_clone3(process: process_t, call: call_t): i64 {
    const bytes = call.a1;
    if (bytes > LARGEST_SIZE) return -E2BIG;
    if (bytes < FIRST_SIZE) return -EINVAL;
    const size = <u64>offsetof<clone_args_t>();
    const error = bytes > size ? rest_is_zero(process, call.a0 + size, bytes - size) : 0;
    if (error != 0) return error;
    const args = changetype<clone_args_t>(this_thread().buffer);
    args.set_tid = 0;
    args.set_tid_size = 0;
    const most = <u32>(bytes < size ? bytes : size);
    if (copy_from_user(process, changetype<usize>(args), call.a0, most) != 0) return -EFAULT;
    return is_sound(args) ? carry_out(process, args) : -EINVAL;
}

/** What is behind the structure that is known must be 0. */
function rest_is_zero(process: process_t, from: u64, bytes: u64): i64 {
    const word = this_thread().buffer;
    for (let i: u64 = 0; i < bytes; i++) {
        if (copy_from_user(process, word, from + i, 1) != 0) return -EFAULT;
        if (load<u8>(word) != 0) return -E2BIG;
    }
    return 0;
}

function is_sound(args: clone_args_t): bool {
    const flags = args.flags;
    if ((flags & ~KNOWN_FLAGS) != 0 || (flags & (CLONE_DETACHED | EXIT_SIGNAL)) != 0) return false;
    if (args.exit_signal > 64) return false;
    if ((flags & (CLONE_THREAD | CLONE_PARENT)) != 0 && args.exit_signal != 0) return false;
    if ((args.stack == 0) != (args.stack_size == 0)) return false;
    if ((args.set_tid == 0) != (args.set_tid_size == 0)) return false;
    return args.stack == 0 || range_fits(args.stack, args.stack_size, <u64>USER_END);
}

function carry_out(process: process_t, args: clone_args_t): i64 {
    if (args.flags & CLONE_CLEAR_SIGHAND) return refused(process, REFUSED_CLONE3_CLONE_CLEAR_SIGHAND);
    if (args.flags & CLONE_INTO_CGROUP) return refused(process, REFUSED_CLONE3_CLONE_INTO_CGROUP);
    if (args.set_tid != 0) return refused(process, REFUSED_CLONE3_SET_TID);
    const flags = <u32>args.flags | <u32>args.exit_signal;
    return clone(process, flags, args.stack + args.stack_size, args.parent_tid, args.tls, args.child_tid);
}
