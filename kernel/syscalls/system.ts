// What a process may ask of the system, and what it may say of itself (Linux riscv64): prctl, personality, sysinfo, and users and groups. The
// one user is root, and nobody can be another.

import { BI_BANK_SHIFT } from "../abi/boot-info";
import { CSR_TIME } from "../abi/csr";
import { EFAULT, EINVAL } from "../abi/errno";
import {
    REFUSED_PERSONALITY_ANOTHER_PERSONALITY,
    REFUSED_PRCTL_ANOTHER_OPTION,
    REFUSED_PRCTL_PR_SET_PDEATHSIG,
    REFUSED_SETGID_ANOTHER_GROUP_THAN_ROOT_S,
    REFUSED_SETGROUPS_FURTHER_GROUPS,
    REFUSED_SETREGID_ANOTHER_GROUP_THAN_ROOT_S,
    REFUSED_SETRESGID_ANOTHER_GROUP_THAN_ROOT_S,
    REFUSED_SETRESUID_ANOTHER_USER_THAN_ROOT,
    REFUSED_SETREUID_ANOTHER_USER_THAN_ROOT,
    REFUSED_SETUID_ANOTHER_USER_THAN_ROOT,
} from "../abi/refusals";
import {
    SYS_GETGROUPS,
    SYS_GETRESGID,
    SYS_GETRESUID,
    SYS_PERSONALITY,
    SYS_PRCTL,
    SYS_SETFSGID,
    SYS_SETFSUID,
    SYS_SETGID,
    SYS_SETGROUPS,
    SYS_SETREGID,
    SYS_SETRESGID,
    SYS_SETRESUID,
    SYS_SETREUID,
    SYS_SETUID,
    SYS_SYSINFO,
} from "../abi/syscalls";
import { csr_read } from "../hal/hal";
import { boot_info, uaddr_t } from "../hal/platform";
import { memory_count } from "../hal/topology";
import { process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user } from "../mm/uaccess";
import { this_thread, thread_t } from "../sched/thread";
import { call_register, call_t, refused } from "./table";
import { TIMEBASE } from "./time";

export function system_calls(): void {
    call_register(SYS_PRCTL, sys_prctl);
    call_register(SYS_PERSONALITY, sys_personality);
    call_register(SYS_SYSINFO, sys_sysinfo);
    call_register(SYS_SETUID, sys_setuid);
    call_register(SYS_SETGID, sys_setgid);
    call_register(SYS_SETREUID, sys_setreuid);
    call_register(SYS_SETREGID, sys_setregid);
    call_register(SYS_SETRESUID, sys_setresuid);
    call_register(SYS_SETRESGID, sys_setresgid);
    call_register(SYS_SETFSUID, previous);
    call_register(SYS_SETFSGID, previous);
    call_register(SYS_GETRESUID, sys_getres);
    call_register(SYS_GETRESGID, sys_getres);
    call_register(SYS_GETGROUPS, sys_getgroups);
    call_register(SYS_SETGROUPS, sys_setgroups);
}

const PR_SET_PDEATHSIG: u32 = 1;
const PR_SET_NAME: u32 = 15;
const PR_GET_NAME: u32 = 16;
/** Bytes of a thread's name with its NUL. */
const NAME_SIZE: u32 = 16;

/** prctl(option, argument): the name of the calling thread, which is empty until it is set. */
function sys_prctl(process: process_t, call: call_t): i64 {
    const name = changetype<usize>(this_thread()) + offsetof<thread_t>("name");
    switch (<u32>call.a0) {
        case PR_SET_NAME:
            return set_name(process, name, call.a1);
        case PR_GET_NAME:
            return copy_to_user(process, call.a1, name, NAME_SIZE);
        case PR_SET_PDEATHSIG:
            return refused(process, REFUSED_PRCTL_PR_SET_PDEATHSIG);
        default:
            return refused(process, REFUSED_PRCTL_ANOTHER_OPTION);
    }
}

