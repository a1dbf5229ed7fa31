// The calls that change attributes (docs/spec/files.md F11): umask, fchmod, fchmodat and utimensat.

import { EBADF, EFAULT, EINVAL, EOPNOTSUPP } from "../abi/errno";
import {
    REFUSED_FCHMOD_A_PIPE_OR_THE_CONSOLE,
    REFUSED_FCHMODAT2_A_PIPE_OR_THE_CONSOLE,
    REFUSED_UTIMENSAT_A_PIPE_OR_THE_CONSOLE,
} from "../abi/refusals";
import { SYS_FCHMOD, SYS_FCHMODAT, SYS_FCHMODAT2, SYS_UMASK, SYS_UTIMENSAT } from "../abi/syscalls";
import {
    attributes_changed,
    attributes_now,
    attributes_set_mode,
    attributes_set_time,
    attributes_t,
} from "../fs/attributes";
import { IS_LINK } from "../fs/directory";
import { remote_swap32 } from "../hal/hal";
import { process_at_z, process_t } from "../mm/process-table";
import { copy_from_user } from "../mm/uaccess";
import { this_thread } from "../sched/thread";
import { AT_FDCWD } from "./path";
import { call_register, call_t, refused } from "./table";
import {
    AT_EMPTY_PATH,
    AT_SYMLINK_NOFOLLOW,
    TARGET_STREAM,
    target_attributes,
    target_flags,
    target_hold,
    target_of,
    target_release,
} from "./target";
import { SECOND } from "./time";

export function mode_calls(): void {
    call_register(SYS_UMASK, sys_umask);
    call_register(SYS_FCHMOD, sys_fchmod);
    call_register(SYS_FCHMODAT, sys_fchmodat);
    call_register(SYS_FCHMODAT2, sys_fchmodat2);
    call_register(SYS_UTIMENSAT, sys_utimensat);
}

const PERMISSIONS: u64 = 0x1ff;

/** umask(mask) returns the mask that was there before. */
function sys_umask(process: process_t, call: call_t): i64 {
    const at = process_at_z(process) + offsetof<process_t>("umask");
    return remote_swap32(at, <u32>(call.a0 & PERMISSIONS));
}

/** fchmod(fd, mode) */
function sys_fchmod(process: process_t, call: call_t): i64 {
    const found = <u32>call.a0 == AT_FDCWD ? -EBADF : target_of(process, <u32>call.a0);
    if (found == TARGET_STREAM) return refused(process, REFUSED_FCHMOD_A_PIPE_OR_THE_CONSOLE);
    return set_mode(found, <u32>call.a1);
}

/** fchmodat(fd, path, mode) */
function sys_fchmodat(process: process_t, call: call_t): i64 {
    return set_mode(target_hold(process, <u32>call.a0, call.a1, 0), <u32>call.a2);
}

/** fchmodat2(fd, path, mode, flags) */
function sys_fchmodat2(process: process_t, call: call_t): i64 {
    const flags = <u32>call.a3;
    const error = target_flags(flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
    if (error != 0) return error;
    const found = target_hold(process, <u32>call.a0, call.a1, flags);
    if (found == TARGET_STREAM) return refused(process, REFUSED_FCHMODAT2_A_PIPE_OR_THE_CONSOLE);
    return set_mode(found, <u32>call.a2);
}

function set_mode(found: i64, mode: u32): i64 {
    if (found < 0) return found;
    if (found & IS_LINK) {
        target_release(found);
        return -EOPNOTSUPP;
    }
    attributes_set_mode(target_attributes(found), mode);
    target_release(found);
    return 0;
}

const UTIME_NOW: u64 = 0x3fffffff;
const UTIME_OMIT: u64 = 0x3ffffffe;
/** A time that is left as it is, and one that is none. */
const OMIT: i64 = i64.MIN_VALUE;
const BAD: i64 = i64.MIN_VALUE + 1;
/** Seconds whose nanoseconds fit; beyond them a time is the last or first that there is. */
const SECONDS: i64 = 9_223_372_035;

/** utimensat(fd, path, times, flags): sets when it was accessed and modified. Without a path it is what `fd` is open for. */
function sys_utimensat(process: process_t, call: call_t): i64 {
    const flags = <u32>call.a3;
    let accessed = attributes_now();
    let modified = accessed;
    if (call.a2 != 0) {
        const times = this_thread().buffer;
        if (copy_from_user(process, times, call.a2, 32) != 0) return -EFAULT;
        accessed = time_at(times);
        modified = time_at(times + 16);
        if (accessed == BAD || modified == BAD) return -EINVAL;
        if (accessed == OMIT && modified == OMIT) return 0;
    }
    const by_descriptor = call.a1 == 0 && <u32>call.a0 != AT_FDCWD;
    const error = target_flags(flags, by_descriptor ? 0 : AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
    if (error != 0) return error;
    const fd = <u32>call.a0;
    const found = by_descriptor ? target_of(process, fd) : target_hold(process, fd, call.a1, flags);
    if (found < 0) return found;
    if (found == TARGET_STREAM) return refused(process, REFUSED_UTIMENSAT_A_PIPE_OR_THE_CONSOLE);
    const at = target_attributes(found);
    if (accessed != OMIT) attributes_set_time(at, offsetof<attributes_t>("accessed"), accessed);
    if (modified != OMIT) attributes_set_time(at, offsetof<attributes_t>("modified"), modified);
    attributes_changed(at);
    target_release(found);
    return 0;
}

/** The time of a struct timespec, in nanoseconds; OMIT or BAD. */
function time_at(from: usize): i64 {
    const seconds = load<i64>(from);
    const ns = load<u64>(from, 8);
    if (ns == UTIME_NOW) return attributes_now();
    if (ns == UTIME_OMIT) return OMIT;
    if (ns >= SECOND) return BAD;
    if (seconds > SECONDS) return i64.MAX_VALUE;
    if (seconds < -SECONDS) return -SECONDS * <i64>SECOND;
    return seconds * <i64>SECOND + <i64>ns;
}
