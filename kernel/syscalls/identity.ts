// The calls that tell who the caller is, and what system this is. The one user is root.

import { EINVAL } from "../abi/errno";
import {
    SYS_GETEGID,
    SYS_GETEUID,
    SYS_GETGID,
    SYS_GETPGID,
    SYS_GETPID,
    SYS_GETPPID,
    SYS_GETSID,
    SYS_GETTID,
    SYS_GETUID,
    SYS_SETPGID,
    SYS_SETSID,
    SYS_UNAME,
} from "../abi/syscalls";
import { cstr } from "../hal/cstr";
import { process_t } from "../mm/process-table";
import { copy_to_user } from "../mm/uaccess";
import { family_parent } from "../proc/family";
import { child_group, process_group_of, process_group_set, session_begin, session_of } from "../proc/process-group";
import { this_thread } from "../sched/thread";
import { call_register, call_t } from "./table";

export function identity_calls(): void {
    call_register(SYS_GETPID, sys_getpid);
    call_register(SYS_GETPPID, sys_getppid);
    call_register(SYS_GETPGID, sys_getpgid);
    call_register(SYS_SETPGID, sys_setpgid);
    call_register(SYS_GETSID, sys_getsid);
    call_register(SYS_SETSID, sys_setsid);
    call_register(SYS_GETTID, sys_gettid);
    call_register(SYS_GETUID, root);
    call_register(SYS_GETEUID, root);
    call_register(SYS_GETGID, root);
    call_register(SYS_GETEGID, root);
    call_register(SYS_UNAME, sys_uname);
}

function sys_getpid(process: process_t, call: call_t): i64 {
    return process.pid;
}

function sys_getppid(process: process_t, call: call_t): i64 {
    return family_parent(process);
}

/** The process that a call names: 0 is the caller's. */
function named(process: process_t, pid: u64): u32 {
    return <u32>pid == 0 ? process.pid : <u32>pid;
}

function sys_getpgid(process: process_t, call: call_t): i64 {
    const pid = named(process, call.a0);
    const group = process_group_of(pid);
    if (group >= 0) return group;
    const has = child_group(process, pid);
    return has == 0 ? group : has;
}

/** setpgid(pid, group): group 0 is one that the process begins. */
function sys_setpgid(process: process_t, call: call_t): i64 {
    const pid = named(process, call.a0);
    const group = <i32>call.a1;
    if (group < 0) return -EINVAL;
    return process_group_set(process, pid, group == 0 ? pid : <u32>group);
}

function sys_getsid(process: process_t, call: call_t): i64 {
    return session_of(named(process, call.a0));
}

function sys_setsid(process: process_t, call: call_t): i64 {
    return session_begin(process);
}

function sys_gettid(process: process_t, call: call_t): i64 {
    return this_thread().id;
}

function root(process: process_t, call: call_t): i64 {
    return 0;
}

const UTSNAME_FIELD: u32 = 65;
const UTSNAME_FIELDS: u32 = 6;

/** Writes a struct utsname. The system calls itself Linux, because its calls are Linux's and C libraries check the release. */
function sys_uname(process: process_t, call: call_t): i64 {
    const buffer = this_thread().buffer;
    for (let i: u32 = 0; i < UTSNAME_FIELD * UTSNAME_FIELDS; i++) store<u8>(buffer + i, 0);
    put_name(buffer, 0, cstr("Linux"));
    put_name(buffer, 1, cstr("archipel"));
    put_name(buffer, 2, cstr("6.1.0-archipel"));
    put_name(buffer, 3, cstr("#1"));
    put_name(buffer, 4, cstr("riscv64"));
    put_name(buffer, 5, cstr("(none)"));
    return copy_to_user(process, call.a0, buffer, UTSNAME_FIELD * UTSNAME_FIELDS);
}

function put_name(buffer: usize, field: u32, text: usize): void {
    let to = buffer + field * UTSNAME_FIELD;
    for (; load<u8>(text) != 0; text++, to++) store<u8>(to, load<u8>(text));
}