/** Copies a string of the user; of a longer one the first bytes. */
function set_name(process: process_t, name: usize, from: uaddr_t): i64 {
    const buffer = this_thread().buffer;
    let length: u32 = 0;
    for (; length < NAME_SIZE - 1; length++) {
        if (copy_from_user(process, buffer + length, from + length, 1) != 0) return -EFAULT;
        if (load<u8>(buffer + length) == 0) break;
    }
    for (let i: u32 = 0; i < NAME_SIZE; i++) store<u8>(name + i, i < length ? load<u8>(buffer + i) : 0);
    return 0;
}

const ASK: u32 = 0xffffffff;

/** personality(which): that of Linux is the only one, and 0xffffffff asks for it. */
function sys_personality(process: process_t, call: call_t): i64 {
    const which = <u32>call.a0;
    return which == ASK || which == 0 ? 0 : refused(process, REFUSED_PERSONALITY_ANOTHER_PERSONALITY);
}

const SYSINFO_SIZE: u32 = 112;

/** Writes a struct sysinfo: seconds since the machine began, the bytes of all banks, the unit of memory. The other fields are 0. */
function sys_sysinfo(process: process_t, call: call_t): i64 {
    const buffer = this_thread().buffer;
    for (let i: u32 = 0; i < SYSINFO_SIZE; i += 8) store<u64>(buffer + i, 0);
    store<u64>(buffer, csr_read(CSR_TIME) / TIMEBASE);
    store<u64>(buffer, (<u64>memory_count()) << boot_info(BI_BANK_SHIFT), 32);
    store<u32>(buffer, 1, 104);
    return copy_to_user(process, call.a0, buffer, SYSINFO_SIZE);
}

/** True for root's number, or -1 where that leaves a number as it is. */
function keeps(number: u64): bool {
    return <u32>number == 0 || <u32>number == 0xffffffff;
}

function sys_setuid(process: process_t, call: call_t): i64 {
    if (<u32>call.a0 == 0xffffffff) return -EINVAL;
    return keeps(call.a0) ? 0 : refused(process, REFUSED_SETUID_ANOTHER_USER_THAN_ROOT);
}

function sys_setgid(process: process_t, call: call_t): i64 {
    if (<u32>call.a0 == 0xffffffff) return -EINVAL;
    return keeps(call.a0) ? 0 : refused(process, REFUSED_SETGID_ANOTHER_GROUP_THAN_ROOT_S);
}

function sys_setreuid(process: process_t, call: call_t): i64 {
    if (keeps(call.a0) && keeps(call.a1)) return 0;
    return refused(process, REFUSED_SETREUID_ANOTHER_USER_THAN_ROOT);
}

function sys_setregid(process: process_t, call: call_t): i64 {
    if (keeps(call.a0) && keeps(call.a1)) return 0;
    return refused(process, REFUSED_SETREGID_ANOTHER_GROUP_THAN_ROOT_S);
}

function sys_setresuid(process: process_t, call: call_t): i64 {
    if (keeps(call.a0) && keeps(call.a1) && keeps(call.a2)) return 0;
    return refused(process, REFUSED_SETRESUID_ANOTHER_USER_THAN_ROOT);
}

function sys_setresgid(process: process_t, call: call_t): i64 {
    if (keeps(call.a0) && keeps(call.a1) && keeps(call.a2)) return 0;
    return refused(process, REFUSED_SETRESGID_ANOTHER_GROUP_THAN_ROOT_S);
}

/** setfsuid and setfsgid have no errors: they return the number that was there before, which stays. */
function previous(process: process_t, call: call_t): i64 {
    return 0;
}

/** getresuid(real, effective, saved) and getresgid */
function sys_getres(process: process_t, call: call_t): i64 {
    const buffer = this_thread().buffer;
    store<u32>(buffer, 0);
    if (copy_to_user(process, call.a0, buffer, 4) != 0) return -EFAULT;
    if (copy_to_user(process, call.a1, buffer, 4) != 0) return -EFAULT;
    return copy_to_user(process, call.a2, buffer, 4);
}

/** getgroups(count, groups): there are no further groups. */
function sys_getgroups(process: process_t, call: call_t): i64 {
    return <i32>call.a0 < 0 ? -EINVAL : 0;
}

/** setgroups(count, groups) */
function sys_setgroups(process: process_t, call: call_t): i64 {
    return <u32>call.a0 == 0 ? 0 : refused(process, REFUSED_SETGROUPS_FURTHER_GROUPS);
}
