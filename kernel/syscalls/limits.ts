// Resource limits (Linux riscv64): they come from the config or are constants, and a call can only set what holds already.

import { BI_STACK_SIZE } from "../abi/boot-info";
import { EFAULT, EINVAL, ESRCH } from "../abi/errno";
import { USER_END } from "../abi/memory-map";
import { REFUSED_PRLIMIT64_ANOTHER_LIMIT, REFUSED_SETRLIMIT_ANOTHER_LIMIT } from "../abi/refusals";
import { SYS_GETRLIMIT, SYS_PRLIMIT64, SYS_SETRLIMIT } from "../abi/syscalls";
import { boot_info, uaddr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user } from "../mm/uaccess";
import { this_thread } from "../sched/thread";
import { call_register, call_t, refused } from "./table";

export function limits_calls(): void {
    call_register(SYS_PRLIMIT64, sys_prlimit64);
    call_register(SYS_GETRLIMIT, sys_getrlimit);
    call_register(SYS_SETRLIMIT, sys_setrlimit);
}

const RLIMIT_STACK: u32 = 3;
const RLIMIT_CORE: u32 = 4;
const RLIMIT_NOFILE: u32 = 7;
const RLIMIT_AS: u32 = 9;
const RLIMITS: u32 = 16;
const NO_LIMIT: u64 = 0xffffffffffffffff;

function limit_of(resource: u32): u64 {
    if (resource == RLIMIT_STACK) return boot_info(BI_STACK_SIZE);
    if (resource == RLIMIT_NOFILE) return 32;
    if (resource == RLIMIT_AS) return <u64>USER_END;
    return resource == RLIMIT_CORE ? 0 : NO_LIMIT;
}

/** prlimit64(pid, resource, new, old), for the calling process. */
function sys_prlimit64(process: process_t, call: call_t): i64 {
    const pid = <u32>call.a0;
    const resource = <u32>call.a1;
    if (resource >= RLIMITS) return -EINVAL;
    if (pid != 0 && pid != process.pid) return -ESRCH;
    const error = call.a2 == 0 ? 0 : set(process, resource, call.a2, REFUSED_PRLIMIT64_ANOTHER_LIMIT);
    if (error != 0) return error;
    return call.a3 == 0 ? 0 : tell(process, resource, call.a3);
}

/** getrlimit(resource, to) */
function sys_getrlimit(process: process_t, call: call_t): i64 {
    return <u32>call.a0 >= RLIMITS ? -EINVAL : tell(process, <u32>call.a0, call.a1);
}

/** setrlimit(resource, from) */
function sys_setrlimit(process: process_t, call: call_t): i64 {
    if (<u32>call.a0 >= RLIMITS) return -EINVAL;
    return set(process, <u32>call.a0, call.a1, REFUSED_SETRLIMIT_ANOTHER_LIMIT);
}

/** Writes a struct rlimit: the limit that holds, and the limit of what it may be set to, which is the same. */
function tell(process: process_t, resource: u32, to: uaddr_t): i64 {
    const buffer = this_thread().buffer;
    store<u64>(buffer, limit_of(resource));
    store<u64>(buffer, limit_of(resource), 8);
    return copy_to_user(process, to, buffer, 16);
}

function set(process: process_t, resource: u32, from: uaddr_t, refusal: u32): i64 {
    const buffer = this_thread().buffer;
    if (copy_from_user(process, buffer, from, 16) != 0) return -EFAULT;
    const soft = load<u64>(buffer);
    const hard = load<u64>(buffer, 8);
    if (soft > hard) return -EINVAL;
    return soft == limit_of(resource) && hard == soft ? 0 : refused(process, refusal);
}
